"""Hand-worked examples that pin the reference model itself, each named after its rule.

At the end the model meets a second oracle, written here with xml.etree and plain dicts alone, over
every event of the shared data.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from random import Random
from typing import Union
from xml.sax.saxutils import escape

import pytest

from events_data import event_files, event_texts
from reference import csv_dialect, events, generate, hunt, language, model, number
from reference.csv_dialect import Row
from reference.events import Switches

Given = Union[str, Sequence[str], None]
FROM = " from datamodel=Network_Traffic.All_Traffic "
BY_FIELDS = (
    "action app dest dest_ip dest_port direction dvc protocol protocol_version src src_ip"
    " transport user vendor_product"
)
COLUMNS = f"{BY_FIELDS} count firstTime lastTime src_port"


def row(**fields: Given) -> Row:
    """A row: a text is one value, a list several, None is null; t_x stands for All_Traffic.x."""
    result: Row = {}
    for name, given in fields.items():
        column = name.replace("t_", "All_Traffic.", 1) if name.startswith("t_") else name
        texts = [given] if isinstance(given, str) else given or []
        if texts:
            result[column.encode()] = [text.encode() for text in texts]
    return result


def rows_of(plan: str, *stream: Row, switches: Switches | None = None) -> list[list[str]]:
    """The table's rows; several values joined by |, null as None's place taken by <null>."""
    table = hunt.answer(language.parse(plan), stream, switches)
    return [
        [b"|".join(cell).decode() if cell else "<null>" for cell in cells] for cells in table.rows
    ]


def kept(where: str, *stream: Row) -> str:
    """Which rows pass a WHERE: their app values in order, with blanks between."""
    plan = f"values(All_Traffic.app){FROM}where {where} by All_Traffic.app"
    return " ".join(line[0] for line in rows_of(plan, *stream))


def refused(text: str) -> str:
    """The sentence with which a text is refused."""
    with pytest.raises(language.LanguageError) as caught:
        language.parse(text)
    return str(caught.value)


DATA = {
    "Image": "C:\\Tools\\cloudflared.exe",
    "User": "ACME\\alice",
    "Protocol": "TCP",
    "Initiated": "true",
    "SourceIsIpv6": "false",
    "SourceIp": "10.0.0.1",
    "SourceHostname": "host-1.acme.local",
    "SourcePort": "50001",
    "DestinationIsIpv6": "false",
    "DestinationIp": "198.41.192.57",
    "DestinationHostname": "region1.v2.argotunnel.com",
    "DestinationPort": "7844",
}


def xml(
    provider: str = "Microsoft-Windows-Sysmon", event_id: str = "3", **changes: str | None
) -> str:
    """A network connection event; a change to None leaves the element out."""
    data = "".join(
        f"<Data Name='{name}'>{value}</Data>"
        for name, value in {**DATA, **changes}.items()
        if value is not None
    )
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='{provider}' Guid='{{5770385f}}'/><EventID>{event_id}</EventID>"
        "<TimeCreated SystemTime='2023-01-29T11:33:00.987Z'/><Computer>host-1</Computer>"
        f"</System><EventData>{data}</EventData></Event>"
    )


def field_of(name: str, raw: str, switches: Switches | None = None) -> str:
    """One dataset field of an event, <null> if it is null."""
    plan = f'fillnull_value="<null>" count{FROM}by All_Traffic.{name}'
    (line,) = rows_of(plan, row(_raw=raw), switches=switches)
    return line[0]


# ---- the CSV dialect (design section 4, protocol sections 7 and 8) ----


def test_csv_every_quote_toggles_and_a_doubled_one_is_a_quote() -> None:
    """Also in the middle of a cell."""
    cases = {
        b"plain": b"plain",
        b'"a,b"': b"a,b",
        b'"two\nlines"': b"two\nlines",
        b'"say ""hi"""': b'say "hi"',
        b'""""': b'"',
        b'""': b"",
        b'a"b,c"d': b"ab,cd",
        b'ab""cd': b"abcd",
        b'"a"b"c"': b"abc",
        b'x"""y': b'x"y',
    }
    for text, expected in cases.items():
        closing = b'"' if text == b'x"""y' else b""
        assert csv_dialect.rows(b"x\n" + text + closing + b"\n") == (
            [{b"x": [expected]}] if expected else [{}]
        ), text


def test_csv_rows_end_at_lf_and_one_cr_before_it_is_dropped() -> None:
    """Only outside quotes, and only that one; a last row may lack its LF."""
    table, unclosed = csv_dialect.cells(b'a,b\r\n1,2\r\r\n"3\r\n",4\n5,6\r7\n8,9')
    assert not unclosed
    assert table == [[b"a", b"b"], [b"1", b"2\r"], [b"3\r\n", b"4"], [b"5", b"6\r7"], [b"8", b"9"]]


def test_csv_missing_cells_are_null_and_extra_ones_are_ignored() -> None:
    """A blank line is a row of nulls."""
    assert csv_dialect.rows(b"a,b\n1\n\n,2,3,4\n") == [{b"a": [b"1"]}, {}, {b"b": [b"2"]}]


def test_csv_of_a_header_named_twice_the_first_column_counts() -> None:
    """Even where the first cell is null."""
    assert csv_dialect.rows(b"a,a\n,2\n1,2\n") == [{}, {b"a": [b"1"]}]


def test_csv_header_only_and_empty_bodies() -> None:
    """No rows and no error; a body that ends inside quotes says so."""
    assert csv_dialect.rows(b"") == []
    assert csv_dialect.rows(b"a,b\n") == []
    assert csv_dialect.rows(b"a,b") == []
    body = csv_dialect.read(b'a,b\n1,"2\n')
    assert body.unclosed
    assert body.rows == [{b"a": [b"1"], b"b": [b"2\n"]}]


