/* plan: what a hunt asks, as a tree, as canonical text, and as the token in which it travels.
 *
 * A plan says nothing about models or columns: names are as the user wrote them. tstats.h makes one
 * from text; parse(print(plan)) is the same plan.
 * Owns: everything it points at, in one arena, for the life of the plan.
 */
#ifndef CFHUNT_PLAN_H
#define CFHUNT_PLAN_H

#include "memory.h"
#include "span.h"

/* Raised when the canonical text, the partial rows or what a plan means changes: an indexer with
 * another version is refused, not merged (design section 3). */
enum { PLAN_VERSION = 1 };

/* The switches for what no public source proves (tstats-semantics S3, S4, S10). */
enum plan_hyphen { PLAN_HYPHEN_KEEP, PLAN_HYPHEN_NULL, PLAN_HYPHEN_IP };
enum plan_entities { PLAN_ENTITIES_RAW, PLAN_ENTITIES_DECODE };
enum plan_dest { PLAN_DEST_HOST, PLAN_DEST_COMPUTER };

/* Where the events come from: from where the command stands in the search, or said outright. */
enum plan_events { PLAN_EVENTS_UNSAID, PLAN_EVENTS_SEARCH, PLAN_EVENTS_PIPE };

struct plan_options {
    bool fill_null; /* B1: a null BY field becomes fill_value, else the row is dropped */
    struct slice fill_value;
    bool keep_omitted; /* include_events_omitted_when_filtering_numeric_values (W6) */
    enum plan_hyphen hyphen;
    enum plan_entities entities;
    enum plan_dest dest;
    bool every_row;            /* prefilter=false: no row is passed over unread */
    uint32_t memory_megabytes; /* maxmem; 0: the default bound */
    enum plan_events events;   /* not in the canonical text */
    bool explain;              /* the plan is to be shown, not run; not in the canonical text */
    bool summaries_only;       /* asked for, without effect (T10); not in the canonical text */
};

#define PLAN_NO_FIELD SIZE_MAX

/* A field that the plan names; each name stands once in plan->fields. */
struct plan_field {
    struct slice name; /* as written: All_Traffic.dest_port, _time */
    struct slice bare; /* behind the last dot: dest_port */
    bool in_where;
};

enum plan_comparison {
    PLAN_EQUAL,
    PLAN_NOT_EQUAL,
    PLAN_LESS,
    PLAN_LESS_OR_EQUAL,
    PLAN_GREATER,
    PLAN_GREATER_OR_EQUAL
};

enum plan_node_kind {
    PLAN_AND,        /* all children */
    PLAN_OR,         /* any child */
    PLAN_NOT,        /* its one child, negated */
    PLAN_COMPARE,    /* field, comparison, one value */
    PLAN_IN,         /* field equals one of the values (W7) */
    PLAN_EVERYTHING, /* a bare asterisk (W11) */
    PLAN_DATASET     /* nodename=value (W12): its child is what the dataset demands, or NULL */
};

struct plan_node {
    enum plan_node_kind kind;
    struct plan_node *first_child;
    struct plan_node *next_sibling;
    size_t field; /* PLAN_COMPARE, PLAN_IN: index into plan->fields */
    size_t term;  /* PLAN_COMPARE, PLAN_IN: their number, in the order of the text */
    enum plan_comparison comparison;
    struct slice *values; /* backslashes resolved (W8); each '*' is a wildcard */
    size_t value_count;
};

struct plan_function {
    struct slice name;   /* count, min, ... in lower case */
    size_t field;        /* index into plan->fields, or PLAN_NO_FIELD for a bare count */
    struct slice output; /* the column's name (T4, T5) */
};

struct plan {
    struct memory *memory;
    struct arena arena;
    struct plan_options options;
    struct slice model;   /* Network_Traffic */
    struct slice dataset; /* All_Traffic; empty when the text names none */
    struct plan_field *fields;
    size_t field_count;
    struct plan_function *functions;
    size_t function_count;
    size_t *by; /* indexes into fields, in the order written (T6) */
    size_t by_count;
    struct span span;        /* of _time in BY (B6) */
    bool span_assumed;       /* the search gave none; not in the canonical text */
    struct plan_node *where; /* NULL: everything */
    struct plan_node
        *dataset_condition; /* what the dataset itself demands; NULL: nothing. It follows
                             * from the dataset, so the canonical text leaves it out */
    size_t term_count;
    struct slice dropped; /* the object name that drop_dm_object_name takes off the BY columns'
                           * names in the output (C1); empty: none */
    bool is_default;      /* the command gave no search: the hunt that is shipped; not in the
                           * canonical text */
    struct slice text;    /* canonical; set by plan_seal */
    uint64_t digest;      /* of text; set by plan_seal */
};

void plan_init(struct plan *plan, struct memory *memory);
void plan_release(struct plan *plan);

/* The index of the field of that name, added if it is new; false when refused. */
bool plan_add_field(struct plan *plan, struct slice name, size_t *index);
bool plan_add_function(struct plan *plan, struct plan_function function);
bool plan_add_by(struct plan *plan, size_t field);
/* A new node without children; NULL when refused. */
struct plan_node *plan_add_node(struct plan *plan, enum plan_node_kind kind);
/* Appends one more value to a node; false when refused. */
bool plan_add_value(struct plan *plan, struct plan_node *node, struct slice value);

/* Is it the field _time? */
bool plan_is_time(const struct plan *plan, size_t field);

/* Can it name a model, a dataset or MODEL.DATASET: parts of letters, digits, '_' and '-' with
 * points between? Only such a name is printed in a plan's text, where it stands without quotes. */
bool plan_is_model_name(struct slice name);

/* The plan is complete: sets text and digest. False when refused. */
bool plan_seal(struct plan *plan);

/* The name under which a column leaves: a field's or alias's name, less "dropped." in front (C1).
 */
struct slice plan_output_name(const struct plan *plan, struct slice name);

/* One term of the WHERE as canonical text: All_Traffic.dest_port="7844". False when refused. */
bool plan_print_term(const struct plan *plan, const struct plan_node *node, struct buffer *target);
/* The span of BY _time: span=1h. False when refused. */
bool plan_print_span(const struct plan *plan, struct buffer *target);

/* ---- the token: plan1_DIGEST_BASE64URL or map1_..., letters, digits, '-' and '_' only ---- */

enum plan_phase { PLAN_PHASE_WHOLE, PLAN_PHASE_MAP };

/* Appends the token of a sealed plan. False when refused. */
bool plan_token(const struct plan *plan, enum plan_phase phase, struct buffer *target);
/* Does text look like a token, of whatever version? */
bool plan_is_token(struct slice text);
/* The canonical text in a token, appended to text, and its phase. CFH_BAD_PLAN: another version, a
 * damaged token; error says which, and text is as it was. CFH_NO_MEMORY. */
enum cfh_status plan_read_token(struct slice token, enum plan_phase *phase, struct buffer *text,
                                struct cfh_error *error);

#endif
