"""The calibration of masks: what is found, and where it goes."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (requirements-train.txt)")

import torch

from core.training.calibration import FACTORS, SHIFTS, calibrated
from core.training.network import Shape, UNets, new_weights

FILTERS = (2, 3, 4, 4, 5, 6)


def networks(count: int, softmax: bool = False) -> UNets:
    shape = Shape(count, FILTERS, softmax=softmax)
    weights = new_weights(shape, seed=1)
    for name in weights:  # so that masks are not all one half
        if name.endswith("/bias"):
            weights[name] += np.float32(0.3)
    return UNets(shape, weights)


def mixes(count: int) -> list[torch.Tensor]:
    made = torch.Generator().manual_seed(3)
    return [20 * torch.randn(2, 64, 64, dtype=torch.complex64, generator=made) for _ in range(count)]


def examples_of(nets: UNets, factor: float, shift: float, stems: int) -> list[torch.Tensor]:
    """Songs that the networks would separate without an error if their logits were those."""
    with torch.no_grad():
        return [nets.activated(factor * nets.logits(mix[None].abs())[:, 0] + shift, stems) * mix for mix in mixes(4)]


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("shift", SHIFTS)
def test_the_factor_and_the_shift_that_separate_best_are_in_the_last_layer(factor: float, shift: float) -> None:
    nets = networks(1)
    examples = examples_of(nets, factor, shift, stems=2)
    found = UNets(nets.shape, calibrated(nets, examples, stretch=16))
    with torch.no_grad():
        for mix, stems in zip(mixes(4), examples, strict=True):
            masks = found.activated(found.logits(mix[None].abs())[:, 0], 2)
            torch.testing.assert_close(masks * mix, stems, atol=1e-4, rtol=1e-4)


def test_masks_that_sum_to_one_are_only_scaled() -> None:
    nets = networks(2, softmax=True)
    before = nets.weights()
    after = calibrated(nets, examples_of(nets, 0.6, 0.0, stems=2), stretch=16)
    for name, array in after.items():
        last = name.split("/")[0] in ("conv2d_6", "conv2d_13")
        np.testing.assert_allclose(array, 0.6 * before[name] if last else before[name], rtol=1e-6, err_msg=name)


def test_networks_that_are_right_stay_as_they_are() -> None:
    nets = networks(1)
    for name, array in calibrated(nets, examples_of(nets, 1.0, 0.0, stems=2), stretch=16).items():
        np.testing.assert_array_equal(array, nets.weights()[name], err_msg=name)
