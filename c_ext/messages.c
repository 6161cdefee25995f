#include "messages.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGES_BLOCK = 2048, MESSAGES_OWN_MEGABYTES = 16 };

void messages_init(struct messages *messages, struct memory *memory)
{
    *messages = (struct messages){.memory = memory};
    arena_init(&messages->arena, memory, MESSAGES_BLOCK);
}

void messages_release(struct messages *messages)
{
    arena_release(&messages->arena);
    messages->lines = NULL;
    messages->count = 0;
}

void messages_clear(struct messages *messages)
{
    arena_clear(&messages->arena);
    messages->lines = NULL;
    messages->count = 0;
}

bool messages_add(struct messages *messages, enum message_level level, struct slice text)
{
    size_t count = messages->count;
    struct message_line *lines = arena_take(&messages->arena, (count + 1) * sizeof(*lines));
    struct message_line line = {.level = level};
    if (lines == NULL || !arena_copy(&messages->arena, text, &line.text)) return false;
    if (count > 0) memcpy(lines, messages->lines, count * sizeof(*lines));
    lines[count] = line;
    messages->lines = lines;
    messages->count = count + 1;
    return true;
}

/* Adds the sentence that say wrote, if it wrote one, and empties it for the next. */
static bool add_written(struct messages *messages, struct message *message, bool written)
{
    bool added = written && (message->text->length == 0 ||
                             messages_add(messages, message->level, buffer_slice(message->text)));
    buffer_clear(message->text);
    return added;
}

/* Without BY there always is a row: whether anything is in it, the counters say. */
static bool table_is_empty(const struct hunt *hunt)
{
    if (hunt->plan.by_count > 0) return hunt_group_count(hunt) == 0;
    return hunt->counters.counts[COUNTER_MATCHED] == 0;
}

/* What its groups took in memory, a share for the growth of their table, and the engine's own. */
static size_t sufficient_megabytes(const struct hunt *hunt)
{
    const size_t megabyte = 1024 * 1024;
    uint64_t bytes = hunt->spill.memory_freed + hunt->spill.memory_freed / 4;
    return (size_t)(bytes / megabyte) + MESSAGES_OWN_MEGABYTES;
}

static bool add_spilled(struct messages *messages, const struct hunt *hunt)
{
    const struct spill *spill = &hunt->spill;
    char sentence[CFH_SENTENCE_SIZE];
    if (spill->groups == 0) return true;
    int length = snprintf(
        sentence, sizeof(sentence),
        "The groups did not fit in the memory bound: %llu went through a temporary "
        "file, %llu MB in %llu parts. The answer is whole; with maxmem=%zu they "
        "would stay in memory.",
        (unsigned long long)spill->groups, (unsigned long long)((spill->bytes + 999999) / 1000000),
        (unsigned long long)spill->times, sufficient_megabytes(hunt));
    return messages_add(messages, MESSAGE_INFO, (struct slice){sentence, (size_t)length});
}

bool messages_add_table(struct messages *messages, const struct hunt *hunt, bool scheduled)
{
    struct buffer text;
    struct message message = {.text = &text};
    buffer_init(&text, messages->memory);
    bool done = true;
    if (table_is_empty(hunt)) {
        done = counters_say_no_rows(&hunt->counters, &hunt->plan, scheduled, &message);
        done = add_written(messages, &message, done);
    }
    for (size_t i = 0; done && i < COUNTERS_WARNINGS; i++) {
        done = counters_say_warning(&hunt->counters, &hunt->plan, i, &message);
        done = add_written(messages, &message, done);
    }
    buffer_release(&text);
    return done && add_spilled(messages, hunt);
}

/* ---- columns that no hunt needs ---- */

struct needed_columns {
    const struct record *record;
    bool *needed;
};

static bool mark_needed(void *context, struct slice name)
{
    struct needed_columns *columns = context;
    size_t column = record_column(columns->record, name);
    if (column != RECORD_NO_COLUMN) columns->needed[column] = true;
    return true;
}

/* Splunk's internal fields (_serial, _si, and __mv_X too) come along whatever a search says. */
static size_t count_unneeded(const struct needed_columns *columns)
{
    size_t count = 0;
    for (size_t i = 0; i < columns->record->column_count; i++) {
        struct slice name = columns->record->columns[i].name;
        if (!columns->needed[i] && name.length > 0 && name.bytes[0] != '_') count++;
    }
    return count;
}

bool messages_add_columns(struct messages *messages, const struct record *record,
                          struct hunt *const *hunts, size_t hunt_count)
{
    char sentence[CFH_SENTENCE_SIZE];
    struct needed_columns columns = {.record = record};
    columns.needed = arena_take(&messages->arena, record->column_count);
    if (columns.needed == NULL) return false;
    memset(columns.needed, 0, record->column_count);
    for (size_t i = 0; i < hunt_count; i++)
        if (!view_columns_read(&hunts[i]->plan, mark_needed, &columns)) return false;
    size_t count = count_unneeded(&columns);
    if (count == 0) return true;
    int length = snprintf(sentence, sizeof(sentence),
                          "cfhunt did not need %zu of the %zu columns that came. `cfhunt_fields` "
                          "before the command saves Splunk from extracting them.",
                          count, record->column_count);
    return messages_add(messages, MESSAGE_INFO, (struct slice){sentence, (size_t)length});
}
