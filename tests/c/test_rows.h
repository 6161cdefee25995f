/* test_rows: a body of CSV as rows of a record, and values against what a test expects. */
#ifndef CFHUNT_TEST_ROWS_H
#define CFHUNT_TEST_ROWS_H

#include "csv_reader.h"
#include "record.h"
#include "test_memory.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

struct rows {
    struct csv_reader reader;
    struct record record;
    bool changed; /* what record_set_header said last */
};

static inline void rows_init(struct rows *rows, struct memory *memory)
{
    csv_reader_init(&rows->reader, memory);
    record_init(&rows->record, memory);
    rows->changed = false;
}

static inline void rows_release(struct rows *rows)
{
    csv_reader_release(&rows->reader);
    record_release(&rows->record);
}

/* Begins a body, whose text must live as long as its rows, and takes its header. CFH_OK or
 * CFH_NO_MEMORY. */
static inline enum cfh_status rows_begin(struct rows *rows, const char *body)
{
    struct csv_row header;
    csv_reader_begin(&rows->reader);
    csv_reader_feed(&rows->reader, text_of(body));
    enum cfh_status status = csv_reader_next(&rows->reader, &header);
    if (status == CFH_MORE) status = csv_reader_finish(&rows->reader, &header);
    if (status == CFH_ROW) status = csv_reader_split(&rows->reader, &header);
    return status == CFH_OK ? record_set_header(&rows->record, &header, &rows->changed) : status;
}

/* Makes the body's next row the record's. CFH_OK, CFH_END or CFH_NO_MEMORY. */
static inline enum cfh_status rows_next(struct rows *rows)
{
    struct csv_row row;
    enum cfh_status status = csv_reader_next(&rows->reader, &row);
    if (status == CFH_MORE) status = csv_reader_finish(&rows->reader, &row);
    if (status == CFH_ROW) status = csv_reader_split(&rows->reader, &row);
    if (status == CFH_OK) record_set_row(&rows->record, &row);
    return status;
}

/* Are these the values that expected lists, with '|' between them? NULL: none. */
static inline bool values_are(struct values values, const char *expected)
{
    if (expected == NULL) return values.count == 0;
    for (size_t i = 0; i < values.count; i++) {
        size_t length = strcspn(expected, "|");
        if (values.items[i].length != length) return false;
        if (length > 0 && memcmp(values.items[i].bytes, expected, length) != 0) return false;
        if (i + 1 < values.count && expected[length] != '|') return false;
        expected += length + (expected[length] == '|');
    }
    return values.count > 0 && *expected == '\0';
}

#endif
