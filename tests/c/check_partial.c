/* Partial rows: what was written is read back whatever its bytes, size and order, and what was not
 * written by a writer is told from it. */
#include <check.h>

#include "test_every_function.h"
#include "test_partials.h"

enum { MEGABYTE = 1 << 20 };

static const char search[] = "count min(c) max(c) values(c) from datamodel=Own.Data by a b";
static const char all_functions[] = EVERY_FUNCTION("c") " from datamodel=Own.Data by a b";

static void check_round_trip(struct process *from, struct sent *sent)
{
    check_round_trip_of(search, from, sent);
}

/* ---- what is written ---- */

START_TEST(the_form_of_the_rows)
{
    struct process process;
    struct sent sent;
    char digest[HASH_DIGITS + 1] = "", expected[64];
    sent_init(&sent);
    process_init(&process, search, 1);
    struct slice c[] = {{"x9", 2}, {"1 0", 3}, {NULL, 0}};
    add_event(&process, SLICE("x%"), SLICE(""), (struct values){c, 3});
    process.counters.counts[COUNTER_READ] = 12;
    ck_assert(send_all(&process, &sent));
    ck_assert_uint_eq(sent.count, 2);
    EXPECT_SLICE(row_state(&sent.rows[0]), "'x%25',,;0:1;1:;2:x9;3:t;3:t1~0;3:tx9", "group");
    EXPECT_SLICE(row_state(&sent.rows[1]), "12,0,0,0,0,0,0,0,0,0,0,0", "counters");
    hash_print(process.plan.digest, digest);
    snprintf(expected, sizeof(expected), "%d.%s.group.", PLAN_VERSION, digest);
    ck_assert(strncmp(sent.rows[0].marker, expected, strlen(expected)) == 0);
    snprintf(expected, sizeof(expected), "%d.%s.counters.", PLAN_VERSION, digest);
    ck_assert(strncmp(sent.rows[1].marker, expected, strlen(expected)) == 0);
    sent_release(&sent);
    process_release(&process);
}
END_TEST

START_TEST(odd_bytes_come_back)
{
    struct process process;
    struct sent sent;
    char all[256];
    sent_init(&sent);
    process_init(&process, search, 1);
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (char)(unsigned char)i;
    struct slice whole = {all, sizeof(all)};
    add_event(&process, whole, SLICE(""), one(&whole));
    for (size_t i = 0; i < sizeof(all); i++) {
        struct slice byte = {&all[i], 1};
        add_event(&process, byte, SLICE("%,;:.x"), one(&byte));
        add_event(&process, SLICE("a,b"), byte, one(&byte));
    }
    add_event(&process, SLICE(""), SLICE(""), (struct values){NULL, 0});
    check_round_trip(&process, &sent);
    sent_release(&sent);
    process_release(&process);
}
END_TEST

START_TEST(an_empty_key_comes_back)
{
    struct process process;
    struct sent sent;
    sent_init(&sent);
    process_init(&process, search, 1);
    event_of(&process, "", "", "");
    check_round_trip(&process, &sent);
    sent_release(&sent);
    process_release(&process);
}
END_TEST

START_TEST(many_items_go_over_many_rows)
{
    struct process process;
    struct sent sent;
    char text[64];
    sent_init(&sent);
    process_init(&process, search, 1);
    for (size_t i = 0; i < 20000; i++) {
        snprintf(text, sizeof(text), "value %zu", i);
        event_of(&process, "x", "y", text);
    }
    check_round_trip(&process, &sent);
    ck_assert_uint_gt(sent.count, 4);
    ck_assert_uint_lt(sent.count, 12); /* the rows are well filled */
    for (size_t i = 0; i < sent.count; i++)
        ck_assert(strstr(sent.rows[i].marker, ".piece.") == NULL);
    sent_release(&sent);
    process_release(&process);
}
END_TEST

static char *long_text(size_t length)
{
    char *text = malloc(length);
    if (text == NULL) ck_abort_msg("no memory for a long text");
    for (size_t i = 0; i < length; i++)
        text[i] = "abc %\0\xff"[i % 7];
    return text;
}

