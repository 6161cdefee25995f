#include "hunt_yaml.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_memory.h"
#include "text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
enum { BLOCK_SIZE = 1024 };

/* ---- libyaml's own requests for memory ----
 *
 * The Makefile links libyaml into this suite with --wrap, so that its calls of malloc, realloc and
 * strdup come here. Everything else in this program comes here too, hence the switch.
 */

void *__real_malloc(size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);

static struct {
    bool on;
    size_t fail_at;
    size_t requests;
    bool refused;
} refusing;

static bool refuses(void)
{
    if (!refusing.on || refusing.requests++ != refusing.fail_at) return false;
    refusing.refused = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return refuses() ? NULL : __real_malloc(size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return size > 0 && refuses() ? NULL : __real_realloc(block, size);
}

char *__wrap_strdup(const char *text)
{
    return refuses() ? NULL : __real_strdup(text);
}

/* ---- */

static struct memory memory;
static struct arena arena;
static struct detection detection;
static struct cfh_error error;

/* The engine's own requests are not those of libyaml: they pass. */
static void *own_resize(void *context, void *block, size_t size)
{
    (void)context;
    if (size > 0) return __real_realloc(block, size);
    free(block);
    return NULL;
}

static void set_up(void)
{
    static const struct memory_source own = {own_resize, NULL};
    memory_init(&memory, &own, 0);
    arena_init(&arena, &memory, BLOCK_SIZE);
}

static void tear_down(void)
{
    arena_release(&arena);
    ck_assert_uint_eq(memory.used, 0);
}

static enum cfh_status read_file(struct slice file)
{
    error = (struct cfh_error){.code = CFH_OK};
    return hunt_yaml_read(file, &arena, &detection, &error);
}

static void read_well(const char *file)
{
    ck_assert_msg(read_file(text_of(file)) == CFH_OK, "%s\n%s", file, error.sentence);
}

static void expect_value(enum detection_key key, const char *text)
{
    const struct detection_value *value = &detection.values[key];
    ck_assert_msg(value->there == (text != NULL), "%s", detection_row(key)->name);
    if (text != NULL)
        ck_assert_msg(slice_is(value->text, text), "%s: %.*s", detection_row(key)->name,
                      (int)value->text.length, value->text.bytes);
}

/* ---- the two layouts ---- */

START_TEST(the_flat_layout)
{
    read_well("name: A hunt\n"
              "id: 1-2\n"
              "version: 3\n"
              "creation_date: '2026-01-02'\n"
              "modification_date: 2026-02-03\n"
              "search: '| tstats count'\n"
              "data_source:\n- Sysmon EventID 3\n- Other\n"
              "analytic_story: [One, Two]\n"
              "mitre_attack_id:\n    - T1572\n"
              "asset_type: Endpoint\n"
              "unknown: {deep: [1, {a: b}]}\n");
    expect_value(DETECTION_NAME, "A hunt");
    expect_value(DETECTION_VERSION, "3");
    expect_value(DETECTION_CREATED, "2026-01-02");
    expect_value(DETECTION_MODIFIED, "2026-02-03");
    expect_value(DETECTION_DATE, NULL);
    expect_value(DETECTION_SEARCH, "| tstats count");
    expect_value(DETECTION_DATA_SOURCE, "Sysmon EventID 3, Other");
    expect_value(DETECTION_STORY, "One, Two");
    expect_value(DETECTION_ATTACK, "T1572");
    expect_value(DETECTION_ASSET, "Endpoint");
}
END_TEST

START_TEST(the_layout_with_tags)
{
    read_well("name: A hunt\n"
              "date: '2024-05-06'\n"
              "search: x\n"
              "tags:\n"
              "  analytic_story:\n  - One\n"
              "  mitre_attack_id:\n  - T1\n  - T2\n"
              "  name: not the hunt's\n"
              "  search: nor its search\n"
              "tests:\n- name: also not\n");
    expect_value(DETECTION_NAME, "A hunt");
    expect_value(DETECTION_SEARCH, "x");
    expect_value(DETECTION_DATE, "2024-05-06");
    expect_value(DETECTION_STORY, "One");
    expect_value(DETECTION_ATTACK, "T1, T2");
}
END_TEST

START_TEST(nothing_is_nothing)
{
    read_well("name:\nsearch: ~\nreferences: []\nauthor: NULL\ntags:\nmacros: null\n"
              "id: ''\nstatus: 'null'\ndata_source: [~, ]\nasset_type:\n");
    for (size_t key = 0; key < DETECTION_KEYS; key++)
        if (key != DETECTION_ID && key != DETECTION_STATUS) ck_assert(!detection.values[key].there);
    expect_value(DETECTION_ID, "");
    expect_value(DETECTION_STATUS, "null"); /* in quotes it is a text */
}
END_TEST

START_TEST(aliases_in_what_is_passed_over)
{
    read_well("other: &a [x, *a, {? *a : *a}]\nname: &n N\nmore: *n\n? [a, *a]\n: *a\n"
              "search: !!str &s x\ntags: {foo: *a}\n");
    expect_value(DETECTION_NAME, "N");
    expect_value(DETECTION_SEARCH, "x");
}
END_TEST

/* ---- texts and where they stand ---- */

START_TEST(every_style_and_where_it_stands)
{
    static const struct {
        const char *written;
        const char *text;
        enum detection_style style;
    } cases[] = {
        {"a b\n  c", "a b c", DETECTION_PLAIN},
        {"'a ''b''\n\n  c'", "a 'b'\nc", DETECTION_SINGLE_QUOTED},
        {"\"a\\tb\\\n  c\"", "a\tbc", DETECTION_DOUBLE_QUOTED},
        {"|-\n  a\n    b", "a\n  b", DETECTION_BLOCK},
        {">-\n  a\n  b", "a b", DETECTION_BLOCK},
        {"&x !!str |\n  a b", "a b\n", DETECTION_BLOCK},
    };
    static const char *const marks[] = {"", "\xEF\xBB\xBF", "# \xC3\xA4\xE2\x82\xAC\n"};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (size_t mark = 0; mark < COUNT_OF(marks); mark++) {
            char file[120];
            snprintf(file, sizeof(file), "%sname: \xC3\xA4\nsearch: %s\nid: x\n", marks[mark],
                     cases[i].written);
            read_well(file);
            const struct detection_value *search = &detection.values[DETECTION_SEARCH];
            expect_value(DETECTION_SEARCH, cases[i].text);
            ck_assert_int_eq(search->style, cases[i].style);
            ck_assert_ptr_eq(file + search->start, strstr(file, cases[i].written));
            ck_assert_ptr_eq(file + search->key_at, strstr(file, "search"));
            ck_assert_uint_ge(search->end, search->start + strlen(cases[i].written));
            size_t a = detection_origin(text_of(file), search, 0);
            ck_assert_msg(file[a] == 'a' && a >= search->start, "%s", file);
        }
}
END_TEST

/* ---- macros ---- */

START_TEST(macros_in_every_form)
{
    read_well("macros:\n"
              "  plain: (a=1 OR a=2)\n"
              "  block: >\n    b=1\n    b=2\n"
              "  at_least(1):\n    arguments: [number]\n    definition: c>=$number$\n"
              "  two:\n    definition: d\n    description: ignored\n    arguments: x, y\n"
              "  two(0): e\n"
              "  empty: ''\n");
    static const struct {
        const char *name;
        size_t arguments;
        const char *definition;
    } expected[] = {{"plain", 0, "(a=1 OR a=2)"},
                    {"block", 0, "b=1 b=2\n"},
                    {"at_least", 1, "c>=$number$"},
                    {"two", 2, "d"},
                    {"two", 0, "e"},
                    {"empty", 0, ""}};
    ck_assert_uint_eq(detection.macros.count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct macro *macro =
            macros_own(&detection.macros, text_of(expected[i].name), expected[i].arguments);
        ck_assert_msg(macro != NULL, "%s", expected[i].name);
        ck_assert(slice_is(macro->definition, expected[i].definition));
    }
    ck_assert(slice_is(detection.macros.items[3]->arguments[0], "x"));
    ck_assert(slice_is(detection.macros.items[3]->arguments[1], "y"));
    ck_assert_ptr_null(detection.macros.behind);
}
END_TEST

/* ---- refusals ---- */

struct refusal {
    const char *file; /* a '^' marks where the error is; it is not in the file */
    const char *sentence;
};

static const struct refusal refusals[] = {
    {"^", "The file is empty."},
    {"# only a comment\n^", "The file is empty."},
    {"^- a\n", "The file must be a mapping: lines such as name: and search:."},
    {"^just text\n", "The file must be a mapping: lines such as name: and search:."},
    {"a: b\n^---\nc: d\n", "A file holds one detection; here a second document (---) begins."},
    {"name: ^[a]\n", "name is a list here, and must be one text."},
    {"\xEF\xBB\xBFname: ^{a: b}\n", "name is a mapping here, and must be one text."},
    {"tags: ^text\n", "tags is a text here, and must be a mapping."},
    {"references: [a, ^{b: c}]\n", "An item of references is a mapping here, and must be a text."},
    {"references: ^{a: b}\n", "references is a mapping here, and must be a list of texts."},
    {"x: &a b\nname: ^*a\n",
     "An alias (*name) cannot stand for the value of name: write the value out."},
    {"x: &a b\nreferences: [^*a]\n",
     "An alias (*name) cannot stand for the value of references: write the value out."},
    {"x: &a b\ntags: ^*a\n",
     "An alias (*name) cannot stand for the value of tags: write the value out."},
    {"x: &a b\n^*a : c\n", "An alias (*name) cannot stand for a key: write the key out."},
    {"x: &a {name: n}\n^<<: *a\n", "A merge (<<) is not done: write the keys out."},
    {"name: a\n^name: b\n", "name stands here a second time: the first is in line 1."},
    {"name: \n\xC3\xA4: x\n^name: b\n", "name stands here a second time: the first is in line 1."},
    {"asset_type: a\ntags:\n  ^asset_type: b\n",
     "asset_type stands here a second time: the first is in line 1."},
    {"macros: ^[a]\n", "macros is a list here, and must be a mapping."},
    {"macros:\n  ^a b: c\n", "The name of a macro is letters, digits, _ and -,"},
    {"macros:\n  ^a(x): c\n", "The name of a macro is letters, digits, _ and -,"},
    {"macros:\n  ^[a]: c\n", "The name of a macro is letters, digits, _ and -,"},
    {"macros:\n  ^a(1): c\n", "The macro a(1) does not list as many arguments as its name says."},
    {"macros:\n  ^a: {arguments: b}\n", "The macro a has no definition."},
    {"macros:\n  ^a:\n", "The macro a has no definition."},
    {"macros:\n  ^a: {arguments: [b c], definition: d}\n",
     "The name of a macro's argument is letters, digits, _ and -, not \"b c\"."},
    {"macros:\n  a: b\n  ^a(0): c\n",
     "The macro a stands here a second time with as many arguments."},
    {"name: a\n\t^b: c\n", NULL},
    {"name: ^\tb: c\n", NULL},
    {"name: ^'a\n",
     "This is no YAML: found unexpected end of stream (while scanning a quoted scalar). The quote "
     "that begins here is not closed."},
    {"name: | ^a\n",
     "This is no YAML: did not find expected comment or line break (while scanning a block "
     "scalar). Behind | or > the line ends: the text begins in the next one, or stands in quotes "
     "instead."},
    {"name: a^: b\n",
     "This is no YAML: mapping values are not allowed in this context. A text with a colon and a "
     "blank in it needs quotes; keys that belong together need the same indentation."},
    {"name: ^`a`\n",
     "This is no YAML: found character that cannot start any token (while scanning for the next "
     "token). A text that begins with this character needs quotes."},
    {"^\xFF\xFEn",
     "This is no text in UTF-8 as YAML takes it: invalid leading UTF-8 octet. It looks like "
     "UTF-16: save the file as UTF-8."},
    {"name: ^\xFF\n", "This is no text in UTF-8 as YAML takes it: invalid leading UTF-8 octet."},
    {"name: \xC3\xA4\xC3^(\n", "This is no text in UTF-8 as YAML takes it:"},
    {"name: a^\x01\n", "This is no text in UTF-8 as YAML takes it: control characters are not"},
};

START_TEST(a_refusal_says_what_and_knows_where)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        char file[120];
        const char *mark = strchr(refusals[i].file, '^');
        size_t at = (size_t)(mark - refusals[i].file);
        memcpy(file, refusals[i].file, at);
        strcpy(file + at, mark + 1);
        ck_assert_msg(read_file(text_of(file)) == CFH_BAD_PLAN, "%s", file);
        ck_assert_int_eq(error.code, CFH_BAD_PLAN);
        const char *expected = refusals[i].sentence != NULL ? refusals[i].sentence : "This is no";
        ck_assert_msg(strncmp(error.sentence, expected, strlen(expected)) == 0, "%s\n%s", file,
                      error.sentence);
        if (refusals[i].sentence != NULL)
            ck_assert_msg(error.position == at, "%s\n%zu: %s", file, error.position,
                          error.sentence);
    }
}
END_TEST

