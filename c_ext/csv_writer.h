/* csv_writer: writes CSV as splunkd writes it (protocol section 7).
 *
 * Cells as csv_cell writes them; rows end with LF. A writer without a target only counts: the same
 * calls give the length first and the bytes afterwards, so that a reply's length is known before
 * its first byte. Failure sticks: check writer->failed once, at the end of a row.
 */
#ifndef CFHUNT_CSV_WRITER_H
#define CFHUNT_CSV_WRITER_H

#include "memory.h"

struct csv_writer {
    struct buffer *target; /* borrowed; NULL: only count */
    uint64_t length;       /* bytes written or counted so far */
    bool row_open;         /* a cell of this row has been written */
    bool failed;           /* target could not grow */
};

void csv_writer_init(struct csv_writer *writer, struct buffer *target);
/* One cell of one text. */
void csv_writer_cell(struct csv_writer *writer, struct slice text);
/* At least one cell, written so before (csv_cell), with the commas between them. */
void csv_writer_cells(struct csv_writer *writer, struct slice cells);
/* One cell: the values joined by LF; of no values, an empty cell. */
void csv_writer_joined(struct csv_writer *writer, struct values values);
/* One cell, for the __mv_ column: $a$;$b$ for several values and for a single empty one, empty for
 * no value and for a single other one (protocol section 8). */
void csv_writer_multivalue(struct csv_writer *writer, struct values values);
void csv_writer_end_row(struct csv_writer *writer);

#endif
