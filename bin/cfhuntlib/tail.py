"""The tail of a hunt: may cfhunt run it in a search of its own?

Not if it writes, sends or starts something, and not if it calls a command that is not Splunk's:
such a tail is shown to the user, who can append it himself. Where a text leaves open what Splunk
makes of it, it is taken as a command.
"""

from __future__ import annotations

# Splunk's commands that only look at the rows and change them. Those that write, send or start
# something (outputlookup, collect, delete, sendemail, map, script and their kin) are not here, nor
# savedsearch and from, which run what somebody saved, whatever that holds.
_HARMLESS = frozenset(
    """
    abstract accum addcoltotals addinfo addtotals analyzefields anomalies anomalousvalue
    anomalydetection append appendcols appendpipe arules associate autoregress bin bucket
    bucketdir chart cluster cofilter concurrency contingency convert correlate datamodel
    dbinspect dedup delta diff erex eval eventcount eventstats expand extract fieldformat
    fields fieldsummary filldown fillnull findtypes flatten folderize foreach format fromjson
    gauge gentimes geom geomfilter geostats head highlight iconify inputcsv inputlookup
    iplocation join kmeans kv kvform loadjob localize localop lookup makecontinuous makemv
    makeresults mcatalog metadata metasearch mpreview msearch mstats multikv multisearch
    mvcombine mvexpand nomv outlier overlap pivot predict rangemap rare redistribute regex
    relevancy reltime rename replace require rest return reverse rex rtorder scrub search
    searchtxn selfjoin set setfields sichart sirare sistats sitimechart sitop sort spath stats
    strcat streamstats table tags tail timechart timewrap tojson top transaction transpose
    trendline tstats typeahead typelearner typer union uniq untable walklex where x11 xmlkv
    xmlunescape xpath xyseries
    """.split()  # noqa: SIM905 - a list with quotes would be a page long
)

COMMENT = "```"
# How union and join name a saved search as the place of rows.
SAVED = "savedsearch:"


def commands_that_stop(tail: str) -> list[str]:
    """The commands for which cfhunt does not run this tail, in their order, each once. A macro that
    stands as a whole command is the site's own and may be run."""
    found = [name for name in _commands(tail) if name.lower() not in _HARMLESS]
    if SAVED in tail.lower():
        found.append(SAVED)
    return list(dict.fromkeys(found))


def _commands(tail: str) -> list[str]:
    """The first word of each command, subsearches included."""
    names = []
    starts = True
    place = 0
    while place < len(tail):
        letter = tail[place]
        if tail.startswith(COMMENT, place):
            end = tail.find(COMMENT, place + len(COMMENT))
            place = len(tail) if end < 0 else end + len(COMMENT)
        elif letter in '"`':
            # A macro may hold nothing, as ESCU's comment(1) does: a command may follow it still.
            starts = starts and letter == "`"
            place = _closing(tail, place) + 1
        elif letter in "|[":
            starts = True
            place += 1
        elif starts and not letter.isspace():
            end = place
            while end < len(tail) and not tail[end].isspace() and tail[end] not in '|[]"`(=':
                end += 1
            end = max(end, place + 1)
            names.append(tail[place:end])
            place, starts = end, False
        else:
            place += 1
    return names


def _closing(text: str, place: int) -> int:
    """Where what begins with this quote ends."""
    mark = text[place]
    place += 1
    while place < len(text) and text[place] != mark:
        place += 2 if mark == '"' and text[place] == "\\" else 1
    return place
