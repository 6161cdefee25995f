#include "detection.h"

#include "pipeline.h"
#include "text.h"

/* ---- the keys ---- */

enum { ANYWHERE = DETECTION_TOP | DETECTION_IN_TAGS };

static const struct detection_row rows[DETECTION_KEYS] = {
    [DETECTION_NAME] = {"name", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_SEARCH] = {"search", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_MACROS] = {"macros", DETECTION_MAP, DETECTION_TOP},
    [DETECTION_TAGS] = {"tags", DETECTION_MAP, DETECTION_TOP},
    [DETECTION_ID] = {"id", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_VERSION] = {"version", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_CREATED] = {"creation_date", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_MODIFIED] = {"modification_date", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_DATE] = {"date", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_AUTHOR] = {"author", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_STATUS] = {"status", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_TYPE] = {"type", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_DESCRIPTION] = {"description", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_DATA_SOURCE] = {"data_source", DETECTION_TEXTS, DETECTION_TOP},
    [DETECTION_STORY] = {"analytic_story", DETECTION_TEXTS, ANYWHERE},
    [DETECTION_ASSET] = {"asset_type", DETECTION_TEXTS, ANYWHERE},
    [DETECTION_ATTACK] = {"mitre_attack_id", DETECTION_TEXTS, ANYWHERE},
    [DETECTION_DOMAIN] = {"security_domain", DETECTION_TEXTS, ANYWHERE},
    [DETECTION_FALSE_POSITIVES] = {"known_false_positives", DETECTION_TEXT, DETECTION_TOP},
    [DETECTION_REFERENCES] = {"references", DETECTION_TEXTS, DETECTION_TOP},
    [DETECTION_DEFINITION] = {"definition", DETECTION_TEXT, DETECTION_IN_MACRO},
    [DETECTION_ARGUMENTS] = {"arguments", DETECTION_TEXTS, DETECTION_IN_MACRO},
};

const struct detection_row *detection_row(enum detection_key key)
{
    return &rows[key];
}

enum detection_key detection_find(struct slice name, enum detection_place place)
{
    size_t key = 0;
    while (key < DETECTION_KEYS && ((rows[key].places & (unsigned)place) == 0 ||
                                    !text_equal(slice_of(rows[key].name), name)))
        key++;
    return (enum detection_key)key;
}

/* ---- from a text to its file ----
 *
 * A text and the bytes that write it hold the same characters in the same order; only blanks
 * differ (indentation, folded lines) and what quoting escapes. So both are walked in step, from
 * one character that is no blank to the next.
 */

/* The bytes of the blank at a place, 0 where there is none. YAML has line ends beyond ASCII: NEL
 * and the two separators of Unicode. */
static size_t blank_length(struct slice text, size_t at)
{
    size_t left = text.length - at;
    if (left == 0) return 0;
    if (pipeline_is_blank(text.bytes[at])) return 1;
    if (left >= 2 && memcmp(text.bytes + at, "\xC2\x85", 2) == 0) return 2;
    if (left >= 3 && memcmp(text.bytes + at, "\xE2\x80\xA8", 3) == 0) return 3;
    if (left >= 3 && memcmp(text.bytes + at, "\xE2\x80\xA9", 3) == 0) return 3;
    return 0;
}

static size_t skip_blanks(struct slice text, size_t at)
{
    for (size_t length; (length = blank_length(text, at)) > 0; at += length)
        ;
    return at;
}

/* What one step through a file's bytes passes, and how many bytes of the text it writes. */
struct step {
    size_t length;
    size_t writes;
    bool blank;
};

static uint32_t read_hex(struct slice file, size_t at, size_t digits)
{
    uint32_t number = 0;
    for (; digits > 0 && at < file.length; digits--, at++) {
        char folded = (char)text_fold_byte((unsigned char)file.bytes[at]);
        number = number * 16 + (uint32_t)(folded >= 'a' ? folded - 'a' + 10 : folded - '0');
    }
    return number;
}

