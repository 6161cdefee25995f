"""The reference model of the whole language, by examples worked by hand from the rules.

test_reference.py has the rules that the Cloudflared hunt alone needs. The facts of the data models
are held against the shared table where it is present.
"""

from __future__ import annotations

import json
import re
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from reference import functions, generate, generate_plans, hunt, language, models, where
from reference.csv_dialect import Row
from reference.generate_rows import rows_for
from reference.language import parse
from reference.respell import respelled
from reference_tools import FROM, Given, kept, refused, row, rows_of

PROCESSES = " from datamodel=Endpoint.Processes "
CHANGES = " from datamodel=Change.All_Changes "
REFUSED = {"Detection of DNS Tunnels", "Suspicious Linux Discovery Commands"}


def result(call: str, *texts: Given) -> str:
    """What a function makes of one field's values in so many events; null is <null>."""
    stream = [row(app=text, dest="d") for text in texts]
    (line,) = rows_of(
        f"{call.replace('(x)', '(All_Traffic.app)')}{FROM}by All_Traffic.dest", *stream
    )
    return line[1]


def timed(call: str, *pairs: tuple[Given, str]) -> str:
    """The same of (value, _time)."""
    stream = [row(app=text, _time=time, dest="d") for text, time in pairs]
    (line,) = rows_of(f"{call}(All_Traffic.app){FROM}by All_Traffic.dest", *stream)
    return line[1]


def eval_of(field: str, fields: Row) -> str:
    """A field of one row after the evals: Model.Root[.Child].field."""
    model, _, written = field.partition(".")
    root = written.partition(".")[0]
    plan = f"values({written}) from datamodel={model}.{root}"
    (line,) = rows_of(plan, {b"tag": [b"t"], **fields})
    return line[0]


def passing(source: str, condition: str, stream: dict[str, Row]) -> str:
    """The names of the rows that pass, each a value of tag."""
    root = parse(f"count from datamodel={source}").dataset
    found: list[str] = []
    for name, fields in stream.items():
        plan = f"count from datamodel={source} where {condition}"
        if rows_of(plan, {**fields, b"user_agent": [b"x"]}) == [["1"]]:
            found.append(name)
    assert root
    return " ".join(found)


# ---- the command (section 1) ----


def test_T2_every_function_is_known_in_any_case_and_list_is_not() -> None:
    """N of percN: 0 to 100 with at most three digits behind a point."""
    names = (
        "avg count distinct_count dc estdc exactperc5 max median min mode perc95 range stdev stdevp"
        " sum sumsq upperperc99.9 var varp first last values earliest earliest_time latest"
        " latest_time rate perc0 perc100"
    )
    for name in names.split():
        plan = parse(f"{name.upper()}(All_Traffic.src){FROM}")
        assert hunt.columns(plan) == [f"{name}(All_Traffic.src)"]
    for name in ("list", "perc", "perc101", "perc1.2345", "perc-1", "p95", "sumsquare"):
        assert "unknown function" in refused(f"{name}(All_Traffic.src){FROM}"), name


def test_T3_no_eval_and_no_wildcard_in_a_function() -> None:
    for call in ("sum", "dc", "perc95", "sum()", "sum(eval(x))", "dc(All_Traffic.*)"):
        assert refused(f"{call}{FROM}"), call


def test_T5_default_names_are_the_calls_as_written() -> None:
    plan = parse(f'dc("All_Traffic.src") Perc95(All_Traffic.bytes) sum( All_Traffic.bytes ){FROM}')
    assert hunt.columns(plan) == [
        "dc(All_Traffic.src)",
        "perc95(All_Traffic.bytes)",
        "sum(All_Traffic.bytes)",
    ]


def test_T10_T11_options_without_effect_are_accepted() -> None:
    text = (
        "summariesonly=t local=f include_reduced_buckets=t allow_old_summaries=t chunk_size=5"
        f" count{FROM}"
    )
    assert rows_of(text, row(dest="d")) == [["1"]]


def test_T13_time_ranges_in_where_are_refused() -> None:
    assert "earliest" in refused(f"count{FROM}where earliest=-1h")
    assert "latest" in refused(f'count{FROM}where host=a latest="now"')


# ---- BY (section 2) ----


