#include "event_time.h"

#include <check.h>
#include <stdlib.h>

#include "test_rows.h"

static struct memory memory;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
}

static void tear_down(void)
{
    ck_assert_uint_eq(memory.used, 0);
}

/* The time of a body's first row. Of a profiled row the event's head is read first, as a view does.
 */
static enum cfh_status first_time(struct rows *rows, const char *body, bool profiled,
                                  struct values *values)
{
    const struct sysmon_system *system;
    enum cfh_status status = rows_begin(rows, body);
    if (status == CFH_OK) status = rows_next(rows);
    if (status == CFH_OK && profiled) status = record_system(&rows->record, &system);
    if (status != CFH_OK) return status;
    if (profiled) ck_assert_ptr_nonnull(system);
    return event_time(&rows->record, record_column(&rows->record, SLICE("_time")), profiled,
                      values);
}

struct row {
    const char *rule, *body;
    bool profiled;
    const char *expected; /* values with '|' between them; NULL: null */
};

#define EVENT(created)                                                                             \
    "<Event><System><Provider Name='Linux-Sysmon'/><EventID>3</EventID>" created "</System>"
#define AT(time) EVENT("<TimeCreated SystemTime='" time "'/>")

static const struct row rows[] = {
    /* the row's own time stays as it came */
    {"S5", "_time\n1674991980\n", false, "1674991980"},
    {"F9", "_time\n1674991980.123456789\n", false, "1674991980.123456789"},
    {"F9", "_time\n1674991980.000\n", false, "1674991980.000"},
    {"F9", "_time\n1.67e9\n", false, "1.67e9"},
    {"F9", "_time\n-5\n", false, "-5"},
    {"S5", "_time\n yesterday \n", false, " yesterday "},
    {"S5", "_time,x\n,1\n", false, NULL},
    {"S5", "x\n1\n", false, NULL},
    {"S5", "_time,__mv__time\n,$$\n", false, ""}, /* an empty value is a value */
    {"S5", "_time,__mv__time\nx,$2$;$1$\n", false, "2|1"},
    /* but ISO 8601 with a zone is seconds, the fraction's digits kept */
    {"S5", "_time\n2023-01-29T11:33:00Z\n", false, "1674991980"},
    {"S5", "_time\n2023-01-29T11:33:00.250Z\n", false, "1674991980.250"},
    {"S5", "_time\n2023-01-29 12:33:00.5+01:00\n", false, "1674991980.5"},
    {"S5", "_time\n2023-01-29T06:33:00-0500\n", false, "1674991980"},
    {"S5", "_time\n2023-01-29T11:33:00\n", false, "2023-01-29T11:33:00"},   /* no zone */
    {"S5", "_time\n2023-02-29T11:33:00Z\n", false, "2023-02-29T11:33:00Z"}, /* no such day */
    {"S5", "_time\n1970-01-01T00:00:00.000Z\n", false, "0.000"},
    {"S5", "_time\n1970-01-01T00:00:00.25Z\n", false, "0.25"},
    {"S5", "_time,__mv__time\nx,$2023-01-29T11:33:00Z$;$1$;$x$\n", false, "1674991980|1|x"},
    /* before 1970: minus what is left up to then */
    {"S5", "_time\n1969-12-31T23:59:59Z\n", false, "-1"},
    {"S5", "_time\n1969-12-31T23:59:59.0Z\n", false, "-1.0"},
    {"S5", "_time\n1969-12-31T23:59:59.75Z\n", false, "-0.25"},
    {"S5", "_time\n1969-12-31T23:59:59.750Z\n", false, "-0.250"},
    {"S5", "_time\n1969-12-31T23:59:58.001Z\n", false, "-1.999"},
    {"S5", "_time\n1969-12-31T23:59:58.9999999Z\n", false, "-1.0000001"},
    {"S5", "_time\n0001-01-01T00:00:00.5Z\n", false, "-62135596799.5"},
    /* an event of a profile, in a row without time: SystemTime in whole seconds */
    {"F9", "_raw\n" AT("2023-01-29T11:33:00.9234425Z") "\n", true, "1674991980"},
    {"F9", "_time,_raw\n," AT("2023-01-29T11:33:00.9234425Z") "\n", true, "1674991980"},
    {"F9", "_raw\n" AT("1969-12-31T23:59:58.5Z") "\n", true, "-2"}, /* cut downwards */
    {"S5", "_time,_raw\n17.5," AT("2023-01-29T11:33:00Z") "\n", true, "17.5"},
    {"S5", "_time,_raw\n2023-01-29T11:33:01.5Z," AT("2023-01-29T11:33:00Z") "\n", true,
     "1674991981.5"},
    {"S5", "_time,__mv__time,_raw\n,$$," AT("2023-01-29T11:33:00Z") "\n", true, ""},
    {"S5", "_raw\n" EVENT("") "\n", true, NULL},
    {"S5", "_raw\n" AT("now") "\n", true, NULL},
    {"S5", "_raw\n" AT("2023-01-29T11:33:00") "\n", true, NULL}, /* no zone */
    /* and only then */
    {"S5", "_time,_raw\n," AT("2023-01-29T11:33:00Z") "\n", false, NULL},
};

