"""Hand-worked examples that pin the model's CSV dialect, numbers and times."""

from __future__ import annotations

from random import Random

import pytest

from reference import csv_dialect, generate, hunt, number
from reference_tools import (
    FROM,
)

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
