#include "model.h"

#include <check.h>
#include <stdlib.h>

#include "test_rows.h"
#include "text.h"

static const struct model_dataset *const tables[] = {model_network, model_endpoint, model_identity};

static const struct model_dataset *find(const char *model, const char *dataset)
{
    const struct model_dataset *found = model_find(text_of(model), text_of(dataset));
    ck_assert_msg(found != NULL, "%s.%s", model, dataset);
    return found;
}

/* ---- datasets ---- */

struct lineage {
    const char *model, *path;
    const char *constraint;
    size_t fields; /* its own, without inputs */
};

/* Every dataset, in the order of the tables. */
static const struct lineage lineages[] = {
    {"Network_Traffic", "All_Traffic", NULL, 63},
    {"Network_Traffic", "All_Traffic.Traffic_By_Action", "action=*", 0},
    {"Network_Traffic", "All_Traffic.Traffic_By_Action.Allowed_Traffic", "action=allowed", 0},
    {"Network_Traffic", "All_Traffic.Traffic_By_Action.Blocked_Traffic", "action=blocked", 0},
    {"Network_Resolution", "DNS", NULL, 29},
    {"Network_Sessions", "All_Sessions", NULL, 25},
    {"Network_Sessions", "All_Sessions.Session_Start", "tag=start", 0},
    {"Network_Sessions", "All_Sessions.Session_End", "tag=end", 0},
    {"Network_Sessions", "All_Sessions.DHCP", "tag=dhcp", 2},
    {"Network_Sessions", "All_Sessions.VPN", "tag=vpn", 0},
    {"Web", "Web", NULL, 38},
    {"Web", "Web.Proxy", "tag=proxy", 0},
    {"Web", "Web.Storage", "tag=storage", 3},
    {"Intrusion_Detection", "IDS_Attacks", NULL, 31},
    {"Intrusion_Detection", "IDS_Attacks.Application_IDS_Attacks", "ids_type=application", 0},
    {"Intrusion_Detection", "IDS_Attacks.Host_IDS_Attacks", "ids_type=host", 0},
    {"Intrusion_Detection", "IDS_Attacks.Network_IDS_Attacks", "ids_type=network", 0},
    {"Certificates", "All_Certificates", NULL, 14},
    {"Certificates", "All_Certificates.SSL", "tag=ssl OR tag=tls", 32},
    {"Endpoint", "Processes", NULL, 35},
    {"Endpoint", "Services", NULL, 32},
    {"Endpoint", "Filesystem", NULL, 24},
    {"Endpoint", "Registry", NULL, 24},
    {"Endpoint", "Ports", NULL, 28},
    {"Change", "All_Changes",
     "NOT (object_category=file OR object_category=directory OR object_category=registry)", 31},
    {"Change", "All_Changes.Auditing_Changes", "tag=audit", 0},
    {"Change", "All_Changes.Endpoint_Changes", "tag=endpoint", 0},
    {"Change", "All_Changes.Endpoint_Changes.Endpoint_Restarts",
     "action=modified change_type=restart", 0},
    {"Change", "All_Changes.Endpoint_Changes.Other_Endpoint_Changes", "NOT change_type=restart", 0},
    {"Change", "All_Changes.Network_Changes", "tag=network", 7},
    {"Change", "All_Changes.Network_Changes.Device_Restarts", "action=modified change_type=restart",
     0},
    {"Change", "All_Changes.Account_Management", "tag=account", 8},
    {"Change", "All_Changes.Account_Management.Accounts_Created", "action=created", 0},
    {"Change", "All_Changes.Account_Management.Accounts_Deleted", "action=deleted", 0},
    {"Change", "All_Changes.Account_Management.Account_Lockouts", "result=lockout", 0},
    {"Change", "All_Changes.Account_Management.Accounts_Updated",
     "action=updated OR action=modified", 0},
    {"Change", "All_Changes.Instance_Changes", "tag=instance", 2},
    {"Updates", "Updates", NULL, 15},
    {"Updates", "Updates.Available_Updates", "status=available", 0},
    {"Updates", "Updates.Installed_Updates", "status=installed", 0},
    {"Updates", "Updates.Restart_Required_Updates", "status=restart_required", 0},
    {"Updates", "Update_Errors", NULL, 4},
    {"Vulnerabilities", "Vulnerabilities", NULL, 27},
    {"Vulnerabilities", "Vulnerabilities.High_Critical_Vulnerabilities",
     "severity=high OR severity=critical", 0},
    {"Vulnerabilities", "Vulnerabilities.Medium_Vulnerabilities", "severity=medium", 0},
    {"Vulnerabilities", "Vulnerabilities.Low_Informational_Vulnerabilities",
     "severity=low OR severity=informational", 0},
    {"Authentication", "Authentication", "NOT (action=success user=*$)", 36},
    {"Authentication", "Authentication.Failed_Authentication", "action=failure", 0},
    {"Authentication", "Authentication.Successful_Authentication", "action=success", 0},
    {"Authentication", "Authentication.Default_Authentication", "tag=default", 0},
    {"Authentication", "Authentication.Default_Authentication.Failed_Default_Authentication",
     "action=failure", 0},
    {"Authentication", "Authentication.Default_Authentication.Successful_Default_Authentication",
     "action=success", 0},
    {"Authentication", "Authentication.Insecure_Authentication", "tag=insecure OR tag=cleartext",
     0},
    {"Authentication", "Authentication.Privileged_Authentication", "tag=privileged", 0},
    {"Authentication", "Authentication.Privileged_Authentication.Failed_Privileged_Authentication",
     "action=failure", 0},
    {"Authentication",
     "Authentication.Privileged_Authentication.Successful_Privileged_Authentication",
     "action=success", 0},
    {"Email", "All_Email", NULL, 47},
    {"Email", "All_Email.Delivery", "tag=delivery", 0},
    {"Email", "All_Email.Content", "tag=content", 0},
    {"Email", "All_Email.Filtering", "tag=filter", 5},
    {"Alerts", "Alerts", NULL, 29},
};