static size_t utf8_length(uint32_t code)
{
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/* A backslash in double quotes and what it escapes (YAML 1.1, 5.6). */
static struct step escaped_step(struct slice file, size_t at)
{
    char kind = at + 1 < file.length ? file.bytes[at + 1] : ' ';
    size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    if (kind == '\n' || kind == '\r') return (struct step){2, 0, true};
    if (memchr(" \tntrNLP", kind, 8) != NULL) return (struct step){2, 0, true};
    if (kind == '_') return (struct step){2, 2, false}; /* a blank that does not break */
    if (digits == 0) return (struct step){2, 1, false};
    uint32_t code = read_hex(file, at + 2, digits);
    bool blank = code == ' ' || code == '\t' || code == '\n' || code == '\r' || code == 0x85 ||
                 code == 0x2028 || code == 0x2029;
    return (struct step){2 + digits, utf8_length(code), blank};
}

static struct step step_at(struct slice file, size_t at, enum detection_style style)
{
    size_t blank = blank_length(file, at);
    if (blank > 0) return (struct step){blank, 0, true};
    bool next = at + 1 < file.length;
    if (style == DETECTION_SINGLE_QUOTED && next && memcmp(file.bytes + at, "''", 2) == 0)
        return (struct step){2, 1, false};
    if (style == DETECTION_DOUBLE_QUOTED && file.bytes[at] == '\\') return escaped_step(file, at);
    return (struct step){1, 1, false};
}

/* The end of a line as YAML ends it. */
static size_t line_end(struct slice file, size_t at)
{
    while (at < file.length &&
           (blank_length(file, at) == 0 || file.bytes[at] == ' ' || file.bytes[at] == '\t'))
        at++;
    return at;
}

/* Blanks and comments: what may stand between an anchor and its text. */
static size_t skip_comments(struct slice file, size_t at)
{
    at = skip_blanks(file, at);
    while (at < file.length && file.bytes[at] == '#')
        at = skip_blanks(file, line_end(file, at));
    return at;
}

static bool is_anchor_byte(char byte)
{
    char folded = (char)text_fold_byte((unsigned char)byte);
    return (folded >= 'a' && folded <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ||
           byte == '-';
}

/* Behind the anchor or tag (&a, !b) at a place. A text may begin directly behind an anchor: &a:b is
 * the text :b. Behind a tag stands a blank. */
static size_t property_end(struct slice file, size_t at)
{
    bool is_anchor = file.bytes[at++] == '&';
    while (at < file.length &&
           (is_anchor ? is_anchor_byte(file.bytes[at]) : blank_length(file, at) == 0))
        at++;
    return at;
}

/* Behind anchors and tags, a block's header and an opening quote. */
static size_t content_start(struct slice file, const struct detection_value *value)
{
    size_t at = value->start;
    while (at < file.length && (file.bytes[at] == '&' || file.bytes[at] == '!'))
        at = skip_comments(file, property_end(file, at));
    if (value->style == DETECTION_BLOCK) return line_end(file, at);
    return at < file.length && value->style != DETECTION_PLAIN ? at + 1 : at;
}

size_t detection_origin(struct slice file, const struct detection_value *value, size_t at)
{
    struct slice region = {file.bytes, value->end < file.length ? value->end : file.length};
    size_t here = content_start(region, value), there = 0;
    for (;;) {
        there = skip_blanks(value->text, there);
        if (there == value->text.length) return here;
        while (here < region.length && step_at(region, here, value->style).blank)
            here += step_at(region, here, value->style).length;
        if (here >= region.length) return region.length;
        struct step step = step_at(region, here, value->style);
        there += step.writes;
        if (there > at) return here;
        here += step.length;
    }
}

void detection_line_column(struct slice file, size_t at, size_t *line, size_t *column)
{
    size_t start = file.length >= 3 && memcmp(file.bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    *line = *column = 1;
    for (size_t i = start; i < at && i < file.length; i++) {
        char byte = file.bytes[i];
        bool ends =
            byte == '\n' || (byte == '\r' && (i + 1 == file.length || file.bytes[i + 1] != '\n'));
        if (ends)
            ++*line, *column = 1;
        else if (((unsigned char)byte & 0xc0) != 0x80)
            ++*column;
    }
}
