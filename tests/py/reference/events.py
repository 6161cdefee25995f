"""A Sysmon network connection event (EventID 3) and its fields in Network_Traffic (section 7).

Two readers. The regular expressions of S4 give the values as they stand in the text; xml.etree, an
independent reader, reads every event that is well-formed XML as well, and the two must agree once
entities are decoded. Where they do not, ReadersDisagree is raised: the rules do not say what such
an event means, so the model does not answer. Text that is not well-formed has the first reader
alone.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

WINDOWS = b"Microsoft-Windows-Sysmon"
LINUX = b"Linux-Sysmon"

ATTRIBUTE = rb"\s*=\s*(?:'([^']*)'|\"([^\"]*)\")"
EVENT = re.compile(rb"<Event(?=[\s/>])")  # the whole tag name, not <EventID or <EventData
PROVIDER = re.compile(rb"<Provider(?:\s[^>]*?)?\sName" + ATTRIBUTE)
EVENT_ID = re.compile(rb"<EventID(?:\s[^>]*)?>([^<]*)</EventID>")
SYSTEM_TIME = re.compile(rb"<TimeCreated(?:\s[^>]*?)?\sSystemTime" + ATTRIBUTE)
COMPUTER = re.compile(rb"<Computer(?:\s[^>]*)?>([^<]*)</Computer>")
DATA = re.compile(rb"<Data\s+Name" + ATTRIBUTE + rb"\s*>(.*?)</Data>", re.DOTALL)
ENTITY = re.compile(rb"&(?:(amp|lt|gt|quot|apos)|#([0-9]+)|#x([0-9A-Fa-f]+));")
NAMED = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}


class ReadersDisagree(AssertionError):
    """A well-formed event that the two readers understand differently."""


@dataclass(frozen=True)
class Switches:
    """The three open mapping points: hyphen=keep|null|ip (S3), entities=raw|decode (S4, S11),
    dest=host|computer (S10)."""

    hyphen: str = "keep"
    entities: str = "raw"
    dest: str = "host"


@dataclass(frozen=True)
class Event:
    """What the profile needs of an event, as it stands in the text. Empty is the same as absent."""

    provider: bytes
    event_id: bytes
    system_time: bytes
    computer: bytes
    data: dict[bytes, bytes]


def decode(text: bytes) -> bytes:
    """The five named entities and numeric references decoded, once; what is no entity, or names no
    Unicode scalar value, stays as it is."""

    def one(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return NAMED[match[1]]
        digits = (match[2] or match[3]).lstrip(b"0")
        if len(digits) > 8:
            return match[0]
        code = int(digits or b"0", 10 if match[2] else 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            return match[0]
        return chr(code).encode("utf-8")

    return ENTITY.sub(one, text)


def text_of_event(raw: bytes) -> bytes | None:
    """From the first <Event to the first </Event> behind it, or to the end: a syslog header before
    it does no harm (S8). None without an event."""
    start = EVENT.search(raw)
    if start is None:
        return None
    end = raw.find(b"</Event>", start.start())
    return raw[start.start() :] if end < 0 else raw[start.start() : end + len(b"</Event>")]


def group(match: re.Match[bytes] | None) -> bytes:
    """What the pattern caught, whichever the quotes; empty when it did not match."""
    return b"" if match is None else next((text for text in match.groups() if text), b"")


def read(raw: bytes) -> Event | None:
    """The Sysmon event of EventID 3 in raw, or None (S1, S9). Raises ReadersDisagree.

    Provider and EventID are looked at first; of any other event no Data element is read. An empty
    or self-closing Data element gives no field (S4); a name that occurs twice: the first with a
    value counts.
    """
    text = text_of_event(raw)
    if text is None or b"</System>" not in text:
        return None
    head, _, rest = text.partition(b"</System>")
    provider, event_id = group(PROVIDER.search(head)), group(EVENT_ID.search(head))
    if provider not in (WINDOWS, LINUX) or event_id != b"3":
        return None
    data: dict[bytes, bytes] = {}
    for match in DATA.finditer(rest):
        name, value = match[1] or match[2] or b"", match[3]
        if value and name not in data:
            data[name] = value
    system_time, computer = group(SYSTEM_TIME.search(head)), group(COMPUTER.search(head))
    event = Event(provider, event_id, system_time, computer, data)
    cross_check(text, event)
    return event


def cross_check(text: bytes, event: Event) -> None:
    """Reads a well-formed event again with xml.etree. Raises ReadersDisagree."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return
    second = read_with_etree(root)
    first = Event(
        decode(event.provider),
        decode(event.event_id),
        decode(event.system_time),
        decode(event.computer),
        {decode(name): decode(value) for name, value in event.data.items()},
    )
    if normal(first) != normal(second):
        raise ReadersDisagree(f"{normal(first)} is not {normal(second)}")


