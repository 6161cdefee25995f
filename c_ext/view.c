#include "view.h"

#include <string.h>

#include "event_time.h"
#include "profile.h"
#include "text.h"

enum { VIEW_BLOCK = 4096 };

/* ---- the plan's fields ---- */

bool view_is_unknown_field(const struct plan *plan, size_t field)
{
    const struct model_dataset *dataset = model_find(plan->model, plan->dataset);
    struct slice name = plan->fields[field].name;
    return dataset != NULL && !model_is_metadata(name) && model_field(dataset, name) == NULL;
}

static enum view_field_kind field_kind(struct slice name)
{
    if (text_equal(name, SLICE("_time"))) return VIEW_TIME;
    if (text_equal(name, SLICE("nodename"))) return VIEW_NODE_NAME;
    return model_is_metadata(name) ? VIEW_METADATA : VIEW_MODEL_FIELD;
}

/* A field's name without the dataset in front. Of a model of the tables that is what stands behind
 * the last dot; of another what stands behind the first, since a site's own fields may have dots of
 * their own (All_Risk.annotations.mitre_attack). */
static struct slice bare_name(const struct plan *plan, const struct model_dataset *dataset,
                              size_t field)
{
    struct slice name = plan->fields[field].name;
    const char *dot = memchr(name.bytes, '.', name.length);
    if (dataset != NULL || dot == NULL) return plan->fields[field].bare;
    return (struct slice){dot + 1, name.length - (size_t)(dot - name.bytes) - 1};
}

static void describe_field(struct view *view, size_t index)
{
    const struct plan_field *field = &view->plan->fields[index];
    struct view_field *described = &view->fields[index];
    *described = (struct view_field){.kind = field_kind(field->name)};
    described->bare = bare_name(view->plan, view->dataset, index);
    described->columns = (struct view_columns){RECORD_NO_COLUMN, RECORD_NO_COLUMN};
    described->first_column = RECORD_NO_COLUMN;
    if (view->dataset != NULL && described->kind == VIEW_MODEL_FIELD)
        described->field = model_field(view->dataset, field->name);
    described->keeps_any = described->field == NULL || eval_keeps_any(described->field);
}

/* A child has the profiles of its parents. */
static bool has_profiles(const struct model_dataset *dataset)
{
    while (dataset != NULL && dataset->profile_count == 0)
        dataset = model_parent(dataset);
    return dataset != NULL;
}

/* Root.Child.Grandchild. False when refused. */
static bool dataset_path(struct arena *arena, const struct model_dataset *dataset,
                         struct slice *path)
{
    const struct model_dataset *parent = model_parent(dataset);
    struct slice above, name = slice_of(dataset->name);
    *path = name;
    if (parent == NULL) return true;
    if (!dataset_path(arena, parent, &above)) return false;
    char *bytes = arena_take(arena, above.length + 1 + name.length);
    if (bytes == NULL) return false;
    memcpy(bytes, above.bytes, above.length);
    bytes[above.length] = '.';
    memcpy(bytes + above.length + 1, name.bytes, name.length);
    *path = (struct slice){bytes, above.length + 1 + name.length};
    return true;
}

/* The path before a field that is a child's own; length 0 for one of the root. */
static bool owner_path(struct arena *arena, const struct model_dataset *owner, struct slice *path)
{
    *path = (struct slice){NULL, 0};
    return owner == NULL || model_parent(owner) == NULL || dataset_path(arena, owner, path);
}

static size_t count_fields(const struct model_dataset *dataset)
{
    const struct model_dataset *owner;
    size_t count = 0;
    while (model_field_at(dataset, count, &owner) != NULL)
        count++;
    return count;
}

/* The fields that make a row one of a dataset of the tables: a column each by the root's name, and
 * one more by the owner's. Of a model that is not in the tables every row may be one. */