/* Every length about the size of a cell, so that a limit that is off by one is seen. */
START_TEST(items_about_the_size_of_a_cell)
{
    static const size_t lengths[] = {PARTIAL_CELL_MAX - 14, PARTIAL_CELL_MAX - 7, PARTIAL_CELL_MAX,
                                     2 * PARTIAL_CELL_MAX};
    char *text = malloc(2 * PARTIAL_CELL_MAX);
    if (text == NULL) ck_abort_msg("no memory for a long text");
    memset(text, 'x', 2 * PARTIAL_CELL_MAX);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        for (size_t less = 0; less < 7; less++) {
            struct process process;
            struct sent sent;
            struct slice item = {text, lengths[i] - less};
            sent_init(&sent);
            process_init(&process, search, 1);
            add_event(&process, SLICE("x"), SLICE("y"), one(&item));
            event_of(&process, "x", "y", "short");
            check_round_trip(&process, &sent);
            sent_release(&sent);
            process_release(&process);
        }
    }
    free(text);
}
END_TEST

START_TEST(a_value_of_a_megabyte)
{
    struct process process;
    struct sent sent;
    char *text = long_text(MEGABYTE);
    struct slice item = {text, MEGABYTE};
    sent_init(&sent);
    process_init(&process, search, 1);
    add_event(&process, SLICE("x"), SLICE("y"), one(&item));
    event_of(&process, "x", "y", "1");
    event_of(&process, "other", "y", "2");
    check_round_trip(&process, &sent);
    free(text);
    sent_release(&sent);
    process_release(&process);
}
END_TEST

START_TEST(a_key_of_a_megabyte)
{
    struct process process;
    struct sent sent;
    char *text = long_text(MEGABYTE);
    char value[16];
    sent_init(&sent);
    process_init(&process, search, 1);
    /* The key must not leave once for every value: that would be 1,000 times 2 MB. */
    for (size_t i = 0; i < 1000; i++) {
        struct slice item = {value, (size_t)snprintf(value, sizeof(value), "%zu", i)};
        add_event(&process, SLICE("x"), (struct slice){text, MEGABYTE}, one(&item));
    }
    check_round_trip(&process, &sent);
    ck_assert_uint_lt(sent.count, 60);
    free(text);
    sent_release(&sent);
    process_release(&process);
}
END_TEST

/* What leaves is no more than a few times what is there, however long the keys are. */
START_TEST(keys_of_every_length_leave_room)
{
    char *text = long_text(PARTIAL_CELL_MAX);
    char value[16];
    for (size_t length = 0; length <= PARTIAL_CELL_MAX; length += PARTIAL_CELL_MAX / 8) {
        struct process process;
        struct sent sent;
        size_t bytes = 0;
        sent_init(&sent);
        process_init(&process, search, 1);
        for (size_t i = 0; i < 5000; i++) {
            struct slice item = {value, (size_t)snprintf(value, sizeof(value), "%zu", i)};
            add_event(&process, (struct slice){text, length}, SLICE(""), one(&item));
        }
        ck_assert(send_all(&process, &sent));
        for (size_t i = 0; i < sent.count; i++)
            bytes += sent.rows[i].length;
        ck_assert_uint_lt(bytes, 3 * length + 2 * 5000 * 8);
        sent_release(&sent);
        process_release(&process);
    }
    free(text);
}
END_TEST

START_TEST(pieces_of_several_processes_do_not_mix)
{
    struct process first, second, to;
    struct sent sent;
    struct memory own = test_memory();
    struct buffer text;
    char *bytes = long_text(MEGABYTE);
    struct slice item = {bytes, MEGABYTE - 1}, other = {bytes + 1, MEGABYTE - 1};
    buffer_init(&text, &own);
    sent_init(&sent);
    process_init(&first, search, 1);
    process_init(&second, search, 2);
    process_init(&to, search, 3);
    for (size_t i = 0; i < 3; i++) { /* three flushes of each */
        add_event(&first, SLICE("x"), SLICE("y"), one(&item));
        add_event(&second, SLICE("x"), SLICE("y"), one(&other));
        ck_assert(send_all(&first, &sent) && send_all(&second, &sent));
        group_table_clear(&first.table);
        group_table_clear(&second.table);
    }
    read_shuffled(&to, &sent, 5);
    ck_assert_uint_eq(partial_incomplete(&to.reader), 0);
    describe(&to, &text);
    ck_assert_uint_eq(to.table.count, 1);
    ck_assert_uint_eq(*(uint64_t *)group_state(&to.table, to.table.groups[0], 0), 6);
    free(bytes);
    buffer_release(&text);
    sent_release(&sent);
    process_release(&first);
    process_release(&second);
    process_release(&to);
}
END_TEST

