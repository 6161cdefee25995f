"""Hand-worked examples that pin the model of datasets and of Sysmon, each named after its rule."""

from __future__ import annotations

import pytest

from reference import events, language, model
from reference.csv_dialect import Row
from reference.events import Switches
from reference_tools import (
    FROM,
    field_of,
    kept,
    row,
    rows_of,
    xml,
)

# ---- the dataset (section 6) ----


def test_section_6_defaults() -> None:
    """What an event without the field prints; the nulls print as the filler (M1)."""
    expected = {
        "action": "unknown", "app": "<null>", "dest": "unknown", "dest_ip": "<null>",
        "dest_port": "0", "direction": "<null>", "dvc": "unknown", "protocol": "<null>",
        "protocol_version": "<null>", "src": "unknown", "src_ip": "<null>", "src_port": "0",
        "transport": "unknown", "user": "unknown", "vendor_product": "unknown", "rule": "unknown",
    }  # fmt: skip
    for name, text in expected.items():
        plan = f'fillnull_value="<null>" count{FROM}by All_Traffic.{name}'
        assert rows_of(plan, row(ttl="64")) == [[text, "1"]], name


def test_section_6_evals_run_value_by_value() -> None:
    """UNKNOWN for empty values, zero for what is no number, lower case for transport."""
    event = row(
        user=["", "u"], dest_port=["7844", "-", "1e3", " 1"], transport=["TCP", "", "\u00c4B"]
    )
    plan = (
        "values(All_Traffic.user) values(All_Traffic.dest_port) values(All_Traffic.transport)"
        f"{FROM}by All_Traffic.dest"
    )
    assert rows_of(plan, event) == [["unknown", "u|unknown", "0|1e3|7844", "tcp|unknown|\u00c4b"]]


def test_section_6_where_sees_the_values_after_the_evals() -> None:
    """The default of a field may match."""
    stream = [row(app="1", dest_port="-"), row(app="2", dest_port="7844", transport="UDP")]
    assert kept("All_Traffic.dest_port=0", *stream) == "1"
    assert kept("All_Traffic.transport=unknown", *stream) == "1"
    assert kept("All_Traffic.action=unknown", *stream) == "1 2"


def test_M2_vendor_product() -> None:
    """The expression of the model, case by case; an empty one counts as set."""
    for fields, expected in (
        (row(vendor_product="VP", vendor="V", product="P"), "VP"),
        (row(vendor="V", product="P"), "V P"),
        (row(vendor="V", product="unknown"), "V unknown"),
        (row(vendor="V"), "V unknown"),
        (row(vendor="unknown", product="P"), "unknown P"),
        (row(product="P"), "unknown P"),
        (row(vendor="unknown", product="unknown", sourcetype="st"), "st"),
        (row(vendor="unknown"), "unknown"),
        (row(vendor="Unknown", product="P"), "Unknown P"),
        (row(vendor=["V", "W"], product=["P", "Q"]), "V P"),
        (row(vendor_product=["A", "B"]), "A|B"),
        (row(vendor_product=[""], vendor="V"), ""),
        (row(ttl="64", sourcetype="st"), "st"),
        (row(ttl="64"), "unknown"),
    ):
        plan = f"values(All_Traffic.vendor_product){FROM}by All_Traffic.dest"
        assert rows_of(plan, fields) == [["unknown", expected]], fields


def test_M3_a_text_that_is_a_number_counts_as_one_and_prints_as_it_came() -> None:
    """07844 and 7844.0 stay."""
    stream = [row(dest_port=text) for text in ("07844", "7844.0", "7844 ")]
    assert rows_of(f"count{FROM}by All_Traffic.dest_port", *stream) == [
        ["0", "1"],
        ["07844", "1"],
        ["7844.0", "1"],
    ]


def test_M5_prefixed_bare_and_defaulted_rows_are_the_same_event() -> None:
    """The prefixed one wins where it is not null."""
    stream = [
        row(t_dest="d", t_dest_port="7844"),
        row(dest="d", dest_port="7844"),
        row(t_dest="d", dest="other", t_dest_port=None, dest_port="7844"),
        row(t_dest="d", t_dest_port="7844", t_user="unknown", t_action="unknown"),
    ]
    plan = f"count{FROM}by All_Traffic.dest All_Traffic.dest_port All_Traffic.user"
    assert rows_of(plan, *stream) == [["d", "7844", "unknown", "4"]]


