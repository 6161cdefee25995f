#include "pipeline.h"

bool pipeline_is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

struct slice pipeline_trim(struct slice text)
{
    while (text.length > 0 && pipeline_is_blank(text.bytes[0]))
        text.bytes++, text.length--;
    while (text.length > 0 && pipeline_is_blank(text.bytes[text.length - 1]))
        text.length--;
    return text;
}

/* ---- what hangs together ---- */

static bool comment_at(struct slice text, size_t at)
{
    return text.length - at >= 3 && memcmp(text.bytes + at, "```", 3) == 0;
}

/* Behind the quote that closes the one at this place. */
static size_t quoted_end(struct slice text, size_t at, bool *closed)
{
    for (at++; at < text.length && text.bytes[at] != '"'; at++)
        if (text.bytes[at] == '\\') at++;
    *closed = at < text.length;
    return *closed ? at + 1 : text.length;
}

static size_t comment_end(struct slice text, size_t at, bool *closed)
{
    for (at += 3; at < text.length && !comment_at(text, at); at++)
        ;
    *closed = at < text.length;
    return *closed ? at + 3 : text.length;
}

/* Behind the backquote that closes the one at this place; a macro's arguments may be in quotes. */
static size_t macro_end(struct slice text, size_t at, bool *closed)
{
    bool quote_closed = true;
    at++;
    while (at < text.length && text.bytes[at] != '`')
        at = text.bytes[at] == '"' ? quoted_end(text, at, &quote_closed) : at + 1;
    *closed = at < text.length;
    return *closed ? at + 1 : text.length;
}

enum pipeline_unit pipeline_unit(struct slice text, size_t at, size_t *end, bool *closed)
{
    *closed = true;
    *end = at + 1;
    switch (text.bytes[at]) {
    case '"':
        *end = quoted_end(text, at, closed);
        return PIPELINE_QUOTED;
    case '`':
        if (comment_at(text, at)) {
            *end = comment_end(text, at, closed);
            return PIPELINE_COMMENT;
        }
        *end = macro_end(text, at, closed);
        return PIPELINE_MACRO;
    case '\\':
        if (*end == text.length || pipeline_is_blank(text.bytes[*end])) return PIPELINE_BYTE;
        ++*end;
        return PIPELINE_ESCAPED;
    default:
        return PIPELINE_BYTE;
    }
}

/* ---- commands ---- */

/* The first pipe outside of brackets, or, where these do not count, the first at all. *open: how
 * many brackets are not closed. */
static size_t find_pipe(struct slice text, bool brackets_count, size_t *open)
{
    size_t at = 0, end;
    bool closed;
    *open = 0;
    for (; at < text.length; at = end) {
        if (pipeline_unit(text, at, &end, &closed) != PIPELINE_BYTE) continue;
        char byte = text.bytes[at];
        if (byte == '|' && *open == 0) break;
        if (byte == '[' && brackets_count) ++*open;
        if (byte == ']' && *open > 0) --*open;
    }
    return at;
}

size_t pipeline_end(struct slice text)
{
    size_t open;
    size_t end = find_pipe(text, true, &open);
    return open == 0 ? end : find_pipe(text, false, &open);
}
