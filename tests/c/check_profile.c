#include "profile.h"

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

/* An event with the Data elements of each test, as a CSV body: a doubled quote is one. */
#define DATA(name, value) "<Data Name='" name "'>" value "</Data>"
#define EVENT(provider, computer, data)                                                            \
    "x,_raw\n1,\"<Event><System><Provider Name='" provider                                         \
    "'/><EventID>3</EventID><Computer>" computer "</Computer></System><EventData>" data            \
    "</EventData></Event>\"\n"
#define WINDOWS(data) EVENT("Microsoft-Windows-Sysmon", "box.lan", data)
#define LINUX(data) EVENT("Linux-Sysmon", "tux", data)

static const struct plan_options plain;

static enum cfh_status first_row(struct rows *rows, const char *body,
                                 const struct profile **profile)
{
    const struct model_dataset *traffic =
        model_find(SLICE("Network_Traffic"), SLICE("All_Traffic"));
    const struct sysmon_system *system;
    enum cfh_status status = rows_begin(rows, body);
    if (status == CFH_OK) status = rows_next(rows);
    if (status == CFH_OK) status = record_system(&rows->record, &system);
    if (status != CFH_OK) return status;
    ck_assert_ptr_nonnull(system);
    *profile = model_profile(traffic, system->provider, system->event_id);
    ck_assert_ptr_nonnull(*profile);
    return CFH_OK;
}

static bool gives(const char *body, const struct plan_options *options, const char *name,
                  const char *expected)
{
    struct rows rows;
    const struct profile *profile;
    struct values values;
    rows_init(&rows, &memory);
    ck_assert_int_eq(first_row(&rows, body, &profile), CFH_OK);
    ck_assert_int_eq(profile_values(profile, options, &rows.record, text_of(name), &values),
                     CFH_OK);
    bool is = values_are(values, expected);
    rows_release(&rows);
    return is;
}

/* ---- section 7, column 5709 ---- */

#define FULL                                                                                       \
    DATA("Image", "C:\\Program Files\\cloudflared.exe")                                            \
    DATA("User", "NT AUTHORITY\\SYSTEM")                                                           \
    DATA("Protocol", "TCP")                                                                        \
    DATA("Initiated", "true")                                                                      \
    DATA("SourceIsIpv6", "false")                                                                  \
    DATA("SourceIp", "10.0.1.14")                                                                  \
    DATA("SourceHostname", "box")                                                                  \
    DATA("SourcePort", "50123")                                                                    \
    DATA("DestinationIsIpv6", "false")                                                             \
    DATA("DestinationIp", "198.41.192.7")                                                          \
    DATA("DestinationHostname", "region1.example.com")                                             \
    DATA("DestinationPort", "7844")

struct field {
    const char *name;
    const char *windows, *linux_event; /* of FULL */
    const char *empty;                 /* of an event without data */
};

/* Values before evals: Protocol is not in lower case here, nothing is unknown. */
static const struct field fields[] = {
    {"action", "allowed", "allowed", "allowed"},
    {"app", "C:\\Program Files\\cloudflared.exe", "C:\\Program Files\\cloudflared.exe", NULL},
    {"dest", "region1.example.com", "region1.example.com", NULL},
    {"dest_ip", "198.41.192.7", "198.41.192.7", NULL},
    {"dest_port", "7844", "7844", NULL},
    {"direction", "outbound", "outbound", "inbound"},
    {"dvc", "box.lan", "tux", "box.lan"},
    {"protocol", "ip", "ip", "ip"},
    {"protocol_version", "ipv4", "ipv4", "ipv4"},
    {"src", "box", "box", NULL},
    {"src_ip", "10.0.1.14", "10.0.1.14", NULL},
    {"src_port", "50123", "50123", NULL},
    {"transport", "TCP", "TCP", NULL},
    {"user", "SYSTEM", "NT AUTHORITY\\SYSTEM", NULL}, /* S8: Linux accounts whole */
    {"vendor_product", "Microsoft Sysmon", "Sysmon for Linux", "Microsoft Sysmon"},
    /* what the profile does not set; names are bare, and case counts */
    {"bytes", NULL, NULL, NULL},
    {"vendor", NULL, NULL, NULL},
    {"Image", NULL, NULL, NULL},
    {"Action", NULL, NULL, NULL},
    {"All_Traffic.action", NULL, NULL, NULL},
    {"x", NULL, NULL, NULL}, /* a column of the row */
    {"", NULL, NULL, NULL},
};

START_TEST(S1_to_S9_fields)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        const struct field *f = &fields[i];
        ck_assert_msg(gives(WINDOWS(FULL), &plain, f->name, f->windows), "%s", f->name);
        ck_assert_msg(gives(LINUX(FULL), &plain, f->name, f->linux_event), "Linux: %s", f->name);
        ck_assert_msg(gives(WINDOWS(""), &plain, f->name, f->empty), "empty: %s", f->name);
    }
}
END_TEST

