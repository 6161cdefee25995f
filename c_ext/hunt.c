#include "hunt.h"

#include <string.h>

enum { HUNT_BLOCK = 4096 };

bool hunt_init(struct hunt *hunt, struct plan *plan, const struct hash_key *key,
               struct memory *memory)
{
    *hunt = (struct hunt){.plan = *plan, .memory = memory};
    plan_init(plan, memory);
    arena_init(&hunt->arena, memory, HUNT_BLOCK);
    partial_reader_init(&hunt->partials, &hunt->plan, memory);
    memo_init(&hunt->memo, key, memory);
    spill_init(&hunt->spill, key, memory);
    if (!view_init(&hunt->view, &hunt->plan, memory)) goto fail_view;
    if (!group_table_init(&hunt->groups, &hunt->plan, key, &hunt->beyond, memory)) goto fail_groups;
    if (!where_compile(&hunt->arena, &hunt->plan, &hunt->where)) goto fail;
    if (!counters_init(&hunt->counters, &hunt->plan, &hunt->arena)) goto fail;
    return true;
fail:
    group_table_release(&hunt->groups);
fail_groups:
    view_release(&hunt->view);
fail_view:
    arena_release(&hunt->arena);
    plan_release(&hunt->plan);
    return false;
}

void hunt_release(struct hunt *hunt)
{
    partial_reader_release(&hunt->partials);
    memo_release(&hunt->memo);
    spill_release(&hunt->spill);
    group_table_release(&hunt->groups);
    view_release(&hunt->view);
    arena_release(&hunt->arena);
    plan_release(&hunt->plan);
}

static void drop_groups(struct hunt *hunt)
{
    memo_clear(&hunt->memo);
    group_table_clear(&hunt->groups);
}

void hunt_clear(struct hunt *hunt)
{
    drop_groups(hunt);
    counters_clear(&hunt->counters);
    spill_release(&hunt->spill);
    spill_init(&hunt->spill, hunt->spill.key, hunt->memory);
}

void hunt_bind(struct hunt *hunt, const struct record *record)
{
    view_bind(&hunt->view, record);
    by_tuple_bind(&hunt->groups.by, &hunt->view);
#ifndef CFHUNT_PLAIN
    memo_bind(&hunt->memo, &hunt->view, &hunt->where, record);
#endif
}

/* ---- events ---- */

static void count(struct hunt *hunt, enum counter counter)
{
    hunt->counters.counts[counter]++;
}

static enum cfh_status count_unusable(struct hunt *hunt, struct record *record)
{
    const struct sysmon_system *system;
    enum cfh_status status = record_system(record, &system);
    count(hunt, COUNTER_UNUSABLE);
    if (system != NULL && hunt->view.dataset != NULL &&
        model_knows_provider(hunt->view.dataset, system->provider))
        count(hunt, COUNTER_OTHER_EVENT);
    return status;
}

/* What the message about an empty table tells: looked into for the first rows only. Those of this
 * process: the counters lose theirs with each flush, and gain those of the maps. */
static enum cfh_status count_checked(struct hunt *hunt, struct record *record)
{
    if (hunt->checked >= COUNTERS_CHECKED_ROWS) return CFH_OK;
    hunt->checked++;
    count(hunt, COUNTER_CHECKED);
    if (record->row.count != record->column_count) count(hunt, COUNTER_RAGGED);
    if (hunt->view.kind == VIEW_UNUSABLE) return count_unusable(hunt, record);
    count(hunt, hunt->view.kind == VIEW_MAPPED ? COUNTER_MAPPED : COUNTER_PROFILED);
    return where_count_terms(&hunt->where, &hunt->view, hunt->counters.terms);
}

bool hunt_checks_rows(const struct hunt *hunt)
{
    return hunt->checked < COUNTERS_CHECKED_ROWS;
}

void hunt_skip(struct hunt *hunt, uint64_t rows)
{
    hunt->counters.counts[COUNTER_READ] += rows;
}

/* Each function of each group counts what it leaves out; the row counts once. */
static void count_beyond(struct hunt *hunt)
{
    if (hunt->beyond == 0) return;
    count(hunt, COUNTER_BEYOND);
    hunt->beyond = 0;
}

static enum cfh_status group_match(struct hunt *hunt)
{
    bool capped;
    count(hunt, COUNTER_MATCHED);
    enum cfh_status status = group_row(&hunt->groups, &hunt->view, &capped);
    if (capped) count(hunt, COUNTER_CAPPED);
    count_beyond(hunt);
    return status;
}

/* Reads the row: what is it, does it pass, which groups? */
static enum cfh_status read_event(struct hunt *hunt, struct record *record)
{
    enum cfh_status status = view_open(&hunt->view, record);
    if (status == CFH_OK) status = count_checked(hunt, record);
    hunt->groups.last_count = 0;
    if (status != CFH_OK || hunt->view.kind == VIEW_UNUSABLE) return status;
    if (hunt->passed) group_expect(&hunt->groups, &hunt->view);
    status = where_passes(&hunt->where, &hunt->view, &hunt->passed);
    return status == CFH_OK && hunt->passed ? group_match(hunt) : status;
}

