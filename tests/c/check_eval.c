#include "eval.h"

#include <check.h>
#include <stdlib.h>

#include "test_rows.h"

/* A row of a test: name=value|value;name=value. No entry is null; "name=" is one empty value. */
struct reader {
    const char *row;
    struct arena *scratch;
};

/* The values between the bars; none for NULL. False when refused. */
static bool read_values(const char *text, size_t length, struct arena *scratch,
                        struct values *values)
{
    *values = (struct values){NULL, 0};
    if (text == NULL) return true;
    size_t count = 1;
    for (size_t i = 0; i < length; i++)
        count += text[i] == '|';
    struct slice *items = arena_take(scratch, count * sizeof(*items));
    if (items == NULL) return false;
    for (size_t i = 0; i < count; i++) {
        const char *bar = memchr(text, '|', length);
        items[i] = (struct slice){text, bar == NULL ? length : (size_t)(bar - text)};
        text += items[i].length + 1;
        length -= items[i].length + (bar != NULL);
    }
    *values = (struct values){items, count};
    return true;
}

static enum cfh_status read_name(void *context, struct slice name, struct values *values)
{
    const struct reader *reader = context;
    *values = (struct values){NULL, 0};
    for (const char *at = reader->row; *at != '\0';) {
        size_t length = strcspn(at, ";"), name_length = strcspn(at, "=");
        ck_assert_uint_lt(name_length, length);
        if (slice_is((struct slice){at, name_length}, "") || name.length != name_length ||
            memcmp(at, name.bytes, name_length) != 0) {
            at += length + (at[length] == ';');
            continue;
        }
        const char *value = at + name_length + 1;
        return read_values(value, length - name_length - 1, reader->scratch, values)
                   ? CFH_OK
                   : CFH_NO_MEMORY;
    }
    return CFH_OK;
}

/* Fields and metadata are told apart: those of the metadata stand in the row as @name. */
static enum cfh_status read_metadata_name(void *context, struct slice name, struct values *values)
{
    char marked[32];
    ck_assert(slice_is(name, "_time") || slice_is(name, "source") || slice_is(name, "sourcetype"));
    marked[0] = '@';
    memcpy(marked + 1, name.bytes, name.length);
    return read_name(context, (struct slice){marked, name.length + 1}, values);
}

struct bench {
    struct memory memory;
    struct arena scratch;
    struct pool pool;
};

static void bench_init(struct bench *bench, struct memory memory)
{
    bench->memory = memory;
    arena_init(&bench->scratch, &bench->memory, 256);
    pool_init(&bench->pool, &bench->memory, 256);
}

static void bench_release(struct bench *bench)
{
    arena_release(&bench->scratch);
    pool_release(&bench->pool);
    ck_assert_uint_eq(bench->memory.used, 0);
}

/* own: the field's own values, as in values_are. */
static enum cfh_status run(struct bench *bench, const struct model_field *field, const char *own,
                           const char *row, struct values *values)
{
    struct reader reader = {row, &bench->scratch};
    struct eval_source source = {read_name, read_metadata_name, &reader, &bench->scratch,
                                 &bench->pool};
    if (!read_values(own, own == NULL ? 0 : strlen(own), &bench->scratch, values))
        return CFH_NO_MEMORY;
    return eval_field(field, &source, values);
}

struct eval_case {
    const char *model, *field; /* behind the model's first dataset, or Dataset.field */
    const char *own, *row;
    const char *expected;
};

static const struct eval_case as_it_comes[] = {
    {"Network_Traffic", "All_Traffic.app", NULL, "", NULL},
    {"Network_Traffic", "All_Traffic.app", "", "", ""},
    {"Network_Traffic", "All_Traffic.app", "A|", "", "A|"},
    {"Network_Resolution", "DNS.reply_code", NULL, "reply_code_id=3", NULL},
    {"Network_Resolution", "DNS.reply_code", "NXDOMAIN", "reply_code_id=3", "NXDOMAIN"},
};

static const struct eval_case unknown[] = {
    {"Network_Traffic", "All_Traffic.action", NULL, "", "unknown"},
    {"Network_Traffic", "All_Traffic.action", "", "", "unknown"},
    {"Network_Traffic", "All_Traffic.action", "-", "", "-"},
    {"Network_Traffic", "All_Traffic.action", "Allowed", "", "Allowed"},
    {"Network_Traffic", "All_Traffic.action", "a||b|", "", "a|unknown|b|unknown"},
    {"Web", "Web.url", NULL, "", "unknown"},
    {"Web", "Web.url", "", "", "unknown"},
    {"Web", "Web.url", "-", "", "unknown"},
    {"Web", "Web.url", "--", "", "--"},
    {"Web", "Web.url", "-|/A||-", "", "unknown|/A|unknown|unknown"},
    {"Network_Traffic", "All_Traffic.transport", NULL, "", "unknown"},
    {"Network_Traffic", "All_Traffic.transport", "", "", "unknown"},
    {"Network_Traffic", "All_Traffic.transport", "TCP||uDp\xC3\x84", "", "tcp|unknown|udp\xC3\x84"},
};

