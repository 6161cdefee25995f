/* fuzz_sysmon_xml: the input is one raw event. Whatever it is, what is found lies inside it, the
 * reader moves forward, and decoding never makes a text longer. */
#include "sysmon_xml.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool condition)
{
    if (!condition) abort();
}

static bool inside(struct slice part, struct slice whole)
{
    return part.length == 0 ||
           (part.bytes >= whole.bytes && part.bytes + part.length <= whole.bytes + whole.length);
}

static void check_decode(struct slice text, struct arena *scratch)
{
    struct slice decoded;
    require(sysmon_xml_decode(text, scratch, &decoded));
    require(decoded.bytes == text.bytes ? decoded.length == text.length
                                        : decoded.length < text.length);
    require(text.length == 0 || memchr(text.bytes, '&', text.length) != NULL ||
            decoded.bytes == text.bytes);
}

static void check_head(struct slice raw, const struct sysmon_system *system)
{
    static const char close[] = "</System>";
    const size_t close_length = sizeof(close) - 1;
    require(system->rest.bytes + system->rest.length == raw.bytes + raw.length);
    require((size_t)(system->rest.bytes - raw.bytes) >= close_length);
    struct slice head = {raw.bytes, (size_t)(system->rest.bytes - raw.bytes) - close_length};
    require(memcmp(head.bytes + head.length, close, close_length) == 0);
    require(inside(system->provider, head) && inside(system->event_id, head));
    require(inside(system->system_time, head) && inside(system->computer, head));
    if (system->event_id.length > 0)
        require(memchr(system->event_id.bytes, '<', system->event_id.length) == NULL);
}

static void check_data(struct slice rest, struct arena *scratch)
{
    struct sysmon_data data;
    struct slice before = rest;
    while (sysmon_xml_next_data(&rest, &data)) {
        require(data.name.length > 0 && data.value.length > 0);
        require(inside(data.name, before) && inside(data.value, before));
        require(data.name.bytes + data.name.length < data.value.bytes);
        require(data.value.bytes + data.value.length < rest.bytes);
        require(rest.bytes + rest.length == before.bytes + before.length);
        check_decode(data.name, scratch);
        check_decode(data.value, scratch);
        before = rest;
    }
    require(rest.length == 0 && !sysmon_xml_next_data(&rest, &data));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct slice raw = {(const char *)bytes, length};
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct arena scratch;
    arena_init(&scratch, &memory, 4096);
    struct sysmon_system system;
    if (sysmon_xml_system(raw, &system)) {
        check_head(raw, &system);
        check_data(system.rest, &scratch);
    } else {
        require(system.rest.length == 0 && system.event_id.length == 0);
    }
    check_data(raw, &scratch);
    check_decode(raw, &scratch);
    arena_release(&scratch);
    require(memory.used == 0);
    return 0;
}
