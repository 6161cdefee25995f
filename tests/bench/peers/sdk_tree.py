"""The hunt with the Splunk SDK: event_by_tree."""

from sdk_hunt import event_by_tree, main

main(event_by_tree)
