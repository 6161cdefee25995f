#include "extreme_functions.h"

#include <string.h>

#include "decimal.h"
#include "number.h"
#include "text.h"

/* ---- one extreme ---- */

enum { EXTREME_INLINE = 16 };

/* A text of up to EXTREME_INLINE bytes, which holds a time, lies in the state, a longer one in the
 * pool. */
struct extreme {
    uint32_t length_and_one; /* 0: nothing has been seen */
    uint32_t alike : 1;      /* the text was one of two that number_order_alike ordered */
    uint32_t capacity : 31;  /* of the bytes in the pool; 0: there are none */
    union {
        char bytes[EXTREME_INLINE];
        char *pointer;
    } text;
};

static bool extreme_seen(const struct extreme *extreme)
{
    return extreme->length_and_one > 0;
}

static struct slice extreme_text(const struct extreme *extreme)
{
    const char *bytes = extreme->capacity > 0 ? extreme->text.pointer : extreme->text.bytes;
    return (struct slice){bytes, extreme->length_and_one - 1};
}

enum { EXTREME_LENGTH_MAX = INT32_MAX };

/* Room for so many bytes; NULL when refused, and for a text of 2 GB. */
static char *extreme_room(struct extreme *extreme, size_t length, const struct aggregate_home *home)
{
    if (extreme->capacity == 0 && length <= EXTREME_INLINE) return extreme->text.bytes;
    if (length <= extreme->capacity) return extreme->text.pointer;
    if (length > EXTREME_LENGTH_MAX) return NULL;
    char *bytes = pool_take(home->pool, length);
    if (bytes == NULL) return NULL;
    if (extreme->capacity > 0) pool_give(home->pool, extreme->text.pointer, extreme->capacity);
    extreme->text.pointer = bytes;
    extreme->capacity = (uint32_t)length & EXTREME_LENGTH_MAX;
    return bytes;
}

static bool extreme_keep(struct extreme *extreme, struct slice text,
                         const struct aggregate_home *home)
{
    char *bytes = extreme_room(extreme, text.length, home);
    if (bytes == NULL) return false;
    if (text.length > 0) memcpy(bytes, text.bytes, text.length);
    extreme->length_and_one = (uint32_t)text.length + 1;
    return true;
}

/* Below 0: the value goes before what is kept. */
static int extreme_order(struct extreme *extreme, struct slice value, int sign)
{
    struct slice kept = extreme_text(extreme);
    int order;
    extreme->alike = number_order_alike(value, kept, extreme->alike, &order);
    if (extreme->alike) return sign * order;
    order = sign * number_order_by_value(value, kept);
    return order != 0 ? order : text_compare(value, kept);
}

/* sign 1 keeps the smallest, -1 the largest. Equal numbers in different spellings: the smallest
 * text stays for both, so that the order in which values come decides nothing. */
static bool extreme_add(struct extreme *extreme, struct slice value, int sign,
                        const struct aggregate_home *home)
{
    if (extreme_seen(extreme) && extreme_order(extreme, value, sign) >= 0) return true;
    return extreme_keep(extreme, value, home);
}

/* ---- min, max (F2) ---- */

static bool add_all(struct extreme *extreme, struct values values, int sign,
                    const struct aggregate_home *home)
{
    for (size_t i = 0; i < values.count; i++)
        if (!extreme_add(extreme, values.items[i], sign, home)) return false;
    return true;
}

static bool min_update(void *state, const struct aggregate_input *input,
                       const struct aggregate_home *home)
{
    return add_all(state, input->values, 1, home);
}

static bool max_update(void *state, const struct aggregate_input *input,
                       const struct aggregate_home *home)
{
    return add_all(state, input->values, -1, home);
}

static size_t extreme_item_count(const void *state)
{
    return extreme_seen(state) ? 1 : 0;
}

static bool extreme_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    (void)i;
    (void)scratch;
    *item = extreme_text(state);
    return true;
}

