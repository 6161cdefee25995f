#include "functions.h"

#include <string.h>

#include "count_functions.h"
#include "extreme_functions.h"
#include "quantile_functions.h"
#include "set_functions.h"
#include "sum_functions.h"
#include "text.h"
#include "time_functions.h"

static const struct aggregate *const functions[] = {
    &avg_function,      &count_function,         &dc_function,     &distinct_count_function,
    &earliest_function, &earliest_time_function, &estdc_function,  &exactperc_function,
    &first_function,    &last_function,          &latest_function, &latest_time_function,
    &max_function,      &median_function,        &min_function,    &mode_function,
    &perc_function,     &range_function,         &rate_function,   &stdev_function,
    &stdevp_function,   &sum_function,           &sumsq_function,  &upperperc_function,
    &values_function,   &var_function,           &varp_function,
};

enum { FUNCTION_COUNT = sizeof(functions) / sizeof(functions[0]) };

const struct aggregate *functions_at(size_t index)
{
    return index < FUNCTION_COUNT ? functions[index] : NULL;
}

/* 0 to 100 with at most three digits behind a point, as thousandths. */
static bool parse_percent(struct slice digits, uint32_t *percent)
{
    size_t behind = 0;
    bool point = false;
    *percent = 0;
    for (size_t i = 0; i < digits.length; i++) {
        char byte = digits.bytes[i];
        if (byte == '.' && !point && i > 0) {
            point = true;
            continue;
        }
        if (byte < '0' || byte > '9' || *percent > AGGREGATE_WHOLE || behind == 3) return false;
        *percent = *percent * 10 + (uint32_t)(byte - '0');
        behind += point;
    }
    if (digits.length == 0 || (point && behind == 0)) return false;
    for (; behind < 3; behind++)
        *percent *= 10;
    return *percent <= AGGREGATE_WHOLE;
}

const struct aggregate *functions_find(struct slice called, uint32_t *percent)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        const struct aggregate *function = functions[i];
        struct slice name = {function->name, strlen(function->name)};
        *percent = 0;
        if (called.length < name.length) continue;
        if (!text_equal_folded((struct slice){called.bytes, name.length}, name)) continue;
        struct slice rest = {called.bytes + name.length, called.length - name.length};
        if (function->argument == AGGREGATE_PERCENT_AND_FIELD ? parse_percent(rest, percent)
                                                              : rest.length == 0)
            return function;
    }
    return NULL;
}
