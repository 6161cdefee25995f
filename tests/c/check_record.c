#include "record.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_rows.h"

static struct memory memory;
static struct rows rows;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
    rows_init(&rows, &memory);
}

static void tear_down(void)
{
    rows_release(&rows);
    ck_assert_uint_eq(memory.used, 0);
}

static size_t column(const char *name)
{
    return record_column(&rows.record, text_of(name));
}

static bool column_is(const char *name, const char *expected)
{
    struct values values;
    ck_assert_int_eq(record_values(&rows.record, column(name), &values), CFH_OK);
    bool null;
    ck_assert_int_eq(record_is_null(&rows.record, column(name), &null), CFH_OK);
    ck_assert(null == (values.count == 0));
    return values_are(values, expected);
}

static void begin(const char *body)
{
    ck_assert_int_eq(rows_begin(&rows, body), CFH_OK);
}

static void next(void)
{
    ck_assert_int_eq(rows_next(&rows), CFH_OK);
}

/* ---- columns ---- */

START_TEST(columns_have_the_headers_names)
{
    begin("_time,\"user\",\"a\"\"b\",,a b\n");
    ck_assert_uint_eq(rows.record.column_count, 5);
    ck_assert_uint_eq(column("_time"), 0);
    ck_assert_uint_eq(column("user"), 1);
    ck_assert_uint_eq(column("a\"b"), 2);
    ck_assert_uint_eq(column(""), 3);
    ck_assert_uint_eq(column("a b"), 4);
    ck_assert_uint_eq(column("User"), RECORD_NO_COLUMN);
    ck_assert_uint_eq(column("_raw"), RECORD_NO_COLUMN);
    ck_assert_uint_eq(rows.record.raw, RECORD_NO_COLUMN);
}
END_TEST

START_TEST(of_columns_with_one_name_the_first_counts)
{
    begin("port,port,__mv_port,__mv_port\n7844,80,,\n1,2,$3$,$4$\n");
    ck_assert_uint_eq(column("port"), 0);
    next();
    ck_assert(column_is("port", "7844"));
    next();
    ck_assert(column_is("port", "3"));
}
END_TEST

START_TEST(a_multivalue_column_without_its_column_is_ignored)
{
    begin("a,__mv_b,__mv_\n1,$2$;$3$,$4$\n");
    next();
    ck_assert_uint_eq(column("b"), RECORD_NO_COLUMN);
    ck_assert(column_is("a", "1"));
    ck_assert(column_is("b", NULL));
    ck_assert(column_is("", NULL));
}
END_TEST

START_TEST(the_same_header_changes_nothing)
{
    begin("a,b\n1,2\n");
    ck_assert(rows.changed);
    next();
    ck_assert(column_is("b", "2"));
    begin("a,b\n3,4\n");
    ck_assert(!rows.changed);
    ck_assert_uint_ne(rows.record.columns[1].known_in, 0); /* none is made anew */
    next();
    ck_assert(column_is("b", "4"));
    begin("b,a\n5,6\n");
    ck_assert(rows.changed);
    next();
    ck_assert(column_is("b", "5"));
    begin("b,a,_raw\n");
    ck_assert(rows.changed);
    ck_assert_uint_eq(rows.record.raw, 2);
    begin("b,a\n");
    ck_assert_uint_eq(rows.record.raw, RECORD_NO_COLUMN);
}
END_TEST

/* ---- values ---- */

struct cells {
    const char *row; /* of the columns x and __mv_x, in that order */
    const char *expected;
    uint64_t damaged;
};

static const struct cells cells[] = {
    {"a,", "a", 0},
    {"a", "a", 0}, /* a missing cell is null */
    {",", NULL, 0},
    {"\"\",\"\"", NULL, 0},
    {"\"\"\"\"\"\",", "\"\"", 0},
    {"a\"\",", "a", 0},
    {"\"a,b\",", "a,b", 0},
    {"\"a\nb\",", "a\nb", 0},
    {"\"a\nb\",$a$;$b$", "a|b", 0},
    {"anything,$a$", "a", 0}, /* the values count, not the text */
    {",$$", "", 0},           /* the only way to an empty value */
    {",$$;$$", "|", 0},
    {",$a$;$$;$b$", "a||b", 0},
    {"a$b,$a$$b$", "a$b", 0},
    {",\"$a,b$;$c$\"", "a,b|c", 0},
    {",\"$a\"\"b$\"", "a\"b", 0},
    {"a,b", "a", 1}, /* malformed: the plain text */
    {"a,$b", "a", 1},
    {"a,$b$;", "a", 1},
    {"a,$b$$c$;$d", "a", 1},
    {"\"\",b", NULL, 1},
    {",b", NULL, 1},
    {" , ", " ", 1}, /* a blank is no value of the form either */
    {"a,,extra", "a", 0},
};