/* The path with its last name cut off; length 0 for a root. */
static struct slice path_above(const char *path)
{
    const char *dot = strrchr(path, '.');
    return (struct slice){path, dot == NULL ? 0 : (size_t)(dot - path)};
}

static const char *last_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot == NULL ? path : dot + 1;
}

START_TEST(every_dataset_has_its_lineage_and_constraint)
{
    for (size_t i = 0; i < COUNT_OF(lineages); i++) {
        const struct lineage *row = &lineages[i];
        const struct model_dataset *found = find(row->model, row->path);
        struct slice above = path_above(row->path);
        ck_assert_str_eq(found->model, row->model);
        ck_assert_str_eq(found->name, last_name(row->path));
        ck_assert_ptr_eq(find(row->model, found->name), found);
        ck_assert_msg((row->constraint == NULL) == (found->constraint == NULL), "%s", row->path);
        if (row->constraint != NULL) ck_assert_str_eq(found->constraint, row->constraint);
        ck_assert_ptr_eq(model_parent(found),
                         above.length == 0 ? NULL : model_find(text_of(row->model), above));
        struct slice first = {row->path, strcspn(row->path, ".")};
        ck_assert_ptr_eq(model_root(found), model_find(text_of(row->model), first));
    }
}
END_TEST

START_TEST(the_tables_have_no_other_datasets)
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (const struct model_dataset *row = tables[i]; row->model != NULL; row++) {
            ck_assert_uint_lt(count, COUNT_OF(lineages));
            ck_assert_str_eq(row->model, lineages[count].model);
            ck_assert_str_eq(row->name, last_name(lineages[count].path));
            size_t fields = 0;
            for (size_t j = 0; j < row->field_count; j++)
                fields += row->fields[j].rule != MODEL_INPUT;
            ck_assert_msg(fields == lineages[count].fields, "%s: %zu", row->name, fields);
            count++;
        }
    ck_assert_uint_eq(count, COUNT_OF(lineages));
}
END_TEST

START_TEST(a_dataset_is_within_its_parents_and_no_others)
{
    for (size_t i = 0; i < COUNT_OF(lineages); i++)
        for (size_t j = 0; j < COUNT_OF(lineages); j++) {
            size_t length = strlen(lineages[j].path);
            bool begins = strncmp(lineages[i].path, lineages[j].path, length) == 0;
            char next = begins ? lineages[i].path[length] : ' ';
            bool expected =
                strcmp(lineages[i].model, lineages[j].model) == 0 && (next == '\0' || next == '.');
            bool within = model_is_within(find(lineages[i].model, lineages[i].path),
                                          find(lineages[j].model, lineages[j].path));
            ck_assert_msg(within == expected, "%s in %s", lineages[i].path, lineages[j].path);
        }
}
END_TEST

struct root {
    const char *model, *root;
};

static const struct root first_roots[] = {
    {"Network_Traffic", "All_Traffic"},
    {"Endpoint", "Processes"},
    {"Updates", "Updates"},
    {"Web", "Web"},
    {"Change", "All_Changes"},
    {"Certificates", "All_Certificates"},
};

struct unknown {
    const char *model, *dataset;
};

