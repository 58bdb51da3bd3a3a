"""A song cut into the segments that Demucs' networks see, and their estimates joined again, as a stream.

What ``demucs.apply.apply_model`` does with a whole song in memory. Each network goes over the song in segments that overlap;
the last one, which is shorter, it sees with what is around it. The estimates are joined with weights that rise and fall in a
triangle. Each shift goes over the song once more, from up to half a second earlier on, with silence there.
"""

import heapq
import random
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from core.arrays import FloatArray
from core.models.bags import Bag
from core.separation.care import Care

MAX_SHIFT_S = 0.5
SEED = 0  # of the shifts: a song always gives the same stems


class Window(NamedTuple):
    """What a network of a bag is to see: samples (2, n)."""

    network: int
    samples: FloatArray


class Network(Protocol):
    """What is to be known of one network of a bag."""

    @property
    def sources(self) -> Sequence[str]:
        """The stems that it gives, in its order."""

    @property
    def segment(self) -> int:
        """How many samples it sees at once."""

    def valid_length(self, length: int) -> int:
        """How many samples it wants to see for a segment of ``length``: no fewer."""


@dataclass(frozen=True)
class Level:
    """The mean and the deviation of the mean of a song's channels. Networks see the song without the one, by the other."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class _Pass:
    """One way over the song, from sample ``start`` on."""

    network: int
    start: int
    length: int  # of a segment
    stride: int
    shares: tuple[tuple[int, int, float], ...]  # (stem, source, how much it counts)
    _weights: dict[int, FloatArray] = field(default_factory=dict, compare=False)

    def weights(self, number: int) -> FloatArray:
        """Of the samples of the segment ``number``, counted from 0. Those of the segments over a sample sum to 1."""
        neighbours = (self.length - 1) // self.stride
        number = min(number, neighbours)  # from there on all are alike
        if number not in self._weights:
            triangle = np.minimum(np.arange(1, self.length + 1), np.arange(self.length, 0, -1))
            total = triangle.astype(np.float64)
            for step in range(1, neighbours + 1):
                distance = step * self.stride
                total[distance:] += triangle[:-distance]
                if step <= number:
                    total[:-distance] += triangle[distance:]
            self._weights[number] = (triangle / total).astype(np.float32)
        return self._weights[number]


@dataclass(frozen=True)
class _Segment:
    """What was cut: ``length`` samples of the song from ``start`` on, which lie at ``offset`` in their window."""

    way: _Pass
    number: int
    start: int
    length: int
    offset: int
    final: int  # once it is joined, all before this sample is complete


class Segments:
    """Cuts one song and joins what becomes of it. For one thread; windows may be taken ahead of their estimates."""

    def __init__(
        self, networks: Sequence[Network], bag: Bag, stems: Sequence[str], rate: int, level: Level, care: Care
    ) -> None:
        """``stems`` are to be made; networks that count for none of them see nothing."""
        self._networks, self._stems, self._level = networks, tuple(stems), level
        self._passes = list(_passes(networks, bag, self._stems, rate, care))
        self._cut: deque[_Segment] = deque()
        self._first = 0  # the sample of the song that ``_sum`` (stems, n, 2) begins with
        self._sum = np.zeros((len(self._stems), 0, 2), np.float32)

    def windows(self, blocks: Iterable[FloatArray]) -> Iterator[Window]:
        """The windows of a song's blocks (n, 2), in the order of their places in it."""
        song = _Song(blocks, self._level)
        longest = max(way.length for way in self._passes)
        turns = [(way.start, index, 0) for index, way in enumerate(self._passes)]
        heapq.heapify(turns)
        while turns:
            start, index, number = turns[0]
            way = self._passes[index]
            length = song.reach(start + way.length) - start
            if length <= 0:
                heapq.heappop(turns)
                continue
            valid = self._networks[way.network].valid_length(length)
            offset = (valid - length) // 2
            window = song.window(start - offset, valid)
            heapq.heapreplace(turns, (start + way.stride, index, number + 1))
            song.forget(turns[0][0] - longest)
            self._cut.append(_Segment(way, number, start, length, offset, turns[0][0]))
            yield Window(way.network, window)

    def joined(self, estimates: FloatArray) -> tuple[int, dict[str, FloatArray]]:
        """What is complete with the estimates (sources, 2, n) of the next window: from which sample on, and each stem."""
        segment = self._cut.popleft()
        before = max(-segment.start, 0)  # silence that a shift has put there
        weights = segment.way.weights(segment.number)[before : segment.length, np.newaxis]
        first = segment.start + before - self._first
        missing = first + len(weights) - self._sum.shape[1]
        if missing > 0:
            self._sum = np.concatenate([self._sum, np.zeros((len(self._stems), missing, 2), np.float32)], axis=1)
        inside = slice(segment.offset + before, segment.offset + segment.length)
        for stem, source, share in segment.way.shares:
            self._sum[stem, first : first + len(weights)] += np.float32(share) * weights * estimates[source, :, inside].T
        return self._taken(segment.final - self._first)

    def rest(self) -> tuple[int, dict[str, FloatArray]]:
        """What is left when all windows are joined."""
        return self._taken(self._sum.shape[1])

    def _taken(self, count: int) -> tuple[int, dict[str, FloatArray]]:
        taken = self._sum[:, : max(count, 0)] * np.float32(self._level.deviation) + np.float32(self._level.mean)
        first, count = self._first, taken.shape[1]
        self._sum, self._first = self._sum[:, count:].copy(), first + count
        return first, dict(zip(self._stems, taken, strict=True))