static const struct eval_case lower[] = {
    {"Endpoint", "Processes.process_integrity_level", NULL, "", NULL},
    {"Endpoint", "Processes.process_integrity_level", "", "", ""},
    {"Endpoint", "Processes.process_integrity_level", "HIGH||S-1-16", "", "high||s-1-16"},
    {"Vulnerabilities", "Vulnerabilities.cve", NULL, "", NULL},
    {"Vulnerabilities", "Vulnerabilities.cve", "", "", NULL},
    {"Vulnerabilities", "Vulnerabilities.cve", "CVE-2024-1", "", "cve-2024-1"},
    {"Vulnerabilities", "Vulnerabilities.cve", "|CVE-1||Cve-2|", "", "cve-1|cve-2"},
};

static const struct eval_case numbers[] = {
    {"Network_Traffic", "All_Traffic.dest_port", NULL, "", "0"},
    {"Network_Traffic", "All_Traffic.dest_port", "", "", "0"},
    {"Network_Traffic", "All_Traffic.dest_port", "-", "", "0"},
    {"Network_Traffic", "All_Traffic.dest_port", "07844", "", "07844"},
    {"Network_Traffic", "All_Traffic.dest_port", "7844.0", "", "7844.0"},
    {"Network_Traffic", "All_Traffic.dest_port", " 7844", "", "0"},
    {"Network_Traffic", "All_Traffic.dest_port", "1|x||2e3", "", "1|0|0|2e3"},
    {"Endpoint", "Filesystem.file_size", NULL, "", NULL},
    {"Endpoint", "Filesystem.file_size", "", "", NULL},
    {"Endpoint", "Filesystem.file_size", "12.50", "", "12.50"},
    {"Endpoint", "Filesystem.file_size", "12 KB", "", NULL},
    {"Endpoint", "Filesystem.file_size", "1|2", "", NULL},
    {"Endpoint", "Ports.dest_port", NULL, "", "0"},
    {"Endpoint", "Ports.dest_port", "", "", "0"},
    {"Endpoint", "Ports.dest_port", "-||22", "", "-|0|22"},
};

static const struct eval_case vendor_product[] = {
    {"Web", "Web.vendor_product", "Own", "vendor=V;product=P", "Own"},
    {"Web", "Web.vendor_product", "", "vendor=V;product=P", ""}, /* counts as set */
    {"Web", "Web.vendor_product", NULL, "vendor=V;product=P", "V P"},
    {"Web", "Web.vendor_product", NULL, "vendor=V", "V unknown"},
    {"Web", "Web.vendor_product", NULL, "vendor=V;product=unknown", "V unknown"},
    {"Web", "Web.vendor_product", NULL, "product=P", "unknown P"},
    {"Web", "Web.vendor_product", NULL, "vendor=unknown;product=P", "unknown P"},
    {"Web", "Web.vendor_product", NULL, "vendor=V|W;product=P|Q", "V P"},
    {"Web", "Web.vendor_product", NULL, "vendor=;product=P", " P"},
    {"Web", "Web.vendor_product", NULL, "vendor=Unknown;product=", "Unknown "},
    {"Web", "Web.vendor_product", NULL, "vendor=unknown;@sourcetype=s", "s"},
    {"Web", "Web.vendor_product", NULL, "vendor=unknown;product=unknown", "unknown"},
    {"Web", "Web.vendor_product", NULL, "@sourcetype=s", "s"},
    {"Web", "Web.vendor_product", NULL, "sourcetype=s", "unknown"},
    {"Web", "Web.vendor_product", NULL, "", "unknown"},
};

