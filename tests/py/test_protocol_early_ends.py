"""The other side goes away: the input ends at any byte, or nobody reads the reply any more.

A request that was cut gets an error frame; the exit code is 0 and nothing hangs.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from protocol_tools import BARE, body, check_error, event, many, map_arguments, table_of
from standin.frames import Frame, check_execute_reply, check_getinfo_reply, encode_frame
from standin.splunkd import Splunkd, execute_request, getinfo_metadata

SMALL_GETINFO = encode_frame({"action": "getinfo"})
SMALL_SESSION = (
    SMALL_GETINFO
    + execute_request(b"", finished=False)
    + execute_request(b'dest_port,user\n7844,"a b"\n', finished=True)
)


def early_end(app: Path, length: int) -> list[Frame]:
    with Splunkd(app) as splunkd:
        splunkd.send(SMALL_SESSION[:length])
        splunkd.close_stdin()
        return splunkd.read_rest()


def test_an_early_end_at_every_byte(app: Path) -> None:
    first = len(SMALL_GETINFO)
    second = first + len(execute_request(b"", finished=False))
    boundaries = {0: 0, first: 1, second: 2, len(SMALL_SESSION): 3}
    lengths = range(len(SMALL_SESSION) + 1)
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda length: early_end(app, length), lengths))
    for length, replies in zip(lengths, outcomes):
        whole = max(count for start, count in boundaries.items() if start <= length)
        if whole:
            check_getinfo_reply(replies[0])
            assert replies[0].error is None, length
        if length in boundaries:
            assert len(replies) == whole, length
            assert all(reply.error is None for reply in replies), length
        else:
            assert len(replies) == whole + 1, length
            check_error(replies[-1])
    assert table_of(outcomes[-1][2]) == [{**BARE, "user": "a b"}]


def test_an_early_end_in_a_map(app: Path) -> None:
    arguments = map_arguments(app)
    request = execute_request(body(many(50)), finished=False)
    for length in (0, 5, 30, 100, len(request) - 1, len(request)):
        with Splunkd(app) as splunkd:
            splunkd.getinfo(arguments)
            splunkd.send(request[:length])
            splunkd.close_stdin()
            replies = splunkd.read_rest()
        if length == 0:
            assert replies == []
        elif length < len(request):
            (reply,) = replies
            check_error(reply)
        else:
            (reply,) = replies
            check_execute_reply(reply, request_finished=False, generating=False)


def test_stdout_closed_before_getinfo_is_answered(app: Path) -> None:
    with Splunkd(app) as splunkd:
        splunkd.close_stdout()
        splunkd.send(encode_frame(getinfo_metadata()))
        assert splunkd.wait() == 0


@pytest.mark.parametrize("pause", [0.0, 0.5])
def test_stdout_closed_before_or_in_the_middle_of_a_reply(app: Path, pause: float) -> None:
    rows = [event(user=f"user {n:05}") for n in range(2000)]
    with Splunkd(app) as splunkd:
        splunkd.getinfo()
        splunkd.send(execute_request(body(rows), finished=True))
        time.sleep(pause)  # with a pause, the pipe is full and the command waits in its write
        splunkd.close_stdout()
        assert splunkd.wait() == 0


def test_stdout_closed_in_a_map_s_middle(app: Path) -> None:
    with Splunkd(app) as splunkd:
        splunkd.getinfo(map_arguments(app))
        splunkd.exchange_execute(body(many(10)), finished=False)
        splunkd.close_stdout()
        splunkd.send(execute_request(body(many(10)), finished=True))
        assert splunkd.wait() == 0
