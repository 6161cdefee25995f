#include "model_tables.h"

/* The models of what happens on machines: Endpoint, Change, Updates, Vulnerabilities.
 * How the rows are ordered: model_tables.h. */

/* ---- Endpoint.Processes ---- */

/* process_integrity_level: its eval stands in the search of the root. */
static const struct model_field processes_fields[] = {
    {.name = "action"},
    {.name = "cpu_load_percent"},
    {.name = "dest", .rule = MODEL_UNKNOWN},
    {.name = "dest_bunit"},
    {.name = "dest_category"},
    {.name = "dest_is_expected"},
    {.name = "dest_priority"},
    {.name = "dest_requires_av"},
    {.name = "dest_should_timesync"},
    {.name = "dest_should_update"},
    {.name = "mem_used"},
    {.name = "original_file_name", .rule = MODEL_UNKNOWN},
    {.name = "os"},
    {.name = "parent_process", .rule = MODEL_UNKNOWN},
    {.name = "parent_process_exec"},
    {.name = "parent_process_guid"},
    {.name = "parent_process_id"},
    {.name = "parent_process_name", .rule = MODEL_FIRST_WORD, .first = "parent_process"},
    {.name = "parent_process_path"},
    {.name = "process", .rule = MODEL_UNKNOWN},
    {.name = "process_current_directory"},
    {.name = "process_exec"},
    {.name = "process_guid"},
    {.name = "process_hash"},
    {.name = "process_id"},
    {.name = "process_integrity_level", .rule = MODEL_LOWER},
    {.name = "process_name", .rule = MODEL_FIRST_WORD, .first = "process"},
    {.name = "process_path"},
    {.name = "product", .rule = MODEL_INPUT},
    {.name = "tag"},
    {.name = "user", .rule = MODEL_UNKNOWN},
    {.name = "user_bunit"},
    {.name = "user_category"},
    {.name = "user_id"},
    {.name = "user_priority"},
    {.name = "vendor", .rule = MODEL_INPUT},
    {.name = "vendor_product", .rule = MODEL_VENDOR_PRODUCT},
};

/* ---- Endpoint.Services ---- */

static const struct model_field services_fields[] = {
    {.name = "description"},
    {.name = "dest", .rule = MODEL_UNKNOWN},
    {.name = "dest_bunit"},
    {.name = "dest_category"},
    {.name = "dest_is_expected"},
    {.name = "dest_priority"},
    {.name = "dest_requires_av"},
    {.name = "dest_should_timesync"},
    {.name = "dest_should_update"},
    {.name = "process_guid"},
    {.name = "process_id"},
    {.name = "product", .rule = MODEL_INPUT},
    {.name = "service", .rule = MODEL_UNKNOWN},
    {.name = "service_dll"},
    {.name = "service_dll_hash"},
    {.name = "service_dll_path"},
    {.name = "service_dll_signature_exists"},
    {.name = "service_dll_signature_verified"},
    {.name = "service_exec"},
    {.name = "service_hash"},
    {.name = "service_id", .rule = MODEL_UNKNOWN},
    {.name = "service_name", .rule = MODEL_UNKNOWN},
    {.name = "service_path"},
    {.name = "service_signature_exists"},
    {.name = "service_signature_verified"},
    {.name = "start_mode", .rule = MODEL_UNKNOWN},
    {.name = "status", .rule = MODEL_UNKNOWN},
    {.name = "tag"},
    {.name = "user", .rule = MODEL_UNKNOWN},
    {.name = "user_bunit"},
    {.name = "user_category"},
    {.name = "user_priority"},
    {.name = "vendor", .rule = MODEL_INPUT},
    {.name = "vendor_product", .rule = MODEL_VENDOR_PRODUCT},
};

/* ---- Endpoint.Filesystem ---- */

static const struct model_field filesystem_fields[] = {
    {.name = "action", .rule = MODEL_UNKNOWN},
    {.name = "dest", .rule = MODEL_UNKNOWN},
    {.name = "dest_bunit"},
    {.name = "dest_category"},
    {.name = "dest_priority"},
    {.name = "dest_requires_av"},
    {.name = "dest_should_timesync"},
    {.name = "dest_should_update"},
    {.name = "file_access_time"},
    {.name = "file_acl", .rule = MODEL_UNKNOWN},
    {.name = "file_create_time"},
    {.name = "file_hash", .rule = MODEL_UNKNOWN},
    {.name = "file_modify_time"},
    {.name = "file_name", .rule = MODEL_UNKNOWN},
    {.name = "file_path", .rule = MODEL_UNKNOWN},
    {.name = "file_size", .rule = MODEL_NUMBER_OR_NULL},
    {.name = "process_guid"},
    {.name = "process_id"},
    {.name = "product", .rule = MODEL_INPUT},
    {.name = "tag"},
    {.name = "user", .rule = MODEL_UNKNOWN},
    {.name = "user_bunit"},
    {.name = "user_category"},
    {.name = "user_priority"},
    {.name = "vendor", .rule = MODEL_INPUT},
    {.name = "vendor_product", .rule = MODEL_VENDOR_PRODUCT},
};

