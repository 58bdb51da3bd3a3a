"""Resamples the mix on its way to a device that does not have the song's rate."""

import av
import numpy as np

from core.arrays import FloatArray


class Resampler:
    """A stream of stereo blocks from one rate to another, with FFmpeg's resampler. The first frames out and in coincide."""

    def __init__(self, rate: int, wanted: int) -> None:
        self._rate = rate
        self._resampler = av.AudioResampler("flt", "stereo", wanted)

    def feed(self, block: FloatArray) -> FloatArray:
        """What is ready after ``block`` (n, 2); a little stays inside until more follows, or ``flush``."""
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), "flt", "stereo")
        frame.sample_rate = self._rate
        return self._drawn(frame)

    def flush(self) -> FloatArray:
        """The rest. The stream is over then."""
        return self._drawn(None)

    def _drawn(self, frame: av.AudioFrame | None) -> FloatArray:
        ready = [np.asarray(part.to_ndarray(), np.float32).reshape(-1, 2) for part in self._resampler.resample(frame)]
        return np.concatenate(ready) if ready else np.zeros((0, 2), np.float32)
