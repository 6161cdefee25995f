#include "sort.h"

enum { SORT_WORD = 8, SORT_INSERTED_MAX = 6 };

struct sorting {
    size_t size;
    int (*order)(const void *left, const void *right);
};

/* Word by word: that needs no call, and no more for a pointer than a pointer's copy. */
static void copy_item(const struct sorting *sorting, char *to, const char *from)
{
    for (size_t at = 0; at < sorting->size; at += SORT_WORD)
        memcpy(to + at, from + at, SORT_WORD);
}

static void insertion_sort(const struct sorting *sorting, char *items, size_t count)
{
    char item[SORT_SIZE_MAX];
    size_t size = sorting->size;
    for (size_t i = 1; i < count; i++) {
        char *place = items + i * size;
        if (sorting->order(place - size, place) <= 0) continue;
        copy_item(sorting, item, place);
        do {
            copy_item(sorting, place, place - size);
            place -= size;
        } while (place > items && sorting->order(place - size, item) > 0);
        copy_item(sorting, place, item);
    }
}

/* Merges the first third, moved to the room, with the rest, which lies where the result will. */
static void merge(const struct sorting *sorting, char *items, char *middle, char *end, char *room)
{
    size_t size = sorting->size;
    size_t moved = (size_t)(middle - items);
    memcpy(room, items, moved);
    char *left = room, *left_end = room + moved, *right = middle, *to = items;
    while (left < left_end && right < end) {
        char **next = sorting->order(left, right) <= 0 ? &left : &right;
        copy_item(sorting, to, *next);
        *next += size;
        to += size;
    }
    if (left < left_end) memcpy(to, left, (size_t)(left_end - left));
}

/* Thirds and not halves, because the room is a third. The depth is below 50 for what memory holds.
 */
static void merge_sort(const struct sorting *sorting, char *items, size_t count, char *room)
{
    if (count <= SORT_INSERTED_MAX) {
        insertion_sort(sorting, items, count);
        return;
    }
    size_t first = sort_room(count);
    char *middle = items + first * sorting->size;
    merge_sort(sorting, items, first, room);
    merge_sort(sorting, middle, count - first, room);
    if (sorting->order(middle - sorting->size, middle) <= 0) return;
    merge(sorting, items, middle, items + count * sorting->size, room);
}

void sort_items(void *items, size_t count, size_t size,
                int (*order)(const void *left, const void *right))
{
    struct sorting sorting = {size, order};
    if (count > 1) merge_sort(&sorting, items, count, (char *)items + count * size);
}