START_TEST(a_record_that_lacks_a_piece)
{
    struct process process, to;
    struct sent sent;
    char *bytes = long_text(MEGABYTE);
    struct slice item = {bytes, MEGABYTE};
    sent_init(&sent);
    process_init(&process, search, 1);
    process_init(&to, search, 2);
    add_event(&process, SLICE("x"), SLICE("y"), one(&item));
    event_of(&process, "z", "z", "1");
    ck_assert(send_all(&process, &sent));
    size_t pieces = 0;
    for (size_t i = 0; i < sent.count; i++) {
        bool piece = strstr(sent.rows[i].marker, ".piece.") != NULL;
        if (piece && pieces++ == 3) continue;
        ck_assert_int_eq(read_row(&to, &sent.rows[i]), CFH_OK);
        /* The same piece a second time is none that a writer wrote. */
        if (piece && pieces == 3) ck_assert_int_eq(read_row(&to, &sent.rows[i]), CFH_BAD_INPUT);
    }
    ck_assert_uint_gt(pieces, 10);
    ck_assert_uint_eq(partial_incomplete(&to.reader), 1);
    free(bytes);
    sent_release(&sent);
    process_release(&process);
    process_release(&to); /* what lay in the incomplete records is given back */
}
END_TEST

START_TEST(a_group_that_saw_nothing_is_still_a_group)
{
    struct process process, to;
    struct sent sent;
    static const char bare[] = "count values(c) from datamodel=Own.Data";
    sent_init(&sent);
    process_init(&process, bare, 1);
    process_init(&to, bare, 2);
    ck_assert_ptr_nonnull(group_find(&process.table, (struct slice){NULL, 0}));
    ck_assert(send_all(&process, &sent));
    ck_assert_uint_eq(sent.count, 2);
    ck_assert_uint_eq(sent.rows[0].length, 0);
    read_shuffled(&to, &sent, 1);
    ck_assert_uint_eq(to.table.count, 1);
    sent_release(&sent);
    process_release(&process);
    process_release(&to);
}
END_TEST

START_TEST(a_sink_that_stops)
{
    for (size_t stop = 0; stop < 3; stop++) {
        struct process process;
        struct sent sent;
        sent_init(&sent);
        sent.stop_at = stop;
        process_init(&process, search, 1);
        event_of(&process, "x", "y", "1");
        event_of(&process, "x", "z", "1");
        ck_assert(!send_all(&process, &sent));
        ck_assert_uint_eq(sent.count, stop);
        sent_release(&sent);
        process_release(&process);
    }
}
END_TEST

/* ---- every function ---- */

static struct slice random_text(char bytes[48], uint64_t *random)
{
    static const char *const texts[] = {"",  "0",   "-0.0", "7",     "07",    "x",    "%,;:.",
                                        "1", "1e3", "0.1",  "-12.5", "1e401", "1e-9", "a b"};
    uint64_t choice = next_random(random) % 20;
    if (choice < COUNT_OF(texts)) return text_of(texts[choice]);
    int length = snprintf(bytes, 48, "%d.%0*d", (int)(next_random(random) % 3000) - 1500,
                          (int)(choice % 30), (int)(next_random(random) % 10));
    return (struct slice){bytes, (size_t)length};
}

static void add_random(struct process *process, size_t count, uint64_t seed)
{
    static const char *const keys[] = {"", "a", "b,c", "\n"};
    uint64_t random = seed;
    for (size_t i = 0; i < count; i++) {
        char bytes[4][48];
        struct slice items[3];
        size_t values = (size_t)(next_random(&random) % 4);
        for (size_t j = 0; j < values; j++)
            items[j] = random_text(bytes[j], &random);
        struct slice time = random_text(bytes[3], &random);
        add_event_at(process, text_of(keys[next_random(&random) % COUNT_OF(keys)]),
                     text_of(keys[next_random(&random) % 2]), (struct values){items, values}, time);
    }
}