START_TEST(S5_F9_when_an_event_was)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct rows body;
        struct values values;
        rows_init(&body, &memory);
        ck_assert_int_eq(first_time(&body, rows[i].body, rows[i].profiled, &values), CFH_OK);
        ck_assert_msg(values_are(values, rows[i].expected), "%s %s: %.*s", rows[i].rule,
                      rows[i].body, values.count > 0 ? (int)values.items[0].length : 0,
                      values.count > 0 ? values.items[0].bytes : "");
        rows_release(&body);
    }
}
END_TEST

/* What is made of a time must not change what the row's own values are. */
START_TEST(the_columns_own_values_stay)
{
    struct rows body;
    struct values values, own;
    rows_init(&body, &memory);
    ck_assert_int_eq(first_time(&body, "_time\n2023-01-29T11:33:00Z\n", false, &values), CFH_OK);
    ck_assert(values_are(values, "1674991980"));
    ck_assert_int_eq(record_values(&body.record, 0, &own), CFH_OK);
    ck_assert(values_are(own, "2023-01-29T11:33:00Z"));
    rows_release(&body);
}
END_TEST

START_TEST(each_row_has_its_own)
{
    struct rows body;
    struct values values;
    rows_init(&body, &memory);
    ck_assert_int_eq(first_time(&body, "_time\n1\n\"\"\n2023-01-29T11:33:00Z\n", false, &values),
                     CFH_OK);
    static const char *const expected[] = {"1", NULL, "1674991980"};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        if (i > 0) ck_assert_int_eq(rows_next(&body), CFH_OK);
        ck_assert_int_eq(event_time(&body.record, 0, false, &values), CFH_OK);
        ck_assert(values_are(values, expected[i]));
    }
    rows_release(&body);
}
END_TEST

START_TEST(every_refusal_is_told)
{
    static const char *const bodies[] = {"_time,__mv__time\nx,$2023-01-29T11:33:00.5Z$;$1$\n",
                                         "_time\n2023-01-29T11:33:00Z\n",
                                         "_raw\n" AT("2023-01-29T11:33:00Z") "\n"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct failing_source failing = {.refused = true};
        size_t refusals = 0;
        for (size_t n = 0; failing.refused; n++) {
            failing = (struct failing_source){.fail_at = n};
            struct memory refusing = failing_memory(&failing);
            struct rows body;
            struct values values;
            rows_init(&body, &refusing);
            body.record.scratch.block_size = 1; /* a block for each request */
            enum cfh_status status = first_time(&body, bodies[i], i == 2, &values);
            ck_assert(status == CFH_OK || (failing.refused && status == CFH_NO_MEMORY));
            if (status == CFH_OK) ck_assert(values.count == (i == 0 ? 2 : 1));
            refusals += status != CFH_OK;
            rows_release(&body);
            ck_assert_uint_eq(refusing.used, 0);
        }
        ck_assert_uint_ge(refusals, 4);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("event_time");
    TCase *cases = tcase_create("event_time");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, S5_F9_when_an_event_was);
    tcase_add_test(cases, the_columns_own_values_stay);
    tcase_add_test(cases, each_row_has_its_own);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
