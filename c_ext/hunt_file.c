#include "hunt_file.h"

#include <stdio.h>
#include <string.h>

#include "pipeline.h"
#include "scanner.h"
#include "text.h"
#include "tstats.h"

struct loader {
    const struct hunt_file *file;
    struct plan *plan;
    struct arena arena; /* what is needed only while the file is read */
    struct detection detection;
    struct expansion head;
    struct cfh_error *error;
};

enum { LOADER_BLOCK = 8192 };

/* ---- errors ---- */

/* FILE, line L, column C: in front of the sentence; place is a byte of the file. */
static enum cfh_status say_place(const struct hunt_file *file, size_t place, struct slice macro,
                                 struct cfh_error *error)
{
    enum { MACRO_SHOWN = 60 };
    char sentence[CFH_SENTENCE_SIZE];
    size_t line, column;
    int shown = (int)(macro.length < MACRO_SHOWN ? macro.length : MACRO_SHOWN);
    memcpy(sentence, error->sentence, sizeof(sentence));
    detection_line_column(file->text, place, &line, &column);
    snprintf(error->sentence, CFH_SENTENCE_SIZE, "%.*s, line %zu, column %zu%s%.*s: %s",
             (int)file->name.length, file->name.bytes, line, column,
             shown > 0 ? ", in the macro " : "", shown, shown > 0 ? macro.bytes : "", sentence);
    error->position = place;
    return error->code;
}

static enum cfh_status fail(struct loader *loader, size_t place, const char *sentence)
{
    *loader->error = (struct cfh_error){.code = CFH_BAD_PLAN};
    strncpy(loader->error->sentence, sentence, CFH_SENTENCE_SIZE - 1);
    return say_place(loader->file, place, (struct slice){NULL, 0}, loader->error);
}

/* The place in the file of a byte of the detection's search. */
static size_t place_of(const struct loader *loader, size_t at)
{
    return detection_origin(loader->file->text, &loader->detection.values[DETECTION_SEARCH], at);
}

/* ---- the file ---- */

static enum cfh_status read_yaml(const struct hunt_file *file, struct arena *arena,
                                 struct detection *detection, struct cfh_error *error)
{
    enum cfh_status status = hunt_yaml_read(file->text, arena, detection, error);
    if (status == CFH_OK || status == CFH_NO_MEMORY) return status;
    return say_place(file, error->position, (struct slice){NULL, 0}, error);
}

/* The key is not there, or has no value. */
static enum cfh_status fail_missing(struct loader *loader, enum detection_key key)
{
    enum { KEY_SHOWN = 20 };
    const struct detection_value *value = &loader->detection.values[key];
    size_t length = value->misspelt.length < KEY_SHOWN ? value->misspelt.length : KEY_SHOWN;
    bool misspelt = length > 0;
    char sentence[128];
    snprintf(sentence, sizeof(sentence), "There is no %s: a hunt has a name and a search.%s%.*s%s",
             detection_row(key)->name, misspelt ? " Is " : "", (int)length,
             misspelt ? value->misspelt.bytes : "", misspelt ? " meant to be it?" : "");
    return fail(loader, value->key_at, sentence);
}

static enum cfh_status read_detection(struct loader *loader, const struct macros *macros)
{
    struct detection *detection = &loader->detection;
    enum cfh_status status = read_yaml(loader->file, &loader->arena, detection, loader->error);
    if (status != CFH_OK) return status;
    detection->macros.behind = macros;
    if (!detection->values[DETECTION_NAME].there) return fail_missing(loader, DETECTION_NAME);
    if (!detection->values[DETECTION_SEARCH].there) return fail_missing(loader, DETECTION_SEARCH);
    return CFH_OK;
}

/* ---- the head ---- */

