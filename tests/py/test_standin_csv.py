"""The stand-in's CSV bodies: splunkd's own format to the byte; any other spelling is caught."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standin.csv_body import (
    CsvViolation,
    Table,
    decode_multivalue,
    encode_multivalue,
    read_records,
    read_table,
    write_body,
)

CSV_FAULTS = {
    "ragged, too few": b"a,b\n1\n",
    "ragged, too many": b"a\n1,2\n",
    "no end": b"a\n1",
    "CRLF": b"a\r\n1\r\n",
    "bare underscore": b"a_b\n1\n",
    "bare blank": b"a\n1 2\n",
    "bare UTF-8": "a\né\n".encode(),
    "quotes for no need": b'a\n"1"\n',
    "empty quotes": b'a\n""\n',
    "open quotes": b'a\n"1 2\n',
    "single quote inside": b'a\n"1 "2"\n',
    "quote in a bare cell": b'a\n1"2\n',
    "blank after quotes": b'a\n"1 2" \n',
    "column twice": b"a,a\n1,2\n",
    "multivalue column alone": b'a,"__mv_b"\n1,\n',
    "multivalue disagrees": b'a,"__mv_a"\n"1\n2","$1$;$3$"\n',
    "multivalue open": b'a,"__mv_a"\n"1\n2","$1$;$2"\n',
    "multivalue without semicolon": b'a,"__mv_a"\n"1\n2","$1$,$2$"\n',
}


@pytest.mark.parametrize("body", CSV_FAULTS.values(), ids=CSV_FAULTS.keys())
def test_a_faulty_body_is_caught(body: bytes) -> None:
    with pytest.raises(CsvViolation):
        read_table(body)


def test_a_body_in_splunkd_s_own_format() -> None:
    rows = [
        ((b"1",), (), (b'say "hi"',)),
        ((b"a", b"b$", b""), (b"x\ny",), (b"",)),
    ]
    body = write_body((b"a", b"_b", b"c::d"), rows)
    assert body == (
        b'a,"_b","c::d","__mv_a","__mv__b","__mv_c::d"\n'
        b'1,,"say ""hi""",,,\n'
        b'"a\nb$\n","x\ny",,"$a$;$b$$$;$$",,"$$"\n'
    )
    assert read_table(body) == Table((b"a", b"_b", b"c::d"), tuple(rows))


def test_bodies_without_rows() -> None:
    assert read_table(b"") == Table((), ())
    assert read_table(b"a\n") == Table((b"a",), ())
    assert read_table(b"a\n\n") == Table((b"a",), (((),),))


@pytest.mark.parametrize(
    "cell, values",
    [
        (b"$$", (b"",)),
        (b"$$;$$", (b"", b"")),
        (b"$$$$", (b"$",)),
        (b"$a$$;$$b$", (b"a$;$b",)),
        (b"$a$$$;$b$", (b"a$", b"b")),
        (b"$a$$b$;$c$;$$", (b"a$b", b"c", b"")),
    ],
)
def test_multivalue_cells(cell: bytes, values: tuple[bytes, ...]) -> None:
    assert decode_multivalue(cell) == values
    if len(values) > 1:
        assert encode_multivalue(values) == cell


CELL_TEXT = st.text('aZ5,;"$\n\r_ é', max_size=4).map(str.encode)
CELL_VALUES = st.lists(CELL_TEXT, max_size=3).map(tuple)


@given(st.lists(st.tuples(CELL_VALUES, CELL_VALUES), max_size=4))
def test_what_is_written_is_read_again(rows: list[tuple[tuple[bytes, ...], ...]]) -> None:
    assert read_table(write_body((b"a", b"b c"), rows)).rows == tuple(rows)


def test_records_are_what_stands_there() -> None:
    assert read_records(b'a,"b c"\n,"1\n2"\n') == [[b"a", b"b c"], [b"", b"1\n2"]]
    assert json.loads(b"{}") == {}
