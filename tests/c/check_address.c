#include "address.h"

#include <check.h>
#include <stdlib.h>

#include "test_rows.h"

/* ---- addresses ---- */

struct parsed {
    const char *text;
    bool is_address;
    bool is_ipv6;
    unsigned char bytes[ADDRESS_BYTES];
};

static const struct parsed addresses[] = {
    {"10.0.0.1", true, false, {10, 0, 0, 1}},
    {"255.255.255.255", true, false, {255, 255, 255, 255}},
    {"0.0.0.0", true, false, {0}},
    {"::", true, true, {0}},
    {"::1", true, true, {[15] = 1}},
    {"2606:4700::1", true, true, {0x26, 0x06, 0x47, 0x00, [15] = 1}},
    {"FE80::a", true, true, {0xfe, 0x80, [15] = 0x0a}},
    /* as Sysmon writes it */
    {"fe80:0:0:0:1:2:3:4", true, true, {0xfe, 0x80, [9] = 1, [11] = 2, [13] = 3, [15] = 4}},
    {"0:0:0:0:0:0:0:1", true, true, {[15] = 1}},
    {"::ffff:10.0.0.1", true, true, {[10] = 0xff, 0xff, 10, 0, 0, 1}},
    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
     true,
     true,
     {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff}}, /* as long as an address can be */
    {"", false, false, {0}},
    {"10.0.0", false, false, {0}},
    {"10.0.0.256", false, false, {0}},
    {"10.0.0.1.", false, false, {0}},
    {" 10.0.0.1", false, false, {0}},
    {"10.0.0.1 ", false, false, {0}},
    {"10.0.0.1/32", false, false, {0}},
    {"0x0a.0.0.1", false, false, {0}},
    {"167772161", false, false, {0}},
    {"10.0.0.-1", false, false, {0}},
    {"host.example.com", false, false, {0}},
    {"-", false, false, {0}},
    {":", false, false, {0}},
    {":::", false, false, {0}},
    {"1::2::3", false, false, {0}},
    {"fe80::1%eth0", false, false, {0}}, /* no zone */
    {"[::1]", false, false, {0}},
    {"12345::", false, false, {0}},
    {"00000000000000000000000000000000000000000000001", false, false, {0}},
    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555", false, false, {0}},
};

START_TEST(W10_addresses)
{
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        const struct parsed *row = &addresses[i];
        struct address address;
        ck_assert_msg(address_parse(text_of(row->text), &address) == row->is_address, "%s",
                      row->text);
        if (!row->is_address) continue;
        ck_assert(address.is_ipv6 == row->is_ipv6);
        size_t length = row->is_ipv6 ? ADDRESS_BYTES : 4;
        ck_assert_msg(memcmp(address.bytes, row->bytes, length) == 0, "%s", row->text);
    }
}
END_TEST

/* The text is bytes with a length: nothing behind it is read, and a NUL in it is no end. */
START_TEST(a_text_has_no_nul_at_its_end)
{
    struct address address;
    struct network network;
    static const char bytes[] = {'1', '.', '2', '.', '3', '.', '4'};
    ck_assert(address_parse((struct slice){bytes, sizeof(bytes)}, &address));
    ck_assert_int_eq(address.bytes[3], 4);
    ck_assert(!address_parse(SLICE("1.2.3.4\0"), &address));
    ck_assert(!address_parse(SLICE("1.2.3.4\0.5"), &address));
    ck_assert(!address_parse((struct slice){NULL, 0}, &address));
    ck_assert(!network_parse((struct slice){NULL, 0}, &network));
    ck_assert(!network_parse(SLICE("1.2.3.4\0/8"), &network));
    ck_assert(!network_parse(SLICE("1.2.3.4/8\0"), &network));
}
END_TEST

/* ---- networks ---- */

struct bits {
    const char *text;
    bool is_network;
    uint32_t prefix;
};

static const struct bits networks[] = {
    {"10.0.0.0/8", true, 8},
    {"10.1.2.3/8", true, 8}, /* bits behind the prefix do not count */
    {"0.0.0.0/0", true, 0},
    {"10.0.0.1/32", true, 32},
    {"10.0.0.1/032", true, 32},
    {"::/0", true, 0},
    {"fe80::/10", true, 10},
    {"2606:4700::/128", true, 128},
    {"10.0.0.1", false, 0},
    {"10.0.0.0/33", false, 0},
    {"fe80::/129", false, 0},
    {"fe80::/999", false, 0},
    {"10.0.0.0/", false, 0},
    {"10.0.0.0/-1", false, 0},
    {"10.0.0.0/+8", false, 0},
    {"10.0.0.0/8 ", false, 0},
    {"10.0.0.0/ 8", false, 0},
    {"10.0.0.0/0008", false, 0},
    {"10.0.0.0/4294967304", false, 0}, /* 8 in 32 bits */
    {"10.0.0.0/255.0.0.0", false, 0},
    {"10.0.0.0/8/8", false, 0},
    {"10.0.0.0//8", false, 0},
    {"10.0.0/8", false, 0}, /* tstats takes no short form */
    {"10.*/8", false, 0},
    {"/8", false, 0},
    {"/", false, 0},
    {"", false, 0},
    {"C:/Windows", false, 0},
    {"a/b", false, 0},
    {"/usr/bin/8", false, 0},
};