START_TEST(values_of_a_cell)
{
    begin("x,__mv_x\n");
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        char body[64] = "x,__mv_x\n";
        strcat(body, cells[i].row);
        rows.record.damaged_multivalues = 0;
        begin(body);
        next();
        ck_assert_msg(column_is("x", cells[i].expected), "row %zu: %s", i, cells[i].row);
        ck_assert_msg(column_is("x", cells[i].expected), "row %zu, asked again", i);
        ck_assert_msg(rows.record.damaged_multivalues == cells[i].damaged, "row %zu", i);
    }
}
END_TEST

START_TEST(a_multivalue_column_is_a_column_too)
{
    begin("x,__mv_x\n,$a$;$b$\n");
    next();
    ck_assert(column_is("__mv_x", "$a$;$b$"));
}
END_TEST

START_TEST(no_column_is_null)
{
    begin("x\n1\n");
    next();
    struct values values = {NULL, 7};
    bool null = false;
    ck_assert_int_eq(record_values(&rows.record, RECORD_NO_COLUMN, &values), CFH_OK);
    ck_assert_uint_eq(values.count, 0);
    ck_assert_int_eq(record_is_null(&rows.record, RECORD_NO_COLUMN, &null), CFH_OK);
    ck_assert(null);
}
END_TEST

START_TEST(a_row_forgets_the_last_one)
{
    begin("x,_raw\n1,<Event><System><EventID>3</EventID></System>\n,none\n2,\n");
    const struct sysmon_system *system;
    next();
    ck_assert(column_is("x", "1"));
    ck_assert_int_eq(record_system(&rows.record, &system), CFH_OK);
    ck_assert_ptr_nonnull(system);
    next();
    ck_assert(column_is("x", NULL));
    ck_assert_int_eq(record_system(&rows.record, &system), CFH_OK);
    ck_assert_ptr_null(system);
    next();
    ck_assert(column_is("x", "2"));
    ck_assert_uint_eq(rows.record.row_number, 3);
}
END_TEST

START_TEST(values_are_worked_out_once_a_row)
{
    begin("x,__mv_x\n\"a\"\"b\",\na,broken\n");
    next();
    struct values first, second;
    ck_assert_int_eq(record_values(&rows.record, 0, &first), CFH_OK);
    ck_assert_int_eq(record_values(&rows.record, 0, &second), CFH_OK);
    ck_assert_ptr_eq(first.items, second.items);
    ck_assert_ptr_eq(first.items[0].bytes, second.items[0].bytes);
    next();
    ck_assert(column_is("x", "a") && column_is("x", "a"));
    ck_assert_uint_eq(rows.record.damaged_multivalues, 1);
}
END_TEST

/* ---- the event in _raw ---- */

#define HEAD                                                                                       \
    "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>3</EventID></System>"

static bool data_is(const char *name, const char *expected)
{
    struct slice value;
    ck_assert_int_eq(record_data(&rows.record, text_of(name), &value), CFH_OK);
    return slice_is(value, expected);
}

START_TEST(data_by_name_the_first_that_has_a_value)
{
    begin("_raw\n" HEAD "<Data Name='A'></Data><Data Name='B'>1</Data><Data Name='A'>2</Data>"
          "<Data Name='A'>3</Data><Data Name='C'/><Data Name='D'>x &amp; y</Data></Event>"
          "<Event><Data Name='E'>5</Data></Event>\n");
    next();
    const struct sysmon_system *system;
    ck_assert_int_eq(record_system(&rows.record, &system), CFH_OK);
    ck_assert(slice_is(system->event_id, "3"));
    ck_assert(data_is("B", "1"));
    ck_assert(data_is("A", "2"));
    ck_assert(data_is("C", ""));
    ck_assert(data_is("D", "x &amp; y"));
    ck_assert(data_is("E", ""));
    ck_assert(data_is("a", ""));
}
END_TEST

START_TEST(an_event_with_many_data_elements)
{
    enum { ELEMENTS = 1000 };
    struct buffer body;
    buffer_init(&body, &memory);
    ck_assert(buffer_append(&body, SLICE("_raw\n" HEAD)));
    for (int i = 0; i < ELEMENTS; i++) {
        char element[64];
        snprintf(element, sizeof(element), "<Data Name='N%d'>%d</Data>", i, i * 7);
        ck_assert(buffer_append(&body, text_of(element)));
    }
    ck_assert(buffer_append(&body, (struct slice){"\n", 2}));
    begin(body.bytes);
    next();
    const struct sysmon_system *system;
    ck_assert_int_eq(record_system(&rows.record, &system), CFH_OK);
    ck_assert(data_is("N0", "0"));
    ck_assert(data_is("N31", "217"));
    ck_assert(data_is("N999", "6993"));
    ck_assert_uint_eq(rows.record.data_count, ELEMENTS);
    buffer_release(&body);
}
END_TEST

