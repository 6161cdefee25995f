#include "plan.h"

#include <string.h>

#include "hash.h"
#include "number.h"
#include "text.h"

enum { PLAN_BLOCK = 4096 };

void plan_init(struct plan *plan, struct memory *memory)
{
    *plan = (struct plan){.memory = memory};
    arena_init(&plan->arena, memory, PLAN_BLOCK);
}

void plan_release(struct plan *plan)
{
    arena_release(&plan->arena);
    plan_init(plan, plan->memory);
}

/* ---- building ---- */

/* A copy of the array with room for one more, whenever its count has reached a power of two. */
static void *plan_grow(struct plan *plan, void *items, size_t count, size_t item_size)
{
    if (count > 0 && (count & (count - 1)) != 0) return items;
    size_t size;
    if (!size_multiply(count > 0 ? count * 2 : 1, item_size, &size)) return NULL;
    void *grown = arena_take(&plan->arena, size);
    if (grown != NULL && count > 0) memcpy(grown, items, count * item_size);
    return grown;
}

static struct slice plan_bare_name(struct slice name)
{
    size_t start = name.length;
    while (start > 0 && name.bytes[start - 1] != '.')
        start--;
    return (struct slice){name.bytes + start, name.length - start};
}

bool plan_add_field(struct plan *plan, struct slice name, size_t *index)
{
    for (*index = 0; *index < plan->field_count; ++*index)
        if (text_equal(plan->fields[*index].name, name)) return true;
    struct plan_field *fields =
        plan_grow(plan, plan->fields, plan->field_count, sizeof(struct plan_field));
    if (fields == NULL) return false;
    plan->fields = fields;
    struct plan_field field = {.in_where = false};
    if (!arena_copy(&plan->arena, name, &field.name)) return false;
    field.bare = plan_bare_name(field.name);
    plan->fields[plan->field_count++] = field;
    return true;
}

bool plan_add_function(struct plan *plan, struct plan_function function)
{
    struct plan_function *functions =
        plan_grow(plan, plan->functions, plan->function_count, sizeof(function));
    if (functions == NULL) return false;
    plan->functions = functions;
    plan->functions[plan->function_count++] = function;
    return true;
}

bool plan_add_by(struct plan *plan, size_t field)
{
    size_t *by = plan_grow(plan, plan->by, plan->by_count, sizeof(field));
    if (by == NULL) return false;
    plan->by = by;
    plan->by[plan->by_count++] = field;
    return true;
}

struct plan_node *plan_add_node(struct plan *plan, enum plan_node_kind kind)
{
    struct plan_node *node = arena_take(&plan->arena, sizeof(*node));
    if (node == NULL) return NULL;
    *node = (struct plan_node){.kind = kind, .field = PLAN_NO_FIELD};
    if (kind == PLAN_COMPARE || kind == PLAN_IN) node->term = plan->term_count++;
    return node;
}

bool plan_add_value(struct plan *plan, struct plan_node *node, struct slice value)
{
    struct slice *values = plan_grow(plan, node->values, node->value_count, sizeof(value));
    if (values == NULL) return false;
    node->values = values;
    node->values[node->value_count++] = value;
    return true;
}

bool plan_is_time(const struct plan *plan, size_t field)
{
    return text_equal(plan->fields[field].name, SLICE("_time"));
}

bool plan_is_model_name(struct slice name)
{
    char before = '.';
    for (size_t i = 0; i < name.length; i++) {
        unsigned char byte = text_fold_byte((unsigned char)name.bytes[i]);
        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte != '_' &&
            byte != '-' && (byte != '.' || before == '.'))
            return false;
        before = name.bytes[i];
    }
    return before != '.';
}

struct slice plan_output_name(const struct plan *plan, struct slice name)
{
    struct slice dropped = plan->dropped;
    if (dropped.length == 0 || name.length <= dropped.length + 1) return name;
    if (memcmp(name.bytes, dropped.bytes, dropped.length) != 0) return name;
    if (name.bytes[dropped.length] != '.') return name;
    return (struct slice){name.bytes + dropped.length + 1, name.length - dropped.length - 1};
}

/* ---- the canonical text ---- */

static bool print(struct buffer *target, const char *text)
{
    return buffer_append(target, slice_of(text));
}

/* In quotes, with a backslash before each backslash and quote (W8). */
static bool print_quoted(struct buffer *target, struct slice text)
{
    if (!print(target, "\"")) return false;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if ((byte == '"' || byte == '\\') && !print(target, "\\")) return false;
        if (!buffer_append(target, (struct slice){&text.bytes[i], 1})) return false;
    }
    return print(target, "\"");
}

static bool print_number(struct buffer *target, uint32_t number)
{
    char digits[NUMBER_DIGITS_MAX];
    return buffer_append(target, number_digits(number, digits));
}

