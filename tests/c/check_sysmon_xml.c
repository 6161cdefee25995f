#include "sysmon_xml.h"

#include <check.h>
#include <stdlib.h>

#include "test_memory.h"

enum { BLOCK_SIZE = 1024 };

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* ---- the head ---- */

#define WINDOWS                                                                                    \
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"                \
    "<Provider Name='Microsoft-Windows-Sysmon' Guid='{5770385F-C22A-43E0-BF4C-06F5698FFBD9}'/>"    \
    "<EventID>3</EventID><Version>5</Version><Level>4</Level><Correlation/>"                       \
    "<TimeCreated SystemTime='2023-01-29T11:33:00.223442500Z'/>"                                   \
    "<Execution ProcessID='3144' ThreadID='9240'/><Computer>box.lan.local</Computer>"              \
    "<Security UserID='S-1-5-18'/></System>"
#define LINUX                                                                                      \
    "<Event><System><Provider Name=\"Linux-Sysmon\" Guid=\"{ff032593}\"/><EventID>3</EventID>"     \
    "<TimeCreated SystemTime=\"2022-08-11T15:41:23.128927000Z\"/><Computer>tux</Computer>"         \
    "</System>"
#define DATA "<EventData><Data Name='Image'>a</Data></EventData></Event>"

struct head {
    const char *raw;
    bool found;
    const char *provider, *event_id, *system_time, *computer, *rest;
};

static const struct head heads[] = {
    {WINDOWS DATA, true, "Microsoft-Windows-Sysmon", "3", "2023-01-29T11:33:00.223442500Z",
     "box.lan.local", DATA},
    {LINUX DATA, true, "Linux-Sysmon", "3", "2022-08-11T15:41:23.128927000Z", "tux", DATA},
    /* what stands before the event */
    {"Aug 11 15:41:23 tux sysmon[33]: " LINUX, true, "Linux-Sysmon", "3",
     "2022-08-11T15:41:23.128927000Z", "tux", ""},
    {"<Events><EventData/><Event<Event\n>" LINUX, true, "Linux-Sysmon", "3",
     "2022-08-11T15:41:23.128927000Z", "tux", ""},
    {"<?xml version='1.0'?><Event><System></System>", true, "", "", "", "", ""},
    /* no event */
    {"", false, "", "", "", "", ""},
    {"<Event", false, "", "", "", "", ""},
    {"<Event>", false, "", "", "", "", ""},
    {"<Event/><System></System>", false, "", "", "", "", ""},
    {"<Event><EventData></EventData></Event><Event><System></System></Event>", false, "", "", "",
     "", ""},
    {"<EventData><System><EventID>3</EventID></System>", false, "", "", "", "", ""},
    {"<Event></System>", false, "", "", "", "", ""},
    {"<Event><System/></System>", false, "", "", "", "", ""},
    {"<Event><Systems></System>", false, "", "", "", "", ""},
    {"<Event><System><EventID>3</EventID>", false, "", "", "", "", ""},
    {"<Event><System><EventID>3</EventID></Syste", false, "", "", "", "", ""},
    /* only inside <System> */
    {"<Event><EventID>1</EventID><System><EventID>3</EventID></System><EventID>4</EventID>", true,
     "", "3", "", "", "<EventID>4</EventID>"},
    {"<Event><System></System><Computer>c</Computer>", true, "", "", "", "",
     "<Computer>c</Computer>"},
    {"<Event a='<System><EventID>1</EventID>' ><System b='>'><EventID>3</EventID></System>", true,
     "", "3", "", "", ""},
    /* names are whole names */
    {"<Event><System><EventIDs>1</EventIDs><EventID2>2</EventID2><EventRecordID>4</EventRecordID>"
     "<EventID>3</EventID></System>",
     true, "", "3", "", "", ""},
    {"<Event><System><Provider EventSourceName='no' FullName='no' name='no' Name='yes'/></System>",
     true, "yes", "", "", "", ""},
    /* attributes */
    {"<Event><System><EventID Qualifiers='16384'>7036</EventID></System>", true, "", "7036", "", "",
     ""},
    {"<Event><System><EventID Qualifiers=\"\">7036</EventID></System>", true, "", "7036", "", "",
     ""},
    {"<Event><System><Provider\r\n\tGuid='{1}'\n Name = \"a'b>c\" /></System>", true, "a'b>c", "",
     "", "", ""},
    {"<Event><System><Provider Name='a' Name='b'></Provider></System>", true, "a", "", "", "", ""},
    {"<Event><System><Provider Name=a/><Provider Name/><Provider ='b'/></System>", true, "", "", "",
     "", ""},
    {"<Event><System><Provider Name='<EventID>1</EventID>'/><EventID>3</EventID></System>", true,
     "<EventID>1</EventID>", "3", "", "", ""},
    {"<Event><System><Other a='<EventID>1</EventID>'/><EventID>3</EventID></System>", true, "", "3",
     "", "", ""},
    /* absent, empty, twice: the first that has a value */
    {"<Event><System><EventID/><EventID></EventID><EventID>3</EventID><EventID>4</EventID>"
     "<Computer/><TimeCreated/><Provider Name=''/></System>",
     true, "", "3", "", "", ""},
    {"<Event><System><EventID> 3 </EventID><Computer>a&amp;b</Computer></System>", true, "", " 3 ",
     "", "a&amp;b", ""},
    /* broken */
    {"<Event><System><EventID>3<b/></EventID><Computer>c</Computer></System>", true, "", "", "",
     "c", ""},
    {"<Event><System><EventID 3</EventID><Computer>c</Computer></System>", true, "", "", "", "c",
     ""},
    {"<Event><System><EventID <EventID>3</EventID></System>", true, "", "3", "", "", ""},
    {"<Event><System><Provider Name='x' <EventID>3</EventID></System>", true, "", "3", "", "", ""},
    {"<Event><System><EventID>3</EventID><Provider Name='x/><Computer>c</Computer></System>"
     "<Data Name='d'>v</Data>",
     true, "", "3", "", "", "<Data Name='d'>v</Data>"},
    {"<Event><System><</System>", true, "", "", "", "", ""},
    {"<Event><System><EventID</System>", true, "", "", "", "", ""},
};

