#include "view.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_rows.h"
#include "tstats.h"

static struct memory memory;

/* A search, a body and its first row. */
struct look {
    struct plan plan;
    struct view view;
    struct rows rows;
};

static struct look look;

static void set_up(void)
{
    memory_init(&memory, NULL, 0);
}

static void tear_down(void)
{
    ck_assert_uint_eq(memory.used, 0);
}

static enum cfh_status look_open(struct look *at, struct memory *from, const char *search,
                                 const char *body)
{
    struct cfh_error error = {.code = CFH_OK};
    plan_init(&at->plan, from);
    rows_init(&at->rows, from);
    at->view = (struct view){.plan = &at->plan};
    enum cfh_status status = tstats_parse(&at->plan, text_of(search), &error);
    if (status == CFH_BAD_PLAN) ck_abort_msg("%s: %s", search, error.sentence);
    if (status == CFH_OK && !view_init(&at->view, &at->plan, from)) status = CFH_NO_MEMORY;
    if (status == CFH_OK) status = rows_begin(&at->rows, body);
    if (status == CFH_OK) view_bind(&at->view, &at->rows.record);
    if (status == CFH_OK) status = rows_next(&at->rows);
    return status == CFH_OK ? view_open(&at->view, &at->rows.record) : status;
}

static void look_close(struct look *at)
{
    view_release(&at->view);
    rows_release(&at->rows);
    plan_release(&at->plan);
}

static void look_at(const char *search, const char *body)
{
    ck_assert_int_eq(look_open(&look, &memory, search, body), CFH_OK);
}

static bool field_is(const char *name, const char *expected)
{
    struct values values, again;
    size_t field;
    ck_assert(plan_add_field(&look.plan, text_of(name), &field)); /* it is in the plan */
    ck_assert_int_eq(view_values(&look.view, field, &values), CFH_OK);
    ck_assert_int_eq(view_values(&look.view, field, &again), CFH_OK);
    ck_assert(again.count == values.count && again.items == values.items);
    return values_are(values, expected);
}

/* Opens SEARCH by FIELD on a body, asks for the field, closes. */
static bool first_row_gives(const char *search, const char *body, const char *name,
                            const char *expected)
{
    char whole[1024];
    ck_assert_uint_lt(strlen(search) + strlen(name) + 5, sizeof(whole));
    strcat(strcat(strcpy(whole, search), " by "), name);
    look_at(whole, body);
    bool is = field_is(name, expected);
    look_close(&look);
    return is;
}

#define HUNT "count from datamodel=Network_Traffic.All_Traffic where All_Traffic.dest_port=7844"
#define EVERYTHING "count from datamodel=Network_Traffic.All_Traffic"
#define SITE "count from datamodel=Site.Logs where Logs.port=1"

/* ---- mapped, profiled, unusable (design section 2) ---- */

#define HEAD(provider, id)                                                                         \
    "<Event><System><Provider Name='" provider "'/><EventID>" id                                   \
    "</EventID><TimeCreated SystemTime='2023-01-29T11:33:00.9234425Z'/>"                           \
    "<Computer>box.lan</Computer></System>"
#define CONNECTION HEAD("Microsoft-Windows-Sysmon", "3") "</Event>"
#define PROCESS HEAD("Microsoft-Windows-Sysmon", "1") "</Event>"

struct decision {
    const char *search;
    const char *body;
    enum view_kind kind;
};

