#include "macros.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_memory.h"
#include "text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
enum { BLOCK_SIZE = 1024 };

static struct memory memory;
static struct arena arena;
static struct cfh_error error;
static struct macros nearer, behind;

static void add(struct macros *macros, const char *name, const char *definition, size_t count,
                const char *const *arguments)
{
    struct macro *macro = arena_take(&arena, sizeof(*macro));
    ck_assert_ptr_nonnull(macro);
    *macro = (struct macro){.name = text_of(name), .definition = text_of(definition)};
    for (size_t i = 0; i < count; i++)
        macro->arguments[macro->argument_count++] = text_of(arguments[i]);
    ck_assert(macros_add(macros, &arena, macro));
}

static void set_up(void)
{
    static const char *const names[] = {"low", "high"};
    memory_init(&memory, NULL, 0);
    arena_init(&arena, &memory, BLOCK_SIZE);
    nearer = (struct macros){.behind = &behind};
    behind = (struct macros){.items = NULL};
    add(&nearer, "shells", "(p=cmd.exe OR p=sh)", 0, NULL);
    add(&nearer, "range", "f>$low$ f<$high$ $other$ 5$", 2, names);
    add(&nearer, "range", "f>$low$", 1, names);
    add(&nearer, "both", "`shells` `range(1)`", 0, NULL);
    add(&nearer, "pass", "`range($low$)`", 1, names);
    add(&nearer, "nothing", "", 0, NULL);
    add(&nearer, "looks_back", "`looks_back`", 0, NULL);
    add(&nearer, "wrong_inside", "x `unknwon` y", 0, NULL);
    add(&nearer, "open_inside", "x `shells", 0, NULL);
    add(&behind, "shells", "never", 0, NULL);
    add(&behind, "far", "from behind", 0, NULL);
}

static void tear_down(void)
{
    arena_release(&arena);
    ck_assert_uint_eq(memory.used, 0);
}

static enum cfh_status expand(const char *text, enum macros_unknown unknown,
                              struct expansion *expansion)
{
    error = (struct cfh_error){.code = CFH_OK};
    return macros_expand(&nearer, text_of(text), unknown, &arena, expansion, &error);
}

struct expand_case {
    const char *text;
    const char *expanded;
};

static const struct expand_case expansions[] = {
    {"", ""},
    {"count by a", "count by a"},
    {"a `shells` b", "a (p=cmd.exe OR p=sh) b"},
    {"` shells `", "(p=cmd.exe OR p=sh)"},
    {"`shells()`", "(p=cmd.exe OR p=sh)"},
    {"`shells( )`", "(p=cmd.exe OR p=sh)"},
    {"`shells``shells`", "(p=cmd.exe OR p=sh)(p=cmd.exe OR p=sh)"},
    {"`range(1)`", "f>1"},
    {"`range(1,2)`", "f>1 f<2 $other$ 5$"},
    {"`range( \" 1 \" , \"a,b\" )`", "f> 1  f<a,b $other$ 5$"},
    {"`range((1,2),x(y))`", "f>(1,2) f<x(y) $other$ 5$"},
    {"`range(,)`", "f> f< $other$ 5$"},
    {"`both`", "(p=cmd.exe OR p=sh) f>1"},
    {"`pass(7)`", "f>7"},
    {"`nothing`a`nothing`", "a"},
    {"`far`", "from behind"},
    {"\"`shells`\" ``` `shells` ``` \\`shells`", NULL}, /* the last backquote is open */
    {"\"`shells`\" ``` `unknown` ```", "\"`shells`\" ``` `unknown` ```"},
    /* the standard ones (B2, C1, C2) */
    {"`security_content_summariesonly`",
     "summariesonly=false allow_old_summaries=true fillnull_value=null"},
    {"`summariesonly_config` `oldsummaries_config` `fillnull_config`", "false true null"},
    {"`drop_dm_object_name(Processes)`", "rename \"Processes.*\" as *"},
    {"`drop_dm_object_name(\"Processes\")`", "rename \"Processes.*\" as *"},
    {"`security_content_ctime(firstTime)`",
     "convert timeformat=\"%Y-%m-%dT%H:%M:%S\" ctime(firstTime)"},
};

START_TEST(W14_macros_are_put_in_as_text)
{
    struct expansion expansion;
    for (size_t i = 0; i < COUNT_OF(expansions); i++) {
        enum cfh_status status = expand(expansions[i].text, MACROS_REFUSE_UNKNOWN, &expansion);
        if (expansions[i].expanded == NULL) {
            ck_assert_int_eq(status, CFH_BAD_PLAN);
            continue;
        }
        ck_assert_msg(status == CFH_OK, "%s: %s", expansions[i].text, error.sentence);
        ck_assert_msg(slice_is(expansion.text, expansions[i].expanded), "%s: %.*s",
                      expansions[i].text, (int)expansion.text.length, expansion.text.bytes);
    }
}
END_TEST