/* Few events, and so many that percN changes over to buckets and that rows are full. */
START_TEST(every_function_travels)
{
    static const size_t counts[] = {0, 1, 2, 3, 10, 100, 1000, 20000};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        for (uint64_t seed = 1; seed <= 5; seed++) {
            struct process process;
            struct sent sent;
            sent_init(&sent);
            process_init(&process, all_functions, 1);
            add_random(&process, counts[i], seed);
            check_round_trip_of(all_functions, &process, &sent);
            sent_release(&sent);
            process_release(&process);
            if (counts[i] > 1000) break;
        }
    }
}
END_TEST

/* A value over 64 KB is an item of values, mode, min and others that no cell holds. */
START_TEST(long_items_of_every_function)
{
    static const size_t lengths[] = {PARTIAL_CELL_MAX / 3, PARTIAL_CELL_MAX, 3 * PARTIAL_CELL_MAX};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct process process;
        struct sent sent;
        char *text = long_text(lengths[i]);
        struct slice item = {text, lengths[i]};
        size_t pieces = 0;
        sent_init(&sent);
        process_init(&process, all_functions, 1);
        for (size_t j = 0; j < 3; j++)
            add_event_at(&process, SLICE("x"), SLICE("y"), one(&item), SLICE("12.5"));
        memset(text, '7', lengths[i]); /* a long number */
        add_event_at(&process, SLICE("x"), SLICE("y"), one(&item), SLICE("13"));
        event_of(&process, "x", "y", "5");
        check_round_trip_of(all_functions, &process, &sent);
        for (size_t j = 0; j < sent.count; j++)
            pieces += strstr(sent.rows[j].marker, ".piece.") != NULL;
        ck_assert((pieces > 0) == (i > 0));
        free(text);
        sent_release(&sent);
        process_release(&process);
    }
}
END_TEST

/* What no sum could take is counted where it was seen, and once. */
START_TEST(what_is_beyond_travels_with_the_counters)
{
    struct process process, to;
    struct sent sent;
    sent_init(&sent);
    process_init(&process, all_functions, 1);
    process_init(&to, all_functions, 2);
    event_of(&process, "x", "y", "1e401");
    event_of(&process, "x", "y", "1e400");
    uint64_t beyond = process.counters.counts[COUNTER_BEYOND];
    ck_assert_uint_eq(beyond, 8); /* range and the seven of the sums */
    ck_assert(send_all(&process, &sent));
    read_shuffled(&to, &sent, 1);
    ck_assert_uint_eq(to.counters.counts[COUNTER_BEYOND], beyond);
    sent_release(&sent);
    process_release(&process);
    process_release(&to);
}
END_TEST

/* ---- what is read ---- */

struct judged {
    const char *name;
    const char *marker; /* V, D, C stand for this version, this plan's digest, the checksum */
    enum partial_verdict verdict;
};

static const struct judged judgements[] = {
    {"no marker", "", PARTIAL_NONE},
    {"as written", "V.D.group.C", PARTIAL_MINE},
    {"another kind", "V.D.counters.C", PARTIAL_DAMAGED},
    {"an unknown kind", "V.D.sketch.C", PARTIAL_DAMAGED},
    {"no kind", "V.D..C", PARTIAL_DAMAGED},
    {"another checksum", "V.D.group.0123456789abcdef", PARTIAL_DAMAGED},
    {"a short checksum", "V.D.group.0123456789abcde", PARTIAL_DAMAGED},
    {"a checksum in upper case", "V.D.group.0123456789ABCDEF", PARTIAL_DAMAGED},
    {"no checksum", "V.D.group", PARTIAL_DAMAGED},
    {"an empty checksum", "V.D.group.", PARTIAL_DAMAGED},
    {"a fifth part", "V.D.group.C.", PARTIAL_DAMAGED},
    {"a blank before it", " V.D.group.C", PARTIAL_DAMAGED},
    {"a plain text", "x", PARTIAL_DAMAGED},
    {"dots", "...", PARTIAL_DAMAGED},
    {"no version", ".D.group.C", PARTIAL_DAMAGED},
    {"a version that is no number", "one.D.group.C", PARTIAL_DAMAGED},
    {"a huge version", "99999999999999999999999.D.group.C", PARTIAL_DAMAGED},
    {"another plan", "V.0123456789abcdef.group.C", PARTIAL_OTHER_PLAN},
    {"another plan, another kind", "V.0123456789abcdef.piece.0123456789abcdef", PARTIAL_OTHER_PLAN},
    {"a digest that is none", "V.0123456789abcdeg.group.C", PARTIAL_DAMAGED},
    {"an older version", "0.D.group.C", PARTIAL_OTHER_VERSION},
    {"a newer version", "999.D.group.C", PARTIAL_OTHER_VERSION},
    {"a newer version with a new kind", "999.0123456789abcdef.sketch.0123456789abcdef",
     PARTIAL_OTHER_VERSION},
    {"a newer version, damaged", "999.D.group", PARTIAL_DAMAGED},
};

