"""Whatever a server or a network does wrong: in the end the model is there as a whole, or a typed error says why not."""

import dataclasses
from collections.abc import Callable, Iterator
from email.utils import formatdate

import pytest

from core.errors import (
    AntaraError,
    DownloadCorruptError,
    DownloadError,
    DownloadRefusedError,
    ModelMissingError,
    NoConnectionError,
    ServerBusyError,
)
from core.messages import sentence
from core.models import catalogue
from core.models.catalogue import Model
from tests.support import archives, faults
from tests.support.archive_server import ArchiveServer, Behaviour, Exchange, Gate, Served
from tests.support.archives import TinyModel
from tests.support.downloads import HASTY, QUICK, check_installed, check_tidy, download, part_size, visible
from tests.support.loopback import HOST, closed_port

PATH = "/tiny.tar.gz"
FEW = 20  # requests: more would be without end

Offer = Callable[..., Model]


@pytest.fixture(autouse=True)
def _left_tidy(tiny_model: TinyModel) -> Iterator[None]:
    yield
    check_tidy(tiny_model)


@pytest.fixture
def offer(tiny_model: TinyModel, use_catalogue: Callable[[str], None]) -> Offer:
    """The tiny model, with these addresses and lies in the catalogue."""

    def put(*urls: str, **changes: object) -> Model:
        described = archives.offer(tiny_model.archive, *urls, **changes)
        use_catalogue(archives.catalogue_text({"tiny": described}, tiny_model))
        return catalogue.find("tiny")

    return put


def fail(model: Model, kind: type[AntaraError], server: ArchiveServer) -> AntaraError:
    """The error that a download ends with, after not too many requests."""
    with pytest.raises(kind) as caught:
        download(model)
    assert visible() == set()
    assert len(server.requests) <= FEW
    assert "\n" not in sentence(caught.value)
    return caught.value


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize(
    "fault", [{"fraction": 0.0}, {"fraction": 0.25}, {"fraction": 0.5}, {"fraction": 0.75}, {"before_end": 1}]
)
def test_a_connection_that_ends_early_is_gone_on_with(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, fault: dict[str, float], reset: bool
) -> None:
    archive_server.script(faults.drop(**fault, reset=reset))  # type: ignore[arg-type]
    reported = download(tiny)
    check_installed(tiny_model)
    _, second = archive_server.requests
    if fault != {"fraction": 0.0} and not reset:
        assert second.first_byte > 0
    assert ("If-Range" in second.headers) == (second.first_byte > 0)
    assert "waiting" in {transfer.stage for transfer in reported}