def bins(span: str, *times: str) -> str:
    """The bins of so many events, in order."""
    stream = [row(dest="d", _time=time) for time in times]
    return " ".join(line[0] for line in rows_of(f"count{FROM}by _time {span}", *stream))


def test_B6_bins_begin_at_multiples_of_the_span() -> None:
    """Seconds, minutes, hours and days from 1970, also before it."""
    assert bins("span=30s", "29.9", "30", "59", "-1", "-30") == "-30 0 30"
    assert bins("span=5m", "299", "300") == "0 300"
    assert bins("span=1h", "3599.5", "3600") == "0 3600"
    assert bins("span=1d", "86399", "86400", "-1") == "-86400 0 86400"
    assert bins("span=7days", "1675000000") == "1674691200"  # 19383 days, less 19383 mod 7 = 0


def test_B6_months_are_calendar_months_in_utc() -> None:
    """February 29, 2024 12:00; the half years begin in January and July."""
    assert bins("span=1mon", "1709208000") == "1706745600"
    assert bins("span=6mon", "1709208000", "1719792000") == "1704067200 1719792000"
    assert bins("span=1mon", "-1", "0") == "-2678400 0"


def test_B6_without_span_a_bin_is_a_second_and_what_is_no_time_is_null() -> None:
    assert bins("", "5.9", "6", "2023-01-29T11:33:00.5Z") == "5 6 1674991980"
    stream = [row(dest="d", _time="yesterday"), row(dest="d"), row(dest="d", _time="1e1")]
    assert rows_of(f"count{FROM}by _time", *stream) == [["10", "1"]]
    filled = rows_of(f"fillnull_value=null count{FROM}by _time", *stream)
    assert filled == [["10", "1"], ["null", "2"]]


def test_B6_span_may_stand_anywhere_in_the_by_list() -> None:
    expected = parse(f"count{FROM}by _time host span=2h")
    assert expected.by == ["_time", "host"]
    for by in ("span=2h _time host", "_time span=2hours, host", "_time,host,span = 2hr"):
        assert parse(f"count{FROM}by {by}") == expected
    for by in ("host span=1h", "_time span=0s", "_time span=1", "_time span=1w", "_time span=1ms"):
        assert "span" in refused(f"count{FROM}by {by}"), by
    assert refused(f"count{FROM}by _time span=1h span=2h")


# ---- functions (section 3) ----


def test_F5_dc_counts_distinct_texts() -> None:
    assert result("dc(x)", "1", "1.0", ["a", "A", "a"], None) == "4"
    assert result("distinct_count(x)", None) == "0"


def test_F6_sums_skip_what_is_no_number_and_print_every_digit() -> None:
    values = ("0.1", "0.20", ["1e3", "-", "+5"], "12345678901234567890.5", None)
    assert result("sum(x)", *values) == "12345678901234568890.8"
    assert result("sum(x)", "1.50", "-1.5") == "0"
    assert result("sumsq(x)", "-0.5", "3") == "9.25"
    assert result("range(x)", "10", "9", "x", "-0.5") == "10.5"
    for call in ("sum(x)", "sumsq(x)", "range(x)", "avg(x)", "var(x)", "stdevp(x)"):
        assert result(call, "-", None) == "<null>", call


def test_F6_averages_and_deviations_are_rounded_once_to_17_digits() -> None:
    """Of 2 4 4 4 5 5 7 9: mean 5, sum of squared deviations 32."""
    eight = ("2", "4", "4", "4", "5", "5", "7", "9")
    assert result("avg(x)", *eight) == "5"
    assert result("varp(x)", *eight) == "4"
    assert result("stdevp(x)", *eight) == "2"
    assert result("var(x)", *eight) == "4.5714285714285714"  # 32/7 = 4.57142857142857142857
    assert result("stdev(x)", *eight) == "2.1380899352993951"  # 2.13808993529939507...
    assert result("avg(x)", "1", "1", "0") == "0.66666666666666667"
    assert result("var(x)", "7") == result("stdev(x)", "7") == "0"
    assert result("avg(x)", "1e-16", "1e-16") == "1e-16"
    assert result("avg(x)", "1e-15") == "0.000000000000001"
    assert result("avg(x)", "1e21") == "1e21"
    assert result("avg(x)", "1e20") == "100000000000000000000"
    assert result("avg(x)", "12345678901234567.5") == "12345678901234568"  # half to even
    assert result("avg(x)", "12345678901234568.5") == "12345678901234568"
    assert result("avg(x)", "-123456789012345678901234") == "-1.2345678901234568e23"