static bool describe_dataset(struct view *view)
{
    const struct model_dataset *owner;
    view->node_name = view->plan->dataset;
    if (view->dataset == NULL) return true;
    if (!dataset_path(&view->arena, view->dataset, &view->node_name)) return false;
    size_t count = count_fields(view->dataset);
    view->owners = arena_take(&view->arena, count * sizeof(struct slice));
    view->others = arena_take(&view->arena, 2 * count * sizeof(struct view_columns));
    if (view->owners == NULL || view->others == NULL) return false;
    for (size_t i = 0; i < count; i++) {
        model_field_at(view->dataset, i, &owner);
        if (!owner_path(&view->arena, owner, &view->owners[i])) return false;
    }
    return true;
}

bool view_init(struct view *view, const struct plan *plan, struct memory *memory)
{
    *view = (struct view){.plan = plan, .memory = memory};
    view->dataset = model_find(plan->model, plan->dataset);
    view->root = view->dataset != NULL ? model_root(view->dataset)->name : NULL;
    view->has_profiles = has_profiles(view->dataset);
    arena_init(&view->arena, memory, VIEW_BLOCK);
    pool_init(&view->sums, memory, VIEW_BLOCK);
    view->fields = arena_take(&view->arena, plan->field_count * sizeof(struct view_field));
    if (view->fields == NULL || !describe_dataset(view)) {
        view_release(view);
        return false;
    }
    for (size_t i = 0; i < plan->field_count; i++)
        describe_field(view, i);
    return true;
}

void view_release(struct view *view)
{
    arena_release(&view->arena);
    pool_release(&view->sums);
}

/* ---- columns ---- */

/* Is name prefix, a dot, bare? */
static bool is_prefixed(struct slice name, struct slice prefix, struct slice bare)
{
    return name.length == prefix.length + 1 + bare.length && name.bytes[prefix.length] == '.' &&
           text_equal((struct slice){name.bytes, prefix.length}, prefix) &&
           text_equal((struct slice){name.bytes + prefix.length + 1, bare.length}, bare);
}

/* The columns PREFIX.BARE and BARE, the prefixed name compared without building it. */
static struct view_columns find_columns(const struct record *record, struct slice prefix,
                                        struct slice bare)
{
    struct view_columns columns = {RECORD_NO_COLUMN, record_column(record, bare)};
    for (size_t i = 0; i < record->column_count; i++) {
        if (!is_prefixed(record->columns[i].name, prefix, bare)) continue;
        columns.prefixed = i;
        break;
    }
    return columns;
}

static void bind_field(struct view *view, const struct record *record, size_t index)
{
    struct view_field *field = &view->fields[index];
    field->known_in = 0;
    field->columns.prefixed = record_column(record, view->plan->fields[index].name);
    field->columns.bare = record_column(record, field->bare);
    bool prefixed = field->columns.prefixed != RECORD_NO_COLUMN;
    field->first_column = prefixed ? field->columns.prefixed : field->columns.bare;
}

static void bind_other(struct view *view, struct view_columns columns)
{
    if (columns.prefixed != RECORD_NO_COLUMN || columns.bare != RECORD_NO_COLUMN)
        view->others[view->other_count++] = columns;
}

/* The columns that make a row one of the dataset's even where its WHERE fields are null. */
static void bind_others(struct view *view, const struct record *record)
{
    const struct model_dataset *owner;
    const struct model_field *field;
    view->other_count = 0;
    if (view->dataset == NULL) return;
    for (size_t i = 0; (field = model_field_at(view->dataset, i, &owner)) != NULL; i++) {
        struct slice bare = slice_of(field->name);
        bind_other(view, find_columns(record, slice_of(view->root), bare));
        if (view->owners[i].length > 0)
            bind_other(view, find_columns(record, view->owners[i], bare));
    }
}

void view_bind(struct view *view, const struct record *record)
{
    for (size_t i = 0; i < view->plan->field_count; i++)
        bind_field(view, record, i);
    bind_others(view, record);
    view->time = record_column(record, SLICE("_time"));
}

/* ---- which kind of row ---- */

static enum cfh_status columns_are_null(struct record *record, struct view_columns columns,
                                        bool *null)
{
    enum cfh_status status = record_is_null(record, columns.prefixed, null);
    if (status == CFH_OK && *null) status = record_is_null(record, columns.bare, null);
    return status;
}

