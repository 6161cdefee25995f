#include "hunt_yaml.h"

#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "pipeline.h"
#include "text.h"

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the present one */
    bool has_event;
    size_t depth;      /* of mappings and lists around the present event */
    struct slice file; /* without its byte order mark, which is mark bytes long */
    size_t mark;
    size_t counted; /* characters up to counted_at: marks of libyaml count characters */
    size_t counted_at;
    struct arena *arena;
    struct detection *detection;
    enum cfh_status status;
    struct cfh_error *error;
};

/* ---- places and errors ---- */

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

/* The byte in file of a mark. Marks mostly come in order, so the count goes on where it was. */
static size_t byte_of(struct reader *reader, yaml_mark_t mark)
{
    if (mark.index < reader->counted) reader->counted = reader->counted_at = 0;
    size_t at = reader->counted_at, count = reader->counted;
    for (; at < reader->file.length; at++) {
        if (!begins_character(reader->file.bytes[at])) continue;
        if (count == mark.index) break;
        count++;
    }
    reader->counted = count;
    reader->counted_at = at;
    return at;
}

static size_t event_start(struct reader *reader)
{
    return byte_of(reader, reader->event.start_mark);
}

static bool refused(struct reader *reader)
{
    reader->status = CFH_NO_MEMORY;
    return false;
}

static bool fail(struct reader *reader, enum cfh_status status, size_t at, const char *start,
                 struct slice found, const char *end)
{
    enum { FOUND_SHOWN = 80 };
    int shown = (int)(found.length < FOUND_SHOWN ? found.length : FOUND_SHOWN);
    *reader->error = (struct cfh_error){.code = status, .position = at + reader->mark};
    snprintf(reader->error->sentence, CFH_SENTENCE_SIZE, "%s%.*s%s", start, shown,
             shown > 0 ? found.bytes : "", end);
    reader->status = status;
    return false;
}

static bool fail_here(struct reader *reader, const char *start, struct slice found, const char *end)
{
    return fail(reader, CFH_BAD_PLAN, event_start(reader), start, found, end);
}

/* What helps beside libyaml's own words. */
struct hint {
    const char *problem;
    bool at_start; /* the place is where it began, not where it was noticed */
    const char *hint;
};

static const struct hint hints[] = {
    {"could not find expected ':'", true, ""},
    {"found unexpected end of stream", true, " The quote that begins here is not closed."},
    {"did not find expected comment or line break", false,
     " Behind | or > the line ends: the text begins in the next one, or stands in quotes instead."},
    {"mapping values are not allowed in this context", false,
     " A text with a colon and a blank in it needs quotes; keys that belong together need the same "
     "indentation."},
    {"found character that cannot start any token", false,
     " A text that begins with this character needs quotes."},
};

static struct hint hint_for(const char *problem)
{
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
        if (strcmp(hints[i].problem, problem) == 0) return hints[i];
    return (struct hint){problem, false, ""};
}

/* Bytes that are no text: their offset is in bytes. */
static bool fail_bytes(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    struct slice file = reader->file;
    bool is_utf16 = file.length >= 2 && (memcmp(file.bytes, "\xFF\xFE", 2) == 0 ||
                                         memcmp(file.bytes, "\xFE\xFF", 2) == 0);
    return fail(reader, CFH_BAD_PLAN, parser->problem_offset,
                "This is no text in UTF-8 as YAML takes it: ", slice_of(parser->problem),
                is_utf16 ? ". It looks like UTF-16: save the file as UTF-8." : ".");
}