def read_with_etree(root: ElementTree.Element) -> Event:
    """The same parts through xml.etree: entities decoded, quotes and blanks as XML has them."""
    system: dict[str, bytes] = {}
    data: dict[bytes, bytes] = {}
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        text = "".join(element.itertext()).encode()
        if tag == "Data":
            name = element.get("Name", "").encode()
            if text and name not in data:
                data[name] = text
        elif tag == "Provider":
            system.setdefault(tag, element.get("Name", "").encode())
        elif tag == "TimeCreated":
            system.setdefault(tag, element.get("SystemTime", "").encode())
        elif tag in ("EventID", "Computer"):
            system.setdefault(tag, text)
    parts = [system.get(tag, b"") for tag in ("Provider", "EventID", "TimeCreated", "Computer")]
    return Event(parts[0], parts[1], parts[2], parts[3], data)


def normal(event: Event) -> tuple[bytes, ...]:
    """An event for comparison: XML reads CR LF and CR as LF, the text has them as they came."""
    parts = [event.provider, event.event_id, event.system_time, event.computer]
    for name, value in sorted(event.data.items()):
        parts += [name, value]
    return tuple(part.replace(b"\r\n", b"\n").replace(b"\r", b"\n") for part in parts)


def is_true(text: bytes) -> bool:
    """The text true, ASCII case ignored."""
    return text.lower() == b"true"


def network_traffic(event: Event, switches: Switches) -> dict[str, list[bytes]]:
    """The event's fields in Network_Traffic: the 5709 column of section 7, before the evals.

    Fields that are null are not in it. entities=decode acts before anything else looks at a value.
    """
    decoded = switches.entities == "decode"

    def data(name: bytes) -> bytes:
        value = event.data.get(name, b"")
        return decode(value) if decoded else value

    def host(name: bytes, address: bytes) -> bytes:
        """The host name, even "-" (S3); an empty or absent one gives the address."""
        value = data(name)
        if value == b"-":
            return {"keep": value, "null": b"", "ip": data(address)}[switches.hyphen]
        return value or data(address)

    computer = decode(event.computer) if decoded else event.computer
    linux = event.provider == LINUX
    ipv6 = is_true(data(b"DestinationIsIpv6")) or is_true(data(b"SourceIsIpv6"))
    user = data(b"User")
    fields = {
        "action": b"allowed",
        "app": data(b"Image"),
        "dest": (
            computer
            if switches.dest == "computer"
            else host(b"DestinationHostname", b"DestinationIp")
        ),
        "dest_ip": data(b"DestinationIp"),
        "dest_port": data(b"DestinationPort"),
        "direction": b"outbound" if is_true(data(b"Initiated")) else b"inbound",
        "dvc": computer,
        "protocol": b"ip",
        "protocol_version": b"ipv6" if ipv6 else b"ipv4",
        "src": host(b"SourceHostname", b"SourceIp"),
        "src_ip": data(b"SourceIp"),
        "src_port": data(b"SourcePort"),
        "transport": data(b"Protocol"),
        "user": user if linux else user.rpartition(b"\\")[2],
        "vendor_product": b"Sysmon for Linux" if linux else b"Microsoft Sysmon",
    }
    return {name: [value] for name, value in fields.items() if value}
