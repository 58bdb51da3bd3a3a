"""What becomes of samples above full scale, which integers and players of lossy formats cut off.

A stem can be louder than its song: two stems with opposite samples cancel in the mix. Stems keep their balance, so that they
still sum to the song: what is done is done to all of them alike, or only to the moments that are too loud.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal

import numpy as np

from core.arrays import FloatArray

FULL_SCALE = 1 - 2**-15  # the largest sample of 16 bits

# gain: all stems quieter, by the same factor; limit: only the loud moments; clip: nothing, as Spleeter does.
Loud = Literal["gain", "limit", "clip"]

# FFmpeg's limiter looks ahead, and its latency is taken out; what is below the limit is left as it is. Times: its own.
_LIMITER = f"limit={FULL_SCALE}:level=0:latency=1"


def common_gain(peaks: Iterable[float]) -> float:
    """The factor for all stems with which none exceeds full scale: 1 unless a peak does."""
    highest = max(peaks, default=0.0)
    return FULL_SCALE / highest if highest > 1 else 1.0


class Limiter:
    """Keeps one stem within full scale. What goes in comes out, as long, and in the same place."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._layout, self._position = rate, "mono" if channels == 1 else "stereo", 0
        self._channels = channels
        from av.filter import Graph  # late: few need it

        self._graph = Graph()
        source = self._graph.add_abuffer(sample_rate=rate, format="flt", layout=self._layout, time_base=Fraction(1, rate))
        limiter = self._graph.add("alimiter", _LIMITER)
        formatted = self._graph.add("aformat", f"sample_fmts=flt:channel_layouts={self._layout}")
        sink = self._graph.add("abuffersink")
        for first, second in ((source, limiter), (limiter, formatted), (formatted, sink)):
            first.link_to(second)
        self._graph.configure()

    def push(self, samples: FloatArray) -> Iterator[FloatArray]:
        """What is ready after samples (n, channels): blocks of any size."""
        if len(samples):
            from av import AudioFrame

            frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), "flt", self._layout)
            frame.sample_rate, frame.pts = self._rate, self._position
            self._position += len(samples)
            self._graph.push(frame)
            yield from self._ready()

    def drain(self) -> Iterator[FloatArray]:
        """The rest."""
        if self._position:
            self._graph.push(None)
            yield from self._ready()

    def _ready(self) -> Iterator[FloatArray]:
        from av import AudioFrame

        while True:
            try:
                frame = self._graph.pull()
            except (BlockingIOError, EOFError):  # it wants more, or there is none
                return
            assert isinstance(frame, AudioFrame)
            yield np.asarray(frame.to_ndarray(), np.float32).reshape(-1, self._channels)