def test_F6_the_root_is_the_nearest_number_of_17_digits() -> None:
    """Squares of numbers with 18 digits that end in 5 are ties: half to even."""
    tie = 100_000_000_000_000_005**2
    found = functions.rounded_root(Fraction(tie))
    assert found == b"100000000000000000"
    assert functions.rounded_root(Fraction(tie + 1)) == b"100000000000000010"
    assert functions.rounded_root(Fraction(2)) == b"1.414213562373095"
    assert functions.rounded_root(Fraction(1, 10**60)) == b"1e-30"


def test_F6_roots_of_decimals_are_those_of_the_decimal_module() -> None:
    """An independent reader: its square root is rounded half to even."""
    random = Random(3)
    seventeen = Context(prec=17)
    for _ in range(300):
        text = f"{random.randint(0, 10 ** random.randint(1, 40))}e{random.randint(-40, 40)}"
        expected = functions.written(seventeen.sqrt(Decimal(text)))
        assert functions.rounded_root(Fraction(text)) == expected, text


def test_F6_numbers_out_of_bounds_are_skipped() -> None:
    """More than 1000 digits, or out of the powers of ten from -400 to 400."""
    assert result("sum(x)", "1e401", "1e-401", "1" * 1001, "2") == "2"
    assert result("sum(x)", "1e-400", "-1e-400", "9" * 1000) == "9" * 1000
    assert result("max(x)", "1e401", "2") == "1e401"


def test_F7_earliest_and_latest_by_time() -> None:
    """Ties at one time: the smallest value text, then the smallest time text."""
    pairs = [("b", "2"), (["c", "d"], "10"), ("e", "yesterday"), (None, "0"), ("a", "10.0")]
    assert timed("earliest", *pairs) == timed("last", *pairs) == "b"
    assert timed("latest", *pairs) == timed("first", *pairs) == "a"
    assert timed("earliest_time", *pairs) == "2"
    assert timed("latest_time", *pairs) == "10"
    assert timed("latest_time", ("x", "7.1234567"), ("y", "7")) == "7.123456"
    assert timed("latest", ("x", "soon")) == "<null>"


def test_F7_rate_is_change_by_time() -> None:
    assert timed("rate", ("10", "100"), ("40", "109")) == "3.3333333333333333"
    assert timed("rate", ("40", "100"), ("10", "110.0")) == "-3"
    for pairs in ([("1", "5"), ("2", "5.0")], [("a", "1"), ("2", "3")], [("1", "1")]):
        assert timed("rate", *pairs) == "<null>"


def test_F8_percentiles_by_nearest_rank() -> None:
    """0-based floor(N/100*n); each occurrence counts; text does not."""
    ten = [str(number) for number in range(10, 0, -1)]
    expected = {
        "perc0": "1", "perc9.999": "1", "perc10": "2", "perc50": "6", "median": "6",
        "exactperc95": "10", "upperperc89.999": "9", "perc90": "10", "perc100": "10",
    }  # fmt: skip
    for call, number in expected.items():
        assert result(f"{call}(x)", *ten) == number, call
    assert result("median(x)", "5.0", ["5", "x"], "5e0") == "5"
    assert result("median(x)", "-", None) == "<null>"


def test_F8_beyond_a_thousand_distinct_numbers_a_bucket_answers() -> None:
    """The middle of the bucket of three digits; its end for upperpercN; exactpercN stays exact."""
    thousand = [str(10000 + number) for number in range(1000)]
    assert result("median(x)", thousand, thousand) == "10500"
    more = [*thousand, "20000"]  # rank floor(1001/2) = 500
    assert result("median(x)", more) == "10550"
    assert result("upperperc50(x)", more) == "10600"
    assert result("exactperc50(x)", more) == "10500"
    assert result("perc100(x)", more) == "20050"
    assert result("perc0(x)", [*more, "-9"]) == "-9.005"


def test_F_mode_is_the_most_frequent_text_and_ties_go_to_the_smallest() -> None:
    assert result("mode(x)", "b", ["a", "b"], "a", "c") == "a"
    assert result("mode(x)", "b", "b", "a") == "b"
    assert result("mode(x)", None) == "<null>"


