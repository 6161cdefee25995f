#include "set_functions.h"

#include "number.h"
#include "port_set.h"
#include "text.h"
#include "text_set.h"

/* ---- distinct values ---- */

/* Ports among themselves, and all other texts where there are any. */
struct value_set {
    struct port_set ports;
    struct text_set *texts; /* in the pool; NULL: none yet */
};

static bool takes_port(struct slice value, uint16_t *port)
{
#ifdef CFHUNT_PLAIN
    (void)value;
    (void)port;
    return false;
#else
    return port_set_takes(value, port);
#endif
}

static bool add_text(struct value_set *set, struct slice text, const struct aggregate_home *home)
{
    if (set->texts == NULL) {
        struct text_set *texts = pool_take(home->pool, sizeof(*texts));
        if (texts == NULL) return false;
        *texts = (struct text_set){.slots = NULL};
        set->texts = texts;
    }
    return text_set_add(set->texts, text, home->pool, home->key);
}

static bool add_value(struct value_set *set, struct slice value, const struct aggregate_home *home)
{
    uint16_t port;
    if (takes_port(value, &port)) return port_set_add(&set->ports, port, home->pool);
    return add_text(set, value, home);
}

static bool set_update(void *state, const struct aggregate_input *input,
                       const struct aggregate_home *home)
{
    for (size_t i = 0; i < input->values.count; i++)
        if (!add_value(state, input->values.items[i], home)) return false;
    return true;
}

static size_t text_count(const struct value_set *set)
{
    return set->texts != NULL ? set->texts->count : 0;
}

static struct slice text_at(const struct value_set *set, size_t i)
{
    return text_slot_text(&set->texts->slots[i]);
}

static void values_arrange(void *state)
{
    struct value_set *set = state;
    port_set_arrange(&set->ports);
    if (set->texts != NULL) text_set_sort(set->texts);
}

static void dc_arrange(void *state)
{
    struct value_set *set = state;
    port_set_arrange(&set->ports);
    if (set->texts != NULL) text_set_gather(set->texts);
}

/* ---- its items: a text behind a 't', or a block of ports as hexadecimal digits behind a 'p' ----
 */

enum { ITEM_TEXT = 't', ITEM_PORTS = 'p' };

static bool print_item(struct slice text, struct arena *scratch, struct slice *item)
{
    char *bytes = arena_take(scratch, 1 + text.length);
    if (bytes == NULL) return false;
    bytes[0] = ITEM_TEXT;
    if (text.length > 0) memcpy(bytes + 1, text.bytes, text.length);
    *item = (struct slice){bytes, 1 + text.length};
    return true;
}

/* The block's index in a word of its own, then its words. */
static bool print_block(const struct port_block *block, struct arena *scratch, struct slice *item)
{
    size_t length = 1 + (1 + PORT_BLOCK_WORDS) * HASH_DIGITS;
    char *bytes = arena_take(scratch, length);
    if (bytes == NULL) return false;
    bytes[0] = ITEM_PORTS;
    hash_print(block->index, bytes + 1);
    for (size_t i = 0; i < PORT_BLOCK_WORDS; i++)
        hash_print(block->words[i], bytes + 1 + (1 + i) * HASH_DIGITS);
    *item = (struct slice){bytes, length};
    return true;
}

static bool parse_block(struct slice digits, struct port_block *block)
{
    uint64_t words[1 + PORT_BLOCK_WORDS];
    if (digits.length != sizeof(words) / sizeof(words[0]) * HASH_DIGITS) return false;
    for (size_t i = 0; i < 1 + PORT_BLOCK_WORDS; i++)
        if (!hash_parse((struct slice){digits.bytes + i * HASH_DIGITS, HASH_DIGITS}, &words[i]))
            return false;
    block->index = (uint8_t)words[0];
    memcpy(block->words, words + 1, sizeof(block->words));
    return words[0] <= UINT8_MAX && (words[0] > 0 || (words[1] & 1) == 0);
}

/* How many items the ports make. */
static size_t port_items(const struct value_set *set)
{
    size_t blocks = port_set_block_count(&set->ports);
    return blocks > 0 ? blocks : set->ports.count;
}

static size_t set_item_count(const void *state)
{
    return port_items(state) + text_count(state);
}

static bool save_port(const struct value_set *set, size_t i, struct arena *scratch,
                      struct slice *item)
{
    char digits[NUMBER_DIGITS_MAX];
    struct port_block block;
    if (port_set_block_count(&set->ports) == 0)
        return print_item(number_digits(port_set_at(&set->ports, i), digits), scratch, item);
    port_set_block(&set->ports, i, &block);
    return print_block(&block, scratch, item);
}

static bool set_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    const struct value_set *set = state;
    size_t ports = port_items(set);
    if (i < ports) return save_port(set, i, scratch, item);
    return print_item(text_at(set, i - ports), scratch, item);
}

static enum cfh_status set_load(void *state, struct slice item, const struct aggregate_home *home)
{
    struct value_set *set = state;
    struct port_block block;
    bool added;
    if (item.length == 0) return CFH_BAD_INPUT;
    struct slice rest = {item.bytes + 1, item.length - 1};
    if (item.bytes[0] == ITEM_TEXT)
        added = add_value(set, rest, home);
    else if (item.bytes[0] == ITEM_PORTS && parse_block(rest, &block))
        added = port_set_add_block(&set->ports, &block, home->pool);
    else
        return CFH_BAD_INPUT;
    return added ? CFH_OK : CFH_NO_MEMORY;
}