def test_csv_quoting_starts_afresh_with_each_body() -> None:
    """An open quote of one body does not reach the next."""
    plan = f"count{FROM}by All_Traffic.dest"
    table = hunt.run(plan, [b'dest\n"a', b"dest\na\n"])
    assert table.rows == [[[b"a"], [b"2"]]]


def test_multivalue_is_read_by_position() -> None:
    """The cases of protocol section 8, and malformed ones."""
    cases: dict[bytes, list[bytes] | None] = {
        b"$a$": [b"a"],
        b"$a$;$b$": [b"a", b"b"],
        b"$a$$;$$b$": [b"a$;$b"],
        b"$$": [b""],
        b"$$;$$": [b"", b""],
        b"$$$$": [b"$"],
        b"$a$$$;$b$": [b"a$", b"b"],
        b"$a;b\n$": [b"a;b\n"],
        b"$a": None,
        b"a$": None,
        b"$": None,
        b"$$$": None,
        b"$a$;": None,
        b"$a$ ;$b$": None,
        b"$a$;b": None,
        b"$a$$b$$": None,
    }
    for cell, expected in cases.items():
        assert csv_dialect.decode_multivalue(cell) == expected, cell


def test_multivalue_cell_wins_and_a_damaged_one_leaves_the_plain_text() -> None:
    """A column __mv_x without a column x is ignored; damage is counted."""
    body = csv_dialect.read(b"a,__mv_a,__mv_b\nx,,$1$\nx,$1$;$$,\n,$1$,\n,$$,\nx,$1,\n,junk,junk\n")
    assert body.rows == [
        {b"a": [b"x"]},
        {b"a": [b"1", b""]},
        {b"a": [b"1"]},
        {b"a": [b""]},
        {b"a": [b"x"]},
        {},
    ]
    assert body.damaged == 2


def test_multivalue_is_written_so_that_it_reads_back() -> None:
    """None and a single value need no __mv_ text, a single empty one does."""
    cases: list[tuple[list[bytes], bytes]] = [
        ([], b""),
        ([b"a"], b""),
        ([b"$"], b""),
        ([b""], b"$$"),
        ([b"a$b", b"c", b""], b"$a$$b$;$c$;$$"),
    ]
    for values, cell in cases:
        assert csv_dialect.encode_multivalue(values) == cell


def test_csv_is_written_as_splunkd_writes_it() -> None:
    """Bare only if empty or ASCII letters and digits; plain columns, then all __mv_ columns."""
    written = csv_dialect.write(
        [b"a", b"_b"], [{b"a": [b"Az09"]}, {b"a": [b'x"y', b""], b"_b": [b"1.5"]}]
    )
    assert written == (b'a,"_b","__mv_a","__mv__b"\nAz09,,,\n"x""y\n","1.5","$x""y$;$$",\n')


def test_csv_reads_back_what_it_wrote() -> None:
    """For random rows with every odd value."""
    random = Random(1)
    for _ in range(20):
        stream = generate.rows(random, 20)
        columns = sorted({name for item in stream for name in item})
        assert csv_dialect.rows(csv_dialect.write(columns, stream)) == stream


# ---- numbers and times (T7, F2, F10, S5) ----


def test_T7_what_a_number_is() -> None:
    """No blanks, plus, inf, nan or hex."""
    for text in (
        b"0",
        b"-0",
        b"007",
        b"1.50",
        b"1e3",
        b"1E+3",
        b"-2.5e-10",
        b"12345678901234567890",
    ):
        assert number.is_number(text), text
    for text in [*generate.NOT_NUMBERS, b"", b"-e1", b"1e1.5", b"1\n", "\uff11".encode()]:
        assert not number.is_number(text), text


def test_T7_order_numbers_first_by_exact_value_then_bytes_then_text() -> None:
    """1, 01 and 1.0 are three texts next to each other; a double would not tell 2**53 + 1."""
    expected = [
        b"-10", b"-9", b"-0", b"0", b"0.5", b"01", b"1", b"1.0", b"9", b"10", b"1e2",
        b"9007199254740992", b"9007199254740993", b"1e60",
        b"", b" 1", b"+1", b"-", b"A", b"Z", b"a", "\u00e4".encode(), b"\xff",
    ]  # fmt: skip
    shuffled = list(expected)
    Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=number.order_key) == expected


def test_T7_absurd_exponents_are_refused_by_the_model() -> None:
    """The model builds exact numbers, so it stops before 10**5001."""
    assert number.exact(b"1e5000") > 0
    with pytest.raises(number.TooLarge):
        number.exact(b"1e5001")


def test_F10_printed_numbers() -> None:
    """As they came, but whole numbers lose point and zeros, and exponents are written out."""
    cases = {
        b"7844": b"7844", b"007": b"007", b"5.00": b"5", b"1.50": b"1.50", b"-3.0": b"-3",
        b"1e3": b"1000", b"1.5e1": b"15", b"2e-2": b"0.02", b"1.25e1": b"12.5", b"10e-1": b"1",
        b"1e39": b"1" + b"0" * 39, b"1e40": b"1e40", b"1e-60": b"1e-60", b"abc": b"abc", b"": b"",
        b"12345678901234567890123456789012345678901234.0":
            b"12345678901234567890123456789012345678901234",
    }  # fmt: skip
    for text, expected in cases.items():
        assert number.printed(text) == expected, text


def test_F10_times_keep_at_most_six_digits() -> None:
    """Cut, not rounded."""
    cases = {
        b"1675000000.1234569": b"1675000000.123456",
        b"1675000000.5": b"1675000000.5",
        b"1675000000.500": b"1675000000.500",
        b"1675000000.0000009": b"1675000000",
        b"1675000000.000": b"1675000000",
        b"yesterday.1234567": b"yesterday.1234567",
    }
    for text, expected in cases.items():
        assert number.printed(text, hunt.TIME_FRACTION_MAX) == expected, text


