#include "model.h"

#include <check.h>
#include <stdlib.h>

#include "test_rows.h"

static const struct model_dataset *all_traffic(void)
{
    const struct model_dataset *found = model_find(SLICE("Network_Traffic"), SLICE("All_Traffic"));
    ck_assert_ptr_nonnull(found);
    return found;
}

START_TEST(datasets_are_found_by_their_names_as_Splunk_writes_them)
{
    ck_assert_str_eq(all_traffic()->model, "Network_Traffic");
    ck_assert_str_eq(all_traffic()->dataset, "All_Traffic");
    struct slice none = {NULL, 0};
    ck_assert_ptr_eq(model_find(SLICE("Network_Traffic"), none), all_traffic());
    ck_assert_ptr_null(model_find(SLICE("Network_Traffic"), SLICE("Blocked_Traffic")));
    ck_assert_ptr_null(model_find(SLICE("network_traffic"), SLICE("All_Traffic")));
    ck_assert_ptr_null(model_find(SLICE("Network_Traffic"), SLICE("all_traffic")));
    ck_assert_ptr_null(model_find(SLICE("Web"), none));
    ck_assert_ptr_null(model_find(none, none));
}
END_TEST

struct rule {
    const char *field;
    enum model_rule rule;
};

/* The table of section 6, and the inputs of M2. */
static const struct rule rules[] = {
    {"action", MODEL_UNKNOWN},
    {"app", MODEL_AS_IT_COMES},
    {"dest", MODEL_UNKNOWN},
    {"dest_ip", MODEL_AS_IT_COMES},
    {"dest_port", MODEL_NUMBER_OR_ZERO},
    {"direction", MODEL_AS_IT_COMES},
    {"dvc", MODEL_UNKNOWN},
    {"protocol", MODEL_AS_IT_COMES},
    {"protocol_version", MODEL_AS_IT_COMES},
    {"src", MODEL_UNKNOWN},
    {"src_ip", MODEL_AS_IT_COMES},
    {"src_port", MODEL_NUMBER_OR_ZERO},
    {"transport", MODEL_UNKNOWN_LOWER},
    {"user", MODEL_UNKNOWN},
    {"vendor_product", MODEL_VENDOR_PRODUCT},
    {"vendor", MODEL_INPUT},
    {"product", MODEL_INPUT},
};

START_TEST(M1_M2_each_field_has_its_eval)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        size_t field = model_field_index(all_traffic(), text_of(rules[i].field));
        ck_assert_msg(field != MODEL_NO_FIELD, "%s", rules[i].field);
        ck_assert_msg(all_traffic()->fields[field].rule == rules[i].rule, "%s", rules[i].field);
    }
    ck_assert_uint_eq(model_field_index(all_traffic(), SLICE("Dest")), MODEL_NO_FIELD);
    ck_assert_uint_eq(model_field_index(all_traffic(), SLICE("temp")), MODEL_NO_FIELD);
    ck_assert_uint_eq(model_field_index(all_traffic(), SLICE("")), MODEL_NO_FIELD);
    ck_assert_uint_eq(model_field_index(all_traffic(), SLICE("_time")), MODEL_NO_FIELD);
}
END_TEST

START_TEST(each_field_stands_once)
{
    for (size_t i = 0; i < all_traffic()->field_count; i++)
        ck_assert_uint_eq(model_field_index(all_traffic(), text_of(all_traffic()->fields[i].name)),
                          i);
}
END_TEST

struct nearest {
    const char *name, *nearest;
};

static const struct nearest nearest_fields[] = {
    {"dest_prot", "dest_port"}, {"DEST_PORT", "dest_port"},
    {"protokol", "protocol"},   {"usr", "user"},
    {"srcport", "src_port"},
};

