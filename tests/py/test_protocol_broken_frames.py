"""Frames that are broken: whatever comes in, an error frame with a sentence, and never a hang."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from protocol_tools import EVENT, body, check_error, counted, many, table_of
from standin.frames import Frame, encode_frame
from standin.splunkd import Splunkd, execute_request, getinfo_metadata

EXECUTE = b'{"action":"execute","finished":true}'
GETINFO = json.dumps(getinfo_metadata()).encode()


def answer_to(
    app: Path, data: bytes, *, after_getinfo: bool = False, open_ended: bool = False
) -> Frame:
    """The one reply to these bytes, sent in place of a request; ``open_ended``: without an end."""
    with Splunkd(app) as splunkd:
        if after_getinfo:
            splunkd.getinfo()
        splunkd.send(data)
        if not open_ended:
            splunkd.close_stdin()
        return splunkd.read_reply()


# What can be seen to be wrong from what has come, whether or not more comes.
WRONG_AT_ONCE = {
    "an empty line": b"\n",
    "text": b"hello world\n",
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "another version": b"chunked 2.0,%d,0\n" % len(GETINFO) + GETINFO,
    "no lengths": b"chunked 1.0\n",
    "empty lengths": b"chunked 1.0,,\n",
    "one length": b"chunked 1.0,5\n{}",
    "three lengths": b"chunked 1.0,2,0,0\n{}",
    "negative": b"chunked 1.0,-1,0\n",
    "negative body": b"chunked 1.0,2,-1\n{}",
    "exponent": b"chunked 1.0,1e3,0\n",
    "hexadecimal": b"chunked 1.0,0x10,0\n",
    "underscore": b"chunked 1.0,1_0,0\n",
    "fullwidth digits": "chunked 1.0,\uff11\uff12,0\n".encode(),
    "JSON without header": GETINFO + b"\n",
    "no header end": b"chunked 1.0," + b"1" * 1_000_000,
    "binary": bytes(range(256)) * 5000,
    "empty metadata": b"chunked 1.0,0,0\n",
    "a list": encode_frame(b"[]"),
    "a text": encode_frame(b'"getinfo"'),
    "no JSON": encode_frame(b"{action:getinfo}"),
    "metadata cut short": b"chunked 1.0,%d,0\n" % (len(GETINFO) - 20) + GETINFO,
    "two objects": encode_frame(b"{}{}"),
    "bad UTF-8": encode_frame(GETINFO.replace(b"admin", b"\xff\xfe")),
    "unknown action": encode_frame({"action": "dance"}),
    "no action": encode_frame({"searchinfo": {"args": []}}),
    "action of another type": encode_frame({"action": ["getinfo"]}),
    "deep": encode_frame(b'{"action":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "execute first": execute_request(b"a\n1\n", finished=True),
    "args no list": encode_frame({"action": "getinfo", "searchinfo": {"args": "count"}}),
    "args no texts": encode_frame({"action": "getinfo", "searchinfo": {"args": [1, None, {}]}}),
    "searchinfo no object": encode_frame({"action": "getinfo", "searchinfo": [1]}),
}

# What is only known to be wrong when the input ends.
WRONG_AT_THE_END = {
    "huge metadata": b"chunked 1.0,1000000000000,0\n" + GETINFO,
    "huge body": b"chunked 1.0,%d,1000000000000000\n" % len(GETINFO) + GETINFO + b"x" * 1000,
    "beyond 64 bits": b"chunked 1.0,99999999999999999999,0\n" + GETINFO,
    "beyond 64 bits, body": b"chunked 1.0,%d,99999999999999999999\n" % len(GETINFO) + GETINFO,
    "a number of 5,000 digits": b"chunked 1.0," + b"9" * 5000 + b",0\n" + GETINFO,
    "metadata longer than what comes": b"chunked 1.0,%d,0\n" % (len(GETINFO) + 1) + GETINFO,
    "half a header": b"chunked 1.",
    "a header without newline": b"chunked 1.0,2,0",
}


@pytest.mark.parametrize("open_ended", [False, True])
@pytest.mark.parametrize("data", WRONG_AT_ONCE.values(), ids=WRONG_AT_ONCE.keys())
def test_a_broken_first_frame(app: Path, data: bytes, open_ended: bool) -> None:
    check_error(answer_to(app, data, open_ended=open_ended))


@pytest.mark.parametrize("data", WRONG_AT_THE_END.values(), ids=WRONG_AT_THE_END.keys())
def test_a_first_frame_that_does_not_end(app: Path, data: bytes) -> None:
    check_error(answer_to(app, data))


BROKEN_EXECUTES = {
    "an empty line": b"\n",
    "text": b"hello world\n",
    "no header": body([EVENT]),
    "empty metadata": b"chunked 1.0,0,5\nabcd\n",
    "no JSON": encode_frame(b"{", body([EVENT])),
    "deep": encode_frame(b"[" * 100_000, body([EVENT])),
    "unknown action": encode_frame({"action": "dance", "finished": True}, body([EVENT])),
    "short body": execute_request(body([EVENT]), finished=True)[:-10],
    "no body": execute_request(body([EVENT]), finished=True)[: -len(body([EVENT]))],
    "huge body": b"chunked 1.0,36,999999999999\n" + EXECUTE + body([EVENT]),
    "body beyond 64 bits": b"chunked 1.0,36,99999999999999999999\n" + EXECUTE + body([EVENT]),
    "body cut in quotes": execute_request(b'user,"dest_port"\n"alice 7844', finished=True)[:-3],
}


@pytest.mark.parametrize("data", BROKEN_EXECUTES.values(), ids=BROKEN_EXECUTES.keys())
def test_a_broken_execute_frame(app: Path, data: bytes) -> None:
    check_error(answer_to(app, data, after_getinfo=True))


UNUSUAL_EXECUTES = {
    "finished missing": {"action": "execute"},
    "finished no bool": {"action": "execute", "finished": "yes"},
    "an unknown key": {"action": "execute", "finished": True, "more": [1]},
    "getinfo again": getinfo_metadata(),
}


@pytest.mark.parametrize("metadata", UNUSUAL_EXECUTES.values(), ids=UNUSUAL_EXECUTES.keys())
def test_an_unusual_execute_frame(app: Path, metadata: dict[str, object]) -> None:
    reply = answer_to(app, encode_frame(metadata, body([EVENT])), after_getinfo=True)
    if metadata.get("finished") is True:
        assert table_of(reply) == counted([EVENT])
    elif reply.error is not None:
        check_error(reply)
    else:
        assert reply.body == b"" or table_of(reply) == counted([EVENT])


def test_a_broken_frame_after_good_ones_gives_no_table(app: Path) -> None:
    with Splunkd(app) as splunkd:
        splunkd.getinfo()
        splunkd.exchange_execute(body(many(20)), finished=False)
        splunkd.send(execute_request(body(many(20)), finished=True)[:-1])
        splunkd.close_stdin()
        check_error(splunkd.read_reply())
