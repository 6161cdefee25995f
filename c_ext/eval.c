#include "eval.h"

#include <string.h>

#include "decimal.h"
#include "number.h"
#include "text.h"

/* Single values that need no scratch. */
static const struct slice unknown_text = {"unknown", 7};
static const struct slice zero_text = {"0", 1};
static const struct slice one_text = {"1", 1};

static const struct values null_values = {NULL, 0};
static const struct values unknown = {&unknown_text, 1};
static const struct values zero = {&zero_text, 1};
static const struct values one = {&one_text, 1};

/* ---- reading ---- */

static enum cfh_status read_field(const struct eval_source *source, const char *name,
                                  struct values *values)
{
    *values = null_values;
    return source->field(source->context, slice_of(name), values);
}

static enum cfh_status read_both(const struct model_field *field, const struct eval_source *source,
                                 struct values *first, struct values *second)
{
    enum cfh_status status = read_field(source, field->first, first);
    return status == CFH_OK ? read_field(source, field->second, second) : status;
}

static enum cfh_status read_metadata(const struct eval_source *source, const char *name,
                                     struct values *values)
{
    *values = null_values;
    return source->metadata(source->context, slice_of(name), values);
}

/* Is it one value, and a number? number may be NULL. */
static bool is_number(struct values values, struct number *number)
{
    return values.count == 1 && number_parse(values.items[0], number);
}

/* ---- value by value ---- */

static enum cfh_status set_one(struct slice text, const struct eval_source *source,
                               struct values *values)
{
    struct slice *item = arena_take(source->scratch, sizeof(*item));
    if (item == NULL) return CFH_NO_MEMORY;
    *item = text;
    *values = (struct values){item, 1};
    return CFH_OK;
}

/* A copy of the items in scratch, to be changed; NULL when refused. */
static struct slice *copy_items(struct values values, const struct eval_source *source)
{
    struct slice *items = arena_take(source->scratch, values.count * sizeof(*items));
    if (items != NULL) memcpy(items, values.items, values.count * sizeof(*items));
    return items;
}

/* Changes a value; false when refused. */
typedef bool change_value(struct slice *value, struct arena *scratch);

/* Changes each value; null stays null. */
static enum cfh_status change_each(change_value *change, const struct eval_source *source,
                                   struct values *values)
{
    if (values->count == 0) return CFH_OK;
    struct slice *items = copy_items(*values, source);
    if (items == NULL) return CFH_NO_MEMORY;
    for (size_t i = 0; i < values->count; i++)
        if (!change(&items[i], source->scratch)) return CFH_NO_MEMORY;
    values->items = items;
    return CFH_OK;
}

/* Is there a place for a replacement? */
static bool lacks_text(struct values values)
{
    for (size_t i = 0; i < values.count; i++)
        if (values.items[i].length == 0) return true;
    return values.count == 0;
}

/* Sets the replacement in the place of null, and its first value in the place of each empty value;
 * where it is null, empty values go. */
static enum cfh_status fill(struct values replacement, const struct eval_source *source,
                            struct values *values)
{
    if (!lacks_text(*values)) return CFH_OK;
    if (values->count == 0) {
        *values = replacement;
        return CFH_OK;
    }
    struct slice *items = copy_items(*values, source);
    if (items == NULL) return CFH_NO_MEMORY;
    size_t kept = 0;
    for (size_t i = 0; i < values->count; i++) {
        if (items[i].length > 0)
            items[kept++] = items[i];
        else if (replacement.count > 0)
            items[kept++] = replacement.items[0];
    }
    *values = (struct values){items, kept};
    return CFH_OK;
}

/* ---- changes of one value ---- */

static bool lower(struct slice *value, struct arena *scratch)
{
    return text_fold(scratch, *value, value);
}

static bool hyphen_to_empty(struct slice *value, struct arena *scratch)
{
    (void)scratch;
    if (value->length == 1 && value->bytes[0] == '-') value->length = 0;
    return true;
}

