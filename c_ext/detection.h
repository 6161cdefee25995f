/* detection: what a hunt's file holds: the keys that cfhunt reads, and where each value stands.
 *
 * The keys are those of an ESCU detection, in both of its layouts: the newer one has everything at
 * the top, the older one has some of it under tags. Every key that is read is one row of the table
 * in detection.c; all others are ignored.
 *
 * Owns nothing: values lie in the arena of whoever fills it (hunt_yaml.h).
 */
#ifndef CFHUNT_DETECTION_H
#define CFHUNT_DETECTION_H

#include "macros.h"

enum detection_key {
    DETECTION_NAME,
    DETECTION_SEARCH,
    DETECTION_MACROS,
    DETECTION_TAGS,
    DETECTION_ID,
    DETECTION_VERSION,
    DETECTION_CREATED,
    DETECTION_MODIFIED,
    DETECTION_DATE,
    DETECTION_AUTHOR,
    DETECTION_STATUS,
    DETECTION_TYPE,
    DETECTION_DESCRIPTION,
    DETECTION_DATA_SOURCE,
    DETECTION_STORY,
    DETECTION_ASSET,
    DETECTION_ATTACK,
    DETECTION_DOMAIN,
    DETECTION_FALSE_POSITIVES,
    DETECTION_REFERENCES,
    DETECTION_DEFINITION,
    DETECTION_ARGUMENTS,
    DETECTION_KEYS
};

enum detection_kind {
    DETECTION_TEXT,  /* one text */
    DETECTION_TEXTS, /* a list of texts; a single text is a list of one */
    DETECTION_MAP    /* a mapping: tags, macros */
};

/* In which mapping a key may stand. */
enum detection_place { DETECTION_TOP = 1, DETECTION_IN_TAGS = 2, DETECTION_IN_MACRO = 4 };

struct detection_row {
    const char *name;
    enum detection_kind kind;
    unsigned places; /* of enum detection_place */
};

/* How a text is written in its file; what YAML calls its style. */
enum detection_style {
    DETECTION_PLAIN,
    DETECTION_SINGLE_QUOTED,
    DETECTION_DOUBLE_QUOTED,
    DETECTION_BLOCK /* literal | or folded > */
};

struct detection_value {
    bool there;
    size_t key_at;         /* where its key stands, or a misspelt one: bytes into the file */
    struct slice misspelt; /* where it is not there, a key that may be meant; length 0: none */
    struct slice text;     /* as YAML means it; the texts of a list are joined by ", " */
    size_t start, end;     /* the bytes of the file that write it, of a single text */
    enum detection_style style;
};

struct detection {
    struct detection_value values[DETECTION_KEYS];
    struct macros macros; /* its own */
};

const struct detection_row *detection_row(enum detection_key key);
/* The key of that name in that place, or DETECTION_KEYS. */
enum detection_key detection_find(struct slice name, enum detection_place place);

/* Where in the file the byte of a single text stands: a byte that is no blank to the byte, a blank
 * to what comes behind it, the end to the end. */
size_t detection_origin(struct slice file, const struct detection_value *value, size_t at);

/* The line and the column, in characters, of a byte of a file; both from 1. A byte order mark is
 * no column. */
void detection_line_column(struct slice file, size_t at, size_t *line, size_t *column);

#endif
