#include "sysmon_xml.h"

#include <limits.h>
#include <string.h>

/* The room reads by moving a slice forward over the text. Every step moves it, and a search that
 * fails ends the reading: so no byte is looked at more than a few times. */

static void advance(struct slice *text, size_t count)
{
    text->bytes += count;
    text->length -= count;
}

/* Moves to the next such byte; false: there is none, and text stands where it stood. */
static bool advance_to(struct slice *text, char byte)
{
    if (text->length == 0) return false;
    if (text->bytes[0] == byte) return true; /* tags often stand side by side */
    const char *found = memchr(text->bytes, byte, text->length);
    if (found == NULL) return false;
    advance(text, (size_t)(found - text->bytes));
    return true;
}

/* prefix is not empty. Its last byte tells most texts apart without a call of memcmp. */
static bool starts_with(struct slice text, struct slice prefix)
{
    size_t last = prefix.length - 1;
    return text.length > last && text.bytes[last] == prefix.bytes[last] &&
           memcmp(text.bytes, prefix.bytes, last) == 0;
}

/* Where the first such tag, written from its '<' to its '>', stands in text. */
static bool find_tag(struct slice text, struct slice tag, size_t *offset)
{
    struct slice from = text;
    while (advance_to(&from, '<')) {
        if (starts_with(from, tag)) {
            *offset = text.length - from.length;
            return true;
        }
        advance(&from, 1);
    }
    return false;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_quote(char byte)
{
    return byte == '\'' || byte == '"';
}

/* Does a tag that begins so ("<Data") stand here, rather than one whose name is longer? */
static bool opens(struct slice text, struct slice start)
{
    if (!starts_with(text, start) || text.length == start.length) return false;
    char next = text.bytes[start.length];
    return is_blank(next) || next == '>' || next == '/';
}

/* ---- tags ---- */

enum tag_end {
    TAG_OPEN,   /* <x ...>  */
    TAG_EMPTY,  /* <x .../> */
    TAG_BROKEN, /* another '<', or the text's end, comes before the tag's end */
};

static bool ends_attribute_name(char byte)
{
    static const bool ends[UCHAR_MAX + 1] = {
        [' '] = true, ['\t'] = true, ['\r'] = true, ['\n'] = true, ['\''] = true,
        ['"'] = true, ['='] = true,  ['/'] = true,  ['>'] = true,  ['<'] = true,
    };
    return ends[(unsigned char)byte];
}

static struct slice take_attribute_name(struct slice *text)
{
    struct slice name = {text->bytes, 0};
    while (name.length < text->length && !ends_attribute_name(text->bytes[name.length]))
        name.length++;
    advance(text, name.length);
    return name;
}

static void skip_blanks(struct slice *text)
{
    while (text->length > 0 && is_blank(text->bytes[0]))
        advance(text, 1);
}

/* The text between two quotes, the first of which stands here. Where the second is missing, the
 * whole text is inside the attribute. */
static struct slice take_quoted(struct slice *text)
{
    char quote = text->bytes[0];
    advance(text, 1);
    struct slice value = *text;
    if (!advance_to(text, quote)) {
        advance(text, text->length);
        return (struct slice){NULL, 0};
    }
    value.length -= text->length;
    advance(text, 1);
    return value;
}

/* Reads one attribute, or what stands in its place: always at least one byte. */
static void take_attribute(struct slice *text, struct slice *name, struct slice *value)
{
    *name = take_attribute_name(text);
    *value = (struct slice){NULL, 0};
    skip_blanks(text);
    if (text->length > 0 && text->bytes[0] == '=') {
        advance(text, 1);
        skip_blanks(text);
    }
    if (text->length > 0 && is_quote(text->bytes[0])) *value = take_quoted(text);
}

/* An empty name is nobody's: it is what wants no attribute, and it may be NULL. */
static bool is_wanted(struct slice name, struct slice wanted)
{
    return wanted.length > 0 && name.length == wanted.length && starts_with(name, wanted);
}

/* Moves from behind a tag's name to behind its '>'. value becomes that of the first attribute of
 * the wanted name that has one. */
static enum tag_end take_tag(struct slice *text, struct slice wanted, struct slice *value)
{
    bool slash = false;
    *value = (struct slice){NULL, 0};
    while (text->length > 0 && text->bytes[0] != '<') {
        char byte = text->bytes[0];
        if (byte == '>') {
            advance(text, 1);
            return slash ? TAG_EMPTY : TAG_OPEN;
        }
        slash = byte == '/';
        if (slash || is_blank(byte)) {
            advance(text, 1);
            continue;
        }
        struct slice name, found;
        take_attribute(text, &name, &found);
        if (value->length == 0 && is_wanted(name, wanted)) *value = found;
    }
    return TAG_BROKEN;
}

/* ---- the head ---- */

enum { PROVIDER, EVENT_ID, SYSTEM_TIME, COMPUTER, PART_COUNT };

/* Where a part of the head stands: in an attribute, or else in the text up to close. */
struct part {
    struct slice open;
    struct slice attribute;
    struct slice close;
};

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static const struct part parts[PART_COUNT] = {
    [PROVIDER] = {.open = TEXT("<Provider"), .attribute = TEXT("Name")},
    [EVENT_ID] = {.open = TEXT("<EventID"), .close = TEXT("</EventID>")},
    [SYSTEM_TIME] = {.open = TEXT("<TimeCreated"), .attribute = TEXT("SystemTime")},
    [COMPUTER] = {.open = TEXT("<Computer"), .close = TEXT("</Computer>")},
};

/* The text up to the close tag; none where another tag comes before it. */
static struct slice take_text(struct slice *text, struct slice close)
{
    struct slice value = *text;
    if (!advance_to(text, '<') || !starts_with(*text, close)) return (struct slice){NULL, 0};
    value.length -= text->length;
    return value;
}

static size_t part_here(struct slice text)
{
    size_t index = 0;
    while (index < PART_COUNT && !opens(text, parts[index].open))
        index++;
    return index;
}

static bool may_end_tag(char byte)
{
    static const bool may[UCHAR_MAX + 1] = {
        ['\''] = true, ['"'] = true, ['>'] = true, ['<'] = true};
    return may[(unsigned char)byte];
}

/* Moves behind the next '>' that is not quoted, or onto a '<' before it, or to the text's end:
 * where take_tag would stop. */
static void skip_tag_rest(struct slice *text)
{
    for (;;) {
        size_t count = 0;
        while (count < text->length && !may_end_tag(text->bytes[count]))
            count++;
        advance(text, count);
        if (text->length == 0 || text->bytes[0] == '<') return;
        if (text->bytes[0] == '>') break;
        take_quoted(text);
    }
    advance(text, 1);
}

/* Passes over the tag that stands here, whatever its name. A closing tag has no attributes: its end
 * needs no looking for. */
static void skip_tag(struct slice *text)
{
    advance(text, 1);
    if (text->length == 0 || text->bytes[0] != '/') skip_tag_rest(text);
}

static void take_part(struct slice *text, const struct part *part, struct slice *found)
{
    struct slice value;
    advance(text, part->open.length);
    enum tag_end end = take_tag(text, part->attribute, &value);
    if (end == TAG_BROKEN) return;
    if (end == TAG_OPEN && part->close.length > 0) value = take_text(text, part->close);
    if (found->length == 0) *found = value;
}

/* Moves behind "<Event"; false: no event in the text. */
static bool enter_event(struct slice *text)
{
    const struct slice open = SLICE("<Event");
    while (advance_to(text, '<')) {
        if (opens(*text, open)) {
            advance(text, open.length);
            return true;
        }
        advance(text, 1);
    }
    return false;
}

/* Moves from behind "<Event" to behind "<System>"; false: the event has none. */
static bool enter_system(struct slice *text)
{
    const struct slice open = SLICE("<System"), none = {NULL, 0};
    struct slice ignored;
    if (take_tag(text, none, &ignored) == TAG_EMPTY) return false;
    while (advance_to(text, '<')) {
        if (opens(*text, open)) {
            advance(text, open.length);
            return take_tag(text, none, &ignored) == TAG_OPEN;
        }
        if (starts_with(*text, SLICE("</Event>"))) return false;
        skip_tag(text);
    }
    return false;
}

static void read_parts(struct slice head, struct slice found[PART_COUNT])
{
    while (advance_to(&head, '<')) {
        size_t index = part_here(head);
        if (index < PART_COUNT)
            take_part(&head, &parts[index], &found[index]);
        else
            skip_tag(&head);
    }
}

/* The head's end is looked for first, as bytes: a quote that is never closed may hide the parts
 * behind it, but cannot make Data elements part of the head. */
bool sysmon_xml_system(struct slice raw, struct sysmon_system *system)
{
    const struct slice close = SLICE("</System>");
    struct slice found[PART_COUNT] = {{NULL, 0}};
    size_t length;
    *system = (struct sysmon_system){.rest = {NULL, 0}};
    if (!enter_event(&raw) || !find_tag(raw, close, &length)) return false;
    struct slice head = {raw.bytes, length};
    if (!enter_system(&head)) return false;
    read_parts(head, found);
    advance(&raw, length + close.length);
    *system = (struct sysmon_system){found[PROVIDER], found[EVENT_ID], found[SYSTEM_TIME],
                                     found[COMPUTER], raw};
    return true;
}

/* ---- Data ---- */

/* Moves behind "<Data"; false at the event's end. */
static bool enter_data(struct slice *text)
{
    const struct slice open = SLICE("<Data");
    while (advance_to(text, '<')) {
        if (starts_with(*text, SLICE("</Event>"))) return false;
        if (opens(*text, open)) {
            advance(text, open.length);
            return true;
        }
        advance(text, 1);
    }
    return false;
}

/* Moves from behind "<Data" to behind its '>', where the tag is as Windows writes it and take_tag
 * would find no more: one attribute, the name. Else false, and text stands where it stood. */
static bool take_plain_name(struct slice *text, struct slice *name)
{
    const struct slice start = SLICE(" Name='");
    if (!starts_with(*text, start)) return false;
    struct slice rest = *text;
    advance(&rest, start.length);
    *name = rest;
    if (!advance_to(&rest, '\'') || rest.length == 1 || rest.bytes[1] != '>') return false;
    name->length -= rest.length;
    advance(&rest, 2);
    *text = rest;
    return true;
}

/* Moves from behind "<Data" to behind its '>'; false: it has no text, or is broken. */
static bool take_data_name(struct slice *text, struct slice *name)
{
    return take_plain_name(text, name) || take_tag(text, SLICE("Name"), name) == TAG_OPEN;
}

/* A value ends at the next </Data>, whatever stands before it: so the add-ons' regular expression
 * reads it. Without one there is no value any more, nor in what follows. */
bool sysmon_xml_next_data(struct slice *rest, struct sysmon_data *data)
{
    const struct slice close = SLICE("</Data>");
    while (enter_data(rest)) {
        struct slice name;
        if (!take_data_name(rest, &name)) continue;
        struct slice value = {rest->bytes, 0};
        if (!find_tag(*rest, close, &value.length)) break;
        advance(rest, value.length + close.length);
        if (name.length == 0 || value.length == 0) continue;
        *data = (struct sysmon_data){name, value};
        return true;
    }
    if (rest->length > 0) advance(rest, rest->length);
    return false;
}

/* ---- entities ---- */

enum { UTF8_MAX = 4 };

/* What a reference stands for. */
struct reference {
    size_t length; /* of the reference, from '&' to ';' */
    char bytes[UTF8_MAX];
    size_t count;
};

struct entity {
    struct slice text;
    char byte;
};

static const struct entity entities[] = {
    {TEXT("&lt;"), '<'},   {TEXT("&gt;"), '>'},    {TEXT("&amp;"), '&'},
    {TEXT("&quot;"), '"'}, {TEXT("&apos;"), '\''},
};

static bool read_named(struct slice text, struct reference *reference)
{
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        if (!starts_with(text, entities[i].text)) continue;
        *reference = (struct reference){entities[i].text.length, {entities[i].byte}, 1};
        return true;
    }
    return false;
}