static const struct decision decisions[] = {
    /* 1: a WHERE field that is not null */
    {HUNT, "dest_port\n7844\n", VIEW_MAPPED},
    {HUNT, "dest_port\n80\n", VIEW_MAPPED},
    {HUNT, "All_Traffic.dest_port\n7844\n", VIEW_MAPPED},
    {HUNT, "dest_port,__mv_dest_port\n,$$\n", VIEW_MAPPED}, /* an empty value is a value */
    {HUNT, "dest_port,_raw\n7844," CONNECTION "\n", VIEW_MAPPED},
    {HUNT, "All_Traffic.dest_port,dest_port,_raw\n,7844," CONNECTION "\n", VIEW_MAPPED},
    {HUNT " OR All_Traffic.app=x", "app,_raw\ny," CONNECTION "\n", VIEW_MAPPED},
    /* 2: an event that a profile knows */
    {HUNT, "_raw\n" CONNECTION "\n", VIEW_PROFILED},
    {HUNT, "dest_port,_raw\n," CONNECTION "\n", VIEW_PROFILED},
    {HUNT, "user,_raw\nbob," CONNECTION "\n", VIEW_PROFILED}, /* before step 3 */
    {HUNT, "_raw\n" HEAD("Linux-Sysmon", "3") "\n", VIEW_PROFILED},
    {HUNT, "_raw\nAug 1 tux sysmon: " HEAD("Linux-Sysmon", "3") "\n", VIEW_PROFILED},
    {HUNT " index=main", "index,_raw\nmain," CONNECTION "\n", VIEW_PROFILED},
    {HUNT " host=h", "host,source,_raw\nh,s," CONNECTION "\n", VIEW_PROFILED},
    {HUNT " All_Traffic.temp=x", "temp,_raw\nx," CONNECTION "\n", VIEW_MAPPED},
    {HUNT " temp=x", "temp,_raw\nx," CONNECTION "\n", VIEW_MAPPED}, /* also one without prefix */
    {HUNT " temp=x", "temp,_raw\n," CONNECTION "\n", VIEW_PROFILED},
    {HUNT " temp=x", "temp\nx\n", VIEW_MAPPED},
    {HUNT " by temp", "temp\nx\n", VIEW_UNUSABLE}, /* in BY it makes no row one of the model's */
    {HUNT " by temp", "temp,_raw\nx," CONNECTION "\n", VIEW_PROFILED},
    {EVERYTHING, "user,_raw\nbob," CONNECTION "\n", VIEW_PROFILED}, /* no WHERE field */
    {EVERYTHING, "dest_port,_raw\n7844," CONNECTION "\n", VIEW_PROFILED},
    /* 3: any other field of the dataset */
    {HUNT, "user\nbob\n", VIEW_MAPPED},
    {HUNT, "All_Traffic.user\nbob\n", VIEW_MAPPED},
    {HUNT, "bytes\n12\n", VIEW_MAPPED}, /* also those that the plan does not name */
    {HUNT, "vendor\nACME\n", VIEW_MAPPED},
    {HUNT, "All_Traffic.product\nWall\n", VIEW_MAPPED},
    {HUNT, "user,_raw\nbob," PROCESS "\n", VIEW_MAPPED},
    {HUNT, "user,__mv_user\n,$$\n", VIEW_MAPPED},
    {EVERYTHING, "dest_port\n7844\n", VIEW_MAPPED},
    /* 4: nothing */
    {HUNT, "_raw\n" PROCESS "\n", VIEW_UNUSABLE},
    {HUNT, "_raw\n" HEAD("Microsoft-Windows-Security-Auditing", "3") "\n", VIEW_UNUSABLE},
    {HUNT, "_raw\nplain text\n", VIEW_UNUSABLE},
    {HUNT, "dest_port,user,_raw\n,,\n", VIEW_UNUSABLE},
    {HUNT, "x\n1\n", VIEW_UNUSABLE},
    {HUNT, "_time,index,source,sourcetype,host,nodename,linecount\n1,2,3,4,5,6,7\n", VIEW_UNUSABLE},
    {HUNT " sourcetype=x", "sourcetype\nx\n", VIEW_UNUSABLE},
    {HUNT, "Dest_port\n7844\n", VIEW_UNUSABLE},
    {HUNT, "All_Traffic.zzz\n7844\n", VIEW_UNUSABLE}, /* as long as app and src */
    {HUNT, "All_Trafficxapp\n7844\n", VIEW_UNUSABLE},
    {HUNT, "Other.dest_port\n7844\n", VIEW_UNUSABLE},
    {HUNT, "__mv_dest_port\n$7844$\n", VIEW_UNUSABLE},
    /* a model that is not in the tables: the plan's own fields are the dataset */
    {SITE, "port\n1\n", VIEW_MAPPED},
    {SITE, "Logs.port\n2\n", VIEW_MAPPED},
    {SITE " by Logs.who", "who\nbob\n", VIEW_MAPPED},
    {SITE " by Logs.who", "Logs.who\nbob\n", VIEW_MAPPED},
    {SITE " by Logs.who", "else,host\nbob,h\n", VIEW_MAPPED},
    {SITE " by host", "host\nh\n", VIEW_MAPPED},
    {SITE, "_raw\n" CONNECTION "\n", VIEW_MAPPED},
};

START_TEST(what_a_row_is)
{
    for (size_t i = 0; i < COUNT_OF(decisions); i++) {
        const struct decision *d = &decisions[i];
        look_at(d->search, d->body);
        ck_assert_msg(look.view.kind == d->kind, "row %zu: %s on %s: %d", i, d->search, d->body,
                      (int)look.view.kind);
        ck_assert((look.view.profile != NULL) == (d->kind == VIEW_PROFILED));
        look_close(&look);
    }
}
END_TEST

START_TEST(each_row_is_decided_afresh)
{
    look_at(HUNT " by All_Traffic.user",
            "dest_port,user,_raw\n7844,a,\n,," CONNECTION "\n,,\n,b,\n80,," CONNECTION "\n");
    static const enum view_kind kinds[] = {VIEW_MAPPED, VIEW_PROFILED, VIEW_UNUSABLE, VIEW_MAPPED,
                                           VIEW_MAPPED};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (i > 0) ck_assert_int_eq(rows_next(&look.rows), CFH_OK);
        ck_assert_int_eq(view_open(&look.view, &look.rows.record), CFH_OK);
        ck_assert_int_eq(look.view.kind, kinds[i]);
        if (kinds[i] == VIEW_UNUSABLE) continue;
        ck_assert(field_is("All_Traffic.user", i == 0 ? "a" : i == 3 ? "b" : "unknown"));
    }
    look_close(&look);
}
END_TEST

START_TEST(a_new_header_is_bound_anew)
{
    look_at(HUNT " by All_Traffic.user", "dest_port,user\n7844,a\n");
    ck_assert(field_is("All_Traffic.user", "a"));
    ck_assert_int_eq(rows_begin(&look.rows, "All_Traffic.user,x,dest_port\nb,2,7844\n"), CFH_OK);
    view_bind(&look.view, &look.rows.record);
    ck_assert_int_eq(rows_next(&look.rows), CFH_OK);
    ck_assert_int_eq(view_open(&look.view, &look.rows.record), CFH_OK);
    ck_assert(field_is("All_Traffic.user", "b"));
    ck_assert(field_is("All_Traffic.dest_port", "7844"));
    look_close(&look);
}
END_TEST

/* ---- fields, their columns and their evals ---- */

struct lookup {
    const char *rule;
    const char *body;
    const char *field;
    const char *expected;
};

#define A "All_Traffic."

