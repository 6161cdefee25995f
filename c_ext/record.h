/* record: one row, as names and values.
 *
 * Knows the columns of the body's header, gives the values of a cell (its __mv_ column taken into
 * account) and the Windows event in _raw. Everything is worked out when it is first asked for and
 * at most once a row. Owns the row scratch: all values live until the next record_set_row.
 */
#ifndef CFHUNT_RECORD_H
#define CFHUNT_RECORD_H

#include "csv_reader.h"
#include "memory.h"
#include "sysmon_xml.h"

#define RECORD_NO_COLUMN SIZE_MAX

struct record_column {
    struct slice name;
    size_t multivalue; /* the column __mv_NAME, or RECORD_NO_COLUMN */
    uint64_t known_in; /* values holds those of the row of this number */
    struct values values;
};

enum record_event { RECORD_EVENT_UNREAD, RECORD_EVENT_NONE, RECORD_EVENT_PRESENT };

struct record {
    struct memory *memory;
    struct buffer header; /* the header line of this body, for comparing with the next */
    struct arena names;   /* lives as long as the header */
    struct record_column *columns;
    size_t column_count;
    size_t raw;              /* the column _raw, or RECORD_NO_COLUMN */
    size_t first_multivalue; /* the columns __mv_X, where they stand side by side, ... */
    size_t multivalue_count; /* ... and how many; 0: they do not */

    struct arena scratch; /* lives as long as the row */
    struct csv_row row;
    bool all_single;     /* surely no cell has several values in this row */
    uint64_t row_number; /* counted from 1 */
    enum record_event event;
    struct sysmon_system system;
    struct sysmon_data *data; /* NULL until asked for */
    size_t data_count;
    size_t data_capacity;

    uint64_t damaged_multivalues; /* cells read as plain text, since the record was made */
};

void record_init(struct record *record, struct memory *memory);
void record_release(struct record *record);

/* Takes the header row of a body (split). *changed tells whether the columns differ from the last
 * body's; if they do not, all column numbers still hold. Of columns with one name the first counts;
 * a column __mv_X without a column X is ignored. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status record_set_header(struct record *record, const struct csv_row *header,
                                  bool *changed);
/* Takes the next row (split); borrows it. Forgets everything about the last one. */
void record_set_row(struct record *record, const struct csv_row *row);

/* The number of the column with that name, or RECORD_NO_COLUMN. */
size_t record_column(const struct record *record, struct slice name);
/* The column's values in this row; none for RECORD_NO_COLUMN and for a cell that is missing.
 * A malformed __mv_ cell counts as damaged and leaves the plain text. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status record_values(struct record *record, size_t column, struct values *values);
/* The column's text where it is its only value and lies in the row as it is, and is not empty.
 * False for all others, also for RECORD_NO_COLUMN. */
static inline bool record_plain_text(const struct record *record, size_t column, struct slice *text)
{
    const struct csv_row *row = &record->row;
    if (column >= row->count || !csv_row_lies(row, column, text)) return false;
    if (text->length == 0 || record->all_single) return text->length > 0;
    size_t multivalue = record->columns[column].multivalue;
    return multivalue >= row->count || csv_row_cell(row, multivalue).length == 0;
}
/* Whether the column has no value in this row; cheaper than record_values where the cells are
 * empty. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status record_is_null(struct record *record, size_t column, bool *null);

/* One value of that text; a copy of the values that may be changed. In scratch; false and NULL when
 * refused. */
bool record_one_value(struct record *record, struct slice text, struct values *values);
struct slice *record_copy_values(struct record *record, struct values *values);

/* The head of the event in _raw; *system is NULL when _raw holds none. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status record_system(struct record *record, const struct sysmon_system **system);
/* The value of the event's first Data element of that name that has one; length 0 when there is
 * none. Only after record_system gave a system. CFH_OK or CFH_NO_MEMORY. */
enum cfh_status record_data(struct record *record, struct slice name, struct slice *value);

#endif
