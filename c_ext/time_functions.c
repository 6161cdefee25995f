#include "time_functions.h"

#include <string.h>

#include "decimal.h"
#include "number.h"
#include "text.h"

/* A value and when it was seen, as one text in the pool: TIME, a blank, VALUE. A time is a number,
 * so it holds no blank. */
struct sighting {
    char *bytes;
    size_t length;
    size_t capacity;
    size_t time_length; /* 0: nothing seen */
};

struct time_state {
    struct sighting earliest;
    struct sighting latest;
};

static struct slice sighting_time(const struct sighting *sighting)
{
    return (struct slice){sighting->bytes, sighting->time_length};
}

static struct slice sighting_value(const struct sighting *sighting)
{
    return (struct slice){sighting->bytes + sighting->time_length + 1,
                          sighting->length - sighting->time_length - 1};
}

static bool sighting_keep(struct sighting *sighting, struct slice time, struct slice value,
                          const struct aggregate_home *home)
{
    size_t length = time.length + 1 + value.length;
    if (length > sighting->capacity) {
        char *bytes = pool_take(home->pool, length);
        if (bytes == NULL) return false;
        pool_give(home->pool, sighting->bytes, sighting->capacity);
        sighting->bytes = bytes;
        sighting->capacity = length;
    }
    memcpy(sighting->bytes, time.bytes, time.length);
    sighting->bytes[time.length] = ' ';
    if (value.length > 0) memcpy(sighting->bytes + time.length + 1, value.bytes, value.length);
    sighting->length = length;
    sighting->time_length = time.length;
    return true;
}

/* sign 1 keeps the earliest, -1 the latest. */
static bool sighting_add(struct sighting *sighting, struct slice time, struct slice value, int sign,
                         const struct aggregate_home *home)
{
    if (sighting->time_length > 0) {
        int order = sign * number_order_by_value(time, sighting_time(sighting));
        if (order == 0) order = text_compare(value, sighting_value(sighting));
        if (order == 0) order = text_compare(time, sighting_time(sighting));
        if (order >= 0) return true;
    }
    return sighting_keep(sighting, time, value, home);
}

/* ---- the operations ---- */

static bool time_add(struct time_state *state, struct slice time, struct slice value,
                     const struct aggregate_home *home)
{
    return sighting_add(&state->earliest, time, value, 1, home) &&
           sighting_add(&state->latest, time, value, -1, home);
}

static bool time_update(void *state, const struct aggregate_input *input,
                        const struct aggregate_home *home)
{
    if (!number_parse(input->time, NULL)) return true;
    for (size_t i = 0; i < input->values.count; i++)
        if (!time_add(state, input->time, input->values.items[i], home)) return false;
    return true;
}

static size_t time_item_count(const void *state)
{
    return ((const struct time_state *)state)->earliest.time_length > 0 ? 2 : 0;
}

static bool time_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    (void)scratch;
    const struct time_state *times = state;
    const struct sighting *sighting = i == 0 ? &times->earliest : &times->latest;
    *item = (struct slice){sighting->bytes, sighting->length};
    return true;
}

static enum cfh_status time_load(void *state, struct slice item, const struct aggregate_home *home)
{
    const char *blank = item.length > 0 ? memchr(item.bytes, ' ', item.length) : NULL;
    if (blank == NULL) return CFH_BAD_INPUT;
    struct slice time = {item.bytes, (size_t)(blank - item.bytes)};
    struct slice value = {blank + 1, item.length - time.length - 1};
    if (!number_parse(time, NULL)) return CFH_BAD_INPUT;
    return time_add(state, time, value, home) ? CFH_OK : CFH_NO_MEMORY;
}

/* ---- results ---- */

static bool earliest_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                            struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    const struct sighting *sighting = &((const struct time_state *)state)->earliest;
    *result = (struct values){NULL, 0};
    return sighting->time_length == 0 || aggregate_one(sighting_value(sighting), scratch, result);
}

static bool latest_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                          struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    const struct sighting *sighting = &((const struct time_state *)state)->latest;
    *result = (struct values){NULL, 0};
    return sighting->time_length == 0 || aggregate_one(sighting_value(sighting), scratch, result);
}

