/* fuzz_hunt_yaml: the input is a hunt's file. It is read or refused with a place inside it; every
 * character of a text that was read stands in the file where detection_origin says; and what is a
 * whole hunt is a plan that its own canonical text gives again. With a bound on the memory, which
 * the input's length chooses, it is refused without a leak or gives the same.
 *
 *     make fuzz ROOM=hunt_yaml T=60
 */
#include "hunt_yaml.h"

#include <stdlib.h>
#include <string.h>

#include "hunt_file.h"
#include "pipeline.h"
#include "text.h"
#include "tstats.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { BLOCK = 256, VALUE_LOOKED_AT = 300 };

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

static void check_sentence(const struct cfh_error *error, struct slice file)
{
    size_t length = strlen(error->sentence), line, column;
    require(error->position <= file.length);
    require(length > 10 && length < CFH_SENTENCE_SIZE - 1);
    detection_line_column(file, error->position, &line, &column);
    require(line > 0 && column > 0);
}

/* What quoting does not change stands in the file as it stands in the text. */
static void check_origins(struct slice file, const struct detection_value *value)
{
    size_t last = 0;
    require(value->start <= value->end && value->end <= file.length);
    for (size_t at = 0; at <= value->text.length && at < VALUE_LOOKED_AT; at++) {
        size_t origin = detection_origin(file, value, at);
        require(origin >= last && origin <= value->end);
        last = origin;
        if (at == value->text.length || value->style == DETECTION_DOUBLE_QUOTED) continue;
        char byte = value->text.bytes[at];
        if (byte > ' ' && byte < 127) require(origin < file.length && file.bytes[origin] == byte);
    }
}

static void check_detection(struct slice file, const struct detection *detection)
{
    for (size_t key = 0; key < DETECTION_KEYS; key++) {
        const struct detection_value *value = &detection->values[key];
        require(value->key_at <= file.length);
        if (value->there && detection_row((enum detection_key)key)->kind == DETECTION_TEXT)
            check_origins(file, value);
    }
    require(detection->macros.count <= MACROS_MAX);
    for (size_t i = 0; i < detection->macros.count; i++)
        require(detection->macros.items[i]->argument_count <= MACROS_ARGUMENTS_MAX);
}

static enum cfh_status check_yaml(struct slice file, struct memory *memory)
{
    struct arena arena;
    struct detection detection;
    struct cfh_error error = {.code = CFH_OK};
    arena_init(&arena, memory, BLOCK);
    enum cfh_status status = hunt_yaml_read(file, &arena, &detection, &error);
    if (status == CFH_OK)
        check_detection(file, &detection);
    else if (status != CFH_NO_MEMORY)
        check_sentence(&error, file);
    arena_release(&arena);
    return status;
}

static void check_plan(const struct plan *plan)
{
    struct plan again;
    struct cfh_error error;
    plan_init(&again, plan->memory);
    require(tstats_parse(&again, plan->text, &error) == CFH_OK);
    require(text_equal(again.text, plan->text) && again.digest == plan->digest);
    require(plan->tail.length == 0 || plan->tail.bytes[0] == '|');
    require(plan->note_count >= 2); /* file and name */
    plan_release(&again);
}

static enum cfh_status check_hunt(struct slice text, struct memory *memory, uint64_t *digest)
{
    struct hunt_file file = {SLICE("f.yml"), text};
    struct macros macros = {.items = NULL};
    struct plan plan;
    struct cfh_error error = {.code = CFH_OK};
    plan_init(&plan, memory);
    enum cfh_status status = hunt_file_read(&file, SLICE("hunt=f"), &macros, &plan, &error);
    require(status == CFH_OK || status == CFH_BAD_PLAN || status == CFH_LIMIT ||
            status == CFH_NO_MEMORY);
    if (status == CFH_OK && memory->limit == 0) check_plan(&plan);
    if (status == CFH_BAD_PLAN || status == CFH_LIMIT) {
        require(error.code == status && error.position <= text.length);
        require(strncmp(error.sentence, "f.yml, line ", 12) == 0);
    }
    *digest = plan.digest;
    plan_release(&plan);
    require(memory->used == 0);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct slice file = exact_copy(bytes, length);
    struct memory memory, bounded;
    uint64_t digest, bounded_digest;
    memory_init(&memory, NULL, 0);
    memory_init(&bounded, NULL, 64 + length * 97 % 32768);
    enum cfh_status yaml = check_yaml(file, &memory);
    require(yaml == CFH_OK || yaml == CFH_BAD_PLAN || yaml == CFH_LIMIT);
    enum cfh_status status = check_hunt(file, &memory, &digest);
    require(yaml == CFH_OK || status == yaml);
    enum cfh_status small = check_hunt(file, &bounded, &bounded_digest);
    require(small == status || (small == CFH_NO_MEMORY && bounded.limited));
    if (small == CFH_OK) require(bounded_digest == digest);
    require(memory.used == 0);
    free((void *)(uintptr_t)file.bytes);
    return 0;
}
