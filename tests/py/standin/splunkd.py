"""One process of the command, driven as splunkd drives it.

splunkd writes a whole request before it reads the reply, through pipes that may be as small as
4 KB; so does this stand-in, and a command that cannot stand it hangs and is caught.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn
from urllib.parse import quote

from .frames import (
    Frame,
    FrameReader,
    JsonObject,
    ProtocolViolation,
    check_execute_reply,
    check_getinfo_reply,
    encode_frame,
)

F_SETPIPE_SZ = 1031  # Linux; Python names it only from 3.10 on
PIPE_BYTES = 4096
STALL_SECONDS = 30.0
VERSIONS = ("6.3", "8.0.3", "8.2.1")
COMMAND = "cfhunt"


@dataclass(frozen=True)
class Ending:
    """How a process ended: its exit code, what it wrote to stderr, bytes after the last reply."""

    exit_code: int
    stderr: bytes
    surplus: bytes


@cache
def interpreter() -> str:
    """The Python that runs the command: the one the variable PYTHON names, else this one.

    Its real file, because a wrapper script would not work in an empty environment.
    """
    wanted = os.environ.get("PYTHON")
    if not wanted:
        return sys.executable
    found = shutil.which(wanted)
    if found is None:
        raise FileNotFoundError(f"PYTHON names {wanted!r}, which is no program")
    asked = subprocess.run(
        [found, "-c", "import sys; print(sys.executable)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return asked.stdout.strip()


def tokenise(text: str) -> tuple[list[str], list[str]]:
    """A command's argument text as splunkd cuts it: (args, raw_args).

    Blanks separate, except inside double quotes; args lack the quotes, raw_args keep them; inside
    quotes a backslash takes a quote or a backslash as it is (protocol section 3; the finer rules
    of section 15 are not known).
    """
    arguments: list[str] = []
    raw_arguments: list[str] = []
    plain, raw, quoted, started = "", "", False, False
    place = 0
    while place <= len(text):
        character = text[place : place + 1]
        if not character or (character.isspace() and not quoted):
            if started:
                arguments.append(plain)
                raw_arguments.append(raw)
            plain, raw, started = "", "", False
        else:
            started = True
            raw += character
            if character == '"':
                quoted = not quoted
            elif quoted and character == "\\" and text[place + 1 : place + 2] in ('"', "\\"):
                place += 1
                plain += text[place]
                raw += text[place]
            else:
                plain += character
        place += 1
    if quoted:
        raise ValueError(f"unbalanced quotes in {text!r}")
    return arguments, raw_arguments


def getinfo_metadata(
    version: str = "8.2.1",
    arguments: Sequence[str] = (),
    *,
    raw_arguments: Sequence[str] | None = None,
    search: str | None = None,
    first: bool = False,
    preview: bool = False,
    sid: str = "1700000000.42",
    app: str = "search",
    earliest: str = "0",
    latest: str = "0",
    dispatch_dir: str | None = None,
    changes: Mapping[str, object] | None = None,
) -> JsonObject:
    """The metadata of a getinfo request as this version of splunkd builds it (section 3).

    The versions differ in which keys they send and in what order. ``search`` is given as text and
    sent percent-encoded; by default it is the command behind an event search, or, with ``first``,
    the command at the start. ``changes`` replaces keys of searchinfo; None removes one.
    """
    if version not in VERSIONS:
        raise ValueError(f"no template for splunkd {version}")
    raw = list(arguments) if raw_arguments is None else list(raw_arguments)
    invoked = " ".join([COMMAND, *raw])
    if search is None:
        search = f"| {invoked}" if first else f"search index=* | {invoked}"
    if dispatch_dir is None:
        dispatch_dir = f"/opt/splunk/var/run/splunk/dispatch/{sid}"
    info: JsonObject = {
        "args": list(arguments),
        "raw_args": raw,
        "dispatch_dir": dispatch_dir,
        "sid": sid,
        "app": app,
        "owner": "admin",
        "username": "admin",
        "session_key": "stand-in^session_key",
        "splunkd_uri": "https://127.0.0.1:8089",
        "splunk_version": "20150522" if version == "6.3" else version,
        "search": quote(search, safe=""),
        "command": COMMAND,
        "maxresultrows": 50000,
        "earliest_time": earliest,
        "latest_time": latest,
    }
    if version == "6.3":
        del info["command"], info["maxresultrows"]
        info = dict(sorted(info.items(), key=lambda item: item[0][::-1]))
    elif version == "8.0.3":
        info = dict(reversed(list(info.items())))
    for key, value in (changes or {}).items():
        info.pop(key, None)
        if value is not None:
            info[key] = value
    if version == "6.3":
        return {"preview": preview, "searchinfo": info, "action": "getinfo"}
    leading: JsonObject = {"action": "getinfo", "preview": preview}
    if version == "8.0.3":
        leading = {"preview": preview, "action": "getinfo"}
    return {**leading, "streaming_command_will_restart": False, "searchinfo": info}


def execute_request(body: bytes, *, finished: bool) -> bytes:
    """The bytes of one execute request."""
    return encode_frame({"action": "execute", "finished": finished}, body)


class Splunkd:
    """Starts the command and holds one conversation with it. A context manager: leaving it closes.

    Every method raises ProtocolViolation for what the real splunkd could not live with, and for
    what the project forbids besides: a word on stderr, an exit code that is not 0.

    app_dir: the app's folder; program: the command's file in it. cwd: where it starts (default:
    a place that is not the app). environment: default empty. pipe_bytes: capacity of both pipes.
    piece_bytes: requests are written in pieces of so many bytes. stall_seconds: how long the
    command may neither read nor write before it counts as hanging. python: the interpreter.
    user: the number of the user and group who run it (only root may choose); default: ours.
    """

    def __init__(
        self,
        app_dir: Path,
        *,
        program: str = "bin/cfhunt.py",
        version: str = "8.2.1",
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        pipe_bytes: int = PIPE_BYTES,
        piece_bytes: int | None = None,
        stall_seconds: float = STALL_SECONDS,
        python: str | None = None,
        user: int | None = None,
    ) -> None:
        self.version = version
        self.piece_bytes = piece_bytes
        self.stall_seconds = stall_seconds
        self.replies: list[Frame] = []
        self.failure: str | None = None  # the sentence of the error frame that ended it
        self.unread_request = 0  # bytes of requests that the command never took
        self._info: JsonObject = {}
        self._ending: Ending | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [python or interpreter(), *_caching(), str(app_dir.resolve() / program)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            cwd=cwd or Path(tempfile.gettempdir()),
            env=dict(environment or {}),
            close_fds=True,
            user=user,
            group=user,
            extra_groups=None if user is None else (),
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        for pipe in (self._stdin, self._stdout):
            fcntl.fcntl(pipe.fileno(), F_SETPIPE_SZ, pipe_bytes)
            os.set_blocking(pipe.fileno(), False)
        self._reader = FrameReader(self._read)

    def __enter__(self) -> Splunkd:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.kill()

    # One exchange after the other -------------------------------------------------------------

    def getinfo(self, arguments: Sequence[str] = (), **options: Any) -> Frame:
        """Asks getinfo; options as in getinfo_metadata. Returns the checked reply."""
        metadata = getinfo_metadata(self.version, arguments, **options)
        return self.exchange_getinfo(encode_frame(metadata))

    def exchange_getinfo(self, request: bytes) -> Frame:
        """Sends a getinfo request, given as bytes, and returns the checked reply."""
        self.send(request)
        reply = self.read_reply("getinfo")
        check_getinfo_reply(reply)
        self._info = reply.metadata
        self.failure = reply.error
        return reply

    def execute(self, chunks: Iterable[bytes], *, finish: bool = True) -> list[Frame]:
        """Sends one execute request for each body; the last says finished: true if ``finish``.

        Without a chunk one request without a body is sent. Returns the checked replies; after an
        error frame no more is sent. A generating command is asked again until it has finished.
        """
        bodies = list(chunks) or [b""]
        replies = []
        for number, body in enumerate(bodies, start=1):
            last = finish and number == len(bodies)
            replies.append(self.exchange_execute(body, finished=last))
            if self.failure is not None:
                return replies
        while finish and self._generating and not replies[-1].finished and not self.failure:
            replies.append(self.exchange_execute(b"", finished=True))
        return replies

    def exchange_execute(self, body: bytes, *, finished: bool) -> Frame:
        """One execute request and its checked reply."""
        self.send(execute_request(body, finished=finished))
        reply = self.read_reply("execute")
        check_execute_reply(reply, request_finished=finished, generating=self._generating)
        self.failure = reply.error
        return reply

    def probe(self, arguments: Sequence[str] = (), **options: Any) -> Frame:
        """A throw-away process: getinfo, then the end of its input. Returns the reply."""
        reply = self.getinfo(arguments, **options)
        self.close()
        return reply

    # Bytes ------------------------------------------------------------------------------------

    def send(self, data: bytes) -> int:
        """Writes all of data and returns how many bytes went out: fewer than all if the command
        closed its input. Raises ProtocolViolation when it stops reading."""
        if self._reader.pending:
            raise ProtocolViolation(
                f"the command wrote {self._reader.pending[:80]!r} before the next request"
            )
        step = self.piece_bytes or len(data) or 1
        sent = 0
        view = memoryview(data)
        while sent < len(data):
            written = self._write(view[sent : min(len(data), sent - sent % step + step)], sent)
            if written is None:
                self.unread_request += len(data) - sent
                break
            sent += written
        return sent

    def read_reply(self, request: str = "request") -> Frame:
        """The next frame. Raises ProtocolViolation when none comes."""
        frame = self._reader.next_frame()
        if frame is None:
            raise ProtocolViolation(
                f"the command ended (exit code {self._wait()}) without a reply to the {request}"
                f"{self._stderr_shown()}"
            )
        self.replies.append(frame)
        return frame

    def read_rest(self) -> list[Frame]:
        """All frames up to the end of the command's output; to be used after close_stdin."""
        rest = []
        while (frame := self._reader.next_frame()) is not None:
            rest.append(frame)
        self.replies.extend(rest)
        return rest

    def close_stdin(self) -> None:
        """The end of the command's input, wherever it stands."""
        self._stdin.close()

    def close_stdout(self) -> None:
        """Nobody reads any more: the command's next write fails with EPIPE."""
        self._stdout.close()

    @property
    def pid(self) -> int:
        """The command's process."""
        return self._process.pid

    # The end ----------------------------------------------------------------------------------

    def close(self) -> Ending:
        """Ends the input, waits for the process and checks how it ended."""
        ending = self.end()
        if ending.surplus:
            raise ProtocolViolation(
                f"the command wrote {len(ending.surplus)} bytes after its last reply: "
                f"{ending.surplus[:80]!r}"
            )
        if ending.stderr:
            raise ProtocolViolation(f"the command wrote to stderr: {ending.stderr[:2000]!r}")
        if ending.exit_code != 0:
            raise ProtocolViolation(f"the command ended with exit code {ending.exit_code}")
        return ending

    def end(self) -> Ending:
        """As close, but only reports."""
        if self._ending is None:
            self._stdin.close()
            surplus = b"" if self._stdout.closed else self._reader.drain()
            exit_code = self._wait()
            self._stdout.close()
            self._ending = Ending(exit_code, self._stderr_bytes(), surplus)
            self._stderr.close()
        return self._ending

    def wait(self) -> int:
        """Waits for the command to end by itself, its input still open. Returns its exit code."""
        return self._wait("has not ended by itself")

    def kill(self) -> None:
        """Ends the process by force; for a conversation that has failed already."""
        self._process.kill()
        self._process.wait()
        for stream in (self._stdin, self._stdout, self._stderr):
            stream.close()

    @property
    def _generating(self) -> bool:
        return self._info.get("generating") is True

    def _write(self, piece: memoryview, sent: int) -> int | None:
        """How many bytes of the piece went out, after a wait where needed; None on EPIPE."""
        while True:
            try:
                return os.write(self._stdin.fileno(), piece)
            except BrokenPipeError:
                return None
            except BlockingIOError:  # the pipe is full
                if not _poll(self._stdin.fileno(), select.POLLOUT, self.stall_seconds):
                    self._hang(f"has stopped reading after {sent} bytes of a request")

    def _read(self, limit: int) -> bytes:
        if not _poll(self._stdout.fileno(), select.POLLIN, self.stall_seconds):
            self._hang("has written nothing")
        return os.read(self._stdout.fileno(), limit)

    def _wait(self, what: str = "has not ended after the end of its input") -> int:
        try:
            return self._process.wait(self.stall_seconds)
        except subprocess.TimeoutExpired:
            self._hang(what)

    def _hang(self, what: str) -> NoReturn:
        waiting = not self._stdout.closed and _poll(self._stdout.fileno(), select.POLLIN, 0)
        if waiting and self._process.poll() is None:
            what += ", while it writes a reply that nobody reads yet"
        shown = self._stderr_shown()
        self.kill()
        raise ProtocolViolation(f"the command {what} for {self.stall_seconds:g} s: a hang{shown}")

    def _stderr_bytes(self) -> bytes:
        return os.pread(self._stderr.fileno(), 1 << 20, 0)

    def _stderr_shown(self) -> str:
        text = self._stderr_bytes()
        return f"; stderr: {text[-2000:].decode(errors='replace')}" if text else ""


def _caching() -> list[str]:
    """Where compiled Python files go, if the caller's environment says so; the child's does not."""
    prefix = os.environ.get("PYTHONPYCACHEPREFIX")
    return ["-X", f"pycache_prefix={prefix}"] if prefix else []


def _poll(descriptor: int, events: int, seconds: float) -> bool:
    poller = select.poll()
    poller.register(descriptor, events)
    return bool(poller.poll(seconds * 1000))
