/* csv_reader: cuts a body of CSV, fed in windows of any size, into rows and rows into cells.
 *
 * Owns: the carry (a row that is not yet whole) and what was noted of the row that was split last.
 * Borrows: the window, from feed until next says CFH_MORE. A row that lies in one window is a slice
 * of that window; another is a slice of the carry. Either is valid until the next next or feed.
 * Looking for row ends costs each byte once, however the body is cut into windows; the bytes of a
 * row that is handed out, or was carried over, are looked at once more for its cells.
 */
#ifndef CFHUNT_CSV_READER_H
#define CFHUNT_CSV_READER_H

#include "csv_row.h"
#include "csv_scan.h"
#include "memory.h"

struct csv_reader {
    struct csv_scan scan;
    struct csv_cutter cutter;
    struct csv_needle needle; /* length 0: every row is handed out */
    size_t crowd;             /* rows with the needle, one after the other */
    size_t resting;           /* so many rows more are handed out whatever they hold */
    uint64_t skipped;         /* rows passed over since the caller set this to 0 */
    struct buffer carry;
    struct slice window; /* what of the window has not been handed out */
    bool carried;        /* the row last handed out lies in the carry */
    struct memory *memory;
};

void csv_reader_init(struct csv_reader *reader, struct memory *memory);
void csv_reader_release(struct csv_reader *reader);

/* A new body begins: quoting starts afresh. What was left of the last one is dropped. */
void csv_reader_begin(struct csv_reader *reader);
/* Only after next said CFH_MORE, or after begin. */
void csv_reader_feed(struct csv_reader *reader, struct slice window);
/* From the next row on, rows that certainly do not hold the needle are passed over and counted in
 * reader->skipped. literal: letters and digits; longer ones are cut; length 0: every row comes, as
 * after csv_reader_begin. */
void csv_reader_look_for(struct csv_reader *reader, struct slice literal);
/* CFH_ROW: row->bytes is the next row, to be split. CFH_MORE: the window is used up.
 * CFH_NO_MEMORY: the same call may be made again once memory is free. */
enum cfh_status csv_reader_next(struct csv_reader *reader, struct csv_row *row);
/* The body has ended; only after next said CFH_MORE, or after begin. CFH_ROW: a last row without an
 * LF (a CR at its end stays); CFH_END: there was none; CFH_BAD_INPUT: it ends inside quotes (the
 * row is what came). The row is valid until begin. */
enum cfh_status csv_reader_finish(struct csv_reader *reader, struct csv_row *row);

/* Cuts the row that next or finish gave, if that has not been done on the way. CFH_OK or
 * CFH_NO_MEMORY. */
enum cfh_status csv_reader_split(struct csv_reader *reader, struct csv_row *row);

#endif
