#include "options.h"

#include <check.h>
#include <stdlib.h>

#include "test_rows.h"

enum { BLOCK_SIZE = 1024 };

static struct memory memory;
static struct arena arena;
static struct cfh_error error;
static struct plan_options chosen;
static bool own_only;
static struct scanner scanner;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
    arena_init(&arena, &memory, BLOCK_SIZE);
}

static void tear_down(void)
{
    arena_release(&arena);
    ck_assert_uint_eq(memory.used, 0);
}

static bool take(const char *text)
{
    chosen = (struct plan_options){.fill_null = false};
    error = (struct cfh_error){.code = CFH_OK};
    scanner = (struct scanner){.text = text_of(text), .arena = &arena, .error = &error};
    return options_take(&scanner, &chosen, &own_only) && scanner_finish(&scanner) == CFH_OK;
}

START_TEST(no_option_changes_nothing)
{
    static const char *const searches[] = {"", "  ", "count from x", "count(x) as y=", "```a=b```"};
    for (size_t i = 0; i < COUNT_OF(searches); i++) {
        ck_assert(take(searches[i]));
        ck_assert(own_only);
        ck_assert(!chosen.fill_null && !chosen.keep_omitted && !chosen.summaries_only);
        ck_assert(!chosen.explain);
        ck_assert_int_eq(chosen.hyphen, PLAN_HYPHEN_KEEP);
        ck_assert_int_eq(chosen.entities, PLAN_ENTITIES_RAW);
        ck_assert_int_eq(chosen.dest, PLAN_DEST_HOST);
        ck_assert_uint_eq(chosen.memory_megabytes, 0);
    }
    ck_assert(take("  count from x"));
    ck_assert_uint_eq(scanner.at, 2); /* the word that is no option is not taken */
}
END_TEST

START_TEST(S3_hyphen)
{
    ck_assert(take("hyphen=keep") && chosen.hyphen == PLAN_HYPHEN_KEEP && own_only);
    ck_assert(take("hyphen=null") && chosen.hyphen == PLAN_HYPHEN_NULL && own_only);
    ck_assert(take("hyphen=ip") && chosen.hyphen == PLAN_HYPHEN_IP && own_only);
    ck_assert(take("HYPHEN = \"IP\"") && chosen.hyphen == PLAN_HYPHEN_IP && own_only);
}
END_TEST

START_TEST(S4_S10_entities_and_dest)
{
    ck_assert(take("entities=raw") && chosen.entities == PLAN_ENTITIES_RAW && own_only);
    ck_assert(take("entities=decode") && chosen.entities == PLAN_ENTITIES_DECODE && own_only);
    ck_assert(take("dest=host") && chosen.dest == PLAN_DEST_HOST && own_only);
    ck_assert(take("dest=computer") && chosen.dest == PLAN_DEST_COMPUTER && own_only);
}
END_TEST

START_TEST(events_from_a_search_or_a_pipe)
{
    ck_assert(take("events=search") && chosen.events == PLAN_EVENTS_SEARCH && own_only);
    ck_assert(take("EVENTS=Pipe") && chosen.events == PLAN_EVENTS_PIPE && own_only);
    ck_assert(take("dest=host") && chosen.events == PLAN_EVENTS_UNSAID);
    ck_assert(!take("events=both"));
    ck_assert_ptr_nonnull(strstr(error.sentence, "events is search or pipe"));
}
END_TEST

#define OMITTED "include_events_omitted_when_filtering_numeric_values"

START_TEST(W6_events_omitted)
{
    static const char *const yes[] = {"true", "t", "1", "TRUE", "\"True\""};
    static const char *const no[] = {"false", "f", "0", "F", "\"FALSE\""};
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        char text[80] = OMITTED "=";
        ck_assert(take(strcat(text, yes[i])) && chosen.keep_omitted && own_only);
        text[sizeof(OMITTED)] = '\0';
        ck_assert(take(strcat(text, no[i])) && !chosen.keep_omitted && own_only);
    }
}
END_TEST

START_TEST(maxmem_in_megabytes)
{
    ck_assert(take("maxmem=1") && chosen.memory_megabytes == 1 && own_only);
    ck_assert(take("maxmem=0512") && chosen.memory_megabytes == 512);
    ck_assert(take("maxmem=1000000") && chosen.memory_megabytes == 1000000);
}
END_TEST

