#include "macros.h"

#include <stdio.h>
#include <string.h>

#include "pipeline.h"
#include "text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* ---- the standard ones ---- */

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

/* security_content_summariesonly is made of three others, so that a site can change one of them. */
static const struct macro standard[] = {
    {.name = TEXT("security_content_summariesonly"),
     .definition = TEXT("summariesonly=`summariesonly_config` "
                        "allow_old_summaries=`oldsummaries_config` "
                        "fillnull_value=`fillnull_config`")},
    {.name = TEXT("summariesonly_config"), .definition = TEXT("false")},
    {.name = TEXT("oldsummaries_config"), .definition = TEXT("true")},
    {.name = TEXT("fillnull_config"), .definition = TEXT("null")},
    {.name = TEXT("drop_dm_object_name"),
     .definition = TEXT("rename \"$object$.*\" as *"),
     .arguments = {TEXT("object")},
     .argument_count = 1},
    {.name = TEXT("security_content_ctime"),
     .definition = TEXT("convert timeformat=\"%Y-%m-%dT%H:%M:%S\" ctime($field$)"),
     .arguments = {TEXT("field")},
     .argument_count = 1},
};

/* ---- lists ---- */

const struct macro *macros_own(const struct macros *macros, struct slice name, size_t arguments)
{
    for (size_t i = 0; i < macros->count; i++)
        if (macros->items[i]->argument_count == arguments &&
            text_equal(macros->items[i]->name, name))
            return macros->items[i];
    return NULL;
}

bool macros_add(struct macros *macros, struct arena *arena, struct macro *macro)
{
    size_t count = macros->count;
    if ((count & (count - 1)) == 0) { /* full: none, or a power of two */
        struct macro **items = arena_take(arena, (count > 0 ? count * 2 : 1) * sizeof(*items));
        if (items == NULL) return false;
        if (count > 0) memcpy(items, macros->items, count * sizeof(*items));
        macros->items = items;
    }
    macros->items[macros->count++] = macro;
    return true;
}

static const struct macro *find(const struct macros *macros, struct slice name, size_t arguments)
{
    for (; macros != NULL; macros = macros->behind) {
        const struct macro *found = macros_own(macros, name, arguments);
        if (found != NULL) return found;
    }
    for (size_t i = 0; i < COUNT_OF(standard); i++)
        if (standard[i].argument_count == arguments && text_equal(standard[i].name, name))
            return &standard[i];
    return NULL;
}

/* The i-th of all macros, those behind and the standard ones too; NULL behind the last. */
static const struct macro *at_index(const struct macros *macros, size_t i)
{
    for (; macros != NULL; macros = macros->behind) {
        if (i < macros->count) return macros->items[i];
        i -= macros->count;
    }
    return i < COUNT_OF(standard) ? &standard[i] : NULL;
}

/* Of those of that very name one, else the nearest name; NULL where no name is near. */
static const struct macro *nearest(const struct macros *macros, struct slice name)
{
    const struct macro *found = NULL, *macro;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; (macro = at_index(macros, i)) != NULL; i++) {
        size_t edits = text_misspelling(macro->name, name);
        if (text_equal(macro->name, name)) return macro;
        if (edits < distance) found = macro, distance = edits;
    }
    return found;
}

/* ---- expanding ---- */

struct call {
    struct slice name;
    struct slice arguments[MACROS_ARGUMENTS_MAX];
    size_t argument_count;
};

struct expander {
    const struct macros *macros;
    enum macros_unknown unknown;
    struct arena *arena;
    struct expansion *expansion;
    struct buffer text; /* what is expanded so far */
    size_t brought;     /* bytes, as MACROS_TEXT_MAX counts them */
    size_t at;          /* the call in the outermost text */
    enum cfh_status status;
    struct cfh_error *error;
};

enum { NAME_SHOWN = 80 };

static bool refused(struct expander *expander)
{
    expander->status = CFH_NO_MEMORY;
    return false;
}

static int shown_length(struct slice name)
{
    return (int)(name.length < NAME_SHOWN ? name.length : NAME_SHOWN);
}

static bool fail(struct expander *expander, enum cfh_status status, const char *start,
                 struct slice name, const char *end)
{
    int shown = shown_length(name);
    *expander->error = (struct cfh_error){.code = status, .position = expander->at};
    snprintf(expander->error->sentence, CFH_SENTENCE_SIZE, "%s `%.*s`%s", start, shown,
             shown > 0 ? name.bytes : "", end);
    expander->status = status;
    return false;
}

