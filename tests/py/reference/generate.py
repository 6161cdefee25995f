"""Random rows, events, bodies and plans: the same seed gives the same bytes.

Values are drawn from small pools, so that rows fall into common groups, and now and then from
pools of odd ones. What the rules leave open is left out: computed byte counters, the printed form
of zeros with an exponent, numbers with absurd exponents, BY fields named twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .csv_dialect import MULTIVALUE_PREFIX, Row, encode_multivalue, write
from .events import LINUX, WINDOWS, Switches

PREFIX = "All_Traffic."


@dataclass(frozen=True)
class Case:
    """One comparison: run(plan, bodies, switches) is the expected answer."""

    plan: str
    bodies: list[bytes]
    switches: Switches


def case(seed: int, row_count: int = 60) -> Case:
    """A plan and the bodies of a mixed stream of row_count rows."""
    random = Random(seed)
    text = plan(random)
    stream = rows(random, row_count)
    return Case(text, bodies(random, stream), switches(random))


def switches(random: Random) -> Switches:
    """The three switches, mostly at their defaults."""
    return Switches(
        hyphen=random.choice(["keep", "keep", "null", "ip"]),
        entities=random.choice(["raw", "raw", "decode"]),
        dest=random.choice(["host", "host", "host", "computer"]),
    )


# ---- values ----

ODD = [
    b'say "hi"',
    b'"',
    b'""',
    b"two\nlines",
    b"carriage\rreturn",
    b"ends in CR\r",
    b"CR\r\nLF",
    b"$",
    b"$$",
    b"$a$;$b$",
    b"a;b",
    b"a,b",
    b"nul\0byte",
    b"\0",
    "stra\u00dfe \u00c4\u00e4".encode(),
    "\u65e5\u672c\u8a9e".encode(),
    "\U0001f600".encode(),
    b"\xff\xfe",
    b"cut \xe2\x82",
    b"\xed\xa0\x80",
    b" blank before",
    b"blank behind ",
    b"tab\there",
    b"null",
    b"UNKNOWN",
    b"*",
    b"\\",
    b"ends in backslash\\",
    b"'single'",
    b"&amp;&lt;x&gt;",
    b"__mv_x",
    b"chunked 1.0,2,0",
    b"\x1b[31m",
]
NUMBERS = [
    b"0", b"1", b"01", b"1.0", b"1.00", b"10", b"100", b"70", b"9", b"-9", b"-1", b"-1.5", b"2.50",
    b"1e3", b"1000", b"1E+3", b"2e-2", b"0.02", b"1.5e1", b"15", b"1e60", b"2e60", b"1e-60",
    b"123456789012345678901234567890", b"123456789012345678901234567890.5", b"00.5", b"0.50",
    b"9007199254740993", b"9007199254740992.0",
]  # fmt: skip
NOT_NUMBERS = [
    b"+1", b" 1", b"1 ", b".5", b"5.", b"1e", b"e3", b"0x10", b"inf", b"nan", b"1,000", b"--1",
    b"1.2.3", b"-", b"1_000", "\u0661".encode(),
]  # fmt: skip
PORTS = [
    b"7844", b"7844", b"7844", b"7844", b"443", b"53", b"07844", b"7844.0", b"7.844e3", b"-",
    b"78440", b"784", b"17844", b"7843", b"7845", b"-7844", b"+7844", b" 7844", b"0",
]  # fmt: skip
TIMES = [
    b"1675000000", b"1675000001", b"1675000000.5", b"1675000000.500", b"1675000000.000",
    b"1675000000.123456", b"1675000000.1234567", b"1675000000.12345649", b"999999999",
    b"2023-01-29T11:33:00Z", b"2023-01-29T11:33:00.250Z", b"2023-01-29 13:33:00.1234567+02:00",
    b"2023-01-29T06:03:00-0530", b"2024-02-29T23:59:59.999999999+0000", b"2023-02-29T00:00:00Z",
    b"2023-01-29T11:33:00", b"yesterday", b"01/29/2023 11:33:00",
]  # fmt: skip
COMMON: dict[str, list[bytes]] = {
    "action": [b"allowed", b"Allowed", b"blocked", b"unknown"],
    "app": [b"C:\\Program Files (x86)\\cloudflared\\cloudflared.exe", b"dns", b"CLOUDFLARED.EXE"],
    "dest": [b"region1.v2.argotunnel.com", b"198.41.192.57", b"-"],
    "dest_ip": [b"198.41.192.57", b"198.41.200.13", b"2606:4700:a0:0:0:0:0:1"],
    "dest_port": PORTS,
    "dest_category": [b"pci", b"server", b"dmz"],
    "direction": [b"outbound", b"inbound"],
    "dvc": [b"host-1", b"HOST-1", b"host-2"],
    "protocol": [b"ip"],
    "protocol_version": [b"ipv4", b"ipv6"],
    "rule": [b"rule 1", b"rule 2"],
    "src": [b"host-1", b"host-2", b"10.0.0.1"],
    "src_ip": [b"10.0.0.1", b"10.0.0.2", b"fe80:0:0:0:0:0:0:1"],
    "src_port": [b"50001", b"50002", b"7844", b"9", b"-", *NUMBERS],
    "transport": [b"tcp", b"TCP", b"udp", b"Quic"],
    "user": [b"alice", b"ACME\\alice", b"SYSTEM", b"svc-cloudflared$"],
    "vendor_product": [b"Zeek", b"Palo Alto Networks Firewall"],
    "vendor": [b"Zeek", b"unknown", b"ACME"],
    "product": [b"Conn", b"unknown"],
}
METADATA: dict[str, list[bytes]] = {
    "sourcetype": [b"pan:traffic", b"bro:conn:json", b"XmlWinEventLog"],
    "host": [b"host-1", b"host-2"],
    "index": [b"main", b"network"],
    "source": [b"udp:514", b"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational"],
}
FIELDS = [name for name in COMMON if name not in ("vendor", "product")]


def value(random: Random, name: str) -> bytes:
    """One value of a field, never an empty one: mostly a common one."""
    chance = random.random()
    if chance < 0.86:
        return random.choice(COMMON.get(name) or METADATA[name])
    if chance < 0.92:
        return random.choice(NUMBERS)
    if chance < 0.95:
        return random.choice(NOT_NUMBERS)
    return random.choice(ODD)


def values(random: Random, name: str) -> list[bytes]:
    """The values of a field in one row; [] is null, an empty value and repeats occur."""
    chance = random.random()
    if chance < 0.15:
        return []
    if chance < 0.17:
        return [b""]
    if chance < 0.27:
        found = [value(random, name) for _ in range(random.randint(1, 4))]
        if random.random() < 0.2:
            found.insert(random.randint(0, len(found)), b"")
        return found
    return [value(random, name)]


# ---- rows ----


def rows(random: Random, count: int) -> list[Row]:
    """A mixed stream: CIM rows bare and prefixed, raw events, rows that are both or neither."""
    result: list[Row] = []
    for _ in range(count):
        chance = random.random()
        if chance < 0.55:
            row = cim_row(random)
        elif chance < 0.92:
            row = raw_row(random)
        elif chance < 0.97:
            row = {**raw_row(random), **sparse_row(random)}
        else:
            row = {b"_raw": [random.choice(ODD)], b"punct": [b"__ __"]}
        result.append(row)
    return result


def metadata(random: Random) -> Row:
    """_time and the like, each now and then null."""
    row: Row = {}
    if random.random() < 0.9:
        row[b"_time"] = [random.choice(TIMES)]
    for name in METADATA:
        if random.random() < 0.8:
            row[name.encode()] = [value(random, name)]
    return row


def cim_row(random: Random) -> Row:
    """A row with CIM field names: all bare, all prefixed, or each as it falls, some both ways."""
    row = metadata(random)
    prefixed = random.choice([0.0, 1.0, 0.5])
    for name in COMMON:
        for _ in range(2 if random.random() < 0.05 else 1):
            written = PREFIX + name if random.random() < prefixed else name
            row[written.encode()] = values(random, name)
    if random.random() < 0.4:
        for name in ("vendor_product", "vendor", "product"):
            if random.random() < 0.7:
                row.pop(name.encode(), None)
                row.pop((PREFIX + name).encode(), None)
    if random.random() < 0.3:
        row[b"_raw"] = [random.choice(ODD)]
    return {name: found for name, found in row.items() if found}


def sparse_row(random: Random) -> Row:
    """One or two dataset fields and nothing else: what a raw event may have beside its _raw."""
    row: Row = {}
    for name in random.sample(FIELDS, random.randint(1, 2)):
        row[random.choice([name, PREFIX + name]).encode()] = [value(random, name)]
    return row


def raw_row(random: Random) -> Row:
    """A row with an event's text in _raw."""
    return {**metadata(random), b"_raw": [sysmon_event(random)]}


