/* test_events: hunts of all kinds, and random events for them. */
#ifndef CFHUNT_TEST_EVENTS_H
#define CFHUNT_TEST_EVENTS_H

#include <stdio.h>

#include "test_default_hunt.h"
#include "test_every_function.h"
#include "test_hunts.h"

static const char *const hunts[] = {
    DEFAULT_HUNT_SEARCH,
    "count min(_time) max(src_port) values(app) values(src_port) count(user) from "
    "datamodel=Network_Traffic.All_Traffic by All_Traffic.dest_port All_Traffic.user",
    "fillnull_value=none count values(src_port) from datamodel=Own.Data where NOT dest_port=80 "
    "by app user",
    "count values(All_Traffic.user) from datamodel=Network_Traffic.All_Traffic where "
    "All_Traffic.dest_port=7844 OR All_Traffic.src_port=1*",
    EVERY_FUNCTION("All_Traffic.src_port") " from datamodel=Network_Traffic.All_Traffic by app",
    EVERY_FUNCTION("user") " from datamodel=Own.Data where src_port=*",
    "fillnull_value=- " EVERY_FUNCTION("_time") " from datamodel=Own.Data where src_port<150 "
                                                "by dest_port _time span=20s",
};

static const char header[] = "_time,_raw,app,dest_port,src_port,user,__mv_user\n";

static inline void append_event(struct buffer *body, uint64_t *random)
{
    static const char *const apps[] = {"", "a", "\"b \"\"c\"\", d\"", "\"two\nlines\"", "7"};
    static const char *const ports[] = {"7844", "80", "07844", "7844.0", "-", ""};
    static const char *const users[] = {"x,", "x,$x$;$y$", ",$$", "\"\",$y$;$$", "z,$broken", "u"};
    char text[256];
    uint64_t choice = next_random(random);
    if (choice % 7 == 0) {
        snprintf(
            text, sizeof(text),
            ",\"<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>%d</EventID>"
            "</System><Data Name='DestinationPort'>7844</Data><Data Name='SourcePort'>%d</Data>"
            "</Event>\",,,,,\r\n",
            choice % 3 == 0 ? 5 : 3, (int)(choice % 90));
    } else {
        snprintf(text, sizeof(text), "%d.%d,%s,%s,%s,%d,%s\n", (int)(choice % 100),
                 (int)(choice % 9), choice % 11 == 0 ? "raw" : "", apps[choice / 100 % 5],
                 ports[choice / 500 % 6], (int)(choice / 3000 % 200), users[choice / 6000 % 6]);
    }
    append_text(body, text);
}

static inline void append_events(struct buffer *body, size_t count, uint64_t *random)
{
    append_text(body, header);
    for (size_t i = 0; i < count; i++)
        append_event(body, random);
}

#endif