static enum cfh_status any_where_field(struct view *view, bool *found)
{
    *found = false;
    for (size_t i = 0; i < view->plan->field_count && !*found; i++) {
        if (!view->plan->fields[i].in_where || view->fields[i].kind != VIEW_MODEL_FIELD) continue;
        bool null;
        enum cfh_status status = columns_are_null(view->record, view->fields[i].columns, &null);
        if (status != CFH_OK) return status;
        *found = !null;
    }
    return CFH_OK;
}

static enum cfh_status any_other_field(struct view *view, bool *found)
{
    *found = false;
    for (size_t i = 0; i < view->other_count && !*found; i++) {
        bool null;
        enum cfh_status status = columns_are_null(view->record, view->others[i], &null);
        if (status != CFH_OK) return status;
        *found = !null;
    }
    return CFH_OK;
}

static enum cfh_status find_profile(struct view *view)
{
    if (!view->has_profiles) return CFH_OK;
    const struct sysmon_system *system;
    enum cfh_status status = record_system(view->record, &system);
    if (status == CFH_OK && system != NULL)
        view->profile = model_profile(view->dataset, system->provider, system->event_id);
    return status;
}

/* What stands before the last dot of a field's name. */
static struct slice field_prefix(const struct view *view, const struct view_field *field)
{
    struct slice name = view->plan->fields[field - view->fields].name;
    return (struct slice){name.bytes, name.length - field->bare.length - 1};
}

struct view_columns view_input(const struct view *view, size_t field, const struct record *record,
                               struct slice name)
{
    if (model_is_metadata(name))
        return (struct view_columns){RECORD_NO_COLUMN, record_column(record, name)};
    return find_columns(record, field_prefix(view, &view->fields[field]), name);
}

void view_open_mapped(struct view *view, struct record *record)
{
    view->record = record;
    view->profile = NULL;
    view->kind = VIEW_MAPPED;
    view->by_where = true;
    if (view->sums.arena.blocks != NULL) pool_clear(&view->sums);
}

/* The four steps of design section 2, in their order. */
enum cfh_status view_open(struct view *view, struct record *record)
{
    bool found;
    view_open_mapped(view, record);
    view->by_where = false;
    if (view->dataset == NULL)
        return CFH_OK; /* of a model that is not in the tables any row is one */
    enum cfh_status status = any_where_field(view, &found);
    view->by_where = found;
    if (status != CFH_OK || found) return status;
    view->kind = VIEW_PROFILED;
    status = find_profile(view);
    if (status != CFH_OK || view->profile != NULL) return status;
    status = any_other_field(view, &found);
    view->kind = found ? VIEW_MAPPED : VIEW_UNUSABLE;
    return status;
}

/* ---- values ---- */

static enum cfh_status columns_values(struct record *record, struct view_columns columns,
                                      struct values *values)
{
    enum cfh_status status = record_values(record, columns.prefixed, values);
    if (status == CFH_OK && values->count == 0)
        status = record_values(record, columns.bare, values);
    return status;
}

/* The field whose eval is run. */
struct evaluation {
    struct view *view;
    struct slice prefix; /* what stands before the last dot of its name */
};

/* Another field of the dataset, under the same prefix or bare. */
static enum cfh_status eval_input(void *context, struct slice bare, struct values *values)
{
    const struct evaluation *evaluation = context;
    struct view *view = evaluation->view;
    if (view->kind == VIEW_PROFILED)
        return profile_values(view->profile, &view->plan->options, view->record, bare, values);
    return columns_values(view->record, find_columns(view->record, evaluation->prefix, bare),
                          values);
}

static enum cfh_status eval_metadata(void *context, struct slice name, struct values *values)
{
    struct view *view = ((const struct evaluation *)context)->view;
    if (text_equal(name, SLICE("_time"))) return view_event_time(view, values);
    return record_values(view->record, record_column(view->record, name), values);
}

static enum cfh_status evaluate(struct view *view, const struct view_field *field,
                                struct values *values)
{
    struct evaluation evaluation = {view, field_prefix(view, field)};
    const struct eval_source source = {eval_input, eval_metadata, &evaluation,
                                       &view->record->scratch, &view->sums};
    return eval_field(field->field, &source, values);
}

