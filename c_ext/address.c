#include "address.h"

#include <string.h>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#endif

/* The longest text of an address, an IPv6 one with an IPv4 tail, and its NUL. */
enum { ADDRESS_TEXT_MAX = 46 };

bool address_parse(struct slice text, struct address *address)
{
    char terminated[ADDRESS_TEXT_MAX];
    if (text.length == 0 || text.length >= sizeof(terminated)) return false;
    if (memchr(text.bytes, '\0', text.length) != NULL) return false;
    memcpy(terminated, text.bytes, text.length);
    terminated[text.length] = '\0';
    address->is_ipv6 = memchr(text.bytes, ':', text.length) != NULL;
    return inet_pton(address->is_ipv6 ? AF_INET6 : AF_INET, terminated, address->bytes) == 1;
}

static bool parse_bits(struct slice text, uint32_t limit, uint32_t *bits)
{
    *bits = 0;
    if (text.length == 0 || text.length > 3) return false;
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9') return false;
        *bits = *bits * 10 + (uint32_t)(text.bytes[i] - '0');
    }
    return *bits <= limit;
}

bool network_parse(struct slice text, struct network *network)
{
    const char *slash = text.length > 0 ? memchr(text.bytes, '/', text.length) : NULL;
    if (slash == NULL) return false;
    size_t length = (size_t)(slash - text.bytes);
    struct slice bits = {slash + 1, text.length - length - 1};
    return address_parse((struct slice){text.bytes, length}, &network->address) &&
           parse_bits(bits, network->address.is_ipv6 ? 128 : 32, &network->prefix);
}

bool network_contains(const struct network *network, const struct address *address)
{
    if (network->address.is_ipv6 != address->is_ipv6) return false;
    size_t whole = network->prefix / 8;
    if (memcmp(network->address.bytes, address->bytes, whole) != 0) return false;
    uint32_t left = network->prefix % 8;
    if (left == 0) return true;
    unsigned char differing = network->address.bytes[whole] ^ address->bytes[whole];
    return differing >> (8 - left) == 0;
}
