"""Frames of the chunked protocol (version 2) to the byte, and what a reply may say.

A frame is ``chunked 1.0,META-LENGTH,BODY-LENGTH`` LF, then the metadata (one JSON object), then
the body. Lengths are bytes. Nothing stands between metadata and body or between two frames
(protocol section 2).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, NoReturn

from .csv_body import CsvViolation, read_table

JsonObject = dict[str, Any]

HEADER = re.compile(rb"chunked 1\.0,(0|[1-9][0-9]{0,18}),(0|[1-9][0-9]{0,18})\n")
HEADER_BYTES_MAX = 64
PHASE_LINE = re.compile(r"cfhunt (map|reduce|search): .* s\.$")
READ_BYTES = 65536

GETINFO_REPLY_KEYS = (
    "type",
    "generating",
    "required_fields",
    "maxwait",
    "streaming_preop",
    "finished",
    "inspector",
    "error",
)
EXECUTE_REPLY_KEYS = ("finished", "inspector", "error")
COMMAND_TYPES = ("streaming", "stateful", "events", "reporting")
MESSAGE_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")


class ProtocolViolation(Exception):
    """The command broke the protocol; the text is a sentence that says how."""


@dataclass(frozen=True)
class Frame:
    """One frame: the metadata as it came and decoded (keys in their order), and the body."""

    raw_metadata: bytes
    metadata: JsonObject
    body: bytes

    @property
    def finished(self) -> bool:
        """Whether the metadata says ``finished: true``."""
        return self.metadata.get("finished") is True

    @property
    def error(self) -> str | None:
        """The fatal sentence for the user, if there is one."""
        text = self.metadata.get("error")
        return text if isinstance(text, str) else None

    @property
    def messages(self) -> list[tuple[str, str]]:
        """The inspector's messages as (level, text), in their order, but for the phase lines."""
        return [message for message in self._all_messages() if not _is_phase_line(*message)]

    @property
    def phase_lines(self) -> list[str]:
        """The lines that say what a process did, for the Job Inspector: one a process."""
        return [text for level, text in self._all_messages() if _is_phase_line(level, text)]

    @property
    def metrics(self) -> dict[str, list[float]]:
        """The Job Inspector's metrics, by name: seconds, requests, in, out."""
        inspector = self.metadata.get("inspector", {})
        return {key[7:]: value for key, value in inspector.items() if key.startswith("metric.")}

    def _all_messages(self) -> list[tuple[str, str]]:
        inspector = self.metadata.get("inspector", {})
        return [(level, text) for level, text in inspector.get("messages", [])]


def _is_phase_line(level: str, text: str) -> bool:
    return level == "INFO" and PHASE_LINE.match(text) is not None


def encode_frame(metadata: bytes | Mapping[str, object], body: bytes = b"") -> bytes:
    """The bytes of one frame. Metadata given as bytes is sent as it is, right or wrong."""
    if not isinstance(metadata, bytes):
        metadata = json.dumps(metadata, separators=(",", ":"), ensure_ascii=False).encode()
    return b"chunked 1.0,%d,%d\n" % (len(metadata), len(body)) + metadata + body


def parse_metadata(raw: bytes) -> JsonObject:
    """Exactly one JSON object, from the first byte to the last; anything else is a violation."""
    if raw[:1] != b"{" or raw[-1:] != b"}":
        raise ProtocolViolation(f"the metadata is not exactly one JSON object: {_shown(raw)}")
    try:
        parsed = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique_keys, parse_constant=_no_constant
        )
    except UnicodeDecodeError as problem:
        raise ProtocolViolation(f"the metadata is not UTF-8: {problem}") from problem
    except ValueError as problem:
        raise ProtocolViolation(
            f"the metadata is not exactly one JSON object ({problem}): {_shown(raw)}"
        ) from problem
    if not isinstance(parsed, dict):
        raise ProtocolViolation(f"the metadata is not exactly one JSON object: {_shown(raw)}")
    return parsed


class FrameReader:
    """Cuts a stream of bytes into frames.

    ``read(n)`` gives 1 to n bytes, or none at the end of the stream. ``newline_between`` tolerates
    one newline after a frame: only the oldest recorded outputs have it, no live command may.
    """

    def __init__(self, read: Callable[[int], bytes], *, newline_between: bool = False) -> None:
        self._read = read
        self._newline_between = newline_between
        self._buffer = bytearray()
        self._ended = False

    @property
    def pending(self) -> bytes:
        """What was read beyond the last frame."""
        return bytes(self._buffer)

    def next_frame(self) -> Frame | None:
        """The next frame, or None when the stream ends at a frame's boundary.

        Raises ProtocolViolation for anything that is not a frame, also for one cut short.
        """
        self._fill(1)
        if self._newline_between and self._buffer[:1] == b"\n":
            del self._buffer[:1]
            self._fill(1)
        if not self._buffer:
            return None
        metadata_length, body_length = self._header()
        raw = self._take(metadata_length, "metadata")
        body = self._take(body_length, "body")
        return Frame(raw, parse_metadata(raw), body)

    def drain(self) -> bytes:
        """Everything up to the end of the stream."""
        while not self._ended:
            self._fill(len(self._buffer) + 1)
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _fill(self, wanted: int) -> bool:
        while len(self._buffer) < wanted and not self._ended:
            got = self._read(READ_BYTES)
            self._ended = not got
            self._buffer += got
        return len(self._buffer) >= wanted

    def _header(self) -> tuple[int, int]:
        length = 1
        while b"\n" not in self._buffer[:length]:
            if length == HEADER_BYTES_MAX or not self._fill(length + 1):
                break
            length += 1
        line = bytes(self._buffer[:length])
        match = HEADER.fullmatch(line)
        if match is None:
            raise ProtocolViolation(_header_fault(line))
        del self._buffer[: len(line)]
        return int(match.group(1)), int(match.group(2))

    def _take(self, length: int, what: str) -> bytes:
        if not self._fill(length):
            raise ProtocolViolation(
                f"the stream ends after {len(self._buffer)} of the {length} bytes of a frame's "
                f"{what}"
            )
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken


