"""One separated song while it is open: its stems on disk, growing as it is separated, readable from any thread."""

import contextlib
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from filelock import FileLock, Timeout

from core import paths
from core.arrays import FloatArray
from core.errors import output_error
from core.peaks import PeakPyramid, entries_of
from core.separation.separator import StemBlock

ORIGINAL = ""  # stands for the sum of the stems where their names are keys

_FRAME_BYTES = 2 * 4
_LOCK_SUFFIX = ".lock"


class Session:
    """The stems of one song as raw float32 stereo files in a folder of their own, removed by ``close``.

    One thread appends; any number of threads read through readers of their own. ``frames`` grows only after the samples
    are in the files, so what it counts can be read.
    """

    def __init__(self, song: Path, stems: Sequence[str], rate: int) -> None:
        """Raises OutputNotWritableError or DiskFullError when there is no place for the stems."""
        self.song, self.stems, self.rate = song, tuple(stems), rate
        self.frames = 0
        self.pyramids = {name: PeakPyramid() for name in (ORIGINAL, *self.stems)}
        root = paths.sessions_folder()
        self.folder = root / uuid.uuid4().hex
        self._lock = FileLock(self.folder.with_suffix(_LOCK_SUFFIX), thread_local=False)
        try:
            root.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            self.folder.mkdir(mode=0o700)
            self._files: dict[str, IO[bytes]] = {
                stem: (self.folder / f"{index}.f32").open("wb", buffering=0) for index, stem in enumerate(self.stems)
            }
        except OSError as error:
            self._lock.release()
            raise output_error(root, error) from error

    def append(self, block: StemBlock) -> None:
        """Adds the next block. Raises DiskFullError or OutputNotWritableError; what was there before stays readable."""
        written: dict[str, FloatArray] = {}
        try:
            for stem, file in self._files.items():
                written[stem] = np.ascontiguousarray(block.stems[stem])
                remaining = _bytes_of(written[stem])
                file.seek(block.start * _FRAME_BYTES)
                while remaining:
                    remaining = remaining[file.write(remaining) or 0 :]
        except OSError as error:
            raise output_error(self.folder, error) from error
        if block.end > block.start:
            found = entries_of(list(written.values()), block.start)
            for name, entries in zip((*self.stems, ORIGINAL), found, strict=True):
                self.pyramids[name].append(entries, block.end - block.start)
        self.frames = block.end

    @property
    def peaks(self) -> dict[str, float]:
        """The largest absolute sample of each stem."""
        return {stem: self.pyramids[stem].peak for stem in self.stems}

    def reader(self) -> "StemReader":
        """A reader for the calling thread."""
        return StemReader(self)

    def blocks(self, first: int = 0, end: int | None = None, *, size: int = 65536) -> Iterator[StemBlock]:
        """What is there from frame ``first`` up to ``end``, in blocks of at most ``size`` frames."""
        last = self.frames if end is None else min(end, self.frames)
        with contextlib.closing(self.reader()) as reader:
            for start in range(first, last, size):
                count = min(size, last - start)
                stems = {stem: np.empty((count, 2), np.float32) for stem in self.stems}
                reader.read(start, stems)
                yield StemBlock(start, stems)

    def path(self, stem: str) -> Path:
        return self.folder / f"{self.stems.index(stem)}.f32"

    def close(self) -> None:
        """Removes the stems. Readers that are open must be closed first on systems that lock open files.

        What a failing disk does not let go of is removed by the next start of the program.
        """
        for release in (*(file.close for file in self._files.values()), self._lock.release):
            with contextlib.suppress(OSError):
                release()
        shutil.rmtree(self.folder, ignore_errors=True)
        if not self.folder.exists():
            with contextlib.suppress(OSError):
                Path(self._lock.lock_file).unlink(missing_ok=True)


class StemReader:
    """Reads the stems of a session at any position. For one thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._files = {stem: session.path(stem).open("rb", buffering=0) for stem in session.stems}

    def read(self, start: int, into: Mapping[str, FloatArray]) -> int:
        """Fills each stem's (n, 2) array from frame ``start`` on; returns how many frames are real, the rest is silence."""
        wanted = len(next(iter(into.values())))
        count = max(0, min(wanted, self._session.frames - start))
        for stem, array in into.items():
            if count:
                file = self._files[stem]
                file.seek(start * _FRAME_BYTES)
                file.readinto(_bytes_of(array[:count]))
            array[count:] = 0
        return count

    def close(self) -> None:
        for file in self._files.values():
            file.close()


def _bytes_of(samples: FloatArray) -> memoryview:
    return samples.data.cast("B")


def remove_stale_sessions() -> None:
    """Removes what programs that are gone left behind: their locks were released by the system, however they ended."""
    root = paths.sessions_folder()
    for lock_path in root.glob(f"*{_LOCK_SUFFIX}"):
        lock = FileLock(lock_path)
        with contextlib.suppress(Timeout, OSError), lock.acquire(timeout=0):
            folder = lock_path.with_suffix("")
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                lock_path.unlink(missing_ok=True)
