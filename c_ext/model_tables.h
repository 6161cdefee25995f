/* model_tables: what a data model, a dataset, a field and a profile are, as rows of tables.
 *
 * The rows stand in model_network.c, model_endpoint.c and model_identity.c, a group of models in
 * each; model.h looks them up. Everything is constant and shared. Adding a field, a dataset, a
 * model or an event id is adding rows. The order of the rows:
 *   - the fields of a dataset stand alphabetically, ASCII case ignored;
 *   - a dataset's parent stands before it, and all the children of a root, and only these, stand
 *     between it and the next root: so a dataset's place says which tree it belongs to;
 *   - the datasets of a model stand together.
 * tests/c/check_model.c checks all three.
 */
#ifndef CFHUNT_MODEL_TABLES_H
#define CFHUNT_MODEL_TABLES_H

#include "cfhunt.h"

/* What a data model's eval makes of a field (eval.h says it to the letter). first and second are
 * other fields of the row, before their own evals; "no text" is null or empty. */
enum model_rule {
    MODEL_AS_IT_COMES,
    MODEL_UNKNOWN,        /* no text: unknown */
    MODEL_UNKNOWN_HYPHEN, /* no text or "-": unknown */
    MODEL_UNKNOWN_LOWER,  /* no text: unknown; else in lower case */
    MODEL_LOWER,          /* in lower case */
    MODEL_LOWER_OR_NULL,  /* no text: null; else in lower case */
    MODEL_NUMBER_OR_ZERO, /* no number: 0 */
    MODEL_NUMBER_OR_NULL, /* null unless it is one value that is a number */
    MODEL_ZERO_IF_EMPTY,  /* no text: 0 */
    MODEL_VENDOR_PRODUCT, /* null: rule M2, from vendor, product and sourcetype */
    MODEL_SOURCE_TYPE,    /* no text: the row's sourcetype */
    MODEL_ELSE,           /* no text: first; where that has none either: otherwise */
    MODEL_SUM,            /* no number: first + second where both are numbers, else null */
    MODEL_REST,           /* no number: first - second where both are numbers, else null */
    MODEL_DIFFERENCE,     /* whatever came: first - second where both are numbers, else null */
    MODEL_LENGTH,         /* whatever came: how many characters first has; null for null */
    MODEL_VALUE_COUNT,    /* no number: how many values first has; 1 for none */
    MODEL_FIRST_WORD,     /* no text: the first word of first; no text there: unknown */
    MODEL_COMMAND,        /* no text: unknown; of sourcetype audittrail: first and second */
    MODEL_STREAM,         /* source begins with stream and first has text: first; else as
                           * MODEL_UNKNOWN */
    MODEL_BEHIND_AT,      /* null: behind the last '@' of first that has something behind it */
    MODEL_URL_DOMAIN,     /* null: the host of the URL in first */
    MODEL_TLS_VALID,      /* 1, 0 or null: see eval.h; first, second: from when to when */
    MODEL_PAIRS,          /* null: first/second pairwise, after defaults (Ports) */
    MODEL_INPUT           /* no field for a user: an eval reads it. A row that has only such is
                           * still a row of the dataset */
};

struct model_field {
    const char *name;
    enum model_rule rule;
    const char *first;
    const char *second;
    const char *otherwise;
};

/* Where a profile takes a field from. */
enum profile_source {
    PROFILE_CONSTANT,  /* from */
    PROFILE_DATA,      /* the Data element named from */
    PROFILE_HOST,      /* a host name: from; the address: other (switch hyphen, S3) */
    PROFILE_DEST_HOST, /* the same, or Computer (switch dest, S10) */
    PROFILE_COMPUTER,  /* System's Computer */
    PROFILE_ACCOUNT,   /* from, behind its last backslash */
    PROFILE_DIRECTION, /* outbound where from is true, else inbound */
    PROFILE_IP_VERSION /* ipv6 where from or other is true, else ipv4 */
};

struct profile_field {
    const char *name; /* the model's */
    enum profile_source source;
    const char *from;
    const char *other;
};

/* One event id of one provider, as a row of one dataset (S1, S8, S9). */
struct profile {
    const char *provider;
    const char *event_id;
    const struct profile_field *fields;
    size_t field_count;
};

/* A dataset of a model. A child has the fields of its parents and its own, and a row belongs to it
 * when it fulfils the constraints of all of them (W12). */
struct model_dataset {
    const char *model;
    const char *name;
    const char *parent; /* in the same model; NULL for a root */
    /* On bare names, in the grammar of WHERE, without index macros and the tags of a root: for
     * these the events before the command answer. NULL: none. */
    const char *constraint;
    const struct model_field *fields;
    size_t field_count;
    const struct profile *profiles;
    size_t profile_count;
};

/* Rows of the tables, in short: a table and its length; a child without fields of its own. */
#define MODEL_ROWS(table) (table), sizeof(table) / sizeof((table)[0])
#define MODEL_CHILD(model, name, parent, constraint)                                               \
    {                                                                                              \
        (model), (name), (parent), (constraint), NULL, 0, NULL, 0                                  \
    }

/* Each ends with a row whose model is NULL. */
extern const struct model_dataset model_network[];  /* traffic, DNS, sessions, web, IDS, TLS */
extern const struct model_dataset model_endpoint[]; /* Endpoint, Change, Updates, ... */
extern const struct model_dataset model_identity[]; /* Authentication, Email, Alerts */

#endif