static bool no_number_to_zero(struct slice *value, struct arena *scratch)
{
    (void)scratch;
    if (!number_parse(*value, NULL)) *value = zero_text;
    return true;
}

/* What \s is in a regular expression. */
static bool is_white(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool to_first_word(struct slice *value, struct arena *scratch)
{
    (void)scratch;
    size_t start = 0, end;
    while (start < value->length && is_white(value->bytes[start]))
        start++;
    if (start == value->length) return true;
    for (end = start; end < value->length && !is_white(value->bytes[end]);)
        end++;
    *value = (struct slice){value->bytes + start, end - start};
    return true;
}

/* Empty where there is no '@', or nothing behind it. */
/* ^.*@(.+)$: behind the last '@' that has something behind it, in a text of one line. */
static bool to_behind_at(struct slice *value, struct arena *scratch)
{
    (void)scratch;
    size_t end = value->length;
    if (end > 0 && value->bytes[end - 1] == '\n') end--;
    size_t start = end > 0 ? end - 1 : 0;
    while (start > 0 && value->bytes[start - 1] != '@')
        start--;
    bool found = start > 0 && memchr(value->bytes, '\n', end) == NULL;
    *value = found ? (struct slice){value->bytes + start, end - start} : (struct slice){NULL, 0};
    return true;
}

static bool print_count(uint64_t count, struct arena *scratch, struct slice *text)
{
    enum { DIGITS_MAX = 20 };
    char *bytes = arena_take(scratch, DIGITS_MAX);
    if (bytes == NULL) return false;
    size_t start = DIGITS_MAX;
    do
        bytes[--start] = (char)('0' + count % 10);
    while ((count /= 10) > 0);
    *text = (struct slice){bytes + start, DIGITS_MAX - start};
    return true;
}

/* ---- characters ---- */

/* How many bytes the character has that begins with this byte, and what its second byte must be
 * within: that shuts out longer forms than needed, surrogates and what lies beyond U+10FFFF. */
static size_t utf8_lead(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 1;
}

/* The bytes of the character at offset; 1 for a byte that belongs to none. */
static size_t character_length(struct slice text, size_t offset)
{
    const unsigned char *bytes = (const unsigned char *)text.bytes + offset;
    unsigned char low, high;
    size_t length = utf8_lead(bytes[0], &low, &high);
    if (length == 1 || length > text.length - offset) return 1;
    if (bytes[1] < low || bytes[1] > high) return 1;
    for (size_t i = 2; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80) return 1;
    return length;
}

static bool to_length(struct slice *value, struct arena *scratch)
{
    uint64_t count = 0;
    for (size_t i = 0; i < value->length; i += character_length(*value, i))
        count++;
    return print_count(count, scratch, value);
}

/* ---- the host of a URL ---- */

static bool starts_with(struct slice text, struct slice start)
{
    return text.length >= start.length &&
           text_equal((struct slice){text.bytes, start.length}, start);
}

static bool is_letter_or_digit(char byte)
{
    unsigned char folded = text_fold_byte((unsigned char)byte);
    return (folded >= 'a' && folded <= 'z') || (byte >= '0' && byte <= '9');
}

/* Behind the scheme, which is written in lower case; 0: there is none. */
static size_t behind_scheme(struct slice url)
{
    static const struct slice schemes[] = {{"http://", 7}, {"https://", 8}, {"ftp://", 6}};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (starts_with(url, schemes[i])) return schemes[i].length;
    return 0;
}

/* Behind [a-zA-Z0-9.-]+(:[a-zA-Z0-9]+)?@ at start; start where that is not. */
static size_t behind_account(struct slice url, size_t start)
{
    size_t at = start;
    while (at < url.length &&
           (is_letter_or_digit(url.bytes[at]) || url.bytes[at] == '.' || url.bytes[at] == '-'))
        at++;
    if (at == start) return start;
    if (at < url.length && url.bytes[at] == ':') {
        size_t password = ++at;
        while (at < url.length && is_letter_or_digit(url.bytes[at]))
            at++;
        if (at == password) return start;
    }
    return at < url.length && url.bytes[at] == '@' ? at + 1 : start;
}

static struct slice host_at(struct slice url, size_t start)
{
    size_t end = start;
    while (end < url.length && url.bytes[end] != '/' && url.bytes[end] != ':')
        end++;
    return (struct slice){url.bytes + start, end - start};
}

/* ^(?:http|https|ftp)://(?:[a-zA-Z0-9.-]+(?::[a-zA-Z0-9]+)?@)?([^/:]+), its group; empty for no
 * match. An account with no host behind it is read as the host. */
static bool to_url_host(struct slice *value, struct arena *scratch)
{
    (void)scratch;
    size_t start = behind_scheme(*value);
    struct slice host = {NULL, 0};
    if (start > 0) host = host_at(*value, behind_account(*value, start));
    if (start > 0 && host.length == 0) host = host_at(*value, start);
    *value = host;
    return true;
}

/* ---- rules on the field alone ---- */

static enum cfh_status eval_unknown(const struct model_field *field,
                                    const struct eval_source *source, struct values *values)
{
    (void)field;
    return fill(unknown, source, values);
}

static enum cfh_status eval_unknown_hyphen(const struct model_field *field,
                                           const struct eval_source *source, struct values *values)
{
    (void)field;
    enum cfh_status status = change_each(hyphen_to_empty, source, values);
    return status == CFH_OK ? fill(unknown, source, values) : status;
}

static enum cfh_status eval_lower(const struct model_field *field, const struct eval_source *source,
                                  struct values *values)
{
    (void)field;
    return change_each(lower, source, values);
}

static enum cfh_status eval_unknown_lower(const struct model_field *field,
                                          const struct eval_source *source, struct values *values)
{
    enum cfh_status status = fill(unknown, source, values);
    return status == CFH_OK ? eval_lower(field, source, values) : status;
}

static enum cfh_status eval_lower_or_null(const struct model_field *field,
                                          const struct eval_source *source, struct values *values)
{
    enum cfh_status status = fill(null_values, source, values);
    return status == CFH_OK ? eval_lower(field, source, values) : status;
}

static enum cfh_status eval_number_or_zero(const struct model_field *field,
                                           const struct eval_source *source, struct values *values)
{
    (void)field;
    if (values->count == 0) *values = zero;
    return change_each(no_number_to_zero, source, values);
}

static enum cfh_status eval_number_or_null(const struct model_field *field,
                                           const struct eval_source *source, struct values *values)
{
    (void)field, (void)source;
    if (!is_number(*values, NULL)) *values = null_values;
    return CFH_OK;
}

static enum cfh_status eval_zero_if_empty(const struct model_field *field,
                                          const struct eval_source *source, struct values *values)
{
    (void)field;
    return fill(zero, source, values);
}

/* ---- rules with a replacement from elsewhere ---- */

static enum cfh_status eval_source_type(const struct model_field *field,
                                        const struct eval_source *source, struct values *values)
{
    (void)field;
    struct values source_type;
    if (!lacks_text(*values)) return CFH_OK;
    enum cfh_status status = read_metadata(source, "sourcetype", &source_type);
    return status == CFH_OK ? fill(source_type, source, values) : status;
}

static enum cfh_status eval_else(const struct model_field *field, const struct eval_source *source,
                                 struct values *values)
{
    struct values first, otherwise;
    if (!lacks_text(*values)) return CFH_OK;
    enum cfh_status status = read_field(source, field->first, &first);
    if (status == CFH_OK) status = set_one(slice_of(field->otherwise), source, &otherwise);
    if (status == CFH_OK) status = fill(otherwise, source, &first);
    return status == CFH_OK ? fill(first, source, values) : status;
}

static enum cfh_status eval_first_word(const struct model_field *field,
                                       const struct eval_source *source, struct values *values)
{
    struct values first;
    if (!lacks_text(*values)) return CFH_OK;
    enum cfh_status status = read_field(source, field->first, &first);
    if (status == CFH_OK) status = fill(unknown, source, &first);
    if (status == CFH_OK) status = change_each(to_first_word, source, &first);
    return status == CFH_OK ? fill(first, source, values) : status;
}

/* A change of first, the values without text left out, where the field is null. */
static enum cfh_status eval_derived(const struct model_field *field, change_value *change,
                                    const struct eval_source *source, struct values *values)
{
    if (values->count > 0) return CFH_OK;
    enum cfh_status status = read_field(source, field->first, values);
    if (status == CFH_OK) status = change_each(change, source, values);
    return status == CFH_OK ? fill(null_values, source, values) : status;
}

static enum cfh_status eval_behind_at(const struct model_field *field,
                                      const struct eval_source *source, struct values *values)
{
    return eval_derived(field, to_behind_at, source, values);
}

static enum cfh_status eval_url_domain(const struct model_field *field,
                                       const struct eval_source *source, struct values *values)
{
    return eval_derived(field, to_url_host, source, values);
}

static enum cfh_status eval_length(const struct model_field *field,
                                   const struct eval_source *source, struct values *values)
{
    enum cfh_status status = read_field(source, field->first, values);
    return status == CFH_OK ? change_each(to_length, source, values) : status;
}

static enum cfh_status eval_stream(const struct model_field *field,
                                   const struct eval_source *source, struct values *values)
{
    struct values origin, first;
    enum cfh_status status = read_metadata(source, "source", &origin);
    if (status == CFH_OK) status = read_field(source, field->first, &first);
    if (status == CFH_OK) status = fill(null_values, source, &first);
    if (status != CFH_OK) return status;
    if (first.count > 0 && origin.count > 0 && starts_with(origin.items[0], SLICE("stream")))
        *values = first;
    return fill(unknown, source, values);
}

/* ---- rules that join texts ---- */

static enum cfh_status join(struct slice left, char between, struct slice right,
                            const struct eval_source *source, struct slice *joined)
{
    char *bytes = arena_take(source->scratch, left.length + 1 + right.length);
    if (bytes == NULL) return CFH_NO_MEMORY;
    if (left.length > 0) memcpy(bytes, left.bytes, left.length);
    bytes[left.length] = between;
    if (right.length > 0) memcpy(bytes + left.length + 1, right.bytes, right.length);
    *joined = (struct slice){bytes, left.length + 1 + right.length};
    return CFH_OK;
}

/* The first value, where there is one and it is not the text unknown; else that text. */
static bool is_known(struct values values, struct slice *text)
{
    *text = values.count > 0 ? values.items[0] : unknown_text;
    return !text_equal(*text, unknown_text);
}

/* Rule M2. An empty vendor_product counts as set. */
static enum cfh_status eval_vendor_product(const struct model_field *field,
                                           const struct eval_source *source, struct values *values)
{
    (void)field;
    struct values vendor, product;
    struct slice left, right, joined;
    if (values->count > 0) return CFH_OK;
    enum cfh_status status = read_field(source, "vendor", &vendor);
    if (status == CFH_OK) status = read_field(source, "product", &product);
    if (status != CFH_OK) return status;
    bool known = is_known(vendor, &left);
    if (!is_known(product, &right) && !known) {
        status = read_metadata(source, "sourcetype", values);
        if (values->count == 0) *values = unknown;
        return status;
    }
    status = join(left, ' ', right, source, &joined);
    return status == CFH_OK ? set_one(joined, source, values) : status;
}

/* "first second", or null where either is. */
static enum cfh_status audited_command(const struct model_field *field,
                                       const struct eval_source *source, struct values *command)
{
    struct values first, second;
    struct slice joined;
    *command = null_values;
    enum cfh_status status = read_both(field, source, &first, &second);
    if (status != CFH_OK || first.count == 0 || second.count == 0) return status;
    status = join(first.items[0], ' ', second.items[0], source, &joined);
    return status == CFH_OK ? set_one(joined, source, command) : status;
}

/* In Splunk's own audit events the command is put together, but only where one came: a command
 * without text is unknown there too. */
static enum cfh_status eval_command(const struct model_field *field,
                                    const struct eval_source *source, struct values *values)
{
    struct values source_type, command;
    enum cfh_status status = read_metadata(source, "sourcetype", &source_type);
    if (status != CFH_OK) return status;
    bool audited = source_type.count > 0 && text_equal(source_type.items[0], SLICE("audittrail"));
    if (!audited || values->count == 0) return fill(unknown, source, values);
    status = audited_command(field, source, &command);
    if (status != CFH_OK) return status;
    struct slice *items = copy_items(*values, source);
    if (items == NULL) return CFH_NO_MEMORY;
    size_t kept = 0;
    for (size_t i = 0; i < values->count; i++) {
        struct values made = items[i].length == 0 ? unknown : command;
        if (made.count > 0) items[kept++] = made.items[0];
    }
    *values = (struct values){items, kept};
    return CFH_OK;
}

/* Ports' own search: its defaults, then mvzip(first, second, "/"). */
static enum cfh_status eval_pairs(const struct model_field *field, const struct eval_source *source,
                                  struct values *values)
{
    struct values first, second;
    if (values->count > 0) return CFH_OK;
    enum cfh_status status = read_both(field, source, &first, &second);
    if (status == CFH_OK) status = fill(unknown, source, &first);
    if (status == CFH_OK) status = fill(zero, source, &second);
    if (status != CFH_OK) return status;
    struct slice *items = copy_items(first, source);
    if (items == NULL) return CFH_NO_MEMORY;
    size_t count = first.count < second.count ? first.count : second.count;
    for (size_t i = 0; i < count && status == CFH_OK; i++)
        status = join(items[i], '/', second.items[i], source, &items[i]);
    *values = (struct values){items, count};
    return status;
}

/* ---- rules that count ---- */

static enum cfh_status eval_value_count(const struct model_field *field,
                                        const struct eval_source *source, struct values *values)
{
    struct values first;
    struct slice text;
    if (is_number(*values, NULL)) return CFH_OK;
    enum cfh_status status = read_field(source, field->first, &first);
    if (status != CFH_OK) return status;
    if (!print_count(first.count > 0 ? first.count : 1, source->scratch, &text))
        return CFH_NO_MEMORY;
    return set_one(text, source, values);
}

/* left + right, or left - right. */
static enum cfh_status calculate(const struct number *left, bool minus, const struct number *right,
                                 const struct eval_source *source, struct values *values)
{
    struct decimal result = {0}, other = {0};
    struct slice text;
    bool done = decimal_add_number(&result, left, source->pool) &&
                decimal_add_number(&other, right, source->pool);
    if (done)
        done = minus ? decimal_subtract(&result, &other, source->pool)
                     : decimal_add(&result, &other, source->pool);
    if (done) done = decimal_print(&result, source->scratch, &text);
    decimal_release(&result, source->pool);
    decimal_release(&other, source->pool);
    return done ? set_one(text, source, values) : CFH_NO_MEMORY;
}

/* first + second or first - second, null where they are no numbers that a sum takes. */
static enum cfh_status calculate_fields(const struct model_field *field, bool minus,
                                        const struct eval_source *source, struct values *values)
{
    struct values first, second;
    struct number left, right;
    *values = null_values;
    enum cfh_status status = read_both(field, source, &first, &second);
    if (status != CFH_OK) return status;
    if (!is_number(first, &left) || !is_number(second, &right)) return CFH_OK;
    if (!decimal_accepts(&left) || !decimal_accepts(&right)) return CFH_OK;
    return calculate(&left, minus, &right, source, values);
}

static enum cfh_status eval_sum(const struct model_field *field, const struct eval_source *source,
                                struct values *values)
{
    if (is_number(*values, NULL)) return CFH_OK;
    return calculate_fields(field, false, source, values);
}

static enum cfh_status eval_rest(const struct model_field *field, const struct eval_source *source,
                                 struct values *values)
{
    if (is_number(*values, NULL)) return CFH_OK;
    return calculate_fields(field, true, source, values);
}

static enum cfh_status eval_difference(const struct model_field *field,
                                       const struct eval_source *source, struct values *values)
{
    return calculate_fields(field, true, source, values);
}

/* ---- ssl_is_valid ---- */

/* What says neither becomes empty. */
static bool to_one_or_zero(struct slice *value, struct arena *scratch)
{
    (void)scratch;
    static const struct slice no[] = {{"0", 1}, {"f", 1}, {"false", 5}};
    static const struct slice yes[] = {{"1", 1}, {"t", 1}, {"true", 4}};
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        bool is_yes = text_equal_folded(*value, yes[i]);
        if (!is_yes && !text_equal_folded(*value, no[i])) continue;
        *value = is_yes ? one_text : zero_text;
        return true;
    }
    value->length = 0;
    return true;
}