START_TEST(N_explain)
{
    static const char *const yes[] = {"explain=true", "Explain = T", "explain=1",
                                      "explain=false explain=true"};
    static const char *const no[] = {"explain=false", "explain=f", "explain=0",
                                     "explain=true explain=\"False\""};
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        ck_assert(take(yes[i]) && chosen.explain && own_only); /* it goes with the default hunt */
        ck_assert(take(no[i]) && !chosen.explain && own_only);
    }
    ck_assert(take("explain=t summariesonly=f") && chosen.explain && !own_only);
}
END_TEST

START_TEST(B2_fillnull_value)
{
    ck_assert(take("fillnull_value=null") && chosen.fill_null && !own_only);
    ck_assert(slice_is(chosen.fill_value, "null"));
    ck_assert(take("fillnull_value=\"a b\"") && slice_is(chosen.fill_value, "a b"));
    ck_assert(take("fillnull_value=\"\"") && chosen.fill_null);
    ck_assert(slice_is(chosen.fill_value, ""));
}
END_TEST

START_TEST(T10_T11_T12_options_that_steer_nothing)
{
    static const char *const searches[] = {
        "allow_old_summaries=true",
        "allow_old_summaries=f",
        "include_reduced_buckets=t",
        "local=true",
        "chunk_size=10000000",
        "chunk_size=4294967295",
        "chunk_size=0",
        "prestats=f",
        "append=false",
        "prestats=0",
        "summariesonly=false",
        "local=false",
        "include_reduced_buckets=0",
        "Allow_Old_Summaries=1",
    };
    for (size_t i = 0; i < COUNT_OF(searches); i++) {
        ck_assert_msg(take(searches[i]), "%s: %s", searches[i], error.sentence);
        ck_assert(!own_only && !chosen.summaries_only && !chosen.fill_null);
    }
    ck_assert(take("summariesonly=true") && chosen.summaries_only && !own_only);
}
END_TEST

START_TEST(many_options_the_last_of_a_name_counts)
{
    ck_assert(take("hyphen=ip ```why``` summariesonly=t dest=computer hyphen=null\n maxmem=7 "
                   "fillnull_value=x count"));
    ck_assert(!own_only && chosen.summaries_only && chosen.fill_null);
    ck_assert_int_eq(chosen.hyphen, PLAN_HYPHEN_NULL);
    ck_assert_int_eq(chosen.dest, PLAN_DEST_COMPUTER);
    ck_assert_uint_eq(chosen.memory_megabytes, 7);
    ck_assert(slice_is(scanner_peek_word(&scanner), "count"));
}
END_TEST

/* ---- sentences ---- */

struct refusal {
    const char *text;
    size_t position;
    const char *sentence;
};

#define MAXMEM ": maxmem is a whole number of megabytes, 1 to 1000000."
#define WHOLE ": it is a whole number, at most 4294967295."
#define FINISHED "cfhunt gives a finished table, so prestats and append cannot be "