static const struct lookup lookups[] = {
    /* where a field is there both bare and prefixed, the prefixed one wins */
    {"design 2", "dest_port,All_Traffic.app,app\n1,p,b\n", A "app", "p"},
    {"design 2", "dest_port,app,All_Traffic.app\n1,b,p\n", A "app", "p"},
    {"design 2", "dest_port,app,All_Traffic.app\n1,b,\n", A "app", "b"},
    {"design 2", "dest_port,app,All_Traffic.app,__mv_All_Traffic.app\n1,b,,$$\n", A "app", ""},
    {"design 2", "dest_port,app\n1,b\n", A "app", "b"},
    {"design 2", "All_Traffic.dest_port,dest_port\n1,2\n", A "dest_port", "1"},
    /* M1 and the table of section 6: null, empty, there */
    {"M1", "dest_port\n1\n", A "action", "unknown"},
    {"M1", "dest_port\n1\n", A "app", NULL},
    {"M1", "dest_port\n1\n", A "dest", "unknown"},
    {"M1", "dest_port\n1\n", A "dest_ip", NULL},
    {"M1", "user\nx\n", A "dest_port", "0"},
    {"M1", "dest_port\n1\n", A "direction", NULL},
    {"M1", "dest_port\n1\n", A "dvc", "unknown"},
    {"M1", "dest_port\n1\n", A "protocol", NULL},
    {"M1", "dest_port\n1\n", A "protocol_version", NULL},
    {"M1", "dest_port\n1\n", A "src", "unknown"},
    {"M1", "dest_port\n1\n", A "src_ip", NULL},
    {"M1", "dest_port\n1\n", A "src_port", "0"},
    {"M1", "dest_port\n1\n", A "transport", "unknown"},
    {"M1", "dest_port\n1\n", A "user", "unknown"},
    {"M1", "dest_port\n1\n", A "vendor_product", "unknown"},
    {"section 6", "dest_port,user,__mv_user\n1,,$$\n", A "user", "unknown"},
    {"section 6", "dest_port,app,__mv_app\n1,,$$\n", A "app", ""},
    {"section 6", "dest_port,user\n1,-\n", A "user", "-"},
    {"section 6", "dest_port,user\n1, Bob \n", A "user", " Bob "},
    {"section 6", "dest_port,transport\n1,TCP\n", A "transport", "tcp"},
    {"section 6", "dest_port,transport\n1,\xc3\x84X\n", A "transport", "\xc3\x84x"},
    {"section 6", "dest_port,action\n1,ALLOWED\n", A "action", "ALLOWED"},
    {"section 6", "dest_port\n-\n", A "dest_port", "0"},
    /* M3: what is a number stays as it came */
    {"M3", "dest_port\n07844\n", A "dest_port", "07844"},
    {"M3", "dest_port\n7844.0\n", A "dest_port", "7844.0"},
    {"M3", "dest_port\n1e3\n", A "dest_port", "1e3"},
    {"M3", "dest_port\n-5\n", A "dest_port", "-5"},
    {"M3", "dest_port\n7844 \n", A "dest_port", "0"},
    {"M3", "dest_port\n+1\n", A "dest_port", "0"},
    {"M3", "dest_port\n0x1f\n", A "dest_port", "0"},
    {"M3", "dest_port\nnan\n", A "dest_port", "0"},
    {"M3", "dest_port,src_port\n1,https\n", A "src_port", "0"},
    {"M3", "dest_port,__mv_dest_port\n,$$\n", A "dest_port", "0"},
    /* multivalues, value by value */
    {"M4", "dest_port,user,__mv_user\n1,x,$a$;$$;$B$\n", A "user", "a|unknown|B"},
    {"M4", "dest_port,transport,__mv_transport\n1,x,$TCP$;$$;$udP$\n", A "transport",
     "tcp|unknown|udp"},
    {"M4", "dest_port,src_port,__mv_src_port\n1,x,$80$;$$;$a$;$1.0$\n", A "src_port", "80|0|0|1.0"},
    {"M4", "dest_port,app,__mv_app\n1,x,$a$;$$;$a$\n", A "app", "a||a"},
    /* M5: evals on values that had them already */
    {"M5", "All_Traffic.dest_port,All_Traffic.user\n0,unknown\n", A "user", "unknown"},
    {"M5", "All_Traffic.dest_port,All_Traffic.vendor_product\n0,a b\n", A "vendor_product", "a b"},
    /* M2 */
    {"M2", "dest_port,vendor_product,vendor,product\n1,vp,v,p\n", A "vendor_product", "vp"},
    {"M2", "dest_port,vendor_product,vendor,product\n1,,v,p\n", A "vendor_product", "v p"},
    {"M2", "dest_port,vendor,product\n1,v,\n", A "vendor_product", "v unknown"},
    {"M2", "dest_port,vendor,product\n1,,p\n", A "vendor_product", "unknown p"},
    {"M2", "dest_port,vendor,product\n1,unknown,p\n", A "vendor_product", "unknown p"},
    {"M2", "dest_port,vendor,product\n1,v,unknown\n", A "vendor_product", "v unknown"},
    {"M2", "dest_port,vendor,product,sourcetype\n1,unknown,unknown,st\n", A "vendor_product", "st"},
    {"M2", "dest_port,vendor,product\n1,unknown,unknown\n", A "vendor_product", "unknown"},
    {"M2", "dest_port,vendor,sourcetype\n1,v,st\n", A "vendor_product", "v unknown"},
    {"M2", "dest_port,sourcetype\n1,st\n", A "vendor_product", "st"},
    {"M2", "dest_port,vendor,All_Traffic.vendor,product\n1,v,V,p\n", A "vendor_product", "V p"},
    {"M2", "dest_port,vendor,product,__mv_product\n1,v,x,$p$;$q$\n", A "vendor_product", "v p"},
    {"M2", "dest_port,vendor,__mv_vendor,product\n1,x,$v$;$w$,p\n", A "vendor_product", "v p"},
    {"M2", "dest_port,vendor_product,__mv_vendor_product,vendor,product\n1,,$$,v,p\n",
     A "vendor_product", ""}, /* an empty value counts as set */
    {"M2", "dest_port,All_Traffic.action\n1,allowed\n", A "vendor_product", "unknown"},
    {"M2", "dest_port,All_Traffic.dest_ip,vendor\n1,x,v\n", A "vendor_product", "v unknown"},
    {"M2", "dest_port,vendor_product,__mv_vendor_product\n1,x,$a$;$b$\n", A "vendor_product",
     "a|b"},
    /* B3: no field of the model comes as the row has it, without evals */
    {"B3", "dest_port,temp,All_Traffic.temp\n1,x,y\n", A "temp", "y"},
    {"B3", "dest_port,temp,All_Traffic.temp\n1,x,\n", A "temp", "x"},
    {"B3", "dest_port,temp\n1,x\n", "temp", "x"},
    {"B3", "dest_port,temp\n1,\n", A "temp", NULL},
    {"B3", "dest_port\n1\n", A "temp", NULL},
    {"B3", "dest_port,temp,__mv_temp\n1,x,$a$;$$;$B$\n", A "temp", "a||B"},
    {"B3", "dest_port,vendor\n1,v\n", A "vendor", "v"}, /* an input of evals */
    {"B3", "dest_port,user\n1,Bob\n", "user", "Bob"},   /* W17: not the model's user */
    {"B3", "dest_port,user\n1,\n", "user", NULL},       /* so it is never unknown */
    {"B3", "dest_port,transport\n1,TCP\n", "transport", "TCP"},
    {"B3", "dest_port,user\n1,bob\n", "Other.user", "bob"},
    {"B3", "dest_port,Other.user,user\n1,o,bob\n", "Other.user", "o"},
    {"B3", "dest_port,All_Traffic.user\n1,bob\n", "Other.user", NULL},
    {"B3", "dest_port,user\n1,bob\n", A "x.user", "bob"},
    {"B3", "dest_port,USER,user\n1,BOB,bob\n", A "USER", "BOB"}, /* W4: case counts */
    /* metadata are the columns of those very names */
    {"W13", "dest_port,host,All_Traffic.host\n1,h,x\n", "host", "h"},
    {"W13", "dest_port,index,__mv_index\n1,x,$a$;$b$\n", "index", "a|b"},
    {"W13", "dest_port,source\n1,\n", "source", NULL},
    {"W13", "dest_port\n1\n", "sourcetype", NULL},
    {"W13", "dest_port,linecount\n1,3\n", "linecount", "3"},
    {"W12", "dest_port,nodename\n1,Other\n", "nodename", "All_Traffic"},
};

