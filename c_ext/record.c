#include "record.h"

#include <string.h>

#include "multivalue.h"
#include "text.h"

enum { RECORD_NAMES_BLOCK = 4096, RECORD_SCRATCH_BLOCK = 32768 };

void record_init(struct record *record, struct memory *memory)
{
    *record = (struct record){.memory = memory, .raw = RECORD_NO_COLUMN};
    buffer_init(&record->header, memory);
    arena_init(&record->names, memory, RECORD_NAMES_BLOCK);
    arena_init(&record->scratch, memory, RECORD_SCRATCH_BLOCK);
}

void record_release(struct record *record)
{
    buffer_release(&record->header);
    arena_release(&record->names);
    arena_release(&record->scratch);
}

/* ---- columns ---- */

static const struct slice prefix = {"__mv_", 5};

size_t record_column(const struct record *record, struct slice name)
{
    for (size_t i = 0; i < record->column_count; i++)
        if (text_equal(record->columns[i].name, name)) return i;
    return RECORD_NO_COLUMN;
}

static bool record_name_columns(struct record *record, const struct csv_row *header)
{
    size_t size;
    if (!size_multiply(header->count, sizeof(struct record_column), &size)) return false;
    record->columns = arena_take(&record->names, size);
    if (record->columns == NULL) return false;
    for (size_t i = 0; i < header->count; i++) {
        struct slice text, name;
        if (!csv_row_text(header, i, &record->names, &text)) return false;
        if (!arena_copy(&record->names, text, &name)) return false;
        record->columns[i] = (struct record_column){.name = name, .multivalue = RECORD_NO_COLUMN};
    }
    record->column_count = header->count;
    return true;
}

static bool is_multivalue(const struct record *record, size_t column)
{
    struct slice name = record->columns[column].name;
    return name.length > prefix.length && memcmp(name.bytes, prefix.bytes, prefix.length) == 0;
}

/* Links each column X to the first column __mv_X. */
static void record_link_multivalues(struct record *record)
{
    for (size_t i = 0; i < record->column_count; i++) {
        struct slice name = record->columns[i].name;
        if (!is_multivalue(record, i)) continue;
        struct slice plain = {name.bytes + prefix.length, name.length - prefix.length};
        size_t column = record_column(record, plain);
        if (column != RECORD_NO_COLUMN && record->columns[column].multivalue == RECORD_NO_COLUMN)
            record->columns[column].multivalue = i;
    }
}

/* splunkd puts them behind all others. */
static void record_find_multivalues(struct record *record)
{
    size_t first = 0, last = record->column_count;
    while (first < last && !is_multivalue(record, first))
        first++;
    while (last > first && !is_multivalue(record, last - 1))
        last--;
    record->first_multivalue = first;
    record->multivalue_count = last - first;
    for (size_t i = first; i < last; i++)
        if (!is_multivalue(record, i)) record->multivalue_count = 0;
}

enum cfh_status record_set_header(struct record *record, const struct csv_row *header,
                                  bool *changed)
{
    *changed =
        record->column_count == 0 || !text_equal(buffer_slice(&record->header), header->bytes);
    if (!*changed) return CFH_OK;
    arena_clear(&record->names);
    buffer_clear(&record->header);
    record->column_count = 0;
    record->raw = RECORD_NO_COLUMN;
    if (!record_name_columns(record, header)) return CFH_NO_MEMORY;
    if (!buffer_append(&record->header, header->bytes)) {
        record->column_count = 0;
        return CFH_NO_MEMORY;
    }
    record_link_multivalues(record);
    record_find_multivalues(record);
    record->raw = record_column(record, SLICE("_raw"));
    return CFH_OK;
}

/* Cells side by side hold nothing where there are only the commas between them. */
static bool multivalues_are_empty(const struct record *record, const struct csv_row *row)
{
    size_t first = record->first_multivalue, count = record->multivalue_count;
    if (first == record->column_count) return true; /* there are none */
    if (count == 0 || first + count > row->count) return false;
    size_t start = first > 0 ? row->ends[first - 1] + 1 : 0;
    return row->ends[first + count - 1] - start == count - 1;
}

void record_set_row(struct record *record, const struct csv_row *row)
{
    arena_clear(&record->scratch);
    record->row = *row;
    record->all_single = multivalues_are_empty(record, row);
    record->event = RECORD_EVENT_UNREAD;
    record->data = NULL;
    record->data_count = 0;
    record->data_capacity = 0;
    record->row_number++;
}

/* ---- values ---- */

/* Has the row no cell of that number, or certainly an empty one? A missing cell is null. A cell of
 * only quotes may turn out to be empty too: its text decides. */
static bool cell_is_empty(const struct record *record, size_t column)
{
    if (column >= record->row.count) return true;
    struct slice cell = csv_row_cell(&record->row, column);
    return cell.length == 0 || (cell.length == 2 && cell.bytes[0] == '"' && cell.bytes[1] == '"');
}

