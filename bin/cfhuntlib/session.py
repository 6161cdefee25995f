"""One session with splunkd: getinfo, then executes, in lock-step (protocol sections 1 to 5, 10).

The first request decides the role (cfhuntlib.roles) that answers all others; a command that stands
first has no events: it is generating, and cfhuntlib.generating takes over. Roles are loaded with
the first execute: getinfo is asked by several throw-away processes, which have none.
"""

from __future__ import annotations

import os

from cfhuntlib.errors import CfhuntError
from cfhuntlib.frames import Closed
from cfhuntlib.hunt_files import add_hunt
from cfhuntlib.place import BEHIND, FIRST, percent_decoded, place_of
from cfhuntlib.spill_folders import spill_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cfhuntlib._cfhunt import Engine
    from cfhuntlib.frames import FrameReader, FrameWriter
    from cfhuntlib.roles import Role

DEFAULT_COMMAND = "cfhunt"
PIPE = "events=pipe"


def serve(reader: FrameReader, writer: FrameWriter) -> None:
    """Serves until the input ends, the search is cancelled or something is wrong."""
    try:
        _serve(reader, writer)
    except Closed:
        return
    except (CfhuntError, ValueError) as failure:
        _refuse(writer, str(failure))
    except MemoryError:
        _refuse(writer, "The machine has no memory left for cfhunt.")
    except Exception as failure:  # the last resort: a sentence, never a traceback
        _refuse(writer, f"cfhunt failed, which is a fault of its own: {failure!r}.")


def _refuse(writer: FrameWriter, sentence: str) -> None:
    """The error frame. Inside a reply nothing can be said any more: the stream is broken off."""
    if writer.inside_frame:
        return
    metadata = {
        "finished": True,
        "inspector": {"messages": [["ERROR", sentence]]},
        "error": sentence,
    }
    try:
        writer.frame(metadata)
    except (Closed, OSError):
        return


def _serve(reader: FrameReader, writer: FrameWriter) -> None:
    request = reader.next_frame()
    if request is None:
        return
    reader.skip_body()
    if request.get("action") != "getinfo":
        raise CfhuntError("Splunk's first request was not getinfo.")
    info = request.get("searchinfo", {})
    if not isinstance(info, dict):
        raise CfhuntError("Splunk sent a getinfo request without a searchinfo object.")
    engine, is_map = _compile(info)
    generating = not is_map and _is_generating(engine, info)
    if generating and engine.explanation(0) is None:
        from cfhuntlib.inner_search import events_search

        events_search(engine)  # what is wrong with it is said here, before anything runs
    writer.frame(_describe(engine, is_map, generating, info))
    role: Role | None = None
    while True:
        request = reader.next_frame()
        if request is None:
            break
        if request.get("action") != "execute":
            raise CfhuntError("Splunk sent a request that is neither getinfo nor execute.")
        role = role or _role(engine, is_map, generating, writer, info)
        role.took(_take_body(engine, reader))
        if role.answer(request.get("finished") is True):
            break
    if role is not None:
        role.close()


def _arguments(info: dict[str, Any]) -> bytes:
    """The command's arguments as one text: tokens with the user's quotes, joined by blanks."""
    tokens = info.get("raw_args", info.get("args", []))
    if not isinstance(tokens, list):
        raise CfhuntError("Splunk sent a getinfo request whose arguments are not a list.")
    return " ".join(str(token) for token in tokens).strip().encode("utf-8", "surrogatepass")


def _plan_of(arguments: bytes) -> tuple[bytes, bool]:
    """The arguments without the events=pipe that an inner search puts before its token, and
    whether it was there."""
    first, _, rest = arguments.partition(b" ")
    if first == PIPE.encode() and rest.startswith(b"plan") and b" " not in rest:
        return rest, True
    return arguments, False


def _compile(info: dict[str, Any]) -> tuple[Engine, bool]:
    from cfhuntlib.native import engine as native

    engine = native.Engine(os.urandom(native.SECRET_SIZE))
    is_map = add_hunt(engine, _plan_of(_arguments(info))[0])
    if is_map:
        engine.refuse_partials()
    return engine, is_map


def _is_generating(engine: Engine, info: dict[str, Any]) -> bool:
    """Has the command to find its events itself? Decided from the search's text only where that is
    certain (protocol section 9). Raises CfhuntError where events=... says what cannot be."""
    arguments = _arguments(info)
    _is_default, events = engine.asked(0)
    events = "pipe" if _plan_of(arguments)[1] else events
    search = info.get("search")
    place = place_of(
        percent_decoded(search if isinstance(search, str) else ""),
        _command(info),
        arguments.decode("utf-8", "replace"),
    )
    if events == "search" and place == BEHIND:
        raise CfhuntError(
            "events=search makes cfhunt search for events itself, so cfhunt must be the first "
            "command: | cfhunt events=search. To hunt in the events of the search before it, leave "
            "events=search out."
        )
    if events == "pipe" and place == FIRST:
        raise CfhuntError(
            "events=pipe makes cfhunt take the events of a search before it, and here cfhunt is "
            "the first command. To let cfhunt search for events itself, leave events=pipe out."
        )
    return events == "search" or (events == "" and place == FIRST)


def _command(info: dict[str, Any]) -> str:
    command = info.get("command")
    return command if isinstance(command, str) and command else DEFAULT_COMMAND


def _describe(
    engine: Engine, is_map: bool, generating: bool, info: dict[str, Any]
) -> dict[str, Any]:
    """The getinfo reply. A map sets no required_fields: splunkd would merge foreign columns into
    its rows (protocol section 6)."""
    if is_map:
        return {"type": "streaming"}
    if generating:
        return {"type": "reporting", "generating": True}
    if engine.explanation(0) is not None:
        return {"type": "reporting"}
    return {
        "type": "reporting",
        "streaming_preop": f"{_command(info)} {engine.map_token(0).decode('ascii')}",
        "required_fields": [
            field.decode("utf-8", "replace") for field in engine.required_fields(0)
        ],
    }


def _role(
    engine: Engine, is_map: bool, generating: bool, writer: FrameWriter, info: dict[str, Any]
) -> Role:
    from cfhuntlib.roles import ExplainRole, MapRole, ReduceRole

    if is_map:
        engine.spill_to(spill_folders(info.get("dispatch_dir")))
        return MapRole(engine, writer)
    rows = engine.explanation(0)
    if rows is not None:
        return ExplainRole(rows, writer)
    if not generating:
        engine.spill_to(spill_folders(info.get("dispatch_dir")))
        return ReduceRole(engine, writer, info)
    from cfhuntlib.generating import GeneratingRole

    return GeneratingRole(engine, writer, info)


def _take_body(engine: Engine, reader: FrameReader) -> int:
    """Feeds the body and returns its length. Broken events are reported only when the whole request
    has been read: a reply before that could block both sides (protocol section 13)."""
    length = 0
    engine.begin_body()
    try:
        for window, start, stop in reader.windows():
            engine.feed(window, start, stop)
            length += stop - start
        engine.end_body()
    except (ValueError, MemoryError):
        reader.skip_body()
        raise
    return length