START_TEST(fields_of_a_mapped_row)
{
    for (size_t i = 0; i < COUNT_OF(lookups); i++) {
        const struct lookup *l = &lookups[i];
        ck_assert_msg(first_row_gives(HUNT, l->body, l->field, l->expected),
                      "row %zu, %s: %s on %s", i, l->rule, l->field, l->body);
    }
}
END_TEST

START_TEST(W12_nodename_is_the_dataset_that_the_search_names)
{
    static const char body[] = "x,dest_port\n1,1\n";
    ck_assert(first_row_gives("count from datamodel=Site.Logs", body, "nodename", "Logs"));
    ck_assert(first_row_gives("count from datamodel=Site", body, "nodename", NULL));
    ck_assert(first_row_gives("count from datamodel=Network_Traffic where All_Traffic.dest_port=1",
                              body, "nodename", "All_Traffic"));
    ck_assert(
        first_row_gives("count from datamodel=Network_Traffic", body, "nodename", "All_Traffic"));
    ck_assert(
        first_row_gives("count from datamodel=Network_Traffic.Other", body, "nodename", "Other"));
}
END_TEST

START_TEST(fields_of_an_unknown_model_come_as_they_are)
{
    ck_assert(first_row_gives(SITE, "port,Logs.dest,dest\n1,p,b\n", "Logs.dest", "p"));
    ck_assert(first_row_gives(SITE, "port,dest\n1,b\n", "Logs.dest", "b"));
    ck_assert(first_row_gives(SITE, "port,dest\n1,b\n", "dest", "b"));
    ck_assert(first_row_gives(SITE, "port,dest\n1,\n", "Logs.dest", NULL));
    ck_assert(first_row_gives(SITE, "port\nx\n", "Logs.port", "x"));
    ck_assert(first_row_gives(SITE, "port,Child.x\n1,2\n", "Logs.Child.x", "2"));
    ck_assert(first_row_gives(SITE, "port,transport\n1,TCP\n", "Logs.transport", "TCP"));
}
END_TEST

/* ---- profiled rows (section 7) ---- */

/* The recording behind S3, its host names and all, with what CSV and C need escaped. */
#define DATA(name, value) "<Data Name='" name "'>" value "</Data>"
#define WINDOWS_DATA                                                                               \
    DATA("RuleName", "-")                                                                          \
    DATA("Image", "C:\\Program Files\\cloudflared.exe")                                            \
    DATA("User", "NT AUTHORITY\\SYSTEM")                                                           \
    DATA("Protocol", "TCP")                                                                        \
    DATA("Initiated", "true")                                                                      \
    DATA("SourceIsIpv6", "false")                                                                  \
    DATA("SourceIp", "10.0.1.14")                                                                  \
    DATA("SourceHostname", "-")                                                                    \
    DATA("SourcePort", "50123")                                                                    \
    DATA("DestinationIsIpv6", "false")                                                             \
    DATA("DestinationIp", "198.41.192.7")                                                          \
    DATA("DestinationHostname", "region1.example.com")                                             \
    DATA("DestinationPort", "7844")                                                                \
    DATA("DestinationPortName", "-")
