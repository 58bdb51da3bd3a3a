"""A packed training set: decoded sound in one int16 file that is memory-mapped, and a manifest that says what is where.

``pack.i16`` holds frames of two samples, one piece after the other; ``pack.json`` the manifest. It is small enough to be
moved to a machine with a GPU: 5.3 MB a minute at 22.05 kHz, the band of 1024 bins.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec
import numpy as np
import numpy.typing as npt

from core.arrays import FloatArray, peak_of
from core.decoding import from_json
from core.errors import TrainingDataError, output_errors
from core.files import write_whole

Split = Literal["train", "validation"]

SAMPLES, MANIFEST = "pack.i16", "pack.json"
_FULL_SCALE = 32767
_ACTIVE_MEAN_SQUARE = 1e-5  # −50 dBFS; what is softer counts as a pause


class Track(msgspec.Struct, frozen=True):
    """One stem of a piece: its first frame in the file, what a step of int16 is worth, and the half seconds with sound."""

    offset: int
    scale: float
    active: tuple[int, ...]


class Piece(msgspec.Struct, frozen=True):
    """Stems of the same ``frames``, aligned: a song, or only one stem of whatever (one of a pool, to be remixed)."""

    name: str
    split: Split
    frames: int
    stems: dict[str, Track]


class Manifest(msgspec.Struct, frozen=True):
    """What a pack holds. ``rate`` in Hz."""

    rate: int
    pieces: tuple[Piece, ...]


class PackWriter:
    """Writes a pack into a folder; the manifest comes last, so that what was interrupted is no pack.

    Raises OutputErrors.
    """

    def __init__(self, folder: Path, rate: int) -> None:
        self._folder, self._rate = folder, rate
        self._pieces: list[Piece] = []
        self._end = 0
        with output_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / MANIFEST).unlink(missing_ok=True)
            self._file = (folder / SAMPLES).open("wb")

    def add(self, name: str, split: Split, stems: Mapping[str, FloatArray]) -> None:
        """Adds a piece. ``stems`` are (n, 2) of the same length, at the pack's rate; peaks are stored at full scale."""
        frames = min(len(samples) for samples in stems.values())
        tracks: dict[str, Track] = {}
        for stem, samples in stems.items():
            scale = max(peak_of(samples[:frames]), 1e-9) / _FULL_SCALE
            with output_errors(self._folder):
                self._file.write(np.rint(samples[:frames] / scale).astype("<i2").tobytes())
            tracks[stem] = Track(self._end, float(scale), _active(samples[:frames], self._rate))
            self._end += frames
        self._pieces.append(Piece(name, split, frames, tracks))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with output_errors(self._folder), self._file as file:
            file.flush()
            os.fsync(file.fileno())
        if kind is None:
            with output_errors(self._folder):
                text = msgspec.json.encode(Manifest(self._rate, tuple(self._pieces))).decode()
                write_whole(self._folder / MANIFEST, text)


class Pack:
    """A pack to read from. Raises TrainingDataError where ``folder`` holds none, or one that is damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.manifest = from_json((folder / MANIFEST).read_bytes(), Manifest)
            size = (folder / SAMPLES).stat().st_size
            needed = max((_end(piece) for piece in self.manifest.pieces), default=0)
            if not needed or size < 4 * needed:
                raise ValueError("samples are missing")
            self._samples: npt.NDArray[np.int16] = np.memmap(folder / SAMPLES, "<i2", "r", shape=(size // 4, 2))
        except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
            raise TrainingDataError(path=folder, detail=str(error)) from error

    @property
    def rate(self) -> int:
        return self.manifest.rate

    def pieces(self, split: Split, stem: str) -> list[Piece]:
        """The pieces of a split that have ``stem``."""
        return [piece for piece in self.manifest.pieces if piece.split == split and stem in piece.stems]

    def read(self, piece: Piece, stem: str, start: int, frames: int) -> FloatArray:
        """Samples (frames, 2) from frame ``start`` of the piece on; silence before and after it."""
        track = piece.stems[stem]
        samples = np.zeros((frames, 2), np.float32)
        first, last = max(start, 0), min(start + frames, piece.frames)
        if first < last:
            stored = self._samples[track.offset + first : track.offset + last]
            np.multiply(stored, np.float32(track.scale), out=samples[first - start : last - start])
        return samples


def is_pack(folder: Path) -> bool:
    """Whether the folder holds a pack."""
    return (folder / MANIFEST).is_file()


def pack_rate(sample_rate: int, frame_length: int, bins: int) -> int:
    """Half the rate in Hz, or a quarter, …, that still has all ``bins`` of frames of ``frame_length`` at ``sample_rate``."""
    factor = 1
    while frame_length % (2 * factor) == 0 and bins <= frame_length // (4 * factor) and sample_rate % (2 * factor) == 0:
        factor *= 2
    return sample_rate // factor


def _active(samples: FloatArray, rate: int) -> tuple[int, ...]:
    half = rate // 2
    return tuple(index for index, block in enumerate(_blocks(samples, half)) if np.mean(block**2) > _ACTIVE_MEAN_SQUARE)


def _blocks(samples: FloatArray, size: int) -> Iterator[FloatArray]:
    for start in range(0, len(samples), size):
        yield samples[start : start + size]


def _end(piece: Piece) -> int:
    return max(track.offset for track in piece.stems.values()) + piece.frames