static const struct unknown unknowns[] = {
    {"network_traffic", "All_Traffic"},
    {"Network_Traffic", "all_traffic"},
    {"Network_Traffic", "All_Traffic."},
    {"Network_Traffic", ".All_Traffic"},
    {"Network_Traffic", "."},
    {"Network_Traffic", "All_Traffic.Allowed_Traffic"}, /* a name left out */
    {"Network_Traffic", "Traffic_By_Action.Allowed_Traffic"},
    {"Network_Traffic", "All_Traffic.All_Traffic"},
    {"Network_Traffic", "All_Traffic.Traffic_By_Action."},
    {"Network_Traffic", "All_Traffic..Traffic_By_Action"},
    {"Network_Traffic", "All_Traffic.Traffic_By_Action.Allowed_Traffic.dest"},
    {"Change", "All_Changes.Endpoint_Changes.Device_Restarts"}, /* another's child */
    {"Change", "All_Traffic"},
    {"Updates", "Updates.Update_Errors"}, /* a root of its own */
    {"Performance", ""},
    {"", ""},
    {"", "All_Traffic"},
};

START_TEST(W18_names_are_those_of_Splunk_case_and_all)
{
    struct slice none = {NULL, 0};
    for (size_t i = 0; i < COUNT_OF(first_roots); i++) {
        ck_assert_str_eq(find(first_roots[i].model, "")->name, first_roots[i].root);
        ck_assert_ptr_eq(model_find(text_of(first_roots[i].model), none),
                         find(first_roots[i].model, first_roots[i].root));
    }
    for (size_t i = 0; i < COUNT_OF(unknowns); i++)
        ck_assert_msg(model_find(text_of(unknowns[i].model), text_of(unknowns[i].dataset)) == NULL,
                      "row %zu", i);
    ck_assert_ptr_null(model_find(none, none));
}
END_TEST

/* ---- the order of the rows, on which the functions rely ---- */

START_TEST(parents_stand_before_their_children_in_one_tree)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        ck_assert_ptr_null(tables[i]->parent);
        for (const struct model_dataset *row = tables[i] + 1; row->model != NULL; row++) {
            if (row->parent == NULL) continue;
            const struct model_dataset *parent = row - 1;
            while (parent->parent != NULL && strcmp(parent->name, row->parent) != 0)
                parent--;
            ck_assert_msg(strcmp(parent->name, row->parent) == 0, "%s", row->name);
            ck_assert_str_eq(parent->model, row->model);
        }
    }
}
END_TEST

static int compare_names(const char *left, const char *right)
{
    return text_compare_folded(text_of(left), text_of(right));
}

START_TEST(fields_stand_alphabetically_and_once_in_a_tree)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (const struct model_dataset *row = tables[i]; row->model != NULL; row++) {
            for (size_t j = 1; j < row->field_count; j++)
                ck_assert_msg(compare_names(row->fields[j - 1].name, row->fields[j].name) < 0,
                              "%s.%s", row->name, row->fields[j].name);
            const struct model_dataset *owner;
            const struct model_field *field;
            for (size_t j = 0; row->parent != NULL && j < row->field_count; j++)
                for (size_t k = 0; (field = model_field_at(row, k, &owner)) != NULL; k++)
                    ck_assert_msg(owner == row || strcmp(field->name, row->fields[j].name) != 0,
                                  "%s.%s", row->name, field->name);
        }
}
END_TEST

static bool has_field(const struct model_dataset *dataset, const char *name)
{
    for (; dataset != NULL; dataset = model_parent(dataset))
        for (size_t i = 0; i < dataset->field_count; i++)
            if (strcmp(dataset->fields[i].name, name) == 0) return true;
    return false;
}

/* What an eval reads counts as the dataset's: its own field or an input (MODEL_INPUT). */
START_TEST(what_an_eval_reads_is_in_the_table)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (const struct model_dataset *row = tables[i]; row->model != NULL; row++)
            for (size_t j = 0; j < row->field_count; j++) {
                const struct model_field *field = &row->fields[j];
                const char *name = field->name;
                if (field->first != NULL) ck_assert_msg(has_field(row, field->first), "%s", name);
                if (field->second != NULL) ck_assert_msg(has_field(row, field->second), "%s", name);
                if (field->rule != MODEL_VENDOR_PRODUCT) continue;
                ck_assert_msg(has_field(row, "vendor"), "%s", row->name);
                ck_assert_msg(has_field(row, "product"), "%s", row->name);
            }
}
END_TEST

/* ---- fields ---- */

struct rule {
    const char *model, *dataset, *field;
    enum model_rule rule;
    const char *first, *second, *otherwise;
};