def test_F_without_by_there_is_one_row_always() -> None:
    calls = "count dc(All_Traffic.app) sum(All_Traffic.app) latest(All_Traffic.app)"
    assert rows_of(f"{calls}{FROM}") == [["0", "0", "<null>", "<null>"]]


# ---- WHERE (section 4) ----


def test_W10_cidr_matches_addresses_in_the_network() -> None:
    """Never across families; what is no address is compared as text."""
    texts = ["10.1.2.3", "11.0.0.1", "fe80::1", "FE80:0:0:0:0:0:0:2", "10.0.0.0/8", "010.1.2.3"]
    stream = [row(app=text) for text in texts]
    assert kept("All_Traffic.app=10.0.0.0/8", *stream) == "10.0.0.0/8 10.1.2.3"
    assert kept('All_Traffic.app!="10.9.9.9/8"', *stream) == (
        "010.1.2.3 10.0.0.0/8 11.0.0.1 FE80:0:0:0:0:0:0:2 fe80::1"
    )
    assert kept("All_Traffic.app IN (fe80::/10, 11.0.0.1/32)", *stream) == (
        "11.0.0.1 FE80:0:0:0:0:0:0:2 fe80::1"
    )
    assert kept("NOT All_Traffic.app=0.0.0.0/0", *stream) == (
        "010.1.2.3 10.0.0.0/8 FE80:0:0:0:0:0:0:2 fe80::1"
    )
    assert where.network(b"10.0.0.0/33") is None
    assert where.network(b"host/8") is None


def test_W12_nodename_of_the_root_is_always_true_and_a_child_is_its_constraints() -> None:
    stream = {
        "created": row(action="created", tag="account"),
        "deleted": row(action="deleted", t_tag="x", tag=["change", "account"]),
        "other": row(action="created", tag="audit"),
    }
    source = "Change"
    assert passing(source, "(nodename = All_Changes)", stream) == "created deleted other"
    assert passing(source, "nodename=Account_Management", stream) == "created deleted"
    for path in ("Accounts_Created", "All_Changes.Account_Management.Accounts_Created"):
        assert passing(source, f"nodename={path}", stream) == "created"
        assert passing(source, f"NOT nodename={path}", stream) == "deleted other"
    assert passing(source, "nodename=Auditing_Changes OR nodename=Accounts_Deleted", stream) == (
        "deleted other"
    )
    assert passing("Change.Account_Management", "*", stream) == "created deleted"
    assert passing("Change.All_Changes.Account_Management", "*", stream) == "created deleted"
    assert "Account_Management" in refused(
        "count from datamodel=Change where nodename=Account_Managment"
    )
    assert "All_Changes" in refused("count from datamodel=Change.All_Change")


def test_W15_a_subsearch_is_refused() -> None:
    assert "subsearch" in refused(f"count{FROM}where [search x | fields y]")


def test_W17_without_the_prefix_a_name_is_no_field_of_the_model() -> None:
    """It comes as the row has it, without evals, and null where there is no column."""
    stream = row(dest=[""], tag="x")
    assert rows_of(f"values(dest) values(Web.dest) values(All_Traffic.dest){FROM}", stream) == [
        ["", "", "unknown"]
    ]
    assert rows_of(f"values(user) values(other.user){FROM}", row(user="U", tag="x")) == [["U", "U"]]


def test_W18_a_model_alone_means_the_dataset_that_the_fields_name() -> None:
    plan = parse("count from datamodel=Endpoint by Registry.dest")
    assert plan.dataset == "Registry"
    assert parse("count from datamodel=Endpoint").dataset == "Ports"
    assert parse("count from datamodel=Change.Accounts_Created").node == "Accounts_Created"
    assert parse("count from datamodel=Own.Events").dataset == "Events"


def test_a_model_that_is_not_known_takes_fields_as_they_come() -> None:
    stream = [row(x="", host="h"), row(host="h")]
    assert rows_of("count count(E.x) from datamodel=Own.E where nodename=E.F by host", *stream) == [
        ["h", "2", "1"]
    ]


# ---- after tstats (section 5) ----


