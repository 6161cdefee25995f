#include "group_order.h"

#include "number.h"
#include "text.h"

/* Ranks order as the values of the present field do, as far as they differ. A slot without its hash
 * is an entry: so the slots are the memory of the sort. */
struct entry {
    uint64_t rank;
    struct group *group;
};

_Static_assert(sizeof(struct entry) == sizeof(struct group_slot), "entries lie in the slots");

struct sorter {
    const struct group_table *table;
    struct entry *spare; /* behind the entries; a third as many, since that many slots are free */
    size_t offset;       /* of the present field in their keys: all before it is the same */
    enum ranks {
        RANKS_ARE_VALUES,     /* the same rank is the same value */
        RANKS_ARE_BEGINNINGS, /* of texts: see RANK_BYTES */
        RANKS_ARE_CLASSES     /* numbers or texts */
    } ranks;                  /* of the present field */
};

/* From the present field on. */
static struct slice rest_of_key(const struct sorter *sorter, const struct group *group)
{
    struct slice key = group_key(group);
    return (struct slice){key.bytes + sorter->offset, key.length - sorter->offset};
}

static struct slice field_value(const struct sorter *sorter, const struct group *group)
{
    struct slice rest = rest_of_key(sorter, group), value = {NULL, 0};
    group_key_next(&rest, &value);
    return value;
}

/* Groups lie all over memory: who walks over count of them asks for one that comes later. */
static void ask_ahead(const struct sorter *sorter, const struct entry *entries, size_t count,
                      size_t i)
{
    if (i + GROUP_AHEAD >= count) return;
    const struct group *group = entries[i + GROUP_AHEAD].group;
    __builtin_prefetch(group);
    __builtin_prefetch(group->key + sorter->offset);
}

/* The value of entry i in a walk over count entries. */
static struct slice walked_value(const struct sorter *sorter, const struct entry *entries,
                                 size_t count, size_t i)
{
    ask_ahead(sorter, entries, count, i);
    return field_value(sorter, entries[i].group);
}

/* ---- fields ---- */

/* How many bytes the keys of all entries have alike, from the present field on. */
static size_t common_length(const struct sorter *sorter, const struct entry *entries, size_t count)
{
    struct slice first = rest_of_key(sorter, entries[0].group), common = first;
    for (size_t i = 1; i < count && common.length > 0; i++) {
        ask_ahead(sorter, entries, count, i);
        common.length = group_key_common(common, rest_of_key(sorter, entries[i].group));
    }
    return common.length;
}

/* Moves on to the first field in which the entries, two or more, are not all equal. Returns how
 * many bytes of it they have alike, as it stands in their keys. */
static size_t find_field(struct sorter *sorter, const struct entry *entries, size_t count)
{
    size_t common = common_length(sorter, entries, count), field = 0;
    struct slice key = rest_of_key(sorter, entries[0].group), rest = key, value;
    while (group_key_next(&rest, &value) && (size_t)(rest.bytes - key.bytes) <= common)
        field = (size_t)(rest.bytes - key.bytes);
    sorter->offset += field;
    return common - field;
}

/* ---- ranks ---- */

/* What the values of a field have in common. */
struct common {
    bool all_integers; /* in one spelling each */
    bool any_number;
    size_t prefix; /* so many bytes of all values are the same */
};

static size_t common_prefix(struct slice left, struct slice right, size_t limit)
{
    size_t at = 0;
    while (at < limit && at < right.length && left.bytes[at] == right.bytes[at])
        at++;
    return at;
}

/* 12 and -3 are, 012, -0 and -03 are not. */
static bool plain_integer(struct slice value, int64_t *integer)
{
    bool leading_zero = value.length > 1 && value.bytes[0] == '0';
    return !leading_zero && number_short_integer(value, integer) &&
           (value.bytes[0] != '-' || (*integer != 0 && value.bytes[1] != '0'));
}

static struct common find_common(const struct sorter *sorter, const struct entry *entries,
                                 size_t count)
{
    struct slice first = field_value(sorter, entries[0].group);
    int64_t integer;
    struct common common = {true, false, first.length};
    for (size_t i = 0; i < count; i++) {
        struct slice value = walked_value(sorter, entries, count, i);
        common.prefix = common_prefix(first, value, common.prefix);
        common.all_integers = common.all_integers && plain_integer(value, &integer);
        common.any_number = common.any_number || common.all_integers || number_parse(value, NULL);
    }
    return common;
}

/* Of texts a rank is their first RANK_BYTES bytes, and in the lowest byte how many bytes there are,
 * RANK_MORE for all that have more. */
enum { RANK_BYTES = 7, RANK_MORE = RANK_BYTES + 1 };

static uint64_t text_rank(struct slice value, size_t start)
{
    uint64_t rank = 0;
    size_t length = value.length - start;
    for (size_t i = start; i < start + RANK_BYTES; i++)
        rank = rank << 8 | (i < value.length ? (unsigned char)value.bytes[i] : 0);
    return rank << 8 | (length < RANK_MORE ? length : RANK_MORE);
}

static uint64_t rank_of(const struct common *common, struct slice value)
{
    int64_t integer;
    if (common->all_integers && number_short_integer(value, &integer))
        return (uint64_t)integer ^ UINT64_C(1) << 63;
    if (!common->any_number) return text_rank(value, common->prefix);
    return number_parse(value, NULL) ? 0 : 1; /* numbers among texts come first */
}

