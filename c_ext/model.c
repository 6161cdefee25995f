#include "model.h"

#include <string.h>

#include "text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* ---- Network_Traffic.All_Traffic ---- */

/* bytes, packets and their parts come as they are: the model derives a missing one from the two
 * others, which needs exact sums. */
static const struct model_field all_traffic_fields[] = {
    {"action", MODEL_UNKNOWN},
    {"app", MODEL_AS_IT_COMES},
    {"bytes", MODEL_AS_IT_COMES},
    {"bytes_in", MODEL_AS_IT_COMES},
    {"bytes_out", MODEL_AS_IT_COMES},
    {"channel", MODEL_AS_IT_COMES},
    {"dest", MODEL_UNKNOWN},
    {"dest_bunit", MODEL_AS_IT_COMES},
    {"dest_category", MODEL_AS_IT_COMES},
    {"dest_interface", MODEL_AS_IT_COMES},
    {"dest_ip", MODEL_AS_IT_COMES},
    {"dest_mac", MODEL_AS_IT_COMES},
    {"dest_port", MODEL_NUMBER_OR_ZERO},
    {"dest_priority", MODEL_AS_IT_COMES},
    {"dest_translated_ip", MODEL_AS_IT_COMES},
    {"dest_translated_port", MODEL_AS_IT_COMES},
    {"dest_zone", MODEL_AS_IT_COMES},
    {"direction", MODEL_AS_IT_COMES},
    {"duration", MODEL_AS_IT_COMES},
    {"dvc", MODEL_UNKNOWN},
    {"dvc_bunit", MODEL_AS_IT_COMES},
    {"dvc_category", MODEL_AS_IT_COMES},
    {"dvc_ip", MODEL_AS_IT_COMES},
    {"dvc_mac", MODEL_AS_IT_COMES},
    {"dvc_priority", MODEL_AS_IT_COMES},
    {"dvc_zone", MODEL_AS_IT_COMES},
    {"flow_id", MODEL_AS_IT_COMES},
    {"icmp_code", MODEL_AS_IT_COMES},
    {"icmp_type", MODEL_AS_IT_COMES},
    {"packets", MODEL_AS_IT_COMES},
    {"packets_in", MODEL_AS_IT_COMES},
    {"packets_out", MODEL_AS_IT_COMES},
    {"process_id", MODEL_AS_IT_COMES},
    {"product", MODEL_INPUT},
    {"protocol", MODEL_AS_IT_COMES},
    {"protocol_version", MODEL_AS_IT_COMES},
    {"response_time", MODEL_AS_IT_COMES},
    {"rule", MODEL_UNKNOWN},
    {"session_id", MODEL_AS_IT_COMES},
    {"src", MODEL_UNKNOWN},
    {"src_bunit", MODEL_AS_IT_COMES},
    {"src_category", MODEL_AS_IT_COMES},
    {"src_interface", MODEL_AS_IT_COMES},
    {"src_ip", MODEL_AS_IT_COMES},
    {"src_mac", MODEL_AS_IT_COMES},
    {"src_port", MODEL_NUMBER_OR_ZERO},
    {"src_priority", MODEL_AS_IT_COMES},
    {"src_translated_ip", MODEL_AS_IT_COMES},
    {"src_translated_port", MODEL_AS_IT_COMES},
    {"src_zone", MODEL_AS_IT_COMES},
    {"ssid", MODEL_AS_IT_COMES},
    {"tag", MODEL_AS_IT_COMES},
    {"tcp_flag", MODEL_AS_IT_COMES},
    {"tos", MODEL_AS_IT_COMES},
    {"transport", MODEL_UNKNOWN_LOWER},
    {"ttl", MODEL_AS_IT_COMES},
    {"user", MODEL_UNKNOWN},
    {"user_bunit", MODEL_AS_IT_COMES},
    {"user_category", MODEL_AS_IT_COMES},
    {"user_priority", MODEL_AS_IT_COMES},
    {"vendor", MODEL_INPUT},
    {"vendor_account", MODEL_AS_IT_COMES},
    {"vendor_product", MODEL_VENDOR_PRODUCT},
    {"vlan", MODEL_AS_IT_COMES},
    {"wifi", MODEL_AS_IT_COMES},
};