def test_S5_iso_times_become_epoch_seconds() -> None:
    """With a zone, and only dates that exist; the fraction's digits stay."""
    cases = {
        b"2023-01-29T11:33:00Z": b"1674991980",
        b"2023-01-29 11:33:00.2500Z": b"1674991980.2500",
        b"2023-01-29T13:33:00+02:00": b"1674991980",
        b"2023-01-29T06:03:00-0530": b"1674991980",
        b"1970-01-01T00:00:00Z": b"0",
        b"2024-02-29T00:00:00Z": b"1709164800",
        b"1969-12-31T23:59:59.25Z": b"-0.75",
    }
    for text, expected in cases.items():
        assert number.epoch_text(text) == expected, text
    for text in (
        b"2023-01-29T11:33:00", b"2023-02-29T00:00:00Z", b"2023-01-29T24:00:00Z", b"1675000000.5",
        b"0000-01-01T00:00:00Z", b"2023-01-29T11:33:00.Z", b"2023-01-29T11:33:00+2:00", b"",
        b"2023-01-29T11:33:00Z ", b"2023-01-29T11:33:00+24:00", b"2023-01-29T11:33:60Z",
    ):  # fmt: skip
        assert number.epoch_text(text) == text, text


# ---- the command (section 1) ----


def test_T1_options_stand_before_the_first_function() -> None:
    """Known ones are accepted, unknown ones refused by name."""
    plan = language.parse(
        f'summariesonly=t chunk_size = 1000 fillnull_value="not there" count{FROM}by index'
    )
    assert plan.fillnull == "not there"
    assert plan.by == ["index"]
    assert "unknown option: sumariesonly" in refused(f"sumariesonly=t count{FROM}")
    assert refused(f"count summariesonly=t{FROM}")


def test_T3_only_count_may_lack_an_argument() -> None:
    """And no wildcard in a function's argument or in BY."""
    assert "min needs a field" in refused(f"min{FROM}")
    assert "values(All_Traffic.*)" in refused(f"values(All_Traffic.*){FROM}")
    assert "All_Traffic.*" in refused(f"count{FROM}by All_Traffic.*")
    assert "list" in refused(f"list(All_Traffic.src){FROM}")


def test_T4_as_names_one_output_and_keywords_come_in_both_cases() -> None:
    """An alias is any word or quoted string."""
    plan = language.parse(
        'count AS n, min(_time) as "first time" max(_time) As a.b{}'
        " FROM datamodel=Network_Traffic WHERE * BY host"
    )
    assert hunt.columns(plan) == ["host", "n", "first time", "a.b{}"]


def test_T5_default_output_names() -> None:
    """count for a bare count, else the call as written."""
    plan = language.parse(f"count count(All_Traffic.user) min(_time){FROM}by host")
    assert hunt.columns(plan) == ["host", "count", "count(All_Traffic.user)", "min(_time)"]


def test_T6_by_fields_come_first_then_the_functions() -> None:
    """Each in the order written: the detection's columns."""
    assert hunt.columns(language.parse(hunt.DEFAULT_HUNT)) == COLUMNS.split()


def test_T7_rows_are_sorted_by_the_by_fields_first_field_first() -> None:
    """Numbers before text, by value."""
    pairs = [("b", "9"), ("b", "10"), ("a", "x"), ("10", "1"), ("9", "1"), ("B", "1"), ("9", "01")]
    stream = [row(src=src, dest=dest) for src, dest in pairs]
    found = rows_of(f"count{FROM}by All_Traffic.src All_Traffic.dest", *stream)
    assert [line[:2] for line in found] == [
        ["9", "01"], ["9", "1"], ["10", "1"], ["B", "1"], ["a", "x"], ["b", "9"], ["b", "10"],
    ]  # fmt: skip


def test_T12_prestats_and_append_are_refused_if_true() -> None:
    """=f is accepted."""
    assert language.parse(f"prestats=f append=false count{FROM}by host")
    assert "prestats" in refused(f"prestats=t count{FROM}by host")
    assert "append" in refused(f"append=true count{FROM}by host")


def test_a_text_without_a_function_or_without_from_is_refused() -> None:
    """Nothing of the default hunt is mixed in."""
    for text in ("", "summariesonly=t", "count", FROM, "count by host", f"count{FROM}host"):
        assert refused(text)


# ---- BY (section 2) ----


def test_B1_without_fillnull_value_a_null_by_field_drops_the_event() -> None:
    """Not only from that column; fillnull_value does not touch function arguments or WHERE."""
    stream = [row(app="a", direction="outbound"), row(app="b"), row(direction="inbound")]
    by = f"{FROM}by All_Traffic.app All_Traffic.direction"
    assert rows_of(f"count{by}", *stream) == [["a", "outbound", "1"]]
    assert rows_of(f"fillnull_value=0 count{by}", *stream) == [
        ["0", "inbound", "1"],
        ["a", "outbound", "1"],
        ["b", "0", "1"],
    ]
    assert rows_of(
        f"fillnull_value=x values(All_Traffic.app){FROM}by All_Traffic.src", *stream[2:]
    ) == [["unknown", "<null>"]]
    assert rows_of(f"fillnull_value=x count{FROM}where All_Traffic.app=x by host", *stream) == []


def test_B2_the_macro_fills_with_the_text_null() -> None:
    """The four letters."""
    (line,) = rows_of(hunt.DEFAULT_HUNT, row(dest_port="7844"))
    assert " ".join(line) == (
        "unknown null unknown null 7844 null unknown null null unknown null unknown unknown unknown"
        " 1 <null> <null> 0"
    )


def test_B3_a_by_field_outside_the_model_is_null() -> None:
    """So the filler keeps the rows, and without it there are none."""
    stream = [row(dest="d")]
    assert rows_of(f"fillnull_value=null count{FROM}by All_Traffic.temp", *stream) == [
        ["null", "1"]
    ]
    assert rows_of(f"count{FROM}by All_Traffic.temp", *stream) == []


