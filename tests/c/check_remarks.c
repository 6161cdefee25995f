#include "remarks.h"

#include <check.h>
#include <stdlib.h>

#include "test_rows.h"
#include "tstats.h"

static struct memory memory;
static struct plan plan;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
    plan_init(&plan, &memory);
}

static void tear_down(void)
{
    plan_release(&plan);
    ck_assert_uint_eq(memory.used, 0);
}

static void parse_well(const char *search)
{
    struct cfh_error error = {.code = CFH_OK};
    plan_release(&plan);
    ck_assert_msg(tstats_parse(&plan, text_of(search), &error) == CFH_OK, "%s: %s", search,
                  error.sentence);
}

static void remark_is(size_t i, enum message_level level, const char *expected)
{
    struct buffer text;
    struct message remark = {.text = &text};
    buffer_init(&text, &memory);
    bool there = remarks_say(&plan, i, &remark);
    bool is = there == (expected != NULL);
    if (is && there) is = remark.level == level && slice_is(buffer_slice(&text), expected);
    if (!is) ck_abort_msg("%zu: %.*s", i, (int)text.length, text.length > 0 ? text.bytes : "");
    if (!there) ck_assert_uint_eq(text.length, 0);
    buffer_release(&text);
}

#define AS_IT_IS " is not in the data model: it is taken as the rows have it. The nearest name is "
#define AS_THEY_COME ": fields are taken as they come, without the model's defaults"
#define NEAREST "The nearest name that it knows is "
#define NO_SUMMARY "summariesonly=true has no effect: cfhunt reads events, there is no summary."
#define NO_SPAN                                                                                    \
    "BY _time has no span, so its bins are seconds. tstats chooses a span by a rule that is not "  \
    "published: write span=1h, for example."
#define UTC_DAYS "Days and months are those of UTC: Splunk tells no command the user's time zone."
#define FROM "from datamodel=Network_Traffic.All_Traffic"
#define TRAFFIC "count " FROM

struct remarked {
    const char *rule, *search;
    const char *remarks[5]; /* warnings begin with '!'; NULL behind the last */
};

static const struct remarked searches[] = {
    {"", "", {NULL}}, /* the default hunt */
    {"", "count from datamodel=Network_Traffic", {NULL}},
    {"W17", TRAFFIC " where index=main by _time span=1h host source sourcetype nodename", {NULL}},
    {"W17", TRAFFIC " by linecount index", {NULL}},
    /* fields that the model does not have, in the order of the search, each once */
    {"B3",
     TRAFFIC " by All_Traffic.temp",
     {"!The field All_Traffic.temp" AS_IT_IS "All_Traffic.app."}},
    {"B3",
     "summariesonly=t max(user) " FROM
     " where All_Traffic.dest_prot=1 by user All_Traffic.user All_Traffic.dest_prot",
     {"!The field user" AS_IT_IS "All_Traffic.user.",
      "!The field All_Traffic.dest_prot" AS_IT_IS "All_Traffic.dest_port.", NO_SUMMARY}},
    {"B3", TRAFFIC " by Other.user", {"!The field Other.user" AS_IT_IS "All_Traffic.user."}},
    {"B3",
     TRAFFIC " by All_Traffic.USER",
     {"!The field All_Traffic.USER" AS_IT_IS "All_Traffic.user."}},
    {"B3",
     TRAFFIC " by All_Traffic.vendor",
     {"!The field All_Traffic.vendor" AS_IT_IS "All_Traffic.action."}}, /* an input of evals */
    /* a child's field is told with its path, as a search would write it */
    {"W12",
     "count from datamodel=Change.All_Changes by All_Changes.Account_Management.src_user",
     {NULL}},
    {"W12", "count from datamodel=Change.Account_Management by All_Changes.user", {NULL}},
    {"W12",
     "count from datamodel=Change.Account_Management by All_Changes.src_usr",
     {"!The field All_Changes.src_usr" AS_IT_IS "All_Changes.Account_Management.src_user."}},
    /* what the tables do not have */
    {"design 6",
     "summariesonly=t count from datamodel=Network_Trafic.All_Traffic by All_Traffic.x",
     {"!cfhunt does not know the data model Network_Trafic" AS_THEY_COME ". " NEAREST
      "Network_Traffic.",
      NO_SUMMARY}},
    {"design 6",
     "count from datamodel=Network_Traffic.Denied_Traffic by x",
     {"!cfhunt does not know the dataset Network_Traffic.Denied_Traffic" AS_THEY_COME
      " and without the dataset's constraint. " NEAREST "Network_Traffic.Allowed_Traffic."}},
    {"design 6",
     "count from datamodel=Endpoint.Proceses",
     {"!cfhunt does not know the dataset Endpoint.Proceses" AS_THEY_COME
      " and without the dataset's constraint. " NEAREST "Endpoint.Processes."}},
    /* spans */
    {"B6", TRAFFIC " by _time", {NO_SPAN}},
    {"B6", TRAFFIC " by _time span=1s", {NULL}},
    {"B6", TRAFFIC " by span=24h _time", {NULL}},
    {"B6", TRAFFIC " by _time span=1d", {UTC_DAYS}},
    {"B6", TRAFFIC " by _time span=3mon", {UTC_DAYS}},
    {"B6", "min(_time) " FROM, {NULL}},
    /* options without effect */
    {"T10", "summariesonly=true " TRAFFIC, {NO_SUMMARY}},
    {"T10", "summariesonly=false allow_old_summaries=t local=t " TRAFFIC, {NULL}},
    /* all of it, warnings first */
    {"design 6",
     "summariesonly=1 count from datamodel=M.D by _time a",
     {"!cfhunt does not know the data model M" AS_THEY_COME ". " NEAREST "Web.", NO_SPAN,
      NO_SUMMARY}},
    {"B3",
     "summariesonly=1 " TRAFFIC " by _time span=1mon usr",
     {"!The field usr" AS_IT_IS "All_Traffic.user.", UTC_DAYS, NO_SUMMARY}},
};