def test_C1_the_prefix_of_a_root_is_taken_off() -> None:
    plan = parse(
        "count as All_Changes.n from datamodel=Change by All_Changes.Account_Management.src_user"
        " | `drop_dm_object_name(All_Changes)`"
    )
    assert hunt.columns(plan) == ["Account_Management.src_user", "n"]


# ---- the models (section 6) ----


def test_M_root_constraints_on_fields_apply_before_where() -> None:
    stream = {
        "machine": row(action="success", user="HOST-1$"),
        "person": row(action="Success", user="alice"),
        "failed": row(action="failure", user="HOST-1$"),
        "nobody": row(action="success"),
    }
    assert passing("Authentication", "*", stream) == "person failed nobody"
    assert passing("Authentication.Successful_Authentication", "*", stream) == "person nobody"
    files = {name: row(object_category=name) for name in ("file", "REGISTRY", "user")}
    assert passing("Change", "*", files) == "user"


def test_M2_from_the_prefixed_or_the_bare_column() -> None:
    fields: Row = {b"Processes.vendor": [b"V"], b"vendor": [b"W"], b"product": [b"P"]}
    assert eval_of("Endpoint.Processes.vendor_product", fields) == "V P"


def test_M7_process_names_fall_back_to_the_first_word() -> None:
    name = "Endpoint.Processes.process_name"
    assert eval_of(name, row(process_name="a.exe", process="b.exe /c")) == "a.exe"
    assert eval_of(name, row(process_name=[""], process=" \tb.exe\t/c\nx")) == "b.exe"
    assert eval_of(name, row(process=["b.exe x", "c"])) == "b.exe|c"
    assert eval_of(name, row(process=[""])) == "unknown"
    assert eval_of("Endpoint.Processes.process_guid", row(process="x")) == "<null>"
    assert eval_of("Endpoint.Processes.process_integrity_level", row(x="y")) == "<null>"