/* Behind "| tstats", in front of which only blanks and comments stand. */
static enum cfh_status find_head(struct loader *loader, size_t *start)
{
    struct cfh_error ignored;
    struct slice search = loader->detection.values[DETECTION_SEARCH].text;
    struct scanner scanner = {.text = search, .arena = &loader->arena, .error = &ignored};
    scanner_take_byte(&scanner, '|');
    scanner_skip_blanks(&scanner);
    size_t at = scanner.at;
    *start = at;
    if (!scanner_take_keyword(&scanner, SLICE("tstats"), true))
        return fail(loader, place_of(loader, at),
                    "A hunt's search begins with | tstats. cfhunt runs no other command.");
    *start = scanner.at;
    return CFH_OK;
}

/* Is it `drop_dm_object_name(NAME)` and nothing else (C1)? */
static bool is_drop(struct loader *loader, struct slice command)
{
    struct cfh_error ignored;
    struct slice name;
    struct scanner scanner = {.text = command, .arena = &loader->arena, .error = &ignored};
    return scanner_take_byte(&scanner, '`') &&
           scanner_take_keyword(&scanner, SLICE("drop_dm_object_name"), false) &&
           scanner_take_byte(&scanner, '(') && scanner_take_name(&scanner, "", &name) &&
           scanner_take_byte(&scanner, ')') && scanner_take_byte(&scanner, '`') &&
           scanner_at_end(&scanner);
}

/* Cuts the search behind tstats into the head and, where they are there, the drop that is done
 * here and the tail that is not, each with its pipe. */
static void cut(struct loader *loader, struct slice text, struct slice *head, struct slice *drop,
                struct slice *tail)
{
    size_t end = pipeline_end(text);
    *head = (struct slice){text.bytes, end};
    *tail = (struct slice){text.bytes + end, text.length - end};
    *drop = (struct slice){tail->bytes, 0};
    if (tail->length == 0) return;
    struct slice behind = {tail->bytes + 1, tail->length - 1};
    struct slice command = {behind.bytes, pipeline_end(behind)};
    if (!is_drop(loader, command)) return;
    drop->length = command.length + 1;
    *tail = (struct slice){tail->bytes + drop->length, tail->length - drop->length};
}

/* The head as tstats reads it: expanded, and the drop as it is written. */
static enum cfh_status join_head(struct loader *loader, struct slice drop, struct slice *text)
{
    struct buffer joined;
    buffer_init(&joined, loader->arena.memory);
    bool done = buffer_append(&joined, loader->head.text) && buffer_append(&joined, drop) &&
                arena_copy(&loader->arena, buffer_slice(&joined), text);
    buffer_release(&joined);
    return done ? CFH_OK : CFH_NO_MEMORY;
}

/* An error in the expanded head, at the place in the file that it comes from. head starts at that
 * byte of the search. */
static enum cfh_status fail_head(struct loader *loader, size_t start)
{
    struct slice macro = {NULL, 0};
    struct cfh_error *error = loader->error;
    size_t at = macros_origin(&loader->head, error->position, &macro);
    return say_place(loader->file, place_of(loader, start + at), macro, error);
}

static enum cfh_status read_head(struct loader *loader, struct slice head, struct slice drop,
                                 size_t start, struct slice arguments)
{
    struct slice text;
    enum cfh_status status = macros_expand(&loader->detection.macros, head, MACROS_REFUSE_UNKNOWN,
                                           &loader->arena, &loader->head, loader->error);
    if (status == CFH_BAD_PLAN || status == CFH_LIMIT)
        return say_place(loader->file, place_of(loader, start + loader->error->position),
                         (struct slice){NULL, 0}, loader->error);
    if (status == CFH_OK) status = join_head(loader, drop, &text);
    if (status == CFH_OK) status = tstats_parse_hunt(loader->plan, text, arguments, loader->error);
    return status == CFH_BAD_PLAN ? fail_head(loader, start) : status;
}

/* ---- the tail, and what is for people ---- */