static const struct eval_case replacements[] = {
    /* MODEL_SOURCE_TYPE */
    {"Authentication", "Authentication.app", "sshd", "@sourcetype=s", "sshd"},
    {"Authentication", "Authentication.app", NULL, "@sourcetype=s", "s"},
    {"Authentication", "Authentication.app", "", "@sourcetype=s", "s"},
    {"Authentication", "Authentication.app", NULL, "", NULL},
    {"Authentication", "Authentication.app", "", "", NULL},
    {"Authentication", "Authentication.app", "a||b", "@sourcetype=s", "a|s|b"},
    {"Authentication", "Authentication.app", "a||b", "", "a|b"},
    {"Alerts", "Alerts.app", NULL, "@sourcetype=s", "s"},
    /* MODEL_ELSE */
    {"Change", "All_Changes.result", "done", "signature=S", "done"},
    {"Change", "All_Changes.result", NULL, "signature=S", "S"},
    {"Change", "All_Changes.result", "", "signature=S", "S"},
    {"Change", "All_Changes.result", NULL, "signature=", "unknown"},
    {"Change", "All_Changes.result", NULL, "", "unknown"},
    {"Change", "All_Changes.result", NULL, "signature=S||T", "S|unknown|T"},
    {"Change", "All_Changes.result", "a|", "signature=S|T", "a|S"},
    {"Change", "All_Changes.result_id", NULL, "signature_id=7", "7"},
    {"Change", "All_Changes.result_id", NULL, "", "-1"},
    {"Network_Resolution", "DNS.reply_code_id", NULL, "reply_code=NOERROR", "NOERROR"},
    {"Network_Resolution", "DNS.reply_code_id", "0", "reply_code=NOERROR", "0"},
    {"Network_Resolution", "DNS.reply_code_id", "", "", "unknown"},
    {"Updates", "Updates.signature", NULL, "signature_id=KB1", "KB1"},
    {"Updates", "Updates.signature", NULL, "signature_id=unknown", "unknown"},
    {"Updates", "Updates.signature_id", "", "signature=Patch", "Patch"},
    /* MODEL_STREAM */
    {"Network_Sessions", "All_Sessions.dest_ip", "1.1.1.1", "@source=stream:dhcp;yiaddr=2.2.2.2",
     "2.2.2.2"},
    {"Network_Sessions", "All_Sessions.dest_ip", NULL, "@source=stream;yiaddr=2.2.2.2", "2.2.2.2"},
    {"Network_Sessions", "All_Sessions.dest_ip", "1.1.1.1", "@source=Stream:dhcp;yiaddr=2.2.2.2",
     "1.1.1.1"},
    {"Network_Sessions", "All_Sessions.dest_ip", "1.1.1.1", "@source=upstream;yiaddr=2.2.2.2",
     "1.1.1.1"},
    {"Network_Sessions", "All_Sessions.dest_ip", "1.1.1.1", "@source=strea;yiaddr=2.2.2.2",
     "1.1.1.1"},
    {"Network_Sessions", "All_Sessions.dest_ip", "1.1.1.1", "source=stream;yiaddr=2.2.2.2",
     "1.1.1.1"},
    {"Network_Sessions", "All_Sessions.dest_ip", "1.1.1.1", "yiaddr=2.2.2.2", "1.1.1.1"},
    {"Network_Sessions", "All_Sessions.dest_ip", "1.1.1.1", "@source=stream;yiaddr=", "1.1.1.1"},
    {"Network_Sessions", "All_Sessions.dest_ip", "1.1.1.1", "@source=stream", "1.1.1.1"},
    {"Network_Sessions", "All_Sessions.dest_ip", NULL, "@source=stream", "unknown"},
    {"Network_Sessions", "All_Sessions.dest_ip", "", "yiaddr=2.2.2.2", "unknown"},
    {"Network_Sessions", "All_Sessions.dest_ip", "", "@source=stream;yiaddr=|3|4", "3|4"},
    {"Network_Sessions", "All_Sessions.dest_mac", NULL, "@source=stream;chaddr=aa", "aa"},
};

static const struct eval_case first_words[] = {
    {"Endpoint", "Processes.process_name", "own", "process=other", "own"},
    {"Endpoint", "Processes.process_name", NULL, "process=cmd.exe /c dir", "cmd.exe"},
    {"Endpoint", "Processes.process_name", NULL, "process= \t\r\n\f\v cmd.exe\t/c", "cmd.exe"},
    {"Endpoint", "Processes.process_name", NULL, "process=cmd.exe", "cmd.exe"},
    {"Endpoint", "Processes.process_name", "", "process=cmd.exe /c", "cmd.exe"},
    {"Endpoint", "Processes.process_name", NULL, "process=cmd.exe\n/c", "cmd.exe"},
    {"Endpoint", "Processes.process_name", NULL, "process=\"C:\\Program Files\\a\"",
     "\"C:\\Program"},
    {"Endpoint", "Processes.process_name", NULL, "process=caf\xC3\xA9\xA0x y", "caf\xC3\xA9\xA0x"},
    {"Endpoint", "Processes.process_name", NULL, "process=  ", "  "},
    {"Endpoint", "Processes.process_name", NULL, "process=", "unknown"},
    {"Endpoint", "Processes.process_name", NULL, "", "unknown"},
    {"Endpoint", "Processes.process_name", NULL, "process=a b||c d", "a|unknown|c"},
    {"Endpoint", "Processes.process_name", "x|", "process=a b|c d", "x|a"},
    {"Endpoint", "Processes.parent_process_name", NULL, "parent_process=p q;process=r", "p"},
};