EVALS = [
    ("Endpoint.Processes.process_integrity_level", row(process_integrity_level="High"), "high"),
    ("Endpoint.Filesystem.file_size", row(file_size=["5", "6"]), "<null>"),
    ("Endpoint.Filesystem.file_size", row(file_size="x"), "<null>"),
    ("Endpoint.Ports.dest_port", row(dest_port=["", "x"]), "0|x"),
    ("Endpoint.Ports.transport_dest_port", row(transport=["tcp", "udp"], dest_port="53"), "tcp/53"),
    ("Endpoint.Ports.transport_dest_port", row(), "unknown/0"),
    (
        "Endpoint.Ports.transport_dest_port",
        row(transport_dest_port="tcp/1", dest_port="5"),
        "tcp/1",
    ),
    ("Network_Traffic.All_Traffic.packets", row(packets_in="0.5", packets_out="0.50"), "1"),
    ("Network_Traffic.All_Traffic.bytes", row(bytes=["1", "2"], bytes_in="3"), "<null>"),
    ("Network_Traffic.All_Traffic.bytes_out", row(bytes="1e3", bytes_in="1"), "999"),
    ("Network_Resolution.DNS.answer_count", row(answer=["a", "", "b"]), "3"),
    ("Network_Resolution.DNS.answer_count", row(answer_count="7", answer="a"), "7"),
    ("Network_Resolution.DNS.query_count", row(query_count="x"), "1"),
    ("Network_Resolution.DNS.reply_code_id", row(reply_code="NXDomain"), "NXDomain"),
    ("Network_Resolution.DNS.reply_code", row(reply_code_id="3"), "<null>"),
    ("Web.Web.url", row(url="-"), "unknown"),
    ("Web.Web.action", row(action="-"), "-"),
    ("Web.Web.url_length", row(url="\u00e9\u00e9x"), "3"),
    ("Web.Web.url_length", row(), "<null>"),
    ("Web.Web.url_length", {b"url": [b"a\xff\xe2\x82"]}, "4"),
    ("Web.Web.url_domain", row(url="https://u:p@h.example:8443/x"), "h.example"),
    ("Web.Web.url_domain", row(url="HTTP://h/"), "<null>"),
    ("Web.Web.url_domain", row(url_domain="own", url="http://h/"), "own"),
    ("Web.Web.http_referrer_domain", row(http_referrer="ftp://h"), "h"),
    ("Authentication.Authentication.app", row(app=[""], sourcetype="st"), "st"),
    ("Authentication.Authentication.app", row(), "<null>"),
    ("Alerts.Alerts.app", row(app="a", sourcetype="st"), "a"),
    ("Change.All_Changes.command", row(command="c"), "c"),
    ("Change.All_Changes.command", row(), "unknown"),
    (
        "Change.All_Changes.command",
        row(command="c", sourcetype="audittrail", Operation="O", ObjectName="N"),
        "O N",
    ),
    ("Change.All_Changes.command", row(command="c", sourcetype="audittrail"), "<null>"),
    ("Change.All_Changes.result", row(result=[""], signature="s"), "s"),
    ("Change.All_Changes.result", row(), "unknown"),
    ("Change.All_Changes.result_id", row(), "-1"),
    ("Change.All_Changes.Account_Management.src_user", row(), "unknown"),
    ("Change.All_Changes.src_user", row(src_user="u"), "u"),
    ("Email.All_Email.recipient_count", row(recipient=["a@b", "c@d"]), "2"),
    ("Email.All_Email.recipient_domain", row(recipient=["a@b", "c", "c@d@e"]), "b|e"),
    ("Email.All_Email.src_user_domain", row(src_user="a@"), "<null>"),
    ("Email.All_Email.src_user_domain", row(src_user=["a@b@", "a@@", "a@c\n"]), "@|b@|c"),
    ("Email.All_Email.src_user_domain", row(src_user="a\n@b"), "<null>"),
    ("Updates.Updates.signature", row(signature_id="unknown"), "unknown"),
    ("Updates.Updates.signature", row(signature_id="KB1"), "KB1"),
    ("Updates.Updates.signature_id", row(signature="S", signature_id=[""]), "S"),
    ("Vulnerabilities.Vulnerabilities.cve", row(cve=["CVE-1", ""]), "cve-1"),
    ("Network_Sessions.All_Sessions.dest_ip", row(source="stream:dhcp", yiaddr="y"), "y"),
    ("Network_Sessions.All_Sessions.dest_ip", row(source="Stream:dhcp", yiaddr="y"), "unknown"),
    ("Network_Sessions.All_Sessions.dest_mac", row(source="stream", dest_mac="m"), "m"),
    (
        "Certificates.All_Certificates.SSL.ssl_validity_window",
        row(ssl_start_time="1.5", ssl_end_time="3"),
        "1.5",
    ),
    # Several values: each for itself; an empty one takes the first of what stands in its place.
    (
        "Endpoint.Processes.process_name",
        row(process_name=["", "a"], process=["b x", "c"]),
        "a|b",
    ),
    ("Endpoint.Processes.process_name", row(process=["", " b"]), "b|unknown"),
    ("Updates.Updates.signature", row(signature_id=["unknown", "KB1", ""]), "KB1|unknown"),
    (
        "Change.All_Changes.command",
        row(command=["", "c"], sourcetype="audittrail", Operation=["O", "P"], ObjectName="N"),
        "O N|unknown",
    ),
    ("Authentication.Authentication.app", row(app=["", "a"]), "a"),
    ("Network_Resolution.DNS.answer_count", row(answer_count=["1", "2"], answer="a"), "1"),
    (
        "Certificates.All_Certificates.SSL.ssl_is_valid",
        row(ssl_is_valid=["maybe", "no", "t"], ssl_start_time="1", ssl_end_time="3"),
        "0|1",
    ),
    ("Certificates.All_Certificates.SSL.ssl_is_valid", row(ssl_is_valid=["maybe", "t"]), "1"),
    (
        "Certificates.All_Certificates.SSL.ssl_validity_window",
        {
            b"All_Certificates.SSL.ssl_start_time": [b"1"],
            b"All_Certificates.SSL.ssl_end_time": [b"5"],
            b"ssl_end_time": [b"7"],
        },
        "4",
    ),
    ("Certificates.All_Certificates.SSL.ssl_is_valid", row(ssl_is_valid="tRUE"), "1"),
    ("Certificates.All_Certificates.SSL.ssl_is_valid", row(ssl_is_valid="f"), "0"),
    (
        "Certificates.All_Certificates.SSL.ssl_is_valid",
        row(ssl_start_time="1", ssl_end_time="3", _time="3"),
        "1",
    ),
    (
        "Certificates.All_Certificates.SSL.ssl_is_valid",
        row(ssl_start_time="1", ssl_end_time="3", _time="3.5"),
        "0",
    ),
    ("Certificates.All_Certificates.SSL.ssl_is_valid", row(ssl_start_time="1"), "<null>"),
    ("Certificates.All_Certificates.SSL.ssl_issuer_email_domain", row(ssl_issuer_email="a@b"), "b"),
]


