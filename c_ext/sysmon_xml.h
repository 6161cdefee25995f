/* sysmon_xml: reads the parts of a Windows event's XML that the Sysmon profiles need, in place.
 *
 * It reads as the add-ons' extractions do (S4): tags are taken as they stand, attributes in single
 * or double quotes, entities left as they are. Nothing nests, nothing recurses, and every byte is
 * looked at a bounded number of times whatever the text is. All slices point into the text given.
 * A name is a whole name: <DataFoo> is no Data. Closing tags are taken letter by letter: </Data >
 * is none. A quote that is never closed hides what follows it.
 */
#ifndef CFHUNT_SYSMON_XML_H
#define CFHUNT_SYSMON_XML_H

#include "memory.h"

/* The head of an event: what stands in <System>. A part that is absent or empty has length 0; of a
 * part that occurs twice the first with a value counts. */
struct sysmon_system {
    struct slice provider;    /* <Provider Name='...'> */
    struct slice event_id;    /* the text of <EventID ...> */
    struct slice system_time; /* <TimeCreated SystemTime='...'> */
    struct slice computer;    /* the text of <Computer> */
    struct slice rest;        /* the text after </System>: where the Data elements are */
};

/* Reads the head of the first event in raw: from the first "<Event" that is a whole tag name to
 * </System>, so that a syslog header before it does no harm (S8). False when there is no such
 * event or it has no head; system is then all zero. No Data element is looked at (S9). */
bool sysmon_xml_system(struct slice raw, struct sysmon_system *system);

struct sysmon_data {
    struct slice name;
    struct slice value; /* never empty */
};

/* The next <Data Name='...'>value</Data> of rest that has a value, and rest moved behind it.
 * Empty, self-closing and nameless elements are passed over: they give no field (S4). False: no
 * more, or the event's end; rest is then at its own end. */
bool sysmon_xml_next_data(struct slice *rest, struct sysmon_data *data);

/* text with the five named entities and numeric character references decoded once; what is no
 * entity, or names no Unicode scalar value, stays as it is. A slice of text where nothing changes,
 * else built in scratch; false when refused. */
bool sysmon_xml_decode(struct slice text, struct arena *scratch, struct slice *decoded);

#endif
