/* fuzz_tstats: the input is what a user types. It is refused with a sentence, or it is a plan whose
 * canonical text and whose token are read as that same plan; it can be explained, and its remarks
 * can be said. With a bound on the memory, which the input's length chooses, it is refused without
 * a leak or gives the same.
 */
#include "tstats.h"

#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "index_terms.h"
#include "remarks.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool condition)
{
    if (!condition) abort();
}

/* A copy in a block of exactly its size, so that a step beyond its end is caught. */
static struct slice exact_copy(const uint8_t *bytes, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    require(copy != NULL);
    if (length > 0) memcpy(copy, bytes, length);
    return (struct slice){copy, length};
}

static void check_sentence(const struct cfh_error *error, struct slice text)
{
    size_t length = strlen(error->sentence);
    require(error->code == CFH_BAD_PLAN && error->position <= text.length);
    require(length > 10 && length < CFH_SENTENCE_SIZE - 1);
    require(error->sentence[length - 1] == '.' || error->sentence[length - 1] == '?');
}

/* demanded: by a dataset, not by the search's own WHERE. */
static void check_terms(const struct plan *plan, const struct plan_node *node, bool demanded,
                        size_t *terms)
{
    for (; node != NULL; node = node->next_sibling) {
        if (node->kind == PLAN_COMPARE || node->kind == PLAN_IN) {
            require(node->term == (*terms)++ && node->field < plan->field_count);
            require(demanded || plan->fields[node->field].in_where);
            require(node->value_count > 0);
            require(node->kind == PLAN_IN || node->value_count == 1);
        }
        if (node->kind == PLAN_DATASET) require(node->value_count == 1);
        check_terms(plan, node->first_child, demanded || node->kind == PLAN_DATASET, terms);
    }
}

static void check_remarks(const struct plan *plan)
{
    struct buffer text;
    struct message remark = {.text = &text};
    buffer_init(&text, plan->memory);
    size_t i = 0;
    for (; remarks_say(plan, i, &remark); i++) {
        require(text.length > 0 && text.bytes[text.length - 1] == '.');
        buffer_clear(&text);
    }
    require(i <= plan->field_count + 3);
    buffer_release(&text);
}

/* A row for each node, field and function at least; the words are parts of the WHERE. */
static void check_explanation(const struct plan *plan)
{
    struct buffer body;
    struct arena arena;
    struct values words;
    size_t rows = 0;
    buffer_init(&body, plan->memory);
    require(explain_plan(plan, &body));
    for (size_t i = 0; i < body.length; i++)
        rows += body.bytes[i] == '\n';
    require(rows >= 10 + plan->function_count + plan->by_count + plan->term_count);
    buffer_release(&body);
    arena_init(&arena, plan->memory, 256);
    require(index_terms(plan, &arena, &words));
    for (size_t i = 0; i < words.count; i++)
        require(words.items[i].length > 0 && words.items[i].length <= plan->text.length);
    require(words.count == 0 || plan->term_count > 0);
    arena_release(&arena);
}

static void check_same(const struct plan *plan, struct slice text)
{
    struct cfh_error error;
    struct plan again;
    plan_init(&again, plan->memory);
    require(tstats_parse(&again, text, &error) == CFH_OK);
    require(text_equal(again.text, plan->text) && again.digest == plan->digest);
    require(again.term_count == plan->term_count && again.field_count == plan->field_count);
    require(again.function_count == plan->function_count && again.by_count == plan->by_count);
    require(text_equal(again.model, plan->model) && text_equal(again.dataset, plan->dataset));
    require(again.span.count == plan->span.count && again.span.unit == plan->span.unit);
    require((again.dataset_condition == NULL) == (plan->dataset_condition == NULL));
    plan_release(&again);
}

static void check_token(const struct plan *plan)
{
    struct buffer token, text;
    struct cfh_error error;
    enum plan_phase phase;
    buffer_init(&token, plan->memory);
    buffer_init(&text, plan->memory);
    require(plan_token(plan, PLAN_PHASE_MAP, &token));
    require(plan_is_token(buffer_slice(&token)));
    require(plan_read_token(buffer_slice(&token), &phase, &text, &error) == CFH_OK);
    require(phase == PLAN_PHASE_MAP && text_equal(buffer_slice(&text), plan->text));
    buffer_release(&token);
    buffer_release(&text);
}

/* Text that only looks like a token is refused, never more. */
static void check_as_token(struct slice text, struct memory *memory)
{
    struct buffer plain;
    struct cfh_error error;
    enum plan_phase phase;
    buffer_init(&plain, memory);
    enum cfh_status status = plan_read_token(text, &phase, &plain, &error);
    require(status == CFH_OK ? plan_is_token(text) : plain.length == 0);
    buffer_release(&plain);
}

static void check_bounded(struct slice text, const struct plan *plan, enum cfh_status expected)
{
    struct memory memory;
    struct cfh_error error;
    struct plan bounded;
    memory_init(&memory, NULL, 64 + text.length * 97 % 16384);
    plan_init(&bounded, &memory);
    enum cfh_status status = tstats_parse(&bounded, text, &error);
    require(status == expected || (status == CFH_NO_MEMORY && memory.limited));
    if (status == CFH_OK) require(bounded.digest == plan->digest);
    plan_release(&bounded);
    require(memory.used == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct slice text = exact_copy(bytes, length);
    struct memory memory;
    struct plan plan;
    struct cfh_error error = {.code = CFH_OK};
    memory_init(&memory, NULL, 0);
    plan_init(&plan, &memory);
    enum cfh_status status = tstats_parse(&plan, text, &error);
    require(status == CFH_OK || status == CFH_BAD_PLAN);
    if (status == CFH_OK) {
        size_t terms = 0;
        check_terms(&plan, plan.where, false, &terms);
        check_terms(&plan, plan.dataset_condition, true, &terms);
        require(terms == plan.term_count);
        check_same(&plan, plan.text);
        check_token(&plan);
        check_remarks(&plan);
        check_explanation(&plan);
    } else {
        check_sentence(&error, text);
    }
    check_as_token(text, &memory);
    check_bounded(text, &plan, status);
    plan_release(&plan);
    require(memory.used == 0);
    free((void *)(uintptr_t)text.bytes);
    return 0;
}
