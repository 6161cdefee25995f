#include "profile.h"

#include <string.h>

#include "text.h"

/* What every source needs. */
struct profile_reading {
    const struct plan_options *options;
    struct record *record;
};

static bool is_true(struct slice text)
{
    return text_equal_folded(text, SLICE("true"));
}

static enum cfh_status read_data(const struct profile_reading *reading, const char *name,
                                 struct slice *value)
{
    enum cfh_status status = record_data(reading->record, slice_of(name), value);
    if (status != CFH_OK || reading->options->entities == PLAN_ENTITIES_RAW) return status;
    return sysmon_xml_decode(*value, &reading->record->scratch, value) ? CFH_OK : CFH_NO_MEMORY;
}

/* An empty or absent host name gives the address; one that is exactly "-" what the switch says. */
static enum cfh_status profile_host(const struct profile_reading *reading,
                                    const struct profile_field *field, struct slice *value)
{
    enum cfh_status status = read_data(reading, field->from, value);
    if (status != CFH_OK) return status;
    bool hyphen = text_equal(*value, SLICE("-"));
    if (hyphen && reading->options->hyphen == PLAN_HYPHEN_NULL) {
        *value = (struct slice){NULL, 0};
        return CFH_OK;
    }
    if (value->length > 0 && !(hyphen && reading->options->hyphen == PLAN_HYPHEN_IP)) return CFH_OK;
    return read_data(reading, field->other, value);
}

static enum cfh_status profile_computer(const struct profile_reading *reading, struct slice *value)
{
    *value = reading->record->system.computer;
    if (reading->options->entities == PLAN_ENTITIES_RAW) return CFH_OK;
    return sysmon_xml_decode(*value, &reading->record->scratch, value) ? CFH_OK : CFH_NO_MEMORY;
}

static struct slice account_without_domain(struct slice account)
{
    for (size_t i = account.length; i > 0; i--)
        if (account.bytes[i - 1] == '\\')
            return (struct slice){account.bytes + i, account.length - i};
    return account;
}

static enum cfh_status profile_account(const struct profile_reading *reading,
                                       const struct profile_field *field, struct slice *value)
{
    enum cfh_status status = read_data(reading, field->from, value);
    if (status == CFH_OK) *value = account_without_domain(*value);
    return status;
}

static enum cfh_status profile_direction(const struct profile_reading *reading,
                                         const struct profile_field *field, struct slice *value)
{
    struct slice initiated;
    enum cfh_status status = read_data(reading, field->from, &initiated);
    *value = is_true(initiated) ? SLICE("outbound") : SLICE("inbound");
    return status;
}

static enum cfh_status profile_ip_version(const struct profile_reading *reading,
                                          const struct profile_field *field, struct slice *value)
{
    struct slice first, second;
    enum cfh_status status = read_data(reading, field->from, &first);
    if (status == CFH_OK) status = read_data(reading, field->other, &second);
    if (status != CFH_OK) return status;
    *value = is_true(first) || is_true(second) ? SLICE("ipv6") : SLICE("ipv4");
    return CFH_OK;
}

/* The field's text; length 0 is null, as an empty element gives no field (S4). */
static enum cfh_status profile_value(const struct profile_reading *reading,
                                     const struct profile_field *field, struct slice *value)
{
    switch (field->source) {
    case PROFILE_CONSTANT:
        *value = slice_of(field->from);
        return CFH_OK;
    case PROFILE_DATA:
        return read_data(reading, field->from, value);
    case PROFILE_DEST_HOST:
        if (reading->options->dest == PLAN_DEST_COMPUTER) return profile_computer(reading, value);
        return profile_host(reading, field, value);
    case PROFILE_HOST:
        return profile_host(reading, field, value);
    case PROFILE_COMPUTER:
        return profile_computer(reading, value);
    case PROFILE_ACCOUNT:
        return profile_account(reading, field, value);
    case PROFILE_DIRECTION:
        return profile_direction(reading, field, value);
    case PROFILE_IP_VERSION:
        return profile_ip_version(reading, field, value);
    }
    return CFH_OK;
}

enum cfh_status profile_values(const struct profile *profile, const struct plan_options *options,
                               struct record *record, struct slice name, struct values *values)
{
    struct profile_reading reading = {options, record};
    *values = (struct values){NULL, 0};
    for (size_t i = 0; i < profile->field_count; i++) {
        const struct profile_field *field = &profile->fields[i];
        if (!text_equal(slice_of(field->name), name)) continue;
        struct slice text;
        enum cfh_status status = profile_value(&reading, field, &text);
        if (status != CFH_OK || text.length == 0) return status;
        return record_one_value(record, text, values) ? CFH_OK : CFH_NO_MEMORY;
    }
    return CFH_OK;
}