START_TEST(a_multivalue_raw_is_read_from_its_first_value)
{
    begin("_raw,__mv__raw\nx,$" HEAD "$;$second$\n");
    next();
    const struct sysmon_system *system;
    ck_assert_int_eq(record_system(&rows.record, &system), CFH_OK);
    ck_assert_ptr_nonnull(system);
}
END_TEST

/* ---- refused memory ---- */

static enum cfh_status read_everything(struct rows *read)
{
    static const char body[] = "\"x\"\"y\",__mv_\"x\"\"y\",_raw\n"
                               "a,$b$;$c$$d$,\"" HEAD "<Data Name=\"\"N\"\">v</Data>\"\n";
    struct values values;
    struct slice value;
    const struct sysmon_system *system;
    enum cfh_status status = rows_begin(read, body);
    if (status == CFH_OK) status = rows_next(read);
    if (status == CFH_OK) status = record_values(&read->record, 0, &values);
    if (status == CFH_OK) ck_assert(values_are(values, "b|c$d"));
    if (status == CFH_OK) status = record_system(&read->record, &system);
    if (status == CFH_OK) status = record_data(&read->record, SLICE("N"), &value);
    if (status == CFH_OK) ck_assert(slice_is(value, "v"));
    return status;
}

START_TEST(every_refusal_is_told)
{
    size_t refusals = 0;
    struct failing_source failing = {.refused = true};
    for (size_t n = 0; failing.refused; n++) {
        failing = (struct failing_source){.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct rows read;
        rows_init(&read, &refusing);
        enum cfh_status status = read_everything(&read);
        if (status != CFH_OK) { /* a buffer may have done with less */
            ck_assert(failing.refused && status == CFH_NO_MEMORY);
            ck_assert_int_eq(read_everything(&read), CFH_OK); /* nothing is broken */
            refusals++;
        }
        rows_release(&read);
        ck_assert_uint_eq(refusing.used, 0);
    }
    ck_assert_uint_ge(refusals, 3);
}
END_TEST

START_TEST(data_refused_once_is_read_when_asked_again)
{
    enum { ELEMENTS = 2000 }; /* the array outgrows the scratch's first block */
    struct failing_source failing = {.fail_at = SIZE_MAX};
    struct memory refusing = failing_memory(&failing);
    struct rows read;
    struct buffer body;
    const struct sysmon_system *system;
    struct slice value;
    buffer_init(&body, &memory);
    ck_assert(buffer_append(&body, SLICE("_raw\n" HEAD)));
    for (int i = 0; i < ELEMENTS; i++)
        ck_assert(buffer_append(&body, SLICE("<Data Name='N'>v</Data>")));
    ck_assert(buffer_append(&body, SLICE("<Data Name='Z'>z</Data>\n\0")));
    rows_init(&read, &refusing);
    ck_assert_int_eq(rows_begin(&read, body.bytes), CFH_OK);
    ck_assert_int_eq(rows_next(&read), CFH_OK);
    ck_assert_int_eq(record_system(&read.record, &system), CFH_OK);
    failing.fail_at = failing.requests;
    ck_assert_int_eq(record_data(&read.record, SLICE("Z"), &value), CFH_NO_MEMORY);
    ck_assert_int_eq(record_data(&read.record, SLICE("Z"), &value), CFH_OK);
    ck_assert(slice_is(value, "z"));
    rows_release(&read);
    ck_assert_uint_eq(refusing.used, 0);
    buffer_release(&body);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *cases = tcase_create("record");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, columns_have_the_headers_names);
    tcase_add_test(cases, of_columns_with_one_name_the_first_counts);
    tcase_add_test(cases, a_multivalue_column_without_its_column_is_ignored);
    tcase_add_test(cases, the_same_header_changes_nothing);
    tcase_add_test(cases, values_of_a_cell);
    tcase_add_test(cases, a_multivalue_column_is_a_column_too);
    tcase_add_test(cases, no_column_is_null);
    tcase_add_test(cases, a_row_forgets_the_last_one);
    tcase_add_test(cases, values_are_worked_out_once_a_row);
    tcase_add_test(cases, data_by_name_the_first_that_has_a_value);
    tcase_add_test(cases, an_event_with_many_data_elements);
    tcase_add_test(cases, a_multivalue_raw_is_read_from_its_first_value);
    tcase_add_test(cases, every_refusal_is_told);
    tcase_add_test(cases, data_refused_once_is_read_when_asked_again);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
