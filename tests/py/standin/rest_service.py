"""splunkd's REST service, as far as a search export needs it: TLS with a certificate of its own,
self-signed, made by the test; answers that are told beforehand; everything that came, recorded.
"""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Callable
from urllib.parse import parse_qs

SESSION_KEY = "KEY^of_the.stand-in_SESSION-7f3a9c"
PATH = "/servicesNS/admin/cfhunt/search/v2/jobs/export"
OLD_PATH = "/servicesNS/admin/cfhunt/search/jobs/export"


@dataclass(frozen=True)
class Request:
    """One request: its path, headers (names in lower case) and form fields."""

    path: str
    headers: Mapping[str, str]
    fields: Mapping[str, str]


@dataclass
class Answer:
    """What the service answers.

    pieces: the body; a piece may wait on an Event of the caller's while it is made. framing:
    "chunked", "close" (it ends with the connection), or "short" (the length that is said is one
    byte more than what comes). breaks: the connection ends in the middle, without a last chunk.
    hangs: after the pieces nothing follows until the other side closes.
    """

    status: int = 200
    pieces: Iterable[bytes] = ()
    framing: str = "chunked"
    breaks: bool = False
    hangs: bool = False


Script = Callable[[Request], Answer]


def lines(*items: Mapping[str, Any]) -> list[bytes]:
    """Objects as an export sends them, one a line."""
    return [json.dumps(item).encode() + b"\n" for item in items]


def row_lines(rows: Iterable[Mapping[str, Any]], *, preview: bool = False) -> Iterator[bytes]:
    """Rows as an export sends them; the last one says so. Without rows that stands alone."""
    listed = list(rows)
    if not listed:
        yield from lines({"preview": preview, "lastrow": True})
    for offset, row in enumerate(listed):
        item: dict[str, Any] = {"preview": preview, "offset": offset}
        if offset == len(listed) - 1:
            item["lastrow"] = True
        yield from lines({**item, "result": row})


def messages(*said: tuple[str, str]) -> dict[str, Any]:
    """An object that holds messages: (type, text)."""
    return {"messages": [{"type": level, "text": text} for level, text in said]}


def make_certificate(folder: Path, host: str = "127.0.0.1") -> tuple[Path, Path]:
    """A self-signed certificate for the host and its key, made by openssl: (certificate, key)."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise FileNotFoundError("openssl is not on this machine")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=SplunkServerDefaultCert/O=SplunkUser"),
            *("-addext", f"subjectAltName=IP:{host}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


@dataclass
class RestService:
    """The service, on a port of this machine. A context manager.

    script answers each request. requests: what came. closed: the other side has closed a
    connection on which the service still had something to say.
    """

    script: Script
    certificate: tuple[Path, Path]
    encrypted: bool = True
    requests: list[Request] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                service._serve(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_arguments: object) -> None:
                pass  # a client that goes away, or does not trust the certificate

        self._server = Server(("127.0.0.1", 0), Handler)
        if self.encrypted:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def uri(self) -> str:
        """As getinfo's splunkd_uri says it."""
        return f"https://127.0.0.1:{self.port}"

    def __enter__(self) -> RestService:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", "0"))
        form = parse_qs(handler.rfile.read(length).decode(), strict_parsing=True)
        request = Request(
            handler.path,
            {name.lower(): value for name, value in handler.headers.items()},
            {name: values[0] for name, values in form.items()},
        )
        self.requests.append(request)
        answer = self.script(request)
        try:
            self._answer(handler, answer)
        except (OSError, ssl.SSLError):
            self.closed.set()
        handler.close_connection = True

    def _answer(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        handler.send_response(answer.status)
        handler.send_header("Content-Type", "application/json; charset=UTF-8")
        pieces = answer.pieces
        if answer.framing == "chunked":
            handler.send_header("Transfer-Encoding", "chunked")
        elif answer.framing == "short":
            body = b"".join(pieces)
            pieces = [body]
            handler.send_header("Content-Length", str(len(body) + 1))
        handler.send_header("Connection", "close")
        handler.end_headers()
        for piece in pieces:
            if answer.framing == "chunked":
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            else:
                handler.wfile.write(piece)
            handler.wfile.flush()
        if answer.hangs:
            self._wait_for_the_end(handler.connection)
        elif answer.framing == "chunked" and not answer.breaks:
            handler.wfile.write(b"0\r\n\r\n")

    def _wait_for_the_end(self, connection: socket.socket) -> None:
        """Until the other side closes, or a minute has passed."""
        connection.settimeout(60)
        try:
            while connection.recv(1):
                pass
        except TimeoutError:
            return
        except OSError:
            pass
        self.closed.set()
