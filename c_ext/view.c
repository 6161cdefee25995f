#include "view.h"

#include <string.h>

#include "number.h"
#include "text.h"

enum { VIEW_BLOCK = 4096 };

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

/* ---- which columns ---- */

/* Is name prefix, a dot, bare? */
static bool is_prefixed(struct slice name, struct slice prefix, struct slice bare)
{
    return name.length == prefix.length + 1 + bare.length && name.bytes[prefix.length] == '.' &&
           text_equal((struct slice){name.bytes, prefix.length}, prefix) &&
           text_equal((struct slice){name.bytes + prefix.length + 1, bare.length}, bare);
}

static const struct model_field *plan_model_field(const struct model_dataset *dataset,
                                                  const struct plan_field *field)
{
    size_t index = model_field_index(dataset, field->bare);
    if (index == MODEL_NO_FIELD || dataset->fields[index].rule == MODEL_INPUT) return NULL;
    if (!is_prefixed(field->name, slice_of(dataset->dataset), field->bare)) return NULL;
    return &dataset->fields[index];
}

bool view_is_unknown_field(const struct plan *plan, size_t field)
{
    const struct model_dataset *dataset = model_find(plan->model, plan->dataset);
    return dataset != NULL && !model_is_metadata(plan->fields[field].name) &&
           plan_model_field(dataset, &plan->fields[field]) == NULL;
}

static enum view_field_kind view_field_kind(const struct view *view, size_t field)
{
    struct slice name = view->plan->fields[field].name;
    if (text_equal(name, SLICE("_time"))) return VIEW_TIME;
    if (text_equal(name, SLICE("nodename"))) return VIEW_NODE_NAME;
    if (model_is_metadata(name)) return VIEW_METADATA;
    return view_is_unknown_field(view->plan, field) ? VIEW_UNKNOWN_FIELD : VIEW_MODEL_FIELD;
}

static void view_describe_field(struct view *view, size_t index)
{
    const struct plan_field *field = &view->plan->fields[index];
    struct view_field *described = &view->fields[index];
    *described = (struct view_field){.bare = field->bare, .kind = view_field_kind(view, index)};
    described->columns = (struct view_columns){RECORD_NO_COLUMN, RECORD_NO_COLUMN};
    if (view->dataset == NULL || described->kind != VIEW_MODEL_FIELD) return;
    described->rule = plan_model_field(view->dataset, field)->rule;
}

bool view_init(struct view *view, const struct plan *plan, struct memory *memory)
{
    *view = (struct view){.plan = plan, .memory = memory};
    view->dataset = model_find(plan->model, plan->dataset);
    arena_init(&view->arena, memory, VIEW_BLOCK);
    size_t other_count = view->dataset != NULL ? view->dataset->field_count : plan->field_count;
    view->fields = arena_take(&view->arena, plan->field_count * sizeof(struct view_field));
    view->others = arena_take(&view->arena, other_count * sizeof(struct view_columns));
    if (view->fields == NULL || view->others == NULL) {
        view_release(view);
        return false;
    }
    for (size_t i = 0; i < plan->field_count; i++)
        view_describe_field(view, i);
    return true;
}

void view_release(struct view *view)
{
    arena_release(&view->arena);
}

/* The columns PREFIX.BARE and BARE. The prefixed name is compared in two parts, without building
 * it. */
