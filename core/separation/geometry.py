"""The sizes of the transform, for songs at any rate.

A network has learned from frames at its model's rate. A song at another rate is not resampled: its frames are made as long
in time, so that bins and frames mean the same, and the network gets the same picture. So stems have the rate of the song,
with everything above the model's band in them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from core.models.catalogue import Model

_TOLERANCE = 0.0015  # two and a half cents


@dataclass(frozen=True)
class Geometry:
    """Frames of ``frame_length`` samples every ``hop``, ``chunk_frames`` at a time, of which the network sees ``bins``.

    ``gain`` goes into the transform, and out again in the inverse: magnitudes are those of frames at the model's rate.
    """

    frame_length: int
    hop: int
    chunk_frames: int
    bins: int
    gain: float = 1.0

    @property
    def half(self) -> int:
        """The bins from 0 Hz to half the rate, both with them."""
        return self.frame_length // 2 + 1

    @property
    def seen(self) -> int:
        """The bins that there are in the network's band; less than ``bins`` at low rates."""
        return min(self.bins, self.half)


def geometry(model: Model, rate: int | None = None) -> Geometry:
    """The sizes for songs at ``rate``; the model's own if None."""
    overlap = model.frame_length // model.hop
    hop = model.hop if rate is None else _quick(model.hop * rate / model.sample_rate)
    frame_length = overlap * hop
    return Geometry(frame_length, hop, model.chunk_frames, model.bins, model.frame_length / frame_length)


def _quick(hop: float) -> int:
    """A whole number close to ``hop`` with a fast FFT: the time of one goes with the sum of the length's prime factors."""
    slack = round(hop * _TOLERANCE)
    near = range(max(round(hop) - slack, 1), round(hop) + slack + 1)
    return min(near, key=lambda length: (sum(_prime_factors(length)), abs(length - hop)))


def _prime_factors(number: int) -> Iterator[int]:
    factor = 2
    while number > 1:
        while number % factor == 0:
            yield factor
            number //= factor
        factor += 1
