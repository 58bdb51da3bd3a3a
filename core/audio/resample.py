"""Sound at another rate: any blocks go in, exactly as much time comes out, and nothing is shifted."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from core.arrays import FloatArray

# FFmpeg's resampler with a longer filter than it has by itself, which would lose 3 dB at 21 kHz on the way from 44.1 to
# 48 kHz. With this one what is below 20 kHz is off by −120 dB, and aliases from 23 kHz on are 125 dB down.
_FILTER = "filter_size=256:cutoff=0.98:filter_type=kaiser:kaiser_beta=12"

_BLOCK = 16384  # frames


def resampled_frames(frames: int, rate: int, new_rate: int) -> int:
    """How many frames at ``new_rate`` take the time of ``frames`` at ``rate``, to the nearest."""
    return round(Fraction(frames * new_rate, rate))


class Resampler:
    """Gives n frames as ``resampled_frames`` of them, as if silence were before and after. The same for any blocks."""

    def __init__(self, rate: int, new_rate: int, channels: int = 2) -> None:
        from av.filter import Graph  # late: few need it

        self._rate, self._new_rate, self._channels = rate, new_rate, channels
        self._layout = "mono" if channels == 1 else "stereo"
        self._pushed = self._taken = self._given = 0
        self._graph = Graph()
        source = self._graph.add_abuffer(sample_rate=rate, format="flt", layout=self._layout, time_base=Fraction(1, rate))
        resampler = self._graph.add("aresample", f"{new_rate}:{_FILTER}")
        formatted = self._graph.add("aformat", f"sample_fmts=flt:channel_layouts={self._layout}")
        sink = self._graph.add("abuffersink")
        for first, second in ((source, resampler), (resampler, formatted), (formatted, sink)):
            first.link_to(second)
        self._graph.configure()
        self._push_silence()  # else FFmpeg mirrors the first frames to have something before them
        self._unwanted = new_rate

    def push(self, samples: FloatArray) -> Iterator[FloatArray]:
        """What is ready after samples (n, channels): blocks of any size."""
        self._taken += len(samples)
        for start in range(0, len(samples), _BLOCK):
            self._send(samples[start : start + _BLOCK])
            yield from self._ready()

    def drain(self) -> Iterator[FloatArray]:
        """The rest."""
        self._push_silence()
        self._graph.push(None)
        left = resampled_frames(self._taken, self._rate, self._new_rate) - self._given
        for block in self._ready():
            yield block[:left]
            left -= min(left, len(block))

    def _push_silence(self) -> None:
        """A second: whole frames at both rates."""
        self._send(np.zeros((self._rate, self._channels), np.float32))

    def _send(self, block: FloatArray) -> None:
        from av import AudioFrame

        frame = AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), "flt", self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._pushed, Fraction(1, self._rate)
        self._pushed += len(block)
        self._graph.push(frame)

    def _ready(self) -> Iterator[FloatArray]:
        """What came through, without the silence before the first frame."""
        from av import AudioFrame

        while True:
            try:
                frame = self._graph.pull()
            except (BlockingIOError, EOFError):  # it wants more, or there is none
                return
            assert isinstance(frame, AudioFrame)
            block = np.asarray(frame.to_ndarray(), np.float32).reshape(-1, self._channels)
            unwanted = min(self._unwanted, len(block))
            self._unwanted -= unwanted
            self._given += len(block) - unwanted
            yield block[unwanted:]