#define LINUX_DATA                                                                                 \
    "<Data Name=\"\"Image\"\">/usr/bin/cloudflared</Data>"                                         \
    "<Data Name=\"\"User\"\">dom\\root</Data><Data Name=\"\"Protocol\"\">udp</Data>"               \
    "<Data Name=\"\"Initiated\"\">true</Data><Data Name=\"\"SourceIsIpv6\"\">true</Data>"          \
    "<Data Name=\"\"SourceIp\"\">fd00::1</Data><Data Name=\"\"SourceHostname\"\"></Data>"          \
    "<Data Name=\"\"SourcePort\"\">40000</Data>"                                                   \
    "<Data Name=\"\"DestinationIp\"\">2606:4700::1</Data>"                                         \
    "<Data Name=\"\"DestinationHostname\"\">-</Data>"                                              \
    "<Data Name=\"\"DestinationPort\"\">7844</Data>"

struct profiled {
    const char *rule;
    const char *switches;
    const char *data; /* of an event; a doubled quote is one */
    const char *field;
    const char *expected;
};

static const struct profiled windows[] = {
    {"5709", "", WINDOWS_DATA, A "action", "allowed"},
    {"5709", "", WINDOWS_DATA, A "app", "C:\\Program Files\\cloudflared.exe"},
    {"5709", "", WINDOWS_DATA, A "dest", "region1.example.com"},
    {"5709", "", WINDOWS_DATA, A "dest_ip", "198.41.192.7"},
    {"5709", "", WINDOWS_DATA, A "dest_port", "7844"},
    {"5709", "", WINDOWS_DATA, A "direction", "outbound"},
    {"5709", "", WINDOWS_DATA, A "dvc", "box.lan"},
    {"5709", "", WINDOWS_DATA, A "protocol", "ip"},
    {"5709", "", WINDOWS_DATA, A "protocol_version", "ipv4"},
    {"5709", "", WINDOWS_DATA, A "src", "-"},
    {"5709", "", WINDOWS_DATA, A "src_ip", "10.0.1.14"},
    {"5709", "", WINDOWS_DATA, A "src_port", "50123"},
    {"5709", "", WINDOWS_DATA, A "transport", "tcp"}, /* the model's lower() */
    {"5709", "", WINDOWS_DATA, A "user", "SYSTEM"},
    {"5709", "", WINDOWS_DATA, A "vendor_product", "Microsoft Sysmon"},
    {"5709", "", WINDOWS_DATA, A "bytes", NULL}, /* no row of the profile */
    /* an event without data: constants, and the model's evals */
    {"M1", "", "", A "action", "allowed"},
    {"M1", "", "", A "app", NULL},
    {"M1", "", "", A "dest", "unknown"},
    {"M1", "", "", A "dest_ip", NULL},
    {"M1", "", "", A "dest_port", "0"},
    {"S7", "", "", A "direction", "inbound"},
    {"M1", "", "", A "protocol_version", "ipv4"},
    {"M1", "", "", A "src", "unknown"},
    {"M1", "", "", A "src_port", "0"},
    {"M1", "", "", A "transport", "unknown"},
    {"M1", "", "", A "user", "unknown"},
    {"M3", "", DATA("DestinationPort", "-"), A "dest_port", "0"},
    /* direction, protocol_version */
    {"S7", "", DATA("Initiated", "false"), A "direction", "inbound"},
    {"S7", "", DATA("Initiated", "TRUE"), A "direction", "outbound"},
    {"S7", "", DATA("Initiated", " true"), A "direction", "inbound"},
    {"S7", "", DATA("Initiated", "1"), A "direction", "inbound"},
    {"5709", "", DATA("DestinationIsIpv6", "true"), A "protocol_version", "ipv6"},
    {"5709", "", DATA("SourceIsIpv6", "True"), A "protocol_version", "ipv6"},
    {"5709", "", DATA("SourceIsIpv6", "yes"), A "protocol_version", "ipv4"},
    /* user: the text after the last backslash */
    {"5709", "", DATA("User", "A\\B\\c"), A "user", "c"},
    {"5709", "", DATA("User", "bob"), A "user", "bob"},
    {"5709", "", DATA("User", "A\\"), A "user", "unknown"},
    {"5709", "", DATA("User", "A/b"), A "user", "A/b"},
    /* switches reach the profile; its suite has the rest (S3, S4, S10) */
    {"S3", "", DATA("DestinationIp", "1.2.3.4"), A "dest", "1.2.3.4"},
    {"S3", "hyphen=keep ", WINDOWS_DATA, A "src", "-"},
    {"S3", "hyphen=null ", WINDOWS_DATA, A "src", "unknown"}, /* not the address */
    {"S3", "hyphen=ip ", WINDOWS_DATA, A "src", "10.0.1.14"},
    {"S3", "hyphen=ip ", DATA("SourceHostname", "-"), A "src", "unknown"},
    {"S10", "dest=computer ", WINDOWS_DATA, A "dest", "box.lan"},
    {"S10", "dest=host ", WINDOWS_DATA, A "dest", "region1.example.com"},
    {"S4", "entities=raw ", DATA("Image", "&lt;"), A "app", "&lt;"},
    {"S4", "entities=decode ", DATA("Image", "a &amp;&gt; b"), A "app", "a &> b"},
    /* the profile alone fills the fields: columns of the row do not */
    {"M2", "", "", A "vendor_product", "Microsoft Sysmon"},
    {"W12", "", "", "nodename", "All_Traffic"},
    {"B3", "", WINDOWS_DATA, A "Image", NULL},
    {"B3", "", WINDOWS_DATA, A "vendor", NULL},
    {"B3", "", WINDOWS_DATA, "user", NULL}, /* the column of the row is not the event's */
};