static const struct eval_case commands[] = {
    {"Change", "All_Changes.command", "useradd x", "", "useradd x"},
    {"Change", "All_Changes.command", NULL, "Operation=O;ObjectName=N", "unknown"},
    {"Change", "All_Changes.command", NULL, "Operation=O;ObjectName=N;@sourcetype=audittrail",
     "unknown"},
    {"Change", "All_Changes.command", "", "Operation=O;ObjectName=N;@sourcetype=audittrail",
     "unknown"},
    {"Change", "All_Changes.command", "c", "Operation=O;ObjectName=N;@sourcetype=audittrail",
     "O N"},
    {"Change", "All_Changes.command", "c", "Operation=O|P;ObjectName=N|M;@sourcetype=audittrail",
     "O N"},
    {"Change", "All_Changes.command", "c||d", "Operation=O;ObjectName=;@sourcetype=audittrail",
     "O |unknown|O "},
    {"Change", "All_Changes.command", "c", "Operation=O;@sourcetype=audittrail", NULL},
    {"Change", "All_Changes.command", "c|", "ObjectName=N;@sourcetype=audittrail", "unknown"},
    {"Change", "All_Changes.command", "c", "Operation=O;ObjectName=N;@sourcetype=AuditTrail", "c"},
    {"Change", "All_Changes.command", "c", "Operation=O;ObjectName=N;sourcetype=audittrail", "c"},
};

static const struct eval_case sums[] = {
    {"Network_Traffic", "All_Traffic.bytes", "5.00", "bytes_in=1;bytes_out=2", "5.00"},
    {"Network_Traffic", "All_Traffic.bytes", NULL, "bytes_in=1;bytes_out=2", "3"},
    {"Network_Traffic", "All_Traffic.bytes", "x", "bytes_in=1;bytes_out=2", "3"},
    {"Network_Traffic", "All_Traffic.bytes", "1|2", "bytes_in=1;bytes_out=2", "3"},
    {"Network_Traffic", "All_Traffic.bytes", NULL, "bytes_in=0.1;bytes_out=0.2", "0.3"},
    {"Network_Traffic", "All_Traffic.bytes", NULL, "bytes_in=99999999999999999999999;bytes_out=1",
     "100000000000000000000000"},
    {"Network_Traffic", "All_Traffic.bytes", NULL, "bytes_in=1e3;bytes_out=-0", "1000"},
    {"Network_Traffic", "All_Traffic.bytes", NULL, "bytes_in=1", NULL},
    {"Network_Traffic", "All_Traffic.bytes", "x", "bytes_in=1;bytes_out=y", NULL},
    {"Network_Traffic", "All_Traffic.bytes", "1|2", "", NULL},
    {"Network_Traffic", "All_Traffic.bytes", NULL, "bytes_in=1|1;bytes_out=2", NULL},
    {"Network_Traffic", "All_Traffic.bytes", NULL, "bytes_in=1e500;bytes_out=2", NULL},
    {"Network_Traffic", "All_Traffic.bytes", NULL, "bytes_in=1;bytes_out=1e500", NULL},
    {"Network_Traffic", "All_Traffic.bytes", "1e500", "bytes_in=1;bytes_out=2", "1e500"},
    {"Network_Traffic", "All_Traffic.bytes_in", NULL, "bytes=10;bytes_out=4", "6"},
    {"Network_Traffic", "All_Traffic.bytes_in", "7", "bytes=10;bytes_out=4", "7"},
    {"Network_Traffic", "All_Traffic.bytes_in", NULL, "bytes=4;bytes_out=10", "-6"},
    {"Network_Traffic", "All_Traffic.bytes_in", NULL, "bytes=4;bytes_out=4.0", "0"},
    {"Network_Traffic", "All_Traffic.bytes_in", NULL, "bytes=4", NULL},
    {"Network_Traffic", "All_Traffic.bytes_out", NULL, "bytes=10;bytes_in=4", "6"},
    {"Network_Traffic", "All_Traffic.packets", NULL, "packets_in=1;packets_out=2", "3"},
    {"Network_Traffic", "All_Traffic.packets_in", NULL, "packets=9;packets_out=2", "7"},
    {"Network_Traffic", "All_Traffic.packets_out", NULL, "packets=9;packets_in=2", "7"},
    {"Web", "Web.bytes", NULL, "bytes_in=1;bytes_out=2", "3"},
    /* MODEL_DIFFERENCE: whatever came */
    {"Certificates", "All_Certificates.SSL.ssl_validity_window", "7",
     "ssl_start_time=100;ssl_end_time=300.5", "200.5"},
    {"Certificates", "All_Certificates.SSL.ssl_validity_window", "7", "ssl_start_time=1", NULL},
    {"Certificates", "All_Certificates.SSL.ssl_validity_window", NULL, "", NULL},
};