static enum cfh_status model_values(struct view *view, const struct view_field *field,
                                    struct values *values)
{
    if (view->kind == VIEW_PROFILED && field->field == NULL) return CFH_OK; /* no event has it */
    enum cfh_status status =
        view->kind == VIEW_PROFILED
            ? profile_values(view->profile, &view->plan->options, view->record, field->bare, values)
            : columns_values(view->record, field->columns, values);
    return status == CFH_OK && field->field != NULL ? evaluate(view, field, values) : status;
}

enum cfh_status view_event_time(struct view *view, struct values *values)
{
    return event_time(view->record, view->time, view->profile != NULL, values);
}

static enum cfh_status node_name(struct view *view, struct values *values)
{
    if (view->node_name.length == 0) return CFH_OK;
    return record_one_value(view->record, view->node_name, values) ? CFH_OK : CFH_NO_MEMORY;
}

static enum cfh_status read_values(struct view *view, const struct view_field *field,
                                   struct values *values)
{
    *values = (struct values){NULL, 0};
    switch (field->kind) {
    case VIEW_TIME:
        return view_event_time(view, values);
    case VIEW_NODE_NAME:
        return node_name(view, values);
    case VIEW_METADATA:
        return record_values(view->record, field->columns.prefixed, values);
    case VIEW_MODEL_FIELD:
        break;
    }
    return model_values(view, field, values);
}

enum cfh_status view_values(struct view *view, size_t field, struct values *values)
{
    struct view_field *known = &view->fields[field];
    if (known->known_in != view->record->row_number) {
        enum cfh_status status = read_values(view, known, &known->values);
        if (status != CFH_OK) return status;
        known->known_in = view->record->row_number;
    }
    *values = known->values;
    return CFH_OK;
}

bool view_plain_time(const struct view *view, struct slice *text)
{
    return record_plain_text(view->record, view->time, text) && event_time_keeps(*text);
}

/* ---- required fields ---- */

struct name_list {
    bool (*each)(void *context, struct slice name);
    void *context;
    struct arena arena;
};

/* PREFIX.NAME and NAME. */
static bool list_field(struct name_list *list, struct slice prefix, struct slice name)
{
    char *bytes = arena_take(&list->arena, prefix.length + 1 + name.length);
    if (bytes == NULL) return false;
    memcpy(bytes, prefix.bytes, prefix.length);
    bytes[prefix.length] = '.';
    memcpy(bytes + prefix.length + 1, name.bytes, name.length);
    return list->each(list->context, (struct slice){bytes, prefix.length + 1 + name.length}) &&
           list->each(list->context, name);
}

/* Of a child's own field the name with its path, too. */
static bool list_dataset(struct name_list *list, const struct model_dataset *dataset)
{
    const struct model_dataset *owner;
    const struct model_field *field;
    struct slice root = slice_of(model_root(dataset)->name), path;
    for (size_t i = 0; (field = model_field_at(dataset, i, &owner)) != NULL; i++) {
        if (!list_field(list, root, slice_of(field->name))) return false;
        if (!owner_path(&list->arena, owner, &path)) return false;
        if (path.length > 0 && !list_field(list, path, slice_of(field->name))) return false;
    }
    return true;
}

static bool list_plan_fields(struct name_list *list, const struct plan *plan,
                             const struct model_dataset *dataset)
{
    for (size_t i = 0; i < plan->field_count; i++)
        if (!list->each(list->context, plan->fields[i].name) ||
            !list->each(list->context, bare_name(plan, dataset, i)))
            return false;
    return true;
}

bool view_columns_read(const struct plan *plan, bool (*each)(void *context, struct slice name),
                       void *context)
{
    static const char *const always[] = {"_time", "_raw", "index", "host", "source", "sourcetype"};
    struct name_list list = {.each = each, .context = context};
    arena_init(&list.arena, plan->memory, VIEW_BLOCK);
    const struct model_dataset *dataset = model_find(plan->model, plan->dataset);
    bool done = true;
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        done = done && each(context, slice_of(always[i]));
    done = done && list_plan_fields(&list, plan, dataset) &&
           (dataset == NULL || list_dataset(&list, dataset));
    arena_release(&list.arena);
    return done;
}