/* 1 or 0 for whether the row's time lies from first to second; null where these are no numbers. */
static enum cfh_status valid_by_time(const struct model_field *field,
                                     const struct eval_source *source, struct values *values)
{
    struct values start, end, time;
    struct number from, to, now;
    *values = null_values;
    enum cfh_status status = read_both(field, source, &start, &end);
    if (status == CFH_OK) status = read_metadata(source, "_time", &time);
    if (status != CFH_OK || !is_number(start, &from) || !is_number(end, &to)) return status;
    bool valid =
        is_number(time, &now) && number_compare(&now, &from) >= 0 && number_compare(&now, &to) <= 0;
    *values = valid ? one : zero;
    return CFH_OK;
}

static enum cfh_status eval_tls_valid(const struct model_field *field,
                                      const struct eval_source *source, struct values *values)
{
    struct values by_time;
    enum cfh_status status = change_each(to_one_or_zero, source, values);
    if (status != CFH_OK || !lacks_text(*values)) return status;
    status = valid_by_time(field, source, &by_time);
    return status == CFH_OK ? fill(by_time, source, values) : status;
}

/* ---- all rules ---- */

typedef enum cfh_status eval_rule(const struct model_field *field, const struct eval_source *source,
                                  struct values *values);

static eval_rule *const rules[] = {
    [MODEL_AS_IT_COMES] = NULL,
    [MODEL_UNKNOWN] = eval_unknown,
    [MODEL_UNKNOWN_HYPHEN] = eval_unknown_hyphen,
    [MODEL_UNKNOWN_LOWER] = eval_unknown_lower,
    [MODEL_LOWER] = eval_lower,
    [MODEL_LOWER_OR_NULL] = eval_lower_or_null,
    [MODEL_NUMBER_OR_ZERO] = eval_number_or_zero,
    [MODEL_NUMBER_OR_NULL] = eval_number_or_null,
    [MODEL_ZERO_IF_EMPTY] = eval_zero_if_empty,
    [MODEL_VENDOR_PRODUCT] = eval_vendor_product,
    [MODEL_SOURCE_TYPE] = eval_source_type,
    [MODEL_ELSE] = eval_else,
    [MODEL_SUM] = eval_sum,
    [MODEL_REST] = eval_rest,
    [MODEL_DIFFERENCE] = eval_difference,
    [MODEL_LENGTH] = eval_length,
    [MODEL_VALUE_COUNT] = eval_value_count,
    [MODEL_FIRST_WORD] = eval_first_word,
    [MODEL_COMMAND] = eval_command,
    [MODEL_STREAM] = eval_stream,
    [MODEL_BEHIND_AT] = eval_behind_at,
    [MODEL_URL_DOMAIN] = eval_url_domain,
    [MODEL_TLS_VALID] = eval_tls_valid,
    [MODEL_PAIRS] = eval_pairs,
    [MODEL_INPUT] = NULL,
};

