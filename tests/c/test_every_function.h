/* test_every_function: a search's functions, all that there are: each row of the table once, and
 * those with a percentage with more than one. check_functions sees to it that none is missing. */
#ifndef CFHUNT_TEST_EVERY_FUNCTION_H
#define CFHUNT_TEST_EVERY_FUNCTION_H

#define EVERY_FUNCTION(field)                                                                      \
    "count count(" field ") dc(" field ") distinct_count(" field ") estdc(" field                  \
    ") values(" field ") mode(" field ") min(" field ") max(" field ") range(" field               \
    ") sum(" field ") sumsq(" field ") avg(" field ") var(" field ") varp(" field ") stdev(" field \
    ") stdevp(" field ") median(" field ") perc0(" field ") perc95(" field ") perc99.9(" field     \
    ") exactperc100(" field ") exactperc12.5(" field ") upperperc50(" field ") earliest(" field    \
    ") latest(" field ") first(" field ") last(" field ") earliest_time(" field                    \
    ") latest_time(" field ") rate(" field ")"

#endif