static const struct eval_case counts[] = {
    {"Network_Resolution", "DNS.answer_count", "4", "answer=a|b", "4"},
    {"Network_Resolution", "DNS.answer_count", NULL, "answer=a|b", "2"},
    {"Network_Resolution", "DNS.answer_count", "x", "answer=a|b||d", "4"},
    {"Network_Resolution", "DNS.answer_count", "4|5", "answer=a", "1"},
    {"Network_Resolution", "DNS.answer_count", NULL, "answer=", "1"},
    {"Network_Resolution", "DNS.answer_count", NULL, "", "1"},
    {"Network_Resolution", "DNS.query_count", NULL, "query=a|b|c|d|e|f|g|h|i|j|k|l", "12"},
    {"Email", "All_Email.recipient_count", NULL, "recipient=a|b", "2"},
    /* MODEL_LENGTH: whatever came */
    {"Web", "Web.url_length", "99", "url=abc", "3"},
    {"Web", "Web.url_length", "99", "", NULL},
    {"Web", "Web.url_length", NULL, "url=", "0"},
    {"Web", "Web.url_length", NULL, "url=-", "1"},
    {"Web", "Web.url_length", NULL, "url=0123456789ab|x", "12|1"},
    {"Web", "Web.url_length", NULL, "url=\xC3\xA9", "1"},             /* two bytes */
    {"Web", "Web.url_length", NULL, "url=\xDF\xBF\xE2\x82\xAC", "2"}, /* and three */
    {"Web", "Web.url_length", NULL, "url=\xC2\x80\xEF\xBF\xBF", "2"},
    {"Web", "Web.url_length", NULL, "url=\xF0\x9F\x98\x80z", "2"}, /* four */
    {"Web", "Web.url_length", NULL, "url=\xF4\x8F\xBF\xBF", "1"},  /* U+10FFFF */
    {"Web", "Web.url_length", NULL, "url=\xF4\x90\x80\x80", "4"},  /* beyond */
    {"Web", "Web.url_length", NULL, "url=\xED\xA0\x80", "3"},      /* a surrogate */
    {"Web", "Web.url_length", NULL, "url=\xED\x9F\xBF\xEE\x80\x80", "2"},
    {"Web", "Web.url_length", NULL, "url=\xC0\x80\xC1\xBF", "4"}, /* longer than needed */
    {"Web", "Web.url_length", NULL, "url=\xE0\x9F\xBF\xE0\xA0\x80", "4"},
    {"Web", "Web.url_length", NULL, "url=\xF0\x8F\xBF\xBF", "4"},
    {"Web", "Web.url_length", NULL, "url=\x80\xBF\xFE\xFF\xF5", "5"}, /* never a character */
    {"Web", "Web.url_length", NULL, "url=a\xE2\x82", "3"},            /* cut off */
    {"Web", "Web.url_length", NULL, "url=\xE2\x82z\xC3", "4"},
    {"Web", "Web.url_length", NULL, "url=\xF0\x9F\x98z", "4"},
    {"Web", "Web.http_user_agent_length", NULL, "http_user_agent=curl", "4"},
};

