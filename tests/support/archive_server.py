"""A server of archives with ranges and validators, which a test can make misbehave, request by request.

Behaviours given to ``script`` answer one request each, in order; then all goes well. The bad ones: ``tests.support.faults``.
"""

import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.loopback import LONG_S, LoopbackServer, ThreadedServer

MODIFIED = "Wed, 21 Oct 2015 07:28:00 GMT"


@dataclass(frozen=True)
class Served:
    """What lies at a path, and how the server tells one version of it from another."""

    data: bytes
    etag: str | None = '"first"'
    modified: str | None = MODIFIED

    @property
    def validators(self) -> dict[str, str]:
        named = {"ETag": self.etag, "Last-Modified": self.modified}
        return {name: value for name, value in named.items() if value}

    def is_unchanged_since(self, condition: str | None) -> bool:
        """Whether an If-Range holds. A weak ETag never does (RFC 9110, 13.1.5)."""
        return condition is None or (not condition.startswith("W/") and condition in (self.etag, self.modified))


@dataclass(frozen=True)
class Request:
    """What a client asked for; ``time_s`` counts from anywhere."""

    path: str
    headers: HTTPMessage
    time_s: float

    @property
    def first_byte(self) -> int:
        """Where the range begins that was asked for; 0 without one."""
        wanted = self.headers["Range"]
        return int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0


@dataclass
class Answer:
    """What is to be sent: a fault may change it first."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: memoryview | bytes = b""


class Gate:
    """Where an answer stops until the test lets it go on, or the server ends."""

    def __init__(self) -> None:
        self._reached, self._opened = threading.Event(), threading.Event()

    def wait_until_reached(self) -> None:
        assert self._reached.wait(LONG_S), "the server never came to this point"

    def open(self) -> None:
        self._opened.set()

    def stop_here(self) -> None:
        """For the server."""
        self._reached.set()
        self._opened.wait(LONG_S)


class Exchange(BaseHTTPRequestHandler):
    """One connection; a behaviour answers one request through it."""

    protocol_version = "HTTP/1.1"
    server: ThreadedServer

    @property
    def owner(self) -> "ArchiveServer":
        assert isinstance(self.server.owner, ArchiveServer)
        return self.server.owner

    def do_GET(self) -> None:
        self.owner.take(Request(self.path, self.headers, time.monotonic()))(self)

    def answer(self) -> Answer:
        """The right one."""
        served = self.owner.served.get(self.path)
        if served is None:
            return Answer(404, {"Content-Length": "0"})
        total = len(served.data)
        headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", **served.validators}
        wanted = self.headers["Range"]
        if not wanted or not served.is_unchanged_since(self.headers["If-Range"]):
            return Answer(200, headers | {"Content-Length": str(total)}, memoryview(served.data))
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, stop = int(first), min(int(last or total) + 1, total)
        if start >= total:
            return Answer(416, {"Content-Range": f"bytes */{total}", "Content-Length": "0"})
        headers |= {"Content-Range": f"bytes {start}-{stop - 1}/{total}", "Content-Length": str(stop - start)}
        return Answer(206, headers, memoryview(served.data)[start:stop])

    def send_head(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def send(self, answer: Answer) -> None:
        self.send_head(answer)
        self.wfile.write(answer.body)

    def stop_at(self, gate: Gate) -> None:
        self.owner.open_at_the_end(gate)
        gate.stop_here()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


Behaviour = Callable[[Exchange], None]


def well(exchange: Exchange) -> None:
    """As it should be."""
    exchange.send(exchange.answer())


class ArchiveServer(LoopbackServer):
    """Serves what ``serve`` is given."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.served: dict[str, Served] = {}
        self._gates: list[Gate] = []
        self._ending = False
        self._script: deque[Behaviour] = deque()
        self._always: dict[str, Behaviour] = {}
        super().__init__(Exchange, tls)

    def serve(self, path: str, data: bytes, **validators: str | None) -> str:
        """Puts ``data`` at ``path``, in place of what was there. Its URL."""
        self.served[path] = Served(data, **validators)
        return self.url + path

    def script(self, *behaviours: Behaviour) -> None:
        """How the next requests are answered, one each."""
        self._script.extend(behaviours)

    def always(self, path: str, behaviour: Behaviour) -> str:
        """How all requests for ``path`` are answered that the script does not answer. Its URL."""
        self._always[path] = behaviour
        return self.url + path

    def take(self, request: Request) -> Behaviour:
        """For Exchange: how to answer."""
        self.requests.append(request)
        try:
            return self._script.popleft()
        except IndexError:
            return self._always.get(request.path, well)

    def open_at_the_end(self, gate: Gate) -> None:
        """For Exchange: no gate keeps the server from ending."""
        self._gates.append(gate)
        if self._ending:
            gate.open()

    def asked(self) -> list[tuple[str, int]]:
        """The path and the first byte of each request so far."""
        return [(request.path, request.first_byte) for request in self.requests]

    def __exit__(self, *exception: object) -> None:
        self._ending = True
        for gate in self._gates:
            gate.open()
        super().__exit__(*exception)