def _passes(networks: Sequence[Network], bag: Bag, stems: Sequence[str], rate: int, care: Care) -> Iterator[_Pass]:
    """In the order of the bag, so that seeded alike the package's shifts are the same."""
    weights = bag.weights or tuple((1.0,) * len(network.sources) for network in networks)
    totals = [sum(column) for column in zip(*weights, strict=True)]
    generator, furthest = random.Random(SEED), int(MAX_SHIFT_S * rate)
    for index, (network, counts) in enumerate(zip(networks, weights, strict=True)):
        places = [(stem, network.sources.index(name)) for stem, name in enumerate(stems)]
        shares = [(stem, source, counts[source] / totals[source] / max(care.shifts, 1)) for stem, source in places]
        useful = tuple(share for share in shares if share[2])
        stride = max(int((1 - care.overlap) * network.segment), 1)
        starts = [generator.randint(0, furthest) - furthest for _ in range(care.shifts)] if care.shifts else [0]
        for start in starts:
            if useful:
                yield _Pass(index, start, network.segment, stride, useful)


class _Song:
    """As much of a song as is needed at a time."""

    def __init__(self, blocks: Iterable[FloatArray], level: Level) -> None:
        self._blocks = iter(blocks)
        self._mean, self._deviation = np.float32(level.mean), np.float32(level.deviation)
        self._first = 0
        self._samples = np.zeros((0, 2), np.float32)

    @property
    def _end(self) -> int:
        return self._first + len(self._samples)

    def reach(self, end: int) -> int:
        """Reads up to sample ``end``, or to the song's end; which of them it was."""
        parts, reached = [self._samples], self._end
        while reached < end:
            block = next(self._blocks, None)
            if block is None:
                break
            parts.append((block - self._mean) / self._deviation)
            reached += len(block)
        if len(parts) > 1:
            self._samples = np.concatenate(parts)
        return min(end, reached)

    def window(self, start: int, length: int) -> FloatArray:
        """Samples (2, length) from ``start`` on; silence where there is no song."""
        window = np.zeros((2, length), np.float32)
        first, end = max(start, self._first), min(start + length, self._end)
        if first < end:
            window[:, first - start : end - start] = self._samples[first - self._first : end - self._first].T
        return window

    def forget(self, before: int) -> None:
        """What is before this sample is not needed any more."""
        if before > self._first:
            self._samples = self._samples[before - self._first :]
            self._first = min(before, self._end + before - self._first)