def test_B4_a_multivalue_by_field_counts_once_per_distinct_value() -> None:
    """Several such fields: once per combination, and every function sees the whole event."""
    event = row(app=["a", "b", "a"], rule=["1", "2"], user=["u", "v"])
    assert rows_of(
        f"count count(All_Traffic.user){FROM}by All_Traffic.app All_Traffic.rule", event
    ) == [
        ["a", "1", "1", "2"],
        ["a", "2", "1", "2"],
        ["b", "1", "1", "2"],
        ["b", "2", "1", "2"],
    ]


def test_B4_over_ten_thousand_combinations_the_values_are_joined() -> None:
    """10,000 themselves are still allowed."""
    hundred = [str(index) for index in range(100)]
    plan = language.parse(f"count{FROM}by All_Traffic.app All_Traffic.src_zone All_Traffic.dest")
    at_the_limit = hunt.answer(plan, [row(app=hundred, src_zone=[*hundred, "5", ""], dest="d")])
    assert len(at_the_limit.rows) == 10_000
    assert not at_the_limit.capped
    over = hunt.answer(plan, [row(app=hundred, src_zone=[*hundred, "x"], dest="d")])
    assert len(over.rows) == 1


def test_B4_joined_values_come_in_order_of_arrival() -> None:
    """Each once, empty ones not; the fields are named."""
    many = [str(index) for index in range(101)]
    hundred = many[:100]
    plan = language.parse(f"count{FROM}by All_Traffic.app All_Traffic.src_zone All_Traffic.dest")
    table = hunt.answer(plan, [row(app=[*many, "", "7"], src_zone=hundred, dest="d")])
    joined = ["\n".join(many).encode(), "\n".join(hundred).encode()]
    assert table.rows == [[[joined[0]], [joined[1]], [b"d"], [b"1"]]]
    assert table.capped == {("All_Traffic.app", "All_Traffic.src_zone"): 1}


def test_B5_grouping_is_on_the_exact_text() -> None:
    """Case, blanks and spellings of numbers matter."""
    stream = [row(dest=text) for text in ("a", "A", " a", "1", "01", "1.0", "a")]
    found = rows_of(f"count{FROM}by All_Traffic.dest", *stream)
    assert found == [["01", "1"], ["1", "1"], ["1.0", "1"], [" a", "1"], ["A", "1"], ["a", "2"]]


def test_B7_separators_and_quotes_in_by() -> None:
    """Blanks or commas, mixed."""
    plan = language.parse(f'count{FROM}by host, "All_Traffic.src" ,source sourcetype,index')
    assert plan.by == ["host", "All_Traffic.src", "source", "sourcetype", "index"]
    assert refused(f"count{FROM}by")


def test_B8_an_empty_value_counts_as_null_in_by() -> None:
    """Among other values it goes; alone it is filled."""
    stream = [row(app=[""]), row(app=["", "a"])]
    plan = f"fillnull_value=null count{FROM}by All_Traffic.app"
    assert rows_of(plan, *stream) == [["a", "1"], ["null", "1"]]


# ---- functions (section 3) ----


def test_F1_count_and_count_of_a_field() -> None:
    """A null counts nothing, a multivalue each value, also an empty one."""
    stream = [row(dest="d", app=["a", "", "a"]), row(dest="d"), row(dest="d", app="b")]
    plan = f"count count(All_Traffic.app){FROM}by All_Traffic.dest"
    assert rows_of(plan, *stream) == [["d", "3", "4"]]


def test_F2_min_and_max_put_numbers_before_text() -> None:
    """min is the smallest number, max the largest text; upper case before lower case."""
    plan = f"min(All_Traffic.app) max(All_Traffic.app){FROM}by All_Traffic.dest"
    for values, expected in (
        (["10", "9", "70"], ["9", "70"]),
        (["10", "b", "A", "-3"], ["-3", "b"]),
        (["b", "A", "a"], ["A", "b"]),
        (["", "1"], ["1", ""]),
        ([], ["<null>", "<null>"]),
    ):
        stream = [row(dest="d", app=value or [""]) for value in values] or [row(dest="d")]
        assert rows_of(plan, *stream) == [["d", *expected]], values


def test_F2_ties_go_to_the_smallest_text_for_min_and_max() -> None:
    """1, 01 and 1.0 are equal; 01 is the smallest by bytes."""
    stream = [row(dest="d", app=value) for value in ("1.0", "1", "01", "1e0")]
    plan = f"min(All_Traffic.app) max(All_Traffic.app){FROM}by All_Traffic.dest"
    assert rows_of(plan, *stream) == [["d", "01", "01"]]


def test_F3_values_are_distinct_texts_in_byte_order() -> None:
    """10, 100, 70, 9; nulls are not listed, an empty value is."""
    stream = [row(dest="d", app=value) for value in ("9", "70", "100", "10", "9")]
    plan = f"values(All_Traffic.app){FROM}by All_Traffic.dest"
    assert rows_of(plan, *stream, row(dest="d")) == [["d", "10|100|70|9"]]
    assert rows_of(plan, row(dest="d", app=["b", ""])) == [["d", "|b"]]
    assert rows_of(plan, row(dest="d")) == [["d", "<null>"]]


def test_F4_multivalue_cells_leave_as_two_columns() -> None:
    """Plain columns first, then __mv_ columns of the values() functions only."""
    plan = f"values(All_Traffic.app) as app count{FROM}by All_Traffic.dest"
    body = csv_dialect.write(
        [b"dest", b"app"],
        [
            row(dest="d", app="b$"),
            row(dest="d", app="a"),
            row(dest="e", app="x.y"),
            row(dest="f"),
            row(dest="g", app=[""]),
        ],
    )
    assert hunt.reply_body(hunt.run(plan, [body])) == (
        b'"All_Traffic.dest",app,count,"__mv_app"\n'
        b'd,"a\nb$",2,"$a$;$b$$$"\n'
        b'e,"x.y",1,\n'
        b"f,,1,\n"
        b'g,,1,"$$"\n'
    )


