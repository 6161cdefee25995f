/* view: a row as an event of the plan's data model.
 *
 * Decides for each row whether it is mapped, profiled or unusable (design section 2), from the
 * plan's own WHERE fields, and gives the values of the plan's fields after the model's evals.
 * A view borrows its plan; its values live as long as the record's row.
 */
#ifndef CFHUNT_VIEW_H
#define CFHUNT_VIEW_H

#include "eval.h"
#include "memory.h"
#include "model.h"
#include "plan.h"
#include "record.h"

enum view_kind {
    VIEW_MAPPED,   /* the row's own columns are the model's fields */
    VIEW_PROFILED, /* _raw is a Sysmon event that a profile maps */
    VIEW_UNUSABLE  /* neither */
};

/* The columns of one field in this body: the prefixed one wins where it is not null. */
struct view_columns {
    size_t prefixed;
    size_t bare;
};

struct view_field {
    struct slice bare;
    const struct model_field *field; /* NULL: the model has none of that name, it comes as it is */
    enum view_field_kind {
        VIEW_MODEL_FIELD,
        VIEW_TIME,
        VIEW_NODE_NAME, /* the dataset's name (W12) */
        VIEW_METADATA
    } kind;
    struct view_columns columns;
    size_t first_column; /* the prefixed one, else the bare one, else RECORD_NO_COLUMN */
    bool keeps_any;      /* the model leaves every single text as it is */
    uint64_t known_in;   /* the record's row number that values belongs to */
    struct values values;
};

struct view {
    const struct plan *plan;
    const struct model_dataset *dataset; /* NULL: a model that is not in the tables */
    const char *root;                    /* the name before its fields; NULL likewise */
    struct slice node_name; /* the path of the dataset that the plan reads (W12); may be empty */
    bool has_profiles;      /* some event can be profiled */
    struct memory *memory;
    struct arena arena;
    struct pool sums;            /* of evals; cleared by every row that used it */
    struct view_field *fields;   /* as plan->fields */
    struct slice *owners;        /* of each of the dataset's fields: the path of the child whose own
                                  * it is, Root.Child; length 0: the root's */
    struct view_columns *others; /* the columns of the dataset's fields, those that there are */
    size_t other_count;
    size_t time; /* the column _time */

    struct record *record; /* borrowed, from view_open on */
    enum view_kind kind;
    bool by_where; /* mapped because one of its WHERE fields is not null */
    const struct profile *profile;
};

/* Is plan->fields[field] one that the plan's known data model does not have? False for a model
 * that is not in the tables: its fields are taken as they come. */
bool view_is_unknown_field(const struct plan *plan, size_t field);

/* False when refused; then nothing is held. */
bool view_init(struct view *view, const struct plan *plan, struct memory *memory);
void view_release(struct view *view);

/* Finds the columns of a new header. */
void view_bind(struct view *view, const struct record *record);

/* The columns that the eval of plan->fields[field] reads as its input of that name. */
struct view_columns view_input(const struct view *view, size_t field, const struct record *record,
                               struct slice name);

/* Takes the record's present row, which is known to be mapped by its WHERE fields. */
void view_open_mapped(struct view *view, struct record *record);
/* Takes the record's present row and sets view->kind. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status view_open(struct view *view, struct record *record);

/* The values of plan->fields[field] in this row, evals applied, none for null. Not for an unusable
 * row. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status view_values(struct view *view, size_t field, struct values *values);

/* The same for a field of one text that lies in the row as it is and that the model leaves alone;
 * it lives as long as the row. False for all others: ask view_values. */
static inline bool view_plain_text(const struct view *view, size_t index, struct slice *text);

/* The event's _time, whether or not the plan names it; none for null. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status view_event_time(struct view *view, struct values *values);

/* Every column that a view of this plan may read, for required_fields: calls each(context, name)
 * for one name after the other; stops and returns false when each does. Names may come twice. */
bool view_columns_read(const struct plan *plan, bool (*each)(void *context, struct slice name),
                       void *context);

/* ---- inline ---- */

bool view_plain_time(const struct view *view, struct slice *text);

static inline bool view_plain_text(const struct view *view, size_t index, struct slice *text)
{
#ifdef CFHUNT_PLAIN
    return (void)view, (void)index, (void)text, false;
#else
    const struct view_field *field = &view->fields[index];
    if (field->kind == VIEW_TIME) return view_plain_time(view, text);
    if (field->kind != VIEW_MODEL_FIELD || view->kind != VIEW_MAPPED) return false;
    return record_plain_text(view->record, field->first_column, text) &&
           (field->keeps_any || eval_keeps(field->field, *text));
#endif
}

#endif