/* ---- values (F3) ---- */

/* The ports' texts in their order, in scratch. */
static bool print_ports(const struct port_set *ports, struct arena *scratch, struct slice *texts)
{
    uint16_t *numbers = arena_take(scratch, ports->count * sizeof(*numbers));
    char *bytes = arena_take(scratch, ports->count * PORT_SET_DIGITS);
    if (numbers == NULL || bytes == NULL) return false;
    port_set_list(ports, numbers);
    for (size_t i = 0; i < ports->count; i++) {
        texts[i] = port_set_print(numbers[i], bytes);
        bytes += PORT_SET_DIGITS;
    }
    return true;
}

/* Merges the ordered texts of a set into as many ordered ones before them; items has room for both.
 */
static void merge_texts(const struct value_set *set, struct slice *items)
{
    size_t ports = set->ports.count, texts = text_count(set);
    while (texts > 0) {
        struct slice text = text_at(set, texts - 1);
        if (ports > 0 && text_compare(items[ports - 1], text) > 0) {
            items[ports + texts - 1] = items[ports - 1];
            ports--;
        } else {
            items[ports + texts - 1] = text;
            texts--;
        }
    }
}

static bool values_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                          struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    const struct value_set *set = state;
    size_t count = set->ports.count + text_count(set);
    *result = (struct values){NULL, 0};
    if (count == 0) return true;
    struct slice *items = arena_take(scratch, count * sizeof(*items));
    if (items == NULL || !print_ports(&set->ports, scratch, items)) return false;
    merge_texts(set, items);
    *result = (struct values){items, count};
    return true;
}

/* ---- dc (F5) ---- */

static bool dc_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                      struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    const struct value_set *set = state;
    struct slice text;
    return aggregate_print_count(set->ports.count + text_count(set), scratch, &text) &&
           aggregate_one(text, scratch, result);
}

/* ---- mode ---- */

static bool mode_update(void *state, const struct aggregate_input *input,
                        const struct aggregate_home *home)
{
    for (size_t i = 0; i < input->values.count; i++)
        if (!text_set_count(state, input->values.items[i], 1, home->pool, home->key)) return false;
    return true;
}

static void mode_arrange(void *state)
{
    text_set_gather(state);
}

static size_t mode_item_count(const void *state)
{
    return ((const struct text_set *)state)->count;
}

/* COUNT:TEXT */
static bool mode_save(const void *state, size_t i, struct arena *scratch, struct slice *item)
{
    const struct text_set *set = state;
    return aggregate_print_counted(set->counts[i], ':', text_slot_text(&set->slots[i]), scratch,
                                   item);
}

static enum cfh_status mode_load(void *state, struct slice item, const struct aggregate_home *home)
{
    uint64_t count;
    char mark;
    struct slice text;
    if (!aggregate_parse_counted(item, &count, &mark, &text) || mark != ':') return CFH_BAD_INPUT;
    if (count > UINT64_MAX - ((struct text_set *)state)->total) return CFH_BAD_INPUT;
    return text_set_count(state, text, count, home->pool, home->key) ? CFH_OK : CFH_NO_MEMORY;
}

static bool mode_finish(const void *state, uint32_t percent, const struct aggregate_home *home,
                        struct arena *scratch, struct values *result)
{
    (void)percent;
    (void)home;
    const struct text_set *set = state;
    size_t best = 0;
    *result = (struct values){NULL, 0};
    if (set->count == 0) return true;
    for (size_t i = 1; i < set->count; i++) {
        if (set->counts[i] < set->counts[best]) continue;
        if (set->counts[i] > set->counts[best] ||
            text_compare(text_slot_text(&set->slots[i]), text_slot_text(&set->slots[best])) < 0)
            best = i;
    }
    return aggregate_one(text_slot_text(&set->slots[best]), scratch, result);
}

/* ---- the rows ---- */

const struct aggregate values_function = {
    .name = "values",
    .argument = AGGREGATE_FIELD,
    .multivalued = true,
    .state_size = sizeof(struct value_set),
    .update = set_update,
    .arrange = values_arrange,
    .item_count = set_item_count,
    .save = set_save,
    .load = set_load,
    .finish = values_finish,
};

const struct aggregate dc_function = {
    .name = "dc",
    .argument = AGGREGATE_FIELD,
    .state_size = sizeof(struct value_set),
    .update = set_update,
    .arrange = dc_arrange,
    .item_count = set_item_count,
    .save = set_save,
    .load = set_load,
    .finish = dc_finish,
};

const struct aggregate distinct_count_function = {
    .name = "distinct_count",
    .argument = AGGREGATE_FIELD,
    .state_size = sizeof(struct value_set),
    .update = set_update,
    .arrange = dc_arrange,
    .item_count = set_item_count,
    .save = set_save,
    .load = set_load,
    .finish = dc_finish,
};

const struct aggregate mode_function = {
    .name = "mode",
    .argument = AGGREGATE_FIELD,
    .state_size = sizeof(struct text_set),
    .update = mode_update,
    .arrange = mode_arrange,
    .item_count = mode_item_count,
    .save = mode_save,
    .load = mode_load,
    .finish = mode_finish,
};