static const struct eval_case domains[] = {
    {"Email", "All_Email.src_user_domain", "own", "src_user=a@b", "own"},
    {"Email", "All_Email.src_user_domain", "", "src_user=a@b", ""}, /* a value is there */
    {"Email", "All_Email.src_user_domain", NULL, "src_user=a@b.example", "b.example"},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=a@b@c", "c"},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=@c", "c"},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=a", NULL},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=abc", NULL},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=a@", NULL},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=@", NULL},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=a@b@", "b@"},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=a@@", "@"},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=a@b\n", "b"},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=a@\n", NULL},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=a\n@b", NULL}, /* no line of its own */
    {"Email", "All_Email.src_user_domain", NULL, "src_user=a@b\n\n", NULL},
    {"Email", "All_Email.src_user_domain", NULL, "src_user=", NULL},
    {"Email", "All_Email.src_user_domain", NULL, "", NULL},
    {"Email", "All_Email.recipient_domain", NULL, "recipient=a@b|c|d@e|@", "b|e"},
    {"Certificates", "All_Certificates.SSL.ssl_issuer_email_domain", NULL, "ssl_issuer_email=a@b",
     "b"},
    {"Certificates", "All_Certificates.SSL.ssl_subject_email_domain", NULL, "ssl_subject_email=a@b",
     "b"},
    /* MODEL_URL_DOMAIN */
    {"Web", "Web.url_domain", "own", "url=http://h", "own"},
    {"Web", "Web.url_domain", NULL, "url=http://h.example/p?q", "h.example"},
    {"Web", "Web.url_domain", NULL, "url=https://h:8443/p", "h"},
    {"Web", "Web.url_domain", NULL, "url=ftp://h", "h"},
    {"Web", "Web.url_domain", NULL, "url=HTTP://h", NULL},
    {"Web", "Web.url_domain", NULL, "url=ftps://h", NULL},
    {"Web", "Web.url_domain", NULL, "url=http:/h", NULL},
    {"Web", "Web.url_domain", NULL, "url= http://h", NULL},
    {"Web", "Web.url_domain", NULL, "url=h.example/p", NULL},
    {"Web", "Web.url_domain", NULL, "url=http://", NULL},
    {"Web", "Web.url_domain", NULL, "url=http:///p", NULL},
    {"Web", "Web.url_domain", NULL, "url=http://:80/", NULL},
    {"Web", "Web.url_domain", NULL, "url=http://u-1.x@h/p", "h"},
    {"Web", "Web.url_domain", NULL, "url=http://azAZ09:azAZ09@h:80/p", "h"},
    {"Web", "Web.url_domain", NULL, "url=http://u:@h/p", "u"},
    {"Web", "Web.url_domain", NULL, "url=http://u:p-9@h/p", "u"},
    {"Web", "Web.url_domain", NULL, "url=http://:p@h/p", NULL},
    {"Web", "Web.url_domain", NULL, "url=http://u_x@h/p", "u_x@h"},
    {"Web", "Web.url_domain", NULL, "url=http://u@/p", "u@"}, /* no host behind the account */
    {"Web", "Web.url_domain", NULL, "url=http://u:p@/p", "u"},
    {"Web", "Web.url_domain", NULL, "url=http://@h/p", "@h"},
    {"Web", "Web.url_domain", NULL, "url=http://u", "u"},
    {"Web", "Web.url_domain", NULL, "url=http://u:p", "u"},
    {"Web", "Web.url_domain", NULL, "url=-", NULL},
    {"Web", "Web.url_domain", NULL, "", NULL},
    {"Web", "Web.url_domain", NULL, "url=http://a|x|http://b", "a|b"},
    {"Web", "Web.http_referrer_domain", NULL, "http_referrer=http://r/;url=http://u/", "r"},
};

#define VALID "All_Certificates.SSL.ssl_is_valid"
#define TIMES "ssl_start_time=100;ssl_end_time=200;"

static const struct eval_case validity[] = {
    {"Certificates", VALID, "1", "", "1"},
    {"Certificates", VALID, "T", "", "1"},
    {"Certificates", VALID, "t", TIMES "@_time=1", "1"},
    {"Certificates", VALID, "TrUe", "", "1"},
    {"Certificates", VALID, "0", TIMES "@_time=150", "0"},
    {"Certificates", VALID, "f", "", "0"},
    {"Certificates", VALID, "FALSE", "", "0"},
    {"Certificates", VALID, "true ", "", NULL},
    {"Certificates", VALID, "1.0", "", NULL},
    {"Certificates", VALID, "yes", TIMES "@_time=150", "1"},
    {"Certificates", VALID, NULL, TIMES "@_time=150.5", "1"},
    {"Certificates", VALID, NULL, TIMES "@_time=100", "1"},
    {"Certificates", VALID, NULL, TIMES "@_time=99.999", "0"},
    {"Certificates", VALID, NULL, TIMES "@_time=200.0", "1"},
    {"Certificates", VALID, NULL, TIMES "@_time=200.001", "0"},
    {"Certificates", VALID, NULL, TIMES "@_time=x", "0"},
    {"Certificates", VALID, NULL, TIMES, "0"},
    {"Certificates", VALID, NULL, "ssl_start_time=100;@_time=150", NULL},
    {"Certificates", VALID, NULL, "ssl_end_time=200;@_time=150", NULL},
    {"Certificates", VALID, NULL, "ssl_start_time=100;ssl_end_time=2|3;@_time=150", NULL},
    {"Certificates", VALID, "true||0", TIMES "@_time=150", "1|1|0"},
    {"Certificates", VALID, "true||0", "", "1|0"},
};