/* Every field whose eval is another than none, unknown and vendor_product. */
static const struct rule rules[] = {
    {"Network_Traffic", "All_Traffic", "bytes", MODEL_SUM, "bytes_in", "bytes_out", NULL},
    {"Network_Traffic", "All_Traffic", "bytes_in", MODEL_REST, "bytes", "bytes_out", NULL},
    {"Network_Traffic", "All_Traffic", "bytes_out", MODEL_REST, "bytes", "bytes_in", NULL},
    {"Network_Traffic", "All_Traffic", "dest_port", MODEL_NUMBER_OR_ZERO, NULL, NULL, NULL},
    {"Network_Traffic", "All_Traffic", "packets", MODEL_SUM, "packets_in", "packets_out", NULL},
    {"Network_Traffic", "All_Traffic", "packets_in", MODEL_REST, "packets", "packets_out", NULL},
    {"Network_Traffic", "All_Traffic", "packets_out", MODEL_REST, "packets", "packets_in", NULL},
    {"Network_Traffic", "All_Traffic", "src_port", MODEL_NUMBER_OR_ZERO, NULL, NULL, NULL},
    {"Network_Traffic", "All_Traffic", "transport", MODEL_UNKNOWN_LOWER, NULL, NULL, NULL},
    {"Network_Resolution", "DNS", "answer_count", MODEL_VALUE_COUNT, "answer", NULL, NULL},
    {"Network_Resolution", "DNS", "query_count", MODEL_VALUE_COUNT, "query", NULL, NULL},
    {"Network_Resolution", "DNS", "reply_code_id", MODEL_ELSE, "reply_code", NULL, "unknown"},
    {"Network_Sessions", "All_Sessions", "dest_ip", MODEL_STREAM, "yiaddr", NULL, NULL},
    {"Network_Sessions", "All_Sessions", "dest_mac", MODEL_STREAM, "chaddr", NULL, NULL},
    {"Web", "Web", "bytes", MODEL_SUM, "bytes_in", "bytes_out", NULL},
    {"Web", "Web", "bytes_in", MODEL_REST, "bytes", "bytes_out", NULL},
    {"Web", "Web", "bytes_out", MODEL_REST, "bytes", "bytes_in", NULL},
    {"Web", "Web", "dest", MODEL_UNKNOWN_HYPHEN, NULL, NULL, NULL},
    {"Web", "Web", "http_content_type", MODEL_UNKNOWN_HYPHEN, NULL, NULL, NULL},
    {"Web", "Web", "http_method", MODEL_UNKNOWN_HYPHEN, NULL, NULL, NULL},
    {"Web", "Web", "http_referrer", MODEL_UNKNOWN_HYPHEN, NULL, NULL, NULL},
    {"Web", "Web", "http_referrer_domain", MODEL_URL_DOMAIN, "http_referrer", NULL, NULL},
    {"Web", "Web", "http_user_agent", MODEL_UNKNOWN_HYPHEN, NULL, NULL, NULL},
    {"Web", "Web", "http_user_agent_length", MODEL_LENGTH, "http_user_agent", NULL, NULL},
    {"Web", "Web", "src", MODEL_UNKNOWN_HYPHEN, NULL, NULL, NULL},
    {"Web", "Web", "status", MODEL_UNKNOWN_HYPHEN, NULL, NULL, NULL},
    {"Web", "Web", "url", MODEL_UNKNOWN_HYPHEN, NULL, NULL, NULL},
    {"Web", "Web", "url_domain", MODEL_URL_DOMAIN, "url", NULL, NULL},
    {"Web", "Web", "url_length", MODEL_LENGTH, "url", NULL, NULL},
    {"Certificates", "SSL", "ssl_is_valid", MODEL_TLS_VALID, "ssl_start_time", "ssl_end_time",
     NULL},
    {"Certificates", "SSL", "ssl_issuer_email_domain", MODEL_BEHIND_AT, "ssl_issuer_email", NULL,
     NULL},
    {"Certificates", "SSL", "ssl_subject_email_domain", MODEL_BEHIND_AT, "ssl_subject_email", NULL,
     NULL},
    {"Certificates", "SSL", "ssl_validity_window", MODEL_DIFFERENCE, "ssl_end_time",
     "ssl_start_time", NULL},
    {"Endpoint", "Processes", "parent_process_name", MODEL_FIRST_WORD, "parent_process", NULL,
     NULL},
    {"Endpoint", "Processes", "process_integrity_level", MODEL_LOWER, NULL, NULL, NULL},
    {"Endpoint", "Processes", "process_name", MODEL_FIRST_WORD, "process", NULL, NULL},
    {"Endpoint", "Filesystem", "file_size", MODEL_NUMBER_OR_NULL, NULL, NULL, NULL},
    {"Endpoint", "Ports", "dest_port", MODEL_ZERO_IF_EMPTY, NULL, NULL, NULL},
    {"Endpoint", "Ports", "src_port", MODEL_NUMBER_OR_ZERO, NULL, NULL, NULL},
    {"Endpoint", "Ports", "transport_dest_port", MODEL_PAIRS, "transport", "dest_port", NULL},
    {"Change", "All_Changes", "command", MODEL_COMMAND, "Operation", "ObjectName", NULL},
    {"Change", "All_Changes", "result", MODEL_ELSE, "signature", NULL, "unknown"},
    {"Change", "All_Changes", "result_id", MODEL_ELSE, "signature_id", NULL, "-1"},
    {"Updates", "Updates", "signature", MODEL_ELSE, "signature_id", NULL, "unknown"},
    {"Updates", "Updates", "signature_id", MODEL_ELSE, "signature", NULL, "unknown"},
    {"Vulnerabilities", "Vulnerabilities", "bugtraq", MODEL_LOWER_OR_NULL, NULL, NULL, NULL},
    {"Vulnerabilities", "Vulnerabilities", "cert", MODEL_LOWER_OR_NULL, NULL, NULL, NULL},
    {"Vulnerabilities", "Vulnerabilities", "cve", MODEL_LOWER_OR_NULL, NULL, NULL, NULL},
    {"Vulnerabilities", "Vulnerabilities", "msft", MODEL_LOWER_OR_NULL, NULL, NULL, NULL},
    {"Vulnerabilities", "Vulnerabilities", "mskb", MODEL_LOWER_OR_NULL, NULL, NULL, NULL},
    {"Vulnerabilities", "Vulnerabilities", "xref", MODEL_LOWER_OR_NULL, NULL, NULL, NULL},
    {"Authentication", "Authentication", "app", MODEL_SOURCE_TYPE, NULL, NULL, NULL},
    {"Email", "All_Email", "recipient_count", MODEL_VALUE_COUNT, "recipient", NULL, NULL},
    {"Email", "All_Email", "recipient_domain", MODEL_BEHIND_AT, "recipient", NULL, NULL},
    {"Email", "All_Email", "src_user_domain", MODEL_BEHIND_AT, "src_user", NULL, NULL},
    {"Alerts", "Alerts", "app", MODEL_SOURCE_TYPE, NULL, NULL, NULL},
};

