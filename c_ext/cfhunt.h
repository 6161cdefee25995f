/* cfhunt.h: the words that every room of the engine speaks.
 *
 * The rooms stand in the order in which data flows through them, and a room includes only rooms
 * that stand before it (tests/py/test_house.py checks that):
 *
 *   memory hash text number decimal sketch address span sort store |
 *   csv_block csv_masks csv_scan csv_row csv_reader csv_cell multivalue sysmon_xml record
 *   event_time | plan |
 *   model_tables model_network model_endpoint model_identity model eval profile view match where |
 *   aggregate text_set port_set count_functions set_functions extreme_functions sum_functions
 *   quantile_functions time_functions functions |
 *   group_key by_tuple group group_order memo counters partial_text partial spill hunt messages |
 *   csv_writer reply |
 *   scanner options conditions tstats |
 *   pipeline macros detection hunt_yaml hunt_file |
 *   remarks index_terms explain |
 *   engine | store_file module
 *
 * Lengths are bytes. Text is bytes too: UTF-8 by custom, never by trust; NUL is an ordinary byte.
 */
#ifndef CFHUNT_H
#define CFHUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What a call came to. Everything from CFH_BAD_INPUT on is a failure. */
enum cfh_status {
    CFH_OK = 0,
    CFH_MORE,      /* nothing yet: feed more bytes */
    CFH_ROW,       /* one row is ready */
    CFH_END,       /* nothing more will come */
    CFH_BAD_INPUT, /* bytes that came from outside break their format */
    CFH_BAD_PLAN,  /* what the user asked for cannot be run */
    CFH_LIMIT,     /* a named limit was reached */
    CFH_NO_MEMORY, /* the memory bound or the machine refused */
    CFH_STORE      /* what keeps bytes outside memory failed */
};

/* Bytes that somebody else owns. bytes is never read when length is 0, and may then be NULL. */
struct slice {
    const char *bytes;
    size_t length;
};

/* All the values of one field in one row: none is null, several are a multivalue.
 * An empty text is a value like any other (count 1, length 0). */
struct values {
    const struct slice *items;
    size_t count;
};

enum { CFH_SENTENCE_SIZE = 1024 };

/* Why a call failed, as a sentence for the user. The caller owns it; a room only fills it.
 * position is a byte offset into the text that was being read, where the sentence names one. */
struct cfh_error {
    enum cfh_status code;
    size_t position;
    char sentence[CFH_SENTENCE_SIZE];
};

/* A slice of a string literal. */
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})

/* A slice of a NUL-terminated text of the engine's own; never of what came from outside. */
static inline struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

#endif