/* The commands of a tail, each with its pipe, one blank between them. */
static bool join_commands(struct slice tail, struct buffer *joined)
{
    while (tail.length > 0) {
        struct slice behind = {tail.bytes + 1, tail.length - 1}; /* it begins with a pipe */
        size_t length = pipeline_end(behind) + 1;
        struct slice command = pipeline_trim((struct slice){tail.bytes, length});
        if (joined->length > 0 && !buffer_append(joined, SLICE(" "))) return false;
        if (!buffer_append(joined, command)) return false;
        tail = (struct slice){tail.bytes + length, tail.length - length};
    }
    return true;
}

/* With the macros that only cfhunt knows put in, so that it can be appended as it is. Where that
 * fails it stays as it is written. */
static enum cfh_status keep_tail(struct loader *loader, struct slice tail)
{
    struct expansion expanded;
    struct cfh_error ignored;
    enum cfh_status status = macros_expand(&loader->detection.macros, tail, MACROS_KEEP_UNKNOWN,
                                           &loader->arena, &expanded, &ignored);
    if (status == CFH_NO_MEMORY) return status;
    if (status == CFH_OK) tail = expanded.text;
    struct buffer joined;
    buffer_init(&joined, loader->arena.memory);
    bool done = join_commands(tail, &joined) &&
                arena_copy(&loader->plan->arena, buffer_slice(&joined), &loader->plan->tail);
    buffer_release(&joined);
    return done ? CFH_OK : CFH_NO_MEMORY;
}

static bool add_note(struct plan *plan, const char *key, struct slice value)
{
    struct slice copy;
    return arena_copy(&plan->arena, value, &copy) && plan_add_note(plan, slice_of(key), copy);
}

/* Every key that is for people, as the file has it. */
static enum cfh_status add_notes(struct loader *loader)
{
    if (!add_note(loader->plan, "file", loader->file->name)) return CFH_NO_MEMORY;
    for (size_t key = 0; key < DETECTION_KEYS; key++) {
        const struct detection_row *row = detection_row((enum detection_key)key);
        const struct detection_value *value = &loader->detection.values[key];
        if (!value->there || key == DETECTION_SEARCH) continue;
        if (!add_note(loader->plan, row->name, value->text)) return CFH_NO_MEMORY;
    }
    return CFH_OK;
}

/* ---- the whole ---- */

static enum cfh_status load(struct loader *loader, struct slice arguments,
                            const struct macros *macros)
{
    struct slice head, drop, tail;
    size_t start = 0;
    enum cfh_status status = read_detection(loader, macros);
    if (status == CFH_OK) status = find_head(loader, &start);
    if (status != CFH_OK) return status;
    struct slice search = loader->detection.values[DETECTION_SEARCH].text;
    cut(loader, (struct slice){search.bytes + start, search.length - start}, &head, &drop, &tail);
    status = read_head(loader, head, drop, start, arguments);
    if (status == CFH_OK) status = keep_tail(loader, tail);
    return status == CFH_OK ? add_notes(loader) : status;
}

enum cfh_status hunt_file_read(const struct hunt_file *file, struct slice arguments,
                               const struct macros *macros, struct plan *plan,
                               struct cfh_error *error)
{
    struct loader loader = {.file = file, .plan = plan, .error = error};
    arena_init(&loader.arena, plan->memory, LOADER_BLOCK);
    enum cfh_status status = load(&loader, arguments, macros);
    arena_release(&loader.arena);
    return status;
}

enum cfh_status hunt_file_read_macros(const struct hunt_file *file, struct arena *arena,
                                      struct macros *macros, struct cfh_error *error)
{
    struct detection detection;
    enum cfh_status status = read_yaml(file, arena, &detection, error);
    for (size_t i = 0; status == CFH_OK && i < detection.macros.count; i++) {
        struct macro *macro = detection.macros.items[i];
        if (macros_own(macros, macro->name, macro->argument_count) != NULL) continue;
        if (!macros_add(macros, arena, macro)) status = CFH_NO_MEMORY;
    }
    return status;
}
