/* csv_cell: how splunkd writes one cell (protocol section 7).
 *
 * A cell is bare only if it is empty or all ASCII letters and digits, else it is in quotes with
 * each
 * '"' doubled: so a text has one spelling. A cell is measured first and written afterwards, since a
 * length must be known before the bytes.
 */
#ifndef CFHUNT_CSV_CELL_H
#define CFHUNT_CSV_CELL_H

#include "cfhunt.h"

/* A measured text; borrows it. */
struct csv_cell {
    struct slice text;
    size_t length;  /* of the cell, bytes, with its quotes */
    size_t doubled; /* of the text's bytes, so many */
    bool bare;
};

struct csv_cell csv_cell_measure(struct slice text);
/* Writes the cell where there is room for cell->length bytes; returns where it ends. */
char *csv_cell_write(char *target, const struct csv_cell *cell);

/* Takes the first of cells that were written so, each with a comma behind it: its text, in which
 * quotes are still doubled, and rest moved behind the comma. False at the end. */
bool csv_cell_next(struct slice *rest, struct slice *text);

/* How many cells these are, with a comma behind each, if they would be written with the same bytes;
 * else 0. *any_empty: one of them is empty. */
size_t csv_cells_written_so(struct slice cells, bool *any_empty);

/* How many bytes of the text are to be doubled in a cell: every '"', and where dollars says so
 * every
 * '$' (protocol section 8). */
size_t csv_count_doubled(struct slice text, bool dollars);
/* Writes the text, of which so many bytes are to be doubled; returns where it ends. */
char *csv_write_doubled(char *target, struct slice text, size_t doubled, bool dollars);

#endif
