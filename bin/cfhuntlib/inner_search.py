"""The search that cfhunt runs itself when it stands first: its text.

    search `cfhunt_events` | `cfhunt_fields` | cfhunt events=pipe TOKEN | `...filter`

The plan travels as one token of letters, digits, "-" and "_", never as the user's text.
"""

from __future__ import annotations

from cfhuntlib.errors import CfhuntError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cfhuntlib._cfhunt import Engine

DEFAULT_TAIL = "`windows_potential_cloudflared_network_connection_filter`"


def tail_of(engine: Engine) -> str:
    """The SPL that belongs to the hunt and runs behind the command; empty: nothing."""
    is_default, _events = engine.asked(0)
    return DEFAULT_TAIL if is_default else ""


def events_search(engine: Engine) -> str:
    """The search for the plan's events. Raises CfhuntError where none can be known."""
    is_default, _events = engine.asked(0)
    if is_default:
        return "search `cfhunt_events`"
    words = engine.index_words(0)
    if words is None:
        raise CfhuntError(
            "cfhunt knows no Sysmon events for this data model, so it cannot search for events by "
            "itself: put a search for them before | cfhunt."
        )
    return " ".join(["search `cfhunt_sysmon`", *(f'"{word.decode("ascii")}"' for word in words)])


def inner_search(engine: Engine, tail: str) -> str:
    """The whole inner search, with that tail."""
    token = engine.whole_token(0).decode("ascii")
    parts = [events_search(engine), "`cfhunt_fields`", f"cfhunt events=pipe {token}"]
    return " | ".join([*parts, tail] if tail else parts)