# ---- events ----

NAMESPACE = b"http://schemas.microsoft.com/win/2004/08/events/event"
SYSLOG = b"Jan 29 11:33:00 host-2 sysmon[312]: "
IMAGES = [
    b"C:\\Program Files (x86)\\cloudflared\\cloudflared.exe",
    b"C:\\Users\\R&amp;D\\cloudflared.exe",
    b"C:\\Temp\\a&#38;b&#x41;&lt;1&gt;.exe",
    "C:\\Benutzer\\J\u00f6rg\\cloudflared.exe".encode(),
    b"/usr/local/bin/cloudflared",
    b"C:\\broken \xff\\cloudflared.exe",
    b"C:\\not an &entity; &#xD800;.exe",
]
HOSTS = [b"region1.v2.argotunnel.com", b"region2.v2.argotunnel.com", b"-", b"-", b"", b" "]
USERS = [b"NT AUTHORITY\\SYSTEM", b"ACME\\alice", b"alice", b"ACME\\", b"A&amp;B\\bob", b"-"]
SYSTEM_TIMES = [
    b"2023-01-29T11:33:00.223442500Z",
    b"2023-01-29T11:33:01.2234425Z",
    b"2023-01-29T11:33:02Z",
    b"2023-01-29T11:33:02.999999999Z",
    b"",
    b"yesterday",
]


