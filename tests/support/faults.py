"""The ways in which a server of archives can misbehave. Each is the answer to one request."""

import socket
import struct
from collections.abc import Callable

from tests.support.archive_server import Answer, Behaviour, Exchange, Gate, Served, well

PAGE = b"<!DOCTYPE html><html><body><form>Welcome to the hotel's network. Please log in.</form></body></html>"


def drop(fraction: float = 0.0, before_end: int = 0, reset: bool = False) -> Behaviour:
    """The connection ends after that part of the body, or so many bytes before its end; rudely or with a goodbye."""

    def behave(exchange: Exchange) -> None:
        answer = exchange.answer()
        exchange.send_head(answer)
        sent = len(answer.body) - before_end if before_end else round(fraction * len(answer.body))
        exchange.wfile.write(answer.body[:sent])
        hang_up(exchange, reset)

    return behave


def hang_up(exchange: Exchange, reset: bool = False) -> None:
    """No answer; the connection ends."""
    if reset:
        exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        exchange.connection.close()
    exchange.close_connection = True


def silent(gate: Gate) -> Behaviour:
    """No answer while the gate is closed, then the right one."""

    def behave(exchange: Exchange) -> None:
        exchange.stop_at(gate)
        well(exchange)

    return behave


def stop(gate: Gate, fraction: float = 0.5) -> Behaviour:
    """Stops after that part of the body while the gate is closed."""

    def behave(exchange: Exchange) -> None:
        answer = exchange.answer()
        middle = round(fraction * len(answer.body))
        exchange.send_head(answer)
        exchange.wfile.write(answer.body[:middle])
        exchange.stop_at(gate)
        exchange.wfile.write(answer.body[middle:])

    return behave


def trickle(piece: int) -> Behaviour:
    """The body in small pieces, each in a packet of its own."""

    def behave(exchange: Exchange) -> None:
        answer = exchange.answer()
        exchange.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        exchange.send_head(answer)
        for start in range(0, len(answer.body), piece):
            exchange.wfile.write(answer.body[start : start + piece])

    return behave


def changed(change: Callable[[Answer], object]) -> Behaviour:
    """The right answer, changed; the connection ends after it."""

    def behave(exchange: Exchange) -> None:
        answer = exchange.answer()
        change(answer)
        exchange.send(answer)
        exchange.close_connection = True

    return behave


def wrong_length(by: int) -> Behaviour:
    """Declares so many bytes more or fewer than it sends."""

    def change(answer: Answer) -> None:
        answer.headers["Content-Length"] = str(len(answer.body) + by)

    return changed(change)


def _spoil(answer: Answer) -> None:
    body = bytearray(answer.body)
    body[len(body) // 2] ^= 0xFF
    answer.body = bytes(body)


def _claim_gzip(answer: Answer) -> None:
    answer.headers["Content-Encoding"] = "gzip"


def _forget_the_length(answer: Answer) -> None:
    del answer.headers["Content-Length"]


wrong_body = changed(_spoil)  # one byte of it
claims_gzip = changed(_claim_gzip)  # as servers do for .tar.gz; the body is the archive all the same
no_length = changed(_forget_the_length)  # the body ends with the connection


def ignore_range(exchange: Exchange) -> None:
    """All of it, whatever was asked for."""
    del exchange.headers["Range"]
    well(exchange)


def wrong_content_range(shift: int) -> Behaviour:
    """A part that says that it is from elsewhere, and is."""

    def behave(exchange: Exchange) -> None:
        data = exchange.owner.served[exchange.path].data
        start = exchange.owner.requests[-1].first_byte + shift
        span = f"bytes {start}-{len(data) - 1}/{len(data)}"
        body = memoryview(data)[start:]
        exchange.send(Answer(206, {"Content-Range": span, "Content-Length": str(len(body))}, body))

    return behave


def status(code: int, **headers: str) -> Behaviour:
    """Nothing but a status; ``Retry_After`` is Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.send(Answer(code, named | {"Content-Length": "0"}))


def redirect(url: str, code: int = 302) -> Behaviour:
    return status(code, Location=url)


def replaced_by(served: Served) -> Behaviour:
    """The archive is another one from now on."""

    def behave(exchange: Exchange) -> None:
        exchange.owner.served[exchange.path] = served
        well(exchange)

    return behave


def chunked(exchange: Exchange) -> None:
    """The right body in chunks, of unknown length."""
    answer = exchange.answer()
    del answer.headers["Content-Length"]
    answer.headers["Transfer-Encoding"] = "chunked"
    exchange.send_head(answer)
    for start in range(0, len(answer.body), 50_000):
        piece = bytes(answer.body[start : start + 50_000])
        exchange.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
    exchange.wfile.write(b"0\r\n\r\n")


def endless(exchange: Exchange) -> None:
    """The right body and then more of it, until nobody listens any more."""
    answer = exchange.answer()
    del answer.headers["Content-Length"]
    exchange.send_head(answer)
    while True:
        exchange.wfile.write(answer.body)


def login_page(exchange: Exchange) -> None:
    """A hotel's network answers in the server's place."""
    exchange.send(Answer(200, {"Content-Type": "text/html", "Content-Length": str(len(PAGE))}, PAGE))


def garbage(exchange: Exchange) -> None:
    """Not HTTP."""
    exchange.wfile.write(b"\x00\x01\x02 220 mail.example ESMTP ready\r\n" * 3)
    exchange.close_connection = True