static const struct profiled linux_rows[] = {
    {"S8", "", LINUX_DATA, A "action", "allowed"},
    {"S8", "", LINUX_DATA, A "app", "/usr/bin/cloudflared"},
    {"S8", "", LINUX_DATA, A "dest", "-"},
    {"S8", "", LINUX_DATA, A "dest_ip", "2606:4700::1"},
    {"S8", "", LINUX_DATA, A "dest_port", "7844"},
    {"S8", "", LINUX_DATA, A "direction", "outbound"},
    {"S8", "", LINUX_DATA, A "dvc", "tux"},
    {"S8", "", LINUX_DATA, A "protocol", "ip"},
    {"S8", "", LINUX_DATA, A "protocol_version", "ipv6"},
    {"S8", "", LINUX_DATA, A "src", "fd00::1"},
    {"S8", "", LINUX_DATA, A "src_ip", "fd00::1"},
    {"S8", "", LINUX_DATA, A "src_port", "40000"},
    {"S8", "", LINUX_DATA, A "transport", "udp"},
    {"S8", "", LINUX_DATA, A "user", "dom\\root"}, /* the whole text */
    {"S8", "", LINUX_DATA, A "vendor_product", "Sysmon for Linux"},
    {"S3", "hyphen=ip ", LINUX_DATA, A "dest", "2606:4700::1"},
    {"S3", "hyphen=null ", LINUX_DATA, A "dest", "unknown"},
    {"S10", "dest=computer ", LINUX_DATA, A "dest", "tux"},
    {"S8", "", "", A "user", "unknown"},
};

#define LINUX_HEAD                                                                                 \
    "Aug 11 15:41:23 tux sysmon: <Event><System><Provider Name=\"\"Linux-Sysmon\"\"/>"             \
    "<EventID>3</EventID><Computer>tux</Computer></System><EventData>"

static void check_profiled(const struct profiled *p, const char *head)
{
    char search[512], body[4096];
    snprintf(search, sizeof(search), "%s" HUNT, p->switches);
    int length =
        snprintf(body, sizeof(body),
                 "user,vendor,product,sourcetype,_raw\ncolumn,v,p,st,\"%s%s\"\n", head, p->data);
    ck_assert(length > 0 && (size_t)length < sizeof(body));
    ck_assert_msg(first_row_gives(search, body, p->field, p->expected), "%s %s%s of %s", p->rule,
                  p->switches, p->field, p->data);
}

START_TEST(S1_to_S11_windows)
{
    for (size_t i = 0; i < COUNT_OF(windows); i++)
        check_profiled(&windows[i], HEAD("Microsoft-Windows-Sysmon", "3") "<EventData>");
}
END_TEST

START_TEST(S8_linux)
{
    for (size_t i = 0; i < COUNT_OF(linux_rows); i++)
        check_profiled(&linux_rows[i], LINUX_HEAD);
}
END_TEST

START_TEST(S4_computer_is_decoded_too)
{
    static const char body[] =
        "_raw\n<Event><System><Provider Name='Linux-Sysmon'/><EventID>3</EventID>"
        "<Computer>a&amp;b</Computer></System>\n";
    ck_assert(first_row_gives(HUNT, body, A "dvc", "a&amp;b"));
    ck_assert(first_row_gives("entities=decode " HUNT, body, A "dvc", "a&b"));
    ck_assert(first_row_gives("entities=decode dest=computer " HUNT, body, A "dest", "a&b"));
    ck_assert(first_row_gives("dest=computer " HUNT, body, A "dest", "a&amp;b"));
}
END_TEST

START_TEST(S10_no_computer_is_null)
{
    static const char body[] =
        "_raw\n<Event><System><Provider Name='Linux-Sysmon'/><EventID>3</EventID></System>" DATA(
            "DestinationHostname", "h") "\n";
    ck_assert(first_row_gives("dest=computer " HUNT, body, A "dest", "unknown"));
    ck_assert(first_row_gives(HUNT, body, A "dvc", "unknown"));
}
END_TEST

/* ---- _time (S5, F9) ---- */

struct time_row {
    const char *body;
    const char *expected;
};

/* event_time.h has the rules; here is which row may take its event's time. */
static const struct time_row times[] = {
    {"_time,dest_port\n1674991980.123456789,1\n", "1674991980.123456789"},
    {"_time,dest_port\n2023-01-29T11:33:00.25Z,1\n", "1674991980.25"},
    {"_time,dest_port\n,1\n", NULL},
    {"dest_port\n1\n", NULL},
    {"_raw\n" CONNECTION "\n", "1674991980"},
    {"_time,_raw\n17.5," CONNECTION "\n", "17.5"},
    /* a mapped row takes no SystemTime */
    {"dest_port,_raw\n1," CONNECTION "\n", NULL},
};

START_TEST(S5_F9_time)
{
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        look_at("min(_time) from datamodel=Network_Traffic.All_Traffic where "
                "All_Traffic.dest_port=7844",
                times[i].body);
        ck_assert_msg(field_is("_time", times[i].expected), "row %zu: %s", i, times[i].body);
        look_close(&look);
    }
}
END_TEST

/* ---- child datasets (W12) ---- */

#define ALLOWED "count from datamodel=Network_Traffic.Allowed_Traffic"
#define CHILD "count from datamodel=Network_Traffic where nodename=Allowed_Traffic"
#define ACCOUNTS "count from datamodel=Change.Account_Management"