def test_computed_byte_counters() -> None:
    """The expressions of models.tsv: the field if it is a number, else the sum or difference."""
    for fields, expected in (
        (row(bytes="5", bytes_in="1", bytes_out="1"), ["5", "1", "1"]),
        (row(bytes_in="1.5", bytes_out="2.5"), ["4", "1.5", "2.5"]),
        (row(bytes="5", bytes_out="2"), ["5", "3", "2"]),
        (row(bytes="-", bytes_out="2"), ["<null>", "<null>", "2"]),
    ):
        plan = f"{' '.join(f'values(All_Traffic.{x})' for x in ('bytes', 'bytes_in', 'bytes_out'))}"
        assert rows_of(f"{plan}{FROM}by All_Traffic.dest", fields) == [["unknown", *expected]]


# ---- what a row is (design section 2) ----


def kind_of(fields: Row, where: str = "where All_Traffic.dest_port=*") -> str:
    """The kind of one row under a WHERE."""
    plan = language.parse(f"count{FROM}{where} by All_Traffic.dest")
    return model.DatasetRow(fields, plan, Switches()).kind.value


def test_design_2_what_a_row_is() -> None:
    """A WHERE field, else the profile, else any field of the dataset, else unusable."""
    raw = xml()
    assert kind_of(row(_raw=raw, dest_port="7844")) == "mapped"
    assert kind_of(row(_raw=raw, t_dest_port="7844")) == "mapped"
    assert kind_of(row(_raw=raw, dest_port=[""])) == "mapped"
    assert kind_of(row(_raw=raw, dest="d")) == "profiled"
    assert kind_of(row(_raw=raw)) == "profiled"
    assert kind_of(row(_raw=xml(event_id="1"), dest="d")) == "mapped"
    assert kind_of(row(vendor="V")) == "mapped"
    assert kind_of(row(product="P")) == "mapped"
    assert kind_of(row(t_tag="network")) == "mapped"
    assert kind_of(row(_raw="x", sourcetype="st", host="h", _time="1", index="i")) == "unusable"
    assert kind_of({}) == "unusable"


def test_design_2_metadata_in_where_never_decides() -> None:
    """Nor does a plan without WHERE."""
    fields = row(_raw=xml(), sourcetype="st", dest="d")
    for where in ("where sourcetype=*", "where _time>0 OR host=*", ""):
        assert kind_of(fields, where) == "profiled"
    assert kind_of(fields, "where All_Traffic.dest=d sourcetype=*") == "mapped"


def test_design_2_a_profiled_row_has_the_profiles_fields_only() -> None:
    """Beside its own metadata."""
    plan = f"fillnull_value=- count{FROM}where All_Traffic.dest_port=7844 by "
    fields = row(_raw=xml(), user="other", rule="r", dest_category="c", host="h")
    names = "All_Traffic.user All_Traffic.rule All_Traffic.dest_category host"
    assert rows_of(plan + names, fields) == [["alice", "unknown", "-", "h", "1"]]


# ---- Sysmon (section 7) ----


def test_S1_only_sysmon_and_only_event_3() -> None:
    """Exactly these providers and exactly the text 3."""
    for raw, expected in (
        (xml(), "profiled"),
        (xml("Linux-Sysmon"), "profiled"),
        (xml("microsoft-windows-sysmon"), "unusable"),
        (xml("Microsoft-Windows-Security-Auditing"), "unusable"),
        (xml(event_id="1"), "unusable"),
        (xml(event_id="03"), "unusable"),
        (xml(event_id=""), "unusable"),
        (xml().replace("<EventID>", "<EventID Qualifiers='0'>"), "profiled"),
        (xml().replace("</System>", ""), "unusable"),
        ("DestinationPort=7844", "unusable"),
    ):
        assert kind_of(row(_raw=raw)) == expected, raw


def test_section_7_the_windows_table() -> None:
    """Field by field; the recorded event's shape."""
    expected = {
        "action": "allowed", "app": "C:\\Tools\\cloudflared.exe",
        "dest": "region1.v2.argotunnel.com", "dest_ip": "198.41.192.57", "dest_port": "7844",
        "direction": "outbound", "dvc": "host-1", "protocol": "ip", "protocol_version": "ipv4",
        "src": "host-1.acme.local", "src_ip": "10.0.0.1", "src_port": "50001", "transport": "tcp",
        "user": "alice", "vendor_product": "Microsoft Sysmon",
    }  # fmt: skip
    for name, text in expected.items():
        assert field_of(name, xml()) == text, name