static bool print_options(const struct plan_options *options, struct buffer *target)
{
    static const char *const hyphens[] = {"keep", "null", "ip"};
    static const char *const entities[] = {"raw", "decode"};
    static const char *const dests[] = {"host", "computer"};
    bool done = print(target, "hyphen=") && print(target, hyphens[options->hyphen]) &&
                print(target, " entities=") && print(target, entities[options->entities]) &&
                print(target, " dest=") && print(target, dests[options->dest]) &&
                print(target, " include_events_omitted_when_filtering_numeric_values=") &&
                print(target, options->keep_omitted ? "true" : "false");
    if (done && options->every_row) done = print(target, " prefilter=false");
    if (done && options->memory_megabytes > 0)
        done = print(target, " maxmem=") && print_number(target, options->memory_megabytes);
    if (done && options->fill_null)
        done = print(target, " fillnull_value=") && print_quoted(target, options->fill_value);
    return done;
}

static bool print_functions(const struct plan *plan, struct buffer *target)
{
    for (size_t i = 0; i < plan->function_count; i++) {
        const struct plan_function *function = &plan->functions[i];
        bool done = print(target, " ") && buffer_append(target, function->name);
        if (done && function->field != PLAN_NO_FIELD)
            done = print(target, "(") && print_quoted(target, plan->fields[function->field].name) &&
                   print(target, ")");
        done = done && print(target, " as ") && print_quoted(target, function->output);
        if (!done) return false;
    }
    return true;
}

static bool print_values(const struct plan_node *node, struct buffer *target)
{
    for (size_t i = 0; i < node->value_count; i++) {
        if (i > 0 && !print(target, ", ")) return false;
        if (!print_quoted(target, node->values[i])) return false;
    }
    return true;
}

bool plan_print_term(const struct plan *plan, const struct plan_node *node, struct buffer *target)
{
    static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
    if (node->kind == PLAN_EVERYTHING) return print(target, "*");
    if (node->kind == PLAN_DATASET) return print(target, "nodename=") && print_values(node, target);
    if (!print_quoted(target, plan->fields[node->field].name)) return false;
    if (node->kind == PLAN_COMPARE)
        return print(target, signs[node->comparison]) && print_values(node, target);
    return print(target, " IN (") && print_values(node, target) && print(target, ")");
}

static bool print_node(const struct plan *plan, const struct plan_node *node,
                       struct buffer *target);

/* A child in parentheses where it would else be read as another tree: where it binds no tighter
 * than its parent (W1). */
static bool print_child(const struct plan *plan, const struct plan_node *parent,
                        const struct plan_node *child, struct buffer *target)
{
    bool loose = child->kind == PLAN_AND || (child->kind == PLAN_OR && parent->kind != PLAN_AND);
    if (!loose) return print_node(plan, child, target);
    return print(target, "(") && print_node(plan, child, target) && print(target, ")");
}

/* No parentheses but those that are needed, so that the text nests no deeper than the one that the
 * parser took: else it could refuse what is printed here. */
static bool print_node(const struct plan *plan, const struct plan_node *node, struct buffer *target)
{
    if (node->first_child == NULL || node->kind == PLAN_DATASET)
        return plan_print_term(plan, node, target);
    if (node->kind == PLAN_NOT)
        return print(target, "NOT ") && print_child(plan, node, node->first_child, target);
    for (const struct plan_node *child = node->first_child; child != NULL;
         child = child->next_sibling) {
        if (child != node->first_child && !print(target, node->kind == PLAN_OR ? " OR " : " AND "))
            return false;
        if (!print_child(plan, node, child, target)) return false;
    }
    return true;
}

bool plan_print_span(const struct plan *plan, struct buffer *target)
{
    return print(target, "span=") && print_number(target, plan->span.count) &&
           print(target, span_unit_name(plan->span.unit));
}

static bool print_by(const struct plan *plan, struct buffer *target)
{
    for (size_t i = 0; i < plan->by_count; i++) {
        if (!print(target, i == 0 ? " by " : ", ")) return false;
        if (!print_quoted(target, plan->fields[plan->by[i]].name)) return false;
    }
    return plan->span.count == 0 || (print(target, " ") && plan_print_span(plan, target));
}

static bool print_from(const struct plan *plan, struct buffer *target)
{
    if (!print(target, " from datamodel=") || !buffer_append(target, plan->model)) return false;
    if (plan->dataset.length == 0) return true;
    return print(target, ".") && buffer_append(target, plan->dataset);
}

static bool print_plan(const struct plan *plan, struct buffer *target)
{
    if (!print_options(&plan->options, target) || !print_functions(plan, target)) return false;
    if (!print_from(plan, target)) return false;
    if (plan->where != NULL && !(print(target, " where ") && print_node(plan, plan->where, target)))
        return false;
    if (!print_by(plan, target)) return false;
    return plan->dropped.length == 0 ||
           (print(target, " | `drop_dm_object_name(") && print_quoted(target, plan->dropped) &&
            print(target, ")`"));
}

bool plan_seal(struct plan *plan)
{
    struct buffer text;
    buffer_init(&text, plan->memory);
    bool sealed =
        print_plan(plan, &text) && arena_copy(&plan->arena, buffer_slice(&text), &plan->text);
    buffer_release(&text);
    plan->digest = hash_digest(plan->text, PLAN_VERSION);
    return sealed;
}