/* libyaml's own error. All but bytes that are no text have a mark. */
static bool fail_parser(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    char end[320];
    if (parser->error == YAML_MEMORY_ERROR || parser->problem == NULL) return refused(reader);
    if (parser->error == YAML_READER_ERROR) return fail_bytes(reader);
    struct hint hint = hint_for(parser->problem);
    bool has_context = parser->context != NULL;
    bool at_start = hint.at_start && has_context;
    size_t at = byte_of(reader, at_start ? parser->context_mark : parser->problem_mark);
    bool tab = at < reader->file.length && reader->file.bytes[at] == '\t';
    snprintf(end, sizeof(end), "%s%s%s.%s", has_context ? " (" : "",
             has_context ? parser->context : "", has_context ? ")" : "",
             tab ? " YAML is indented with blanks, never with tabs." : hint.hint);
    return fail(reader, CFH_BAD_PLAN, at, "This is no YAML: ", slice_of(parser->problem), end);
}

/* ---- events ---- */

static void forget_event(struct reader *reader)
{
    if (reader->has_event) yaml_event_delete(&reader->event);
    reader->has_event = false;
}

static bool opens(const yaml_event_t *event)
{
    return event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
}

static bool closes(const yaml_event_t *event)
{
    return event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT;
}

static bool next(struct reader *reader)
{
    forget_event(reader);
    if (!yaml_parser_parse(&reader->parser, &reader->event)) return fail_parser(reader);
    reader->has_event = true;
    if (closes(&reader->event)) reader->depth--;
    if (opens(&reader->event) && ++reader->depth > HUNT_YAML_DEPTH_MAX)
        return fail(reader, CFH_LIMIT, event_start(reader),
                    "Lists and mappings can stand in each other 50 deep and no more.",
                    (struct slice){NULL, 0}, "");
    return true;
}

static bool is(const struct reader *reader, yaml_event_type_t type)
{
    return reader->event.type == type;
}

/* The text of the present event, which is a scalar. */
static struct slice scalar(const struct reader *reader)
{
    return (struct slice){(const char *)reader->event.data.scalar.value,
                          reader->event.data.scalar.length};
}

/* Nothing, or ~ or null: a key whose value is left out. */
static bool is_null(const struct reader *reader)
{
    if (!is(reader, YAML_SCALAR_EVENT)) return false;
    struct slice text = scalar(reader);
    return reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (text.length == 0 || text_equal(text, SLICE("~")) ||
            text_equal_folded(text, SLICE("null")));
}

/* Passes the node that begins with the present event. */
static bool skip(struct reader *reader)
{
    if (!opens(&reader->event)) return true;
    size_t outside = reader->depth - 1;
    while (reader->depth > outside)
        if (!next(reader)) return false;
    return true;
}

/* ---- values ---- */

/* start and key are what is of the wrong kind. */
static bool fail_kind(struct reader *reader, const char *start, struct slice key,
                      const char *wanted)
{
    const char *found = is(reader, YAML_MAPPING_START_EVENT)    ? "a mapping"
                        : is(reader, YAML_SEQUENCE_START_EVENT) ? "a list"
                                                                : "a text";
    char end[80];
    snprintf(end, sizeof(end), " is %s here, and must be %s.", found, wanted);
    return fail_here(reader, start, key, end);
}

static bool fail_alias(struct reader *reader, struct slice key)
{
    return fail_here(reader, "An alias (*name) cannot stand for the value of ", key,
                     ": write the value out.");
}

static enum detection_style style_of(const struct reader *reader)
{
    switch (reader->event.data.scalar.style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return DETECTION_SINGLE_QUOTED;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return DETECTION_DOUBLE_QUOTED;
    case YAML_LITERAL_SCALAR_STYLE:
    case YAML_FOLDED_SCALAR_STYLE:
        return DETECTION_BLOCK;
    default:
        return DETECTION_PLAIN;
    }
}

static bool read_text(struct reader *reader, struct slice key, struct detection_value *value)
{
    if (is(reader, YAML_ALIAS_EVENT)) return fail_alias(reader, key);
    if (!is(reader, YAML_SCALAR_EVENT)) return fail_kind(reader, "", key, "one text");
    value->there = !is_null(reader);
    value->start = event_start(reader) + reader->mark;
    value->end = byte_of(reader, reader->event.end_mark) + reader->mark;
    value->style = style_of(reader);
    return arena_copy(reader->arena, scalar(reader), &value->text) || refused(reader);
}