def test_no_rows_give_a_header_line_only() -> None:
    """With the same columns as ever."""
    plan = f"count values(All_Traffic.app){FROM}where All_Traffic.dest=x by All_Traffic.dest"
    assert hunt.reply_body(hunt.run(plan, [b"dest\ny\n", b""])) == (
        b'"All_Traffic.dest",count,"values(All_Traffic.app)","__mv_values(All_Traffic.app)"\n'
    )


def test_F9_times_stay_as_they_came() -> None:
    """Epoch with its fraction, ISO text as epoch, a null not counted."""
    stream = [
        row(dest="d", _time=time)
        for time in ("2023-01-29T11:33:00.1234567Z", "1674991980.5", "1674991980", None)
    ]
    plan = f"min(_time) as a max(_time) as b values(_time) as c{FROM}by All_Traffic.dest"
    assert rows_of(plan, *stream) == [
        ["d", "1674991980", "1674991980.5", "1674991980|1674991980.1234567|1674991980.5"]
    ]
    assert rows_of(plan, stream[0])[0][1] == "1674991980.123456"


# ---- WHERE (section 4) ----

FOUR = [
    row(app="1", src="a", dest="x"),
    row(app="2", src="a", dest="y"),
    row(app="3", src="b", dest="x"),
    row(app="4", src="b", dest="y"),
]


def test_W1_or_binds_tighter_than_and() -> None:
    """A=1 OR A=2 B=3 is (A=1 OR A=2) AND B=3; NOT binds tightest; parentheses first."""
    src, dest = "All_Traffic.src", "All_Traffic.dest"
    assert kept(f"{src}=a OR {src}=b {dest}=x", *FOUR) == "1 3"
    assert kept(f"{dest}=x AND {src}=a OR {src}=b", *FOUR) == "1 3"
    assert kept(f"{src}=a OR ({src}=b {dest}=x)", *FOUR) == "1 2 3"
    assert kept(f"NOT {src}=a OR {dest}=x", *FOUR) == "1 3 4"
    assert kept(f"NOT ({src}=a OR {dest}=x)", *FOUR) == "4"
    assert kept(f"NOT ({src}=a {dest}=x)", *FOUR) == "2 3 4"
    assert kept(f"NOT NOT {src}=a", *FOUR) == "1 2"


def test_W1_operators_are_upper_case_only() -> None:
    """In lower case they are bare words, which are refused (W11)."""
    assert "and alone" in refused(f"count{FROM}where host=a and host=b by host")
    assert "or alone" in refused(f"count{FROM}where host=a or host=b by host")


def test_W2_equality_compares_text() -> None:
    """ "1" is not "1.0"; quotes make no difference."""
    stream = [row(app=text, dest_port=text) for text in ("7844", "07844", "7844.0", "78440")]
    assert kept("All_Traffic.dest_port=7844", *stream) == "7844"
    assert kept('All_Traffic.dest_port="7844"', *stream) == "7844"
    assert kept("All_Traffic.dest_port!=7844", *stream) == "07844 7844.0 78440"


def test_W3_order_is_numeric_if_both_are_numbers_else_text() -> None:
    """Text ignores case; on null every order is false."""
    stream = [row(app=text, user=text) for text in ("9", "10", "010", "a", "B", "-")]
    assert kept("All_Traffic.user>9", *stream) == "010 10 B a"
    assert kept("All_Traffic.user<=9.0", *stream) == "9 -"
    assert kept("All_Traffic.user<=10", *stream) == "9 010 10 -"
    assert kept("All_Traffic.user>=b", *stream) == "B"
    assert kept("All_Traffic.user<B", *stream) == "9 010 10 - a"
    assert kept("All_Traffic.direction>=0", *stream) == ""


def test_W4_text_ignores_ascii_case_but_field_names_do_not() -> None:
    """Only A-Z folds."""
    stream = [row(app=text) for text in ("Cloud", "CLOUD", "\u00c4", "\u00e4")]
    assert kept("All_Traffic.app=cLOUD", *stream) == "CLOUD Cloud"
    assert kept('All_Traffic.app="\u00e4"', *stream) == "\u00e4"
    assert kept("All_Traffic.App=*", *stream) == ""


def test_W5_wildcards() -> None:
    """Any run, also none, at any place; ? and . are ordinary; never a null; newlines too."""
    stream = [row(app=text) for text in ("abc", "ac", "a?c", "a.c", "xabcx", "a\nc")]
    assert kept("All_Traffic.app=a*c", *stream) == "a\nc a.c a?c abc ac"
    assert kept("All_Traffic.app=a?c", *stream) == "a?c"
    assert kept("All_Traffic.app=a.c", *stream) == "a.c"
    assert kept("All_Traffic.app=*b*", *stream) == "abc xabcx"
    assert kept("All_Traffic.app!=a*", *stream) == "xabcx"
    assert kept("All_Traffic.app=*ab*bc*", *stream) == ""
    assert kept("All_Traffic.direction=*", *stream) == ""


def test_W5_a_lone_asterisk_asks_whether_the_field_exists() -> None:
    """An empty value exists; f!=* never matches (W6)."""
    stream = [row(app="1", direction="x"), row(app="2"), row(app="3", direction=[""])]
    assert kept("All_Traffic.direction=*", *stream) == "1 3"
    assert kept("NOT All_Traffic.direction=*", *stream) == "2"
    assert kept("All_Traffic.direction!=*", *stream) == ""
    assert kept("NOT All_Traffic.direction!=*", *stream) == "1 2 3"
    assert kept('All_Traffic.direction=""', *stream) == "3"