static void put_marker(struct buffer *marker, const char *form, const struct plan *plan,
                       const char *checksum)
{
    char digits[HASH_DIGITS + 1] = "", version[16];
    hash_print(plan->digest, digits);
    snprintf(version, sizeof(version), "%d", PLAN_VERSION);
    buffer_clear(marker);
    for (; *form != '\0'; form++) {
        if (*form == 'V')
            append_text(marker, version);
        else if (*form == 'D')
            append_text(marker, digits);
        else if (*form == 'C')
            append_text(marker, checksum);
        else
            append(marker, (struct slice){form, 1});
    }
}

static enum partial_verdict judge(const struct process *process, struct slice marker,
                                  struct slice state)
{
    enum partial_kind kind;
    return partial_judge(&process->plan, marker, state, &kind);
}

START_TEST(markers_are_judged)
{
    struct process process;
    struct sent sent;
    struct memory own = test_memory();
    struct buffer marker;
    buffer_init(&marker, &own);
    sent_init(&sent);
    process_init(&process, search, 1);
    event_of(&process, "x", "y", "1");
    ck_assert(send_all(&process, &sent));
    const char *checksum = strrchr(sent.rows[0].marker, '.') + 1;
    for (size_t i = 0; i < COUNT_OF(judgements); i++) {
        put_marker(&marker, judgements[i].marker, &process.plan, checksum);
        enum partial_verdict verdict =
            judge(&process, buffer_slice(&marker), row_state(&sent.rows[0]));
        ck_assert_msg(verdict == judgements[i].verdict, "%s: %d", judgements[i].name, verdict);
    }
    buffer_release(&marker);
    sent_release(&sent);
    process_release(&process);
}
END_TEST

START_TEST(one_changed_byte_is_seen)
{
    struct process process;
    struct sent sent;
    sent_init(&sent);
    process_init(&process, search, 1);
    event_of(&process, "x", "y", "1");
    ck_assert(send_all(&process, &sent));
    struct sent_row *row = &sent.rows[0];
    for (size_t i = 0; i < row->length; i++) {
        row->state[i] = (char)(row->state[i] ^ 1);
        ck_assert_int_eq(judge(&process, text_of(row->marker), row_state(row)), PARTIAL_DAMAGED);
        row->state[i] = (char)(row->state[i] ^ 1);
    }
    row->length--;
    ck_assert_int_eq(judge(&process, text_of(row->marker), row_state(row)), PARTIAL_DAMAGED);
    row->length++;
    ck_assert_int_eq(judge(&process, text_of(row->marker), row_state(row)), PARTIAL_MINE);
    sent_release(&sent);
    process_release(&process);
}
END_TEST