static const struct rule *rule_of(const struct model_dataset *dataset, const char *field)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        if (strcmp(rules[i].model, dataset->model) == 0 &&
            strcmp(rules[i].dataset, dataset->name) == 0 && strcmp(rules[i].field, field) == 0)
            return &rules[i];
    return NULL;
}

static bool same(const char *left, const char *right)
{
    return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

START_TEST(M1_each_field_has_its_eval)
{
    size_t seen = 0;
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (const struct model_dataset *row = tables[i]; row->model != NULL; row++)
            for (size_t j = 0; j < row->field_count; j++) {
                const struct model_field *field = &row->fields[j];
                const struct rule *rule = rule_of(row, field->name);
                bool common = field->rule == MODEL_AS_IT_COMES || field->rule == MODEL_UNKNOWN ||
                              field->rule == MODEL_VENDOR_PRODUCT || field->rule == MODEL_INPUT;
                ck_assert_msg(common == (rule == NULL), "%s.%s", row->name, field->name);
                if (rule == NULL) continue;
                ck_assert_msg(field->rule == rule->rule, "%s.%s", row->name, field->name);
                ck_assert_msg(same(field->first, rule->first), "%s", field->name);
                ck_assert_msg(same(field->second, rule->second), "%s", field->name);
                ck_assert_msg(same(field->otherwise, rule->otherwise), "%s", field->name);
                seen++;
            }
    ck_assert_uint_eq(seen, COUNT_OF(rules));
}
END_TEST

struct unknown_fields {
    const char *model, *dataset;
    const char *names; /* of all that are the text unknown where they are missing */
};

static const struct unknown_fields unknown_fields[] = {
    {"Network_Traffic", "All_Traffic", "action dest dvc rule src user"},
    {"Network_Resolution", "DNS", "answer dest message_type query"},
    {"Network_Sessions", "All_Sessions", "dest_dns dest_nt_host user"},
    {"Web", "Web", "action user"},
    {"Intrusion_Detection", "IDS_Attacks",
     "category dest dvc ids_type severity signature src user"},
    {"Certificates", "SSL",
     "ssl_hash ssl_issuer ssl_issuer_common_name ssl_subject ssl_subject_common_name"},
    {"Endpoint", "Processes", "dest original_file_name parent_process process user"},
    {"Endpoint", "Services", "dest service service_id service_name start_mode status user"},
    {"Endpoint", "Filesystem", "action dest file_acl file_hash file_name file_path user"},
    {"Endpoint", "Registry",
     "action dest registry_key_name registry_path registry_value_data "
     "registry_value_name registry_value_type user"},
    {"Endpoint", "Ports", "dest src transport user"},
    {"Change", "All_Changes",
     "action change_type dest dvc object object_attrs object_category object_id "
     "object_path src status user user_name"},
    {"Change", "Account_Management", "dest_nt_domain src_nt_domain src_user src_user_name"},
    {"Change", "Instance_Changes", "image_id instance_type"},
    {"Updates", "Updates", "dest status"},
    {"Vulnerabilities", "Vulnerabilities", "category dest dvc severity signature"},
    {"Authentication", "Authentication", "action dest src src_user user"},
    {"Email", "All_Email", "action dest recipient src src_user"},
    {"Alerts", "Alerts", "dest severity signature_id src type user user_name"},
};

START_TEST(M1_unknown_is_the_default_of_these)
{
    size_t row = 0;
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (const struct model_dataset *at = tables[i]; at->model != NULL; at++) {
            char names[1024] = "";
            for (size_t j = 0; j < at->field_count; j++) {
                if (at->fields[j].rule != MODEL_UNKNOWN) continue;
                if (names[0] != '\0') strcat(names, " ");
                strcat(names, at->fields[j].name);
            }
            if (names[0] == '\0') continue;
            ck_assert_uint_lt(row, COUNT_OF(unknown_fields));
            ck_assert_str_eq(at->model, unknown_fields[row].model);
            ck_assert_str_eq(at->name, unknown_fields[row].dataset);
            ck_assert_str_eq(names, unknown_fields[row].names);
            row++;
        }
    ck_assert_uint_eq(row, COUNT_OF(unknown_fields));
}
END_TEST

struct written {
    const char *model, *dataset, *name;
    const char *field; /* NULL: there is none */
};

static const struct written written[] = {
    {"Network_Traffic", "All_Traffic", "All_Traffic.dest", "dest"},
    {"Network_Traffic", "Allowed_Traffic", "All_Traffic.dest", "dest"},
    {"Network_Traffic", "Allowed_Traffic", "All_Traffic.Traffic_By_Action.Allowed_Traffic.dest",
     "dest"},
    {"Network_Traffic", "All_Traffic", "All_Traffic.Dest", NULL},
    {"Network_Traffic", "All_Traffic", "all_traffic.dest", NULL},
    {"Network_Traffic", "All_Traffic", "dest", NULL}, /* the prefix is missing (W17) */
    {"Network_Traffic", "All_Traffic", "All_Traffic.", NULL},
    {"Network_Traffic", "All_Traffic", ".dest", NULL},
    {"Network_Traffic", "All_Traffic", ".", NULL},
    {"Network_Traffic", "All_Traffic", "", NULL},
    {"Network_Traffic", "All_Traffic", "All_Traffic.temp", NULL},
    {"Network_Traffic", "All_Traffic", "All_Traffic.vendor", NULL}, /* an input */
    {"Network_Traffic", "All_Traffic", "All_Traffic.dest.dest", NULL},
    {"Network_Traffic", "All_Traffic", "All_Traffic..dest", NULL},
    {"Network_Traffic", "All_Traffic", "DNS.dest", NULL},
    {"Network_Resolution", "DNS", "DNS.query", "query"},
    {"Endpoint", "Processes", "Processes.process", "process"},
    {"Endpoint", "Processes", "Registry.registry_path", NULL}, /* another root */
    {"Change", "All_Changes", "All_Changes.Account_Management.src_user", "src_user"},
    {"Change", "All_Changes", "All_Changes.src_user", "src_user"},
    {"Change", "Account_Management", "All_Changes.src_user", "src_user"},
    {"Change", "Accounts_Created", "All_Changes.Account_Management.src_user", "src_user"},
    {"Change", "Accounts_Created", "All_Changes.Account_Management.Accounts_Created.src_user",
     "src_user"},
    {"Change", "Account_Management", "All_Changes.Account_Management.user", "user"},
    {"Change", "Account_Management", "Account_Management.src_user", NULL},
    {"Change", "All_Changes", "All_Changes.Network_Changes.src_user", NULL}, /* not that child's */
    {"Change", "All_Changes", "All_Changes.Network_Changes.direction", "direction"},
    {"Change", "All_Changes", "All_Changes.Operation", NULL},
    {"Change", "All_Changes", "All_Changes.signature", NULL},
    {"Email", "All_Email", "All_Email.signature", "signature"},
    {"Email", "All_Email", "All_Email.Filtering.signature", "signature"},
    {"Web", "Storage", "Web.url", "url"},
    {"Web", "Web", "Web.Storage.storage_name", "storage_name"},
    {"Certificates", "SSL", "All_Certificates.SSL.ssl_hash", "ssl_hash"},
    {"Updates", "Update_Errors", "Update_Errors._time", "_time"},
    {"Updates", "Updates", "Update_Errors._time", NULL},
};

START_TEST(W17_a_field_is_written_behind_its_datasets)
{
    for (size_t i = 0; i < COUNT_OF(written); i++) {
        const struct model_field *field =
            model_field(find(written[i].model, written[i].dataset), text_of(written[i].name));
        ck_assert_msg((field == NULL) == (written[i].field == NULL), "%s", written[i].name);
        if (field != NULL) ck_assert_str_eq(field->name, written[i].field);
    }
    ck_assert_ptr_null(model_field(find("Web", "Web"), (struct slice){NULL, 0}));
}
END_TEST

START_TEST(fields_at_are_those_of_the_whole_tree)
{
    const struct model_dataset *created = find("Change", "Accounts_Created"), *owner;
    const struct model_field *field;
    size_t count = 0, own = 0;
    for (; (field = model_field_at(created, count, &owner)) != NULL; count++) {
        ck_assert_ptr_eq(model_root(owner), model_root(created));
        if (count == 0) ck_assert_ptr_eq(owner, model_root(created));
        own += owner == find("Change", "Account_Management");
        ck_assert_ptr_eq(model_field_at(model_root(created), count, NULL), field);
    }
    /* All_Changes with its six inputs, Network_Changes, Account_Management, Instance_Changes */
    ck_assert_uint_eq(count, 31 + 6 + 7 + 8 + 2);
    ck_assert_uint_eq(own, 8);
    ck_assert_ptr_null(model_field_at(created, SIZE_MAX, &owner));
}
END_TEST

/* ---- did you mean ---- */

struct nearest {
    const char *model, *dataset, *name;
    const char *owner, *field;
};

static const struct nearest nearest_fields[] = {
    {"Network_Traffic", "All_Traffic", "dest_prot", "All_Traffic", "dest_port"},
    {"Network_Traffic", "Blocked_Traffic", "DEST_PORT", "All_Traffic", "dest_port"},
    {"Network_Traffic", "All_Traffic", "protokol", "All_Traffic", "protocol"},
    {"Network_Traffic", "All_Traffic", "usr", "All_Traffic", "user"},
    {"Network_Traffic", "All_Traffic", "srcport", "All_Traffic", "src_port"},
    {"Change", "All_Changes", "src_usr", "Account_Management", "src_user"},
    {"Change", "All_Changes", "Operations", "All_Changes", "action"}, /* never an input */
    {"Endpoint", "Processes", "process_nam", "Processes", "process_name"},
    {"Web", "Proxy", "storage_nam", "Storage", "storage_name"},
};

START_TEST(the_nearest_field)
{
    const struct model_dataset *owner;
    for (size_t i = 0; i < COUNT_OF(nearest_fields); i++) {
        const struct nearest *row = &nearest_fields[i];
        const struct model_field *field =
            model_nearest_field(find(row->model, row->dataset), text_of(row->name), &owner);
        ck_assert_msg(field->rule != MODEL_INPUT, "%s", row->name);
        ck_assert_str_eq(field->name, row->field);
        ck_assert_str_eq(owner->name, row->owner);
    }
    char huge[200];
    memset(huge, 'x', sizeof(huge));
    struct slice name = {huge, sizeof(huge)};
    ck_assert_ptr_nonnull(model_nearest_field(find("Web", "Proxy"), name, &owner));
    ck_assert_str_eq(owner->name, "Web");
}
END_TEST

struct misspelled {
    const char *model, *dataset;
    const char *nearest_model, *nearest_dataset;
};

static const struct misspelled misspelled[] = {
    {"Network_Trafic", "All_Trafic", "Network_Traffic", "All_Traffic"},
    {"network_traffic", "blocked_traffic", "Network_Traffic", "Blocked_Traffic"},
    {"Endpoints", "Process", "Endpoint", "Processes"},
    {"Endpoint", "Processes.Registri", "Endpoint", "Registry"},
    {"Change", "All_Changes.Acount_Management", "Change", "Account_Management"},
    {"Changes", "", "Change", "All_Changes"},
    {"Alert", "Alert", "Alerts", "Alerts"},
    {"Authentification", "Failed_Auth", "Authentication", "Failed_Authentication"},
    {"Certificate", "TLS", "Certificates", "SSL"},
};

START_TEST(the_nearest_model_and_dataset)
{
    for (size_t i = 0; i < COUNT_OF(misspelled); i++) {
        const struct misspelled *row = &misspelled[i];
        ck_assert_str_eq(model_nearest(text_of(row->model)), row->nearest_model);
        ck_assert_str_eq(model_nearest_dataset(text_of(row->model), text_of(row->dataset)),
                         row->nearest_dataset);
    }
    char huge[200];
    memset(huge, 'x', sizeof(huge));
    struct slice name = {huge, sizeof(huge)};
    ck_assert_str_eq(model_nearest(name), "Network_Traffic");
    ck_assert_str_eq(model_nearest_dataset(name, name), "All_Traffic");
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

static const struct profile_field *field_of(const struct profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->field_count; i++)
        if (strcmp(profile->fields[i].name, name) == 0) return &profile->fields[i];
    return NULL;
}

START_TEST(S1_S8_S9_a_profile_is_a_provider_and_an_event_id)
{
    const struct model_dataset *traffic = find("Network_Traffic", "All_Traffic");
    const struct model_dataset *allowed = find("Network_Traffic", "Allowed_Traffic");
    const struct model_dataset *web = find("Web", "Web");
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        struct slice provider = text_of(events[i].provider), id = text_of(events[i].event_id);
        const struct profile *profile = model_profile(traffic, provider, id);
        ck_assert_msg((profile != NULL) == (events[i].vendor_product != NULL), "row %zu", i);
        ck_assert_ptr_eq(model_profile(allowed, provider, id), profile);
        ck_assert_ptr_null(model_profile(web, provider, id));
        if (profile != NULL)
            ck_assert_str_eq(field_of(profile, "vendor_product")->from, events[i].vendor_product);
    }
    ck_assert(model_knows_provider(traffic, SLICE("Microsoft-Windows-Sysmon")));
    ck_assert(model_knows_provider(traffic, SLICE("Linux-Sysmon")));
    ck_assert(model_knows_provider(allowed, SLICE("Linux-Sysmon")));
    ck_assert(!model_knows_provider(traffic, SLICE("linux-sysmon")));
    ck_assert(!model_knows_provider(traffic, SLICE("")));
    ck_assert(!model_knows_provider(web, SLICE("Linux-Sysmon")));
}
END_TEST

