"""The stand-in's frames: written and read to the byte; a fault in a frame or a reply is caught."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest

from standin.frames import (
    Frame,
    FrameReader,
    ProtocolViolation,
    check_execute_reply,
    check_getinfo_reply,
    encode_frame,
)

# Frames ------------------------------------------------------------------------------------------


def frames_of(data: bytes, *, newline_between: bool = False) -> list[Frame]:
    reader = FrameReader(io.BytesIO(data).read, newline_between=newline_between)
    found = []
    while (frame := reader.next_frame()) is not None:
        found.append(frame)
    return found


def test_a_frame_is_written_and_read_to_the_byte() -> None:
    data = encode_frame({"finished": True, "é": "ü"}, b"a,b\n1,2\n")
    assert data == 'chunked 1.0,27,8\n{"finished":true,"é":"ü"}a,b\n1,2\n'.encode()
    (frame,) = frames_of(data)
    assert frame.metadata == {"finished": True, "é": "ü"}
    assert frame.body == b"a,b\n1,2\n"


@pytest.mark.parametrize("step", [1, 2, 3, 17])
def test_short_reads_change_nothing(step: int) -> None:
    data = encode_frame({"finished": False}) + encode_frame({"finished": True}, b"a\n1\n")
    stream = io.BytesIO(data)
    reader = FrameReader(lambda limit: stream.read(min(limit, step)))
    first, second = reader.next_frame(), reader.next_frame()
    assert first is not None and first.body == b""
    assert second is not None and second.body == b"a\n1\n"
    assert reader.next_frame() is None


FRAME_FAULTS = {
    "a newline before": b'\nchunked 1.0,17,0\n{"finished":true}',
    "a blank in the header": b'chunked 1.0, 17,0\n{"finished":true}',
    "CRLF": b'chunked 1.0,17,0\r\n{"finished":true}',
    "another version": b'chunked 1.1,17,0\n{"finished":true}',
    "a leading zero": b'chunked 1.0,017,0\n{"finished":true}',
    "a sign": b'chunked 1.0,+17,0\n{"finished":true}',
    "no newline": b'chunked 1.0,17,0{"finished":true}',
    "a header without end": b"chunked 1.0," + b"1" * 100,
    "too short a metadata length": b'chunked 1.0,16,0\n{"finished":true}',
    "too long a metadata length": b'chunked 1.0,18,0\n{"finished":true}',
    "a newline after the metadata": b'chunked 1.0,18,0\n{"finished":true}\n',
    "too long a body length": b'chunked 1.0,17,5\n{"finished":true}a\n1\n',
    "too short a body length": b'chunked 1.0,17,3\n{"finished":true}a\n1\n',
    "two objects": b"chunked 1.0,4,0\n{}{}",
    "a list": b"chunked 1.0,2,0\n[]",
    "nothing": b"chunked 1.0,0,0\n",
    "a key twice": b'chunked 1.0,13,0\n{"a":1,"a":2}',
    "NaN": b'chunked 1.0,9,0\n{"a":NaN}',
    "no UTF-8": b'chunked 1.0,9,0\n{"a":"\xff"}',
}


@pytest.mark.parametrize("data", FRAME_FAULTS.values(), ids=FRAME_FAULTS.keys())
def test_a_faulty_frame_is_caught(data: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        frames_of(data)


def test_a_newline_between_frames_needs_its_flag() -> None:
    data = b'chunked 1.0,18,0\n{"finished":false}\nchunked 1.0,17,4\n{"finished":true}a\n1\n\n'
    assert len(frames_of(data, newline_between=True)) == 2
    with pytest.raises(ProtocolViolation, match="newline"):
        frames_of(data)


# Replies -----------------------------------------------------------------------------------------

MESSAGES = {"messages": [["WARN", "something"]]}

GETINFO_FAULTS: dict[str, dict[str, object]] = {
    "unknown key": {"type": "streaming", "distributed": True},
    "unknown type": {"type": "eventing"},
    "generating no bool": {"type": "reporting", "generating": "true"},
    "fields no list": {"required_fields": "a"},
    "fields no texts": {"required_fields": [1]},
    "maxwait no number": {"maxwait": "5"},
    "preop no text": {"type": "reporting", "streaming_preop": ""},
    "preop of a streaming command": {"type": "streaming", "streaming_preop": "cfhunt x"},
    "preop of a generating command": {
        "type": "reporting",
        "generating": True,
        "streaming_preop": "cfhunt x",
    },
    "error no text": {"error": True},
    "empty error": {"error": " "},
    "error before inspector": {"error": "no", "inspector": MESSAGES},
    "inspector no object": {"inspector": []},
    "inspector's unknown key": {"inspector": {"message": []}},
    "message no pair": {"inspector": {"messages": [["WARN"]]}},
    "message of unknown level": {"inspector": {"messages": [["WARNING", "x"]]}},
    "metric of three": {"inspector": {"metric.x": [1, 2, 3]}},
    "finished no bool": {"finished": 1},
}


def reply(metadata: Mapping[str, object], body: bytes = b"") -> Frame:
    (frame,) = frames_of(encode_frame(metadata, body))
    return frame


@pytest.mark.parametrize("metadata", GETINFO_FAULTS.values(), ids=GETINFO_FAULTS.keys())
def test_a_faulty_getinfo_reply_is_caught(metadata: Mapping[str, object]) -> None:
    with pytest.raises(ProtocolViolation):
        check_getinfo_reply(reply(metadata))


def test_a_getinfo_reply_has_no_body() -> None:
    with pytest.raises(ProtocolViolation, match="no body"):
        check_getinfo_reply(reply({"type": "streaming"}, b"a\n"))


def test_all_eight_keys_of_a_getinfo_reply_are_allowed() -> None:
    check_getinfo_reply(
        reply(
            {
                "type": "reporting",
                "generating": False,
                "required_fields": ["_time", "a.b"],
                "maxwait": 5.5,
                "streaming_preop": "cfhunt x",
                "finished": False,
                "inspector": {**MESSAGES, "metric.x": [0.1, 1, 2, 3]},
                "error": "A sentence.",
            }
        )
    )
    check_getinfo_reply(reply({}))


EXECUTE_FAULTS: dict[str, tuple[dict[str, object], bytes]] = {
    "no finished": ({}, b""),
    "finished no bool": ({"finished": 1}, b""),
    "finished too early": ({"finished": True}, b""),
    "unknown key": ({"finished": False, "partial": True}, b""),
    "type in an execute reply": ({"finished": False, "type": "streaming"}, b""),
    "error before inspector": ({"finished": True, "error": "no", "inspector": MESSAGES}, b""),
    "error without the end": ({"finished": False, "error": "no"}, b""),
    "error with a body": ({"finished": True, "error": "no"}, b"a\n1\n"),
    "bad body": ({"finished": False}, b"a,b\n1\n"),
}


@pytest.mark.parametrize("metadata, body", EXECUTE_FAULTS.values(), ids=EXECUTE_FAULTS.keys())
def test_a_faulty_execute_reply_is_caught(metadata: Mapping[str, object], body: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        check_execute_reply(reply(metadata, body), request_finished=False, generating=False)


def test_a_generating_command_finishes_when_it_likes() -> None:
    check_execute_reply(reply({"finished": False}), request_finished=True, generating=True)
    with pytest.raises(ProtocolViolation, match="finished: false"):
        check_execute_reply(reply({"finished": False}), request_finished=True, generating=False)


def test_messages_and_error_are_read() -> None:
    frame = reply({"finished": True, "inspector": MESSAGES, "error": "No."})
    assert frame.messages == [("WARN", "something")]
    assert frame.error == "No."
