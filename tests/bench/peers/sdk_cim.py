"""The hunt with the Splunk SDK: flow."""

from sdk_hunt import flow, main

main(flow)