/* Where each field comes from (section 7, column 5709); the two systems differ in the last two. */
static const struct profile_field windows[] = {
    {"action", PROFILE_CONSTANT, "allowed", NULL},
    {"app", PROFILE_DATA, "Image", NULL},
    {"dest", PROFILE_DEST_HOST, "DestinationHostname", "DestinationIp"},
    {"dest_ip", PROFILE_DATA, "DestinationIp", NULL},
    {"dest_port", PROFILE_DATA, "DestinationPort", NULL},
    {"direction", PROFILE_DIRECTION, "Initiated", NULL},
    {"dvc", PROFILE_COMPUTER, NULL, NULL},
    {"protocol", PROFILE_CONSTANT, "ip", NULL},
    {"protocol_version", PROFILE_IP_VERSION, "DestinationIsIpv6", "SourceIsIpv6"},
    {"src", PROFILE_HOST, "SourceHostname", "SourceIp"},
    {"src_ip", PROFILE_DATA, "SourceIp", NULL},
    {"src_port", PROFILE_DATA, "SourcePort", NULL},
    {"transport", PROFILE_DATA, "Protocol", NULL},
    {"user", PROFILE_ACCOUNT, "User", NULL},
    {"vendor_product", PROFILE_CONSTANT, "Microsoft Sysmon", NULL},
};