START_TEST(a_site_changes_a_part_of_a_standard_macro)
{
    struct expansion expansion;
    add(&behind, "summariesonly_config", "true", 0, NULL);
    ck_assert_int_eq(expand("`security_content_summariesonly`", MACROS_REFUSE_UNKNOWN, &expansion),
                     CFH_OK);
    ck_assert(slice_is(expansion.text,
                       "summariesonly=true allow_old_summaries=true fillnull_value=null"));
}
END_TEST

struct refusal {
    const char *text;
    enum cfh_status status;
    size_t position;
    const char *sentence;
};

#define WHERE " A macro is written under macros: in the hunt's file, or in hunts/macros.yml."

static const struct refusal refusals[] = {
    {"a `shels`", CFH_BAD_PLAN, 2, "There is no macro `shels`: did you mean `shells`?" WHERE},
    {"`zz`", CFH_BAD_PLAN, 0, "There is no macro `zz`." WHERE},
    {"a `far(1, 2)` b", CFH_BAD_PLAN, 2,
     "There is no macro `far` that takes 2 arguments: it takes 0."},
    {"  `wrong_inside`", CFH_BAD_PLAN, 2, "There is no macro `unknwon`."},
    {"`open_inside`", CFH_BAD_PLAN, 0, "A backquote is not closed: `shells`."},
    {"a b `shells", CFH_BAD_PLAN, 4, "A backquote is not closed: `shells`."},
    {"a `range(1`", CFH_BAD_PLAN, 2, "A macro's parenthesis is not closed: `range(1`."},
    {"`looks_back`", CFH_LIMIT, 0,
     "Macros can stand in macros 20 deep and no more (does one lead back to itself?); too deep is "
     "`looks_back`."},
    {"`range(1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1)`", CFH_LIMIT, 0,
     "Too many arguments for the macro `range`: 20 are the most."},
};

START_TEST(a_refusal_names_the_macro_and_the_call)
{
    struct expansion expansion;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        const struct refusal *refusal = &refusals[i];
        ck_assert_msg(expand(refusal->text, MACROS_REFUSE_UNKNOWN, &expansion) == refusal->status,
                      "%s", refusal->text);
        ck_assert_int_eq(error.code, refusal->status);
        ck_assert_msg(error.position == refusal->position, "%s: %zu", refusal->text,
                      error.position);
        ck_assert_msg(strncmp(error.sentence, refusal->sentence, strlen(refusal->sentence)) == 0,
                      "%s", error.sentence);
    }
}
END_TEST

START_TEST(unknown_ones_can_stay)
{
    static const struct expand_case cases[] = {
        {"| `my_filter` | `security_content_ctime(t)`",
         "| `my_filter` | convert timeformat=\"%Y-%m-%dT%H:%M:%S\" ctime(t)"},
        {"`shells` `my_filter(1)", "(p=cmd.exe OR p=sh) `my_filter(1)"},
        {"`wrong_inside`", "x `unknwon` y"},
    };
    struct expansion expansion;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ck_assert_int_eq(expand(cases[i].text, MACROS_KEEP_UNKNOWN, &expansion), CFH_OK);
        ck_assert_msg(slice_is(expansion.text, cases[i].expanded), "%.*s",
                      (int)expansion.text.length, expansion.text.bytes);
    }
}
END_TEST

/* ---- where a byte comes from ---- */

START_TEST(every_byte_knows_its_origin)
{
    struct expansion expansion;
    struct slice macro;
    const char *text = "ab `shells` c `nothing``range(1)`d";
    ck_assert_int_eq(expand(text, MACROS_REFUSE_UNKNOWN, &expansion), CFH_OK);
    ck_assert(slice_is(expansion.text, "ab (p=cmd.exe OR p=sh) c f>1d"));
    for (size_t at = 0; at < expansion.text.length; at++) {
        size_t origin = macros_origin(&expansion, at, &macro);
        if (at >= 3 && at < 22) {
            ck_assert(origin == 3 && slice_is(macro, "`shells`"));
        } else if (at >= 25 && at < 28) {
            ck_assert(origin == 23 && slice_is(macro, "`range(1)`"));
        } else {
            ck_assert_uint_eq(macro.length, 0);
            ck_assert(text[origin] == expansion.text.bytes[at]);
        }
    }
    ck_assert_uint_eq(macros_origin(&expansion, expansion.text.length, &macro), strlen(text));
    ck_assert_uint_eq(macro.length, 0);
}
END_TEST