/* The digit's value in the base (10 or 16), or the base itself: no digit. */
static uint32_t digit_value(char byte, uint32_t base)
{
    uint32_t value = base;
    if (byte >= '0' && byte <= '9') value = (uint32_t)(byte - '0');
    if (byte >= 'a' && byte <= 'f') value = (uint32_t)(byte - 'a') + 10;
    if (byte >= 'A' && byte <= 'F') value = (uint32_t)(byte - 'A') + 10;
    return value < base ? value : base;
}

enum { SCALAR_MAX = 0x10FFFF, SURROGATE_FIRST = 0xD800, SURROGATE_LAST = 0xDFFF };

static bool is_scalar(uint32_t scalar)
{
    return scalar <= SCALAR_MAX && (scalar < SURROGATE_FIRST || scalar > SURROGATE_LAST);
}

/* The number up to its ';'. What lies beyond Unicode counts no further: it cannot overflow. */
static bool read_scalar(struct slice *text, uint32_t base, uint32_t *scalar)
{
    size_t count = 0;
    *scalar = 0;
    for (; count < text->length; count++) {
        uint32_t digit = digit_value(text->bytes[count], base);
        if (digit == base) break;
        if (*scalar <= SCALAR_MAX) *scalar = *scalar * base + digit;
    }
    if (count == 0 || count == text->length || text->bytes[count] != ';') return false;
    advance(text, count + 1);
    return is_scalar(*scalar);
}

