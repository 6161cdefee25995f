#include "scanner.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

/* ---- errors ---- */

enum { FOUND_SHOWN = 40 }; /* bytes of the text that an error shows */
/* Bytes that must be left for one more sentence; the longest lists all functions. */
enum { SENTENCE_ROOM = 480 };

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Is this one of the later bytes of a character in UTF-8? */
static bool continues_character(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* What stands at a place, for a sentence: a word, cut to FOUND_SHOWN bytes but inside no character.
 */
static int found_length(const struct scanner *scanner, size_t at)
{
    const char *found = scanner->text.bytes + at;
    size_t left = scanner->text.length - at, length = 0;
    while (length < left && length < FOUND_SHOWN && !is_blank(found[length]))
        length++;
    while (length < left && length > 1 && continues_character(found[length]))
        length--;
    return (int)length;
}

/* What goes around what was found: it may begin with a quote of its own. */
static char quote_for(const struct scanner *scanner, size_t at)
{
    size_t length = (size_t)found_length(scanner, at);
    return memchr(scanner->text.bytes + at, '"', length) != NULL ? '\'' : '"';
}

static bool fail(struct scanner *scanner, enum cfh_status status)
{
    if (scanner->status == CFH_OK) scanner->status = status;
    return false;
}

/* START "found" at column N END, or START the end of the search END. */
bool scanner_fail_at(struct scanner *scanner, size_t at, const char *start, const char *end)
{
    if (scanner->status != CFH_OK) return false;
    if (scanner->kept == 0)
        *scanner->error = (struct cfh_error){.code = CFH_BAD_PLAN, .position = at};
    char *sentence = scanner->error->sentence + scanner->kept;
    size_t size = CFH_SENTENCE_SIZE - scanner->kept;
    if (at >= scanner->text.length) {
        snprintf(sentence, size, "%s the end of the search%s", start, end);
        return fail(scanner, CFH_BAD_PLAN);
    }
    char quote = quote_for(scanner, at), column[40] = "";
    if (!scanner->is_file) snprintf(column, sizeof(column), " at column %zu", at + 1);
    snprintf(sentence, size, "%s %c%.*s%c%s%s", start, quote, found_length(scanner, at),
             scanner->text.bytes + at, quote, column, end);
    return fail(scanner, CFH_BAD_PLAN);
}

/* Behind such an error nothing can be told apart any more. */
static bool scanner_fail_for_good(struct scanner *scanner, size_t at, const char *start,
                                  const char *end)
{
    scanner->lost = true;
    return scanner_fail_at(scanner, at, start, end);
}

bool scanner_go_on(struct scanner *scanner)
{
    if (scanner->status != CFH_BAD_PLAN || scanner->lost || scanner->is_file) return false;
    size_t length = strlen(scanner->error->sentence);
    if (CFH_SENTENCE_SIZE - length < SENTENCE_ROOM) return false;
    scanner->error->sentence[length] = ' ';
    scanner->error->sentence[length + 1] = '\0';
    scanner->kept = length + 1;
    scanner->status = CFH_OK;
    return true;
}

enum cfh_status scanner_finish(struct scanner *scanner)
{
    if (scanner->status != CFH_OK || scanner->kept == 0) return scanner->status;
    scanner->error->sentence[scanner->kept - 1] = '\0';
    scanner->status = CFH_BAD_PLAN;
    return CFH_BAD_PLAN;
}

bool scanner_fail_subsearch(struct scanner *scanner)
{
    return scanner_fail_at(scanner, scanner->at, "A subsearch cannot stand here:",
                           ". In Splunk's search bar Splunk itself replaces it before cfhunt runs; "
                           "here write its values out.");
}

bool scanner_refused(struct scanner *scanner)
{
    return fail(scanner, CFH_NO_MEMORY);
}

/* ---- words ---- */

static bool text_stands_at(const struct scanner *scanner, size_t at, struct slice text)
{
    return scanner->text.length - at >= text.length &&
           memcmp(scanner->text.bytes + at, text.bytes, text.length) == 0;
}

static bool comment_at(const struct scanner *scanner, size_t at)
{
    return text_stands_at(scanner, at, SLICE("```"));
}

bool scanner_looking_at(const struct scanner *scanner, struct slice text)
{
    return text_stands_at(scanner, scanner->at, text);
}

/* Blanks and ``` comments ``` (W16). A comment that does not end runs to the end of the text. */
void scanner_skip_blanks(struct scanner *scanner)
{
    for (;;) {
        while (scanner->at < scanner->text.length && is_blank(scanner->text.bytes[scanner->at]))
            scanner->at++;
        if (!comment_at(scanner, scanner->at)) return;
        scanner->at += 3;
        while (scanner->at < scanner->text.length && !comment_at(scanner, scanner->at))
            scanner->at++;
        if (scanner->at < scanner->text.length) scanner->at += 3;
    }
}

bool scanner_at_end(struct scanner *scanner)
{
    scanner_skip_blanks(scanner);
    return scanner->at == scanner->text.length;
}

bool scanner_take_byte(struct scanner *scanner, char byte)
{
    if (scanner->status != CFH_OK) return false;
    scanner_skip_blanks(scanner);
    if (scanner->at == scanner->text.length || scanner->text.bytes[scanner->at] != byte)
        return false;
    scanner->at++;
    return true;
}

static bool ends_word(char byte)
{
    return is_blank(byte) || memchr("=!<>(),\"|`[]", byte, 12) != NULL;
}

/* The bare word at the present place, not taken; length 0 where there is none. */
struct slice scanner_peek_word(struct scanner *scanner)
{
    scanner_skip_blanks(scanner);
    size_t end = scanner->at;
    while (end < scanner->text.length && !ends_word(scanner->text.bytes[end]))
        end++;
    if (end == scanner->at) return (struct slice){NULL, 0};
    return (struct slice){scanner->text.bytes + scanner->at, end - scanner->at};
}

bool scanner_take_keyword(struct scanner *scanner, struct slice keyword, bool either_case)
{
    if (scanner->status != CFH_OK) return false;
    struct slice word = scanner_peek_word(scanner);
    if (either_case ? !text_equal_folded(word, keyword) : !text_equal(word, keyword)) return false;
    scanner->at += word.length;
    return true;
}

bool scanner_peek_keyword(struct scanner *scanner, struct slice keyword)
{
    return text_equal_folded(scanner_peek_word(scanner), keyword);
}

/* A copy of text in the plan with backslashes resolved (W8): \\ \" \| stand for one byte, any other
 * backslash for itself. */
static bool unescape(struct scanner *scanner, struct slice text, struct slice *plain)
{
    if (!arena_copy(scanner->arena, text, plain)) return scanner_refused(scanner);
    char *bytes = (char *)plain->bytes;
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        bool pair = text.bytes[i] == '\\' && i + 1 < text.length &&
                    memchr("\\\"|", text.bytes[i + 1], 3) != NULL;
        if (pair) i++;
        bytes[length++] = text.bytes[i];
    }
    plain->length = length;
    return true;
}