def sysmon_event(random: Random) -> bytes:
    """An event's text: mostly a Sysmon EventID 3, some other events, some cut off."""
    quote = random.choice([b"'", b"'", b'"'])
    provider = random.choice(
        [WINDOWS] * 12 + [LINUX] * 4 + [b"Microsoft-Windows-Security-Auditing", WINDOWS.lower()]
    )
    event_id = random.choice([b"3"] * 12 + [b"1", b"22", b"03", b"30", b""])
    head = system(random, quote, provider, event_id)
    data = event_data(random, quote)
    namespace = b" xmlns=" + quote + NAMESPACE + quote if random.random() < 0.8 else b""
    text = b"<Event" + namespace + b">" + head + b"<EventData>" + data + b"</EventData></Event>"
    if random.random() < 0.06:
        text = text[: random.randint(0, len(text))]
    if random.random() < 0.1:
        text = SYSLOG + text
    if random.random() < 0.05:
        text += random.choice([b"\n", b"\r\n", b" "])
    return text


def system(random: Random, quote: bytes, provider: bytes, event_id: bytes) -> bytes:
    """The <System> part."""

    def attribute(name: bytes, text: bytes) -> bytes:
        return b" " + name + b"=" + quote + text + quote

    guid = attribute(b"Guid", b"{5770385f-c22a-43e0-bf4c-06f5698ffbd9}")
    named = attribute(b"Name", provider)
    qualifiers = attribute(b"Qualifiers", b"0") if random.random() < 0.1 else b""
    parts = [
        b"<Provider" + random.choice([named + guid, named, guid + named]) + b"/>",
        b"<EventID" + qualifiers + b">" + event_id + b"</EventID>",
        b"<Version>5</Version><Level>4</Level><Task>3</Task><Opcode>0</Opcode>",
        b"<TimeCreated" + attribute(b"SystemTime", random.choice(SYSTEM_TIMES)) + b"/>",
        b"<EventRecordID>" + random.choice([b"7844", b"12"]) + b"</EventRecordID><Correlation/>",
        b"<Execution" + attribute(b"ProcessID", b"7844") + attribute(b"ThreadID", b"3") + b"/>",
        b"<Channel>Microsoft-Windows-Sysmon/Operational</Channel>",
        random.choice(
            [b"<Computer>host-1.acme.local</Computer>"] * 3
            + [b"<Computer>A&amp;B</Computer>", b"<Computer></Computer>", b"<Computer/>", b""]
        ),
        b"<Security" + attribute(b"UserID", b"S-1-5-18") + b"/>",
    ]
    if random.random() < 0.1:
        parts.pop(3)
    return b"<System>" + b"".join(parts) + b"</System>"