/* Sysmon EventID 3, Network connection, as the Splunk Add-on for Sysmon maps it. */
static const struct profile_field windows_connection[] = {
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

/* Linux accounts have no domain to take off; vendor_product is a stated decision (S8). */
static const struct profile_field linux_connection[] = {
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
    {"user", PROFILE_DATA, "User", NULL},
    {"vendor_product", PROFILE_CONSTANT, "Sysmon for Linux", NULL},
};

static const struct profile all_traffic_profiles[] = {
    {"Microsoft-Windows-Sysmon", "3", windows_connection, COUNT_OF(windows_connection)},
    {"Linux-Sysmon", "3", linux_connection, COUNT_OF(linux_connection)},
};

/* ---- the tables of the tables ---- */

/* The root dataset of a model stands first. */
static const struct model_dataset datasets[] = {
    {"Network_Traffic", "All_Traffic", all_traffic_fields, COUNT_OF(all_traffic_fields),
     all_traffic_profiles, COUNT_OF(all_traffic_profiles)},
};

static const char *const metadata[] = {"_time", "index",    "source",   "sourcetype",
                                       "host",  "nodename", "linecount"};

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

const struct model_dataset *model_find(struct slice model, struct slice dataset)
{
    for (size_t i = 0; i < COUNT_OF(datasets); i++) {
        if (!text_equal(slice_of(datasets[i].model), model)) continue;
        if (dataset.length == 0 || text_equal(slice_of(datasets[i].dataset), dataset))
            return &datasets[i];
    }
    return NULL;
}

size_t model_field_index(const struct model_dataset *dataset, struct slice bare_name)
{
    for (size_t i = 0; i < dataset->field_count; i++)
        if (text_equal(slice_of(dataset->fields[i].name), bare_name)) return i;
    return MODEL_NO_FIELD;
}

const char *model_nearest(struct slice model)
{
    const char *nearest = datasets[0].model;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < COUNT_OF(datasets); i++) {
        size_t edits = text_edit_distance(slice_of(datasets[i].model), model);
        if (edits < distance) nearest = datasets[i].model, distance = edits;
    }
    return nearest;
}

const char *model_nearest_field(const struct model_dataset *dataset, struct slice bare_name)
{
    const char *nearest = dataset->fields[0].name;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < dataset->field_count; i++) {
        if (dataset->fields[i].rule == MODEL_INPUT) continue;
        size_t edits = text_edit_distance(slice_of(dataset->fields[i].name), bare_name);
        if (edits < distance) nearest = dataset->fields[i].name, distance = edits;
    }
    return nearest;
}

const struct profile *model_profile(const struct model_dataset *dataset, struct slice provider,
                                    struct slice event_id)
{
    for (size_t i = 0; i < dataset->profile_count; i++) {
        const struct profile *profile = &dataset->profiles[i];
        if (text_equal(slice_of(profile->event_id), event_id) &&
            text_equal(slice_of(profile->provider), provider))
            return profile;
    }
    return NULL;
}

bool model_knows_provider(const struct model_dataset *dataset, struct slice provider)
{
    for (size_t i = 0; i < dataset->profile_count; i++)
        if (text_equal(slice_of(dataset->profiles[i].provider), provider)) return true;
    return false;
}

const struct profile_field *profile_find_field(const struct profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->field_count; i++)
        if (strcmp(profile->fields[i].name, name) == 0) return &profile->fields[i];
    return NULL;
}

bool model_is_metadata(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(metadata); i++)
        if (text_equal(slice_of(metadata[i]), name)) return true;
    return false;
}