static bool fail_unknown(struct expander *expander, const struct call *call)
{
    static const char where[] = " A macro is written under macros: in the hunt's file, or in "
                                "hunts/macros.yml.";
    char end[320];
    const struct macro *near = nearest(expander->macros, call->name);
    if (near == NULL)
        snprintf(end, sizeof(end), ".%s", where);
    else if (text_equal(near->name, call->name))
        snprintf(end, sizeof(end), " that takes %zu argument%s: it takes %zu.",
                 call->argument_count, call->argument_count == 1 ? "" : "s", near->argument_count);
    else
        snprintf(end, sizeof(end), ": did you mean `%.*s`?%s", shown_length(near->name),
                 near->name.bytes, where);
    return fail(expander, CFH_BAD_PLAN, "There is no macro", call->name, end);
}

/* Where a part begins that comes from another place than what stands before it. */
static bool begin_part(struct expander *expander, size_t origin, struct slice macro)
{
    struct expansion *expansion = expander->expansion;
    size_t count = expansion->part_count;
    if ((count & (count - 1)) == 0) {
        struct expansion_part *parts =
            arena_take(expander->arena, (count > 0 ? count * 2 : 1) * sizeof(*parts));
        if (parts == NULL) return refused(expander);
        if (count > 0) memcpy(parts, expansion->parts, count * sizeof(*parts));
        expansion->parts = parts;
    }
    expansion->parts[expansion->part_count++] =
        (struct expansion_part){expander->text.length, origin, macro};
    return true;
}

/* ---- a call ---- */

static struct slice unquoted(struct slice argument)
{
    argument = pipeline_trim(argument);
    if (argument.length < 2 || argument.bytes[0] != '"' ||
        argument.bytes[argument.length - 1] != '"')
        return argument;
    return (struct slice){argument.bytes + 1, argument.length - 2};
}

/* The end of the argument at start: a comma outside of quotes and parentheses, or the end. */
static size_t argument_end(struct slice text, size_t start)
{
    size_t open = 0, end;
    bool closed;
    for (size_t at = start; at < text.length; at = end) {
        if (pipeline_unit(text, at, &end, &closed) != PIPELINE_BYTE) continue;
        if (text.bytes[at] == ',' && open == 0) return at;
        if (text.bytes[at] == '(') open++;
        if (text.bytes[at] == ')' && open > 0) open--;
    }
    return text.length;
}

static bool read_arguments(struct expander *expander, struct slice text, struct call *call)
{
    if (pipeline_trim(text).length == 0) return true;
    for (size_t start = 0; start <= text.length;) {
        size_t end = argument_end(text, start);
        if (call->argument_count == MACROS_ARGUMENTS_MAX)
            return fail(expander, CFH_LIMIT, "Too many arguments for the macro", call->name,
                        ": 20 are the most.");
        call->arguments[call->argument_count++] =
            unquoted((struct slice){text.bytes + start, end - start});
        start = end + 1;
    }
    return true;
}

/* What stands between two backquotes. */
static bool read_call(struct expander *expander, struct slice text, struct call *call)
{
    text = pipeline_trim(text);
    const char *open = text.length > 0 ? memchr(text.bytes, '(', text.length) : NULL;
    call->argument_count = 0;
    call->name = text;
    if (open == NULL) return true;
    size_t before = (size_t)(open - text.bytes);
    call->name = pipeline_trim((struct slice){text.bytes, before});
    if (text.bytes[text.length - 1] != ')')
        return fail(expander, CFH_BAD_PLAN, "A macro's parenthesis is not closed:", text, ".");
    return read_arguments(expander, (struct slice){open + 1, text.length - before - 2}, call);
}

/* The value of the argument whose name stands between this '$' and the next; NULL where it is no
 * argument. *end: behind the second '$'. */
static const struct slice *argument_at(const struct macro *macro, const struct call *call,
                                       size_t at, size_t *end)
{
    struct slice text = macro->definition;
    const char *second = memchr(text.bytes + at + 1, '$', text.length - at - 1);
    if (second == NULL) return NULL;
    struct slice name = {text.bytes + at + 1, (size_t)(second - text.bytes) - at - 1};
    *end = at + name.length + 2;
    for (size_t i = 0; i < macro->argument_count; i++)
        if (text_equal(macro->arguments[i], name)) return &call->arguments[i];
    return NULL;
}

static bool append_bounded(struct expander *expander, struct buffer *text, struct slice more,
                           struct slice name)
{
    expander->brought += more.length;
    if (expander->brought > MACROS_TEXT_MAX)
        return fail(expander, CFH_LIMIT,
                    "The macros of a search can bring 512 KB of text and no "
                    "more; that was exceeded at",
                    name, ".");
    return buffer_append(text, more) || refused(expander);
}