static const struct refusal refusals[] = {
    {"hyphn=keep", 0, "There is no option \"hyphn=keep\" at column 1: did you mean hyphen?"},
    {"hyphen=ip sumariesonly=true count", 10,
     "There is no option \"sumariesonly=true\" at column 11: did you mean summariesonly?"},
    {"fillnull = null", 0,
     "There is no option \"fillnull\" at column 1: did you mean fillnull_value?"},
    {"max_mem=5", 0, "There is no option \"max_mem=5\" at column 1: did you mean maxmem?"},
    {"hyphen=drop", 7,
     "This option does not take \"drop\" at column 8: hyphen is keep, null or ip."},
    {"hyphen=", 7, "A value is missing before the end of the search."},
    {"hyphen=\"\"", 7, "This option does not take '\"\"' at column 8: hyphen is keep, null or ip."},
    {"hyphen = IN", 9,
     "A value is missing before \"IN\" at column 10; as a value this word needs double quotes."},
    {"entities=xml", 9,
     "This option does not take \"xml\" at column 10: entities is raw or decode."},
    {"dest=ip", 5, "This option does not take \"ip\" at column 6: dest is host or computer."},
    {"summariesonly=yes", 14,
     "This option does not take \"yes\" at column 15: it is true or false."},
    {"local=2", 6, "This option does not take \"2\" at column 7: it is true or false."},
    {"explain=yes", 8, "This option does not take \"yes\" at column 9: it is true or false."},
    {"explian=true", 0, "There is no option \"explian=true\" at column 1: did you mean explain?"},
    {"explain=", 8, "A value is missing before the end of the search."},
    {"maxmem=lots", 7, "This option does not take \"lots\" at column 8" MAXMEM},
    {"maxmem=0", 7, "This option does not take \"0\" at column 8" MAXMEM},
    {"maxmem=1000001", 7, "This option does not take \"1000001\" at column 8" MAXMEM},
    {"maxmem=99999999999999999999", 7,
     "This option does not take \"99999999999999999999\" at column 8" MAXMEM},
    {"maxmem=-1", 7, "This option does not take \"-1\" at column 8" MAXMEM},
    {"maxmem=\"\"", 7, "This option does not take '\"\"' at column 8" MAXMEM},
    {"chunk_size=4294967296", 11, "This option does not take \"4294967296\" at column 12" WHOLE},
    {"chunk_size=1e3", 11, "This option does not take \"1e3\" at column 12" WHOLE},
    {"prestats=t", 9, FINISHED "\"t\" at column 10: leave the option out."},
    {"append=true count", 7, FINISHED "\"true\" at column 8: leave the option out."},
    {"append=maybe", 7, "This option does not take \"maybe\" at column 8: it is true or false."},
    {"fillnull_value=[search x]", 15,
     "A subsearch cannot stand here: \"[search\" at column 16. In Splunk's search bar Splunk "
     "itself replaces it before cfhunt runs; here write its values out."},
};

START_TEST(a_refusal_names_the_column_and_what_is_allowed)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        ck_assert_msg(!take(refusals[i].text), "%s", refusals[i].text);
        ck_assert_str_eq(error.sentence, refusals[i].sentence);
        ck_assert_uint_eq(error.position, refusals[i].position);
        ck_assert_int_eq(scanner.status, CFH_BAD_PLAN);
    }
}
END_TEST

START_TEST(a_name_of_any_length_is_refused)
{
    char text[300];
    memset(text, 'x', sizeof(text));
    memcpy(text + sizeof(text) - 3, "=1", 3);
    ck_assert(!take(text));
    ck_assert_str_eq(error.sentence,
                     "There is no option \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" at column 1. "
                     "The options are allow_old_summaries, append, chunk_size, dest, entities, "
                     "events, explain, fillnull_value, hunt, hyphen, "
                     "include_events_omitted_when_filtering_numeric_values, "
                     "include_reduced_buckets, local, maxmem, prefilter, prestats and "
                     "summariesonly.");
}
END_TEST

START_TEST(every_refusal_of_memory_is_told)
{
    struct failing_source failing = {.refused = true};
    size_t n = 0;
    for (; failing.refused; n++) {
        failing = (struct failing_source){.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct arena small;
        arena_init(&small, &refusing, 1);
        scanner = (struct scanner){.arena = &small, .error = &error};
        scanner.text = SLICE("hyphen=ip fillnull_value=\"x\" maxmem=3");
        bool taken = options_take(&scanner, &chosen, &own_only);
        ck_assert(taken != failing.refused);
        ck_assert_int_eq(scanner.status, taken ? CFH_OK : CFH_NO_MEMORY);
        arena_release(&small);
        ck_assert_uint_eq(refusing.used, 0);
    }
    ck_assert_uint_eq(n, 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *cases = tcase_create("options");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, no_option_changes_nothing);
    tcase_add_test(cases, S3_hyphen);
    tcase_add_test(cases, S4_S10_entities_and_dest);
    tcase_add_test(cases, events_from_a_search_or_a_pipe);
    tcase_add_test(cases, W6_events_omitted);
    tcase_add_test(cases, maxmem_in_megabytes);
    tcase_add_test(cases, N_explain);
    tcase_add_test(cases, B2_fillnull_value);
    tcase_add_test(cases, T10_T11_T12_options_that_steer_nothing);
    tcase_add_test(cases, many_options_the_last_of_a_name_counts);
    tcase_add_test(cases, a_refusal_names_the_column_and_what_is_allowed);
    tcase_add_test(cases, a_name_of_any_length_is_refused);
    tcase_add_test(cases, every_refusal_of_memory_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
