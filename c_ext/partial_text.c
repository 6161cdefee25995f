#include "partial_text.h"

#include <string.h>

/* What stands for each byte, and which byte each stands for; 0: percent and two digits, and no
 * byte. Most bytes of a map's reply come by here. */
static const char encoded[256] =
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "~!'#$\0&\0()*+,-./"
    "0123456789:\0<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}\0";
static const char decoded[256] =
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0!\0#$\0&\"()*+,-./"
    "0123456789:\0<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|} ";

/* Sixteen bytes, which compilers compute with at once where the machine can. */
enum { LANES = 16 };
typedef signed char lanes __attribute__((vector_size(LANES)));

static bool any_is_set(lanes marks)
{
    uint64_t halves[2];
    memcpy(halves, &marks, sizeof(halves));
    return (halves[0] | halves[1]) != 0;
}

/* What stands for what where it is not itself: in texts, and encoded. */
struct marks {
    signed char quote, blank;
};
static const struct marks in_texts = {'"', ' '}, in_cells = {'\'', '~'};

/* Encodes so many bytes, at most LANES, at target, or decodes them from cells to texts; at target
 * is room for LANES. False where one of them is no printable ASCII, or another for which none of
 * its kind stands. */
static bool translate_lanes(const char *bytes, size_t count, struct marks from, struct marks to,
                            char *target)
{
    lanes found = (lanes){0} + 'a'; /* stands for itself */
    if (count == LANES)
        memcpy(&found, bytes, LANES);
    else
        memcpy(&found, bytes, count);
    /* Bytes beyond ASCII are below zero. */
    lanes odd = (found < ' ') | (found == 0x7f) | (found == '%') | (found == ';') |
                (found == to.quote) | (found == to.blank);
    if (any_is_set(odd)) return false;
    found ^= (found == from.quote) & (signed char)(from.quote ^ to.quote);
    found ^= (found == from.blank) & (signed char)(from.blank ^ to.blank);
    memcpy(target, &found, LANES);
    return true;
}

static char *write_percent(char *end, unsigned char byte)
{
    *end++ = '%';
    *end++ = "0123456789ABCDEF"[byte >> 4];
    *end++ = "0123456789ABCDEF"[byte & 15];
    return end;
}

static void advance(struct slice *text, size_t count)
{
    text->bytes += count;
    text->length -= count;
}

/* Lanes at once where that goes, else byte by byte until the one is behind that kept them. */
bool partial_text_append(struct buffer *target, struct slice text)
{
    size_t room;
    if (text.length == 0) return true;
    if (!size_multiply(text.length, 3, &room) || !size_add(room, LANES, &room) ||
        !buffer_reserve(target, room))
        return false;
    char *end = target->bytes + target->length;
    while (text.length > 0) {
        size_t count = text.length < LANES ? text.length : LANES;
        if (translate_lanes(text.bytes, count, in_texts, in_cells, end)) {
            end += count;
            advance(&text, count);
            continue;
        }
        bool alone = false;
        for (; text.length > 0 && !alone; advance(&text, 1)) {
            unsigned char byte = (unsigned char)text.bytes[0];
            alone = encoded[byte] == 0;
            if (alone)
                end = write_percent(end, byte);
            else
                *end++ = encoded[byte];
        }
    }
    target->length = (size_t)(end - target->bytes);
    return true;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* The byte that stands behind text's percent; false where two digits do not follow. */
static bool decode_digits(struct slice text, char *byte)
{
    if (text.length < 3) return false;
    int high = hex_value(text.bytes[1]), low = hex_value(text.bytes[2]);
    *byte = (char)(unsigned char)(high * 16 + low);
    return high >= 0 && low >= 0;
}

/* Decodes what stands at text's beginning, for one byte, and moves behind it; false where nothing
 * that was encoded so stands there. */
static bool decode_byte(struct slice *text, char *byte)
{
    size_t length = 1;
    *byte = decoded[(unsigned char)text->bytes[0]];
    if (*byte == 0) {
        if (text->bytes[0] != '%' || !decode_digits(*text, byte)) return false;
        length = 3;
    }
    advance(text, length);
    return true;
}

enum cfh_status partial_text_decode(struct slice text, struct buffer *target)
{
    size_t room;
    buffer_clear(target);
    if (!size_add(text.length, LANES, &room) || !buffer_reserve(target, room)) return CFH_NO_MEMORY;
    char *end = target->bytes;
    while (text.length > 0) {
        size_t count = text.length < LANES ? text.length : LANES;
        if (translate_lanes(text.bytes, count, in_cells, in_texts, end)) {
            end += count;
            advance(&text, count);
            continue;
        }
        bool alone = false;
        for (; text.length > 0 && !alone; end++) {
            alone = text.bytes[0] == '%';
            if (!decode_byte(&text, end)) return CFH_BAD_INPUT;
        }
    }
    target->length = (size_t)(end - target->bytes);
    return CFH_OK;
}