static struct view_columns view_find(const struct record *record, struct slice prefix,
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

static bool columns_exist(struct view_columns columns)
{
    return columns.prefixed != RECORD_NO_COLUMN || columns.bare != RECORD_NO_COLUMN;
}

static void view_bind_field(struct view *view, const struct record *record, size_t index)
{
    struct view_field *field = &view->fields[index];
    struct slice name = view->plan->fields[index].name;
    field->known_in = 0;
    field->columns.prefixed = record_column(record, name);
    field->columns.bare = record_column(record, field->bare);
}

/* The columns that make a row one of the dataset's even where its WHERE fields are null. */
static void view_bind_others(struct view *view, const struct record *record)
{
    view->other_count = 0;
    size_t count = view->dataset != NULL ? view->dataset->field_count : view->plan->field_count;
    for (size_t i = 0; i < count; i++) {
        struct view_columns columns;
        if (view->dataset != NULL)
            columns = view_find(record, slice_of(view->dataset->dataset),
                                slice_of(view->dataset->fields[i].name));
        else if (view->fields[i].kind == VIEW_MODEL_FIELD)
            columns = view->fields[i].columns;
        else
            continue;
        if (columns_exist(columns)) view->others[view->other_count++] = columns;
    }
}

void view_bind(struct view *view, const struct record *record)
{
    for (size_t i = 0; i < view->plan->field_count; i++)
        view_bind_field(view, record, i);
    view_bind_others(view, record);
    view->source_type = record_column(record, SLICE("sourcetype"));
    if (view->dataset == NULL) return;
    struct slice prefix = slice_of(view->dataset->dataset);
    view->vendor = view_find(record, prefix, SLICE("vendor"));
    view->product = view_find(record, prefix, SLICE("product"));
}

/* ---- which kind of row ---- */

static enum cfh_status columns_are_null(struct record *record, struct view_columns columns,
                                        bool *null)
{
    enum cfh_status status = record_is_null(record, columns.prefixed, null);
    if (status == CFH_OK && *null) status = record_is_null(record, columns.bare, null);
    return status;
}

static enum cfh_status view_any_where_field(struct view *view, bool *found)
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

static enum cfh_status view_any_other_field(struct view *view, bool *found)
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

static enum cfh_status view_find_profile(struct view *view)
{
    view->profile = NULL;
    if (view->dataset == NULL || view->dataset->profile_count == 0) return CFH_OK;
    const struct sysmon_system *system;
    enum cfh_status status = record_system(view->record, &system);
    if (status == CFH_OK && system != NULL)
        view->profile = model_profile(view->dataset, system->provider, system->event_id);
    return status;
}

/* The four steps of design section 2, in their order. */
enum cfh_status view_open(struct view *view, struct record *record)
{
    bool found;
    view->record = record;
    view->profile = NULL;
    view->kind = VIEW_MAPPED;
    enum cfh_status status = view_any_where_field(view, &found);
    if (status != CFH_OK || found) return status;
    view->kind = VIEW_PROFILED;
    status = view_find_profile(view);
    if (status != CFH_OK || view->profile != NULL) return status;
    status = view_any_other_field(view, &found);
    view->kind = found ? VIEW_MAPPED : VIEW_UNUSABLE;
    return status;
}

/* ---- values of a profiled row ---- */

static bool is_true(struct slice text)
{
    return text_equal_folded(text, SLICE("true"));
}

static enum cfh_status view_data(struct view *view, const char *name, struct slice *value)
{
    enum cfh_status status = record_data(view->record, slice_of(name), value);
    if (status != CFH_OK || view->plan->options.entities == PLAN_ENTITIES_RAW) return status;
    return sysmon_xml_decode(*value, &view->record->scratch, value) ? CFH_OK : CFH_NO_MEMORY;
}

/* An empty or absent host name gives the address; one that is exactly "-" what the switch says. */
static enum cfh_status profile_host(struct view *view, const struct profile_field *field,
                                    struct slice *value)
{
    enum cfh_status status = view_data(view, field->from, value);
    if (status != CFH_OK) return status;
    bool hyphen = text_equal(*value, SLICE("-"));
    if (hyphen && view->plan->options.hyphen == PLAN_HYPHEN_NULL) {
        *value = (struct slice){NULL, 0};
        return CFH_OK;
    }
    if (value->length > 0 && !(hyphen && view->plan->options.hyphen == PLAN_HYPHEN_IP))
        return CFH_OK;
    return view_data(view, field->other, value);
}

static enum cfh_status profile_computer(struct view *view, struct slice *value)
{
    *value = view->record->system.computer;
    if (view->plan->options.entities == PLAN_ENTITIES_RAW) return CFH_OK;
    return sysmon_xml_decode(*value, &view->record->scratch, value) ? CFH_OK : CFH_NO_MEMORY;
}

static struct slice account_without_domain(struct slice account)
{
    for (size_t i = account.length; i > 0; i--)
        if (account.bytes[i - 1] == '\\')
            return (struct slice){account.bytes + i, account.length - i};
    return account;
}

static enum cfh_status profile_account(struct view *view, const struct profile_field *field,
                                       struct slice *value)
{
    enum cfh_status status = view_data(view, field->from, value);
    if (status == CFH_OK) *value = account_without_domain(*value);
    return status;
}

static enum cfh_status profile_direction(struct view *view, const struct profile_field *field,
                                         struct slice *value)
{
    struct slice initiated;
    enum cfh_status status = view_data(view, field->from, &initiated);
    *value = is_true(initiated) ? SLICE("outbound") : SLICE("inbound");
    return status;
}

static enum cfh_status profile_ip_version(struct view *view, const struct profile_field *field,
                                          struct slice *value)
{
    struct slice first, second;
    enum cfh_status status = view_data(view, field->from, &first);
    if (status == CFH_OK) status = view_data(view, field->other, &second);
    if (status != CFH_OK) return status;
    *value = is_true(first) || is_true(second) ? SLICE("ipv6") : SLICE("ipv4");
    return CFH_OK;
}

/* The field's text; length 0 is null, as an empty element gives no field (S4). */
static enum cfh_status profile_value(struct view *view, const struct profile_field *field,
                                     struct slice *value)
{
    switch (field->source) {
    case PROFILE_CONSTANT:
        *value = slice_of(field->from);
        return CFH_OK;
    case PROFILE_DATA:
        return view_data(view, field->from, value);
    case PROFILE_DEST_HOST:
        if (view->plan->options.dest == PLAN_DEST_COMPUTER) return profile_computer(view, value);
        return profile_host(view, field, value);
    case PROFILE_HOST:
        return profile_host(view, field, value);
    case PROFILE_COMPUTER:
        return profile_computer(view, value);
    case PROFILE_ACCOUNT:
        return profile_account(view, field, value);
    case PROFILE_DIRECTION:
        return profile_direction(view, field, value);
    case PROFILE_IP_VERSION:
        return profile_ip_version(view, field, value);
    }
    return CFH_OK;
}

/* ---- values before the evals ---- */

static bool one_value(struct view *view, struct slice text, struct values *values)
{
    struct slice *item = arena_take(&view->record->scratch, sizeof(*item));
    if (item == NULL) return false;
    *item = text;
    *values = (struct values){item, 1};
    return true;
}

static enum cfh_status columns_values(struct record *record, struct view_columns columns,
                                      struct values *values)
{
    enum cfh_status status = record_values(record, columns.prefixed, values);
    if (status == CFH_OK && values->count == 0)
        status = record_values(record, columns.bare, values);
    return status;
}

static enum cfh_status view_profiled(struct view *view, struct slice name, struct values *values)
{
    *values = (struct values){NULL, 0};
    for (size_t i = 0; i < view->profile->field_count; i++) {
        const struct profile_field *field = &view->profile->fields[i];
        if (!text_equal(slice_of(field->name), name)) continue;
        struct slice text;
        enum cfh_status status = profile_value(view, field, &text);
        if (status != CFH_OK || text.length == 0) return status;
        return one_value(view, text, values) ? CFH_OK : CFH_NO_MEMORY;
    }
    return CFH_OK;
}

static enum cfh_status view_before_evals(struct view *view, const struct view_field *field,
                                         struct values *values)
{
    if (view->kind == VIEW_PROFILED) return view_profiled(view, field->bare, values);
    return columns_values(view->record, field->columns, values);
}

/* ---- the model's evals ---- */

/* A copy of the values in scratch, to be changed; NULL when refused. */
static struct slice *values_copy(struct view *view, struct values *values)
{
    struct slice *items = arena_take(&view->record->scratch, values->count * sizeof(*items));
    if (items == NULL) return NULL;
    memcpy(items, values->items, values->count * sizeof(*items));
    values->items = items;
    return items;
}

static bool eval_unknown(struct view *view, bool lower, struct values *values)
{
    if (values->count == 0) return one_value(view, SLICE("unknown"), values);
    struct slice *items = values_copy(view, values);
    if (items == NULL) return false;
    for (size_t i = 0; i < values->count; i++) {
        if (items[i].length == 0)
            items[i] = SLICE("unknown");
        else if (lower && !text_fold(&view->record->scratch, items[i], &items[i]))
            return false;
    }
    return true;
}

static bool eval_number_or_zero(struct view *view, struct values *values)
{
    if (values->count == 0) return one_value(view, SLICE("0"), values);
    struct slice *items = values_copy(view, values);
    if (items == NULL) return false;
    for (size_t i = 0; i < values->count; i++)
        if (!number_parse(items[i], NULL)) items[i] = SLICE("0");
    return true;
}

/* "left right" in scratch. */
static bool eval_joined(struct view *view, struct slice left, struct slice right,
                        struct values *values)
{
    char *bytes = arena_take(&view->record->scratch, left.length + 1 + right.length);
    if (bytes == NULL) return false;
    if (left.length > 0) memcpy(bytes, left.bytes, left.length);
    bytes[left.length] = ' ';
    if (right.length > 0) memcpy(bytes + left.length + 1, right.bytes, right.length);
    return one_value(view, (struct slice){bytes, left.length + 1 + right.length}, values);
}

/* Rule M2. A profile sets vendor_product itself, so only columns are asked for its inputs. */
static enum cfh_status eval_vendor_product(struct view *view, struct values *values)
{
    struct values vendor, product, source_type;
    enum cfh_status status = CFH_OK;
    if (values->count > 0) return CFH_OK;
    status = columns_values(view->record, view->vendor, &vendor);
    if (status == CFH_OK) status = columns_values(view->record, view->product, &product);
    if (status == CFH_OK) status = record_values(view->record, view->source_type, &source_type);
    if (status != CFH_OK) return status;
    const struct slice unknown = SLICE("unknown");
    bool has_vendor = vendor.count > 0 && !text_equal(vendor.items[0], unknown);
    bool has_product = product.count > 0 && !text_equal(product.items[0], unknown);
    if (!has_vendor && !has_product && source_type.count > 0) {
        *values = source_type;
        return CFH_OK;
    }
    bool done = has_vendor || has_product
                    ? eval_joined(view, has_vendor ? vendor.items[0] : unknown,
                                  has_product ? product.items[0] : unknown, values)
                    : one_value(view, unknown, values);
    return done ? CFH_OK : CFH_NO_MEMORY;
}

static enum cfh_status view_eval(struct view *view, enum model_rule rule, struct values *values)
{
    bool done = true;
    switch (rule) {
    case MODEL_AS_IT_COMES:
    case MODEL_INPUT:
        break;
    case MODEL_UNKNOWN:
        done = eval_unknown(view, false, values);
        break;
    case MODEL_UNKNOWN_LOWER:
        done = eval_unknown(view, true, values);
        break;
    case MODEL_NUMBER_OR_ZERO:
        done = eval_number_or_zero(view, values);
        break;
    case MODEL_VENDOR_PRODUCT:
        return eval_vendor_product(view, values);
    }
    return done ? CFH_OK : CFH_NO_MEMORY;
}

/* ---- metadata ---- */

/* Before 1970 a fraction counts up from a negative second: what is written behind the point is then
 * its complement, and one second less before it. */
static void complement_fraction(char *digits, size_t length)
{
    char carry = 1;
    for (size_t i = length; i > 0; i--) {
        char digit = (char)('9' - digits[i - 1] + carry);
        carry = (char)(digit > 9);
        digits[i - 1] = (char)('0' + (carry ? 0 : digit));
    }
}

static bool is_zero(struct slice digits)
{
    for (size_t i = 0; i < digits.length; i++)
        if (digits.bytes[i] != '0') return false;
    return true;
}

/* seconds, and behind a point the digits of the fraction, as text in scratch. */
static bool time_text(struct view *view, int64_t seconds, struct slice fraction, struct slice *text)
{
    enum { SECONDS_DIGITS = 20 };
    char *bytes = arena_take(&view->record->scratch, SECONDS_DIGITS + 1 + fraction.length);
    if (bytes == NULL) return false;
    size_t start = SECONDS_DIGITS, end = SECONDS_DIGITS;
    uint64_t left = seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds;
    if (fraction.length > 0) {
        bytes[end++] = '.';
        memcpy(bytes + end, fraction.bytes, fraction.length);
        if (seconds < 0 && !is_zero(fraction)) {
            complement_fraction(bytes + end, fraction.length);
            left--;
        }
        end += fraction.length;
    }
    do
        bytes[--start] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (seconds < 0) bytes[--start] = '-';
    *text = (struct slice){bytes + start, end - start};
    return true;
}

/* ISO 8601 text as epoch seconds, anything else as it came. */
static bool epoch_seconds(struct view *view, struct slice *time)
{
    int64_t seconds;
    struct slice fraction;
    return !time_parse(*time, &seconds, &fraction) || time_text(view, seconds, fraction, time);
}

static enum cfh_status row_time(struct view *view, struct values *values)
{
    struct slice *items = values_copy(view, values);
    if (items == NULL) return CFH_NO_MEMORY;
    for (size_t i = 0; i < values->count; i++)
        if (!epoch_seconds(view, &items[i])) return CFH_NO_MEMORY;
    return CFH_OK;
}

/* SystemTime in whole seconds (S5, F9). */
static enum cfh_status event_time(struct view *view, struct values *values)
{
    int64_t seconds;
    struct slice fraction, text;
    if (!time_parse(view->record->system.system_time, &seconds, &fraction)) return CFH_OK;
    fraction.length = 0;
    if (!time_text(view, seconds, fraction, &text)) return CFH_NO_MEMORY;
    return one_value(view, text, values) ? CFH_OK : CFH_NO_MEMORY;
}

/* The row's own _time wins; a profiled event without one has its SystemTime. */
static enum cfh_status view_time(struct view *view, const struct view_field *field,
                                 struct values *values)
{
    enum cfh_status status = record_values(view->record, field->columns.prefixed, values);
    if (status != CFH_OK) return status;
    if (values->count > 0) return row_time(view, values);
    return view->profile != NULL ? event_time(view, values) : CFH_OK;
}

/* The dataset that the plan reads; null where the search names none. */
static enum cfh_status view_node_name(struct view *view, struct values *values)
{
    if (view->plan->dataset.length == 0) return CFH_OK;
    return one_value(view, view->plan->dataset, values) ? CFH_OK : CFH_NO_MEMORY;
}

static enum cfh_status view_read(struct view *view, const struct view_field *field,
                                 struct values *values)
{
    *values = (struct values){NULL, 0};
    enum cfh_status status;
    switch (field->kind) {
    case VIEW_UNKNOWN_FIELD:
        return CFH_OK;
    case VIEW_TIME:
        return view_time(view, field, values);
    case VIEW_NODE_NAME:
        return view_node_name(view, values);
    case VIEW_METADATA:
        return record_values(view->record, field->columns.prefixed, values);
    case VIEW_MODEL_FIELD:
        break;
    }
    status = view_before_evals(view, field, values);
    return status == CFH_OK ? view_eval(view, field->rule, values) : status;
}

enum cfh_status view_values(struct view *view, size_t field, struct values *values)
{
    struct view_field *known = &view->fields[field];
    if (known->known_in != view->record->row_number) {
        enum cfh_status status = view_read(view, known, &known->values);
        if (status != CFH_OK) return status;
        known->known_in = view->record->row_number;
    }
    *values = known->values;
    return CFH_OK;
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

static bool list_dataset(struct name_list *list, const struct model_dataset *dataset)
{
    for (size_t i = 0; i < dataset->field_count; i++)
        if (!list_field(list, slice_of(dataset->dataset), slice_of(dataset->fields[i].name)))
            return false;
    return true;
}

static bool list_plan_fields(struct name_list *list, const struct plan *plan)
{
    for (size_t i = 0; i < plan->field_count; i++)
        if (!list->each(list->context, plan->fields[i].name) ||
            !list->each(list->context, plan->fields[i].bare))
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
    if (done) done = dataset != NULL ? list_dataset(&list, dataset) : list_plan_fields(&list, plan);
    arena_release(&list.arena);
    return done;
}