/* A text in double quotes, from its quote on. */
static bool scanner_take_string(struct scanner *scanner, struct slice *text)
{
    size_t start = scanner->at;
    size_t end = start + 1;
    while (end < scanner->text.length && scanner->text.bytes[end] != '"')
        end += scanner->text.bytes[end] == '\\' ? 2 : 1;
    if (end >= scanner->text.length)
        return scanner_fail_for_good(scanner, start, "A quote is not closed:", ".");
    struct slice inside = {scanner->text.bytes + start + 1, end - start - 1};
    if (!unescape(scanner, inside, text)) return false;
    scanner->at = end + 1;
    return true;
}

/* A field's or an output's name: a word or a text in quotes. */
bool scanner_take_name(struct scanner *scanner, const char *what, struct slice *name)
{
    if (scanner->status != CFH_OK) return false;
    struct slice word = scanner_peek_word(scanner);
    if (word.length > 0) {
        if (!unescape(scanner, word, name)) return false;
        scanner->at += word.length;
        return true;
    }
    if (scanner_looking_at(scanner, SLICE("\"\"")))
        return scanner_fail_at(scanner, scanner->at, "A name cannot be empty:", ".");
    if (scanner_looking_at(scanner, SLICE("\""))) return scanner_take_string(scanner, name);
    return scanner_fail_at(scanner, scanner->at, what, ".");
}

/* The end of a bare value: it may hold all but blanks, commas, quotes and comments, and parentheses
 * where they balance; a backslash takes the next byte along. */
static size_t value_end(const struct scanner *scanner)
{
    size_t end = scanner->at, open = 0;
    for (; end < scanner->text.length; end++) {
        char byte = scanner->text.bytes[end];
        if (is_blank(byte) || byte == ',' || byte == '"' || byte == '|') break;
        if (byte == '`' && comment_at(scanner, end)) break;
        if (byte == '(') open++;
        if (byte == ')' && open-- == 0) break;
        if (byte == '\\' && end + 1 < scanner->text.length &&
            !is_blank(scanner->text.bytes[end + 1]))
            end++;
    }
    return end;
}

static bool is_operator_word(struct slice word)
{
    return text_equal(word, SLICE("IN")) || text_equal(word, SLICE("AS")) ||
           text_equal(word, SLICE("AND")) || text_equal(word, SLICE("OR")) ||
           text_equal(word, SLICE("NOT"));
}

bool scanner_take_value(struct scanner *scanner, struct slice *value)
{
    if (scanner->status != CFH_OK) return false;
    scanner_skip_blanks(scanner);
    size_t start = scanner->at;
    if (scanner_looking_at(scanner, SLICE("\""))) return scanner_take_string(scanner, value);
    if (scanner_looking_at(scanner, SLICE("["))) return scanner_fail_subsearch(scanner);
    size_t end = value_end(scanner);
    if (end == start) return scanner_fail_at(scanner, start, "A value is missing before", ".");
    struct slice word = {scanner->text.bytes + start, end - start};
    if (memchr("=<>", word.bytes[0], 3) != NULL)
        return scanner_fail_at(scanner, start, "A value is missing before",
                               "; a value that begins with = < or > needs double quotes.");
    if (is_operator_word(word))
        return scanner_fail_at(scanner, start, "A value is missing before",
                               "; as a value this word needs double quotes.");
    if (!unescape(scanner, word, value)) return false;
    scanner->at = end;
    return true;
}