static bool append_item(struct reader *reader, struct slice key, struct buffer *list)
{
    if (is(reader, YAML_ALIAS_EVENT)) return fail_alias(reader, key);
    if (!is(reader, YAML_SCALAR_EVENT)) return fail_kind(reader, "An item of ", key, "a text");
    if (is_null(reader)) return true;
    if (list->length > 0 && !buffer_append(list, SLICE(", "))) return refused(reader);
    return buffer_append(list, scalar(reader)) || refused(reader);
}

static bool read_texts(struct reader *reader, struct slice key, struct detection_value *value)
{
    struct buffer list;
    bool done = true;
    if (!is(reader, YAML_SEQUENCE_START_EVENT)) {
        if (opens(&reader->event)) return fail_kind(reader, "", key, "a list of texts");
        return read_text(reader, key, value);
    }
    buffer_init(&list, reader->arena->memory);
    while ((done = done && next(reader)) && !is(reader, YAML_SEQUENCE_END_EVENT))
        done = append_item(reader, key, &list);
    value->there = list.length > 0;
    if (done && !arena_copy(reader->arena, buffer_slice(&list), &value->text))
        done = refused(reader);
    buffer_release(&list);
    return done;
}

/* ---- mappings ---- */

/* The key of a pair: *known is false for one that cannot be a key of ours. */
static bool read_key(struct reader *reader, struct slice *key, bool *known)
{
    *key = (struct slice){NULL, 0};
    *known = is(reader, YAML_SCALAR_EVENT);
    if (is(reader, YAML_ALIAS_EVENT))
        return fail_here(reader, "An alias (*name) cannot stand for a key: write the key out.",
                         *key, "");
    if (!*known) return skip(reader);
    if (text_equal(scalar(reader), SLICE("<<")))
        return fail_here(reader, "A merge (<<) is not done: write the keys out.", *key, "");
    return arena_copy(reader->arena, scalar(reader), key) || refused(reader);
}

static bool read_macros(struct reader *reader);
static bool read_map(struct reader *reader, enum detection_place place,
                     struct detection_value *values);

static bool read_nested(struct reader *reader, enum detection_key key, struct slice name,
                        struct detection_value *values)
{
    if (is(reader, YAML_ALIAS_EVENT)) return fail_alias(reader, name);
    if (is_null(reader)) return true;
    if (!is(reader, YAML_MAPPING_START_EVENT)) return fail_kind(reader, "", name, "a mapping");
    return key == DETECTION_MACROS ? read_macros(reader)
                                   : read_map(reader, DETECTION_IN_TAGS, values);
}

static bool read_value(struct reader *reader, enum detection_key key, struct slice name,
                       struct detection_value *values)
{
    switch (detection_row(key)->kind) {
    case DETECTION_TEXT:
        return read_text(reader, name, &values[key]);
    case DETECTION_TEXTS:
        return read_texts(reader, name, &values[key]);
    case DETECTION_MAP:
        return read_nested(reader, key, name, values);
    }
    return true;
}

static bool fail_twice(struct reader *reader, struct slice key, size_t first)
{
    size_t line, column;
    char end[80];
    detection_line_column(reader->file, first - reader->mark, &line, &column);
    snprintf(end, sizeof(end), " stands here a second time: the first is in line %zu.", line);
    return fail_here(reader, "", key, end);
}

/* A key that is none of the table's may be a misspelt one of the two that must be there. */
static void note_misspelt(struct reader *reader, struct slice name, const bool *seen,
                          struct detection_value *values)
{
    enum { EDITS_MAX = 2 };
    static const enum detection_key needed[] = {DETECTION_NAME, DETECTION_SEARCH};
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        struct detection_value *value = &values[needed[i]];
        struct slice right = slice_of(detection_row(needed[i])->name);
        if (seen[needed[i]] || text_edit_distance(right, name) > EDITS_MAX) continue;
        value->misspelt = name;
        value->key_at = event_start(reader) + reader->mark;
    }
}

