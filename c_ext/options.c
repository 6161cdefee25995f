#include "options.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

enum option_kind {
    OPTION_HYPHEN,
    OPTION_ENTITIES,
    OPTION_DEST,
    OPTION_EVENTS,
    OPTION_KEEP_OMITTED,
    OPTION_EXPLAIN,
    OPTION_HUNT,
    OPTION_PREFILTER,
    OPTION_MEMORY,
    OPTION_FILL,
    OPTION_REFUSED_IF_TRUE, /* changes what tstats prints, in a way that cfhunt does not (T12) */
    OPTION_SUMMARIES,       /* summariesonly: there is no summary here (T10) */
    OPTION_NUMBER,          /* steers only where tstats finds its data (T11) */
    OPTION_FLAG
};

struct option {
    const char *name;
    enum option_kind kind;
    bool own; /* cfhunt's, not tstats' */
};

static const struct option options[] = {
    {"allow_old_summaries", OPTION_FLAG, false},
    {"append", OPTION_REFUSED_IF_TRUE, false},
    {"chunk_size", OPTION_NUMBER, false},
    {"dest", OPTION_DEST, true},
    {"entities", OPTION_ENTITIES, true},
    {"events", OPTION_EVENTS, true},
    {"explain", OPTION_EXPLAIN, true},
    {"fillnull_value", OPTION_FILL, false},
    {"hunt", OPTION_HUNT, true},
    {"hyphen", OPTION_HYPHEN, true},
    {"include_events_omitted_when_filtering_numeric_values", OPTION_KEEP_OMITTED, true},
    {"include_reduced_buckets", OPTION_FLAG, false},
    {"local", OPTION_FLAG, false},
    {"maxmem", OPTION_MEMORY, true},
    {"prefilter", OPTION_PREFILTER, true},
    {"prestats", OPTION_REFUSED_IF_TRUE, false},
    {"summariesonly", OPTION_SUMMARIES, false},
};

static const struct option *find_option(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (text_equal_folded(slice_of(options[i].name), name)) return &options[i];
    return NULL;
}

bool options_is_name(struct slice name)
{
    return find_option(name) != NULL;
}

/* NULL where no name is near. */
static const char *nearest_option(struct slice name)
{
    const char *nearest = NULL;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        size_t edits = text_misspelling(slice_of(options[i].name), name);
        if (edits < distance) nearest = options[i].name, distance = edits;
    }
    return nearest;
}

/* One of the words, as its index. */
static bool choose(struct scanner *scanner, size_t at, struct slice value, const char *const *words,
                   size_t count, const char *allowed, size_t *chosen)
{
    for (*chosen = 0; *chosen < count; ++*chosen)
        if (text_equal_folded(slice_of(words[*chosen]), value)) return true;
    return scanner_fail_at(scanner, at, "This option does not take", allowed);
}

static bool read_flag(struct scanner *scanner, size_t at, struct slice value, bool *flag)
{
    static const char *const words[] = {"false", "f", "0", "true", "t", "1"};
    size_t chosen;
    if (!choose(scanner, at, value, words, COUNT_OF(words), ": it is true or false.", &chosen))
        return false;
    *flag = chosen >= 3;
    return true;
}

/* Decimal digits, of a value up to limit (at least 9). */
static bool whole_number(struct slice text, uint32_t limit, uint32_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.length; i++) {
        uint32_t digit = (uint32_t)((unsigned char)text.bytes[i] - '0');
        if (digit > 9 || *number > (limit - digit) / 10) return false;
        *number = *number * 10 + digit;
    }
    return text.length > 0;
}

/* maxmem in MB; Splunk's own stats takes as much as the machine has, so the range is wide. */
enum { MEMORY_MEGABYTES_MAX = 1000000 };

static bool read_memory(struct scanner *scanner, size_t at, struct slice value, uint32_t *megabytes)
{
    uint32_t number;
    if (!whole_number(value, MEMORY_MEGABYTES_MAX, &number) || number == 0)
        return scanner_fail_at(scanner, at, "This option does not take",
                               ": maxmem is a whole number of megabytes, 1 to 1000000.");
    *megabytes = number;
    return true;
}

/* The most bytes of a hunt's name: with .yml it is a file's name. */
enum { HUNT_NAME_MAX = 200 };

/* hunt=NAME: a file's name without .yml, never a path. */
static bool read_hunt(struct scanner *scanner, size_t at, struct slice value, struct slice *hunt)
{
    bool plain = value.length > 0 && value.length <= HUNT_NAME_MAX;
    for (size_t i = 0; i < value.length && plain; i++) {
        char folded = (char)text_fold_byte((unsigned char)value.bytes[i]);
        plain = (folded >= 'a' && folded <= 'z') || memchr("0123456789_-", folded, 12) != NULL;
    }
    *hunt = value;
    return plain || scanner_fail_at(scanner, at, "This is no name of a hunt:",
                                    ". It is letters, digits, _ and -, at most 200, never a path "
                                    "and without .yml.");
}