static bool earliest_time_finish(const void *state, uint32_t percent,
                                 const struct aggregate_home *home, struct arena *scratch,
                                 struct values *result)
{
    (void)percent;
    (void)home;
    const struct sighting *sighting = &((const struct time_state *)state)->earliest;
    *result = (struct values){NULL, 0};
    return sighting->time_length == 0 || aggregate_one(sighting_time(sighting), scratch, result);
}

static bool latest_time_finish(const void *state, uint32_t percent,
                               const struct aggregate_home *home, struct arena *scratch,
                               struct values *result)
{
    (void)percent;
    (void)home;
    const struct sighting *sighting = &((const struct time_state *)state)->latest;
    *result = (struct values){NULL, 0};
    return sighting->time_length == 0 || aggregate_one(sighting_time(sighting), scratch, result);
}

/* *result = left - right of two texts. *usable: both are numbers that a sum can take. The caller
 * releases the result, also when refused. */
static bool difference(struct slice left_text, struct slice right_text, struct pool *pool,
                       struct decimal *result, bool *usable)
{
    struct number left, right;
    struct decimal other = {.limbs = NULL};
    *result = (struct decimal){.limbs = NULL};
    *usable = number_parse(left_text, &left) && number_parse(right_text, &right) &&
              decimal_accepts(&left) && decimal_accepts(&right);
    if (!*usable) return true;
    bool done = decimal_add_number(result, &left, pool) &&
                decimal_add_number(&other, &right, pool) && decimal_subtract(result, &other, pool);
    decimal_release(&other, pool);
    return done;
}

static bool time_rate(const struct time_state *times, struct pool *pool, struct arena *scratch,
                      struct values *result, struct decimal *rise, struct decimal *seconds)
{
    struct slice text;
    bool rise_usable, seconds_usable;
    if (!difference(sighting_value(&times->latest), sighting_value(&times->earliest), pool, rise,
                    &rise_usable) ||
        !difference(sighting_time(&times->latest), sighting_time(&times->earliest), pool, seconds,
                    &seconds_usable))
        return false;
    if (!rise_usable || !seconds_usable || decimal_sign(seconds) == 0) return true;
    return decimal_divide(rise, seconds, scratch, &text) && aggregate_one(text, scratch, result);
}

static bool rate_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                        struct arena *scratch, struct values *result)
{
    (void)percent;
    const struct time_state *times = state;
    struct decimal rise = {.limbs = NULL}, seconds = {.limbs = NULL};
    *result = (struct values){NULL, 0};
    if (times->earliest.time_length == 0) return true;
    bool done = time_rate(times, home->pool, scratch, result, &rise, &seconds);
    decimal_release(&rise, home->pool);
    decimal_release(&seconds, home->pool);
    return done;
}

/* ---- the rows ---- */

#define TIME_ROW(called, prints, gives)                                                            \
    {                                                                                              \
        .name = called, .argument = AGGREGATE_FIELD, .needs_time = true, .print = prints,          \
        .state_size = sizeof(struct time_state), .update = time_update,                            \
        .item_count = time_item_count, .save = time_save, .load = time_load, .finish = gives,      \
    }

const struct aggregate earliest_function = TIME_ROW("earliest", AGGREGATE_AS_TEXT, earliest_finish);
const struct aggregate latest_function = TIME_ROW("latest", AGGREGATE_AS_TEXT, latest_finish);
const struct aggregate first_function = TIME_ROW("first", AGGREGATE_AS_TEXT, latest_finish);
const struct aggregate last_function = TIME_ROW("last", AGGREGATE_AS_TEXT, earliest_finish);
const struct aggregate earliest_time_function =
    TIME_ROW("earliest_time", AGGREGATE_AS_TIME, earliest_time_finish);
const struct aggregate latest_time_function =
    TIME_ROW("latest_time", AGGREGATE_AS_TIME, latest_time_finish);
const struct aggregate rate_function = TIME_ROW("rate", AGGREGATE_AS_TEXT, rate_finish);
