"""BSS Eval: the numbers of museval, whatever the stems are like."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from core.errors import CancelledError
from core.evaluation.bss_eval import METRICS, BssMetric, bss_eval
from tests.support import songs
from tests.support.songs import RATE

SECONDS = 3.4  # three frames, and a rest that is left out
TOLERANCE_DB = 0.01

Stems = list[np.ndarray]


def noise(level: float, seed: int, length: int) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal((length, 2))).astype(np.float32)


def stems(count: int, seconds: float = SECONDS) -> Stems:
    return [songs.music(seconds, seed) for seed in range(1, count + 1)]


def estimates_of(references: Stems) -> Stems:
    """Each stem too quiet, with some of the next one, delayed, and noise."""
    following = [np.roll(stem, 40, axis=0) for stem in (*references[1:], references[0])]
    pairs = zip(references, following, strict=True)
    return [0.8 * stem + 0.2 * other + noise(0.01, seed, len(stem)) for seed, (stem, other) in enumerate(pairs)]


def two_stems() -> tuple[Stems, Stems]:
    return stems(2), estimates_of(stems(2))


def three_stems() -> tuple[Stems, Stems]:
    return stems(3, 1.2), estimates_of(stems(3, 1.2))


def silence_in_a_reference() -> tuple[Stems, Stems]:
    references = stems(2)
    references[0][RATE : 2 * RATE] = 0
    return references, estimates_of(references)


def silence_in_an_estimate() -> tuple[Stems, Stems]:
    estimates = estimates_of(stems(2))
    estimates[1][:RATE] = 0
    return stems(2), estimates


def channels_that_cancel() -> tuple[Stems, Stems]:
    references = stems(2)
    references[0][:RATE, 1] = -references[0][:RATE, 0]
    return references, estimates_of(references)


def mono() -> tuple[Stems, Stems]:
    references = [stem.mean(axis=1, keepdims=True).repeat(2, axis=1) for stem in stems(2)]
    return references, [estimate.mean(axis=1, keepdims=True).repeat(2, axis=1) for estimate in estimates_of(references)]


def one_channel_silent() -> tuple[Stems, Stems]:
    references = stems(2)
    references[1][:, 1] = 0
    return references, estimates_of(references)


def shorter_estimates() -> tuple[Stems, Stems]:
    return stems(2), [estimate[: 2 * RATE + 100] for estimate in estimates_of(stems(2))]


def longer_estimates() -> tuple[Stems, Stems]:
    return stems(2), [np.concatenate((estimate, estimate)) for estimate in estimates_of(stems(2))]


def less_than_a_frame() -> tuple[Stems, Stems]:
    return stems(2, 0.6), estimates_of(stems(2, 0.6))


def the_mixture() -> tuple[Stems, Stems]:
    references = stems(2)
    mixture = references[0] + references[1] + noise(0.001, 9, len(references[0]))
    return references, [mixture, mixture]


CASES = [
    two_stems,
    three_stems,
    silence_in_a_reference,
    silence_in_an_estimate,
    channels_that_cancel,
    mono,
    one_channel_silent,
    shorter_estimates,
    longer_estimates,
    less_than_a_frame,
    the_mixture,
]


def by_museval(references: Sequence[np.ndarray], estimates: Sequence[np.ndarray]) -> Mapping[BssMetric, np.ndarray]:
    museval = pytest.importorskip("museval")
    true, estimated = (np.array(signals, np.float64) for signals in (references, estimates))
    sdr, isr, sir, sar = museval.evaluate(true, estimated, win=RATE, hop=RATE)
    return {"sdr": sdr, "isr": isr, "sir": sir, "sar": sar}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_figures_are_those_of_museval(case: Callable[[], tuple[Stems, Stems]]) -> None:
    references, estimates = case()
    (found,) = bss_eval(references, [estimates], RATE)
    expected = by_museval(references, estimates)
    for metric in METRICS:
        np.testing.assert_allclose(found[metric], expected[metric], rtol=0, atol=TOLERANCE_DB)


# museval 0.4.1 on NumPy 2.4.6 and SciPy 1.17.1 gave these of ``two_stems`` (2026-11-20): medians over frames of both stems.
RECORDED: Mapping[BssMetric, tuple[float, float]] = {
    "sdr": (9.1756, 11.0717),
    "isr": (13.9085, 13.9759),
    "sir": (10.2362, 14.1415),
    "sar": (15.3048, 16.9943),
}


def test_the_figures_are_those_that_museval_gave_where_it_is_not_installed() -> None:
    references, estimates = two_stems()
    (found,) = bss_eval(references, [estimates], RATE)
    for metric in METRICS:
        np.testing.assert_allclose(np.median(found[metric], axis=1), RECORDED[metric], rtol=0, atol=TOLERANCE_DB)


def test_several_sets_at_once_get_the_same_figures_as_each_alone() -> None:
    references, estimates = two_stems()
    _, mixture = the_mixture()
    together = bss_eval(references, [mixture, estimates], RATE)
    for found, alone in zip(together, (mixture, estimates), strict=True):
        (expected,) = bss_eval(references, [alone], RATE)
        for metric in METRICS:
            np.testing.assert_allclose(found[metric], expected[metric], rtol=0, atol=1e-6)


def test_stems_end_with_the_longest_one() -> None:
    references, estimates = two_stems()
    shorter = [references[0], references[1][: 2 * RATE]]
    padded = [references[0], np.concatenate((shorter[1], np.zeros_like(references[1][2 * RATE :])))]
    found, expected = (bss_eval(true, [estimates], RATE)[0] for true in (shorter, padded))
    for metric in METRICS:
        np.testing.assert_array_equal(found[metric], expected[metric])


def test_a_stem_that_is_silent_all_the_time_has_no_figures() -> None:
    references, estimates = two_stems()
    for true, estimated in (([references[0], 0 * references[1]], estimates), (references, [estimates[0], 0 * estimates[1]])):
        (found,) = bss_eval(true, [estimated], RATE)
        assert all(np.isnan(found[metric]).all() for metric in METRICS)


def test_a_perfect_estimate_has_no_distortion() -> None:
    references = stems(2, 1.2)
    (found,) = bss_eval(references, [references], RATE)
    assert np.isposinf(found["sdr"]).all()
    assert min(found[metric].min() for metric in ("isr", "sir", "sar")) > 100


def test_it_can_be_ended_on_the_way() -> None:
    references, estimates = two_stems()
    done: list[float] = []

    def tick(fraction: float) -> None:
        done.append(fraction)
        if fraction > 0.6:
            raise CancelledError()

    with pytest.raises(CancelledError):
        bss_eval(references, [estimates], RATE, tick)
    assert done == sorted(done)
    assert 0 < done[0] < 0.5 < done[-1] < 1
