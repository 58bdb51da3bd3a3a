"""A file system that passes all on to a folder, but for the changes that it was told to fail: a disk that is dying.

Usage: ``python -m tests.faults.failing_folder FOLDER MOUNTPOINT``, with FUSE. Takes a line ``FIRST LAST`` for each plan: of
the changes that come then, those with these numbers fail with EIO (``0 0``: none). Answers with the number of changes since
the plan before. Ends, and unmounts, when its input does.
"""

# Every method is the call to the system of its name.
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH108, PTH115, PTH208, PTH211

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from mfusepy import FUSE, FuseOSError, Operations

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


def _change(
    method: Callable[Concatenate["FailingFolder", _Given], _Answer],
) -> Callable[Concatenate["FailingFolder", _Given], _Answer]:
    """Something that changes the disk, so it can fail."""

    @wraps(method)
    def counted(folder: "FailingFolder", /, *arguments: _Given.args, **named: _Given.kwargs) -> _Answer:
        folder.count()
        return method(folder, *arguments, **named)

    return counted


class FailingFolder(Operations):  # type: ignore[misc]  # mfusepy has no types
    """Passes everything on to ``folder``."""

    use_ns = True

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._lock = threading.Lock()
        self._changes, self._first, self._last = 0, 0, 0
        self._written: set[int] = set()  # the handles that are open for writing

    def plan(self, first: int, last: int) -> int:
        """What is to fail from now on; how many changes there were before."""
        with self._lock:
            changes, self._changes = self._changes, 0
            self._first, self._last = first, last
            return changes

    def count(self) -> None:
        """Raises EIO where the plan has it."""
        with self._lock:
            self._changes += 1
            if self._first <= self._changes <= self._last:
                raise FuseOSError(errno.EIO)

    def _at(self, path: str) -> str:
        return self._folder + path

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        found = os.lstat(self._at(path)) if fh is None else os.fstat(fh)
        names = ("st_mode", "st_ino", "st_nlink", "st_uid", "st_gid", "st_size", "st_blocks")
        times = {name: getattr(found, f"{name}_ns") for name in ("st_atime", "st_mtime", "st_ctime")}
        return {name: getattr(found, name) for name in names} | times

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *os.listdir(self._at(path))]

    def statfs(self, path: str) -> dict[str, int]:
        found = os.statvfs(self._at(path))
        return {name: getattr(found, name) for name in dir(found) if name.startswith("f_") and name != "f_fsid"}

    def open(self, path: str, flags: int) -> int:
        return self._opened(os.open(self._at(path), flags), flags)

    def _opened(self, fh: int, flags: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            self._written.add(fh)
        return fh

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def readlink(self, path: str) -> str:
        return os.readlink(self._at(path))

    def release(self, path: str, fh: int) -> int:
        self._written.discard(fh)
        os.close(fh)
        return 0

    def flush(self, path: str, fh: int) -> int:
        """What ``close`` comes to; no disk fails it of files that are only read."""
        if fh in self._written:
            self.count()
        return 0

    @_change
    def create(self, path: str, mode: int, fi: Any = None) -> int:
        return self._opened(os.open(self._at(path), os.O_RDWR | os.O_CREAT | os.O_TRUNC, mode), os.O_RDWR)

    @_change
    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        return os.pwrite(fh, data, offset)

    @_change
    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        os.truncate(self._at(path) if fh is None else fh, length)
        return 0

    @_change
    def fsync(self, path: str, datasync: int, fh: int) -> int:
        os.fsync(fh)
        return 0

    @_change
    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        return 0

    @_change
    def rename(self, old: str, new: str) -> int:
        os.rename(self._at(old), self._at(new))
        return 0

    @_change
    def link(self, target: str, source: str) -> int:
        os.link(self._at(source), self._at(target))
        return 0

    @_change
    def symlink(self, target: str, source: str) -> int:
        os.symlink(source, self._at(target))
        return 0

    @_change
    def unlink(self, path: str) -> int:
        os.unlink(self._at(path))
        return 0

    @_change
    def mkdir(self, path: str, mode: int) -> int:
        os.mkdir(self._at(path), mode)
        return 0

    @_change
    def rmdir(self, path: str) -> int:
        os.rmdir(self._at(path))
        return 0

    @_change
    def chmod(self, path: str, mode: int) -> int:
        os.chmod(self._at(path), mode)
        return 0

    @_change
    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        os.utime(self._at(path), ns=times, follow_symlinks=False)
        return 0


def main() -> None:
    folder, mountpoint = Path(sys.argv[1]), Path(sys.argv[2])
    operations = FailingFolder(folder)

    def obey() -> None:
        while not os.path.ismount(mountpoint):
            threading.Event().wait(0.01)
        _say("mounted")
        for line in sys.stdin:
            first, last = line.split()
            _say(str(operations.plan(int(first), int(last))))
        subprocess.call(["umount", "-l", str(mountpoint)])

    threading.Thread(target=obey, daemon=True).start()
    FUSE(operations, str(mountpoint), foreground=True, nothreads=True)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
