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

/* How many rows there were before one with the needle. */
static void count_skipped(struct csv_reader *reader, uint64_t skipped)
{
    reader->skipped += skipped;
    reader->crowd = skipped == 0 ? reader->crowd + 1 : 0;
    if (reader->crowd < CROWD) return;
    reader->crowd = 0;
    reader->resting = CROWD_REST;
}

static void pass_window(struct csv_reader *reader, size_t length)
{
    reader->window.bytes += length;
    reader->window.length -= length;
}

static struct csv_candidate find_candidate(const struct csv_reader *reader, struct slice bytes)
{
    struct csv_candidate found;
    csv_scan_candidate(reader->cutter.version, &reader->needle, bytes, &found);
    return found;
}

/* The row that began in an earlier window. CFH_OK: it was passed over. */
static enum cfh_status next_carried(struct csv_reader *reader, struct csv_row *row)
{
    struct csv_scan before = reader->scan;
    size_t end = csv_scan_row_end(&reader->scan, reader->window);
    bool whole = end != CSV_SCAN_NO_END;
    size_t length = whole ? end : reader->window.length;
    if (!buffer_append(&reader->carry, (struct slice){reader->window.bytes, length})) {
        reader->scan = before;
        return CFH_NO_MEMORY;
    }
    pass_window(reader, length);
    if (!whole) return CFH_MORE;
    struct slice line = buffer_slice(&reader->carry);
    reader->carried = true;
    row->bytes = csv_without_line_end(line);
    if (!looks_for_needle(reader) || find_candidate(reader, line).skipped == 0) return CFH_ROW;
    count_skipped(reader, 1);
    drop_carried_row(reader);
    return CFH_OK;
}

/* The next row that begins in the window. */
static enum cfh_status next_in_window(struct csv_reader *reader, struct csv_row *row)
{
    if (looks_for_needle(reader)) {
        struct csv_candidate found = find_candidate(reader, reader->window);
        count_skipped(reader, found.skipped);
        reader->scan.scanned += found.start;
        pass_window(reader, found.start);
    }
    if (reader->window.length == 0) return CFH_MORE;
    size_t end;
    bool quoted;
    if (!csv_cut_line(&reader->cutter, reader->window, row, &end, &quoted)) return CFH_NO_MEMORY;
    bool whole = end != CSV_SCAN_NO_END;
    if (!whole && !buffer_append(&reader->carry, reader->window)) return CFH_NO_MEMORY;
    size_t length = whole ? end : reader->window.length;
    reader->scan.quoted = !whole && quoted;
    reader->scan.scanned += length;
    pass_window(reader, length);
    return whole ? CFH_ROW : CFH_MORE;
}

enum cfh_status csv_reader_next(struct csv_reader *reader, struct csv_row *row)
{
    *row = (struct csv_row){.count = 0};
    drop_carried_row(reader);
    if (reader->window.length == 0) return CFH_MORE;
    enum cfh_status status = CFH_OK;
    if (reader->carry.length > 0) status = next_carried(reader, row);
    return status == CFH_OK ? next_in_window(reader, row) : status;
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