#define PAIRS "Ports.transport_dest_port"

static const struct eval_case pairs[] = {
    {"Endpoint", PAIRS, "own", "transport=tcp;dest_port=22", "own"},
    {"Endpoint", PAIRS, NULL, "transport=tcp;dest_port=22", "tcp/22"},
    {"Endpoint", PAIRS, NULL, "transport=TCP", "TCP/0"},
    {"Endpoint", PAIRS, NULL, "dest_port=22", "unknown/22"},
    {"Endpoint", PAIRS, NULL, "", "unknown/0"},
    {"Endpoint", PAIRS, NULL, "transport=tcp|;dest_port=|53", "tcp/0|unknown/53"},
    {"Endpoint", PAIRS, NULL, "transport=tcp|udp|sctp;dest_port=22|53", "tcp/22|udp/53"},
    {"Endpoint", PAIRS, NULL, "transport=tcp;dest_port=22|53", "tcp/22"},
};

struct table {
    const struct eval_case *cases;
    size_t count;
};

#define TABLE(cases)                                                                               \
    {                                                                                              \
        (cases), COUNT_OF(cases)                                                                   \
    }

static const struct table tables[] = {
    TABLE(as_it_comes),  TABLE(unknown),     TABLE(lower),    TABLE(numbers), TABLE(vendor_product),
    TABLE(replacements), TABLE(first_words), TABLE(commands), TABLE(sums),    TABLE(counts),
    TABLE(domains),      TABLE(validity),    TABLE(pairs),
};

static const struct model_field *field_of(const struct eval_case *row)
{
    struct slice root = {row->field, strcspn(row->field, ".")};
    const struct model_dataset *dataset = model_find(text_of(row->model), root);
    ck_assert_msg(dataset != NULL, "%s", row->field);
    const struct model_field *field = model_field(dataset, text_of(row->field));
    ck_assert_msg(field != NULL, "%s", row->field);
    return field;
}

static void check_case(const struct eval_case *row)
{
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct bench bench;
    bench_init(&bench, memory);
    struct values values;
    ck_assert_int_eq(run(&bench, field_of(row), row->own, row->row, &values), CFH_OK);
    ck_assert_msg(values_are(values, row->expected), "%s of %s in %s: not %s", row->field,
                  row->own == NULL ? "null" : row->own, row->row,
                  row->expected == NULL ? "null" : row->expected);
    bench_release(&bench);
}

START_TEST(K_evals)
{
    for (size_t i = 0; i < tables[_i].count; i++)
        check_case(&tables[_i].cases[i]);
}
END_TEST

/* A rule that no case above names would go untested. */
START_TEST(every_rule_has_cases)
{
    bool tested[MODEL_INPUT] = {false};
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (size_t j = 0; j < tables[i].count; j++)
            tested[field_of(&tables[i].cases[j])->rule] = true;
    for (size_t i = 0; i < COUNT_OF(tested); i++)
        ck_assert_msg(tested[i], "rule %zu", i);
}
END_TEST

/* M5: cfhunt always runs the evals, also on rows that went through them already. The one exception
 * is a command without text in Splunk's own audit events: unknown the first time. */
START_TEST(M5_twice_is_once)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (size_t j = 0; j < tables[i].count; j++) {
            const struct eval_case *row = &tables[i].cases[j];
            if (row->expected == NULL || field_of(row)->rule == MODEL_COMMAND) continue;
            struct eval_case again = *row;
            again.own = row->expected;
            check_case(&again);
        }
}
END_TEST

START_TEST(an_input_comes_as_it_is)
{
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct bench bench;
    bench_init(&bench, memory);
    struct model_field field = {.name = "vendor", .rule = MODEL_INPUT};
    struct values values;
    ck_assert_int_eq(run(&bench, &field, "|V", "", &values), CFH_OK);
    ck_assert(values_are(values, "|V"));
    bench_release(&bench);
}
END_TEST

static enum cfh_status read_slice(void *context, struct slice name, struct values *values)
{
    (void)name;
    *values = (struct values){context, 1};
    return CFH_OK;
}

struct cut_text {
    const char *bytes;
    size_t length;
    enum model_rule rule;
    const char *expected;
};

