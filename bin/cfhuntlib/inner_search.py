"""The search that cfhunt runs itself when it stands first: its text.

    search `cfhunt_events` | `cfhunt_fields` | cfhunt events=pipe TOKEN | the hunt's tail

The plan travels as one token of letters, digits, "-" and "_", never as the user's text.
"""

from __future__ import annotations

from cfhuntlib.errors import CfhuntError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cfhuntlib._cfhunt import Engine

# The word that every event of the macro cfhunt_events holds.
EVENTS_WORD = b"7844"


def tail_of(engine: Engine) -> str:
    """The SPL that belongs to the hunt and runs behind the command, without its first pipe; empty:
    nothing."""
    return engine.tail(0)[1:].decode("utf-8", "replace").strip()


def events_search(engine: Engine) -> str:
    """The search for the plan's events. Raises CfhuntError where none can be known.

    The default hunt has a macro for them, which a site can change; but a site's own file of that
    hunt may ask for others."""
    is_default, _events = engine.asked(0)
    words = engine.index_words(0)
    if words is None:
        raise CfhuntError(
            "cfhunt knows no Sysmon events for this data model, so it cannot search for events by "
            "itself: put a search for them before | cfhunt."
        )
    if is_default and EVENTS_WORD in words:
        return "search `cfhunt_events`"
    return " ".join(["search `cfhunt_sysmon`", *(f'"{word.decode("ascii")}"' for word in words)])


def inner_search(engine: Engine, tail: str) -> str:
    """The whole inner search, with that tail."""
    token = engine.whole_token(0).decode("ascii")
    parts = [events_search(engine), "`cfhunt_fields`", f"cfhunt events=pipe {token}"]
    return " | ".join([*parts, tail] if tail else parts)
