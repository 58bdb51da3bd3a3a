"""Whether there is a newer release: what a server answers, and how what it does not answer is said."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from core import __version__, releases
from core.errors import ReleaseUnknownError
from core.messages import sentence
from core.releases import Release
from tests.support.loopback import LoopbackServer, ThreadedServer, closed_port

OWNER = "someone/antara"


class _Server(LoopbackServer):
    def __init__(self) -> None:
        self.status, self.answer = 200, b""
        self.asked: list[str] = []
        super().__init__(_Answering)

    def publish(self, tag: str) -> None:
        self.answer = json.dumps({"tag_name": tag, "html_url": "https://example.org/release", "assets": []}).encode()


class _Answering(BaseHTTPRequestHandler):
    server: ThreadedServer

    def do_GET(self) -> None:
        owner = self.server.owner
        assert isinstance(owner, _Server)
        owner.asked.append(self.path)
        self.send_response_only(owner.status)
        self.send_header("Content-Length", str(len(owner.answer)))
        self.end_headers()
        self.wfile.write(owner.answer)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with _Server() as running:
        yield running


def test_a_newer_release_is_told_with_its_page(server: _Server) -> None:
    server.publish("v1000.2")
    assert releases.newer(OWNER, server.url) == Release("1000.2", "https://example.org/release")
    assert server.asked == [f"/repos/{OWNER}/releases/latest"]


@pytest.mark.parametrize("tag", [__version__, f"v{__version__}", "v0.0.9", "nightly", ""])
def test_the_same_an_older_or_an_unnumbered_release_is_none(server: _Server, tag: str) -> None:
    server.publish(tag)
    assert releases.newer(OWNER, server.url) is None


def test_versions_are_compared_as_numbers() -> None:
    assert releases._numbers("0.10.0") > releases._numbers("0.9.9")
    assert releases._numbers("1.0") > releases._numbers("0.99.99")


@pytest.mark.parametrize(("status", "answer"), [(404, b"{}"), (500, b""), (200, b"<html>"), (200, b'{"tag_name": 3}')])
def test_an_answer_that_says_nothing_is_an_error(server: _Server, status: int, answer: bytes) -> None:
    server.status, server.answer = status, answer
    with pytest.raises(ReleaseUnknownError) as caught:
        releases.newer(OWNER, server.url)
    assert "newer version" in sentence(caught.value)


def test_without_a_network_the_error_says_whom_it_asked(server: _Server) -> None:
    with pytest.raises(ReleaseUnknownError) as caught:
        releases.newer(OWNER, f"http://127.0.0.1:{closed_port()}")
    assert "127.0.0.1" in sentence(caught.value)


def test_a_source_tree_knows_of_no_one_who_releases_it() -> None:
    assert releases.repository() is None