def event_data(random: Random, quote: bytes) -> bytes:
    """The Data elements of a network connection; each now and then absent, empty or repeated."""
    ipv6 = random.random() < 0.2
    address = "dest_ip" if not ipv6 else "src_ip"
    fields: list[tuple[bytes, bytes]] = [
        (b"RuleName", b"-"),
        (b"UtcTime", b"2023-01-29 11:32:58.707"),
        (b"ProcessId", b"7844"),
        (b"Image", random.choice(IMAGES)),
        (b"User", random.choice(USERS)),
        (b"Protocol", random.choice([b"tcp", b"udp", b"TCP"])),
        (b"Initiated", random.choice([b"true", b"true", b"True", b"false", b"1"])),
        (b"SourceIsIpv6", random.choice([b"true", b"false"]) if ipv6 else b"false"),
        (b"SourceIp", random.choice(COMMON["src_ip"])),
        (b"SourceHostname", random.choice([b"host-1.acme.local", b"-", b""])),
        (b"SourcePort", random.choice([b"50001", b"50002", b"7844", b"9"])),
        (b"SourcePortName", b"-"),
        (b"DestinationIsIpv6", b"TRUE" if ipv6 else b"false"),
        (b"DestinationIp", random.choice(COMMON[address])),
        (b"DestinationHostname", random.choice(HOSTS)),
        (b"DestinationPort", random.choice(PORTS)),
        (b"DestinationPortName", b"https"),
    ]
    if random.random() < 0.1:
        random.shuffle(fields)
    elements: list[bytes] = []
    for name, text in fields:
        chance = random.random()
        start = b"<Data Name=" + quote + name + quote
        if chance < 0.03:
            continue
        if chance < 0.05:
            elements.append(start + b"/>")
        elif chance < 0.07:
            elements.append(start + b"></Data>" + start + b">" + text + b"</Data>")
        elif chance < 0.09:
            elements.append(start + b">" + text + b"</Data>" + start + b">second</Data>")
        else:
            elements.append(start + b">" + text + b"</Data>")
    return random.choice([b"", b"", b"", b"\r\n  "]).join(elements)


# ---- bodies ----


def bodies(random: Random, stream: Sequence[Row]) -> list[bytes]:
    """The stream cut into bodies, each with a header of its own; a body may have no rows."""
    result: list[bytes] = []
    position = 0
    while position < len(stream):
        size = random.choice([0, 1, 2, 7, 50, len(stream)])
        piece = stream[position : position + size]
        position += size
        columns = sorted({name for row in piece for name in row})
        columns += random.sample([b"linecount", b"splunk_server", b"tag::eventtype"], 1)
        random.shuffle(columns)
        result.append(write(columns, piece) if random.random() < 0.7 else loose(random, piece))
    return result


def loose(random: Random, piece: Sequence[Row]) -> bytes:
    """The rows as no splunkd writes them but the dialect allows: quotes where none are needed or
    in the middle of a cell, CR LF, plain and __mv_ columns in turn, some __mv_ columns left out or
    damaged, ragged rows, columns named twice, an __mv_ column without its column."""
    names = sorted({name for row in piece for name in row})
    random.shuffle(names)
    columns: list[bytes] = []
    for name in names:
        columns.append(name)
        if random.random() < 0.9:
            columns.append(MULTIVALUE_PREFIX + name)
    if names and random.random() < 0.3:
        columns.append(random.choice(names))
    if random.random() < 0.3:
        columns.insert(random.randint(0, len(columns)), MULTIVALUE_PREFIX + b"orphan")
    end = random.choice([b"\n", b"\r\n"])
    lines = [b",".join(loose_cell(random, name) for name in columns)]
    for row in piece:
        cells = [loose_text(random, row, name) for name in columns]
        if random.random() < 0.1:
            cells = cells[: random.randint(1, len(cells))]
        elif random.random() < 0.1:
            cells += [b"extra", b""]
        lines.append(b",".join(loose_cell(random, text) for text in cells))
    body = end.join(lines)
    return body if random.random() < 0.3 else body + end


def loose_text(random: Random, row: Row, column: bytes) -> bytes:
    """What stands in a column of a row."""
    if not column.startswith(MULTIVALUE_PREFIX):
        return b"\n".join(row.get(column, []))
    found = row.get(column[len(MULTIVALUE_PREFIX) :], [])
    if random.random() < 0.02:
        return random.choice([b"$", b"$a", b"a$", b"$a$;", b"$a$$b$c", b"junk", b";$a$", b"$a$ "])
    if found and random.random() < 0.1:
        return b";".join(b"$" + text.replace(b"$", b"$$") + b"$" for text in found)
    return encode_multivalue(found)


def loose_cell(random: Random, text: bytes) -> bytes:
    """A cell in one of the forms that read as text; every quote that is opened is closed."""
    wrapped = b'"' + text.replace(b'"', b'""') + b'"'
    chance = random.random()
    if any(byte in text for byte in b'",\r\n') or chance < 0.2:
        return wrapped
    if chance < 0.3:
        cut = random.randint(0, len(text))
        return text[:cut] + b'"' + text[cut:] + b'"'
    return text


# ---- plans ----