/* The definition with the call's arguments in it. */
static bool put_in_arguments(struct expander *expander, const struct macro *macro,
                             const struct call *call, struct buffer *text)
{
    struct slice definition = macro->definition;
    size_t copied = 0, end;
    if (definition.length == 0) return true; /* its bytes may be NULL */
    for (size_t at = 0; at < definition.length; at++) {
        if (definition.bytes[at] != '$') continue;
        const struct slice *value = argument_at(macro, call, at, &end);
        if (value == NULL) continue;
        struct slice before = {definition.bytes + copied, at - copied};
        if (!append_bounded(expander, text, before, call->name) ||
            !append_bounded(expander, text, *value, call->name))
            return false;
        copied = end;
        at = end - 1;
    }
    struct slice left = {definition.bytes + copied, definition.length - copied};
    return append_bounded(expander, text, left, call->name);
}

static bool expand(struct expander *expander, struct slice text, size_t depth);

static bool expand_call(struct expander *expander, struct slice written, size_t depth)
{
    struct call call;
    struct buffer text;
    struct slice inside = {written.bytes + 1, written.length - 2};
    if (!read_call(expander, inside, &call)) return false;
    const struct macro *macro = find(expander->macros, call.name, call.argument_count);
    if (macro == NULL && expander->unknown == MACROS_KEEP_UNKNOWN)
        return buffer_append(&expander->text, written) || refused(expander);
    if (macro == NULL) return fail_unknown(expander, &call);
    if (depth == MACROS_DEPTH_MAX)
        return fail(expander, CFH_LIMIT,
                    "Macros can stand in macros 20 deep and no more (does one "
                    "lead back to itself?); too deep is",
                    call.name, ".");
    expander->brought += MACROS_CALL_COST;
    buffer_init(&text, expander->text.memory);
    bool done = put_in_arguments(expander, macro, &call, &text) &&
                expand(expander, buffer_slice(&text), depth + 1);
    buffer_release(&text);
    return done;
}

/* ---- a text ---- */

/* A call in the outermost text: what comes of it is a part, and what stands behind it another. */
static bool expand_outermost(struct expander *expander, struct slice text, size_t at, size_t end)
{
    struct slice written = {text.bytes + at, end - at};
    expander->at = at;
    return begin_part(expander, at, written) && expand_call(expander, written, 0) &&
           begin_part(expander, end, (struct slice){NULL, 0});
}

static bool expand_unit(struct expander *expander, struct slice text, size_t at, size_t *end,
                        size_t depth)
{
    bool closed;
    enum pipeline_unit unit = pipeline_unit(text, at, end, &closed);
    struct slice written = {text.bytes + at, *end - at};
    if (unit != PIPELINE_MACRO) return buffer_append(&expander->text, written) || refused(expander);
    if (depth == 0) expander->at = at;
    if (!closed && expander->unknown == MACROS_REFUSE_UNKNOWN)
        return fail(expander, CFH_BAD_PLAN, "A backquote is not closed:",
                    pipeline_trim((struct slice){written.bytes + 1, written.length - 1}), ".");
    if (!closed) return buffer_append(&expander->text, written) || refused(expander);
    return depth == 0 ? expand_outermost(expander, text, at, *end)
                      : expand_call(expander, written, depth);
}

static bool expand(struct expander *expander, struct slice text, size_t depth)
{
    for (size_t at = 0, end; at < text.length; at = end)
        if (!expand_unit(expander, text, at, &end, depth)) return false;
    return true;
}

enum cfh_status macros_expand(const struct macros *macros, struct slice text,
                              enum macros_unknown unknown, struct arena *arena,
                              struct expansion *expansion, struct cfh_error *error)
{
    struct expander expander = {.macros = macros,
                                .unknown = unknown,
                                .arena = arena,
                                .expansion = expansion,
                                .error = error};
    *expansion = (struct expansion){.parts = NULL};
    buffer_init(&expander.text, arena->memory);
    bool done = begin_part(&expander, 0, (struct slice){NULL, 0}) && expand(&expander, text, 0);
    if (done && !arena_copy(arena, buffer_slice(&expander.text), &expansion->text))
        refused(&expander);
    buffer_release(&expander.text);
    return expander.status;
}

size_t macros_origin(const struct expansion *expansion, size_t at, struct slice *macro)
{
    size_t i = expansion->part_count - 1;
    while (i > 0 && expansion->parts[i].start > at)
        i--;
    /* An empty part has no bytes of its own: the last that begins here is the one. */
    const struct expansion_part *part = &expansion->parts[i];
    *macro = part->macro;
    return part->macro.length > 0 ? part->origin : part->origin + (at - part->start);
}