START_TEST(reading_heads)
{
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        const struct head *head = &heads[i];
        struct sysmon_system system;
        bool found = sysmon_xml_system(text_of(head->raw), &system);
        ck_assert_msg(found == head->found, "%s", head->raw);
        ck_assert_msg(slice_is(system.provider, head->provider), "provider of %s", head->raw);
        ck_assert_msg(slice_is(system.event_id, head->event_id), "event id of %s", head->raw);
        ck_assert_msg(slice_is(system.system_time, head->system_time), "time of %s", head->raw);
        ck_assert_msg(slice_is(system.computer, head->computer), "computer of %s", head->raw);
        ck_assert_msg(slice_is(system.rest, head->rest), "rest of %s", head->raw);
    }
    struct sysmon_system system;
    ck_assert(!sysmon_xml_system((struct slice){NULL, 0}, &system));
}
END_TEST

/* ---- Data ---- */

struct data_case {
    const char *rest;
    const char *found; /* name=value, each closed by a bar */
};

static const struct data_case data_cases[] = {
    {"<EventData><Data Name='Image'>C:\\a.exe</Data><Data Name=\"User\">A\\b</Data></EventData>"
     "</Event>",
     "Image=C:\\a.exe|User=A\\b|"},
    /* no value: no field */
    {"<Data Name='a'></Data><Data Name='b'/><Data Name='c' /><Data>d</Data><Data/><Data "
     "Name=''>e</Data><Data Name='f'>g</Data>",
     "f=g|"},
    /* a value is everything up to </Data> */
    {"<Data Name='a'>x\r\ny\n</Data><Data Name='b'> </Data>", "a=x\r\ny\n|b= |"},
    {"<Data Name='a'>1 < 2 <b>&amp;</b> <Data Name='n'>v</Data><Data Name='c'>3</Data>",
     "a=1 < 2 <b>&amp;</b> <Data Name='n'>v|c=3|"},
    {"<Data Name='a'>x</Event></Data></Event><Data Name='b'>y</Data>", "a=x</Event>|"},
    {"<Data Name='a'>x</data></Dat></Data >y</Data>", "a=x</data></Dat></Data >y|"},
    /* tags */
    {"<DataFoo Name='a'>x</DataFoo><Datas/><data Name='b'>y</data><Data Name='c'>z</Data>", "c=z|"},
    {"<Data\tType='t>' Name='a' x>y</Data>", "a=y|"},
    {"<Data Name='a' >x</Data><Data Name='b' x>y</Data><Data Name='c'x>z</Data>", "a=x|b=y|c=z|"},
    {"<Data Name='a'", ""},
    {"<Data Nam='a' Name='b'>y</Data><Data XName='c'>z</Data>", "b=y|"},
    {"<Data Name='a<b>\"'>y</Data>", "a<b>\"=y|"},
    {"<Data Name=a>y</Data><Data Name='b'>z</Data>", "b=z|"},
    {"<Data <Data Name='a'>y</Data>", "a=y|"},
    {"<ComplexData Name='a'>x</ComplexData><Binary>00</Binary><Data Name='b'>y</Data>", "b=y|"},
    /* the event's end */
    {"</Event><Data Name='a'>x</Data>", ""},
    {"<UserData><LogFileCleared xmlns='x'><Channel>Security</Channel></LogFileCleared></UserData>"
     "</Event>\n<Event><EventData><Data Name='a'>x</Data>",
     ""},
    {"", ""},
    {"no tag", ""},
    /* cut short */
    {"<Data Name='a'>x</Data><Data Name='b'>y", "a=x|"},
    {"<Data Name='a'>x</Data><Data Name='b'>y</Data", "a=x|"},
    {"<Data Name='a'>x</Data><Data Name='b'", "a=x|"},
    {"<Data Name='a'>x</Data><Data Name='b>y</Data>", "a=x|"},
    {"<Data Name='a'>x</Data><Data", "a=x|"},
    {"<Data Name='a'>x</Data><", "a=x|"},
};

