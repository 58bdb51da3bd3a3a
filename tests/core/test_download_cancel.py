"""A download can be cancelled wherever it waits, ends soon then, and is gone on with later."""

import dataclasses
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from core import paths
from core.cancel import CancelToken
from core.errors import CancelledError
from core.models import catalogue, install, store
from core.models.catalogue import Model
from core.progress import Stage, Transfer
from tests.support import archives, faults
from tests.support.archive_server import ArchiveServer, Behaviour, Gate
from tests.support.archives import TinyModel
from tests.support.downloads import QUICK, Background, check_installed, check_tidy, download, part_size, visible
from tests.support.loopback import LONG_S, deaf_port

ENDLESS = dataclasses.replace(QUICK, connect_s=10_000, read_s=10_000, first_wait_s=10_000, longest_wait_s=10_000)


@pytest.fixture(autouse=True)
def _left_tidy(tiny_model: TinyModel) -> Iterator[None]:
    yield
    check_tidy(tiny_model)


def address(model: Model, url: str, use_catalogue: Callable[[str], None], tiny_model: TinyModel) -> Model:
    use_catalogue(archives.catalogue_text({"tiny": archives.offer(tiny_model.archive, url)}, tiny_model))
    return catalogue.find(model.name)


def test_before_anything_happens(tiny: Model, archive_server: ArchiveServer) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        download(tiny, cancel=cancel)
    assert archive_server.requests == []


def test_while_the_name_of_the_server_is_looked_up(
    tiny: Model, tiny_model: TinyModel, use_catalogue: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answered = threading.Event(), threading.Event()

    def look_up(*arguments: object, **options: object) -> object:  # a name server that does not answer
        asked.set()
        answered.wait(LONG_S)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    background = Background(address(tiny, "http://antara.invalid/tiny.tar.gz", use_catalogue, tiny_model), ENDLESS)
    assert asked.wait(LONG_S)
    with pytest.raises(CancelledError):
        background.cancel()
    answered.set()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' queues of connections differ")
def test_while_connecting(tiny: Model, tiny_model: TinyModel, use_catalogue: Callable[[str], None]) -> None:
    with deaf_port() as port:
        background = Background(address(tiny, f"http://127.0.0.1:{port}/", use_catalogue, tiny_model), ENDLESS)
        while not tries_to_connect(port):
            time.sleep(0.01)
        with pytest.raises(CancelledError):
            background.cancel()


def tries_to_connect(port: int) -> bool:
    found = [known for known in psutil.Process().net_connections("tcp") if known.raddr and known.raddr[1] == port]
    return sum(known.status == psutil.CONN_SYN_SENT for known in found) > 3  # deaf_port's own are the others


@pytest.mark.parametrize("kind", [faults.silent, faults.stop])
def test_while_the_server_says_nothing(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, kind: Callable[[Gate], Behaviour]
) -> None:
    gate = Gate()
    archive_server.script(kind(gate))
    background = Background(tiny, ENDLESS)
    gate.wait_until_reached()
    with pytest.raises(CancelledError):
        background.cancel()
    assert visible() == set()
    download(tiny)
    check_installed(tiny_model)


def test_in_the_body_and_what_has_arrived_is_gone_on_with(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    gate = Gate()
    archive_server.script(faults.stop(gate))
    background = Background(tiny, ENDLESS)
    while part_size() < 500_000:
        time.sleep(0.01)
    with pytest.raises(CancelledError):
        background.cancel()
    kept = part_size()
    assert kept >= 500_000
    download(tiny)
    assert archive_server.requests[-1].first_byte == kept
    check_installed(tiny_model)


@pytest.mark.parametrize("fault", [faults.hang_up, faults.status(503), faults.status(429, Retry_After="9000")])
def test_while_a_server_is_given_time(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, fault: Behaviour
) -> None:
    archive_server.script(fault)
    background = Background(tiny, ENDLESS)
    background.wait_until_it_waits()
    with pytest.raises(CancelledError):
        background.cancel()
    assert len(archive_server.requests) == 1


def test_while_another_download_of_it_is_waited_for(tiny: Model, archive_server: ArchiveServer) -> None:
    with install.only_one("tiny", CancelToken(), lambda: None):
        background = Background(tiny, ENDLESS)
        background.wait_until_it_waits()
        with pytest.raises(CancelledError):
            background.cancel()
    assert archive_server.requests == []


@pytest.mark.parametrize("stage", ["downloading", "installing"])
def test_at_each_stage_and_nothing_that_has_arrived_is_lost(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, stage: Stage
) -> None:
    cancel = CancelToken()

    def on_report(transfer: Transfer) -> None:
        if transfer.stage == stage and transfer.done > 1_000_000:
            cancel.cancel()

    with pytest.raises(CancelledError):
        download(tiny, cancel=cancel, report=on_report)
    assert visible() == set()
    assert store.status(tiny).partial > 1_000_000
    archive_server.requests.clear()
    download(tiny)
    check_installed(tiny_model)
    assert all(request.first_byte > 0 for request in archive_server.requests)


def test_while_a_model_is_replaced_the_old_one_stays(tiny: Model, tiny_model: TinyModel) -> None:
    download(tiny)
    damaged = paths.models_folder() / "tiny" / "noise.bin"
    damaged.write_bytes(b"damaged")
    cancel = CancelToken()
    with pytest.raises(CancelledError):
        download(tiny, cancel=cancel, report=lambda transfer: transfer.stage == "installing" and cancel.cancel())
    assert damaged.read_bytes() == b"damaged"
    download(tiny)
    check_installed(tiny_model)