START_TEST(S2_a_profile_fills_all_fifteen_fields)
{
    const struct model_dataset *traffic = find("Network_Traffic", "All_Traffic");
    ck_assert_uint_eq(traffic->profile_count, 2);
    for (size_t i = 0; i < traffic->profile_count; i++) {
        const struct profile *profile = &traffic->profiles[i];
        ck_assert_uint_eq(profile->field_count, COUNT_OF(windows));
        for (size_t j = 0; j < COUNT_OF(windows); j++) {
            const struct profile_field *field = field_of(profile, windows[j].name);
            ck_assert_msg(field != NULL, "%s", windows[j].name);
            ck_assert(has_field(traffic, field->name));
            bool system = i == 1 && j + 2 >= COUNT_OF(windows);
            ck_assert_int_eq(field->source, system && j + 2 == COUNT_OF(windows)
                                                ? PROFILE_DATA
                                                : windows[j].source);
            if (!(system && j + 1 == COUNT_OF(windows)))
                ck_assert_msg(same(field->from, windows[j].from), "%s", field->name);
            ck_assert_msg(same(field->other, windows[j].other), "%s", field->name);
        }
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
    tcase_add_test(cases, every_dataset_has_its_lineage_and_constraint);
    tcase_add_test(cases, the_tables_have_no_other_datasets);
    tcase_add_test(cases, a_dataset_is_within_its_parents_and_no_others);
    tcase_add_test(cases, W18_names_are_those_of_Splunk_case_and_all);
    tcase_add_test(cases, parents_stand_before_their_children_in_one_tree);
    tcase_add_test(cases, fields_stand_alphabetically_and_once_in_a_tree);
    tcase_add_test(cases, what_an_eval_reads_is_in_the_table);
    tcase_add_test(cases, M1_each_field_has_its_eval);
    tcase_add_test(cases, M1_unknown_is_the_default_of_these);
    tcase_add_test(cases, W17_a_field_is_written_behind_its_datasets);
    tcase_add_test(cases, fields_at_are_those_of_the_whole_tree);
    tcase_add_test(cases, the_nearest_field);
    tcase_add_test(cases, the_nearest_model_and_dataset);
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