static enum cfh_status min_load(void *state, struct slice item, const struct aggregate_home *home)
{
    return extreme_add(state, item, 1, home) ? CFH_OK : CFH_NO_MEMORY;
}

static enum cfh_status max_load(void *state, struct slice item, const struct aggregate_home *home)
{
    return extreme_add(state, item, -1, home) ? CFH_OK : CFH_NO_MEMORY;
}

static bool extreme_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                           struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    const struct extreme *extreme = state;
    *result = (struct values){NULL, 0};
    return !extreme_seen(extreme) || aggregate_one(extreme_text(extreme), scratch, result);
}

/* ---- range ---- */

struct range_state {
    struct extreme smallest;
    struct extreme largest;
};

static bool range_add(struct range_state *range, struct slice value,
                      const struct aggregate_home *home)
{
    struct number number;
    if (!number_parse(value, &number)) return true;
    if (!decimal_accepts(&number)) {
        ++*home->beyond;
        return true;
    }
    return extreme_add(&range->smallest, value, 1, home) &&
           extreme_add(&range->largest, value, -1, home);
}

static bool range_update(void *state, const struct aggregate_input *input,
                         const struct aggregate_home *home)
{
    for (size_t i = 0; i < input->values.count; i++)
        if (!range_add(state, input->values.items[i], home)) return false;
    return true;
}

static size_t range_item_count(const void *state)
{
    return extreme_seen(&((const struct range_state *)state)->smallest) ? 2 : 0;
}

/* Both ends are values of the group: loading either tells the whole. */
static bool range_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    (void)scratch;
    const struct range_state *range = state;
    *item = extreme_text(i == 0 ? &range->smallest : &range->largest);
    return true;
}

static enum cfh_status range_load(void *state, struct slice item, const struct aggregate_home *home)
{
    struct number number;
    if (!number_parse(item, &number) || !decimal_accepts(&number)) return CFH_BAD_INPUT;
    return range_add(state, item, home) ? CFH_OK : CFH_NO_MEMORY;
}

static bool range_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                         struct arena *scratch, struct values *result)
{
    (void)percent;
    const struct range_state *range = state;
    struct number smallest, largest;
    struct decimal difference = {.limbs = NULL}, other = {.limbs = NULL};
    struct slice text;
    *result = (struct values){NULL, 0};
    if (!extreme_seen(&range->smallest)) return true;
    number_parse(extreme_text(&range->smallest), &smallest);
    number_parse(extreme_text(&range->largest), &largest);
    bool done = decimal_add_number(&difference, &largest, home->pool) &&
                decimal_add_number(&other, &smallest, home->pool) &&
                decimal_subtract(&difference, &other, home->pool) &&
                decimal_print(&difference, scratch, &text) && aggregate_one(text, scratch, result);
    decimal_release(&difference, home->pool);
    decimal_release(&other, home->pool);
    return done;
}

/* ---- the rows ---- */

const struct aggregate min_function = {
    .name = "min",
    .argument = AGGREGATE_FIELD,
    .print = AGGREGATE_AS_NUMBER,
    .state_size = sizeof(struct extreme),
    .update = min_update,
    .item_count = extreme_item_count,
    .save = extreme_save,
    .load = min_load,
    .finish = extreme_finish,
};

const struct aggregate max_function = {
    .name = "max",
    .argument = AGGREGATE_FIELD,
    .print = AGGREGATE_AS_NUMBER,
    .state_size = sizeof(struct extreme),
    .update = max_update,
    .item_count = extreme_item_count,
    .save = extreme_save,
    .load = max_load,
    .finish = extreme_finish,
};

const struct aggregate range_function = {
    .name = "range",
    .argument = AGGREGATE_FIELD,
    .state_size = sizeof(struct range_state),
    .update = range_update,
    .item_count = range_item_count,
    .save = range_save,
    .load = range_load,
    .finish = range_finish,
};