/* A row with the cells of an earlier one goes where that went. */
static enum cfh_status repeat_event(struct hunt *hunt, struct record *record, struct group *group)
{
    if (group == NULL) return CFH_OK;
    count(hunt, COUNTER_MATCHED);
    view_open_mapped(&hunt->view, record);
    enum cfh_status status = group_row_known(&hunt->groups, &hunt->view, group);
    count_beyond(hunt);
    return status;
}

/* Only what its WHERE cells alone decide can be kept, and nothing whose damage is to be counted. */
static void keep_event(struct hunt *hunt, const struct record *record, uint64_t damaged)
{
    if (hunt->view.kind != VIEW_MAPPED || !hunt->view.by_where) return;
    if (hunt->groups.last_count > 1 || record->damaged_multivalues != damaged) return;
    memo_keep(&hunt->memo, hunt->groups.last_count == 1 ? hunt->groups.last_group : NULL);
}

enum cfh_status hunt_event(struct hunt *hunt, struct record *record)
{
    uint64_t damaged = record->damaged_multivalues;
    count(hunt, COUNTER_READ);
    if (hunt_checks_rows(hunt)) return read_event(hunt, record);
    const struct memo_entry *entry = memo_find(&hunt->memo, record);
    if (entry != NULL) return repeat_event(hunt, record, entry->group);
    enum cfh_status status = read_event(hunt, record);
    if (status == CFH_OK) keep_event(hunt, record, damaged);
    return status;
}

/* ---- partial rows ---- */

static enum cfh_status refuse_version(struct cfh_error *error)
{
    static const char sentence[] =
        "An indexer sent results of another version of cfhunt: install the same version on the "
        "search head and on every indexer.";
    *error = (struct cfh_error){.code = CFH_BAD_INPUT};
    memcpy(error->sentence, sentence, sizeof(sentence));
    return CFH_BAD_INPUT;
}

enum cfh_status hunt_partial(struct hunt *hunt, struct slice marker, struct slice state,
                             bool *taken, struct cfh_error *error)
{
    enum cfh_status status;
    enum partial_kind kind = PARTIAL_GROUP;
    *taken = false;
    switch (partial_judge(&hunt->plan, marker, state, &kind)) {
    case PARTIAL_NONE:
    case PARTIAL_OTHER_PLAN:
        return CFH_OK;
    case PARTIAL_OTHER_VERSION:
        return refuse_version(error);
    case PARTIAL_DAMAGED:
        count(hunt, COUNTER_DAMAGED_PART);
        return CFH_OK;
    case PARTIAL_MINE:
        break;
    }
    *taken = true;
    status = partial_read(&hunt->partials, kind, state, &hunt->groups, &hunt->counters);
    if (status != CFH_BAD_INPUT) return status;
    count(hunt, COUNTER_DAMAGED_PART);
    return CFH_OK;
}

/* ---- groups out of memory ---- */

enum cfh_status hunt_spill(struct hunt *hunt, struct store *store)
{
    size_t used = hunt->memory->used;
    enum cfh_status status = spill_groups(&hunt->spill, &hunt->groups, store);
    if (status != CFH_OK) return status;
    drop_groups(hunt);
    if (used > hunt->memory->used) hunt->spill.memory_freed += used - hunt->memory->used;
    return CFH_OK;
}

void hunt_give_groups(struct hunt *hunt, uint64_t bytes)
{
    hunt->spill.times += hunt->groups.count > 0;
    hunt->spill.groups += hunt->groups.count;
    hunt->spill.bytes += bytes;
    drop_groups(hunt);
}

uint64_t hunt_group_count(const struct hunt *hunt)
{
    const struct spill *spill = &hunt->spill;
    return hunt->groups.count + (spill->merged_count > 0 ? spill->merged_count : spill->groups);
}

/* Without BY there is one row always, as tstats count gives 0 where nothing matches. */
static bool add_only_group(struct hunt *hunt)
{
    if (hunt->plan.by_count > 0) return true;
    return group_find(&hunt->groups, (struct slice){NULL, 0}) != NULL;
}

void hunt_gather(struct hunt *hunt)
{
    group_table_gather(&hunt->groups);
}

enum cfh_status hunt_finish(struct hunt *hunt)
{
    if (hunt->finished) return CFH_OK;
    if (!add_only_group(hunt)) return CFH_NO_MEMORY;
    hunt->counters.counts[COUNTER_DAMAGED_PART] += partial_incomplete(&hunt->partials);
    group_table_gather(&hunt->groups);
    hunt->finished = true;
    return CFH_OK;
}