/* ---- Endpoint.Registry ---- */

static const struct model_field registry_fields[] = {
    {.name = "action", .rule = MODEL_UNKNOWN},
    {.name = "dest", .rule = MODEL_UNKNOWN},
    {.name = "dest_bunit"},
    {.name = "dest_category"},
    {.name = "dest_priority"},
    {.name = "dest_requires_av"},
    {.name = "dest_should_timesync"},
    {.name = "dest_should_update"},
    {.name = "process_guid"},
    {.name = "process_id"},
    {.name = "product", .rule = MODEL_INPUT},
    {.name = "registry_hive"},
    {.name = "registry_key_name", .rule = MODEL_UNKNOWN},
    {.name = "registry_path", .rule = MODEL_UNKNOWN},
    {.name = "registry_value_data", .rule = MODEL_UNKNOWN},
    {.name = "registry_value_name", .rule = MODEL_UNKNOWN},
    {.name = "registry_value_text"},
    {.name = "registry_value_type", .rule = MODEL_UNKNOWN},
    {.name = "status"},
    {.name = "tag"},
    {.name = "user", .rule = MODEL_UNKNOWN},
    {.name = "user_bunit"},
    {.name = "user_category"},
    {.name = "user_priority"},
    {.name = "vendor", .rule = MODEL_INPUT},
    {.name = "vendor_product", .rule = MODEL_VENDOR_PRODUCT},
};

/* ---- Endpoint.Ports ---- */

/* transport, dest_port and transport_dest_port: their evals stand in the search of the root, which
 * makes an event with several ports several events then (mvexpand): here it stays one. */
static const struct model_field ports_fields[] = {
    {.name = "creation_time"},
    {.name = "dest", .rule = MODEL_UNKNOWN},
    {.name = "dest_bunit"},
    {.name = "dest_category"},
    {.name = "dest_port", .rule = MODEL_ZERO_IF_EMPTY},
    {.name = "dest_priority"},
    {.name = "dest_requires_av"},
    {.name = "dest_should_timesync"},
    {.name = "dest_should_update"},
    {.name = "process_guid"},
    {.name = "process_id"},
    {.name = "product", .rule = MODEL_INPUT},
    {.name = "src", .rule = MODEL_UNKNOWN},
    {.name = "src_bunit"},
    {.name = "src_category"},
    {.name = "src_port", .rule = MODEL_NUMBER_OR_ZERO},
    {.name = "src_priority"},
    {.name = "src_requires_av"},
    {.name = "src_should_timesync"},
    {.name = "src_should_update"},
    {.name = "state"},
    {.name = "tag"},
    {.name = "transport", .rule = MODEL_UNKNOWN},
    {.name = "transport_dest_port",
     .rule = MODEL_PAIRS,
     .first = "transport",
     .second = "dest_port"},
    {.name = "user", .rule = MODEL_UNKNOWN},
    {.name = "user_bunit"},
    {.name = "user_category"},
    {.name = "user_priority"},
    {.name = "vendor", .rule = MODEL_INPUT},
    {.name = "vendor_product", .rule = MODEL_VENDOR_PRODUCT},
};

/* ---- Change.All_Changes ---- */

/* Splunk's own audit events have Operation and ObjectName for a command; signature and
 * signature_id are what result and result_id fall back on. */