/* ---- the token ---- */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static bool print_digest(struct buffer *target, uint64_t digest)
{
    char digits[HASH_DIGITS];
    hash_print(digest, digits);
    return buffer_append(target, (struct slice){digits, HASH_DIGITS});
}

/* Base64 with the URL alphabet, without padding (RFC 4648 section 5). */
static bool print_base64(struct buffer *target, struct slice text)
{
    for (size_t i = 0; i < text.length; i += 3) {
        size_t left = text.length - i < 3 ? text.length - i : 3;
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < left ? (unsigned char)text.bytes[i + j] : 0);
        char digits[4];
        for (size_t j = 0; j < 4; j++)
            digits[j] = base64_digits[bits >> (18 - 6 * j) & 63];
        if (!buffer_append(target, (struct slice){digits, left + 1})) return false;
    }
    return true;
}

/* Only what print_base64 writes: the bits left over at the end are fewer than a digit, and zero. */
static bool read_base64(struct slice digits, struct buffer *text)
{
    uint32_t bits = 0;
    size_t bit_count = 0;
    for (size_t i = 0; i < digits.length; i++) {
        const char *digit = memchr(base64_digits, digits.bytes[i], 64);
        if (digit == NULL) return false;
        bits = (bits << 6 | (uint32_t)(digit - base64_digits)) & 0xffffff;
        bit_count += 6;
        if (bit_count < 8) continue;
        bit_count -= 8;
        char byte = (char)(bits >> bit_count & 255);
        if (!buffer_append(text, (struct slice){&byte, 1})) return false;
    }
    return bit_count < 6 && (bits & ((UINT32_C(1) << bit_count) - 1)) == 0;
}

bool plan_token(const struct plan *plan, enum plan_phase phase, struct buffer *target)
{
    return print(target, phase == PLAN_PHASE_MAP ? "map" : "plan") &&
           print_number(target, PLAN_VERSION) && print(target, "_") &&
           print_digest(target, plan->digest) && print(target, "_") &&
           print_base64(target, plan->text);
}

/* Splits PHASE VERSION _ DIGEST _ TEXT; false when text is nothing of the kind. */
static bool token_split(struct slice token, enum plan_phase *phase, struct slice *version,
                        struct slice *digest, struct slice *text)
{
    size_t start;
    if (token.length > 3 && memcmp(token.bytes, "map", 3) == 0)
        start = 3, *phase = PLAN_PHASE_MAP;
    else if (token.length > 4 && memcmp(token.bytes, "plan", 4) == 0)
        start = 4, *phase = PLAN_PHASE_WHOLE;
    else
        return false;
    size_t end = start;
    while (end < token.length && token.bytes[end] >= '0' && token.bytes[end] <= '9')
        end++;
    if (end == start || token.length - end < HASH_DIGITS + 2) return false;
    if (token.bytes[end] != '_' || token.bytes[end + HASH_DIGITS + 1] != '_') return false;
    *version = (struct slice){token.bytes + start, end - start};
    *digest = (struct slice){token.bytes + end + 1, HASH_DIGITS};
    *text =
        (struct slice){token.bytes + end + HASH_DIGITS + 2, token.length - end - HASH_DIGITS - 2};
    return true;
}

bool plan_is_token(struct slice text)
{
    enum plan_phase phase;
    struct slice version, digest, base64;
    return token_split(text, &phase, &version, &digest, &base64);
}

static enum cfh_status token_error(struct cfh_error *error, const char *sentence)
{
    *error = (struct cfh_error){.code = CFH_BAD_PLAN};
    strncpy(error->sentence, sentence, CFH_SENTENCE_SIZE - 1);
    return CFH_BAD_PLAN;
}

static bool has_digest(struct slice text, size_t start, struct slice digest)
{
    if (text.length == start) return false; /* no plan prints as nothing */
    struct slice plain = {text.bytes + start, text.length - start};
    uint64_t said;
    return hash_parse(digest, &said) && said == hash_digest(plain, PLAN_VERSION);
}

enum cfh_status plan_read_token(struct slice token, enum plan_phase *phase, struct buffer *text,
                                struct cfh_error *error)
{
    struct slice version, digest, base64;
    if (!token_split(token, phase, &version, &digest, &base64))
        return token_error(error, "This is not a plan of cfhunt.");
    char digits[HASH_DIGITS];
    struct buffer expected = {.memory = text->memory, .bytes = digits, .capacity = sizeof(digits)};
    print_number(&expected, PLAN_VERSION);
    if (!text_equal(buffer_slice(&expected), version))
        return token_error(error, "The search head's cfhunt and this machine's are of different "
                                  "versions: install the same version on both.");
    size_t start = text->length;
    if (!buffer_reserve(text, base64.length)) return CFH_NO_MEMORY;
    if (read_base64(base64, text) && has_digest(buffer_slice(text), start, digest)) return CFH_OK;
    text->length = start;
    return token_error(error, "The plan was damaged on its way.");
}