/* Behind each text stand bytes that would go on with it. */
static const struct cut_text cut_texts[] = {
    {"\xE2\x82\xAC", 2, MODEL_LENGTH, "2"},     {"ab\xE2\x82\xAC", 4, MODEL_LENGTH, "4"},
    {"\xC3\xA9", 1, MODEL_LENGTH, "1"},         {"http://u@h", 8, MODEL_URL_DOMAIN, "u"},
    {"http://u:p@h", 9, MODEL_URL_DOMAIN, "u"}, {"http://u:p@h", 10, MODEL_URL_DOMAIN, "u"},
    {"http://u", 6, MODEL_URL_DOMAIN, NULL},    {"a@b", 1, MODEL_BEHIND_AT, NULL},
    {"a@b", 2, MODEL_BEHIND_AT, NULL},          {"cmd.exe", 3, MODEL_FIRST_WORD, "cmd"},
    {"  cmd", 1, MODEL_FIRST_WORD, " "},
};

START_TEST(nothing_is_read_behind_a_text)
{
    for (size_t i = 0; i < COUNT_OF(cut_texts); i++) {
        struct memory memory;
        memory_init(&memory, NULL, 0);
        struct bench bench;
        bench_init(&bench, memory);
        struct slice text = {cut_texts[i].bytes, cut_texts[i].length};
        struct eval_source source = {read_slice, read_slice, &text, &bench.scratch, &bench.pool};
        struct model_field field = {.name = "x", .rule = cut_texts[i].rule, .first = "y"};
        struct values values = {NULL, 0};
        ck_assert_int_eq(eval_field(&field, &source, &values), CFH_OK);
        ck_assert_msg(values_are(values, cut_texts[i].expected), "row %zu", i);
        bench_release(&bench);
    }
}
END_TEST

/* What is long is not cut: twenty thousand bytes and as many values. */
START_TEST(long_values)
{
    enum { LONG = 20000 };
    static char bytes[LONG + 1], row[LONG + 16];
    for (size_t i = 0; i < LONG; i++)
        bytes[i] = i % 2 == 0 ? 'x' : '|';
    memcpy(row, "answer=", 7);
    memcpy(row + 7, bytes, LONG);
    const struct eval_case cases[] = {
        {"Network_Resolution", "DNS.answer", bytes, "", NULL},
        {"Network_Resolution", "DNS.answer_count", NULL, row, "10001"},
    };
    check_case(&cases[1]);
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct bench bench;
    bench_init(&bench, memory);
    struct values values;
    ck_assert_int_eq(run(&bench, field_of(&cases[0]), bytes, "", &values), CFH_OK);
    ck_assert_uint_eq(values.count, LONG / 2 + 1);
    ck_assert(slice_is(values.items[LONG / 2], "unknown"));
    bench_release(&bench);
}
END_TEST

/* Each case with its n-th request for memory refused, until none is. */
START_TEST(any_refusal_is_said)
{
    for (size_t i = 0; i < tables[_i].count; i++) {
        const struct eval_case *row = &tables[_i].cases[i];
        bool done = false;
        for (size_t n = 0; !done; n++) {
            struct failing_source failing = {.fail_at = n};
            struct bench bench;
            bench_init(&bench, failing_memory(&failing));
            /* blocks of one request each, so that every request can be the one refused */
            bench.scratch.block_size = 1;
            bench.pool.arena.block_size = 1;
            struct values values;
            enum cfh_status status = run(&bench, field_of(row), row->own, row->row, &values);
            ck_assert_int_eq(status, failing.refused ? CFH_NO_MEMORY : CFH_OK);
            if (!failing.refused) ck_assert(values_are(values, row->expected));
            done = !failing.refused;
            bench_release(&bench);
        }
    }
}
END_TEST

/* Sums give their digits back: a million rows need no more than one. */
START_TEST(sums_keep_nothing_in_the_pool)
{
    struct memory memory;
    memory_init(&memory, NULL, 0);
    struct bench bench;
    bench_init(&bench, memory);
    const struct model_field *field = field_of(&sums[1]);
    size_t used = 0;
    for (size_t i = 0; i < 1000; i++) {
        struct values values;
        ck_assert_int_eq(run(&bench, field, NULL, sums[5].row, &values), CFH_OK);
        ck_assert(values_are(values, sums[5].expected));
        arena_clear(&bench.scratch);
        if (i == 0) used = bench.memory.used;
    }
    ck_assert_uint_eq(bench.memory.used, used);
    bench_release(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("eval");
    TCase *cases = tcase_create("eval");
    tcase_add_loop_test(cases, K_evals, 0, COUNT_OF(tables));
    tcase_add_test(cases, every_rule_has_cases);
    tcase_add_test(cases, M5_twice_is_once);
    tcase_add_test(cases, an_input_comes_as_it_is);
    tcase_add_test(cases, nothing_is_read_behind_a_text);
    tcase_add_test(cases, long_values);
    tcase_add_loop_test(cases, any_refusal_is_said, 0, COUNT_OF(tables));
    tcase_add_test(cases, sums_keep_nothing_in_the_pool);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
