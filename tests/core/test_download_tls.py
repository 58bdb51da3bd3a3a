"""Over TLS: only from servers that can prove who they are, and never from there to a place without encryption."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from core.errors import NoConnectionError, UntrustedServerError
from core.messages import sentence
from core.models import catalogue
from core.models.catalogue import Model
from tests.support import archives, faults
from tests.support.archive_server import ArchiveServer
from tests.support.archives import TinyModel
from tests.support.downloads import QUICK, check_installed, check_tidy, download, visible
from tests.support.loopback import Proxy

PATH = "/tiny.tar.gz"
CERTIFICATES = trustme.CA()

Offer = Callable[..., Model]


def context(*names: str, authority: trustme.CA = CERTIFICATES, **details: object) -> ssl.SSLContext:
    """A server's, with a certificate for these names."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("127.0.0.1", "localhost")), **details).configure_cert(made)  # type: ignore[arg-type]
    return made


@pytest.fixture(autouse=True)
def _trusted(tmp_path: Path, tiny_model: TinyModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This system trusts ``CERTIFICATES``."""
    CERTIFICATES.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    yield
    check_tidy(tiny_model)


@pytest.fixture
def offer(
    tiny_model: TinyModel, archive_server: ArchiveServer, use_catalogue: Callable[[str], None]
) -> Callable[..., Model]:
    """The tiny model, at these addresses."""

    def put(*urls: str) -> Model:
        use_catalogue(archives.catalogue_text({"tiny": archives.offer(tiny_model.archive, *urls)}, tiny_model))
        return catalogue.find("tiny")

    return put


def test_a_server_that_the_system_trusts_is_fine(offer: Offer, tiny_model: TinyModel) -> None:
    with ArchiveServer(context()) as server:
        url = server.serve(PATH, tiny_model.archive)
        server.script(faults.drop(0.5))
        download(offer(url.replace("127.0.0.1", "localhost")))
        assert server.requests[1].first_byte > 0
    check_installed(tiny_model)


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 0.75])
def test_a_connection_that_ends_early_is_gone_on_with(
    offer: Offer, tiny_model: TinyModel, fraction: float, reset: bool
) -> None:
    with ArchiveServer(context()) as server:
        url = server.serve(PATH, tiny_model.archive)
        server.script(faults.drop(fraction, reset=reset), faults.hang_up)
        download(offer(url))
    check_installed(tiny_model)


@pytest.mark.parametrize(
    "tls",
    [
        context(authority=trustme.CA()),
        context("elsewhere.example"),
        context("127.0.0.1", not_after=datetime.now(UTC) - timedelta(days=1)),
        context("127.0.0.1", not_before=datetime.now(UTC) + timedelta(days=1)),
    ],
    ids=["of an unknown authority", "of another host", "too old", "too young"],
)
def test_a_certificate_that_is_no_good_is_refused_at_once(offer: Offer, tiny_model: TinyModel, tls: ssl.SSLContext) -> None:
    with ArchiveServer(tls) as server:
        url = server.serve(PATH, tiny_model.archive)
        with pytest.raises(UntrustedServerError) as caught:
            download(offer(url))
        assert server.requests == []
        assert caught.value.parameters["host"] in url
    assert caught.value.parameters["detail"]
    assert "\n" not in sentence(caught.value)
    assert visible() == set()


def test_the_next_address_is_asked_where_the_first_one_cannot_be_trusted(offer: Offer, tiny_model: TinyModel) -> None:
    with ArchiveServer(context(authority=trustme.CA())) as bad, ArchiveServer(context()) as good:
        download(offer(bad.serve(PATH, tiny_model.archive), good.serve(PATH, tiny_model.archive)))
        assert bad.requests == []
    check_installed(tiny_model)


def test_a_redirect_to_a_place_without_encryption_is_refused(
    offer: Offer, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    plain = archive_server.serve(PATH, tiny_model.archive)
    with ArchiveServer(context()) as server:
        url = server.always(PATH, faults.redirect(plain))
        with pytest.raises(UntrustedServerError):
            download(offer(url))
        assert visible() == set()
        archive_server.script(faults.redirect(server.serve("/back", tiny_model.archive)))
        with pytest.raises(UntrustedServerError):  # though it comes back to one with it
            download(offer(url))
    assert visible() == set()


def test_a_redirect_to_a_place_with_encryption_is_followed(
    offer: Offer, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    with ArchiveServer(context()) as server:
        download(offer(archive_server.always(PATH, faults.redirect(server.serve(PATH, tiny_model.archive), 301))))
    check_installed(tiny_model)


def test_a_server_without_encryption_where_it_should_be_is_no_connection(
    offer: Offer, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    url = archive_server.serve(PATH, tiny_model.archive)
    with pytest.raises(NoConnectionError):
        download(offer(url.replace("http:", "https:")))
    assert visible() == set()


def test_a_server_with_encryption_where_none_is_expected_is_no_connection(offer: Offer, tiny_model: TinyModel) -> None:
    with ArchiveServer(context()) as server, pytest.raises(NoConnectionError):
        download(offer(server.serve(PATH, tiny_model.archive).replace("https:", "http:")))
    assert visible() == set()


@pytest.mark.parametrize("trusted", [True, False])
def test_a_proxy_is_gone_through_and_cannot_listen(
    offer: Offer, tiny_model: TinyModel, trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ArchiveServer(context(authority=CERTIFICATES if trusted else trustme.CA())) as server, Proxy() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        model = offer(server.serve(PATH, tiny_model.archive))
        if trusted:
            download(model)
            check_installed(tiny_model)
        else:
            with pytest.raises(UntrustedServerError):
                download(model, QUICK)
            assert visible() == set()
        assert proxy.requests == [f"127.0.0.1:{server.port}"]
