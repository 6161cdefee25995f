/* number: what a number is, how values are ordered, and times.
 *
 * A number is -?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)? and nothing else (T7): no blanks, no plus, no
 * inf, nan or hex. It is compared by its exact decimal value, never through a double.
 */
#ifndef CFHUNT_NUMBER_H
#define CFHUNT_NUMBER_H

#include "memory.h"

/* A number's text taken apart; borrows the text. Zero has no digits. */
struct number {
    bool negative;      /* never true for zero */
    int64_t magnitude;  /* power of ten of the first significant digit: 12.5 has 1, 0.05 has -2 */
    struct slice whole; /* the digits before the point, from the first significant one on */
    struct slice fraction; /* the digits after the point, from the first significant one on */
};

/* Exponents beyond this many (either sign) count as this many: the order stays total. */
#define NUMBER_EXPONENT_MAX INT64_C(1000000000000000)

/* False when text is not a number. number may be NULL. */
bool number_parse(struct slice text, struct number *number);
/* An integer of at most eighteen digits, the ordinary number: a port, a process id. False for all
 * others, numbers or not. */
bool number_short_integer(struct slice text, int64_t *value);
/* Below, equal to or above zero, by exact decimal value: 1, 01 and 1.0 are equal. */
int number_compare(const struct number *left, const struct number *right);

/* The total order of values (T7): numbers before the rest, by value and then by bytes; the rest by
 * bytes. Zero only for the same bytes. */
int number_order(struct slice left, struct slice right);
/* The same without the tie-break: 1, 01 and 1.0 are equal (F2). */
int number_order_by_value(struct slice left, struct slice right);
/* The same for two numbers of eight to sixteen bytes that are digits with a point, if any, at the
 * same place, as times mostly are: their bytes order them. False for all others, numbers or not.
 * known: right was one of two for which this was true; then less has to be looked at. */
bool number_order_alike(struct slice left, struct slice right, bool known, int *order);

/* How the result of min or max is printed (F10). The text as it came, except: a whole number loses
 * its point and zeros (5.00 is 5); an exponent is written out where that needs at most
 * NUMBER_PRINT_MAX bytes. fraction_limit: at most so many digits after the point, the rest are cut
 * (SIZE_MAX: all); cut first, then looked at for wholeness. The sign stays, also before a zero.
 * A text that is no number is itself. Borrows the text, or scratch for what must be written anew;
 * false when refused. */
enum { NUMBER_PRINT_MAX = 40 };
bool number_print(struct slice text, size_t fraction_limit, struct arena *scratch,
                  struct slice *printed);

/* A whole number as digits at the end of the caller's array; the slice lies in it. */
enum { NUMBER_DIGITS_MAX = 20 };
struct slice number_digits(uint64_t number, char digits[NUMBER_DIGITS_MAX]);
/* A whole number with its sign, in scratch; false when refused. */
bool number_print_signed(int64_t number, struct arena *scratch, struct slice *text);

/* ---- times ---- */

/* An ISO 8601 time with a zone: 2023-01-29T11:33:00[.fraction](Z|+00:00|+0000), or a blank for the
 * T. Whole seconds since 1970 and, borrowed from text, the digits of the fraction, which counts
 * forward from them before 1970 too; no digits: there was none. False for anything else, also for
 * dates that do not exist, for hour 24 and second 60, and for years outside 1..9999. */
bool time_parse(struct slice text, int64_t *seconds, struct slice *fraction);

#endif
