"""The hunt with the Splunk SDK: event_by_expression."""

from sdk_hunt import event_by_expression, main

main(event_by_expression)