def test_W6_not_keeps_nulls_and_unequal_does_not() -> None:
    """With a text as the filter value."""
    stream = [row(app="1", rule="r"), row(app="2", direction="in"), row(app="3", direction="out")]
    assert kept("NOT All_Traffic.direction=in", *stream) == "1 3"
    assert kept("All_Traffic.direction!=in", *stream) == "3"
    assert kept("NOT All_Traffic.direction!=in", *stream) == "1 2"


def test_W6_a_numeric_filter_value_leaves_nulls_out_unless_told() -> None:
    """The option acts on negated leaves; a wildcard is no number."""
    stream = [row(app="1", rule="r"), row(app="2", tos="5"), row(app="3", tos="6")]
    option = "include_events_omitted_when_filtering_numeric_values="

    def both(where: str) -> tuple[str, str]:
        found: list[str] = []
        for value in ("false", "true"):
            plan = f"{option}{value} count{FROM}where {where} by All_Traffic.app"
            found.append(" ".join(line[0] for line in rows_of(plan, *stream)))
        return found[0], found[1]

    assert both("NOT All_Traffic.tos=5") == ("3", "1 3")
    assert both('NOT All_Traffic.tos="5.0"') == ("2 3", "1 2 3")
    assert both("NOT All_Traffic.tos<6") == ("3", "1 3")
    assert both("NOT All_Traffic.tos=5*") == ("1 3", "1 3")
    assert both("NOT (All_Traffic.tos=5 OR All_Traffic.app=3)") == ("", "1")
    assert both("NOT (All_Traffic.tos=5 All_Traffic.app=3)") == ("1 2 3", "1 2 3")
    assert both("NOT NOT All_Traffic.tos=5") == ("2", "2")
    assert both("All_Traffic.tos!=5") == ("3", "3")


def test_W7_in_is_or_of_equals() -> None:
    """Commas or blanks, wildcards, NOT before it."""
    assert kept("All_Traffic.app IN (1, 3)", *FOUR) == "1 3"
    assert kept('All_Traffic.app IN ("1" "4*",x)', *FOUR) == "1 4"
    assert kept("NOT All_Traffic.app IN (1,2)", *FOUR) == "3 4"
    assert refused(f"count{FROM}where host IN () by host")
    assert refused(f"count{FROM}where host IN (a by host")


def test_W8_backslashes() -> None:
    """Two are one, quote and pipe lose theirs, any other stays; the same outside quotes."""

    def value(text: str) -> str:
        where = language.parse(f"count{FROM}where host={text} by host").where
        assert isinstance(where, language.Comparison)
        return where.value

    assert value(r'"*\\Ftp.exe"') == r"*\Ftp.exe"
    assert value(r"*\\Ftp.exe") == r"*\Ftp.exe"
    assert value(r'"*\sam *"') == r"*\sam *"
    assert value(r'"say \"hi\""') == 'say "hi"'
    assert value(r'"a\|b|c"') == "a|b|c"
    assert value(r"a\|b") == "a|b"
    assert value(r"C:\Users\*") == r"C:\Users\*"
    assert value(r'"\\\\"') == r"\\"
    assert "quote" in refused(rf'count{FROM}where host="a\" by host')


def test_W8_backslash_backslash_star_is_a_backslash_and_a_wildcard() -> None:
    """ESCU relies on it."""
    stream = [row(app=r"C:\Users\x"), row(app="C:/Users/x")]
    assert kept(r"All_Traffic.app=*\\users\\*", *stream) == r"C:\Users\x"


def test_W9_operator_words_as_values_must_be_quoted() -> None:
    """In quotes they are values."""
    for word in ("IN", "AS", "AND", "OR"):
        assert word in refused(f"count{FROM}where host={word} by host")
        assert language.parse(f'count{FROM}where host="{word}" by host')


def test_W11_a_bare_asterisk_is_everything_and_bare_terms_are_refused() -> None:
    """TERM() as well."""
    assert kept("*", *FOUR) == "1 2 3 4"
    assert kept("NOT *", *FOUR) == ""
    assert kept("* All_Traffic.app=2", *FOUR) == "2"
    assert "cloudflared" in refused(f"count{FROM}where cloudflared by host")
    assert "TERM" in refused(f"count{FROM}where TERM(7844) by host")


def test_W13_metadata_is_compared_with_the_events_own_fields() -> None:
    """index, source, sourcetype, host and _time."""
    stream = [row(app="1", sourcetype="pan:traffic", _time="5"), row(app="2", host="h", _time="6")]
    assert kept("sourcetype=PAN:*", *stream) == "1"
    assert kept("host=h", *stream) == "2"
    assert kept("_time>5", *stream) == "2"


def test_W16_comments_are_removed_first() -> None:
    """Also between a field and its operator."""
    assert kept("All_Traffic.app ``` the app ``` = 2 ``` a\nb ```", *FOUR) == "2"


def test_W18_from_names_the_model_with_or_without_the_dataset() -> None:
    """Always with an equals sign."""
    for source in ("Network_Traffic.All_Traffic", "Network_Traffic"):
        plan = language.parse(f"count from datamodel={source} by host")
        assert (plan.model, plan.dataset) == ("Network_Traffic", "All_Traffic")
    assert refused("count from datamodel Network_Traffic by host")
    assert refused("count from Network_Traffic by host")


def test_where_on_multivalues_asks_for_any_value() -> None:
    """So = and != may both hold, and NOT is the plain opposite."""
    stream = [row(app="1", tag=["a", "b"]), row(app="2", tag=["b"]), row(app="3", tag=["a", "a"])]
    assert kept("All_Traffic.tag=a", *stream) == "1 3"
    assert kept("All_Traffic.tag!=a", *stream) == "1 2"
    assert kept("NOT All_Traffic.tag=a", *stream) == "2"
    assert kept("All_Traffic.tag=a All_Traffic.tag=b", *stream) == "1"


