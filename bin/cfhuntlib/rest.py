"""A search through splunkd's REST export: rows as they come, every failure a sentence.

Only the standard library; imported only where a search is to be run (http.client takes longer to
load than all of cfhunt). The session's key goes into one header of the request and nowhere else:
every text that leaves this file is scrubbed of it.

The answer is read without blocking: while nothing comes, the caller's pipes are watched too, so
that a cancelled search closes the connection at once, which ends the job in splunkd.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import select
import socket
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from cfhuntlib.errors import CfhuntError
from cfhuntlib.frames import Closed

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = "cfhunt"
CONNECT_SECONDS = 30.0
# A search that groups sends nothing until it is done, so silence is not yet a stall; but first in a
# search is for typing, and nobody looks at a search bar for longer than this.
STALL_SECONDS = 3600.0
READ_BYTES = 65536
LINE_BYTES_MAX = 64 * 1024 * 1024
REFUSAL_BYTES_MAX = 65536
KEY_SHOWN_AS = "(session key)"


class Session:
    """Where the search is run, and as whom: from getinfo's searchinfo. Raises CfhuntError."""

    def __init__(self, info: dict[str, Any]) -> None:
        self.key = _checked_key(info.get("session_key"))
        owner = info.get("owner") or info.get("username")
        self.owner = owner if isinstance(owner, str) and owner else "nobody"
        if self.owner == "splunk-system-user":
            self.owner = "nobody"
        self.earliest = _bound(info.get("earliest_time"))
        self.latest = _bound(info.get("latest_time"))
        self.host, self.port = _address(info.get("splunkd_uri"))

    def scrubbed(self, text: str) -> str:
        """The text without the session's key."""
        return text.replace(self.key, KEY_SHOWN_AS)

    @property
    def shown(self) -> str:
        """Host and port, for sentences."""
        return f"{self.host}:{self.port}"


def _checked_key(key: object) -> str:
    if not isinstance(key, str) or not key:
        raise CfhuntError(
            "Splunk gave cfhunt no session key, so cfhunt cannot run a search of its own: put a "
            "search for events before | cfhunt."
        )
    if not key.isascii() or not key.isprintable():
        raise CfhuntError("Splunk gave cfhunt a session key that no request can carry.")
    return key


def _bound(value: object) -> str | None:
    """A bound of the time range as REST takes it; None: unbounded."""
    if value is None or isinstance(value, bool):
        return None
    text = str(value).strip()
    try:
        return text if float(text) != 0 else None
    except ValueError:
        return text or None


def _address(uri: object) -> tuple[str, int]:
    try:
        parts = urlsplit(uri if isinstance(uri, str) else "")
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if not host:
        raise CfhuntError(
            "Splunk did not say where its REST service is (splunkd_uri), so cfhunt cannot run a "
            "search of its own: put a search for events before | cfhunt."
        )
    if parts.scheme != "https":
        raise CfhuntError(
            "splunkd's REST service is not encrypted on this Splunk (splunkd_uri does not begin "
            "with https), and cfhunt sends no session key in clear text: put a search for events "
            "before | cfhunt."
        )
    return host, port or 8089


def is_loopback(host: str) -> bool:
    """Does the host's name say that it is this machine?"""
    if host == "localhost":
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _context(host: str) -> ssl.SSLContext:
    """On this machine splunkd's certificate is its own, self-signed, and is not verified: nobody
    sits between. Any other host is verified."""
    context = ssl.create_default_context()
    if is_loopback(host):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


# ---- the connection ----