START_TEST(the_nearest_name)
{
    for (size_t i = 0; i < COUNT_OF(nearest_fields); i++) {
        const char *nearest = model_nearest_field(all_traffic(), text_of(nearest_fields[i].name));
        ck_assert_str_eq(nearest, nearest_fields[i].nearest);
    }
    /* the name itself, unless it is an input */
    for (size_t i = 0; i < all_traffic()->field_count; i++) {
        const struct model_field *field = &all_traffic()->fields[i];
        const char *nearest = model_nearest_field(all_traffic(), text_of(field->name));
        ck_assert((strcmp(nearest, field->name) == 0) == (field->rule != MODEL_INPUT));
    }
    char huge[200];
    memset(huge, 'x', sizeof(huge));
    struct slice name = {huge, sizeof(huge)};
    ck_assert_ptr_nonnull(model_nearest_field(all_traffic(), name));
    ck_assert_str_eq(model_nearest(name), "Network_Traffic");
    ck_assert_str_eq(model_nearest(SLICE("Network_Trafic")), "Network_Traffic");
}
END_TEST

/* ---- profiles ---- */

struct event {
    const char *provider, *event_id;
    const char *vendor_product; /* NULL: no profile */
};

static const struct event events[] = {
    {"Microsoft-Windows-Sysmon", "3", "Microsoft Sysmon"},
    {"Linux-Sysmon", "3", "Sysmon for Linux"},
    {"Microsoft-Windows-Sysmon", "1", NULL},
    {"Microsoft-Windows-Sysmon", "03", NULL},
    {"Microsoft-Windows-Sysmon", " 3", NULL},
    {"Microsoft-Windows-Sysmon", "33", NULL},
    {"Microsoft-Windows-Sysmon", "", NULL},
    {"microsoft-windows-sysmon", "3", NULL},
    {"Microsoft-Windows-Sysmon/Operational", "3", NULL},
    {"Microsoft-Windows-Security-Auditing", "3", NULL},
    {"", "3", NULL},
};

START_TEST(S1_S8_S9_a_profile_is_a_provider_and_an_event_id)
{
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        const struct profile *profile =
            model_profile(all_traffic(), text_of(events[i].provider), text_of(events[i].event_id));
        ck_assert_msg((profile != NULL) == (events[i].vendor_product != NULL), "row %zu", i);
        if (profile != NULL)
            ck_assert_str_eq(profile_find_field(profile, "vendor_product")->from,
                             events[i].vendor_product);
    }
    ck_assert(model_knows_provider(all_traffic(), SLICE("Microsoft-Windows-Sysmon")));
    ck_assert(model_knows_provider(all_traffic(), SLICE("Linux-Sysmon")));
    ck_assert(!model_knows_provider(all_traffic(), SLICE("linux-sysmon")));
    ck_assert(!model_knows_provider(all_traffic(), SLICE("")));
}
END_TEST

START_TEST(S2_a_profile_fills_all_fifteen_fields)
{
    for (size_t i = 0; i < all_traffic()->profile_count; i++) {
        const struct profile *profile = &all_traffic()->profiles[i];
        for (size_t j = 0; j < 15; j++)
            ck_assert_msg(profile_find_field(profile, rules[j].field) != NULL, "%s",
                          rules[j].field);
        for (size_t j = 0; j < profile->field_count; j++)
            ck_assert_uint_ne(model_field_index(all_traffic(), text_of(profile->fields[j].name)),
                              MODEL_NO_FIELD);
        ck_assert_ptr_null(profile_find_field(profile, "vendor"));
        ck_assert_ptr_null(profile_find_field(profile, "Dest"));
    }
}
END_TEST

START_TEST(W17_metadata)
{
    static const char *const metadata[] = {"_time", "index",    "source",   "sourcetype",
                                           "host",  "nodename", "linecount"};
    static const char *const others[] = {"", "_raw", "time", "Host", "All_Traffic.host", "dest"};
    for (size_t i = 0; i < COUNT_OF(metadata); i++)
        ck_assert_msg(model_is_metadata(text_of(metadata[i])), "%s", metadata[i]);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        ck_assert_msg(!model_is_metadata(text_of(others[i])), "%s", others[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model");
    TCase *cases = tcase_create("model");
    tcase_add_test(cases, datasets_are_found_by_their_names_as_Splunk_writes_them);
    tcase_add_test(cases, M1_M2_each_field_has_its_eval);
    tcase_add_test(cases, each_field_stands_once);
    tcase_add_test(cases, the_nearest_name);
    tcase_add_test(cases, S1_S8_S9_a_profile_is_a_provider_and_an_event_id);
    tcase_add_test(cases, S2_a_profile_fills_all_fifteen_fields);
    tcase_add_test(cases, W17_metadata);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