/* ---- bombs ---- */

/* Each of twenty macros calls the next so many times. */
static void plant_bomb(const char *last, size_t calls)
{
    static char names[20][8], definitions[20][512];
    for (size_t i = 0; i < 20; i++) {
        size_t length = 0;
        snprintf(names[i], sizeof(names[i]), "b%zu", i);
        for (size_t j = 0; j < calls && i < 19; j++)
            length += (size_t)snprintf(definitions[i] + length, sizeof(definitions[i]) - length,
                                       "`b%zu`", i + 1);
        if (i == 19) snprintf(definitions[i], sizeof(definitions[i]), "%s", last);
        add(&behind, names[i], definitions[i], 0, NULL);
    }
}

START_TEST(a_bomb_is_defused)
{
    static const char *const lasts[] = {"", "x", "ten bytes."};
    for (size_t i = 0; i < COUNT_OF(lasts); i++) {
        struct expansion expansion;
        tear_down();
        set_up();
        plant_bomb(lasts[i], 50);
        ck_assert_int_eq(expand("a `b0`", MACROS_REFUSE_UNKNOWN, &expansion), CFH_LIMIT);
        ck_assert_uint_eq(error.position, 2);
        ck_assert_msg(strncmp(error.sentence, "The macros of a search can bring 512 KB", 39) == 0,
                      "%s", error.sentence);
        ck_assert_uint_lt(memory.peak, 4 * MACROS_TEXT_MAX);
    }
}
END_TEST

START_TEST(twenty_deep_is_not_too_deep)
{
    struct expansion expansion;
    plant_bomb("x", 1);
    ck_assert_int_eq(expand("`b0`", MACROS_REFUSE_UNKNOWN, &expansion), CFH_OK);
    ck_assert(slice_is(expansion.text, "x"));
    add(&behind, "deeper", "`b0`", 0, NULL);
    ck_assert_int_eq(expand("`deeper`", MACROS_REFUSE_UNKNOWN, &expansion), CFH_LIMIT);
}
END_TEST

/* ---- refused memory ---- */

START_TEST(every_refusal_is_told)
{
    size_t n = 0, refusals_told = 0;
    for (bool refused = true; refused; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory refusing = failing_memory(&failing);
        struct arena small;
        struct expansion expansion;
        arena_init(&small, &refusing, 1); /* a block for each request */
        enum cfh_status status =
            macros_expand(&nearer, SLICE("a `both` `pass(1)` `my_filter` `range(1, 2)` b"),
                          MACROS_KEEP_UNKNOWN, &small, &expansion, &error);
        refused = failing.refused;
        refusals_told += status != CFH_OK;
        ck_assert(status == CFH_OK || (refused && status == CFH_NO_MEMORY));
        arena_release(&small);
        ck_assert_uint_eq(refusing.used, 0);
    }
    ck_assert_uint_ge(refusals_told, 6);
}
END_TEST

START_TEST(a_list_grows_and_may_be_refused)
{
    struct macros many = {.items = NULL};
    struct failing_source failing = {.fail_at = 0};
    struct memory refusing = failing_memory(&failing);
    struct arena small;
    struct macro macro = {.name = SLICE("m")};
    arena_init(&small, &refusing, 1);
    ck_assert(!macros_add(&many, &small, &macro));
    ck_assert_uint_eq(many.count, 0);
    for (size_t i = 0; i < 100; i++)
        ck_assert(macros_add(&many, &small, &macro));
    ck_assert_ptr_eq(macros_own(&many, SLICE("m"), 0), &macro);
    ck_assert_ptr_null(macros_own(&many, SLICE("m"), 1));
    ck_assert_ptr_null(macros_own(&many, SLICE("M"), 0)); /* case counts */
    arena_release(&small);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("macros");
    TCase *cases = tcase_create("macros");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, W14_macros_are_put_in_as_text);
    tcase_add_test(cases, a_site_changes_a_part_of_a_standard_macro);
    tcase_add_test(cases, a_refusal_names_the_macro_and_the_call);
    tcase_add_test(cases, unknown_ones_can_stay);
    tcase_add_test(cases, every_byte_knows_its_origin);
    tcase_add_test(cases, a_bomb_is_defused);
    tcase_add_test(cases, twenty_deep_is_not_too_deep);
    tcase_add_test(cases, every_refusal_is_told);
    tcase_add_test(cases, a_list_grows_and_may_be_refused);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
