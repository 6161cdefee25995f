#include "text.h"

#include <string.h>

/* A suite that counts the bytes looked at includes this file with its own. */
#ifndef COUNT_STEP
#define COUNT_STEP() ((void)0)
#endif

unsigned char text_fold_byte(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte + ('a' - 'A')) : byte;
}

static unsigned char folded_at(struct slice text, size_t index)
{
    COUNT_STEP();
    return text_fold_byte((unsigned char)text.bytes[index]);
}

bool text_equal(struct slice left, struct slice right)
{
    if (left.length != right.length) return false;
    return left.length == 0 || memcmp(left.bytes, right.bytes, left.length) == 0;
}

bool text_equal_folded(struct slice left, struct slice right)
{
    if (left.length != right.length) return false;
    for (size_t i = 0; i < left.length; i++) {
        if (folded_at(left, i) != folded_at(right, i)) return false;
    }
    return true;
}

static int compare_sizes(size_t left, size_t right)
{
    return (left > right) - (left < right);
}

int text_compare(struct slice left, struct slice right)
{
    size_t shared = left.length < right.length ? left.length : right.length;
    int order = shared == 0 ? 0 : memcmp(left.bytes, right.bytes, shared);
    return order != 0 ? order : compare_sizes(left.length, right.length);
}

int text_compare_folded(struct slice left, struct slice right)
{
    size_t shared = left.length < right.length ? left.length : right.length;
    for (size_t i = 0; i < shared; i++) {
        int order = (int)folded_at(left, i) - (int)folded_at(right, i);
        if (order != 0) return order;
    }
    return compare_sizes(left.length, right.length);
}

bool text_fold(struct arena *arena, struct slice text, struct slice *folded)
{
    *folded = (struct slice){NULL, 0};
    if (text.length == 0) return true;
    char *bytes = arena_take(arena, text.length);
    if (bytes == NULL) return false;
    for (size_t i = 0; i < text.length; i++)
        bytes[i] = (char)folded_at(text, i);
    *folded = (struct slice){bytes, text.length};
    return true;
}

/* ---- edit distance ---- */

static size_t smallest(size_t first, size_t second, size_t third)
{
    size_t smaller = first < second ? first : second;
    return smaller < third ? smaller : third;
}

/* Levenshtein's table, of which one row is kept: row[j] is the distance from the bytes of left seen
 * so far to the first j bytes of right. */
size_t text_edit_distance(struct slice left, struct slice right)
{
    if (left.length > TEXT_EDIT_MAX || right.length > TEXT_EDIT_MAX) return SIZE_MAX;
    size_t row[TEXT_EDIT_MAX + 1];
    for (size_t j = 0; j <= right.length; j++)
        row[j] = j;
    for (size_t i = 0; i < left.length; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < right.length; j++) {
            size_t replaced = diagonal + (folded_at(left, i) != folded_at(right, j));
            diagonal = row[j + 1];
            row[j + 1] = smallest(replaced, diagonal + 1, row[j] + 1);
        }
    }
    return row[right.length];
}

size_t text_misspelling(struct slice name, struct slice typed)
{
    enum { BEGINNING_MIN = 3 };
    size_t edits = text_edit_distance(name, typed);
    size_t shared = typed.length < name.length ? typed.length : name.length;
    bool begins = shared >= BEGINNING_MIN && text_equal_folded((struct slice){name.bytes, shared},
                                                               (struct slice){typed.bytes, shared});
    if (begins && edits > 1) return 1;
    return edits <= typed.length / 2 + 1 ? edits : SIZE_MAX;
}

/* ---- wildcard patterns ---- */

static size_t count_asterisks(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.bytes[i] == '*';
    return count;
}

/* Cuts folded at its asterisks; pattern->segments has room for all the pieces. */
static void cut_segments(struct slice folded, struct pattern *pattern)
{
    struct slice segment = {folded.bytes, 0};
    size_t count = 0;
    for (size_t i = 0; i < folded.length; i++) {
        if (folded.bytes[i] != '*') {
            segment.length++;
            continue;
        }
        pattern->segments[count++] = segment;
        segment = (struct slice){folded.bytes + i + 1, 0};
    }
    pattern->segments[count] = segment;
}

bool pattern_compile(struct arena *arena, struct slice text, struct pattern *pattern)
{
    *pattern = (struct pattern){.segments = NULL};
    size_t asterisks = count_asterisks(text);
    size_t size;
    if (!size_multiply(asterisks + 1, sizeof(struct slice), &size)) return false;
    struct slice folded;
    if (!text_fold(arena, text, &folded)) return false;
    struct slice *segments = arena_take(arena, size);
    if (segments == NULL) return false;
    *pattern = (struct pattern){segments, asterisks + 1, asterisks > 0 && asterisks == text.length};
    cut_segments(folded, pattern);
    return true;
}

/* Does value hold segment, which is folded already, at offset? The caller knows that it fits. */
static bool segment_at(struct slice value, size_t offset, struct slice segment)
{
    for (size_t i = 0; i < segment.length; i++) {
        if (folded_at(value, offset + i) != (unsigned char)segment.bytes[i]) return false;
    }
    return true;
}

/* Moves *offset behind the leftmost segment that lies within [*offset, end). Leftmost is always
 * right: it leaves the most room for the segments that follow, so nothing is ever tried again. */
static bool find_segment(struct slice value, size_t end, struct slice segment, size_t *offset)
{
    for (size_t at = *offset; segment.length <= end - at; at++) {
        if (segment_at(value, at, segment)) {
            *offset = at + segment.length;
            return true;
        }
    }
    return false;
}

bool pattern_matches(const struct pattern *pattern, struct slice value)
{
    if (pattern->any) return true;
    struct slice first = pattern->segments[0];
    if (pattern->count == 1) {
        return first.length == value.length && segment_at(value, 0, first);
    }
    struct slice last = pattern->segments[pattern->count - 1];
    if (first.length > value.length || last.length > value.length - first.length) return false;
    size_t offset = first.length;
    size_t end = value.length - last.length;
    if (!segment_at(value, 0, first) || !segment_at(value, end, last)) return false;
    for (size_t i = 1; i + 1 < pattern->count; i++) {
        if (!find_segment(value, end, pattern->segments[i], &offset)) return false;
    }
    return true;
}