static const struct model_field all_changes_fields[] = {
    {.name = "action", .rule = MODEL_UNKNOWN},
    {.name = "change_type", .rule = MODEL_UNKNOWN},
    {.name = "command", .rule = MODEL_COMMAND, .first = "Operation", .second = "ObjectName"},
    {.name = "dest", .rule = MODEL_UNKNOWN},
    {.name = "dest_bunit"},
    {.name = "dest_category"},
    {.name = "dest_priority"},
    {.name = "dvc", .rule = MODEL_UNKNOWN},
    {.name = "object", .rule = MODEL_UNKNOWN},
    {.name = "object_attrs", .rule = MODEL_UNKNOWN},
    {.name = "object_category", .rule = MODEL_UNKNOWN},
    {.name = "object_id", .rule = MODEL_UNKNOWN},
    {.name = "object_path", .rule = MODEL_UNKNOWN},
    {.name = "ObjectName", .rule = MODEL_INPUT},
    {.name = "Operation", .rule = MODEL_INPUT},
    {.name = "product", .rule = MODEL_INPUT},
    {.name = "result", .rule = MODEL_ELSE, .first = "signature", .otherwise = "unknown"},
    {.name = "result_id", .rule = MODEL_ELSE, .first = "signature_id", .otherwise = "-1"},
    {.name = "signature", .rule = MODEL_INPUT},
    {.name = "signature_id", .rule = MODEL_INPUT},
    {.name = "src", .rule = MODEL_UNKNOWN},
    {.name = "src_bunit"},
    {.name = "src_category"},
    {.name = "src_priority"},
    {.name = "status", .rule = MODEL_UNKNOWN},
    {.name = "tag"},
    {.name = "user", .rule = MODEL_UNKNOWN},
    {.name = "user_agent"},
    {.name = "user_bunit"},
    {.name = "user_category"},
    {.name = "user_name", .rule = MODEL_UNKNOWN},
    {.name = "user_priority"},
    {.name = "user_type"},
    {.name = "vendor", .rule = MODEL_INPUT},
    {.name = "vendor_account"},
    {.name = "vendor_product", .rule = MODEL_VENDOR_PRODUCT},
    {.name = "vendor_region"},
};

/* ---- Change.Network_Changes ---- */

static const struct model_field network_changes_fields[] = {
    {.name = "dest_ip_range"},  {.name = "dest_port_range"}, {.name = "direction"},
    {.name = "protocol"},       {.name = "rule_action"},     {.name = "src_ip_range"},
    {.name = "src_port_range"},
};

/* ---- Change.Account_Management ---- */

static const struct model_field account_management_fields[] = {
    {.name = "dest_nt_domain", .rule = MODEL_UNKNOWN},
    {.name = "src_nt_domain", .rule = MODEL_UNKNOWN},
    {.name = "src_user", .rule = MODEL_UNKNOWN},
    {.name = "src_user_bunit"},
    {.name = "src_user_category"},
    {.name = "src_user_name", .rule = MODEL_UNKNOWN},
    {.name = "src_user_priority"},
    {.name = "src_user_type"},
};

/* ---- Change.Instance_Changes ---- */

static const struct model_field instance_changes_fields[] = {
    {.name = "image_id", .rule = MODEL_UNKNOWN},
    {.name = "instance_type", .rule = MODEL_UNKNOWN},
};

/* ---- Updates.Updates ---- */

/* In Splunk a signature_id of the text unknown is none for signature; unknown is what comes out
 * either way. The same holds the other way round. */
static const struct model_field updates_fields[] = {
    {.name = "dest", .rule = MODEL_UNKNOWN},
    {.name = "dest_bunit"},
    {.name = "dest_category"},
    {.name = "dest_priority"},
    {.name = "dest_should_update"},
    {.name = "dvc"},
    {.name = "file_hash"},
    {.name = "file_name"},
    {.name = "product", .rule = MODEL_INPUT},
    {.name = "severity"},
    {.name = "severity_id"},
    {.name = "signature", .rule = MODEL_ELSE, .first = "signature_id", .otherwise = "unknown"},
    {.name = "signature_id", .rule = MODEL_ELSE, .first = "signature", .otherwise = "unknown"},
    {.name = "status", .rule = MODEL_UNKNOWN},
    {.name = "tag"},
    {.name = "vendor", .rule = MODEL_INPUT},
    {.name = "vendor_product", .rule = MODEL_VENDOR_PRODUCT},
};

/* ---- Updates.Update_Errors ---- */

/* A root of its own; three of its fields have the names of metadata. */
static const struct model_field update_errors_fields[] = {
    {.name = "_time"},
    {.name = "host"},
    {.name = "source"},
    {.name = "sourcetype"},
};

/* ---- Vulnerabilities.Vulnerabilities ---- */

