"""Signal-to-distortion ratios without filters: frame by frame, of frames in which there is something to hear."""

from collections.abc import Callable

import numpy as np

from core.evaluation.frames import DoubleArray, Signals, decibels, frames

# Frames of a reference that are quieter (mean square, full scale 1) have no ratio: any noise would make it −∞.
AUDIBLE = 1e-5

Ratio = Callable[[DoubleArray, DoubleArray], float]


def plain_sdr(reference: DoubleArray, estimate: DoubleArray) -> float:
    """|s|² / |ŝ − s|² in dB, of samples of one shape."""
    return decibels(float(np.sum(reference**2)), float(np.sum((estimate - reference) ** 2)))


def si_sdr(reference: DoubleArray, estimate: DoubleArray) -> float:
    """|αs|² / |ŝ − αs|² in dB with α = ⟨ŝ, s⟩ / |s|²: the scale of the estimate does not matter.

    Le Roux, Wisdom, Erdogan, Hershey: SDR – half-baked or well done? ICASSP 2019. Both channels share one α.
    """
    target = np.sum(estimate * reference) / np.sum(reference**2) * reference
    return decibels(float(np.sum(target**2)), float(np.sum((estimate - target) ** 2)))


def framewise(ratio: Ratio, references: Signals, estimates: Signals, window: int) -> DoubleArray:
    """``ratio`` of each stem and frame: (stems, frames) dB, NaN where the reference is not ``AUDIBLE``."""
    columns = []
    for frame in frames(references.length, window):
        true, estimated = (signals.part(frame.start, frame.stop) for signals in (references, estimates))
        stems = zip(_by_stem(true), _by_stem(estimated), strict=True)
        columns.append([ratio(s, e) if np.mean(s**2) > AUDIBLE else np.nan for s, e in stems])
    return np.array(columns).T


def _by_stem(channels: DoubleArray) -> DoubleArray:
    return channels.reshape(len(channels) // 2, 2, -1)
