/* address: IP addresses and networks (W10).
 *
 * An address is what inet_pton takes: four decimal bytes, 2606:4700::1; Sysmon's full form, too.
 */
#ifndef CFHUNT_ADDRESS_H
#define CFHUNT_ADDRESS_H

#include "cfhunt.h"

enum { ADDRESS_BYTES = 16 };

struct address {
    unsigned char bytes[ADDRESS_BYTES]; /* network order; IPv4 uses the first four */
    bool is_ipv6;
};

struct network {
    struct address address;
    uint32_t prefix; /* bits: 0 to 32 or 128 */
};

/* False when text is no address; address may then hold anything. */
bool address_parse(struct slice text, struct address *address);
/* ADDRESS/BITS. Bits of the address behind the prefix do not count. False for anything else. */
bool network_parse(struct slice text, struct network *network);
/* Is the address in the network? Never across the two families. */
bool network_contains(const struct network *network, const struct address *address);

#endif
