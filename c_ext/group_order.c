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
    size_t field;        /* the present one: all before it are equal */
    enum ranks {
        RANKS_ARE_VALUES,     /* the same rank is the same value */
        RANKS_ARE_BEGINNINGS, /* of texts: see RANK_BYTES */
        RANKS_ARE_CLASSES     /* numbers or texts */
    } ranks;                  /* of the present field */
};

static struct slice field_value(const struct sorter *sorter, const struct group *group)
{
    struct slice rest = group_key(sorter->table, group), value = {NULL, 0};
    for (size_t i = 0; i <= sorter->field; i++)
        group_key_next(&rest, &value);
    return value;
}

/* The same of entry i, which comes in a walk over count entries. */
static struct slice walked_value(const struct sorter *sorter, const struct entry *entries,
                                 size_t count, size_t i)
{
    if (i + GROUP_AHEAD < count) group_ask_for(sorter->table, entries[i + GROUP_AHEAD].group);
    return field_value(sorter, entries[i].group);
}

/* ---- ranks ---- */

/* What the values of a field have in common. */
struct common {
    bool all_equal;
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
    struct common common = {true, true, false, first.length};
    for (size_t i = 0; i < count; i++) {
        struct slice value = walked_value(sorter, entries, count, i);
        if (i > 0 && common.all_equal && text_equal(value, first)) continue;
        common.all_equal = common.all_equal && i == 0;
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

static void set_ranks(struct sorter *sorter, const struct common *common, struct entry *entries,
                      size_t count)
{
    sorter->ranks = common->all_integers ? RANKS_ARE_VALUES
                    : common->any_number ? RANKS_ARE_CLASSES
                                         : RANKS_ARE_BEGINNINGS;
    for (size_t i = 0; i < count; i++)
        entries[i].rank = rank_of(common, walked_value(sorter, entries, count, i));
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

/* Have entries of that rank, which are several, the same value for certain? */
static bool is_decided(enum ranks ranks, uint64_t rank)
{
    return ranks != RANKS_ARE_BEGINNINGS || (rank & 255) < RANK_MORE;
}

static void sort_equal_runs(struct sorter *sorter, struct entry *entries, size_t count)
{
    enum ranks ranks = sorter->ranks;
    size_t field = sorter->field;
    for (size_t at = 0, run; at < count; at += run) {
        run = equal_run(sorter, entries + at, count - at);
        if (run == 1) continue;
        /* Texts that only begin alike go on behind what they have in common. */
        sorter->field = field + is_decided(ranks, entries[at].rank);
        sort_entries(sorter, entries + at, run);
        sorter->field = field;
        sorter->ranks = ranks;
    }
}

/* Calls itself for fewer entries only: all fields that are equal are passed over first, and so is
 * the common beginning of the next. */
static void sort_entries(struct sorter *sorter, struct entry *entries, size_t count)
{
    size_t field = sorter->field;
    struct common common = {.all_equal = true};
    while (sorter->field < sorter->table->plan->by_count && common.all_equal) {
        common = find_common(sorter, entries, count);
        sorter->field += common.all_equal;
    }
    if (!common.all_equal) {
        set_ranks(sorter, &common, entries, count);
        sort_by_field(sorter, entries, count);
        sort_equal_runs(sorter, entries, count);
    }
    sorter->field = field;
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
