"""Models come from a well-behaved server: asked for politely, gone on with, led elsewhere, through proxies, from mirrors."""

import dataclasses
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest

from core import paths
from core.errors import NoConnectionError
from core.models import catalogue, store
from core.models.catalogue import Model
from tests.support import archives, faults
from tests.support.archive_server import MODIFIED, ArchiveServer, Gate, Served
from tests.support.archives import TinyModel
from tests.support.downloads import HASTY, QUICK, check_installed, download, part_size, visible
from tests.support.loopback import Proxy, closed_port

PATH = "/tiny.tar.gz"


def interrupt(model: Model, server: ArchiveServer, fraction: float = 0.5) -> int:
    """A download that breaks off there; how many bytes of it are kept."""
    server.script(faults.drop(fraction))
    with pytest.raises(NoConnectionError):
        download(model, dataclasses.replace(QUICK, attempts=1))
    assert visible() == set()
    server.requests.clear()
    return part_size()


def test_a_model_is_downloaded_and_installed(tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer) -> None:
    assert not tiny.installed
    download(tiny)
    assert tiny.installed
    assert tiny.locate_weights() == paths.models_folder() / "tiny"
    check_installed(tiny_model)
    assert archive_server.asked() == [(PATH, 0)]


def test_the_request_says_who_asks_and_wants_the_file_as_it_is(tiny: Model, archive_server: ArchiveServer) -> None:
    download(tiny)
    headers = archive_server.requests[0].headers
    assert headers["User-Agent"].startswith("Antara/")
    assert headers["Accept-Encoding"] == "identity"
    assert "Range" not in headers
    assert not {"Cookie", "Authorization", "Referer", "From"} & set(headers)


def test_progress_counts_up_to_the_size_and_ends_with_the_installation(tiny: Model, tiny_model: TinyModel) -> None:
    reported = download(tiny)
    coming = [transfer for transfer in reported if transfer.stage == "downloading"]
    assert [transfer.done for transfer in coming] == sorted(transfer.done for transfer in coming)
    assert {transfer.total for transfer in coming} == {tiny_model.size}
    assert coming[-1].done == tiny_model.size
    assert coming[-1].fraction == 1.0
    assert all(transfer.left_s is None or transfer.left_s >= 0 for transfer in coming)
    assert reported[-1].stage == "installing"
    assert {transfer.stage for transfer in reported} == {"downloading", "installing"}


def test_what_is_here_is_not_downloaded_again(tiny: Model, archive_server: ArchiveServer) -> None:
    download(tiny)
    download(tiny)
    assert len(archive_server.requests) == 1


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("model.data-00000-of-00001", cut),
        ("model.data-00000-of-00001", Path.unlink),
        ("model.index", cut),
        ("model.index", Path.unlink),
        ("checkpoint", Path.unlink),
        ("noise.bin", Path.unlink),
        ("antara.json", cut),
    ],
)
def test_a_damaged_model_is_replaced(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, name: str, spoil: Callable[[Path], None]
) -> None:
    download(tiny)
    spoil(paths.models_folder() / "tiny" / name)
    assert store.status(tiny).state == "damaged"
    download(tiny)
    assert len(archive_server.requests) == 2
    check_installed(tiny_model)


def test_a_byte_that_changed_on_the_disk_is_noticed_and_mended(tiny: Model, tiny_model: TinyModel) -> None:
    download(tiny)
    path = paths.models_folder() / "tiny" / "noise.bin"
    path.write_bytes(bytes(1) + path.read_bytes()[1:])
    download(tiny)
    check_installed(tiny_model)


@pytest.mark.parametrize("fraction", [0.25, 0.5, 0.75])
def test_a_download_that_broke_off_is_gone_on_with_later(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, fraction: float
) -> None:
    kept = interrupt(tiny, archive_server, fraction)
    assert kept > (fraction - 0.1) * tiny_model.size
    assert store.status(tiny).partial == kept
    assert store.status(tiny).state == "available"
    reported = download(tiny)
    assert archive_server.asked() == [(PATH, kept)]
    headers = archive_server.requests[0].headers
    assert headers["Range"] == f"bytes={kept}-"
    assert headers["If-Range"] == '"first"'
    assert min(transfer.done for transfer in reported) >= kept
    check_installed(tiny_model)
    assert store.status(tiny).partial == 0


def test_what_has_arrived_is_kept_to_the_byte(tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer) -> None:
    assert interrupt(tiny, archive_server, 0.5) == round(0.5 * tiny_model.size)
    assert interrupt(tiny, archive_server, 1e-5) > round(0.5 * tiny_model.size)


