"""What waveforms are drawn from: the lowest and highest samples of every stretch of a stem, at several resolutions."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.arrays import FloatArray, summed

Frames = npt.NDArray[np.int64]

BASE_FRAMES = 512  # of an entry of the finest level
FACTOR = 4  # entries that become one of the next level
LEVELS = 5  # an entry of the coarsest is 3 s long at 44.1 kHz; a column of a very long song takes a few more of them
_ENTRIES_AT_A_TIME = 64  # 256 kB of samples
_ENTRIES_A_COLUMN = 2  # at least, so a column begins at most a quarter of its width too early or too late


def size_of(level: int) -> int:
    """Frames of an entry."""
    return BASE_FRAMES * int(FACTOR**level)


def level_for(first: int, end: int, columns: int) -> int | None:
    """The coarsest level that is fine enough for so many columns of these frames; None where only the samples are."""
    width = (end - first) // columns
    return max((level for level in range(LEVELS) if width >= _ENTRIES_A_COLUMN * size_of(level)), default=None)


def edges(first: int, end: int, columns: int) -> Frames:
    """Where the columns of the frames from ``first`` to ``end`` begin, and where the last one ends: (columns + 1,).

    Wide columns begin at the nearest entry of the level that they are read from, so that each frame is in exactly one, and
    the last one ends with the entry that has the last frame.
    """
    ideal = first + (end - first) * np.arange(columns + 1, dtype=np.int64) // columns
    level = level_for(first, end, columns)
    if level is None:
        return ideal
    size = size_of(level)
    ideal[:-1] += size // 2
    ideal[-1] += size - 1
    return ideal // size * size


def columns_of(lows: FloatArray, highs: FloatArray, starts: Frames) -> FloatArray:
    """The lowest of ``lows`` (n,) and the highest of ``highs`` from each start to the next: (2, len(starts)).

    Starts ascend and are below n. Of two that are the same the first gets the one value there.
    """
    return np.stack([np.minimum.reduceat(lows, starts), np.maximum.reduceat(highs, starts)])


def entries_of(stems: Sequence[FloatArray], start: int) -> list[FloatArray]:
    """The finest entries (2, n) of each stem's contiguous samples (count, 2) from frame ``start`` on, then of their sum.

    Some entries at a time: what a processor's cache does not hold takes twice as long.
    """
    count = len(stems[0])
    starts = np.arange(-(start % BASE_FRAMES), count, BASE_FRAMES, dtype=np.int64).clip(0)
    found = [np.empty((2, len(starts)), np.float32) for _ in range(len(stems) + 1)]
    total = np.empty((_ENTRIES_AT_A_TIME * BASE_FRAMES, 2), np.float32)
    for at in range(0, len(starts), _ENTRIES_AT_A_TIME):
        some = slice(at, at + _ENTRIES_AT_A_TIME)
        first = int(starts[at])
        end = int(starts[some.stop]) if some.stop < len(starts) else count
        tiles = [samples[first:end] for samples in stems]
        tiles.append(summed(tiles, total[: end - first]))
        for entries, tile in zip(found, tiles, strict=True):
            flat = tile.reshape(-1)
            entries[:, some] = columns_of(flat, flat, 2 * (starts[some] - first))
    return found


class PeakPyramid:
    """Lowest and highest samples of one stem, both channels taken together. One thread appends while others read.

    Each level has two float32 for each stretch of ``size_of(level)`` frames, of which the last one may still be growing:
    in all 9.9 MB for three hours at 44.1 kHz, 0.2 MB for three minutes.
    """

    def __init__(self) -> None:
        self.frames = 0  # grows only after the levels have
        self.peak = 0.0  # of the absolute samples
        self._levels = [np.empty((2, 0), np.float32)] * LEVELS  # lows and highs, with room to grow

    def append(self, entries: FloatArray, count: int) -> None:
        """Adds the next ``count`` frames, at least one, by what ``entries_of`` gives for them."""
        start, end = self.frames, self.frames + count
        self.peak = max(self.peak, float(max(-entries[0].min(), entries[1].max())))
        if start % BASE_FRAMES:  # what is there of the first entry
            low, high = self._levels[0][:, start // BASE_FRAMES]
            entries[:, 0] = min(entries[0, 0], low), max(entries[1, 0], high)
        self._put(0, start // BASE_FRAMES, entries)
        for level in range(1, LEVELS):
            entry = start // size_of(level)
            lows, highs = self._levels[level - 1][:, entry * FACTOR : -(-end // size_of(level - 1))]
            self._put(level, entry, columns_of(lows, highs, np.arange(0, len(lows), FACTOR)))
        self.frames = end

    def columns(self, level: int, starts: Frames, end: int) -> FloatArray:
        """Lows and highs (2, len(starts)) of the columns that begin at these frames, the last one ending at ``end``.

        The starts are multiples of the level's size and below ``end``, and that is at most ``frames``.
        """
        size = size_of(level)
        first = int(starts[0]) // size
        lows, highs = self._levels[level][:, first : -(-end // size)]
        return columns_of(lows, highs, starts // size - first)

    def _put(self, level: int, entry: int, fresh: FloatArray) -> None:
        """Writes entries from ``entry`` on; readers keep the array that they have when a larger one takes its place."""
        array, end = self._levels[level], entry + fresh.shape[1]
        if end > array.shape[1]:
            array = np.empty((2, 2 * end), np.float32)  # what is not written takes no memory
            array[:, :entry] = self._levels[level][:, :entry]
        array[:, entry:end] = fresh
        self._levels[level] = array