def test_words_of_where() -> None:
    """Quoted fields, blanks round the operator, values with parentheses."""
    assert kept('"All_Traffic.app" = "2"', *FOUR) == "2"
    assert kept("(All_Traffic.app != 2)", *FOUR) == "1 3 4"
    plan = language.parse(f"count{FROM}where (host=a(b)c) by host")
    assert plan.where == language.Comparison("host", "=", "a(b)c")
    assert refused(f"count{FROM}where (host=a by host")
    assert refused(f"count{FROM}where host=a) by host")
    assert refused(f"count{FROM}where host= by host")
    assert refused(f"count{FROM}where by host")


def test_what_is_no_part_of_the_language_is_refused_by_name() -> None:
    """Never guessed."""
    for part, named in (
        ("where earliest=-1h by host", "earliest"),
        ("where [search x] by host", "subsearch"),
        ("by host span=1h", "span"),
        ("by host | head 5", "drop_dm_object_name"),
    ):
        assert named in refused(f"count{FROM}{part}"), part
    assert "Processes" in refused("count from datamodel=Endpoint.Process by host")


# ---- after tstats (section 5) ----


def test_C1_the_tail_strips_the_prefix_and_columns_keep_their_place() -> None:
    """With or without the argument, its quotes and the backticks; a call's name is not a prefix."""
    head = f"values(All_Traffic.src) count as All_Traffic.n{FROM}by All_Traffic.dest host"
    for tail in (
        "| drop_dm_object_name",
        "| `drop_dm_object_name(All_Traffic)`",
        '|`drop_dm_object_name("All_Traffic")`',
        "| drop_dm_object_name( All_Traffic )",
    ):
        assert hunt.columns(language.parse(f"{head} {tail}")) == [
            "dest",
            "host",
            "values(All_Traffic.src)",
            "n",
        ], tail
    assert hunt.columns(language.parse(head))[0] == "All_Traffic.dest"
    assert hunt.columns(language.parse(f"{head} | `drop_dm_object_name(Other)`"))[0] == (
        "All_Traffic.dest"
    )
    assert refused(f"{head} | `drop_dm_object_name(All_Traffic)")


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


# ---- all together ----


def test_the_default_hunt_end_to_end() -> None:
    """Raw, bare and prefixed events in one stream, cut into two bodies: the exact reply."""
    first = csv_dialect.write(
        [b"_time", b"_raw", b"host"],
        [
            row(_time="1674991990.5", _raw=xml()),
            row(_raw=xml(SourcePort="9")),
            row(_raw=xml(DestinationPort="78440")),
            row(_raw=xml(SourcePort="7844", DestinationPort="443")),
            row(_raw=xml("Microsoft-Windows-Security-Auditing")),
        ],
    )
    second = csv_dialect.write(
        [b"All_Traffic.dest_port", b"dest_port", b"dest", b"_time", b"src_port"],
        [
            row(t_dest_port="7844", dest="d", _time="5", src_port="-"),
            row(dest_port="7844", dest="d", _time="4.0"),
            row(dest_port="7843", dest="d"),
        ],
    )
    header = ",".join(f'"{name}"' if "_" in name else name for name in COLUMNS.split())
    assert hunt.reply_body(hunt.run(hunt.DEFAULT_HUNT, [first, second])).decode() == (
        f'{header},"__mv_src_port"\n'
        'allowed,"C:\\Tools\\cloudflared.exe","region1.v2.argotunnel.com","198.41.192.57",7844,'
        'outbound,"host-1",ip,ipv4,"host-1.acme.local","10.0.0.1",tcp,alice,"Microsoft Sysmon",2,'
        '1674991980,"1674991990.5","50001\n9","$50001$;$9$"\n'
        "unknown,null,d,null,7844,null,unknown,null,null,unknown,null,unknown,unknown,unknown,2,"
        "4,5,0,\n"
    )


def test_the_answer_does_not_depend_on_the_split_into_bodies() -> None:
    """Nor on the order of rows."""
    random = Random(11)
    stream = generate.rows(random, 120)
    columns = sorted({name for item in stream for name in item})
    plan = generate.plan(random)
    whole = hunt.reply_body(hunt.run(plan, [csv_dialect.write(columns, stream)]))
    for size in (1, 7, 50):
        random.shuffle(stream)
        pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
        cut = [csv_dialect.write(columns, piece) for piece in pieces]
        assert hunt.reply_body(hunt.run(plan, cut)) == whole


def test_the_generators_are_deterministic_and_reach_everything() -> None:
    """Every kind of row, damaged cells, several groups; every plan parses."""
    kinds: dict[model.Kind, int] = {}
    damaged = groups = 0
    for seed in range(40):
        made = generate.case(seed, 30)
        assert made == generate.case(seed, 30)
        table = hunt.run(made.plan, made.bodies, made.switches)
        damaged += table.damaged
        groups += len(table.rows)
        for kind, count in table.kinds.items():
            kinds[kind] = kinds.get(kind, 0) + count
    assert min(kinds[kind] for kind in model.Kind) > 50
    assert damaged > 10
    assert groups > 200


# ---- a second oracle over the shared data: xml.etree and plain dicts, nothing of the model ----