static void append_data(char *found, const struct sysmon_data *data)
{
    strncat(found, data->name.bytes, data->name.length);
    strcat(found, "=");
    strncat(found, data->value.bytes, data->value.length);
    strcat(found, "|");
}

START_TEST(reading_data)
{
    for (size_t i = 0; i < COUNT_OF(data_cases); i++) {
        struct slice rest = text_of(data_cases[i].rest);
        struct sysmon_data data;
        char found[256] = "";
        while (sysmon_xml_next_data(&rest, &data))
            append_data(found, &data);
        ck_assert_str_eq(found, data_cases[i].found);
        ck_assert_uint_eq(rest.length, 0);
        ck_assert(!sysmon_xml_next_data(&rest, &data));
    }
    struct slice nothing = {NULL, 0};
    struct sysmon_data data;
    ck_assert(!sysmon_xml_next_data(&nothing, &data));
}
END_TEST

/* NUL and bytes that are no UTF-8 are bytes like any other. */
START_TEST(odd_bytes)
{
    struct slice raw = SLICE("\xff\0<Event><System><EventID>\0\xff</EventID></System>"
                             "<Data Name='a\0'>\0\x1b\xc3</Data></Event>");
    struct sysmon_system system;
    struct sysmon_data data;
    ck_assert(sysmon_xml_system(raw, &system));
    ck_assert_uint_eq(system.event_id.length, 2);
    ck_assert_mem_eq(system.event_id.bytes, "\0\xff", 2);
    ck_assert(sysmon_xml_next_data(&system.rest, &data));
    ck_assert_uint_eq(data.name.length, 2);
    ck_assert_uint_eq(data.value.length, 3);
    ck_assert_mem_eq(data.value.bytes, "\0\x1b\xc3", 3);
}
END_TEST

/* Every front part of an event is read without a step beyond it (under the address sanitizer). */
START_TEST(cut_events)
{
    const char text[] = "<Event a='b'>" WINDOWS DATA;
    for (size_t length = 0; length < sizeof(text); length++) {
        char *exact = malloc(length > 0 ? length : 1);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, text, length);
        struct sysmon_system system;
        struct sysmon_data data;
        size_t count = 0;
        if (sysmon_xml_system((struct slice){exact, length}, &system)) {
            while (sysmon_xml_next_data(&system.rest, &data))
                count++;
        }
        ck_assert_uint_le(count, 1);
        free(exact);
    }
}
END_TEST

/* ---- hostile texts ---- */

enum { REPEATS = 100000 };

struct hostile {
    const char *before, *repeated, *after;
    bool head;
};

/* Read as they should be, each takes milliseconds; a reader that goes back, even once a tag, would
 * need minutes. The suite's time limit is the judge. */
