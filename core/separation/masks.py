"""From the networks' estimates to masks: the share of each bin of the mix that belongs to each stem.

Arrays are (…, channels, frames, bins).
"""

from typing import Literal

import numpy as np

from core.arrays import FloatArray
from core.models.catalogue import Model

EPSILON = 1e-10  # Spleeter's
TINY = np.float32(1e-30)  # keeps a division by silence finite

Extension = Literal["zeros", "average", "top"]


def stem_masks(model: Model, estimates: FloatArray, magnitude: FloatArray) -> FloatArray:
    """Masks (stems, channels, frames, F) that sum to one, from estimates (networks, channels, frames, F).

    ``magnitude`` (channels, frames, F) is the mix that the networks saw.
    """
    if model.masks == "direct":
        masks = direct_masks(estimates, magnitude)
        return masks if model.residual is None else with_residual(masks)
    return ratio_masks(estimates, model.exponent)


def ratio_masks(estimates: FloatArray, exponent: float) -> FloatArray:
    """Spleeter's masks: (eᵢᵖ + ε/n) / (Σ eᵖ + ε) over the n networks."""
    powers = estimates * estimates if exponent == 2 else estimates**exponent
    total = powers.sum(axis=0)
    total += EPSILON
    powers += EPSILON / len(estimates)
    powers /= total
    return powers


def direct_masks(estimates: FloatArray, magnitude: FloatArray) -> FloatArray:
    """The networks' own masks, recovered from their products with the mix. Where the mix is silent the mask is 0."""
    masks = np.divide(estimates, np.maximum(magnitude, TINY), dtype=np.float32)
    return np.clip(masks, 0, 1, out=masks)


def with_residual(masks: FloatArray) -> FloatArray:
    """The masks and one more, which takes what they leave."""
    rest = np.maximum(1 - masks.sum(axis=0, keepdims=True), 0)
    return np.concatenate([masks, rest])


def extend(mask: FloatArray, magnitude: FloatArray, how: Extension) -> FloatArray:
    """The value (channels, frames, 1) of a mask (channels, frames, F) for all bins above F.

    ``zeros`` and ``average`` are Spleeter's. ``top`` is the stem's share of the upper half of the band, the octave below
    the bins that the network does not see: what is there goes with its harmonics. It keeps the sum of the masks.
    """
    if how == "zeros":
        return np.zeros((*mask.shape[:2], 1), np.float32)
    if how == "average":
        average: FloatArray = mask.mean(axis=2, keepdims=True)
        return average
    half = mask.shape[2] // 2
    weights = magnitude[..., half:] + np.float32(EPSILON)
    share: FloatArray = np.vecdot(mask[..., half:], weights) / weights.sum(axis=2)
    return share[..., np.newaxis]