FUNCTIONS = ["count", "min", "max", "values"]
ARGUMENTS = [*(PREFIX + name for name in FIELDS), "_time", "_time", "sourcetype", "host"]
FILLS = [
    *("", ""),
    *(" fillnull_value=null", ' fillnull_value="not there"', " fillnull_value=0"),
    ' fillnull_value=""',
]
WORDS = {"where": ["where", "WHERE"], "by": ["by", "BY"], "from": ["from", "FROM"]}


def plan(random: Random) -> str:
    """The text of a search over Network_Traffic, in one of the many ways it may be written."""
    text = "summariesonly=false" + random.choice(FILLS)
    if random.random() < 0.2:
        text += f" include_events_omitted_when_filtering_numeric_values={random.choice('tf')}"
    text += " " + functions(random)
    source = random.choice(["Network_Traffic.All_Traffic", "Network_Traffic"])
    text += f" {random.choice(WORDS['from'])} datamodel={source}"
    if random.random() < 0.9:
        text += f" {random.choice(WORDS['where'])} {condition(random, random.randint(0, 3))}"
    if random.random() < 0.95:
        text += f" {random.choice(WORDS['by'])} {by(random)}"
    return text + random.choice(
        [
            "",
            ' | `drop_dm_object_name("All_Traffic")`',
            "| `drop_dm_object_name(All_Traffic)`",
        ]
    )


def functions(random: Random) -> str:
    """One to five functions; no two of them have the same output name."""
    calls: dict[str, str] = {}
    for index in range(random.randint(1, 5)):
        name = random.choice(FUNCTIONS)
        argument = f"({random.choice(ARGUMENTS)})"
        if name == "count" and random.random() < 0.6:
            argument = ""
        call = name + argument
        alias = random.choice(["", "", f" as f{index}", f' AS "f {index}"', f" as f.{index}{{}}"])
        calls.setdefault(alias or call, call + alias)
    return random.choice([" ", ", "]).join(calls.values())


def by(random: Random) -> str:
    """One to five different fields."""
    names = random.sample(
        [*(PREFIX + name for name in FIELDS), "sourcetype", "host"], random.randint(1, 5)
    )
    written = [f'"{name}"' if random.random() < 0.1 else name for name in names]
    return random.choice([" ", ",", ", "]).join(written)


def condition(random: Random, depth: int) -> str:
    """A WHERE text with at most depth levels of parentheses."""
    terms = [term(random, depth) for _ in range(random.randint(1, 3) if depth else 1)]
    text = terms[0]
    for following in terms[1:]:
        text += random.choice([" OR ", " OR ", " AND ", " "]) + following
    return text


def term(random: Random, depth: int) -> str:
    """One term: NOT, a parenthesis, or a leaf."""
    chance = random.random()
    if chance < 0.15:
        return "NOT " + term(random, depth)
    if depth and chance < 0.6:
        return f"({condition(random, depth - 1)})"
    return leaf(random)


def leaf(random: Random) -> str:
    """A comparison, an IN list, or a bare *."""
    chance = random.random()
    if chance < 0.03:
        return "*"
    if chance < 0.35:
        name = PREFIX + "dest_port"
    elif chance < 0.9:
        name = PREFIX + random.choice(FIELDS)
    else:
        name = random.choice(list(METADATA))
    shown = f'"{name}"' if random.random() < 0.05 else name
    bare = name[len(PREFIX) :] if name.startswith(PREFIX) else name
    if random.random() < 0.2:
        items = [literal(random, bare) for _ in range(random.randint(1, 4))]
        return f"{shown} IN ({random.choice([', ', ',', ' ']).join(items)})"
    operator = random.choice(["=", "=", "=", "=", "!=", "!=", "<", "<=", ">", ">="])
    blank = random.choice(["", "", " "])
    return f"{shown}{blank}{operator}{blank}{literal(random, bare)}"


def literal(random: Random, name: str) -> str:
    """A filter value for a field: a value that occurs, often with wildcards, or a number."""
    chance = random.random()
    if chance < 0.06:
        return random.choice(["*", '"*"', '""', "784*", "*784", "7*4", "*.exe", "**"])
    pool = COMMON.get(name) or METADATA[name]
    if chance < 0.2:
        pool = NUMBERS
    text = random.choice(pool).decode()
    if random.random() < 0.2:
        text = text.swapcase()
    plain_ascii = text.replace(".", "").replace("-", "").isalnum() and text.isascii()
    if random.random() < 0.2:
        cut = random.randint(0, len(text))
        text = random.choice([f"*{text[cut:]}", f"{text[:cut]}*", f"{text[:cut]}*{text[cut:]}"])
    if plain_ascii and random.random() < 0.6:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