static const struct hostile hostile[] = {
    {"", "<Event", "", false},
    {"", "<Event>", "", false},
    {"", "<Event><System>", "", false},
    {"<Event><System>", "<a>", "</System>", true},
    {"<Event><System>", "<EventID>", "</System>", true},
    {"<Event><System>", "<EventID", "</System>", true},
    {"<Event><System>", "<EventID>3", "</System>", true},
    {"<Event><System>", "<EventID>3</EventID>", "</System>", true},
    {"<Event><System>", "<Provider Name='", "</System>", true},
    {"<Event><System>", "<Provider Name='\"", "</System>", true},
    {"<Event><System><Provider ", "Name=", "/></System>", true},
    {"<Event><System><Provider ", "Name='' ", "/></System>", true},
    {"<Event><System><Provider", "NNNNNNNNNN", "='x'/></System>", true},
    {"<Event><System><Provider Name='x", "NNNNNNNNNN", "'/></System>", true},
    {"<Event><System>", "</EventID", "</System>", true},
    {"<Event>", "<System", "</System>", false},
    {"<Event><System></System>", "<Data Name='a'>", "", true},
    {"<Event><System></System>", "<Data Name='a'>", "</Data>", true},
    {"<Event><System></System>", "<Data Name='", "", true},
    {"<Event><System></System>", "<Data Name='\"", "", true},
    {"<Event><System></System>", "<Data Name=\"'", "", true},
    {"<Event><System></System>", "<Data ", "", true},
    {"<Event><System></System>", "<Data/>", "", true},
    {"<Event><System></System>", "<Data></Data>", "", true},
    {"<Event><System></System>", "<DataFoo>", "", true},
    {"<Event><System></System><Data Name='x'>", "</Data", "", true},
    {"<Event><System></System><Data ", "NameNameNa", "='x'>y</Data>", true},
    {"<Event><System></System>", "<<<<<<<<<<", "", true},
    {"<Event><System></System>", "</Event", "", true},
};

static struct slice hostile_text(const struct hostile *shape, char **bytes)
{
    size_t before = strlen(shape->before), repeated = strlen(shape->repeated);
    size_t after = strlen(shape->after);
    size_t length = before + repeated * REPEATS + after;
    *bytes = malloc(length);
    ck_assert_ptr_nonnull(*bytes);
    memcpy(*bytes, shape->before, before);
    for (size_t i = 0; i < REPEATS; i++)
        memcpy(*bytes + before + i * repeated, shape->repeated, repeated);
    memcpy(*bytes + length - after, shape->after, after);
    return (struct slice){*bytes, length};
}

START_TEST(hostile_texts)
{
    for (size_t i = 0; i < COUNT_OF(hostile); i++) {
        char *bytes;
        struct sysmon_system system;
        struct sysmon_data data;
        size_t before = SIZE_MAX;
        bool found = sysmon_xml_system(hostile_text(&hostile[i], &bytes), &system);
        ck_assert_msg(found == hostile[i].head, "%s%s...", hostile[i].before, hostile[i].repeated);
        while (sysmon_xml_next_data(&system.rest, &data)) {
            ck_assert_uint_lt(system.rest.length, before);
            before = system.rest.length;
        }
        free(bytes);
    }
}
END_TEST

/* ---- entities ---- */

struct decoding {
    const char *text, *decoded;
};

