"""Sound on disk that is read like an array, so that a song may be longer than memory."""

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from core import paths
from core.arrays import FloatArray
from core.errors import output_errors


class Spool:
    """Keeps signals in files without a name, which are gone with the program, however that ends. A context manager."""

    def __init__(self) -> None:
        self._files = ExitStack()
        self._folder = paths.sessions_folder()

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._files.close()

    def track(self) -> "SpooledTrack":
        """A signal to be written. Raises DiskFullError and OutputNotWritableError."""
        with output_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            return SpooledTrack(self._files.enter_context(tempfile.TemporaryFile(dir=self._folder)), self._folder)

    def keep(self, blocks: Iterable[FloatArray]) -> FloatArray:
        """The blocks (n, 2) as one array. Raises what ``blocks`` raises, DiskFullError and OutputNotWritableError."""
        track = self.track()
        for block in blocks:
            track.append(block)
        return track.samples()


class SpooledTrack:
    """One signal of a spool."""

    def __init__(self, file: IO[bytes], folder: Path) -> None:
        self._file, self._folder = file, folder

    def append(self, block: FloatArray) -> None:
        """Adds samples (n, 2). Raises DiskFullError and OutputNotWritableError."""
        with output_errors(self._folder):
            self._file.write(np.ascontiguousarray(block, np.float32).data)

    def samples(self) -> FloatArray:
        """All that was added (n, 2), mapped into memory; nothing can be added any more. Raises as ``append``."""
        with output_errors(self._folder):
            self._file.flush()
            if not self._file.tell():
                return np.zeros((0, 2), np.float32)
            return np.memmap(self._file, np.float32, "r").reshape(-1, 2)