START_TEST(tabs_have_their_advice)
{
    ck_assert_int_eq(read_file(SLICE("tags:\n\ta: b\n")), CFH_BAD_PLAN);
    ck_assert_str_eq(error.sentence, "This is no YAML: found character that cannot start any token "
                                     "(while scanning for the next token). YAML is indented with "
                                     "blanks, never with tabs.");
    ck_assert_uint_eq(error.position, 6);
}
END_TEST

/* ---- limits ---- */

static struct slice repeated(const char *start, const char *middle, size_t count)
{
    struct buffer text;
    buffer_init(&text, &memory);
    ck_assert(buffer_append(&text, text_of(start)));
    for (size_t i = 0; i < count; i++)
        ck_assert(buffer_append(&text, text_of(middle)));
    struct slice copy;
    ck_assert(arena_copy(&arena, buffer_slice(&text), &copy));
    buffer_release(&text);
    return copy;
}

START_TEST(depth_is_bounded_everywhere)
{
    ck_assert_int_eq(read_file(repeated("a: ", "[", HUNT_YAML_DEPTH_MAX - 1)), CFH_BAD_PLAN);
    ck_assert_int_eq(read_file(repeated("a: ", "[", HUNT_YAML_DEPTH_MAX)), CFH_LIMIT);
    ck_assert_str_eq(error.sentence,
                     "Lists and mappings can stand in each other 50 deep and no more.");
    ck_assert_uint_eq(error.position, 3 + HUNT_YAML_DEPTH_MAX - 1);
    ck_assert_int_eq(read_file(repeated("a: ", "- ", 100000)), CFH_BAD_PLAN);
    ck_assert_int_eq(read_file(repeated("- ", "- ", 100000)), CFH_BAD_PLAN);
    ck_assert_int_eq(read_file(repeated("a:\n ", "- ", 100000)), CFH_LIMIT);
    ck_assert_int_eq(read_file(repeated("tags: ", "{tags: ", 100)), CFH_LIMIT);
    ck_assert_int_eq(read_file(repeated("? ", "? ", 100)), CFH_LIMIT);
}
END_TEST