/* States that a forger with a right checksum may send: all are refused and none does harm. */
static const struct {
    const char *kind;
    const char *state;
    enum cfh_status status;
} forged[] = {
    {"group", "x,y,", CFH_OK},
    {"group", "x,y,;0:1", CFH_OK},
    {"group", ",,", CFH_OK},
    {"group", "'x.',y,;0:1", CFH_OK},
    {"group", "'x''',y,;0:1", CFH_OK},
    {"group", "", CFH_BAD_INPUT},
    {"group", "x,", CFH_BAD_INPUT},
    {"group", "x,y", CFH_BAD_INPUT},
    {"group", "x.,y,", CFH_BAD_INPUT},
    {"group", "'x',y,", CFH_BAD_INPUT},
    {"group", "'',y,", CFH_BAD_INPUT},
    {"group", "'x.,y,", CFH_BAD_INPUT},
    {"group", "x',y,", CFH_BAD_INPUT},
    {"group", "'x.'y,z,", CFH_BAD_INPUT},
    {"group", "\"x.\",y,", CFH_BAD_INPUT},
    {"group", "x,y,z,", CFH_BAD_INPUT},
    {"group", "x,%,", CFH_BAD_INPUT},
    {"group", "x,%4", CFH_BAD_INPUT},
    {"group", "x,'%4g',", CFH_BAD_INPUT},
    {"group", "x,'%4a',", CFH_BAD_INPUT},
    {"group", "x,'a b',", CFH_BAD_INPUT},
    {"group", "x,'\xc3\xa9',", CFH_BAD_INPUT},
    {"group", "x,y,;", CFH_BAD_INPUT},
    {"group", "x,y,;0", CFH_BAD_INPUT},
    {"group", "x,y,;:1", CFH_BAD_INPUT},
    {"group", "x,y,;0:", CFH_BAD_INPUT},
    {"group", "x,y,;0:x", CFH_BAD_INPUT},
    {"group", "x,y,;0:1:1", CFH_BAD_INPUT},
    {"group", "x,y,;4:1", CFH_BAD_INPUT},
    {"group", "x,y,;-1:1", CFH_BAD_INPUT},
    {"group", "x,y,;99999999999999999999:1", CFH_BAD_INPUT},
    {"group", "x,y,;3:a;3", CFH_BAD_INPUT},
    {"counters", "0,0,0,0,0,0,0,0,0,0,0,0", CFH_OK},
    {"counters", "", CFH_BAD_INPUT},
    {"counters", "0,0,0,0,0,0,0,0,0,0,0", CFH_BAD_INPUT},
    {"counters", "0,0,0,0,0,0,0,0,0,0,0,x", CFH_BAD_INPUT},
    {"piece", "p-1.0.2;x", CFH_OK},
    {"piece", "p-1.0.1;x,y,;0:1", CFH_OK},
    {"piece", "p-1.0.1;x", CFH_BAD_INPUT},
    {"piece", "", CFH_BAD_INPUT},
    {"piece", ";", CFH_BAD_INPUT},
    {"piece", "p-1.0.1;", CFH_BAD_INPUT},
    {"piece", "p-1.0.1", CFH_BAD_INPUT},
    {"piece", "p-1.1.1;x", CFH_BAD_INPUT},
    {"piece", "p-1.0.0;x", CFH_BAD_INPUT},
    {"piece", ".0.1;x", CFH_BAD_INPUT},
    {"piece", "p-1.0;x", CFH_BAD_INPUT},
    {"piece", "p-1.0.1.2;x", CFH_BAD_INPUT},
    {"piece", "p-1.-1.1;x", CFH_BAD_INPUT},
    {"piece", "p-1.0.65537;x", CFH_BAD_INPUT},
    {"piece", "p-1.0.65536;x", CFH_OK},
    {"piece", "p-1.0.99999999999999999999999;x", CFH_BAD_INPUT},
};

static enum cfh_status read_forged(struct process *process, const char *kind, const char *state)
{
    static const char *const kinds[] = {"group", "counters", "piece"};
    char digits[2][HASH_DIGITS + 1] = {"", ""}, marker[80];
    uint64_t seed = process->plan.digest;
    for (size_t i = 0; strcmp(kinds[i], kind) != 0; i++)
        seed++;
    hash_print(process->plan.digest, digits[0]);
    hash_print(hash_digest(text_of(state), seed), digits[1]);
    snprintf(marker, sizeof(marker), "%d.%s.%s.%s", PLAN_VERSION, digits[0], kind, digits[1]);
    return read_cells(process, text_of(marker), text_of(state));
}

START_TEST(forged_states_are_refused)
{
    for (size_t i = 0; i < COUNT_OF(forged); i++) {
        struct process process;
        process_init(&process, search, 1);
        enum cfh_status status = read_forged(&process, forged[i].kind, forged[i].state);
        ck_assert_msg(status == forged[i].status, "%s %s: %d", forged[i].kind, forged[i].state,
                      status);
        process_release(&process);
    }
}
END_TEST