/* The pairs of the mapping that begins with the present event; keys that are no rows of the table
 * are passed over. */
static bool read_map(struct reader *reader, enum detection_place place,
                     struct detection_value *values)
{
    bool seen[DETECTION_KEYS] = {false}, known;
    struct slice name;
    for (;;) {
        if (!next(reader)) return false;
        if (is(reader, YAML_MAPPING_END_EVENT)) return true;
        if (!read_key(reader, &name, &known)) return false;
        enum detection_key key = known ? detection_find(name, place) : DETECTION_KEYS;
        if (key < DETECTION_KEYS) {
            if (seen[key] || values[key].there) return fail_twice(reader, name, values[key].key_at);
            seen[key] = true;
            values[key].key_at = event_start(reader) + reader->mark;
        } else if (place == DETECTION_TOP) {
            note_misspelt(reader, name, seen, values);
        }
        if (!next(reader)) return false;
        if (!(key < DETECTION_KEYS ? read_value(reader, key, name, values) : skip(reader)))
            return false;
    }
}

/* ---- macros ---- */

static bool is_name_byte(char byte)
{
    char folded = (char)text_fold_byte((unsigned char)byte);
    return (folded >= 'a' && folded <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ||
           byte == '-';
}

static bool is_name(struct slice name)
{
    for (size_t i = 0; i < name.length; i++)
        if (!is_name_byte(name.bytes[i])) return false;
    return name.length > 0;
}

/* NAME or NAME(N); *count is N, or SIZE_MAX where it does not stand. */
static bool split_name(struct slice key, struct slice *name, size_t *count)
{
    *name = key;
    *count = SIZE_MAX;
    const char *open = key.length > 0 ? memchr(key.bytes, '(', key.length) : NULL;
    if (open == NULL) return is_name(*name);
    name->length = (size_t)(open - key.bytes);
    struct slice digits = {open + 1, key.length - name->length - 1};
    if (digits.length < 2 || digits.length > 4 || digits.bytes[--digits.length] != ')')
        return false;
    *count = 0;
    for (size_t i = 0; i < digits.length; i++) {
        if (digits.bytes[i] < '0' || digits.bytes[i] > '9') return false;
        *count = *count * 10 + (size_t)(digits.bytes[i] - '0');
    }
    return is_name(*name);
}

/* The names of the arguments: one text, between commas. */
static bool split_arguments(struct reader *reader, struct slice list, size_t at,
                            struct macro *macro)
{
    while (list.length > 0) {
        const char *comma = memchr(list.bytes, ',', list.length);
        size_t length = comma != NULL ? (size_t)(comma - list.bytes) : list.length;
        struct slice name = pipeline_trim((struct slice){list.bytes, length});
        if (!is_name(name))
            return fail(reader, CFH_BAD_PLAN, at,
                        "The name of a macro's argument is letters, digits, _ and -, not \"", name,
                        "\".");
        if (macro->argument_count == MACROS_ARGUMENTS_MAX)
            return fail(reader, CFH_LIMIT, at,
                        "A macro can take 20 arguments and no more, not so "
                        "many as ",
                        macro->name, " has here.");
        macro->arguments[macro->argument_count++] = name;
        length += comma != NULL;
        list = (struct slice){list.bytes + length, list.length - length};
    }
    return true;
}

/* A macro's value: its definition, or a mapping that holds it. */
static bool read_macro(struct reader *reader, struct slice key, size_t at, struct macro *macro)
{
    struct detection_value values[DETECTION_KEYS] = {{.there = false}};
    struct detection_value *definition = &values[DETECTION_DEFINITION];
    if (!is(reader, YAML_MAPPING_START_EVENT)) {
        if (!read_text(reader, key, definition)) return false;
    } else if (!read_map(reader, DETECTION_IN_MACRO, values)) {
        return false;
    }
    if (!definition->there)
        return fail(reader, CFH_BAD_PLAN, at, "The macro ", key, " has no definition.");
    macro->definition = definition->text;
    return split_arguments(reader, values[DETECTION_ARGUMENTS].text, at, macro);
}

static bool add_macro(struct reader *reader, struct macro *macro, size_t at)
{
    struct macros *macros = &reader->detection->macros;
    if (macros->count == MACROS_MAX)
        return fail(reader, CFH_LIMIT, at, "A file can hold 1000 macros and no more.",
                    (struct slice){NULL, 0}, "");
    if (macros_own(macros, macro->name, macro->argument_count) != NULL)
        return fail(reader, CFH_BAD_PLAN, at, "The macro ", macro->name,
                    " stands here a second time with as many arguments.");
    return macros_add(macros, reader->arena, macro) || refused(reader);
}

static bool read_macro_pair(struct reader *reader)
{
    struct slice key;
    bool known;
    size_t count, at = event_start(reader);
    struct macro *macro = arena_take(reader->arena, sizeof(*macro));
    if (macro == NULL) return refused(reader);
    *macro = (struct macro){.argument_count = 0};
    if (!read_key(reader, &key, &known)) return false;
    if (!known || !split_name(key, &macro->name, &count))
        return fail(reader, CFH_BAD_PLAN, at,
                    "The name of a macro is letters, digits, _ and -, and may be followed by the "
                    "number of its arguments, as in name(1); not \"",
                    key, "\".");
    if (!next(reader) || !read_macro(reader, key, at, macro)) return false;
    if (count != SIZE_MAX && count != macro->argument_count)
        return fail(reader, CFH_BAD_PLAN, at, "The macro ", key,
                    " does not list as many arguments as its name says.");
    return add_macro(reader, macro, at);
}

static bool read_macros(struct reader *reader)
{
    for (;;) {
        if (!next(reader)) return false;
        if (is(reader, YAML_MAPPING_END_EVENT)) return true;
        if (!read_macro_pair(reader)) return false;
    }
}

/* ---- the file ---- */

static bool read_document(struct reader *reader)
{
    static const struct slice nothing = {NULL, 0};
    if (!next(reader) || !next(reader)) return false; /* the stream's start, the document's */
    if (is(reader, YAML_STREAM_END_EVENT))
        return fail_here(reader, "The file is empty.", nothing, "");
    if (!next(reader)) return false;
    if (!is(reader, YAML_MAPPING_START_EVENT))
        return fail_here(reader, "The file must be a mapping: lines such as name: and search:.",
                         nothing, "");
    if (!read_map(reader, DETECTION_TOP, reader->detection->values)) return false;
    if (!next(reader) || !next(reader)) return false; /* the document's end, the stream's */
    return is(reader, YAML_STREAM_END_EVENT) ||
           fail_here(reader, "A file holds one detection; here a second document (---) begins.",
                     nothing, "");
}

enum cfh_status hunt_yaml_read(struct slice file, struct arena *arena, struct detection *detection,
                               struct cfh_error *error)
{
    struct reader reader = {.file = file, .arena = arena, .detection = detection, .error = error};
    *detection = (struct detection){.macros = {.items = NULL}};
    if (file.length > HUNT_YAML_SIZE_MAX) {
        fail(&reader, CFH_LIMIT, 0, "A file of hunts can have 1 MB and no more.",
             (struct slice){NULL, 0}, "");
        return reader.status;
    }
    if (file.length >= 3 && memcmp(file.bytes, "\xEF\xBB\xBF", 3) == 0) {
        reader.mark = 3;
        reader.file = (struct slice){file.bytes + 3, file.length - 3};
    }
    if (reader.file.length == 0) reader.file = SLICE(""); /* libyaml takes no NULL */
    if (!yaml_parser_initialize(&reader.parser)) return CFH_NO_MEMORY;
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)reader.file.bytes,
                                 reader.file.length);
    read_document(&reader);
    forget_event(&reader);
    yaml_parser_delete(&reader.parser);
    return reader.status;
}