START_TEST(size_is_bounded)
{
    ck_assert_int_eq(read_file(repeated("name: a\n#", " ", HUNT_YAML_SIZE_MAX - 9)), CFH_OK);
    ck_assert_int_eq(read_file(repeated("name: a\n#", " ", HUNT_YAML_SIZE_MAX - 8)), CFH_LIMIT);
    ck_assert_str_eq(error.sentence, "A file of hunts can have 1 MB and no more.");
    ck_assert_uint_eq(error.position, 0);
}
END_TEST

START_TEST(macros_are_bounded)
{
    struct buffer text;
    char line[40];
    buffer_init(&text, &memory);
    ck_assert(buffer_append(&text, SLICE("macros:\n")));
    for (size_t i = 0; i <= MACROS_MAX; i++) {
        if (i == MACROS_MAX) ck_assert_int_eq(read_file(buffer_slice(&text)), CFH_OK);
        snprintf(line, sizeof(line), "  m%zu: x\n", i);
        ck_assert(buffer_append(&text, text_of(line)));
    }
    ck_assert_int_eq(read_file(buffer_slice(&text)), CFH_LIMIT);
    ck_assert_str_eq(error.sentence, "A file can hold 1000 macros and no more.");
    buffer_release(&text);
    ck_assert_int_eq(read_file(SLICE("macros:\n  a:\n    definition: b\n    arguments: "
                                     "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\n")),
                     CFH_LIMIT);
    ck_assert_str_eq(error.sentence,
                     "A macro can take 20 arguments and no more, not so many as a has here.");
}
END_TEST

