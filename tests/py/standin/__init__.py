"""A stand-in for splunkd, as strict as the protocol allows: a test sees what Splunk would."""