START_TEST(forged_pieces_do_not_fit_together)
{
    struct process process;
    process_init(&process, search, 1);
    ck_assert_int_eq(read_forged(&process, "piece", "p-1.0.3;x,"), CFH_OK);
    ck_assert_int_eq(read_forged(&process, "piece", "p-1.1.2;y"), CFH_BAD_INPUT);
    ck_assert_int_eq(read_forged(&process, "piece", "p-1.0.3;x,"), CFH_BAD_INPUT);
    ck_assert_int_eq(read_forged(&process, "piece", "p-1.2.3;;0:7"), CFH_OK);
    ck_assert_uint_eq(partial_incomplete(&process.reader), 1);
    ck_assert_uint_eq(process.table.count, 0);
    ck_assert_int_eq(read_forged(&process, "piece", "p-1.1.3;y,"), CFH_OK);
    ck_assert_uint_eq(partial_incomplete(&process.reader), 0);
    ck_assert_uint_eq(process.table.count, 1);
    process_release(&process);
}
END_TEST

/* ---- refused memory ---- */

static bool run_refused(struct memory *memory, const struct sent *sent, struct process *from,
                        struct sent *again)
{
    struct process to = {.key = test_key(9), .plan = from->plan};
    bool done = false;
    arena_init(&to.arena, memory, 0);
    partial_reader_init(&to.reader, &to.plan, memory);
    partial_writer_init(&to.writer, &to.key, memory);
    if (group_table_init(&to.table, &to.plan, &to.key, &to.counters.counts[COUNTER_BEYOND],
                         memory)) {
        done = counters_init(&to.counters, &to.plan, &to.arena);
        for (size_t i = 0; done && i < sent->count; i++) {
            enum cfh_status status = read_row(&to, &sent->rows[i]);
            ck_assert(status == CFH_OK || status == CFH_NO_MEMORY);
            done = status == CFH_OK;
        }
        done = done && send_all(&to, again);
        group_table_release(&to.table);
    }
    partial_reader_release(&to.reader);
    partial_writer_release(&to.writer);
    arena_release(&to.arena);
    return done;
}

START_TEST(every_refusal_is_said)
{
    struct process from;
    struct sent sent;
    char *bytes = long_text(PARTIAL_CELL_MAX);
    struct slice item = {bytes, PARTIAL_CELL_MAX};
    sent_init(&sent);
    process_init(&from, all_functions, 1);
    add_event(&from, SLICE("x"), SLICE("y"), one(&item));
    event_of(&from, "z", "z", "1");
    ck_assert(send_all(&from, &sent));
    bool refused = true;
    for (size_t n = 0; refused; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory memory = failing_memory(&failing);
        struct sent again;
        sent_init(&again);
        bool done = run_refused(&memory, &sent, &from, &again);
        refused = failing.refused;
        ck_assert_msg(done || refused, "request %zu", n);
        if (done) ck_assert_uint_eq(again.count, sent.count);
        ck_assert_uint_eq(memory.used, 0);
        sent_release(&again);
    }
    free(bytes);
    sent_release(&sent);
    process_release(&from);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partial");
    TCase *writing = tcase_create("writing"), *reading = tcase_create("reading");
    tcase_add_test(writing, the_form_of_the_rows);
    tcase_add_test(writing, odd_bytes_come_back);
    tcase_add_test(writing, an_empty_key_comes_back);
    tcase_add_test(writing, many_items_go_over_many_rows);
    tcase_add_test(writing, items_about_the_size_of_a_cell);
    tcase_add_test(writing, a_value_of_a_megabyte);
    tcase_add_test(writing, a_key_of_a_megabyte);
    tcase_add_test(writing, keys_of_every_length_leave_room);
    tcase_add_test(writing, pieces_of_several_processes_do_not_mix);
    tcase_add_test(writing, a_record_that_lacks_a_piece);
    tcase_add_test(writing, a_group_that_saw_nothing_is_still_a_group);
    tcase_add_test(writing, a_sink_that_stops);
    tcase_add_test(writing, every_function_travels);
    tcase_add_test(writing, long_items_of_every_function);
    tcase_add_test(writing, what_is_beyond_travels_with_the_counters);
    tcase_add_test(reading, markers_are_judged);
    tcase_add_test(reading, one_changed_byte_is_seen);
    tcase_add_test(reading, forged_states_are_refused);
    tcase_add_test(reading, forged_pieces_do_not_fit_together);
    tcase_add_test(reading, every_refusal_is_said);
    tcase_set_timeout(writing, 60);
    tcase_set_timeout(reading, 60);
    suite_add_tcase(suite, writing);
    suite_add_tcase(suite, reading);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
