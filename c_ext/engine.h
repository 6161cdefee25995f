/* engine: events in, rows out. See engine.c for the picture.
 *
 * No I/O: windows of bytes are given, windows of bytes are taken. One engine serves one command;
 * it is not thread-safe. The first failure sticks: every later call that can fail fails the same.
 */
#ifndef CFHUNT_ENGINE_H
#define CFHUNT_ENGINE_H

#include "hash.h"
#include "hunt.h"
#include "hunt_file.h"
#include "messages.h"
#include "remarks.h"
#include "reply.h"
#include "store.h"
#include "tstats.h"

/* The bound on the engine's memory where the search sets no maxmem; as Splunk's own stats has it.
 */
enum { ENGINE_MEMORY_MEGABYTES = 200 };

struct engine;

/* secret: random bytes, copied. source NULL: the C library's. NULL when refused. */
struct engine *engine_new(const struct memory_source *source, const struct hash_key *secret);
/* NULL is fine. */
void engine_free(struct engine *engine);

/* Adds a hunt: a command's arguments, or a plan's token. Before the first body. *phase: what the
 * token says, PLAN_PHASE_WHOLE for arguments. CFH_OK, CFH_BAD_PLAN or CFH_NO_MEMORY. */
enum cfh_status engine_add_hunt(struct engine *engine, struct slice arguments,
                                enum plan_phase *phase, struct cfh_error *error);
/* The hunt whose file the arguments ask for (tstats_hunt_name), in a buffer that is to be released;
 * empty: none, so engine_add_hunt takes them. Else engine_add_detection does, with the file that
 * the caller found, and engine_add_macros before it, for each file of macros, the one that wins
 * first. A wrong file: CFH_BAD_PLAN or CFH_LIMIT, with file, line and column in the sentence. */
enum cfh_status engine_hunt_name(struct engine *engine, struct slice arguments, struct buffer *name,
                                 struct cfh_error *error);
enum cfh_status engine_add_macros(struct engine *engine, const struct hunt_file *file,
                                  struct cfh_error *error);
enum cfh_status engine_add_detection(struct engine *engine, struct slice arguments,
                                     const struct hunt_file *file, struct cfh_error *error);
size_t engine_hunt_count(const struct engine *engine);
const struct plan *engine_plan(const struct engine *engine, size_t hunt);
/* A map never takes a row for a partial one (design section 3). Default: it may. */
void engine_refuse_partials(struct engine *engine);

/* Where groups go that do not fit in memory; without it the bound is the end. Before the first
 * body. Both borrowed until engine_free. groups_max: as soon as a hunt holds so many groups they
 * go, too; 0: only for memory. */
void engine_use_store(struct engine *engine, const struct store_functions *functions, void *context,
                      size_t groups_max);

/* One request's body: begin, any number of windows of any size, end. A window is borrowed for the
 * call. CFH_OK, CFH_BAD_INPUT (error says what), CFH_LIMIT (the memory bound), CFH_STORE or
 * CFH_NO_MEMORY. */
void engine_begin_body(struct engine *engine);
enum cfh_status engine_feed(struct engine *engine, struct slice window, struct cfh_error *error);
enum cfh_status engine_end_body(struct engine *engine, struct cfh_error *error);

/* What a hunt did so far, in this process and in the maps whose rows it took. */
struct engine_figures {
    uint64_t rows;    /* events read */
    uint64_t checked; /* of them, those looked into for the next count */
    uint64_t usable;
    uint64_t matched; /* events that passed the WHERE */
    uint64_t groups;  /* held now, in memory or in the store */
    uint64_t spilled; /* groups that went out of memory, as often as they did */
    uint64_t spilled_bytes;
};
struct engine_figures engine_figures(const struct engine *engine, size_t hunt);

/* Bytes held now, the most ever held, and the bound. */
const struct memory *engine_memory(const struct engine *engine);

/* The rows so far, between bodies. *length: bytes in all. A table ends the hunt; partial rows leave
 * it empty for what comes next, once engine_reply_next has given them all. A hunt whose token is a
 * map's gives no table once groups went out of memory: they went as partial rows. */
enum cfh_status engine_begin_table(struct engine *engine, size_t hunt, uint64_t *length,
                                   struct cfh_error *error);
enum cfh_status engine_begin_partials(struct engine *engine, uint64_t *length,
                                      struct cfh_error *error);
/* The next window, valid until the next call; length 0 at the end. */
enum cfh_status engine_reply_next(struct engine *engine, struct slice *window,
                                  struct cfh_error *error);

/* What to tell the user beside the rows: after engine_begin_table of that hunt, or once after a
 * map's first body. NULL when refused. Valid until the next call of the two. */
const struct messages *engine_table_messages(struct engine *engine, size_t hunt, bool scheduled);
const struct messages *engine_map_messages(struct engine *engine);

#endif
