"""Hand-worked examples that pin the model of the language, each named after its rule."""

from __future__ import annotations

from reference import csv_dialect, hunt, language
from reference_tools import (
    COLUMNS,
    FROM,
    kept,
    refused,
    row,
    rows_of,
)

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