def test_section_7_direction_and_protocol_version() -> None:
    """Initiated true, whatever its case, is outbound and all else inbound (S7)."""
    for initiated, direction in (
        ("true", "outbound"), ("TRUE", "outbound"), ("false", "inbound"), ("1", "inbound"),
        ("", "inbound"), (None, "inbound"),
    ):  # fmt: skip
        assert field_of("direction", xml(Initiated=initiated)) == direction
    assert field_of("protocol_version", xml(SourceIsIpv6="True")) == "ipv6"
    assert field_of("protocol_version", xml(DestinationIsIpv6="true")) == "ipv6"
    assert field_of("protocol_version", xml(SourceIsIpv6=None, DestinationIsIpv6=None)) == "ipv4"


def test_section_7_absent_elements() -> None:
    """Null or the model's default."""
    for element, name, text in (
        ("Image", "app", "<null>"),
        ("DestinationIp", "dest_ip", "<null>"),
        ("DestinationPort", "dest_port", "0"),
        ("Protocol", "transport", "unknown"),
        ("User", "user", "unknown"),
    ):
        for missing in ("", None):
            raw = xml(**{element: ""})
            if missing is None:
                raw = raw.replace(f"<Data Name='{element}'></Data>", "")
            assert field_of(name, raw) == text, element
    assert field_of("user", xml(User="ACME\\")) == "unknown"
    assert field_of("user", xml(User="A\\B\\c")) == "c"
    assert field_of("dvc", xml().replace("host-1</C", "</C")) == "unknown"


def test_S3_a_hyphen_as_host_name() -> None:
    """keep leaves it, null makes the field null and so unknown, ip takes the address."""
    raw = xml(DestinationHostname="-", SourceHostname="-")
    for hyphen, dest, src in (
        ("keep", "-", "-"),
        ("null", "unknown", "unknown"),
        ("ip", "198.41.192.57", "10.0.0.1"),
    ):
        switches = Switches(hyphen=hyphen)
        assert field_of("dest", raw, switches) == dest
        assert field_of("src", raw, switches) == src
        plan = f"hyphen={hyphen} count{FROM}by All_Traffic.dest"
        assert rows_of(plan, row(_raw=raw)) == [[dest, "1"]]


def test_S3_an_empty_or_absent_host_name_gives_the_address() -> None:
    """Under every switch; no address either is unknown; a name of a blank is a name."""
    for hyphen in ("keep", "null", "ip"):
        switches = Switches(hyphen=hyphen)
        for missing in (None, ""):
            raw = xml(DestinationHostname=missing, SourceHostname=missing)
            assert field_of("dest", raw, switches) == "198.41.192.57"
            assert field_of("src", raw, switches) == "10.0.0.1"
        nothing = xml(DestinationHostname="", DestinationIp=None)
        assert field_of("dest", nothing, switches) == "unknown"
    assert field_of("dest", xml(DestinationHostname=" ")) == " "
    assert field_of("dest", xml(DestinationHostname="-", DestinationIp=""), Switches("ip")) == (
        "unknown"
    )


def test_S4_both_quotes_and_no_field_for_empty_elements() -> None:
    """A name that occurs twice: the first with a value counts."""
    assert field_of("app", xml().replace("'", '"')) == "C:\\Tools\\cloudflared.exe"
    twice = "<Data Name='Image'/><Data Name='Image'></Data><Data Name='Image'>a</Data>"
    raw = xml(Image=None).replace("<EventData>", f"<EventData>{twice}<Data Name='Image'>b</Data>")
    assert field_of("app", raw) == "a"


