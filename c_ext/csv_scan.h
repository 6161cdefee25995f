/* csv_scan: finds where rows of CSV end, each byte looked at once.
 *
 * The dialect (docs: the README's "CSV"): every '"' toggles quoting; a row ends at an LF outside
 * quotes. Quote parity travels from call to call, so that a row may come in pieces of any size.
 */
#ifndef CFHUNT_CSV_SCAN_H
#define CFHUNT_CSV_SCAN_H

#include "csv_masks.h"

struct csv_scan {
    bool quoted;      /* an odd number of quotes so far in this row */
    uint64_t scanned; /* bytes looked at since the scan was zeroed; tests count on it */
};

#define CSV_SCAN_NO_END SIZE_MAX

/* The offset just past the LF that ends the row, or CSV_SCAN_NO_END when all bytes belong to an
 * unfinished row: then the next call goes on with the bytes that follow. After an end was found,
 * the next call begins a row. */
size_t csv_scan_row_end(struct csv_scan *scan, struct slice bytes);

/* ---- candidates ---- */

struct csv_candidate {
    uint64_t skipped; /* whole rows before it, none of which holds the needle */
    size_t start;     /* of the first row that holds it, else of the unfinished row at the end */
};

/* Goes over bytes, which begin a row, to the first row that holds the needle (of length 1 or more),
 * or that may hold it torn apart by quotes within a text, as no splunkd writes it.
 * An unfinished row at the end is a candidate whatever it holds: its rest has not been seen. */
void csv_scan_candidate(const struct csv_version *version, const struct csv_needle *needle,
                        struct slice bytes, struct csv_candidate *candidate);

#endif