def test_a_connection_that_ends_again_and_again_is_gone_on_with_as_long_as_something_comes(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    archive_server.script(*[faults.drop(0.2)] * 8)  # far more than QUICK's attempts
    download(tiny)
    starts = [request.first_byte for request in archive_server.requests]
    assert starts == sorted(set(starts))
    check_installed(tiny_model)


@pytest.mark.parametrize(
    "fault",
    [
        faults.hang_up,
        faults.garbage,
        faults.chunked,
        faults.no_length,
        *map(faults.status, (408, 425, 429, 500, 502, 503, 504)),
        faults.status(503, Retry_After="0"),
    ],
)
@pytest.mark.parametrize("later", [False, True], ids=["first", "later"])
def test_one_bad_answer_is_got_over(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, fault: Behaviour, later: bool
) -> None:
    archive_server.script(*[faults.drop(0.5)] * later, fault)
    download(tiny)
    check_installed(tiny_model)


@pytest.mark.parametrize(
    "fault",
    [
        faults.ignore_range,
        faults.status(416),
        faults.status(416, Content_Range="bytes */17"),
        faults.wrong_content_range(-1000),
        faults.wrong_content_range(1000),
        faults.wrong_length(10),
        faults.wrong_length(-10),
        faults.wrong_body,
    ],
    ids=range(8),
)
def test_a_bad_answer_to_the_request_for_the_rest_is_got_over(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, fault: Behaviour
) -> None:
    archive_server.script(faults.drop(0.5), fault)
    download(tiny)
    check_installed(tiny_model)


def test_a_part_that_does_not_say_where_it_is_from_is_not_taken_for_the_rest(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    archive_server.script(faults.drop(0.5), faults.changed(lambda answer: answer.headers.pop("Content-Range")))
    download(tiny)
    check_installed(tiny_model)


def test_a_server_that_stops_sending_is_left_after_a_while(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    gates = Gate(), Gate()
    archive_server.script(faults.silent(gates[0]), faults.stop(gates[1], 0.5))
    download(tiny, HASTY)
    assert len(archive_server.requests) == 3
    assert archive_server.requests[2].first_byte > 0
    check_installed(tiny_model)


def test_an_archive_that_changes_between_two_parts_is_taken_from_the_start(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    archive_server.serve(PATH, bytes(tiny_model.size), etag='"old"')
    archive_server.script(faults.drop(0.5), faults.replaced_by(Served(tiny_model.archive, '"new"')))
    download(tiny)
    check_installed(tiny_model)


def test_an_archive_that_changes_unnoticed_between_two_parts_is_found_out(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    archive_server.serve(PATH, bytes(tiny_model.size))
    archive_server.script(faults.drop(0.5), faults.replaced_by(Served(tiny_model.archive)))
    download(tiny)
    assert [start for _, start in archive_server.asked()][::2] == [0, 0]
    check_installed(tiny_model)


@pytest.mark.parametrize("fault", [faults.hang_up, faults.garbage, faults.drop(0.0), faults.drop(0.0, reset=True)])
def test_a_server_that_never_answers_well_is_no_connection_after_some_attempts(
    tiny: Model, archive_server: ArchiveServer, fault: Behaviour
) -> None:
    archive_server.always(PATH, fault)
    error = fail(tiny, NoConnectionError, archive_server)
    assert str(error.parameters["host"]).startswith(HOST)
    assert error.parameters["detail"]
    assert len(archive_server.requests) == QUICK.attempts


def test_a_server_that_is_always_silent_is_no_connection(tiny: Model, archive_server: ArchiveServer) -> None:
    gate = Gate()
    archive_server.always(PATH, faults.silent(gate))
    with pytest.raises(NoConnectionError):
        download(tiny, HASTY)
    assert len(archive_server.requests) == HASTY.attempts


def test_a_server_that_sends_the_same_half_for_ever_is_given_up(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    archive_server.serve(PATH, tiny_model.archive, etag=None, modified=None)  # there is no going on with it
    archive_server.always(PATH, only_so_often(faults.drop(0.5)))
    fail(tiny, NoConnectionError, archive_server)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "antara.invalid"])
def test_a_host_where_nobody_is_is_no_connection(offer: Offer, archive_server: ArchiveServer, host: str) -> None:
    error = fail(offer(f"http://{host}:{closed_port()}/tiny.tar.gz"), NoConnectionError, archive_server)
    assert str(error.parameters["host"]).startswith(host)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 410, 418, 451, 204, 304, 501])
def test_a_refusal_is_said_at_once_and_keeps_what_has_arrived(tiny: Model, archive_server: ArchiveServer, code: int) -> None:
    archive_server.script(faults.drop(0.5))
    archive_server.always(PATH, faults.status(code))
    error = fail(tiny, DownloadRefusedError, archive_server)
    assert error.parameters == {"url": archive_server.url + PATH, "status": code}
    assert len(archive_server.requests) == 2
    assert part_size() == archive_server.requests[1].first_byte > 0


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_a_server_that_stays_busy_is_said_and_what_has_arrived_is_kept(
    tiny: Model, archive_server: ArchiveServer, code: int
) -> None:
    archive_server.script(faults.drop(0.5))
    archive_server.always(PATH, faults.status(code))
    error = fail(tiny, ServerBusyError, archive_server)
    assert error.parameters["status"] == code
    assert QUICK.attempts <= len(archive_server.requests) <= 1 + QUICK.attempts
    assert part_size() == archive_server.requests[1].first_byte > 0


@pytest.mark.parametrize("moment", ["3600", formatdate(4_000_000_000, usegmt=True), "9" * 400])
def test_a_server_that_wants_to_be_left_alone_for_long_is_busy_at_once(
    tiny: Model, archive_server: ArchiveServer, moment: str
) -> None:
    archive_server.always(PATH, faults.status(503, Retry_After=moment))
    fail(tiny, ServerBusyError, archive_server)
    assert len(archive_server.requests) == 1


@pytest.mark.parametrize("size", ["known", None])
@pytest.mark.parametrize(
    "fault", [faults.wrong_body, faults.login_page, faults.endless, faults.wrong_length(-10)], ids=range(4)
)
def test_what_is_not_the_archive_is_not_installed(
    tiny_model: TinyModel, archive_server: ArchiveServer, offer: Offer, fault: Behaviour, size: str | None
) -> None:
    archive_server.serve(PATH, tiny_model.archive)
    url = archive_server.always(PATH, fault)
    model = offer(url, size=tiny_model.size if size else None, unpacked=3_000_000)
    error = fail(model, DownloadCorruptError, archive_server)
    assert len(archive_server.requests) == 1
    assert error.parameters["name"] == "tiny"
    assert part_size() == -1


@pytest.mark.parametrize("size", ["known", None])
def test_a_login_page_does_not_cost_what_has_arrived(
    tiny_model: TinyModel, archive_server: ArchiveServer, offer: Offer, size: str | None
) -> None:
    url = archive_server.serve(PATH, tiny_model.archive)
    archive_server.script(faults.drop(0.5), faults.login_page)
    model = offer(url, size=tiny_model.size if size else None)
    fail(model, DownloadCorruptError, archive_server)
    download(model)
    assert archive_server.requests[-1].first_byte > 0
    check_installed(tiny_model)


def test_a_wrong_archive_in_two_parts_is_not_downloaded_for_ever(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    archive_server.serve(PATH, bytes(tiny_model.size))

    def behave(exchange: Exchange) -> None:
        (faults.well if exchange.headers["Range"] else faults.drop(0.5))(exchange)

    archive_server.always(PATH, only_so_often(behave))
    fail(tiny, DownloadCorruptError, archive_server)
    assert len(archive_server.requests) <= 4


@pytest.mark.parametrize("rest", [faults.wrong_content_range(-1000), faults.status(416)])
def test_a_server_that_never_sends_the_rest_is_given_up(tiny: Model, archive_server: ArchiveServer, rest: Behaviour) -> None:
    def behave(exchange: Exchange) -> None:
        (rest if exchange.headers["Range"] else faults.drop(0.5))(exchange)

    archive_server.always(PATH, only_so_often(behave))
    fail(tiny, DownloadError, archive_server)


@pytest.mark.parametrize("size", ["known", None])
def test_a_server_that_promises_too_much_is_not_asked_for_ever(
    tiny_model: TinyModel, archive_server: ArchiveServer, offer: Offer, size: str | None
) -> None:
    archive_server.serve(PATH, tiny_model.archive)
    url = archive_server.always(PATH, only_so_often(faults.wrong_length(10)))
    model = offer(url, size=tiny_model.size if size else None)
    try:
        download(model)  # all of it has come, after all
        check_installed(tiny_model)
    except DownloadError:
        assert visible() == set()
    assert len(archive_server.requests) <= FEW


def test_a_body_that_never_ends_is_left(tiny_model: TinyModel, archive_server: ArchiveServer, offer: Offer) -> None:
    archive_server.serve(PATH, bytes(1_000_000))
    url = archive_server.always(PATH, faults.endless)
    fail(offer(url, size=None, unpacked=3_000_000), DownloadCorruptError, archive_server)


@pytest.mark.parametrize("target", [PATH, "/a"])
def test_redirects_without_end_are_refused(tiny: Model, archive_server: ArchiveServer, target: str) -> None:
    archive_server.always(PATH, faults.redirect(target))
    archive_server.always("/a", faults.redirect("/b"))
    archive_server.always("/b", faults.redirect("/a"))
    with pytest.raises(DownloadRefusedError):
        download(tiny)


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://", "http://[", "//", "mailto:x"])
def test_redirects_to_nowhere_are_refused(tiny: Model, archive_server: ArchiveServer, target: str) -> None:
    archive_server.always(PATH, faults.redirect(target))
    with pytest.raises((DownloadRefusedError, NoConnectionError)):
        download(tiny)


def test_a_redirect_without_an_address_is_refused(tiny: Model, archive_server: ArchiveServer) -> None:
    archive_server.always(PATH, faults.status(302))
    fail(tiny, DownloadRefusedError, archive_server)


def test_the_last_address_says_why_where_all_fail(
    tiny_model: TinyModel, archive_server: ArchiveServer, offer: Offer
) -> None:
    first = archive_server.always("/first", faults.status(404))
    second = archive_server.always("/second", faults.status(410))
    error = fail(offer(first, second), DownloadRefusedError, archive_server)
    assert error.parameters["url"] == second
    assert [path for path, _ in archive_server.asked()] == ["/first", "/second"]


def test_an_archive_that_holds_something_else_is_not_installed(
    tiny_model: TinyModel, archive_server: ArchiveServer, use_catalogue: Callable[[str], None]
) -> None:
    members = archives.files_of(tiny_model.folder)
    missing = [member for member in members if not member.name.endswith(".index")]
    for data in (
        archives.packed(missing),
        archives.packed([]),
        archives.packed([*members, archives.Member("../outside", b"")]),
        archives.packed(members)[:-100_000],
        b"not an archive",
    ):
        url = archive_server.serve(PATH, data)
        use_catalogue(archives.catalogue_text({"tiny": archives.offer(data, url)}, tiny_model))
        fail(catalogue.find("tiny"), DownloadCorruptError, archive_server)
        assert part_size() == -1


def test_a_password_in_the_address_of_a_mirror_is_used_and_not_shown(tiny: Model, archive_server: ArchiveServer) -> None:
    archive_server.always(PATH, faults.status(404))
    mirror = archive_server.url.replace("http://", "http://user:secret@")
    with pytest.raises(DownloadRefusedError) as caught:
        download(tiny, mirror=mirror)
    assert archive_server.requests[0].headers["Authorization"].startswith("Basic ")
    assert "secret" not in sentence(caught.value)


def test_a_model_without_an_archive_cannot_be_downloaded(archive_server: ArchiveServer, tiny: Model) -> None:
    fail(dataclasses.replace(tiny, archive=None), ModelMissingError, archive_server)
    assert archive_server.requests == []


def only_so_often(behaviour: Behaviour) -> Behaviour:
    """That behaviour; after many requests a refusal, so that a client that asks for ever comes to an end."""

    def behave(exchange: Exchange) -> None:
        (behaviour if len(exchange.owner.requests) <= FEW else faults.status(404))(exchange)

    return behave