def test_a_date_serves_where_there_is_no_strong_etag(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    for etag in (None, 'W/"weak"'):
        archive_server.serve(PATH, tiny_model.archive, etag=etag)
        kept = interrupt(tiny, archive_server)
        download(tiny)
        assert archive_server.requests[0].headers["If-Range"] == MODIFIED
        assert archive_server.asked() == [(PATH, kept)]
        check_installed(tiny_model)
        store.remove(tiny)


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_sure_validator_it_begins_again(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, etag: str | None
) -> None:
    archive_server.serve(PATH, tiny_model.archive, etag=etag, modified=None)
    interrupt(tiny, archive_server)
    download(tiny)
    assert archive_server.asked() == [(PATH, 0)]
    assert "Range" not in archive_server.requests[0].headers
    check_installed(tiny_model)


def test_another_version_on_the_server_is_taken_from_the_start(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    archive_server.serve(PATH, bytes(tiny_model.size))
    kept = interrupt(tiny, archive_server)
    archive_server.serve(PATH, tiny_model.archive, etag='"second"')
    download(tiny)
    assert archive_server.asked() == [(PATH, kept)]  # the server says 200: it is another one
    check_installed(tiny_model)


def test_a_part_of_another_release_is_not_mixed_in(
    tiny: Model,
    tiny_model: TinyModel,
    archive_server: ArchiveServer,
    use_catalogue: Callable[[str], None],
) -> None:
    interrupt(tiny, archive_server)
    noise = archives.Member("more.bin", b"more")
    newer = archives.packed([*archives.files_of(tiny_model.folder), noise])
    url = archive_server.serve(PATH, newer)
    use_catalogue(archives.catalogue_text({"tiny": archives.offer(newer, url)}, tiny_model))
    download(catalogue.find("tiny"))
    assert archive_server.asked() == [(PATH, 0)]
    assert (paths.models_folder() / "tiny" / "more.bin").read_bytes() == b"more"


@pytest.mark.parametrize("spoil", [b"", b"{", b'{"url": 7}', b"\xff\xfe", None])
def test_a_part_without_a_note_of_what_it_is_is_not_gone_on_with(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, spoil: bytes | None
) -> None:
    interrupt(tiny, archive_server)
    note = paths.models_folder() / ".downloads" / "tiny.tar.gz.part.json"
    note.unlink() if spoil is None else note.write_bytes(spoil)
    download(tiny)
    assert archive_server.asked() == [(PATH, 0)]
    check_installed(tiny_model)


def test_a_part_that_was_altered_is_found_out_and_all_is_downloaded_again(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    kept = interrupt(tiny, archive_server)
    part = paths.models_folder() / ".downloads" / "tiny.tar.gz.part"
    part.write_bytes(bytes(100) + part.read_bytes()[100:])
    download(tiny)
    assert archive_server.asked() == [(PATH, kept), (PATH, 0)]
    check_installed(tiny_model)


@pytest.mark.parametrize("extra", [0, 1000])
def test_a_part_that_is_whole_or_too_long_is_no_trouble(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, extra: int
) -> None:
    interrupt(tiny, archive_server)
    part = paths.models_folder() / ".downloads" / "tiny.tar.gz.part"
    part.write_bytes(tiny_model.archive + bytes(extra))
    download(tiny)
    assert len(archive_server.requests) == (0 if extra == 0 else 2)
    check_installed(tiny_model)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_gone_on_with(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, code: int
) -> None:
    with ArchiveServer() as other:
        archive_server.always(PATH, faults.redirect(other.serve("/elsewhere", tiny_model.archive) + "?key=1%2B1", code))
        other.always("/elsewhere?key=1%2B1", faults.redirect("/elsewhere"))
        other.script(faults.redirect("/elsewhere"), faults.drop(0.5))
        download(tiny)
        starts = [first for _, first in archive_server.asked()]  # signed addresses run out: from the first one again
        assert len(starts) == 2
        assert starts[1] > starts[0] == 0
        assert other.asked() == [(path, start) for start in starts for path in ("/elsewhere?key=1%2B1", "/elsewhere")]
        assert other.requests[-1].headers["If-Range"] == '"first"'
    check_installed(tiny_model)


def test_a_body_of_unknown_length_is_taken(tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer) -> None:
    for behaviour in (faults.chunked, faults.no_length):
        archive_server.script(behaviour)
        download(tiny)
        check_installed(tiny_model)
        store.remove(tiny)


def test_an_archive_whose_size_the_catalogue_does_not_know_is_taken(
    tiny_model: TinyModel, archive_server: ArchiveServer, use_catalogue: Callable[[str], None]
) -> None:
    url = archive_server.serve(PATH, tiny_model.archive)
    use_catalogue(archives.catalogue_text({"tiny": archives.offer(tiny_model.archive, url, size=None)}, tiny_model))
    for behaviour in (faults.well, faults.chunked, faults.no_length):
        archive_server.script(behaviour)
        download(catalogue.find("tiny"))
        check_installed(tiny_model)
        store.remove(catalogue.find("tiny"))


def test_an_archive_that_claims_to_be_compressed_once_more_is_taken_as_it_is(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    archive_server.script(faults.claims_gzip)
    download(tiny)
    check_installed(tiny_model)


def test_a_server_that_trickles_is_waited_for(tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer) -> None:
    archive_server.script(faults.trickle(1999))
    download(tiny)
    assert len(archive_server.requests) == 1
    check_installed(tiny_model)


def test_what_a_slow_server_has_sent_is_told_at_once(tiny: Model, archive_server: ArchiveServer) -> None:
    gate = Gate()
    archive_server.script(faults.stop(gate, 0.01))
    told = 0

    def on_report(transfer: object) -> None:
        nonlocal told
        told += 1
        gate.open()

    download(tiny, HASTY, report=on_report)
    assert told
    assert len(archive_server.requests) == 1


def test_a_mirror_stands_for_the_address_of_the_archive(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    with ArchiveServer() as mirror:
        mirror.serve("/deep/models/tiny.tar.gz", tiny_model.archive)
        for address in ("/deep/models", "/deep/models/"):
            download(tiny, mirror=mirror.url + address)
            check_installed(tiny_model)
            store.remove(tiny)
        assert mirror.asked() == [("/deep/models/tiny.tar.gz", 0)] * 2
    assert archive_server.requests == []


def test_an_interrupted_download_is_not_mixed_with_that_of_a_mirror(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    interrupt(tiny, archive_server)
    with ArchiveServer() as mirror:
        mirror.serve(PATH, tiny_model.archive, etag='"of the mirror"')
        download(tiny, mirror=mirror.url)
    check_installed(tiny_model)


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_the_proxy_of_the_environment_is_used(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = interrupt(tiny, archive_server)
    with Proxy() as proxy:
        monkeypatch.setenv(variable, proxy.url)
        download(tiny)
        assert proxy.requests == [archive_server.url + PATH]
    assert archive_server.asked() == [(PATH, kept)]
    check_installed(tiny_model)


def test_hosts_that_need_no_proxy_are_asked_directly(
    tiny: Model, tiny_model: TinyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        download(tiny)
        assert proxy.requests == []
    check_installed(tiny_model)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:{port}", "nonsense", "ftp://127.0.0.1", "http://[", "socks5://127.0.0.1:9"]
)
def test_a_proxy_that_cannot_be_used_is_no_connection(tiny: Model, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", address.format(port=closed_port()))
    with pytest.raises(NoConnectionError):
        download(tiny)
    assert visible() == set()


def test_a_server_that_wants_a_moment_gets_it(tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer) -> None:
    archive_server.script(faults.status(503, Retry_After="1"))
    reported = download(tiny, dataclasses.replace(QUICK, longest_wait_s=30))
    first, second = archive_server.requests
    assert second.time_s - first.time_s >= 1
    assert reported[0].stage == "waiting"
    check_installed(tiny_model)


@pytest.mark.parametrize("moment", ["0", formatdate(0, usegmt=True), "soon", "-5", ""])
def test_a_moment_that_is_over_or_makes_no_sense_is_not_waited_for(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, moment: str
) -> None:
    archive_server.script(faults.status(429, Retry_After=moment))
    download(tiny)
    assert len(archive_server.requests) == 2
    check_installed(tiny_model)


def test_the_second_address_is_asked_where_the_first_one_fails(
    tiny_model: TinyModel, archive_server: ArchiveServer, use_catalogue: Callable[[str], None]
) -> None:
    url = archive_server.serve("/second", tiny_model.archive)
    bad = [
        archive_server.always("/gone", faults.status(410)),
        archive_server.always("/forbidden", faults.status(403)),
        archive_server.always("/page", faults.login_page),
        archive_server.always("/busy", faults.status(503)),
        archive_server.always("/wrong", lambda exchange: faults.well(exchange)),
        archive_server.always("/silent", faults.hang_up),
    ]
    archive_server.served["/wrong"] = Served(bytes(tiny_model.size))
    for first in bad:
        use_catalogue(archives.catalogue_text({"tiny": archives.offer(tiny_model.archive, first, url)}, tiny_model))
        download(catalogue.find("tiny"), HASTY)
        check_installed(tiny_model)
        store.remove(catalogue.find("tiny"))
