/* model: the CIM's data models (tstats-semantics section 6) and the profiles that map Sysmon events
 * to them (section 7, column 5709), looked up by name. What they are stands in model_tables.h.
 *
 * A dataset here is always a row of the tables: the functions find its tree by its place.
 * Everything is constant and shared; nothing is allocated.
 */
#ifndef CFHUNT_MODEL_H
#define CFHUNT_MODEL_H

#include "model_tables.h"

/* The dataset, or NULL when it is not in the tables (it may be the site's own). Names as written in
 * Splunk, case and all; dataset may be a path from the root, All_Changes.Account_Management. An
 * empty dataset name is the model's first root. */
const struct model_dataset *model_find(struct slice model, struct slice dataset);
/* The dataset's parent, or NULL for a root. */
const struct model_dataset *model_parent(const struct model_dataset *dataset);
/* The root of the dataset's tree, whose name begins the names of all its fields: the topmost
 * parent, or the dataset itself. */
const struct model_dataset *model_root(const struct model_dataset *dataset);
/* Is it the other one, or a child of it in any line? */
bool model_is_within(const struct model_dataset *dataset, const struct model_dataset *other);

/* The field of a name as a search on that dataset writes it, All_Traffic.dest or
 * All_Changes.Account_Management.src_user: a path of datasets from the root, which may stop short
 * of the dataset that the field belongs to or lead past it, a dot, the bare name. Fields of the
 * whole tree are found; inputs (MODEL_INPUT) are not. NULL: there is none. */
const struct model_field *model_field(const struct model_dataset *dataset, struct slice name);
/* The i-th field of the dataset's tree, inputs among them, those of the root first; NULL behind the
 * last. owner: the dataset whose own field it is; may be NULL. */
const struct model_field *model_field_at(const struct model_dataset *dataset, size_t i,
                                         const struct model_dataset **owner);

/* The nearest name in the tables, for "did you mean"; never NULL. */
const char *model_nearest(struct slice model);
/* Of the model's datasets, or where there is no such model, of the nearest model's. Of a path the
 * last name counts. */
const char *model_nearest_dataset(struct slice model, struct slice dataset);
/* The nearest field of the dataset's tree, never an input; *owner: the dataset whose own field it
 * is. */
const struct model_field *model_nearest_field(const struct model_dataset *dataset,
                                              struct slice bare_name,
                                              const struct model_dataset **owner);

/* The profile for an event of that provider and id (whole texts, case and all), or NULL. A child
 * has the profiles of its parents. */
const struct profile *model_profile(const struct model_dataset *dataset, struct slice provider,
                                    struct slice event_id);
/* Has the dataset a profile of that provider, for whatever event id? */
bool model_knows_provider(const struct model_dataset *dataset, struct slice provider);

/* Metadata stand beside every model (W17): _time index source sourcetype host nodename linecount.
 */
bool model_is_metadata(struct slice name);

#endif