static const struct decoding decodings[] = {
    {"", ""},
    {"plain", "plain"},
    {"&amp;", "&"},
    {"&lt;&gt;&amp;&quot;&apos;", "<>&\"'"},
    {"a &amp;&amp; b &gt; c", "a && b > c"},
    {"&amp;lt;", "&lt;"}, /* once */
    {"&#38;lt;", "&lt;"},
    {"&&amp;&", "&&&"},
    {"&#65;&#x42;&#x63;&#0065;", "ABcA"},
    {"x&#10;y&#xD;", "x\ny\r"},
    {"&#127;&#128;&#x7FF;&#x800;", "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80"},
    {"&#xFFFF;&#x10000;&#x10fFfF;", "\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
    {"&#xD7FF;&#xE000;", "\xed\x9f\xbf\xee\x80\x80"},
    /* left as they are */
    {"&", "&"},
    {"&amp", "&amp"},
    {"&AMP;", "&AMP;"},
    {"&nbsp;", "&nbsp;"},
    {"& amp;", "& amp;"},
    {"&#;", "&#;"},
    {"&#x;", "&#x;"},
    {"&#X41;", "&#X41;"},
    {"&#6 5;", "&#6 5;"},
    {"&#65", "&#65"},
    {"&#-65;", "&#-65;"},
    {"&#6F;", "&#6F;"},
    {"&#xG;", "&#xG;"},
    {"&#xD800;&#xDFFF;", "&#xD800;&#xDFFF;"},
    {"&#x110000;", "&#x110000;"},
    {"&#4294967361;", "&#4294967361;"}, /* 2^32 + 65 */
    {"&#99999999999999999999999999;", "&#99999999999999999999999999;"},
    {"&#x110000;&lt;&bad;&gt;&", "&#x110000;<&bad;>&"},
};

/* In a block of exactly its size, so that a step beyond its end is caught. */
static struct slice exact_copy(const char *text, char **bytes)
{
    size_t length = strlen(text);
    *bytes = malloc(length > 0 ? length : 1);
    ck_assert_ptr_nonnull(*bytes);
    memcpy(*bytes, text, length);
    return (struct slice){*bytes, length};
}

START_TEST(decoding_entities)
{
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct arena scratch;
    arena_init(&scratch, &memory, BLOCK_SIZE);
    for (size_t i = 0; i < COUNT_OF(decodings); i++) {
        char *exact;
        struct slice text = exact_copy(decodings[i].text, &exact), decoded;
        ck_assert(sysmon_xml_decode(text, &scratch, &decoded));
        ck_assert_msg(slice_is(decoded, decodings[i].decoded), "%s became %.*s", decodings[i].text,
                      (int)decoded.length, decoded.bytes);
        bool changed = strcmp(decodings[i].text, decodings[i].decoded) != 0;
        ck_assert_msg((decoded.bytes == text.bytes) == !changed, "%s", decodings[i].text);
        free(exact);
    }
    struct slice decoded;
    ck_assert(sysmon_xml_decode((struct slice){NULL, 0}, &scratch, &decoded));
    ck_assert_uint_eq(decoded.length, 0);
    ck_assert(sysmon_xml_decode(SLICE("a&#0;\0b"), &scratch, &decoded));
    ck_assert_uint_eq(decoded.length, 4);
    ck_assert_mem_eq(decoded.bytes, "a\0\0b", 4);
    arena_release(&scratch);
}
END_TEST

/* Each numeric reference has as many digits as the text is long, or nearly: no step may be taken
 * twice. */
START_TEST(hostile_entities)
{
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct arena scratch;
    arena_init(&scratch, &memory, BLOCK_SIZE);
    static const char *const shapes[] = {"&#1", "&#x", "&", "&amp", "&#38;", "1"};
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct hostile shape = {.before = "&#", .repeated = shapes[i], .after = ";"};
        char *bytes;
        struct slice text = hostile_text(&shape, &bytes), decoded;
        ck_assert(sysmon_xml_decode(text, &scratch, &decoded));
        ck_assert_uint_le(decoded.length, text.length);
        free(bytes);
    }
    arena_release(&scratch);
}
END_TEST

START_TEST(every_refusal_is_told)
{
    for (size_t n = 0;; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory memory = failing_memory(&failing);
        struct arena scratch;
        arena_init(&scratch, &memory, BLOCK_SIZE);
        struct slice decoded;
        ck_assert(sysmon_xml_decode(SLICE("a &bad; b"), &scratch, &decoded));
        bool done = sysmon_xml_decode(SLICE("a &amp; b"), &scratch, &decoded);
        ck_assert(done != failing.refused);
        if (done) ck_assert(slice_is(decoded, "a & b"));
        arena_release(&scratch);
        ck_assert_uint_eq(memory.used, 0);
        if (done) {
            ck_assert_uint_eq(n, 1);
            break;
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sysmon_xml");
    TCase *cases = tcase_create("sysmon_xml");
    tcase_add_test(cases, reading_heads);
    tcase_add_test(cases, reading_data);
    tcase_add_test(cases, odd_bytes);
    tcase_add_test(cases, cut_events);
    tcase_add_test(cases, hostile_texts);
    tcase_add_test(cases, decoding_entities);
    tcase_add_test(cases, hostile_entities);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