START_TEST(W10_networks)
{
    for (size_t i = 0; i < COUNT_OF(networks); i++) {
        struct network network;
        bool is = network_parse(text_of(networks[i].text), &network);
        ck_assert_msg(is == networks[i].is_network, "%s", networks[i].text);
        if (is) ck_assert_uint_eq(network.prefix, networks[i].prefix);
    }
}
END_TEST

struct membership {
    const char *network, *address;
    bool contains;
};

static const struct membership memberships[] = {
    {"10.0.0.0/8", "10.0.0.0", true},
    {"10.0.0.0/8", "10.255.255.255", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"10.0.0.0/8", "9.255.255.255", false},
    {"10.77.1.2/8", "10.0.0.1", true},
    {"172.16.0.0/12", "172.15.255.255", false},
    {"172.16.0.0/12", "172.16.0.0", true},
    {"172.16.0.0/12", "172.31.255.255", true},
    {"172.16.0.0/12", "172.32.0.0", false},
    {"198.41.192.7/32", "198.41.192.7", true},
    {"198.41.192.7/32", "198.41.192.6", false},
    {"198.41.192.6/31", "198.41.192.7", true},
    {"198.41.192.6/31", "198.41.192.8", false},
    {"128.0.0.0/1", "127.255.255.255", false},
    {"128.0.0.0/1", "255.0.0.0", true},
    {"0.0.0.0/0", "203.0.113.9", true},
    {"0.0.0.0/0", "0.0.0.0", true},
    {"fe80::/10", "fe80::1", true},
    {"fe80::/10", "febf:ffff::", true},
    {"fe80::/10", "fec0::", false},
    {"2606:4700::/32", "2606:4700:a::1", true},
    {"2606:4700::/32", "2606:4701::", false},
    {"::1/128", "0:0:0:0:0:0:0:1", true},
    {"::1/128", "::2", false},
    {"::2/127", "::3", true},
    {"::/0", "2606:4700::1", true},
    /* never across the families */
    {"0.0.0.0/0", "::1", false},
    {"0.0.0.0/0", "::ffff:10.0.0.1", false},
    {"::/0", "10.0.0.1", false},
    {"::ffff:10.0.0.0/104", "10.0.0.1", false},
    {"::ffff:10.0.0.0/104", "::ffff:10.0.0.1", true},
};

START_TEST(W10_a_network_contains_its_addresses)
{
    for (size_t i = 0; i < COUNT_OF(memberships); i++) {
        const struct membership *row = &memberships[i];
        struct network network;
        struct address address;
        ck_assert(network_parse(text_of(row->network), &network));
        ck_assert(address_parse(text_of(row->address), &address));
        ck_assert_msg(network_contains(&network, &address) == row->contains, "%s in %s",
                      row->address, row->network);
    }
}
END_TEST

/* For each prefix: the address with the last bit of the prefix turned is outside, with the first
 * one behind it turned inside. */
START_TEST(W10_every_prefix_ends_at_its_bit)
{
    for (uint32_t family = 0; family < 2; family++) {
        uint32_t limit = family == 0 ? 32 : 128;
        struct address base;
        ck_assert(address_parse(family == 0 ? SLICE("170.85.0.255") : SLICE("aa55::ff"), &base));
        for (uint32_t prefix = 0; prefix <= limit; prefix++)
            for (uint32_t bit = 0; bit < limit; bit++) {
                struct network network = {base, prefix};
                struct address turned = base;
                turned.bytes[bit / 8] ^= (unsigned char)(0x80u >> bit % 8);
                ck_assert(network_contains(&network, &turned) == (bit >= prefix));
            }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("address");
    TCase *cases = tcase_create("address");
    tcase_add_test(cases, W10_addresses);
    tcase_add_test(cases, a_text_has_no_nul_at_its_end);
    tcase_add_test(cases, W10_networks);
    tcase_add_test(cases, W10_a_network_contains_its_addresses);
    tcase_add_test(cases, W10_every_prefix_ends_at_its_bit);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
