"""Streaming WAV files that appear under their names whole or not at all."""

import contextlib
import errno
import os
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

import av
import numpy as np
import numpy.typing as npt

from core.arrays import FloatArray
from core.audio.av_file import AvFile
from core.errors import OutputExistsError, output_error

_PART_PREFIX, _PART_SUFFIX = ".antara-", ".part"

Encoding = Literal["16", "24", "float"]

# FFmpeg's codec, and the sample format it takes.
_CODECS: Mapping[str, tuple[str, str]] = {
    "16": ("pcm_s16le", "s16"),
    "24": ("pcm_s24le", "s32"),
    "float": ("pcm_f32le", "flt"),
}


def quantise(samples: FloatArray, encoding: Encoding) -> npt.NDArray[Any]:
    """Samples in [−1, 1) as FFmpeg's integers for ``encoding``: rounded, what exceeds full scale clipped."""
    if encoding == "float":
        return samples
    if encoding == "16":
        return _rounded(samples, 2**15).astype(np.int16)
    return _rounded(samples, 2**23).astype(np.int32) << 8  # the encoder drops the low byte


def _rounded(samples: FloatArray, full_scale: int) -> npt.NDArray[np.float32]:
    scaled: FloatArray = samples * np.float32(full_scale)
    np.rint(scaled, out=scaled)
    return np.clip(scaled, -full_scale, full_scale - 1, out=scaled)


class WavFile:
    """One WAV file in the making: a hidden temporary file beside ``path`` until ``commit``."""

    def __init__(self, path: Path, rate: int, encoding: Encoding) -> None:
        self.path, self._rate, self._encoding = path, rate, encoding
        codec, self._format = _CODECS[encoding]
        # A short prefix: the file system limits the length of the whole name, and song names can be at that limit.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=_PART_PREFIX, suffix=_PART_SUFFIX)
        self._file = os.fdopen(handle, "wb")
        _try_lock(self._file)
        self._part = Path(name)
        self._old: Path | None = None
        self._sink = AvFile(self._file)
        self._container = av.open(self._sink, "w", format="wav", options={"rf64": "auto"})
        self._stream: Any = self._container.add_stream(codec, rate=rate, layout="stereo")

    def write(self, samples: FloatArray) -> None:
        """Appends samples (n, 2)."""
        if not len(samples):
            return  # FFmpeg takes no empty frames
        data = np.ascontiguousarray(quantise(samples, self._encoding)).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(data, self._format, "stereo")
        frame.sample_rate = self._rate
        self._container.mux(self._stream.encode(frame))
        self._sink.raise_error()

    def finish(self) -> None:
        """Everything is on the disk, still under the temporary name. Raises OutputErrors."""
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
            self._sink.raise_error()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise output_error(self.path, error) from error

    def commit(self) -> None:
        """The file under its own name, in one step. What it replaces is kept aside until ``forget_old`` or ``roll_back``."""
        self._part.chmod(0o666 & ~_umask())
        if os.path.lexists(self.path):
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            old = self._part.with_suffix(".old")
            try:
                os.link(self.path, old)
            except OSError:  # a file system without hard links
                self.path.rename(old)
            self._old = old
        try:
            self._part.replace(self.path)
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

    def roll_back(self) -> None:
        """Takes ``commit`` back."""
        if self._old is None:
            self.path.unlink()
        else:
            self._old.replace(self.path)

    def forget_old(self) -> None:
        if self._old is not None:
            with contextlib.suppress(OSError):
                self._old.unlink()

    def discard(self) -> None:
        """No trace of the file."""
        with contextlib.suppress(OSError):  # the disk is full, so what is still buffered has no place
            self._file.close()
        self._part.unlink(missing_ok=True)


class StemWriter:
    """Writes blocks of stems to one WAV file a stem. Used with ``with``: the files appear together at its end.

    When the block is left by an exception nothing stays behind, and earlier files of the same names are as they were.
    Raises OutputExistsError before anything is written unless ``overwrite``; OutputNotWritableError, DiskFullError.
    """

    def __init__(self, targets: Mapping[str, Path], rate: int, encoding: Encoding = "16", overwrite: bool = False) -> None:
        self._targets, self._rate, self._encoding, self._overwrite = targets, rate, encoding, overwrite
        self._files: dict[str, WavFile] = {}
        self._made_folders: list[Path] = []

    def __enter__(self) -> Self:
        self._refuse_existing()
        try:
            for stem, path in self._targets.items():
                self._make_folder(path.parent)
                self._files[stem] = WavFile(path, self._rate, self._encoding)
        except OSError as error:
            self._discard()
            raise output_error(path.parent, error) from error
        return self

    def write(self, stems: Mapping[str, FloatArray]) -> None:
        """Appends (n, 2) samples of each stem that has a target."""
        for stem, file in self._files.items():
            try:
                file.write(stems[stem])
            except OSError as error:
                raise output_error(file.path, error) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._discard()
            return
        current = next(iter(self._targets.values()))
        committed: list[WavFile] = []
        try:
            with ThreadPoolExecutor(len(self._files)) as pool:  # it is the disk that takes long
                list(pool.map(WavFile.finish, self._files.values()))
            self._refuse_existing()
            for file in self._files.values():
                current = file.path
                file.commit()
                committed.append(file)
        except BaseException as problem:
            for file in reversed(committed):
                file.roll_back()
            self._discard()
            if isinstance(problem, OSError):
                raise output_error(current, problem) from problem
            raise
        for file in committed:
            file.forget_old()

    def _refuse_existing(self) -> None:
        for path in self._targets.values():
            if os.path.lexists(path) and not self._overwrite:
                raise OutputExistsError(path=path)

    def _make_folder(self, folder: Path) -> None:
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        self._made_folders += missing
        _remove_stale_parts(folder)

    def _discard(self) -> None:
        for file in self._files.values():
            file.discard()
        for folder in self._made_folders:
            try:
                folder.rmdir()
            except OSError:  # someone else has put something into it
                return


def _remove_stale_parts(folder: Path) -> None:
    """Removes what a killed program left: its locks are gone. Windows has no such locks, but removes no open file."""
    for part in folder.glob(f"{_PART_PREFIX}*{_PART_SUFFIX}"):
        with contextlib.suppress(OSError):
            if sys.platform != "win32":
                with part.open("rb") as file:
                    if not _try_lock(file):
                        continue
            part.unlink()


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