def check_getinfo_reply(reply: Frame) -> None:
    """Raises ProtocolViolation unless the reply is one that section 4 of the protocol allows."""
    meta = reply.metadata
    _check_keys("getinfo", meta, GETINFO_REPLY_KEYS)
    if reply.body:
        _violate(f"a getinfo reply has no body, this one has {len(reply.body)} bytes")
    if "type" in meta and meta["type"] not in COMMAND_TYPES:
        _violate(f"the command type {meta['type']!r} is none of {', '.join(COMMAND_TYPES)}")
    _check_boolean(meta, "generating")
    _check_boolean(meta, "finished")
    fields = meta.get("required_fields")
    if "required_fields" in meta and not _is_list_of_text(fields):
        _violate(f"required_fields is not a list of texts: {fields!r}")
    wait = meta.get("maxwait", 0)
    if isinstance(wait, bool) or not isinstance(wait, (int, float)) or wait < 0:
        _violate(f"maxwait is not a number of seconds: {wait!r}")
    if "streaming_preop" in meta:
        _check_preop(meta)
    _check_inspector_and_error(meta)


def check_execute_reply(reply: Frame, *, request_finished: bool, generating: bool) -> None:
    """Raises ProtocolViolation unless the reply is one that section 5 of the protocol allows.

    The body is read too, by the strict CSV reader.
    """
    meta = reply.metadata
    _check_keys("execute", meta, EXECUTE_REPLY_KEYS)
    if "finished" not in meta:
        _violate("an execute reply without finished")
    _check_boolean(meta, "finished")
    _check_inspector_and_error(meta)
    if "error" in meta:
        if reply.body:
            _violate(f"a reply with an error carries a body of {len(reply.body)} bytes")
        if not reply.finished:
            _violate("a reply with an error does not say finished: true")
    elif not generating and reply.finished != request_finished:
        _violate(
            f"the reply says finished: {_json(reply.finished)} to a request that says "
            f"{_json(request_finished)}"
        )
    try:
        read_table(reply.body)
    except CsvViolation as problem:
        raise ProtocolViolation(f"the reply's body: {problem}") from problem


def _check_keys(kind: str, meta: JsonObject, allowed: tuple[str, ...]) -> None:
    unknown = [key for key in meta if key not in allowed]
    if unknown:
        _violate(f"the key {unknown[0]!r} is not allowed in a reply to {kind}")


def _check_boolean(meta: JsonObject, key: str) -> None:
    if key in meta and not isinstance(meta[key], bool):
        _violate(f"{key} is not true or false: {meta[key]!r}")


def _check_preop(meta: JsonObject) -> None:
    preop = meta["streaming_preop"]
    if not isinstance(preop, str) or not preop.strip():
        _violate(f"streaming_preop is not a text: {preop!r}")
    if meta.get("type") != "reporting" or meta.get("generating"):
        _violate("streaming_preop is only for a reporting command that is not generating")


def _check_inspector_and_error(meta: JsonObject) -> None:
    keys = list(meta)
    if "inspector" in meta:
        _check_inspector(meta["inspector"])
    if "error" not in meta:
        return
    if not isinstance(meta["error"], str) or not meta["error"].strip():
        _violate(f"error is not a sentence: {meta['error']!r}")
    if "inspector" in meta and keys.index("error") < keys.index("inspector"):
        _violate("error stands before inspector, so splunkd would not read the inspector")


def _check_inspector(inspector: object) -> None:
    if not isinstance(inspector, dict):
        _violate(f"inspector is not an object: {inspector!r}")
    for key, value in inspector.items():
        if key == "messages":
            _check_messages(value)
        elif key.startswith("metric."):
            if not _is_metric(value):
                _violate(f"{key} is not a list of four numbers: {value!r}")
        else:
            _violate(f"the key {key!r} is not allowed in inspector")


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list):
        _violate(f"inspector.messages is not a list: {messages!r}")
    for message in messages:
        if not _is_list_of_text(message) or len(message) != 2:
            _violate(f"a message is not [LEVEL, TEXT]: {message!r}")
        level, text = message
        if level not in MESSAGE_LEVELS:
            _violate(f"the message level {level!r} is none of {', '.join(MESSAGE_LEVELS)}")
        if not text.strip():
            _violate("a message has no text")


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_metric(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 4
        and all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in value)
    )


def _violate(sentence: str) -> NoReturn:
    raise ProtocolViolation(sentence)


def _unique_keys(pairs: list[tuple[str, object]]) -> JsonObject:
    found: JsonObject = {}
    for key, value in pairs:
        if key in found:
            raise ProtocolViolation(f"the key {key!r} occurs twice in one JSON object")
        found[key] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ProtocolViolation(f"{name} is no JSON")


def _header_fault(line: bytes) -> str:
    if line[:1] in (b"\n", b"\r"):
        return "a newline stands before a frame's header; nothing may stand between frames"
    return f"no frame begins with {_shown(line)}"


def _shown(raw: bytes) -> str:
    return repr(raw if len(raw) <= 120 else raw[:120] + b"...")


def _json(value: bool) -> str:
    return "true" if value else "false"
