"""Gets the archives of models from the network: the only part of Antara that uses it.

An interrupted download lies as ``NAME.tar.gz.part`` beside ``NAME.tar.gz.part.json``, which holds what the server called
this version of the file (RFC 9110, 8.8), so that it can be gone on with (If-Range, RFC 9110, 13.1.5). What has arrived
counts as the file only when its SHA-256 is the pinned one.
"""

import asyncio
import contextlib
import email.utils
import logging
import os
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import msgspec

from core import __version__
from core.cancel import CancelToken
from core.decoding import from_json
from core.errors import (
    CancelledError,
    DiskFullError,
    DownloadCorruptError,
    DownloadError,
    DownloadRefusedError,
    NoConnectionError,
    ServerBusyError,
    UntrustedServerError,
    output_error,
    output_errors,
)
from core.files import remove_parts, write_whole
from core.models import records
from core.models.catalogue import Archive
from core.progress import Transfer, TransferMeter

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_CANCEL_POLL_S = 0.1
_BUSY = {408, 425, 429, 500, 502, 503, 504}  # may be over soon
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")
_ERRNO = re.compile(r"^\[Errno -?\d+\] ")
_UNSPOKEN = {"ConnectTimeout": "it does not answer", "ReadTimeout": "it stopped sending"}


@dataclass(frozen=True)
class Patience:
    """How often and how long it is tried. An attempt that brought something does not count."""

    attempts: int = 5
    unreachable: int = 2  # attempts to find a server at all: most likely there is no network
    first_wait_s: float = 1.0  # doubled each time
    longest_wait_s: float = 60.0  # also the longest that a server may ask for
    connect_s: float = 15.0
    read_s: float = 30.0


class _Version(msgspec.Struct, frozen=True):
    """What a part is a part of."""

    url: str
    sha256: str
    validator: str  # an ETag or a Last-Modified date; empty if the server gave none that serves


class _TryAgainError(Exception):
    """Something that may be over soon went wrong; ``problem`` is the error if it is not."""

    def __init__(self, problem: DownloadError, wait_s: float | None = None, unreachable: bool = False) -> None:
        self.problem, self.wait_s, self.unreachable = problem, wait_s, unreachable


def fetch(
    archive: Archive,
    folder: Path,
    mirror: str | None,
    cancel: CancelToken,
    report: Callable[[Transfer], None],
    patience: Patience,
) -> Path:
    """The archive as a file in ``folder``, of the pinned hash, until ``forget``. The lock of the model must be held.

    Its addresses are tried in their order, or ``mirror`` alone. Raises DownloadErrors, OutputErrors and CancelledError.
    """
    name = archive.file_name
    urls = [f"{mirror.rstrip('/')}/{name}"] if mirror else list(archive.urls)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fetching = _Fetching(archive, folder, cancel, report, patience)
        _run(fetching.from_any(urls), cancel)
        return fetching.part
    except OSError as error:
        problem = output_error(folder, error)
        if isinstance(problem, DiskFullError):
            forget(archive, folder)  # the computer needs the room
        raise problem from error


def partial_size(archive: Archive, folder: Path) -> int:
    """How many bytes of a download that was not finished, or not installed, are in ``folder``."""
    size = 0
    for one in archive.downloads:
        with contextlib.suppress(OSError):
            size += _places(folder, one.file_name)[0].stat().st_size
    return size


def forget(archive: Archive, folder: Path) -> None:
    """Deletes what has arrived, and what killed programs left. The lock of the model must be held. Raises OutputErrors."""
    with output_errors(folder):
        for one in archive.downloads:
            part, note = _places(folder, one.file_name)
            part.unlink(missing_ok=True)
            note.unlink(missing_ok=True)
            remove_parts(note)


def _places(folder: Path, file_name: str) -> tuple[Path, Path]:
    """Where what has arrived is, and what it is a part of."""
    return folder / f"{file_name}.part", folder / f"{file_name}.part.json"


def without_password(url: str) -> str:
    """An address as it may be shown."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def host_of(url: str) -> str:
    """The server's name in an address."""
    return without_password(url).partition("://")[2].partition("/")[0]