static const struct decision child_decisions[] = {
    /* a child has the profiles of its parents, by whatever way the search names it */
    {ALLOWED, "_raw\n" CONNECTION "\n", VIEW_PROFILED},
    {ALLOWED " where All_Traffic.dest_port=7844", "_raw\n" CONNECTION "\n", VIEW_PROFILED},
    {CHILD, "_raw\n" CONNECTION "\n", VIEW_PROFILED},
    {ALLOWED, "_raw\n" PROCESS "\n", VIEW_UNUSABLE},
    /* the fields that a dataset demands are no WHERE fields of the search's own (J) */
    {ALLOWED, "action,_raw\nblocked," CONNECTION "\n", VIEW_PROFILED},
    {CHILD, "action,_raw\nblocked," CONNECTION "\n", VIEW_PROFILED},
    {CHILD " All_Traffic.action=*", "action,_raw\nblocked," CONNECTION "\n", VIEW_MAPPED},
    /* fields of the whole tree make a row one of the dataset's */
    {ACCOUNTS, "user\nbob\n", VIEW_MAPPED},
    {ACCOUNTS, "src_user\nbob\n", VIEW_MAPPED},
    {ACCOUNTS, "tag\naccount\n", VIEW_MAPPED},
    {"count from datamodel=Change.All_Changes", "src_user\nbob\n", VIEW_MAPPED},
    {ACCOUNTS, "_raw\n" CONNECTION "\n", VIEW_UNUSABLE},
    {ACCOUNTS, "zzz\n1\n", VIEW_UNUSABLE},
};

START_TEST(W12_what_a_row_is_of_a_child)
{
    for (size_t i = 0; i < COUNT_OF(child_decisions); i++) {
        look_at(child_decisions[i].search, child_decisions[i].body);
        ck_assert_msg(look.view.kind == child_decisions[i].kind, "%s on %s: %d",
                      child_decisions[i].search, child_decisions[i].body, (int)look.view.kind);
        look_close(&look);
    }
}
END_TEST

static const struct lookup child_lookups[] = {
    {"W17", "src_user\nbob\n", "All_Changes.Account_Management.src_user", "bob"},
    {"W17", "src_user\nbob\n", "All_Changes.src_user", "bob"},
    {"W17", "src_user,All_Changes.src_user\nbob,Bob\n", "All_Changes.src_user", "Bob"},
    {"W17", "All_Changes.Account_Management.src_user,src_user\nBob,bob\n",
     "All_Changes.Account_Management.src_user", "Bob"},
    {"M1", "src_user\nbob\n", "All_Changes.user", "unknown"},
    {"M1", "src_user\nbob\n", "All_Changes.Account_Management.user", "unknown"},
    {"B3", "src_user\nbob\n", "Account_Management.src_user", "bob"}, /* no path from the root */
    {"W12", "src_user\nbob\n", "nodename", "All_Changes.Account_Management"},
};

START_TEST(W12_fields_of_a_child)
{
    for (size_t i = 0; i < COUNT_OF(child_lookups); i++)
        ck_assert_msg(first_row_gives(ACCOUNTS, child_lookups[i].body, child_lookups[i].field,
                                      child_lookups[i].expected),
                      "row %zu: %s", i, child_lookups[i].field);
    ck_assert(first_row_gives(ALLOWED, "_raw\n" CONNECTION "\n", A "action", "allowed"));
    ck_assert(first_row_gives(CHILD, "user\nbob\n", "nodename", "All_Traffic"));
}
END_TEST

/* ---- required fields ---- */

struct listed {
    char names[16384];
    size_t left; /* calls until it says stop; SIZE_MAX: never */
};

static bool list_name(void *context, struct slice name)
{
    struct listed *listed = context;
    size_t length = strlen(listed->names);
    ck_assert_uint_lt(length + name.length + 3, sizeof(listed->names));
    listed->names[length++] = ' ';
    memcpy(listed->names + length, name.bytes, name.length);
    memcpy(listed->names + length + name.length, " ", 2);
    return listed->left == SIZE_MAX || listed->left-- > 0;
}

static bool columns_of(const char *search, struct listed *listed)
{
    struct plan plan;
    struct cfh_error error;
    plan_init(&plan, &memory);
    listed->names[0] = '\0';
    ck_assert_int_eq(tstats_parse(&plan, text_of(search), &error), CFH_OK);
    bool done = view_columns_read(&plan, list_name, listed);
    plan_release(&plan);
    return done;
}

START_TEST(columns_read_are_all_that_may_be_asked_for)
{
    static const char *const always[] = {" _time ", " _raw ",   " index ",
                                         " host ",  " source ", " sourcetype "};
    struct listed listed = {.left = SIZE_MAX};
    ck_assert(columns_of(HUNT, &listed));
    for (size_t i = 0; i < COUNT_OF(always); i++)
        ck_assert_ptr_nonnull(strstr(listed.names, always[i]));
    ck_assert_ptr_nonnull(strstr(listed.names, " All_Traffic.dest_port "));
    ck_assert_ptr_nonnull(strstr(listed.names, " dest_port "));
    ck_assert_ptr_nonnull(strstr(listed.names, " vendor ")); /* M2, and step 3 */
    ck_assert_ptr_nonnull(strstr(listed.names, " All_Traffic.bytes "));
    ck_assert(columns_of(SITE " by Logs.a.b c", &listed));
    for (size_t i = 0; i < COUNT_OF(always); i++)
        ck_assert_ptr_nonnull(strstr(listed.names, always[i]));
    ck_assert_ptr_nonnull(strstr(listed.names, " Logs.port "));
    ck_assert_ptr_nonnull(strstr(listed.names, " port "));
    ck_assert_ptr_nonnull(strstr(listed.names, " Logs.a.b "));
    ck_assert_ptr_nonnull(strstr(listed.names, " a.b "));
    ck_assert_ptr_nonnull(strstr(listed.names, " c "));
    ck_assert_ptr_null(strstr(listed.names, "dest_port"));
}
END_TEST

