"""Files that appear under their names whole, and together, or not at all."""

import contextlib
import errno
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO

from core.errors import OutputExistsError, output_error

_log = logging.getLogger(__name__)

_PREFIX, _SUFFIX, _OLD_SUFFIX = ".antara-", ".part", ".old"
_OLD_S = 60.0  # a file that is kept aside for so long is so no more: the program was killed


class PartFile:
    """One file in the making: a hidden temporary file beside ``path``, open for writing and reading.

    The file is locked while it is open, so that nobody takes it for what a killed program left.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # A short prefix: the file system limits the length of the whole name, and song names can be at that limit.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=_PREFIX, suffix=_SUFFIX)
        self.file: IO[bytes] = os.fdopen(handle, "w+b")
        _try_lock(self.file)
        self.part = Path(name)
        self._old: Path | None = None

    def sync(self) -> None:
        """What was written is on the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())

    def put_in_place(self) -> None:
        """The file under its own name, in one step. What it replaces is kept aside until ``forget_old`` or ``take_back``."""
        self.part.chmod(0o666 & ~_umask())
        self.file.close()
        if os.path.lexists(self.path):
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            old = self.part.with_suffix(_OLD_SUFFIX)
            try:
                os.link(self.path, old)
            except OSError:  # a file system without hard links
                self.path.rename(old)
            self._old = old
        try:
            self.part.replace(self.path)
        except OSError:
            self._put_back()
            raise

    def _put_back(self) -> None:
        """The old file is where it was, and nothing aside. A link to it is only removed: renaming it would do nothing."""
        if self._old is not None:
            if os.path.lexists(self.path):
                self._old.unlink()
            else:
                self._old.rename(self.path)
            self._old = None

    def take_back(self) -> None:
        """Undoes ``put_in_place``; on a disk that does not let it, the new file stays, which is whole, too."""
        try:
            if self._old is None:
                self.path.unlink()
            else:
                self._old.replace(self.path)
        except OSError:
            _log.info("%s stays, though other files could not be written", self.path, exc_info=True)

    def forget_old(self) -> None:
        if self._old is not None:
            with contextlib.suppress(OSError):
                self._old.unlink()

    def discard(self) -> None:
        """No trace of the file; on a disk that does not even delete, what stays is removed by the next run."""
        with contextlib.suppress(OSError):  # the disk is full, so what is still buffered has no place
            self.file.close()
        if self._old is None:  # else what was there before is only to be had beside the part
            with contextlib.suppress(OSError):
                self.part.unlink(missing_ok=True)


class Transaction:
    """Some files that replace nothing unless ``overwrite``. All methods raise OutputErrors and leave nothing behind then."""

    def __init__(self, paths: Iterable[Path], overwrite: bool) -> None:
        self._paths, self._overwrite = list(paths), overwrite
        self._files: list[PartFile] = []
        self._made_folders: list[Path] = []

    def __enter__(self) -> list[PartFile]:
        return self.begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.abandon()

    def begin(self) -> list[PartFile]:
        """The files, to be written."""
        self._refuse_existing()
        for path in self._paths:
            try:
                self._make_folder(path.parent)
                self._files.append(PartFile(path))
            except OSError as error:
                self.abandon()
                raise output_error(path.parent, error) from error
        return self._files

    def commit(self) -> None:
        """Puts all files in place, which must be synced."""
        placed: list[PartFile] = []
        current = self._paths[0]
        try:
            self._refuse_existing()
            for file in self._files:
                current = file.path
                file.put_in_place()
                placed.append(file)
        except BaseException as problem:
            for file in reversed(placed):
                file.take_back()
            self.abandon()
            if isinstance(problem, OSError):
                raise output_error(current, problem) from problem
            raise
        for file in placed:
            file.forget_old()

    def abandon(self) -> None:
        """No trace of any of it."""
        for file in self._files:
            file.discard()
        for folder in self._made_folders:
            try:
                folder.rmdir()
            except OSError:  # someone else has put something into it
                return

    def _refuse_existing(self) -> None:
        for path in self._paths:
            if os.path.lexists(path) and not self._overwrite:
                raise OutputExistsError(path=path)

    def _make_folder(self, folder: Path) -> None:
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        self._made_folders += missing
        _remove_stale_parts(folder)


def _remove_stale_parts(folder: Path) -> None:
    """Removes what a killed program left: its locks are gone. Windows has no such locks, but removes no open file."""
    for part in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            if sys.platform != "win32":
                with part.open("rb") as file:
                    if not _try_lock(file):
                        continue
            if not _is_last(part.with_suffix(_OLD_SUFFIX)):
                part.unlink()
    for old in folder.glob(f"{_PREFIX}*{_OLD_SUFFIX}"):
        with contextlib.suppress(OSError):
            if not old.with_suffix(_SUFFIX).exists() and time.time() - old.stat().st_ctime > _OLD_S:
                old.unlink()


def _is_last(old: Path) -> bool:
    """Whether a file is kept aside there that is nowhere else: its place was not taken yet. So it is without hard links."""
    try:
        return old.stat().st_nlink == 1
    except FileNotFoundError:
        return False


def _try_lock(file: IO[bytes]) -> bool:
    """Whether no other process holds the lock on the file; this one does then, until the file is closed."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _umask() -> int:
    """The process's file mode mask; there is no way to read it but to set it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