static void write_utf8(uint32_t scalar, struct reference *reference)
{
    static const unsigned char lead[UTF8_MAX + 1] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t count = scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
    reference->count = count;
    for (size_t i = count - 1; i > 0; i--) {
        reference->bytes[i] = (char)(0x80 | (scalar & 0x3F));
        scalar >>= 6;
    }
    reference->bytes[0] = (char)(lead[count] | scalar);
}

static bool read_numeric(struct slice text, struct reference *reference)
{
    size_t whole = text.length;
    uint32_t base = 10, scalar;
    if (!starts_with(text, SLICE("&#"))) return false;
    advance(&text, 2);
    if (text.length > 0 && text.bytes[0] == 'x') {
        base = 16;
        advance(&text, 1);
    }
    if (!read_scalar(&text, base, &scalar)) return false;
    reference->length = whole - text.length;
    write_utf8(scalar, reference);
    return true;
}

/* Moves to the next reference that stands for something; false: no more. */
static bool next_reference(struct slice *text, struct reference *reference)
{
    while (advance_to(text, '&')) {
        if (read_named(*text, reference) || read_numeric(*text, reference)) return true;
        advance(text, 1);
    }
    return false;
}

static void append(struct slice *built, char *room, const char *bytes, size_t count)
{
    if (count > 0) memcpy(room + built->length, bytes, count);
    built->length += count;
}

/* A reference is always longer than what it stands for, so text's length is room enough. */
bool sysmon_xml_decode(struct slice text, struct arena *scratch, struct slice *decoded)
{
    struct reference reference;
    struct slice from = text;
    *decoded = text;
    if (!next_reference(&from, &reference)) return true;
    char *room = arena_take(scratch, text.length);
    if (room == NULL) return false;
    struct slice built = {room, 0};
    do {
        append(&built, room, text.bytes, text.length - from.length);
        append(&built, room, reference.bytes, reference.count);
        advance(&from, reference.length);
        text = from;
    } while (next_reference(&from, &reference));
    append(&built, room, text.bytes, text.length);
    *decoded = built;
    return true;
}