def oracle_fields(text: bytes) -> dict[str, str] | None:
    """The 14 fields, src_port and _time of a Sysmon EventID 3, or None."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None
    elements = {element.tag.split("}")[-1]: element for element in root.iter()}
    provider = elements["Provider"].get("Name")
    if provider not in ("Microsoft-Windows-Sysmon", "Linux-Sysmon"):
        return None
    if elements["EventID"].text != "3":
        return None
    data = {
        element.get("Name", ""): element.text or ""
        for element in root.iter()
        if element.tag.split("}")[-1] == "Data"
    }
    windows = provider == "Microsoft-Windows-Sysmon"
    moment = datetime.strptime(
        elements["TimeCreated"].get("SystemTime", "")[:19], "%Y-%m-%dT%H:%M:%S"
    )
    user = data.get("User", "")
    return {
        "action": "allowed",
        "app": data.get("Image") or "null",
        "dest": data.get("DestinationHostname") or data.get("DestinationIp") or "unknown",
        "dest_ip": data.get("DestinationIp") or "null",
        "dest_port": data["DestinationPort"],
        "direction": "outbound" if data.get("Initiated") == "true" else "inbound",
        "dvc": elements["Computer"].text or "unknown",
        "protocol": "ip",
        "protocol_version": "ipv6"
        if "true" in (data.get("DestinationIsIpv6"), data.get("SourceIsIpv6"))
        else "ipv4",
        "src": data.get("SourceHostname") or data.get("SourceIp") or "unknown",
        "src_ip": data.get("SourceIp") or "null",
        "transport": data.get("Protocol", "").lower() or "unknown",
        "user": (user.split("\\")[-1] if windows else user) or "unknown",
        "vendor_product": "Microsoft Sysmon" if windows else "Sysmon for Linux",
        "src_port": data.get("SourcePort") or "0",
        "_time": str(int(moment.replace(tzinfo=timezone.utc).timestamp())),
    }


def oracle_table(found: list[dict[str, str]]) -> list[list[str]]:
    """Grouped, counted and sorted; src_port's values joined by |."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for fields in found:
        groups.setdefault(tuple(fields[name] for name in BY_FIELDS.split()), []).append(fields)

    def order(key: tuple[str, ...]) -> list[tuple[int, int, bytes]]:
        return [
            (0, int(text), b"") if re.fullmatch("[0-9]+", text) else (1, 0, text.encode())
            for text in key
        ]

    return [
        [
            *key,
            str(len(groups[key])),
            str(min(int(fields["_time"]) for fields in groups[key])),
            str(max(int(fields["_time"]) for fields in groups[key])),
            "|".join(sorted({fields["src_port"] for fields in groups[key]})),
        ]
        for key in sorted(groups, key=order)
    ]


def escaped(fields: dict[str, str]) -> dict[str, str]:
    """The fields with their entities as Windows writes them into the text (S11)."""
    return {name: escape(value) for name, value in fields.items()}


def stream_of(texts: Iterable[bytes]) -> list[Row]:
    """Rows of nothing but _raw."""
    return [{b"_raw": [text]} for text in texts]


@pytest.fixture(scope="module")
def corpus(shared: Path) -> list[bytes]:
    """Every event of the shared data once: negatives, near misses and derived positives."""
    files = event_files(shared / "data")
    return list(dict.fromkeys(text for path in files for text in event_texts(path)))


@pytest.fixture(scope="module")
def connections(corpus: list[bytes]) -> dict[bytes, dict[str, str]]:
    """What the oracle finds in it: the fields of every Sysmon EventID 3."""
    found = {text: oracle_fields(text) for text in corpus}
    return {text: fields for text, fields in found.items() if fields is not None}


@pytest.fixture(scope="module")
def tunnels(connections: dict[bytes, dict[str, str]]) -> list[list[str]]:
    """The oracle's table of the hunt, entities as in the text."""
    found = [fields for fields in connections.values() if fields["dest_port"] == "7844"]
    assert len(found) == 41
    return oracle_table([escaped(fields) for fields in found])


def test_corpus_the_hunt_finds_the_derived_positives_and_nothing_else(
    corpus: list[bytes], tunnels: list[list[str]], shared: Path
) -> None:
    """41 events, over all negatives and near misses."""
    assert len(event_texts(shared / "data" / "derived-positives.xml")) == 41
    found = rows_of(hunt.DEFAULT_HUNT, *stream_of(corpus))
    assert found == tunnels
    assert sum(int(line[14]) for line in found) == 41


def test_corpus_every_network_connection_is_read_alike(
    connections: dict[bytes, dict[str, str]],
) -> None:
    """Not only those to port 7844; decoded, because xml.etree decodes."""
    plan = hunt.DEFAULT_HUNT.replace("dest_port=7844", "dest_port=*")
    found = rows_of(plan, *stream_of(connections), switches=Switches(entities="decode"))
    assert len(connections) > 5_000
    assert found == oracle_table(list(connections.values()))


def test_corpus_entities_stay_as_they_are_in_the_text(
    connections: dict[bytes, dict[str, str]],
) -> None:
    """The connections that have any, and some that have none."""
    plan = hunt.DEFAULT_HUNT.replace("dest_port=7844", "dest_port=*")
    chosen = [text for index, text in enumerate(connections) if b"&" in text or index % 10 == 0]
    assert any(b"&amp;" in text for text in chosen)
    expected = oracle_table([escaped(connections[text]) for text in chosen])
    assert rows_of(plan, *stream_of(chosen)) == expected


def test_corpus_through_csv_in_random_order(
    corpus: list[bytes], tunnels: list[list[str]], shared: Path
) -> None:
    """The positives and near misses among some negatives, in three bodies."""
    random = Random(3)
    made = [
        text
        for name in ("derived-positives.xml", "derived-near-misses.xml")
        for text in event_texts(shared / "data" / name)
    ]
    others = [text for text in random.sample(corpus, 400) if text not in made]
    stream = stream_of(made + others)
    random.shuffle(stream)
    bodies = [csv_dialect.write([b"_raw"], stream[start::3]) for start in range(3)]
    table = hunt.run(hunt.DEFAULT_HUNT, bodies)
    assert [[b"|".join(cell).decode() for cell in cells] for cells in table.rows] == tunnels