static const struct model_field vulnerabilities_fields[] = {
    {.name = "bugtraq", .rule = MODEL_LOWER_OR_NULL},
    {.name = "category", .rule = MODEL_UNKNOWN},
    {.name = "cert", .rule = MODEL_LOWER_OR_NULL},
    {.name = "cve", .rule = MODEL_LOWER_OR_NULL},
    {.name = "cvss"},
    {.name = "dest", .rule = MODEL_UNKNOWN},
    {.name = "dest_bunit"},
    {.name = "dest_category"},
    {.name = "dest_priority"},
    {.name = "dvc", .rule = MODEL_UNKNOWN},
    {.name = "dvc_bunit"},
    {.name = "dvc_category"},
    {.name = "dvc_priority"},
    {.name = "msft", .rule = MODEL_LOWER_OR_NULL},
    {.name = "mskb", .rule = MODEL_LOWER_OR_NULL},
    {.name = "product", .rule = MODEL_INPUT},
    {.name = "severity", .rule = MODEL_UNKNOWN},
    {.name = "severity_id"},
    {.name = "signature", .rule = MODEL_UNKNOWN},
    {.name = "signature_id"},
    {.name = "tag"},
    {.name = "url"},
    {.name = "user"},
    {.name = "user_bunit"},
    {.name = "user_category"},
    {.name = "user_priority"},
    {.name = "vendor", .rule = MODEL_INPUT},
    {.name = "vendor_product", .rule = MODEL_VENDOR_PRODUCT},
    {.name = "xref", .rule = MODEL_LOWER_OR_NULL},
};

/* ---- the datasets ---- */

const struct model_dataset model_endpoint[] = {
    {"Endpoint", "Processes", NULL, NULL, MODEL_ROWS(processes_fields), NULL, 0},
    {"Endpoint", "Services", NULL, NULL, MODEL_ROWS(services_fields), NULL, 0},
    {"Endpoint", "Filesystem", NULL, NULL, MODEL_ROWS(filesystem_fields), NULL, 0},
    {"Endpoint", "Registry", NULL, NULL, MODEL_ROWS(registry_fields), NULL, 0},
    {"Endpoint", "Ports", NULL, NULL, MODEL_ROWS(ports_fields), NULL, 0},
    {"Change", "All_Changes", NULL,
     "NOT (object_category=file OR object_category=directory OR object_category=registry)",
     MODEL_ROWS(all_changes_fields), NULL, 0},
    MODEL_CHILD("Change", "Auditing_Changes", "All_Changes", "tag=audit"),
    MODEL_CHILD("Change", "Endpoint_Changes", "All_Changes", "tag=endpoint"),
    MODEL_CHILD("Change", "Endpoint_Restarts", "Endpoint_Changes",
                "action=modified change_type=restart"),
    MODEL_CHILD("Change", "Other_Endpoint_Changes", "Endpoint_Changes", "NOT change_type=restart"),
    {"Change", "Network_Changes", "All_Changes", "tag=network", MODEL_ROWS(network_changes_fields),
     NULL, 0},
    MODEL_CHILD("Change", "Device_Restarts", "Network_Changes",
                "action=modified change_type=restart"),
    {"Change", "Account_Management", "All_Changes", "tag=account",
     MODEL_ROWS(account_management_fields), NULL, 0},
    MODEL_CHILD("Change", "Accounts_Created", "Account_Management", "action=created"),
    MODEL_CHILD("Change", "Accounts_Deleted", "Account_Management", "action=deleted"),
    MODEL_CHILD("Change", "Account_Lockouts", "Account_Management", "result=lockout"),
    MODEL_CHILD("Change", "Accounts_Updated", "Account_Management",
                "action=updated OR action=modified"),
    {"Change", "Instance_Changes", "All_Changes", "tag=instance",
     MODEL_ROWS(instance_changes_fields), NULL, 0},
    {"Updates", "Updates", NULL, NULL, MODEL_ROWS(updates_fields), NULL, 0},
    MODEL_CHILD("Updates", "Available_Updates", "Updates", "status=available"),
    MODEL_CHILD("Updates", "Installed_Updates", "Updates", "status=installed"),
    MODEL_CHILD("Updates", "Restart_Required_Updates", "Updates", "status=restart_required"),
    {"Updates", "Update_Errors", NULL, NULL, MODEL_ROWS(update_errors_fields), NULL, 0},
    {"Vulnerabilities", "Vulnerabilities", NULL, NULL, MODEL_ROWS(vulnerabilities_fields), NULL, 0},
    MODEL_CHILD("Vulnerabilities", "High_Critical_Vulnerabilities", "Vulnerabilities",
                "severity=high OR severity=critical"),
    MODEL_CHILD("Vulnerabilities", "Medium_Vulnerabilities", "Vulnerabilities", "severity=medium"),
    MODEL_CHILD("Vulnerabilities", "Low_Informational_Vulnerabilities", "Vulnerabilities",
                "severity=low OR severity=informational"),
    {.model = NULL},
};