def test_S4_S11_entities_stay_raw_unless_decoded() -> None:
    """Once, and before anything else looks at the value."""
    raw = xml(Image="R&amp;D &amp;lt; &#65;&#x42;&quot;").replace("host-1</C", "A&amp;B</C")
    assert field_of("app", raw) == "R&amp;D &amp;lt; &#65;&#x42;&quot;"
    assert field_of("dvc", raw) == "A&amp;B"
    decoded = Switches(entities="decode")
    assert field_of("app", raw, decoded) == 'R&D &lt; AB"'
    assert field_of("dvc", raw, decoded) == "A&B"
    hyphen = xml(DestinationHostname="&#45;", User="ACME&#92;bob", Initiated="tru&#101;")
    both = Switches(hyphen="ip", entities="decode")
    assert field_of("dest", hyphen) == "&#45;"
    assert field_of("dest", hyphen, both) == "198.41.192.57"
    assert field_of("user", hyphen, both) == "bob"
    assert field_of("direction", hyphen, both) == "outbound"
    assert field_of("direction", hyphen) == "inbound"


def test_entities_that_are_none_stay() -> None:
    """Unknown names, surrogates, beyond Unicode, no digits, no semicolon."""
    for text in (
        b"&nbsp;", b"&#xD800;", b"&#1114112;", b"&#;", b"&#x;", b"&amp", b"& amp;", b"&#X41;",
        b"&AMP;", b"&#99999999999999999999;",
    ):  # fmt: skip
        assert events.decode(text) == text
    assert events.decode(b"&#0065;&#x10FFFF;&#0;&apos;") == b"A\xf4\x8f\xbf\xbf\0'"


def test_S5_the_rows_time_wins_else_system_time_in_whole_seconds() -> None:
    """A SystemTime that is no time gives none."""
    plan = f"values(_time){FROM}by All_Traffic.dvc"
    assert rows_of(plan, row(_raw=xml())) == [["host-1", "1674991980"]]
    assert rows_of(plan, row(_raw=xml(), _time="1.25")) == [["host-1", "1.25"]]
    broken = xml().replace("2023-01-29T11:33:00.987Z", "yesterday")
    assert rows_of(plan, row(_raw=broken)) == [["host-1", "<null>"]]
    assert rows_of(plan, row(_raw=xml(), dvc="d", dest_port="1")) == [["host-1", "1674991980"]]
    mapped = f"values(_time){FROM}where All_Traffic.dvc=* by All_Traffic.dvc"
    assert rows_of(mapped, row(_raw=xml(), dvc="d")) == [["d", "<null>"]]


def test_S8_linux() -> None:
    """Double quotes, a user without a domain, its own product; a syslog header does no harm."""
    raw = xml("Linux-Sysmon", User="ACME\\root").replace("'", '"')
    raw = "Jan 29 11:33:00 host sysmon: <EventX> " + raw
    assert field_of("user", raw) == "ACME\\root"
    assert field_of("vendor_product", raw) == "Sysmon for Linux"
    assert field_of("dest_port", raw) == "7844"


def test_S9_no_data_element_is_read_of_another_event() -> None:
    """A Data element cannot make an event a Sysmon event, nor one behind the event's end."""
    assert kind_of(row(_raw=xml(event_id="1", EventID="3"))) == "unusable"
    raw = xml(Image=None) + "<Data Name='Image'>late</Data>"
    assert field_of("app", raw) == "<null>"


def test_S10_dest_from_the_computer() -> None:
    """The switch; it does not act on src."""
    switches = Switches(dest="computer")
    assert field_of("dest", xml(), switches) == "host-1"
    assert field_of("src", xml(), switches) == "host-1.acme.local"
    assert field_of("dest", xml().replace("host-1</C", "</C"), switches) == "unknown"


def test_events_that_are_not_well_formed_are_read_by_the_expressions_alone() -> None:
    """A cut-off event has the fields that are whole; bad UTF-8 passes through."""
    cut = xml()[: xml().index("198.41") + 5]
    assert field_of("src_port", cut) == "50001"
    assert field_of("dest_ip", cut) == "<null>"
    broken = xml().encode().replace(b"cloudflared", b"\xff")
    event = events.read(broken)
    assert event is not None
    assert event.data[b"Image"] == b"C:\\Tools\\\xff.exe"


def test_the_two_readers_must_agree() -> None:
    """Where the rules do not say what a well-formed event means, the model does not answer."""
    for raw in (
        xml(Image="<![CDATA[x]]>"),
        xml(Image="<!-- no --> x"),
        xml(Image="<b>x</b>"),
    ):
        with pytest.raises(events.ReadersDisagree):
            events.read(raw.encode())