START_TEST(what_is_worth_saying)
{
    for (size_t i = 0; i < COUNT_OF(searches); i++) {
        parse_well(searches[i].search);
        size_t said = 0;
        for (; searches[i].remarks[said] != NULL; said++) {
            const char *remark = searches[i].remarks[said];
            bool warned = remark[0] == '!';
            remark_is(said, warned ? MESSAGE_WARN : MESSAGE_INFO, remark + warned);
        }
        remark_is(said, MESSAGE_INFO, NULL);
        remark_is(said + 1, MESSAGE_INFO, NULL);
        remark_is(SIZE_MAX, MESSAGE_INFO, NULL);
    }
}
END_TEST

START_TEST(a_remark_is_appended)
{
    struct buffer text;
    struct message remark = {.text = &text};
    buffer_init(&text, &memory);
    parse_well("summariesonly=t " TRAFFIC);
    ck_assert(buffer_append(&text, SLICE("Before. ")));
    ck_assert(remarks_say(&plan, 0, &remark));
    ck_assert(slice_is(buffer_slice(&text), "Before. " NO_SUMMARY));
    buffer_release(&text);
}
END_TEST

/* ---- refused memory ---- */

START_TEST(a_refusal_ends_the_list)
{
    static const char *const texts[] = {
        TRAFFIC " by usr",   "count from datamodel=M.D",  "count from datamodel=Web.D",
        TRAFFIC " by _time", TRAFFIC " by _time span=1d", "summariesonly=t " TRAFFIC};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        parse_well(texts[i]);
        for (size_t limit = 1;; limit += 7) {
            struct memory full;
            struct buffer text;
            struct message remark = {.text = &text};
            memory_init(&full, NULL, limit);
            buffer_init(&text, &full);
            bool said = remarks_say(&plan, 0, &remark);
            ck_assert(said != full.limited);
            buffer_release(&text);
            ck_assert_uint_eq(full.used, 0);
            if (said) break;
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("remarks");
    TCase *cases = tcase_create("remarks");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, what_is_worth_saying);
    tcase_add_test(cases, a_remark_is_appended);
    tcase_add_test(cases, a_refusal_ends_the_list);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