enum cfh_status eval_field(const struct model_field *field, const struct eval_source *source,
                           struct values *values)
{
    eval_rule *rule = rules[field->rule];
    return rule != NULL ? rule(field, source, values) : CFH_OK;
}

/* Which single texts a rule leaves alone. */
enum keeping { KEEPS_NOTHING, KEEPS_TEXT, KEEPS_NUMBERS, KEEPS_LOWER, KEEPS_BUT_HYPHEN };

static const unsigned char keepings[] = {
    [MODEL_AS_IT_COMES] = KEEPS_TEXT,
    [MODEL_UNKNOWN] = KEEPS_TEXT,
    [MODEL_UNKNOWN_HYPHEN] = KEEPS_BUT_HYPHEN,
    [MODEL_UNKNOWN_LOWER] = KEEPS_LOWER,
    [MODEL_LOWER] = KEEPS_LOWER,
    [MODEL_LOWER_OR_NULL] = KEEPS_LOWER,
    [MODEL_NUMBER_OR_ZERO] = KEEPS_NUMBERS,
    [MODEL_NUMBER_OR_NULL] = KEEPS_NUMBERS,
    [MODEL_ZERO_IF_EMPTY] = KEEPS_TEXT,
    [MODEL_VENDOR_PRODUCT] = KEEPS_TEXT,
    [MODEL_SOURCE_TYPE] = KEEPS_TEXT,
    [MODEL_ELSE] = KEEPS_TEXT,
    [MODEL_SUM] = KEEPS_NUMBERS,
    [MODEL_REST] = KEEPS_NUMBERS,
    [MODEL_VALUE_COUNT] = KEEPS_NUMBERS,
    [MODEL_FIRST_WORD] = KEEPS_TEXT,
    [MODEL_BEHIND_AT] = KEEPS_TEXT,
    [MODEL_URL_DOMAIN] = KEEPS_TEXT,
    [MODEL_PAIRS] = KEEPS_TEXT,
    [MODEL_INPUT] = KEEPS_TEXT,
};

