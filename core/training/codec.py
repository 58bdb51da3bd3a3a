"""Sound through a lossy codec, for packs."""

from pathlib import Path

import av
import numpy as np

from core.arrays import FloatArray


def write_mp3(path: Path, samples: FloatArray, rate: int, bit_rate: int) -> None:
    """Writes samples (n, 2) as MP3 of ``bit_rate`` bits a second; MPEG's rates only, e.g. 22050 or 44100 Hz."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libmp3lame", rate=rate, layout="stereo", format="fltp")
        stream.bit_rate = bit_rate
        size = 1152
        for start in range(0, len(samples), size):
            block = np.ascontiguousarray(samples[start : start + size].T)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate = rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
