"""Unpacks the archives of models, trusting nothing in them."""

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from core.cancel import CancelToken
from core.errors import ModelArchiveError, output_errors
from core.file_names import folded, is_plain_name

MOST_MEMBERS = 1000
_BLOCK = 1 << 20
_HEADERS = 1 << 20  # bytes that there may be between two files
_DEEPEST = 3  # folders

_Opener = Callable[[IO[bytes]], IO[bytes]]
_MAGIC: Mapping[bytes, _Opener] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}  # type: ignore[dict-item]

# What a damaged archive makes the readers raise; tarfile lets some of its own mistakes through.
_TARFILE = (tarfile.TarError, EOFError, ValueError, OverflowError, TypeError, RecursionError)
_DAMAGED = (*_TARFILE, zlib.error, lzma.LZMAError, OSError)


def unpack(archive: Path, into: Path, limit: int, cancel: CancelToken) -> None:
    """Writes the files of a tar archive, compressed in any of the usual ways, into the folder ``into``.

    Only plain files with plain names are taken; links, devices and paths that lead elsewhere are refused, ``limit`` bytes in
    all. Raises ModelArchiveError, OutputErrors and CancelledError; what was written until then is left to the caller.
    """
    left, found = limit, False
    with _opened(archive) as source:
        for name, contents in _files(source, archive):
            found = True
            left -= _write(contents, into / name, left, archive, cancel)
    if not found:
        raise ModelArchiveError(path=archive, detail="it is empty")


class _TooLargeError(Exception):
    """More came out of an archive than it may hold in this place."""


class _Metered(io.RawIOBase):
    """A stream of which no more than ``allowed`` bytes can be read, until more is allowed."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.allowed = _HEADERS

    def read(self, size: int = -1, /) -> bytes:
        data = self._source.read(min(size, self.allowed + 1) if size >= 0 else self.allowed + 1)
        self.allowed -= len(data)
        if self.allowed < 0:
            raise _TooLargeError
        return data


@contextmanager
def _opened(archive: Path) -> Iterator[_Metered]:
    """The archive without its compression. Raises ModelArchiveError for whatever turns out to be wrong with it."""
    try:
        with archive.open("rb") as file:
            opener = _MAGIC.get(file.read(2))
            file.seek(0)
            with opener(file) if opener else file as plain:
                yield _Metered(plain)
    except FileNotFoundError as error:
        raise ModelArchiveError(path=archive, detail="it is not there") from error
    except _TooLargeError as error:
        raise ModelArchiveError(path=archive, detail="it is far too large") from error
    except _DAMAGED as error:
        raise ModelArchiveError(path=archive, detail="it is damaged or not an archive") from error


def _files(source: _Metered, archive: Path) -> Iterator[tuple[PurePosixPath, IO[bytes]]]:
    """The name and the contents of each file, to be read before the next one is asked for."""
    seen: dict[str, str] = {}
    with tarfile.open(fileobj=source, mode="r|") as tar:
        for count, member in enumerate(tar):
            if count >= MOST_MEMBERS:
                raise ModelArchiveError(path=archive, detail="it holds too many files")
            name = PurePosixPath(member.name)
            if not name.name.startswith("._") and not member.isdir():  # what macOS adds; folders are made as files need them
                _refuse_odd(member, name, archive)
                _refuse_clash(name, seen, archive)
                contents = tar.extractfile(member)
                assert contents is not None  # it is a file
                source.allowed = member.size + _HEADERS
                yield name, contents
            source.allowed = _HEADERS
    while source.read(_BLOCK):  # up to the checksum at the end
        pass


def _refuse_odd(member: tarfile.TarInfo, name: PurePosixPath, archive: Path) -> None:
    if not member.isreg() or member.issparse():
        raise ModelArchiveError(path=archive, detail=f"“{name}” is not a plain file")
    if name.is_absolute() or len(name.parts) > _DEEPEST or not all(is_plain_name(part) for part in name.parts):
        raise ModelArchiveError(path=archive, detail=f"“{name}” has a name that is not allowed")


def _refuse_clash(name: PurePosixPath, seen: dict[str, str], archive: Path) -> None:
    """``seen``: names of files and folders by what some system takes them for; that they are here once shows elsewhere."""
    for place in (name, *name.parents):
        if seen.setdefault(folded(str(place)), str(place)) != str(place):
            raise ModelArchiveError(path=archive, detail=f"“{name}” has a name that some systems take for another one")


def _write(source: IO[bytes], target: Path, limit: int, archive: Path, cancel: CancelToken) -> int:
    """Copies at most ``limit`` bytes; returns how many there were."""
    written = 0
    with _writing(target, archive):
        target.parent.mkdir(parents=True, exist_ok=True)
        file = target.open("xb")
    with file:
        while part := source.read(_BLOCK):
            cancel.raise_if_cancelled()
            written += len(part)
            if written > limit:
                raise _TooLargeError
            with _writing(target, archive):
                file.write(part)
        with _writing(target, archive):
            file.close()
    return written


@contextmanager
def _writing(target: Path, archive: Path) -> Iterator[None]:
    with output_errors(target.parent):
        try:
            yield
        except FileExistsError as error:
            raise ModelArchiveError(path=archive, detail=f"“{target.name}” is in it twice") from error