class _Answer(io.RawIOBase):
    """The bytes of the answer. Waits for them while it watches the pipes to splunkd."""

    def __init__(self, connection: ssl.SSLSocket, watched: tuple[int, ...]) -> None:
        self._connection = connection
        self._watched = watched

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while True:
            try:
                return self._connection.recv_into(target)
            except ssl.SSLWantReadError:
                self._wait(for_reading=True)
            except ssl.SSLWantWriteError:
                self._wait(for_reading=False)

    def _wait(self, for_reading: bool) -> None:
        """Raises Closed when the search was cancelled, TimeoutError after too long a silence."""
        if not hasattr(select, "poll"):  # Windows, where only sockets can be waited for
            sockets = [self._connection]
            waiting = (sockets, []) if for_reading else ([], sockets)
            if not any(select.select(*waiting, [], STALL_SECONDS)):
                raise TimeoutError
            return
        poller = select.poll()
        poller.register(self._connection, select.POLLIN if for_reading else select.POLLOUT)
        for descriptor in self._watched:
            poller.register(descriptor, 0)  # only its hanging up
        ready = dict(poller.poll(STALL_SECONDS * 1000))
        if not ready:
            raise TimeoutError
        if any(ready.get(descriptor, 0) for descriptor in self._watched):
            raise Closed


class _Socket:
    """What http.client needs of a socket, with answers read by _Answer."""

    def __init__(self, connection: ssl.SSLSocket, watched: tuple[int, ...]) -> None:
        self._connection = connection
        self._watched = watched

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(CONNECT_SECONDS)
        self._connection.sendall(data)

    def makefile(self, *_mode: Any) -> io.BufferedReader:
        self._connection.setblocking(False)
        return io.BufferedReader(_Answer(self._connection, self._watched), READ_BYTES)

    def close(self) -> None:
        """http.client closes its socket when the answer has begun; the answer still needs it."""