static void set_ranks(struct sorter *sorter, struct entry *entries, size_t count)
{
    struct common common = find_common(sorter, entries, count);
    sorter->ranks = common.all_integers ? RANKS_ARE_VALUES
                    : common.any_number ? RANKS_ARE_CLASSES
                                        : RANKS_ARE_BEGINNINGS;
    for (size_t i = 0; i < count; i++)
        entries[i].rank = rank_of(&common, walked_value(sorter, entries, count, i));
}

/* How many bytes surely all values have alike, of which that many are alike as they stand, at least
 * one: all are in quotes, or none is. A quote that opens is no byte of theirs; one behind it may
 * close one value and be doubled in another. */
static size_t alike_within(struct slice cell, size_t alike)
{
    if (cell.bytes[0] != '"') return alike;
    return alike > 1 && cell.bytes[alike - 1] == '"' ? alike - 2 : alike - 1;
}

/* The same in one walk, for values that begin alike and are no numbers, as most are. False where
 * one is a number: then no rank stands. */
static bool set_text_ranks(struct sorter *sorter, struct entry *entries, size_t count, size_t alike)
{
    if (alike == 0) return false;
    size_t prefix = alike_within(rest_of_key(sorter, entries[0].group), alike);
    for (size_t i = 0; i < count; i++) {
        struct slice value = walked_value(sorter, entries, count, i);
        if (number_parse(value, NULL)) return false;
        entries[i].rank = text_rank(value, prefix);
    }
    sorter->ranks = RANKS_ARE_BEGINNINGS;
    return true;
}

/* ---- one field ---- */

/* Of texts the ranks alone decide here: those that begin alike are ordered among themselves later.
 */
static bool in_order(const struct sorter *sorter, const struct entry *left,
                     const struct entry *right)
{
    if (left->rank != right->rank) return left->rank < right->rank;
    if (sorter->ranks != RANKS_ARE_CLASSES) return true;
    return number_order(field_value(sorter, left->group), field_value(sorter, right->group)) <= 0;
}

enum { SORT_RUN = 16 }; /* so many entries are put in order by insertion */

static void insert_each(const struct sorter *sorter, struct entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct entry entry = entries[i];
        size_t at = i;
        for (; at > 0 && !in_order(sorter, &entries[at - 1], &entry); at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* Merges two neighbours, each in order, the first through the spare entries. */
static void merge_neighbours(const struct sorter *sorter, struct entry *entries, size_t middle,
                             size_t count)
{
    if (in_order(sorter, &entries[middle - 1], &entries[middle])) return;
    memcpy(sorter->spare, entries, middle * sizeof(*entries));
    size_t left = 0, right = middle, at = 0;
    while (left < middle && right < count) {
        bool left_first = in_order(sorter, &sorter->spare[left], &entries[right]);
        entries[at++] = left_first ? sorter->spare[left++] : entries[right++];
    }
    memcpy(entries + at, sorter->spare + left, (middle - left) * sizeof(*entries));
}

/* Calls itself for a third and for two thirds of the entries: the third fits the spare ones. */
static void sort_by_field(const struct sorter *sorter, struct entry *entries, size_t count)
{
    size_t middle = count / 3;
    if (count <= SORT_RUN) {
        insert_each(sorter, entries, count);
        return;
    }
    sort_by_field(sorter, entries, middle);
    sort_by_field(sorter, entries + middle, count - middle);
    merge_neighbours(sorter, entries, middle, count);
}

/* ---- all fields ---- */

static void sort_entries(struct sorter *sorter, struct entry *entries, size_t count);

/* How many entries from the first on are not yet in order among themselves: those of the same rank,
 * and where that is only a class, of the same value. */
static size_t equal_run(const struct sorter *sorter, const struct entry *entries, size_t count)
{
    bool by_value = sorter->ranks == RANKS_ARE_CLASSES;
    size_t run = 1;
    while (run < count && entries[run].rank == entries[0].rank &&
           (!by_value || text_equal(walked_value(sorter, entries, count, run),
                                    field_value(sorter, entries[0].group))))
        run++;
    return run;
}

static void sort_equal_runs(struct sorter *sorter, struct entry *entries, size_t count)
{
    enum ranks ranks = sorter->ranks;
    for (size_t at = 0, run; at < count; at += run) {
        run = equal_run(sorter, entries + at, count - at);
        if (run == 1) continue;
        sort_entries(sorter, entries + at, run);
        sorter->ranks = ranks;
    }
}

/* Calls itself for fewer entries only: of the field in which they differ the ranks do, too. */
static void sort_entries(struct sorter *sorter, struct entry *entries, size_t count)
{
    size_t offset = sorter->offset;
    size_t alike = find_field(sorter, entries, count);
    if (!set_text_ranks(sorter, entries, count, alike)) set_ranks(sorter, entries, count);
    sort_by_field(sorter, entries, count);
    sort_equal_runs(sorter, entries, count);
    sorter->offset = offset;
}

void group_table_sort(struct group_table *table)
{
    size_t count = table->count;
    if (count < 2 || table->plan->by_count == 0) return; /* a table without a group has no slots */
    struct entry *entries = (struct entry *)(void *)table->slots;
    struct sorter sorter = {.table = table, .spare = entries + count};
    for (size_t i = 0; i < count; i++)
        entries[i] = (struct entry){0, table->groups[i]};
    sort_entries(&sorter, entries, count);
    for (size_t i = 0; i < count; i++)
        table->groups[i] = entries[i].group;
}