def _run(work: Coroutine[Any, Any, _Result], cancel: CancelToken) -> _Result:
    """Runs ``work`` in a loop of this thread. ``cancel`` ends it wherever it waits. Raises CancelledError.

    Unlike ``asyncio.run`` it leaves a name server that does not answer to itself.
    """
    loop = asyncio.new_event_loop()
    try:
        task = loop.create_task(work)

        async def watch() -> None:
            while not cancel.cancelled:
                await asyncio.sleep(_CANCEL_POLL_S)
            task.cancel()

        watcher = loop.create_task(watch())
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise CancelledError() from None
        finally:
            watcher.cancel()
            loop.run_until_complete(asyncio.gather(watcher, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


class _Fetching:
    """One archive on its way into the file ``part``."""

    def __init__(
        self, archive: Archive, folder: Path, cancel: CancelToken, report: Callable[[Transfer], None], patience: Patience
    ) -> None:
        self.part, self._note = _places(folder, archive.file_name)
        self._archive, self._cancel, self._report, self._patience = archive, cancel, report, patience
        self._meter = TransferMeter(report)
        self._done = 0  # bytes in the part
        self._furthest = 0  # the most that there ever were
        self._resumed = False  # whether some of them are of an earlier answer
        self._begun_anew = False  # because the parts did not fit

    async def from_any(self, urls: list[str]) -> None:
        """The part is the whole file. Raises what the last address led to."""
        if await self._is_complete():
            return
        async with self._client(urls[0]) as client:
            for url in urls:
                try:
                    await self._from(client, url)
                    return
                except DownloadError as error:
                    _log.info("%s: %s", url, error)
                    problem = error
        raise problem

    async def _from(self, client: "httpx.AsyncClient", url: str) -> None:
        failures = 0
        while True:
            try:
                await self._attempt(client, url)
                if await self._is_right(url):
                    return
            except _TryAgainError as again:
                if await self._is_complete():  # the server promised more than there is
                    return
                failures = 1 if self._done > self._furthest else failures + 1
                self._furthest = max(self._furthest, self._done)
                wait_s = self._wait_s(failures, again)
                _log.info("%s: %s; again in %.1f s", url, again.problem, wait_s)
                self._report(Transfer("waiting", self._done, self._archive.about))
                await asyncio.sleep(wait_s)

    def _wait_s(self, failures: int, again: _TryAgainError) -> float:
        """How long to wait after this failure. Raises what happened when it was the last one, or would take too long."""
        patience = self._patience
        most = patience.unreachable if again.unreachable else patience.attempts
        if failures >= most or (again.wait_s or 0) > patience.longest_wait_s:
            raise again.problem
        backed_off: float = min(patience.first_wait_s * 2 ** (failures - 1), patience.longest_wait_s)
        return max(again.wait_s or 0.0, backed_off)

    @contextlib.asynccontextmanager
    async def _client(self, url: str) -> "AsyncIterator[httpx.AsyncClient]":
        import httpx  # late: slow to import, and most starts download nothing
        import truststore

        timeout = httpx.Timeout(self._patience.read_s, connect=self._patience.connect_s)
        try:
            client = httpx.AsyncClient(
                verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # the system's own list of whom to trust
                timeout=timeout,
                follow_redirects=True,
                headers={"User-Agent": f"Antara/{__version__}", "Accept-Encoding": "identity"},
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:  # a proxy in the environment that cannot be used
            raise NoConnectionError(host=host_of(url), detail=str(error)) from error
        async with client:
            yield client

    async def _attempt(self, client: "httpx.AsyncClient", url: str) -> None:
        """One request; what it brings is in the part. Raises _TryAgainError and DownloadErrors."""
        import httpx

        version, here = self._version(url), self._size()
        headers = {"Range": f"bytes={here}-", "If-Range": version.validator} if version and here else {}
        try:
            async with client.stream("GET", url, headers=headers) as response:
                self._refuse_unsafe(response)
                await self._take(response, url, here if headers else None)
        except httpx.InvalidURL as error:
            raise DownloadRefusedError(url=without_password(url), status=str(error)) from error
        except httpx.TooManyRedirects as error:
            raise DownloadRefusedError(url=without_password(url), status="redirects without end") from error
        except httpx.UnsupportedProtocol as error:
            raise DownloadRefusedError(url=without_password(url), status="an address of another kind") from error
        except httpx.HTTPError as error:
            cause = _certificate_error(error)
            if cause:
                raise UntrustedServerError(host=host_of(url), detail=cause) from error
            unreachable = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
            problem = NoConnectionError(host=host_of(url), detail=_reason(error))
            raise _TryAgainError(problem, unreachable=unreachable) from error

    def _refuse_unsafe(self, response: "httpx.Response") -> None:
        chain = [*response.history, response]
        if chain[0].url.scheme == "https" and any(step.url.scheme != "https" for step in chain):
            raise UntrustedServerError(host=response.history[0].url.host, detail="it leads to a place without encryption")

    async def _take(self, response: "httpx.Response", url: str, offset: int | None) -> None:
        """What an answer brings is in the part; ``offset`` is where it was asked to begin.

        Raises _TryAgainError and DownloadErrors.
        """
        host, status, headers = response.url.host, response.status_code, response.headers
        if status in _BUSY:
            raise _TryAgainError(ServerBusyError(host=host, status=status), _retry_after_s(headers))
        if offset is not None and (status == 416 or (status == 206 and _begins_at(headers) != offset)):
            self._discard()
            raise _TryAgainError(DownloadRefusedError(url=without_password(url), status=status))
        if status != 200 and (status != 206 or offset is None):
            raise DownloadRefusedError(url=without_password(url), status=status)
        total = _total_size(headers, status)
        if (self._archive.size and total and total != self._archive.size) or _is_page(headers):
            raise DownloadCorruptError(name=self._archive.folder, host=host)
        with self._opened(headers, url, status) as file:
            most = total or self._archive.size or self._archive.unpacked
            async for block in response.aiter_raw():
                file.write(block)
                self._done += len(block)
                if self._done > most:
                    break  # whatever that is, the hash will not fit
                self._meter.at(self._done, total or self._archive.about)
            file.flush()
            os.fsync(file.fileno())

    @contextlib.contextmanager
    def _opened(self, headers: "httpx.Headers", url: str, status: int) -> Iterator[IO[bytes]]:
        """The part, to append to, or to begin with after noting what it is a part of."""
        if status == 206:
            self._resumed = True
            self._done = self._size()
            with self.part.open("ab") as file:
                yield file
            return
        self._discard()
        version = _Version(url, self._archive.sha256, _validator(headers))
        write_whole(self._note, msgspec.json.encode(version).decode())
        with self.part.open("wb") as file:
            yield file

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0

    def _version(self, url: str) -> _Version | None:
        """What the part is a part of, if that can be had from ``url`` and gone on with."""
        try:
            version = from_json(self._note.read_bytes(), _Version)
        except (OSError, ValueError):
            return None
        return version if (version.url, version.sha256) == (url, self._archive.sha256) and version.validator else None

    async def _is_complete(self) -> bool:
        """Whether an earlier run had got everything."""
        size = self._size()
        return bool(size) and self._archive.size in (None, size) and await self._has_right_hash()

    async def _is_right(self, url: str) -> bool:
        """Whether the whole file has arrived. If not, it is begun anew, once, if it was of several parts."""
        if await self._has_right_hash():
            return True
        worth_another = self._resumed and not self._begun_anew
        self._discard()
        if not worth_another:
            raise DownloadCorruptError(name=self._archive.folder, host=host_of(url))
        self._begun_anew = True
        return False

    async def _has_right_hash(self) -> bool:
        return await asyncio.to_thread(records.sha256, self.part, self._cancel) == self._archive.sha256

    def _discard(self) -> None:
        self._done, self._resumed = 0, False
        self.part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def _begins_at(headers: "httpx.Headers") -> int | None:
    """Where in the whole file the part begins that was sent."""
    found = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _total_size(headers: "httpx.Headers", status: int) -> int | None:
    """The size of the whole file, as the server says."""
    text = headers.get("Content-Range", "").rpartition("/")[2] if status == 206 else headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _is_page(headers: "httpx.Headers") -> bool:
    """Whether it is a page for people, such as a hotel's network sends in the place of everything."""
    kind: str = headers.get("Content-Type", "")
    return kind.lower().startswith("text/html")


def _validator(headers: "httpx.Headers") -> str:
    """What names this version of the file for sure: a strong ETag, else the date (RFC 9110, 13.1.5)."""
    tag: str = headers.get("ETag", "")
    date: str = headers.get("Last-Modified", "")
    return tag if tag and not tag.startswith("W/") else date


def _retry_after_s(headers: "httpx.Headers") -> float | None:
    """How long the server wants to be left alone: seconds, or until a date (RFC 9110, 10.2.3)."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    with contextlib.suppress(ValueError, TypeError):
        return max(email.utils.parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    return None


def _certificate_error(error: BaseException) -> str:
    """Why the server's certificate was refused; empty if something else went wrong."""
    step: BaseException | None = error
    while step is not None:
        if isinstance(step, ssl.SSLCertVerificationError):
            return step.verify_message or str(step)
        step = step.__cause__ or step.__context__
    return "its certificate is not valid" if "CERTIFICATE_VERIFY_FAILED" in str(error) else ""


def _reason(error: Exception) -> str:
    """A few words about a failed request; the library's own are often none."""
    text = _ERRNO.sub("", str(error))
    return text or _UNSPOKEN.get(type(error).__name__, type(error).__name__)