START_TEST(columns_read_stops_when_told)
{
    static const char *const searches[] = {HUNT, SITE " by Logs.a"};
    for (size_t i = 0; i < COUNT_OF(searches); i++)
        for (size_t left = 0; left < 10; left++) {
            struct listed listed = {.left = left};
            ck_assert(!columns_of(searches[i], &listed));
            ck_assert_uint_eq(listed.left, SIZE_MAX); /* not asked again */
        }
}
END_TEST

/* ---- what the model does not have ---- */

START_TEST(B3_unknown_fields)
{
    look_at(HUNT " by All_Traffic.user All_Traffic.temp user Other.user _time_ host nodename "
                 "All_Traffic.vendor",
            "user\nx\n");
    static const bool unknown[] = {false, false, true, true, true, true, false, false, true};
    ck_assert_uint_eq(look.plan.field_count, COUNT_OF(unknown));
    for (size_t i = 0; i < COUNT_OF(unknown); i++)
        ck_assert_msg(view_is_unknown_field(&look.plan, i) == unknown[i], "field %zu", i);
    look_close(&look);
    look_at(SITE " by whatever", "x\n1\n");
    ck_assert(!view_is_unknown_field(&look.plan, 0) && !view_is_unknown_field(&look.plan, 1));
    look_close(&look);
}
END_TEST

/* ---- refused memory ---- */

static enum cfh_status look_at_all(struct memory *from, const char *body)
{
    struct look failing;
    enum cfh_status status = look_open(&failing, from,
                                       "entities=decode count min(_time) from "
                                       "datamodel=Network_Traffic.All_Traffic where "
                                       "All_Traffic.dest_port=7844 by All_Traffic.transport "
                                       "All_Traffic.vendor_product All_Traffic.user "
                                       "All_Traffic.dvc nodename",
                                       body);
    struct values values;
    for (size_t i = 0; status == CFH_OK && i < failing.plan.field_count; i++)
        status = view_values(&failing.view, i, &values);
    struct listed listed = {.left = SIZE_MAX};
    if (status == CFH_OK && !view_columns_read(&failing.plan, list_name, &listed))
        status = CFH_NO_MEMORY;
    look_close(&failing);
    return status;
}

START_TEST(every_refusal_is_told)
{
    static const char *const bodies[] = {
        "dest_port,transport,__mv_transport,vendor,product,_time\n"
        "7844,x,$TCP$;$UDP$,v,p,2023-01-29T11:33:00Z\n",
        "_raw\n" HEAD("Microsoft-Windows-Sysmon", "3") "<Data Name='User'>A&amp;B</Data>\n"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct failing_source failing = {.refused = true};
        size_t refusals = 0;
        for (size_t n = 0; failing.refused; n++) {
            failing = (struct failing_source){.fail_at = n};
            struct memory refusing = failing_memory(&failing);
            enum cfh_status status = look_at_all(&refusing, bodies[i]);
            ck_assert(status == CFH_OK || (failing.refused && status == CFH_NO_MEMORY));
            refusals += status != CFH_OK;
            ck_assert_uint_eq(refusing.used, 0);
        }
        ck_assert_uint_ge(refusals, 6);
    }
}
END_TEST

/* The scratch's one block serves most rows; here it is used up before each step. */
START_TEST(every_refusal_in_the_row_is_told)
{
    look_at(HUNT " by All_Traffic.user All_Traffic.transport All_Traffic.src_port "
                 "All_Traffic.vendor_product nodename",
            "dest_port,transport,vendor,product\n7844,TCP,v,p\n");
    while (arena_take(&look.rows.record.scratch, 1) != NULL && memory.limit == 0)
        memory.limit = memory.used;
    while (arena_take(&look.rows.record.scratch, 1) != NULL)
        continue;
    struct values values;
    for (size_t i = 0; i < look.plan.field_count; i++) {
        bool constant = slice_is(look.plan.fields[i].bare, "user"); /* unknown needs no room */
        ck_assert_int_eq(view_values(&look.view, i, &values), constant ? CFH_OK : CFH_NO_MEMORY);
    }
    memory.limit = 0;
    ck_assert(field_is("All_Traffic.user", "unknown"));
    ck_assert(field_is("All_Traffic.transport", "tcp"));
    ck_assert(field_is("All_Traffic.vendor_product", "v p"));
    look_close(&look);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("view");
    TCase *cases = tcase_create("view");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, what_a_row_is);
    tcase_add_test(cases, each_row_is_decided_afresh);
    tcase_add_test(cases, a_new_header_is_bound_anew);
    tcase_add_test(cases, fields_of_a_mapped_row);
    tcase_add_test(cases, W12_nodename_is_the_dataset_that_the_search_names);
    tcase_add_test(cases, fields_of_an_unknown_model_come_as_they_are);
    tcase_add_test(cases, S1_to_S11_windows);
    tcase_add_test(cases, S8_linux);
    tcase_add_test(cases, S4_computer_is_decoded_too);
    tcase_add_test(cases, S10_no_computer_is_null);
    tcase_add_test(cases, S5_F9_time);
    tcase_add_test(cases, W12_what_a_row_is_of_a_child);
    tcase_add_test(cases, W12_fields_of_a_child);
    tcase_add_test(cases, columns_read_are_all_that_may_be_asked_for);
    tcase_add_test(cases, columns_read_stops_when_told);
    tcase_add_test(cases, B3_unknown_fields);
    tcase_add_test(cases, every_refusal_is_told);
    tcase_add_test(cases, every_refusal_in_the_row_is_told);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