struct reading {
    const char *rule, *body;
    struct plan_options options;
    const char *name, *expected;
};

#define KEEP                                                                                       \
    {                                                                                              \
        .hyphen = PLAN_HYPHEN_KEEP                                                                 \
    }
#define TO_NULL                                                                                    \
    {                                                                                              \
        .hyphen = PLAN_HYPHEN_NULL                                                                 \
    }
#define TO_IP                                                                                      \
    {                                                                                              \
        .hyphen = PLAN_HYPHEN_IP                                                                   \
    }
#define DECODE                                                                                     \
    {                                                                                              \
        .entities = PLAN_ENTITIES_DECODE                                                           \
    }
#define COMPUTER                                                                                   \
    {                                                                                              \
        .dest = PLAN_DEST_COMPUTER                                                                 \
    }

static const struct reading readings[] = {
    /* S4: an empty element gives no field; the first that has a value counts */
    {"S4", WINDOWS(DATA("Image", "")), KEEP, "app", NULL},
    {"S4", WINDOWS("<Data Name='Image'/>"), KEEP, "app", NULL},
    {"S4", WINDOWS(DATA("Image", "") DATA("Image", "b") DATA("Image", "c")), KEEP, "app", "b"},
    {"S4", WINDOWS("<Data Name=\"\"Image\"\">x</Data>"), KEEP, "app", "x"},
    {"S4", WINDOWS(DATA("image", "x")), KEEP, "app", NULL},
    /* direction: true in any case, else inbound */
    {"S7", WINDOWS(DATA("Initiated", "True")), KEEP, "direction", "outbound"},
    {"S7", WINDOWS(DATA("Initiated", "false")), KEEP, "direction", "inbound"},
    {"S7", WINDOWS(DATA("Initiated", "true ")), KEEP, "direction", "inbound"},
    {"S7", WINDOWS(DATA("Initiated", "1")), KEEP, "direction", "inbound"},
    /* protocol_version: either flag */
    {"5709", WINDOWS(DATA("DestinationIsIpv6", "true")), KEEP, "protocol_version", "ipv6"},
    {"5709", WINDOWS(DATA("SourceIsIpv6", "TRUE")), KEEP, "protocol_version", "ipv6"},
    {"5709", WINDOWS(DATA("SourceIsIpv6", "yes")), KEEP, "protocol_version", "ipv4"},
    /* user: behind the last backslash */
    {"5709", WINDOWS(DATA("User", "A\\B\\c")), KEEP, "user", "c"},
    {"5709", WINDOWS(DATA("User", "bob")), KEEP, "user", "bob"},
    {"5709", WINDOWS(DATA("User", "A\\")), KEEP, "user", NULL},
    {"S8", LINUX(DATA("User", "A\\")), KEEP, "user", "A\\"},
    /* S3: no host name gives the address; the hyphen is what the switch says */
    {"S3", WINDOWS(DATA("DestinationIp", "::1")), KEEP, "dest", "::1"},
    {"S3", WINDOWS(DATA("SourceHostname", "") DATA("SourceIp", "::1")), KEEP, "src", "::1"},
    {"S3", WINDOWS(DATA("SourceHostname", "") DATA("SourceIp", "::1")), TO_NULL, "src", "::1"},
    {"S3", WINDOWS(DATA("SourceHostname", "-") DATA("SourceIp", "::1")), KEEP, "src", "-"},
    {"S3", WINDOWS(DATA("SourceHostname", "-") DATA("SourceIp", "::1")), TO_NULL, "src", NULL},
    {"S3", WINDOWS(DATA("SourceHostname", "-") DATA("SourceIp", "::1")), TO_IP, "src", "::1"},
    {"S3", WINDOWS(DATA("SourceHostname", "-")), TO_IP, "src", NULL},
    {"S3", WINDOWS(DATA("SourceHostname", "- ") DATA("SourceIp", "::1")), TO_IP, "src", "- "},
    {"S3", WINDOWS(DATA("SourceHostname", "h") DATA("SourceIp", "::1")), TO_NULL, "src", "h"},
    {"S3", WINDOWS(DATA("DestinationHostname", "-") DATA("DestinationIp", "::1")), TO_IP, "dest",
     "::1"},
    {"S3", LINUX(DATA("DestinationHostname", "-") DATA("DestinationIp", "::1")), TO_NULL, "dest",
     NULL},
    {"S3", WINDOWS(DATA("User", "-")), TO_NULL, "user", "-"},       /* host names only */
    {"S3", WINDOWS(DATA("SourceIp", "-")), TO_NULL, "src_ip", "-"}, /* no host name */
    /* S10 */
    {"S10", WINDOWS(FULL), COMPUTER, "dest", "box.lan"},
    {"S10", WINDOWS(FULL), COMPUTER, "src", "box"},
    {"S10", LINUX(FULL), COMPUTER, "dest", "tux"},
    {"S10", EVENT("Linux-Sysmon", "", FULL), COMPUTER, "dest", NULL},
    {"S10", EVENT("Linux-Sysmon", "", FULL), KEEP, "dvc", NULL},
    /* S4, S11: entities stay, or are decoded once, before anything looks at them */
    {"S11", WINDOWS(DATA("Image", "a &amp;&gt; b")), KEEP, "app", "a &amp;&gt; b"},
    {"S4", WINDOWS(DATA("Image", "a &amp;&gt; b")), DECODE, "app", "a &> b"},
    {"S4", WINDOWS(DATA("Image", "&amp;lt;")), DECODE, "app", "&lt;"},
    {"S4", WINDOWS(DATA("User", "A&#92;b")), DECODE, "user", "b"},
    {"S11", WINDOWS(DATA("User", "A&#92;b")), KEEP, "user", "A&#92;b"},
    {"S4", WINDOWS(DATA("Initiated", "tru&#101;")), DECODE, "direction", "outbound"},
    {"S4", WINDOWS(DATA("SourceIsIpv6", "&#116;rue")), DECODE, "protocol_version", "ipv6"},
    {"S4", EVENT("Linux-Sysmon", "a&amp;b", ""), DECODE, "dvc", "a&b"},
    {"S11", EVENT("Linux-Sysmon", "a&amp;b", ""), KEEP, "dvc", "a&amp;b"},
    {"S4",
     WINDOWS(DATA("SourceHostname", "&#45;") DATA("SourceIp", "::1")),
     {.entities = PLAN_ENTITIES_DECODE, .hyphen = PLAN_HYPHEN_IP},
     "src",
     "::1"},
    {"S4",
     EVENT("Linux-Sysmon", "a&amp;b", ""),
     {.entities = PLAN_ENTITIES_DECODE, .dest = PLAN_DEST_COMPUTER},
     "dest",
     "a&b"},
};