class Export:
    """One running search. Iterating gives each line of the answer as an object, without previews.

    A context manager: leaving it closes the connection, which ends the search.
    """

    def __init__(self, session: Session, search: str, watched: tuple[int, ...] = ()) -> None:
        """Starts the search. watched: file descriptors whose hanging up cancels it.

        Raises CfhuntError with a sentence, or Closed.
        """
        self._session = session
        self._watched = watched if os.name == "posix" else ()
        self._connection: ssl.SSLSocket | None = None
        self.rows = 0
        self.bytes = 0  # of the answer
        fields = {"search": search, "output_mode": "json", "preview": "false"}
        if session.earliest is not None:
            fields["earliest_time"] = session.earliest
        if session.latest is not None:
            fields["latest_time"] = session.latest
        try:
            self._answer = self._start(urlencode(fields))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Export:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; more than once does no harm."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _start(self, body: str) -> http.client.HTTPResponse:
        """Asks the newer endpoint, and the older one where that is not known."""
        start = f"/servicesNS/{quote(self._session.owner, safe='')}/{APP}/search/"
        answer = self._ask(f"{start}v2/jobs/export", body)
        if answer.status == 404:
            self.close()
            answer = self._ask(f"{start}jobs/export", body)
        if answer.status != 200:
            raise CfhuntError(self._refusal(answer))
        return answer

    def _ask(self, path: str, body: str) -> http.client.HTTPResponse:
        host = self._session.host
        request = http.client.HTTPSConnection(
            host, self._session.port, context=_context(host), timeout=CONNECT_SECONDS
        )
        try:
            request.connect()
            self._connection = request.sock
            request.sock = _Socket(request.sock, self._watched)
            request.request(
                "POST",
                path,
                body,
                {
                    "Authorization": f"Splunk {self._session.key}",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Connection": "close",
                },
            )
            return request.getresponse()
        except (OSError, http.client.HTTPException) as failure:
            raise CfhuntError(self._no_connection(failure)) from None

    def _no_connection(self, failure: Exception) -> str:
        shown = self._session.shown
        if isinstance(failure, ssl.SSLCertVerificationError):
            return (
                f"The certificate of splunkd at {shown} could not be verified "
                f"({failure.verify_message}), so cfhunt does not send it the session's key. Put a "
                "search for events before | cfhunt."
            )
        if isinstance(failure, ssl.SSLError):
            return (
                f"splunkd at {shown} and cfhunt found no encryption in common ({failure.reason})."
            )
        if isinstance(failure, TimeoutError) and self._connection is not None:
            return self._stalled()
        if isinstance(failure, http.client.HTTPException):
            return f"What answers at {shown} does not speak HTTP, or broke off its answer."
        reason = "no such host" if isinstance(failure, socket.gaierror) else "no answer"
        if reason == "no answer" and isinstance(failure, OSError) and failure.errno:
            reason = os.strerror(failure.errno)
        return f"cfhunt could not reach splunkd at {shown} ({reason})."

    def _stalled(self) -> str:
        return (
            f"splunkd at {self._session.shown} sent nothing for {STALL_SECONDS:,.0f} seconds: "
            "cfhunt gave its search up. For a search that takes longer, put a search for events "
            "before | cfhunt."
        )

    # ---- refusals ----

    def _refusal(self, answer: http.client.HTTPResponse) -> str:
        said = self._session.scrubbed(self._refusal_text(answer))
        reasons = {
            401: "Splunk did not accept this search's session (401): log in again",
            403: "You may not run cfhunt's own search (403)",
            404: (
                f"splunkd at {self._session.shown} knows neither search/v2/jobs/export nor "
                f"search/jobs/export in the app {APP} (404)"
            ),
            503: (
                "Splunk runs no further search for you now (503). | cfhunt runs a search of its "
                "own beside the one that you see, and both count to your role's quota "
                "(srchJobsQuota); a search for events before | cfhunt needs no second one"
            ),
        }
        reason = reasons.get(answer.status, f"Splunk refused cfhunt's own search ({answer.status})")
        return f"{reason}. Splunk said: {said}" if said else f"{reason}."

    def _refusal_text(self, answer: http.client.HTTPResponse) -> str:
        try:
            text = answer.read(REFUSAL_BYTES_MAX).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return ""
        try:
            return " ".join(said for _level, said in messages_of(json.loads(text)))
        except ValueError:
            return _between(text, '<msg type="', "</msg>")

    # ---- the answer ----

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Objects with "result" (a row) or "messages". Raises CfhuntError, or Closed."""
        for line in self._lines():
            try:
                item = json.loads(line.decode("utf-8", "surrogateescape"))
            except (ValueError, RecursionError):
                raise CfhuntError(self._broken_off("is not JSON")) from None
            if not isinstance(item, dict):
                raise CfhuntError(self._broken_off("is not what an export sends"))
            if item.get("preview") is True:
                continue
            if isinstance(item.get("result"), dict):
                self.rows += 1
            yield item

    def _lines(self) -> Iterator[bytes]:
        parts: list[bytes] = []
        length = 0
        while data := self._read():
            *ended, rest = data.split(b"\n")
            for line in ended:
                parts.append(line)
                whole = b"".join(parts).strip()
                parts, length = [], 0
                if whole:
                    yield whole
            parts.append(rest)
            length += len(rest)
            if length > LINE_BYTES_MAX:
                raise CfhuntError(self._broken_off(f"is longer than {LINE_BYTES_MAX:,} bytes"))
        if last := b"".join(parts).strip():
            yield last

    def _read(self) -> bytes:
        """The next bytes of the answer; none at its end."""
        try:
            data = self._answer.read1(READ_BYTES)
            self.bytes += len(data)
            if data or not self._answer.length:
                return data
        except TimeoutError:
            raise CfhuntError(self._stalled()) from None
        except (OSError, ValueError, http.client.HTTPException):
            pass
        raise CfhuntError(
            f"Splunk's answer broke off after {self.rows:,} rows: the table would not be whole."
        )

    def _broken_off(self, what: str) -> str:
        return f"Line {self.rows + 1:,} of Splunk's answer {what}: the table would not be whole."


def messages_of(item: Any) -> Iterator[tuple[str, str]]:
    """(type, text) of each message of an object that an export or a refusal sends."""
    listed = item.get("messages") if isinstance(item, dict) else None
    for message in listed if isinstance(listed, list) else ():
        if isinstance(message, dict) and message.get("text"):
            yield str(message.get("type", "INFO")).upper(), str(message["text"])


def _between(text: str, start: str, end: str) -> str:
    """What an XML message says: behind the tag that begins with start, up to end."""
    _, found, rest = text.partition(start)
    return rest.partition(">")[2].partition(end)[0].strip() if found else ""
