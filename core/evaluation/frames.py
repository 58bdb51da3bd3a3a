"""Signals as the metrics see them: of one length, and cut into frames."""

from collections.abc import Iterator, Sequence

import ducc0
import numpy as np
import numpy.typing as npt

from core.arrays import FloatArray

DoubleArray = npt.NDArray[np.float64]
SpectrumArray = npt.NDArray[np.complex128]


class Signals:
    """Stereo signals (n, 2) that may be longer than memory (memory-mapped), as channels of one length.

    What is shorter than ``length`` goes on in silence, what is longer is cut off, as ``museval`` does with estimates.
    """

    def __init__(self, signals: Sequence[FloatArray], length: int) -> None:
        self._signals, self.length = signals, length

    @property
    def channels(self) -> int:
        """Left and right of the first signal, of the second, …"""
        return 2 * len(self._signals)

    def part(self, start: int, stop: int) -> DoubleArray:
        """Samples ``start`` to ``stop`` of all channels (channels, n), silence past the end."""
        samples = np.zeros((self.channels, stop - start))
        for index, signal in enumerate(self._signals):
            found = signal[start : min(stop, self.length)]
            samples[2 * index : 2 * index + 2, : len(found)] = found.T
        return samples


def frames(length: int, window: int) -> Iterator[slice]:
    """Consecutive frames of ``window`` samples, without a shorter one at the end; all of a signal shorter than that.

    ``museval.metrics.Framing`` with a hop of one window.
    """
    if length <= window:
        yield slice(0, length)
        return
    for start in range(0, length - window + 1, window):
        yield slice(start, start + window)


def decibels(signal: float, error: float) -> float:
    """10 lg of a ratio of energies; infinite without an error, and for an error alone."""
    if error == 0:
        return float("inf")
    return float(10 * np.log10(signal / error)) if signal > 0 else float("-inf")


def rfft(samples: DoubleArray, size: int) -> SpectrumArray:
    """The spectra (…, size // 2 + 1) of real samples (…, at most size), filled up with silence."""
    padded = np.zeros((*samples.shape[:-1], size))
    padded[..., : samples.shape[-1]] = samples
    spectra: SpectrumArray = ducc0.fft.r2c(padded, axes=(padded.ndim - 1,))
    return spectra


def irfft(spectra: SpectrumArray, size: int) -> DoubleArray:
    """The real samples (…, size) of spectra (…, size // 2 + 1)."""
    samples: DoubleArray = ducc0.fft.c2r(spectra, axes=(spectra.ndim - 1,), lastsize=size, forward=False, inorm=2)
    return samples
