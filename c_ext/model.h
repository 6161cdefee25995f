/* model: as tables, the data models (tstats-semantics section 6) and the profiles that map Sysmon
 * events to them (section 7, column 5709).
 *
 * Adding a field, a model or an event id is adding rows. Everything here is constant and shared.
 */
#ifndef CFHUNT_MODEL_H
#define CFHUNT_MODEL_H

#include "cfhunt.h"

/* What a data model's eval makes of a field, value by value. */
enum model_rule {
    MODEL_AS_IT_COMES,
    MODEL_UNKNOWN,        /* null or empty: the text unknown */
    MODEL_UNKNOWN_LOWER,  /* the same, else in lower case */
    MODEL_NUMBER_OR_ZERO, /* what is no number: 0 */
    MODEL_VENDOR_PRODUCT, /* rule M2: from vendor and product where it is null */
    MODEL_INPUT           /* no field for a user: an eval reads it. A row that has only such is
                           * still a row of the dataset */
};

struct model_field {
    const char *name;
    enum model_rule rule;
};

/* Where a profile takes a field from. */
enum profile_source {
    PROFILE_CONSTANT,  /* from */
    PROFILE_DATA,      /* the Data element named from */
    PROFILE_HOST,      /* a host name: from; the address: other (switch hyphen, S3) */
    PROFILE_DEST_HOST, /* the same, or Computer (switch dest, S10) */
    PROFILE_COMPUTER,  /* System's Computer */
    PROFILE_ACCOUNT,   /* from, behind its last backslash */
    PROFILE_DIRECTION, /* outbound where from is true, else inbound */
    PROFILE_IP_VERSION /* ipv6 where from or other is true, else ipv4 */
};

struct profile_field {
    const char *name; /* the model's */
    enum profile_source source;
    const char *from;
    const char *other;
};

/* One event id of one provider, as a row of one dataset (S1, S8, S9). */
struct profile {
    const char *provider;
    const char *event_id;
    const struct profile_field *fields;
    size_t field_count;
};

struct model_dataset {
    const char *model;
    const char *dataset;
    const struct model_field *fields;
    size_t field_count;
    const struct profile *profiles;
    size_t profile_count;
};

#define MODEL_NO_FIELD SIZE_MAX

/* The dataset, or NULL when it is not in the tables (it may be the site's own). Names as written
 * in Splunk, case and all. An empty dataset name is the model's root dataset. */
const struct model_dataset *model_find(struct slice model, struct slice dataset);
/* The index of a field in dataset->fields, or MODEL_NO_FIELD. */
size_t model_field_index(const struct model_dataset *dataset, struct slice bare_name);
/* The table's name nearest to a name that is not in it, for "did you mean"; never NULL, never an
 * input. */
const char *model_nearest(struct slice model);
const char *model_nearest_field(const struct model_dataset *dataset, struct slice bare_name);

/* The profile for an event of that provider and id (whole texts, case and all), or NULL. */
const struct profile *model_profile(const struct model_dataset *dataset, struct slice provider,
                                    struct slice event_id);
/* Has the dataset a profile of that provider, for whatever event id? */
bool model_knows_provider(const struct model_dataset *dataset, struct slice provider);
/* The profile's row for a field, or NULL. */
const struct profile_field *profile_find_field(const struct profile *profile, const char *name);

/* Metadata stand beside every model (W17): _time index source sourcetype host nodename linecount.
 */
bool model_is_metadata(struct slice name);

#endif
