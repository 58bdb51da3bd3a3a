"""Unpacks the archives of models, trusting nothing in them."""

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from core.cancel import CancelToken
from core.errors import ModelArchiveError, output_error
from core.files import is_plain_name

MOST_MEMBERS = 1000
_BLOCK = 1 << 20
_DEEPEST = 3  # folders

# What a damaged archive makes the readers raise.
_DAMAGED = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, ValueError, OverflowError, OSError)


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpack(archive: Path, into: Path, limit: int, cancel: CancelToken) -> None:
    """Writes the files of a tar archive, compressed in any of the usual ways, into the folder ``into``.

    Only plain files with plain names are taken; links, devices and paths that lead elsewhere are refused, ``limit`` bytes in
    all. Raises ModelArchiveError, OutputErrors and CancelledError; what was written until then is left to the caller.
    """
    try:
        file = archive.open("rb")
    except OSError as error:
        raise ModelArchiveError(path=archive, detail=error.strerror or str(error)) from error
    with file:
        left = limit
        for name, contents in _files(file, archive):
            left -= _write(contents, into / name, left, archive, cancel)


def _files(file: IO[bytes], archive: Path) -> Iterator[tuple[PurePosixPath, _Source]]:
    """The name and the contents of each file, to be read before the next one is asked for."""
    found = False
    try:
        with tarfile.open(fileobj=file, mode="r|*") as tar:
            for count, member in enumerate(tar):
                if count >= MOST_MEMBERS:
                    raise ModelArchiveError(path=archive, detail="it holds too many files")
                name = PurePosixPath(member.name)
                if name.name.startswith("._") or member.isdir():  # what macOS adds; folders are made as files need them
                    continue
                _refuse_odd(member, name, archive)
                contents = tar.extractfile(member)
                assert contents is not None  # it is a file
                found = True
                yield name, _Checked(contents, archive)
    except _DAMAGED as error:
        raise _damaged(archive) from error
    if not found:
        raise ModelArchiveError(path=archive, detail="it is empty")


def _refuse_odd(member: tarfile.TarInfo, name: PurePosixPath, archive: Path) -> None:
    if not member.isreg() or member.issparse():
        raise ModelArchiveError(path=archive, detail=f"“{name}” is not a plain file")
    if name.is_absolute() or len(name.parts) > _DEEPEST or not all(is_plain_name(part) for part in name.parts):
        raise ModelArchiveError(path=archive, detail=f"“{name}” has a name that is not allowed")


class _Checked:
    """A file in an archive whose every error is the archive's."""

    def __init__(self, source: _Source, archive: Path) -> None:
        self._source, self._archive = source, archive

    def read(self, size: int, /) -> bytes:
        try:
            return self._source.read(size)
        except _DAMAGED as error:
            raise _damaged(self._archive) from error


def _damaged(archive: Path) -> ModelArchiveError:
    return ModelArchiveError(path=archive, detail="it is damaged or not an archive")


def _write(source: _Source, target: Path, limit: int, archive: Path, cancel: CancelToken) -> int:
    """Copies at most ``limit`` bytes; returns how many there were."""
    written = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            while part := source.read(_BLOCK):
                cancel.raise_if_cancelled()
                written += len(part)
                if written > limit:
                    raise ModelArchiveError(path=archive, detail="it is far too large")
                file.write(part)
    except FileExistsError as error:
        raise ModelArchiveError(path=archive, detail=f"“{target.name}” is in it twice") from error
    except OSError as error:
        raise output_error(target.parent, error) from error
    return written
