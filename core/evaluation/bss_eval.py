"""BSS Eval version 4, as ``museval`` computes it: SDR, ISR, SIR and SAR of each stem and frame.

An estimate is taken apart into the true stem s, what filtering of that stem adds (spatial distortion), what filtering of all
true stems adds (interference), and the rest (artifacts). The filters have 512 taps from every channel to every channel and
do not change with time: least squares over the whole song. With P the projection onto the stem filtered, and Q that onto all
stems filtered:

    SDR = |s|² / |ŝ − s|²   ISR = |s|² / |Pŝ − s|²   SIR = |Pŝ|² / |Qŝ − Pŝ|²   SAR = |Qŝ|² / |ŝ − Qŝ|²

Vincent, Gribonval, Févotte: Performance measurement in blind audio source separation, IEEE TASLP 14(4), 2006; Stöter,
Liutkus, Ito: The 2018 Signal Separation Evaluation Campaign, LVA/ICA 2018; github.com/sigsep/sigsep-mus-eval.

The same numbers come sooner than there: correlations are summed up over short blocks, so that no array is as long as the
song; the linear systems, which do not depend on the estimates, are solved once for all of them; and energies of filtered
frames are taken from their spectra (Parseval's theorem), which need no transform back.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import ducc0
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from core.arrays import FloatArray
from core.evaluation.frames import DoubleArray, Signals, SpectrumArray, decibels, frames, irfft, rfft

BssMetric = Literal["sdr", "isr", "sir", "sar"]
METRICS: tuple[BssMetric, ...] = ("sdr", "isr", "sir", "sar")

TAPS = 512

RIDGE = 1e-12  # of the largest energy: where museval's own regularisation is lost in rounding

_FFT = 1 << 14  # of the blocks that correlations are made of
_BLOCK = _FFT - TAPS + 1


def bss_eval(
    references: Sequence[FloatArray],
    estimates: Sequence[Sequence[FloatArray]],
    window: int,
    tick: Callable[[float], None] = lambda fraction: None,
) -> list[Mapping[BssMetric, DoubleArray]]:
    """For each set of estimates {metric: (stems, frames)} in dB; NaN in frames where a reference or an estimate is silent.

    ``references`` are the true stems (n, 2), which all end with the longest; each set has an estimate (any, 2) for each.
    ``window`` counts samples. ``tick`` hears now and then which fraction is done, and may raise. A reference or an estimate
    that is silent all the time, which ``museval`` refuses, gives NaN in all frames.
    """
    length = max(map(len, references))
    true = Signals(references, length)
    every = Signals([estimate for group in estimates for estimate in group], length)
    correlations = _correlations(true, every, lambda fraction: tick(0.5 * fraction))
    filters = _Filters(correlations, true.channels)
    scores: list[Mapping[BssMetric, DoubleArray]] = []
    for index, group in enumerate(estimates):
        columns = slice(index * true.channels, (index + 1) * true.channels)
        scoring = _Scoring(filters, columns, min(window, length))
        estimated = Signals(group, length)
        found = []
        for frame in frames(length, window):
            found.append(scoring.frame(true.part(frame.start, frame.stop), estimated.part(frame.start, frame.stop)))
            tick(0.5 + 0.5 * (index + frame.stop / length) / len(estimates))
        stacked = np.array(found)  # (frames, metrics, stems)
        scores.append({metric: stacked[:, number].T for number, metric in enumerate(METRICS)})
    return scores


def _correlations(true: Signals, every: Signals, tick: Callable[[float], None]) -> DoubleArray:
    """r[x, y, lag] = Σ x[n + lag] y[n] for lags 0 to TAPS − 1: y each channel of ``true``, x those and then ``every``'s."""
    total = np.zeros((true.channels + every.channels, true.channels, _FFT // 2 + 1), np.complex128)
    for start in range(0, true.length, _BLOCK):
        stop = start + _FFT
        leading = rfft(np.concatenate((true.part(start, stop), every.part(start, stop))), _FFT)
        trailing = rfft(true.part(start, start + _BLOCK), _FFT).conj()
        for index, spectrum in enumerate(trailing):
            total[:, index] += leading * spectrum
        tick(min(start + _BLOCK, true.length) / true.length)
    return irfft(total, _FFT)[..., :TAPS].copy()


class _Filters:
    """The least-squares filters from the references to all estimates, two columns for each estimate."""

    def __init__(self, correlations: DoubleArray, channels: int) -> None:
        """``correlations`` as above; the first ``channels`` of x are the references'."""
        gram = _gram(correlations[:channels])
        targets = np.moveaxis(correlations[channels:], 0, 2)  # (references' channels, taps, columns)
        stems = channels // 2
        self.own = np.empty((2, TAPS, targets.shape[2]))  # from the two channels of the estimate's own stem
        for stem in range(stems):
            rows = slice(2 * stem, 2 * stem + 2)
            columns = np.flatnonzero(np.arange(targets.shape[2]) // 2 % stems == stem)
            self.own[..., columns] = _solved(gram[rows, :, rows].copy(), targets[rows][..., columns])
        self.all = _solved(gram, targets)  # from all channels of all references


def _gram(correlations: DoubleArray) -> DoubleArray:
    """The inner products of the references delayed by a and b taps: (channels, a, channels, b)."""
    channels = len(correlations)
    gram = np.empty((channels, TAPS, channels, TAPS))
    for x in range(channels):
        for y in range(channels):
            lags = np.concatenate((correlations[y, x, :0:-1], correlations[x, y]))  # from −(TAPS − 1) to TAPS − 1
            gram[x, :, y] = sliding_window_view(lags, TAPS)[::-1]
    return gram


def _solved(gram: DoubleArray, targets: DoubleArray) -> DoubleArray:
    """The filters, of the shape of ``targets``; changes ``gram``, whose diagonal gets what ``museval`` adds to it."""
    size = gram.shape[0] * TAPS
    matrix, right = gram.reshape(size, size), targets.reshape(size, -1)
    diagonal = np.diag_indices(size)
    matrix[diagonal] += np.finfo(float).eps
    try:
        solution = np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:  # two channels are the same: which of them is filtered does not matter, nor this much
        matrix[diagonal] += RIDGE * matrix.max()
        solution = np.linalg.solve(matrix, right)
    return np.asarray(solution, np.float64).reshape(targets.shape)


class _Scoring:
    """Scores one set of estimates, frame by frame. Frames are filtered as if there was silence around them."""

    def __init__(self, filters: _Filters, columns: slice, window: int) -> None:
        size = ducc0.fft.good_size(window + TAPS - 1, True)
        self._size = size
        self._own, self._all = (
            rfft(np.moveaxis(taps[..., columns], 1, 2), size) for taps in (filters.own, filters.all)
        )  # (references' channels, columns, bins)
        self._weights = np.full(size // 2 + 1, 2.0 / size)  # of the bins in the energy: each stands for two but the first
        self._weights[0] /= 2
        if size % 2 == 0:
            self._weights[-1] /= 2

    def frame(self, true: DoubleArray, estimated: DoubleArray) -> DoubleArray:
        """The metrics (METRICS, stems) in dB of channels (2 · stems, n)."""
        stems = len(true) // 2
        if _any_silent(true) or _any_silent(estimated):
            return np.full((len(METRICS), stems), np.nan)
        spectra, estimates = rfft(true, self._size), rfft(estimated, self._size)
        return np.array([self._stem(stem, spectra, estimates) for stem in range(stems)]).T

    def _stem(self, stem: int, spectra: SpectrumArray, estimates: SpectrumArray) -> list[float]:
        """As METRICS."""
        rows = slice(2 * stem, 2 * stem + 2)
        true, estimate = spectra[rows], estimates[rows]
        own = np.einsum("xf,xcf->cf", true, self._own[:, rows])
        everything = np.einsum("xf,xcf->cf", spectra, self._all[:, rows])
        energy = self._energy(true)
        return [
            decibels(energy, self._energy(estimate - true)),
            decibels(energy, self._energy(own - true)),
            decibels(self._energy(own), self._energy(everything - own)),
            decibels(self._energy(everything), self._energy(estimate - everything)),
        ]

    def _energy(self, spectra: SpectrumArray) -> float:
        """The sum of the squares of the samples of all channels."""
        return float(np.sum((spectra.real**2 + spectra.imag**2) @ self._weights))


def _any_silent(channels: DoubleArray) -> bool:
    """Whether a stem is silent, as ``museval`` has it: the sum of its channels is."""
    mono = channels[0::2] + channels[1::2]
    return bool(np.any(np.all(mono == 0, axis=1)))