static bool is_lower(struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] >= 'A' && text.bytes[i] <= 'Z') return false;
    return true;
}

bool eval_keeps(const struct model_field *field, struct slice text)
{
    int64_t integer;
    switch ((enum keeping)keepings[field->rule]) {
    case KEEPS_TEXT:
        return true;
    case KEEPS_NUMBERS:
        return number_short_integer(text, &integer) || number_parse(text, NULL);
    case KEEPS_LOWER:
        return is_lower(text);
    case KEEPS_BUT_HYPHEN:
        return !text_equal(text, SLICE("-"));
    case KEEPS_NOTHING:
        break;
    }
    return false;
}

bool eval_keeps_any(const struct model_field *field)
{
    return keepings[field->rule] == KEEPS_TEXT;
}

bool eval_reads(const struct model_field *field, bool (*each)(void *context, struct slice name),
                void *context)
{
    static const struct {
        enum model_rule rule;
        const char *name;
    } reads[] = {{MODEL_VENDOR_PRODUCT, "vendor"},
                 {MODEL_VENDOR_PRODUCT, "product"},
                 {MODEL_VENDOR_PRODUCT, "sourcetype"},
                 {MODEL_SOURCE_TYPE, "sourcetype"},
                 {MODEL_COMMAND, "sourcetype"},
                 {MODEL_STREAM, "source"},
                 {MODEL_TLS_VALID, "_time"}};
    if (field->first != NULL && !each(context, slice_of(field->first))) return false;
    if (field->second != NULL && !each(context, slice_of(field->second))) return false;
    for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++)
        if (reads[i].rule == field->rule && !each(context, slice_of(reads[i].name))) return false;
    return true;
}
