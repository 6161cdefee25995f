#include "model.h"

#include <string.h>

#include "text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* The first of their datasets is what model_nearest starts from. */
static const struct model_dataset *const tables[] = {model_network, model_endpoint, model_identity};

static const char *const metadata[] = {"_time", "index",    "source",   "sourcetype",
                                       "host",  "nodename", "linecount"};

static bool is_named(const char *name, struct slice text)
{
    return text_equal(slice_of(name), text);
}

/* ---- trees ---- */

const struct model_dataset *model_parent(const struct model_dataset *dataset)
{
    if (dataset->parent == NULL) return NULL;
    const struct model_dataset *parent = dataset - 1;
    while (strcmp(parent->name, dataset->parent) != 0)
        parent--;
    return parent;
}

const struct model_dataset *model_root(const struct model_dataset *dataset)
{
    while (dataset->parent != NULL)
        dataset--;
    return dataset;
}

/* The dataset's neighbour in its tree, from the root on; NULL behind the last. */
static const struct model_dataset *next_in_tree(const struct model_dataset *dataset)
{
    dataset++;
    return dataset->model == NULL || dataset->parent == NULL ? NULL : dataset;
}

bool model_is_within(const struct model_dataset *dataset, const struct model_dataset *other)
{
    while (dataset != NULL && dataset != other)
        dataset = model_parent(dataset);
    return dataset != NULL;
}

/* ---- names ---- */

/* Takes the name up to the next dot off the front of *path; false where none is left. A path that
 * ends in a dot ends in an empty name, which nothing has. */
static bool next_name(struct slice *path, struct slice *name)
{
    if (path->bytes == NULL) return false;
    const char *dot = path->length > 0 ? memchr(path->bytes, '.', path->length) : NULL;
    *name = *path;
    *path = (struct slice){NULL, 0};
    if (dot == NULL) return true;
    size_t length = (size_t)(dot - name->bytes);
    *path = (struct slice){dot + 1, name->length - length - 1};
    name->length = length;
    return true;
}

static const struct model_dataset *find_child(const struct model_dataset *parent, struct slice name)
{
    const struct model_dataset *child = next_in_tree(parent);
    while (child != NULL && !(is_named(child->name, name) && model_parent(child) == parent))
        child = next_in_tree(child);
    return child;
}

/* The dataset that a path of names leads to, the first of which is the root's. */
static const struct model_dataset *follow_path(const struct model_dataset *root, struct slice path)
{
    struct slice name;
    if (!next_name(&path, &name) || !is_named(root->name, name)) return NULL;
    const struct model_dataset *found = root;
    while (found != NULL && next_name(&path, &name))
        found = find_child(found, name);
    return found;
}

/* Is this the dataset of that name or path? An empty one is every dataset, the first root first. */
static const struct model_dataset *match_dataset(const struct model_dataset *candidate,
                                                 struct slice dataset)
{
    if (dataset.length == 0 || is_named(candidate->name, dataset)) return candidate;
    return candidate->parent == NULL ? follow_path(candidate, dataset) : NULL;
}

const struct model_dataset *model_find(struct slice model, struct slice dataset)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (const struct model_dataset *row = tables[i]; row->model != NULL; row++) {
            if (!is_named(row->model, model)) continue;
            const struct model_dataset *found = match_dataset(row, dataset);
            if (found != NULL) return found;
        }
    return NULL;
}

/* ---- fields ---- */

const struct model_field *model_field_at(const struct model_dataset *dataset, size_t i,
                                         const struct model_dataset **owner)
{
    const struct model_dataset *at = model_root(dataset);
    while (at != NULL && i >= at->field_count) {
        i -= at->field_count;
        at = next_in_tree(at);
    }
    if (at == NULL) return NULL;
    if (owner != NULL) *owner = at;
    return &at->fields[i];
}

/* Cuts name at its last dot; false where there is none. */
static bool split_name(struct slice name, struct slice *path, struct slice *bare)
{
    for (size_t i = name.length; i > 0; i--) {
        if (name.bytes[i - 1] != '.') continue;
        *path = (struct slice){name.bytes, i - 1};
        *bare = (struct slice){name.bytes + i, name.length - i};
        return true;
    }
    return false;
}

static struct slice last_name(struct slice path)
{
    struct slice parents, name;
    return split_name(path, &parents, &name) ? name : path;
}

const struct model_field *model_field(const struct model_dataset *dataset, struct slice name)
{
    struct slice path, bare;
    if (!split_name(name, &path, &bare)) return NULL;
    const struct model_dataset *written = follow_path(model_root(dataset), path), *owner;
    if (written == NULL) return NULL;
    const struct model_field *field;
    for (size_t i = 0; (field = model_field_at(dataset, i, &owner)) != NULL; i++) {
        if (field->rule == MODEL_INPUT || !is_named(field->name, bare)) continue;
        if (model_is_within(owner, written) || model_is_within(written, owner)) return field;
    }
    return NULL;
}

/* ---- the nearest name ---- */

/* Is name nearer to text than *distance? Then that is its distance. */
static bool is_nearer(const char *name, struct slice text, size_t *distance)
{
    size_t edits = text_edit_distance(slice_of(name), text);
    if (edits >= *distance) return false;
    *distance = edits;
    return true;
}

const char *model_nearest(struct slice model)
{
    const char *nearest = tables[0]->model;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (const struct model_dataset *row = tables[i]; row->model != NULL; row++)
            if (is_nearer(row->model, model, &distance)) nearest = row->model;
    return nearest;
}

const char *model_nearest_dataset(struct slice model, struct slice dataset)
{
    struct slice known = slice_of(model_nearest(model)), wanted = last_name(dataset);
    const struct model_dataset *row = model_find(known, (struct slice){NULL, 0});
    const char *nearest = row->name;
    size_t distance = SIZE_MAX;
    for (; row->model != NULL && is_named(row->model, known); row++)
        if (is_nearer(row->name, wanted, &distance)) nearest = row->name;
    return nearest;
}

const struct model_field *model_nearest_field(const struct model_dataset *dataset,
                                              struct slice bare_name,
                                              const struct model_dataset **owner)
{
    const struct model_dataset *at;
    const struct model_field *nearest = NULL, *field;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; (field = model_field_at(dataset, i, &at)) != NULL; i++) {
        if (field->rule == MODEL_INPUT) continue;
        if (!is_nearer(field->name, bare_name, &distance) && nearest != NULL) continue;
        nearest = field;
        *owner = at;
    }
    return nearest;
}

/* ---- profiles ---- */

const struct profile *model_profile(const struct model_dataset *dataset, struct slice provider,
                                    struct slice event_id)
{
    for (; dataset != NULL; dataset = model_parent(dataset))
        for (size_t i = 0; i < dataset->profile_count; i++) {
            const struct profile *profile = &dataset->profiles[i];
            if (is_named(profile->event_id, event_id) && is_named(profile->provider, provider))
                return profile;
        }
    return NULL;
}

bool model_knows_provider(const struct model_dataset *dataset, struct slice provider)
{
    for (; dataset != NULL; dataset = model_parent(dataset))
        for (size_t i = 0; i < dataset->profile_count; i++)
            if (is_named(dataset->profiles[i].provider, provider)) return true;
    return false;
}

bool model_is_metadata(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(metadata); i++)
        if (is_named(metadata[i], name)) return true;
    return false;
}