/* chunk_size, checked but without effect here. */
static bool check_number(struct scanner *scanner, size_t at, struct slice value)
{
    uint32_t number;
    return whole_number(value, UINT32_MAX, &number) ||
           scanner_fail_at(scanner, at, "This option does not take",
                           ": it is a whole number, at most 4294967295.");
}

static bool apply_option(struct scanner *scanner, const struct option *option, size_t at,
                         struct slice value, struct plan_options *chosen)
{
    static const char *const hyphens[] = {"keep", "null", "ip"};
    static const char *const entities[] = {"raw", "decode"};
    static const char *const dests[] = {"host", "computer"};
    static const char *const events[] = {"search", "pipe"};
    size_t index;
    bool flag;
    switch (option->kind) {
    case OPTION_HYPHEN:
        if (!choose(scanner, at, value, hyphens, 3, ": hyphen is keep, null or ip.", &index))
            return false;
        chosen->hyphen = (enum plan_hyphen)index;
        return true;
    case OPTION_ENTITIES:
        if (!choose(scanner, at, value, entities, 2, ": entities is raw or decode.", &index))
            return false;
        chosen->entities = (enum plan_entities)index;
        return true;
    case OPTION_DEST:
        if (!choose(scanner, at, value, dests, 2, ": dest is host or computer.", &index))
            return false;
        chosen->dest = (enum plan_dest)index;
        return true;
    case OPTION_EVENTS:
        if (!choose(scanner, at, value, events, 2, ": events is search or pipe.", &index))
            return false;
        chosen->events = index == 0 ? PLAN_EVENTS_SEARCH : PLAN_EVENTS_PIPE;
        return true;
    case OPTION_KEEP_OMITTED:
        return read_flag(scanner, at, value, &chosen->keep_omitted);
    case OPTION_PREFILTER:
        if (!read_flag(scanner, at, value, &flag)) return false;
        chosen->every_row = !flag;
        return true;
    case OPTION_EXPLAIN:
        return read_flag(scanner, at, value, &chosen->explain);
    case OPTION_HUNT:
        return read_hunt(scanner, at, value, &chosen->hunt);
    case OPTION_MEMORY:
        return read_memory(scanner, at, value, &chosen->memory_megabytes);
    case OPTION_FILL:
        chosen->fill_null = true;
        chosen->fill_value = value;
        return true;
    case OPTION_REFUSED_IF_TRUE:
        if (!read_flag(scanner, at, value, &flag)) return false;
        return !flag || scanner_fail_at(scanner, at,
                                        "cfhunt gives a finished table, so prestats and append "
                                        "cannot be",
                                        ": leave the option out.");
    case OPTION_SUMMARIES:
        return read_flag(scanner, at, value, &chosen->summaries_only);
    case OPTION_NUMBER:
        return check_number(scanner, at, value);
    case OPTION_FLAG:
        return read_flag(scanner, at, value, &flag);
    }
    return true;
}

/* "allow_old_summaries, ... and summariesonly", as far as it fits. */
static void list_options(char *list, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < COUNT_OF(options) && length < size; i++) {
        const char *between = i == 0 ? "" : i + 1 == COUNT_OF(options) ? " and " : ", ";
        length += (size_t)snprintf(list + length, size - length, "%s%s", between, options[i].name);
    }
}

/* Where no name is near all are listed, once in a search. */
static bool fail_option(struct scanner *scanner, size_t at, struct slice name, bool *listed)
{
    char list[320], end[384] = ".";
    const char *nearest = nearest_option(name);
    list_options(list, sizeof(list));
    if (nearest != NULL)
        snprintf(end, sizeof(end), ": did you mean %s?", nearest);
    else if (!*listed)
        snprintf(end, sizeof(end), ". The options are %s.", list);
    *listed = *listed || nearest == NULL;
    return scanner_fail_at(scanner, at, "There is no option", end);
}

/* The name of an option, if the text goes on with a word and an equals sign. That word is no option
 * where it belongs to FROM. */
static bool take_option_name(struct scanner *scanner, struct slice *name)
{
    size_t start = scanner->at;
    *name = scanner_peek_word(scanner);
    scanner->at += name->length;
    bool can_be = name->length > 0 && !text_equal_folded(*name, SLICE("datamodel"));
    if (can_be && scanner_take_byte(scanner, '=')) return true;
    scanner->at = start;
    return false;
}

bool options_take(struct scanner *scanner, struct plan_options *chosen, bool *own_only)
{
    struct slice name, value;
    bool listed = false;
    *own_only = true;
    for (;;) {
        scanner_skip_blanks(scanner);
        size_t start = scanner->at;
        if (!take_option_name(scanner, &name)) return true;
        const struct option *option = find_option(name);
        if (option == NULL && !fail_option(scanner, start, name, &listed) &&
            !scanner_go_on(scanner))
            return false;
        scanner_skip_blanks(scanner);
        size_t at = scanner->at;
        if (!scanner_take_value(scanner, &value)) return false;
        if (option == NULL) continue;
        if (!apply_option(scanner, option, at, value, chosen) && !scanner_go_on(scanner))
            return false;
        *own_only = *own_only && option->own;
    }
}