START_TEST(an_alias_bomb_stays_small)
{
    char file[2000] = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
    for (size_t i = 1; i < 20; i++) {
        char line[100];
        snprintf(line, sizeof(line), "a%zu: &a%zu [*a%zu, *a%zu, *a%zu, *a%zu, *a%zu, *a%zu]\n", i,
                 i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
        strcat(file, line);
    }
    read_well(file);
    ck_assert_uint_lt(memory.peak, 10 * BLOCK_SIZE);
}
END_TEST

/* ---- refused memory ---- */

static const char full[] =
    "# comment\n"
    "first: &anchor !!str 'x'\nname: |\n  a\nsearch: >-\n  b\n  c\nother: {a: [b, *anchor]}\n"
    "tags:\n  mitre_attack_id: [T1, T2]\n  analytic_story:\n  - \"\\u00e4\"\n"
    "macros:\n  a: b\n  c(2):\n    arguments: [d, e]\n    definition: \"f\"\n? {x: y}\n: - z\n";

START_TEST(every_refusal_is_told)
{
    bool refused = true;
    size_t refusals_told = 0;
    for (size_t n = 0; refused; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory small_memory = failing_memory(&failing);
        struct arena small;
        arena_init(&small, &small_memory, 1);
        enum cfh_status status = hunt_yaml_read(text_of(full), &small, &detection, &error);
        refused = failing.refused;
        ck_assert(status == CFH_OK || (refused && status == CFH_NO_MEMORY));
        refusals_told += status != CFH_OK;
        arena_release(&small);
        ck_assert_uint_eq(small_memory.used, 0);
    }
    ck_assert_uint_ge(refusals_told, 20);
}
END_TEST

START_TEST(every_refusal_inside_libyaml_is_told)
{
    static const char *const files[] = {full, "a: [b\n", "'\n",
                                        "%YAML 1.1\n%TAG ! !x\n---\n!a b: c"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        enum cfh_status expected = read_file(text_of(files[i]));
        size_t n = 0;
        for (bool refused = true; refused; n++) {
            refusing.requests = 0;
            refusing.fail_at = n;
            refusing.refused = false;
            refusing.on = true;
            enum cfh_status status = read_file(text_of(files[i]));
            refusing.on = false;
            refused = refusing.refused;
            ck_assert_msg(status == (refused ? CFH_NO_MEMORY : expected), "%zu: request %zu: %d", i,
                          n, status);
        }
        ck_assert_msg(n > 10, "%zu: %zu requests", i, n); /* libyaml is really asked */
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hunt_yaml");
    TCase *cases = tcase_create("hunt_yaml");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 30);
    tcase_add_test(cases, the_flat_layout);
    tcase_add_test(cases, the_layout_with_tags);
    tcase_add_test(cases, nothing_is_nothing);
    tcase_add_test(cases, aliases_in_what_is_passed_over);
    tcase_add_test(cases, every_style_and_where_it_stands);
    tcase_add_test(cases, macros_in_every_form);
    tcase_add_test(cases, a_refusal_says_what_and_knows_where);
    tcase_add_test(cases, tabs_have_their_advice);
    tcase_add_test(cases, depth_is_bounded_everywhere);
    tcase_add_test(cases, size_is_bounded);
    tcase_add_test(cases, macros_are_bounded);
    tcase_add_test(cases, an_alias_bomb_stays_small);
    tcase_add_test(cases, every_refusal_is_told);
    tcase_add_test(cases, every_refusal_inside_libyaml_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
