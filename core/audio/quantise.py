"""float32 samples to integers."""

import numpy as np
import numpy.typing as npt

from core.arrays import FloatArray
from core.audio.formats import Depth


class Quantiser:
    """Samples in [−1, 1) as FFmpeg's integers of one depth; what exceeds full scale is clipped. 32 bits stay floats.

    To 16 bits with dither: noise of triangular density over ±1 step (TPDF) makes the error's mean and power the same
    whatever the signal, so that faint music fades into noise instead of distortion (Lipshitz, Wannamaker, Vanderkooy,
    Quantization and Dither: A Theoretical Survey, JAES 40 (1992)). Samples of exactly zero stay zero: they need no rounding,
    and a silent stem is to be silent (and a few bytes of FLAC). To 24 bits it is rounding: the error of −151 dBFS is below
    the noise of any converter.

    The noise is NumPy's SFC64 from ``seed``, 64 bits for the samples of one moment, which make two numbers of 16 bits each:
    the same samples give the same integers, however they are cut into blocks. Stems that will be added again should have
    different seeds, as equal noise adds up.
    """

    def __init__(self, depth: Depth, seed: int = 0) -> None:
        self._depth = depth
        self._noise = np.random.SFC64(seed)

    def __call__(self, samples: FloatArray) -> npt.NDArray[np.int16 | np.int32 | np.float32]:
        """Samples (n, channels) of 16 bits as int16, of 24 bits in the upper bytes of int32, of 32 bits as they are."""
        if self._depth == 32:
            return samples
        if self._depth == 24:
            return _rounded(samples * np.float32(2**23), 2**23).astype(np.int32) << 8
        scaled: FloatArray = samples * np.float32(2**15)
        uniform = self._noise.random_raw(len(samples)).view(np.uint16).reshape(-1, 2, 2)[:, : samples.shape[1]]
        noise = uniform[..., 0].astype(np.float32)
        noise -= uniform[..., 1]
        noise *= np.float32(2**-16)
        np.add(scaled, noise, out=scaled, where=samples != 0)
        return _rounded(scaled, 2**15).astype(np.int16)


def _rounded(scaled: FloatArray, full_scale: int) -> FloatArray:
    np.rint(scaled, out=scaled)
    return np.clip(scaled, -full_scale, full_scale - 1, out=scaled)