START_TEST(S3_S4_S7_S8_S10_S11_readings)
{
    for (size_t i = 0; i < COUNT_OF(readings); i++) {
        const struct reading *r = &readings[i];
        ck_assert_msg(gives(r->body, &r->options, r->name, r->expected), "row %zu, %s: %s of %s", i,
                      r->rule, r->name, r->body);
    }
}
END_TEST

START_TEST(a_value_has_one_text_and_lives_as_long_as_the_row)
{
    struct rows rows;
    const struct profile *profile;
    struct values values[COUNT_OF(fields)];
    rows_init(&rows, &memory);
    ck_assert_int_eq(first_row(&rows, WINDOWS(FULL), &profile), CFH_OK);
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        ck_assert_int_eq(
            profile_values(profile, &plain, &rows.record, text_of(fields[i].name), &values[i]),
            CFH_OK);
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        ck_assert(values_are(values[i], fields[i].windows));
        ck_assert_uint_le(values[i].count, 1);
    }
    rows_release(&rows);
}
END_TEST

/* ---- refused memory ---- */

START_TEST(every_refusal_is_told)
{
    static const char body[] =
        EVENT("Microsoft-Windows-Sysmon", "a&amp;b",
              DATA("Image", "&lt;") DATA("User", "&lt;\\&gt;") DATA("Initiated", "&#116;rue")
                  DATA("SourceHostname", "&#45;") DATA("SourceIp", "&#58;:1")
                      DATA("SourceIsIpv6", "&#49;") DATA("DestinationIsIpv6", "&#50;"));
    static const struct plan_options options = {.entities = PLAN_ENTITIES_DECODE,
                                                .hyphen = PLAN_HYPHEN_IP};
    size_t refusals = 0;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct failing_source failing = {.refused = true};
        for (size_t n = 0; failing.refused; n++) {
            failing = (struct failing_source){.fail_at = n};
            struct memory refusing = failing_memory(&failing);
            struct rows rows;
            const struct profile *profile;
            struct values values;
            rows_init(&rows, &refusing);
            rows.record.scratch.block_size = 1; /* a block for each request */
            enum cfh_status status = first_row(&rows, body, &profile);
            if (status == CFH_OK)
                status = profile_values(profile, &options, &rows.record, text_of(fields[i].name),
                                        &values);
            ck_assert(status == CFH_OK || (failing.refused && status == CFH_NO_MEMORY));
            refusals += status != CFH_OK;
            rows_release(&rows);
            ck_assert_uint_eq(refusing.used, 0);
        }
    }
    ck_assert_uint_ge(refusals, 4 * COUNT_OF(fields));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("profile");
    TCase *cases = tcase_create("profile");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, S1_to_S9_fields);
    tcase_add_test(cases, S3_S4_S7_S8_S10_S11_readings);
    tcase_add_test(cases, a_value_has_one_text_and_lives_as_long_as_the_row);
    tcase_add_test(cases, every_refusal_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
