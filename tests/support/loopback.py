"""Servers on 127.0.0.1 for tests: threads that all end with the server, and a proxy."""

import contextlib
import http.client
import select
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, Self
from urllib.parse import urlsplit

HOST = "127.0.0.1"
LONG_S = 60.0  # longer than anything takes that works


class LoopbackServer:
    """Listens from its making on; ``with`` ends it, and tells of mistakes in the handlers."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> None:
        self.scheme = "https" if tls else "http"
        self._tcp = ThreadedServer((HOST, 0), handler)
        self._tcp.owner, self._tcp.tls = self, tls
        self._thread = threading.Thread(target=self._tcp.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._tcp.server_address[1])

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"{self.scheme}://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._tcp.shutdown()
        self._thread.join()
        self._tcp.hang_up()
        self._tcp.server_close()  # waits for the handlers
        if self._tcp.mistakes:
            raise self._tcp.mistakes[0]


class ThreadedServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 64
    owner: LoopbackServer
    tls: ssl.SSLContext | None = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.mistakes: list[BaseException] = []
        self._connections: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self.tls:  # the handshake comes with the first reading, in the connection's own thread
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if error and not isinstance(error, OSError):  # OSError: the other side went away
            self.mistakes.append(error)

    def hang_up(self) -> None:
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Proxy(LoopbackServer):
    """Forwards requests for http URLs, and tunnels to https ones; ``requests`` has what it was asked for."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        super().__init__(_Forwarder)


class _Forwarder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ThreadedServer

    def do_GET(self) -> None:
        self._note()
        url = urlsplit(self.path)
        headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        with contextlib.closing(http.client.HTTPConnection(url.netloc, timeout=LONG_S)) as origin:
            origin.request("GET", url.path, headers=headers | {"Connection": "close"})
            answer = origin.getresponse()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            while part := answer.read(1 << 16):
                self.wfile.write(part)
        self.close_connection = True

    def do_CONNECT(self) -> None:
        self._note()
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), LONG_S) as origin:
            self.send_response_only(200)
            self.end_headers()
            other = {origin: self.connection, self.connection: origin}
            while all(_forward(source, other[source]) for source in select.select([*other], [], [])[0]):
                pass
        self.close_connection = True

    def _note(self) -> None:
        assert isinstance(self.server.owner, Proxy)
        self.server.owner.requests.append(self.path)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def _forward(source: socket.socket, target: socket.socket) -> bool:
    """Whether there was something to forward: nothing comes from who has hung up."""
    data = source.recv(1 << 16)
    target.sendall(data)
    return bool(data)


@contextlib.contextmanager
def deaf_port() -> Iterator[int]:
    """A port where nobody accepts and no more connections fit into the queue: connecting to it takes for ever."""
    with socket.create_server((HOST, 0), backlog=0) as listener, contextlib.ExitStack() as opened:
        for _ in range(4):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])
