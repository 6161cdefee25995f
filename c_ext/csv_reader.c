#include "csv_reader.h"

#include <string.h>

#include "text.h"

void csv_reader_init(struct csv_reader *reader, struct memory *memory)
{
    *reader = (struct csv_reader){.memory = memory};
    csv_cutter_init(&reader->cutter, memory);
    buffer_init(&reader->carry, memory);
}

void csv_reader_release(struct csv_reader *reader)
{
    buffer_release(&reader->carry);
    csv_cutter_release(&reader->cutter);
    csv_reader_init(reader, reader->memory);
}

void csv_reader_begin(struct csv_reader *reader)
{
    buffer_clear(&reader->carry);
    reader->scan.quoted = false;
    reader->window = (struct slice){NULL, 0};
    reader->carried = false;
    reader->needle.length = 0; /* a header comes first */
}

void csv_reader_feed(struct csv_reader *reader, struct slice window)
{
    reader->window = window;
}

/* A row in the carry lives until the next call, which is when its room is free again. */
static void drop_carried_row(struct csv_reader *reader)
{
    if (reader->carried) buffer_clear(&reader->carry);
    reader->carried = false;
}

void csv_reader_look_for(struct csv_reader *reader, struct slice literal)
{
    struct csv_needle *needle = &reader->needle;
    needle->length = literal.length < CSV_NEEDLE_MAX ? literal.length : CSV_NEEDLE_MAX;
    for (size_t i = 0; i < needle->length; i++)
        needle->folded[i] = (char)text_fold_byte((unsigned char)literal.bytes[i]);
}

/* Where nearly every row holds the needle, looking for it only costs: after CROWD rows in a row
 * that do, the next CROWD_REST are handed out as they come. */
enum { CROWD = 64, CROWD_REST = 64 * CROWD };

static bool looks_for_needle(struct csv_reader *reader)
{
    if (reader->needle.length == 0) return false;
    if (reader->resting == 0) return true;
    reader->resting--;
    return false;
}

static void count_candidate(struct csv_reader *reader, const struct csv_candidate *row)
{
    reader->skipped += row->skipped;
    reader->crowd = row->skipped == 0 ? reader->crowd + 1 : 0;
    if (reader->crowd < CROWD) return;
    reader->crowd = 0;
    reader->resting = CROWD_REST;
}

/* The next row of the window, or its unfinished last one (end CSV_SCAN_NO_END). A row whose
 * beginning is in the carry is handed out whatever it holds. False when refused. */
static bool find_row(struct csv_reader *reader, struct csv_candidate *found, struct csv_row *row)
{
    *found = (struct csv_candidate){.start = 0};
    if (reader->carry.length > 0) {
        found->end = csv_scan_row_end(&reader->scan, reader->window);
    } else if (looks_for_needle(reader)) {
        csv_scan_candidate(&reader->scan, &reader->needle, reader->cutter.masks_of, reader->window,
                           found);
        count_candidate(reader, found);
    } else {
        bool quoted;
        if (!csv_cut_line(&reader->cutter, reader->window, row, &found->end, &quoted)) return false;
        bool whole = found->end != CSV_SCAN_NO_END;
        reader->scan.quoted = !whole && quoted;
        reader->scan.scanned += whole ? found->end : reader->window.length;
    }
    return true;
}

enum cfh_status csv_reader_next(struct csv_reader *reader, struct csv_row *row)
{
    struct csv_candidate found;
    *row = (struct csv_row){.count = 0};
    drop_carried_row(reader);
    if (reader->window.length == 0) return CFH_MORE;
    bool quoted = reader->scan.quoted;
    if (!find_row(reader, &found, row)) return CFH_NO_MEMORY;
    struct slice window = reader->window;
    bool whole = found.end != CSV_SCAN_NO_END;
    size_t end = whole ? found.end : window.length;
    struct slice line = {window.bytes + found.start, end - found.start};
    reader->window = (struct slice){window.bytes + end, window.length - end};
    if (!whole || reader->carry.length > 0) {
        if (!buffer_append(&reader->carry, line)) {
            reader->window = (struct slice){line.bytes, window.length - found.start};
            reader->scan.quoted = quoted;
            return CFH_NO_MEMORY;
        }
        if (!whole) return CFH_MORE;
        reader->carried = true;
        line = buffer_slice(&reader->carry);
    }
    row->bytes = csv_without_line_end(line);
    return CFH_ROW;
}

enum cfh_status csv_reader_finish(struct csv_reader *reader, struct csv_row *row)
{
    *row = (struct csv_row){.count = 0};
    drop_carried_row(reader);
    if (reader->carry.length == 0) return CFH_END;
    row->bytes = buffer_slice(&reader->carry);
    reader->carried = true;
    bool quoted = reader->scan.quoted;
    reader->scan.quoted = false;
    return quoted ? CFH_BAD_INPUT : CFH_ROW;
}

enum cfh_status csv_reader_split(struct csv_reader *reader, struct csv_row *row)
{
    return row->ends != NULL || csv_cut_row(&reader->cutter, row) ? CFH_OK : CFH_NO_MEMORY;
}