static enum cfh_status record_single(struct record *record, size_t column, struct values *values)
{
    *values = (struct values){NULL, 0};
    if (cell_is_empty(record, column)) return CFH_OK;
    struct slice *item = arena_take(&record->scratch, sizeof(*item));
    if (item == NULL || !csv_row_text(&record->row, column, &record->scratch, item))
        return CFH_NO_MEMORY;
    *values = (struct values){item, item->length > 0 ? 1 : 0};
    return CFH_OK;
}

static enum cfh_status record_decode(struct record *record, size_t column, struct values *values)
{
    size_t multivalue = record->columns[column].multivalue;
    struct slice text;
    if (cell_is_empty(record, multivalue)) return record_single(record, column, values);
    if (!csv_row_text(&record->row, multivalue, &record->scratch, &text)) return CFH_NO_MEMORY;
    if (text.length == 0) return record_single(record, column, values);
    enum cfh_status status = multivalue_decode(text, &record->scratch, values);
    if (status != CFH_BAD_INPUT) return status;
    record->damaged_multivalues++;
    return record_single(record, column, values);
}

enum cfh_status record_values(struct record *record, size_t column, struct values *values)
{
    *values = (struct values){NULL, 0};
    if (column == RECORD_NO_COLUMN) return CFH_OK;
    struct record_column *known = &record->columns[column];
    if (known->known_in != record->row_number) {
        enum cfh_status status = record_decode(record, column, &known->values);
        if (status != CFH_OK) return status;
        known->known_in = record->row_number;
    }
    *values = known->values;
    return CFH_OK;
}

enum cfh_status record_is_null(struct record *record, size_t column, bool *null)
{
    *null = true;
    if (column == RECORD_NO_COLUMN) return CFH_OK;
    if (cell_is_empty(record, column) && cell_is_empty(record, record->columns[column].multivalue))
        return CFH_OK;
    struct values values;
    enum cfh_status status = record_values(record, column, &values);
    *null = values.count == 0;
    return status;
}

bool record_one_value(struct record *record, struct slice text, struct values *values)
{
    struct slice *item = arena_take(&record->scratch, sizeof(*item));
    if (item == NULL) return false;
    *item = text;
    *values = (struct values){item, 1};
    return true;
}

struct slice *record_copy_values(struct record *record, struct values *values)
{
    struct slice *items = arena_take(&record->scratch, values->count * sizeof(*items));
    if (items == NULL) return NULL;
    if (values->count > 0) memcpy(items, values->items, values->count * sizeof(*items));
    values->items = items;
    return items;
}

/* ---- the event in _raw ---- */

enum cfh_status record_system(struct record *record, const struct sysmon_system **system)
{
    *system = NULL;
    if (record->event == RECORD_EVENT_UNREAD) {
        struct values raw;
        enum cfh_status status = record_values(record, record->raw, &raw);
        if (status != CFH_OK) return status;
        bool found = raw.count > 0 && sysmon_xml_system(raw.items[0], &record->system);
        record->event = found ? RECORD_EVENT_PRESENT : RECORD_EVENT_NONE;
    }
    if (record->event == RECORD_EVENT_PRESENT) *system = &record->system;
    return CFH_OK;
}

enum { RECORD_FIRST_DATA = 32 }; /* Sysmon's largest event has 30 */

/* Room for one more Data element; the old array stays behind in the scratch. */
static bool record_grow_data(struct record *record)
{
    if (record->data_count < record->data_capacity) return true;
    size_t capacity = record->data_capacity > 0 ? record->data_capacity : RECORD_FIRST_DATA / 2;
    size_t size;
    if (!size_multiply(capacity, 2 * sizeof(struct sysmon_data), &size)) return false;
    struct sysmon_data *data = arena_take(&record->scratch, size);
    if (data == NULL) return false;
    if (record->data_count > 0)
        memcpy(data, record->data, record->data_count * sizeof(struct sysmon_data));
    record->data = data;
    record->data_capacity = capacity * 2;
    return true;
}

static enum cfh_status record_read_data(struct record *record)
{
    struct slice rest = record->system.rest;
    record->data_count = 0;
    record->data_capacity = 0;
    for (;;) {
        if (!record_grow_data(record)) {
            record->data = NULL;
            return CFH_NO_MEMORY;
        }
        if (!sysmon_xml_next_data(&rest, &record->data[record->data_count])) return CFH_OK;
        record->data_count++;
    }
}

enum cfh_status record_data(struct record *record, struct slice name, struct slice *value)
{
    *value = (struct slice){NULL, 0};
    if (record->data == NULL) {
        enum cfh_status status = record_read_data(record);
        if (status != CFH_OK) return status;
    }
    for (size_t i = 0; i < record->data_count; i++) {
        if (!text_equal(record->data[i].name, name)) continue;
        *value = record->data[i].value;
        break;
    }
    return CFH_OK;
}