@pytest.mark.parametrize(("field", "fields", "expected"), EVALS)
def test_M_evals(field: str, fields: Row, expected: str) -> None:
    assert eval_of(field, fields) == expected


def test_a_field_that_the_model_does_not_have_decides_too_whether_a_row_is_mapped() -> None:
    plan = f"count{PROCESSES}where Processes.no_such=x by Processes.dest"
    assert rows_of(plan, row(no_such="X")) == [["unknown", "1"]]
    assert rows_of(f"count{PROCESSES}where NOT Processes.no_such=x", row(other="y")) == [["0"]]


def test_child_columns_make_a_row_one_of_the_dataset() -> None:
    fields: Row = {b"All_Changes.Account_Management.src_user": [b"u"]}
    plan = f"count values(All_Changes.Account_Management.src_user){CHANGES}"
    assert rows_of(plan, fields) == [["1", "u"]]


def test_the_tables_hold_the_facts_of_the_shared_table(shared: Path) -> None:
    """Every dataset, parent, field and constraint, and which fields have no eval or a default."""
    lines = (shared / "data" / "cim" / "models.tsv").read_text(encoding="utf-8").splitlines()
    facts = [line.split("\t") for line in lines[1:]]
    by_root_search = {"transport", "dest_port", "transport_dest_port", "process_integrity_level"}
    fields = 0
    for model, dataset, parent, name, _, _, rule in facts:
        root = models.root_of(model, dataset)
        assert root is not None, (model, dataset)
        if name == "(constraint)":
            if dataset != root.name:
                child = root.children[dataset]
                assert (child.parent, child.constraint) == (parent, rule.replace('"', ""))
            continue
        fields += 1
        kind = root.fields[name].__qualname__.partition(".")[0]
        if model == "Endpoint" and name in by_root_search and rule == "none":
            continue
        if name != "reply_code":  # its lookup is not modelled
            assert (rule == "none") == (kind == "as_it_comes"), (dataset, name)
        assert (rule == "unknown") == (kind == "or_text"), (dataset, name)
    assert fields == sum(len(dataset.fields) for dataset in models.DATASETS)


# ---- the corpus, and the generators ----


def searches(shared: Path) -> dict[str, str]:
    """The arguments of the shared searches by name."""
    path = shared / "data" / "escu" / "tstats-searches.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    head = re.compile(r"\s*\|?\s*tstats\b")
    return {entry["name"]: head.sub("", entry["tstats_expanded"], 1) for entry in found}


def test_corpus_every_search_is_accepted_but_two(shared: Path) -> None:
    """The one with a subsearch and the one whose macro could not be expanded."""
    sentences: dict[str, str] = {}
    found = searches(shared)
    for name, text in found.items():
        try:
            parse(text)
        except language.LanguageError as error:
            sentences[name] = str(error)
    assert len(found) == 605
    assert set(sentences) == REFUSED
    assert "subsearch" in sentences["Suspicious Linux Discovery Commands"]


def test_corpus_every_search_means_the_same_in_another_spelling(shared: Path) -> None:
    """Blanks, commas, quotes and the keywords' case are no part of the plan."""
    for index, (name, text) in enumerate(searches(shared).items()):
        if name not in REFUSED:
            other = respelled(Random(index), text)
            assert parse(other) == parse(text), other


def test_the_generators_are_deterministic_and_hit_and_miss() -> None:
    """Every plan parses, however it is spelt, and gives groups from some rows but not from all."""
    empty = 0
    for seed in range(60):
        random = Random(seed)
        text = generate_plans.any_plan(random)
        assert text == generate_plans.any_plan(Random(seed))
        plan = parse(text)
        assert parse(respelled(random, text)) == plan, text
        rows = rows_for(plan, random, 30)
        table = hunt.run(text, generate.bodies(random, rows))
        empty += not table.rows
    assert empty < 15
