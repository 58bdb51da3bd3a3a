"""How sure the masks of trained networks may be: a factor and a shift of their logits, by songs they were not trained on.

Networks that were trained for long are surer of themselves than they may be, and leave too much of voices that they do not
know in the rest. σ(f·z + s) of their logits z mends some of that with two numbers (J. Platt 1999, "Probabilistic outputs for
support vector machines"), which go into the last layer, so that no engine needs to know of them.
"""

from collections.abc import Iterable
from itertools import product

import torch
from torch import Tensor

from core.arrays import FloatArray
from core.engines.torch_unet import numbered
from core.models.graph import LAYERS
from core.training.network import UNets

FACTORS = (0.6, 0.8, 1.0, 1.2)
SHIFTS = (-0.3, 0.0, 0.3, 0.6, 0.9)

_AUDIBLE = 0.01  # of a stem's mean energy: quieter stretches do not count


def calibrated(nets: UNets, examples: Iterable[Tensor], stretch: int) -> dict[str, FloatArray]:
    """The networks' weights with the factor and the shift that separate the examples best.

    Examples are spectra (stems, 2, frames, bins) of the networks' own band. The best pair has the highest mean over stems of
    the median SDR of stretches of so many frames. Masks that sum to one by themselves (softmax) are not shifted.
    """
    pairs = list(product(FACTORS, (0.0,) if nets.shape.softmax else SHIFTS))
    found: list[list[tuple[Tensor, Tensor]]] = [[] for _ in pairs]
    with torch.no_grad():
        for spectra in examples:
            mix = spectra.sum(0)
            logits = nets.logits(mix[None].abs())[:, 0]
            for energies, (factor, shift) in zip(found, pairs, strict=True):
                masks = nets.activated(factor * logits + shift, len(spectra))
                energies.append((_energies(spectra, stretch), _energies(masks * mix - spectra, stretch)))
        scores = torch.stack([_score(energies) for energies in found])
        factor, shift = pairs[int(scores.argmax())]
    weights = nets.weights()
    for network in range(nets.shape.networks):
        last = numbered("conv2d", (LAYERS + 1) * network + LAYERS)
        weights[f"{last}/kernel"] = weights[f"{last}/kernel"] * factor
        weights[f"{last}/bias"] = weights[f"{last}/bias"] * factor + shift
    return weights


def _energies(spectra: Tensor, stretch: int) -> Tensor:
    """(stems, stretches) of (stems, 2, frames, bins)."""
    frames = spectra.shape[-2] // stretch * stretch
    power = spectra.real**2 + spectra.imag**2
    energies: Tensor = power[..., :frames, :].sum((1, 3)).unflatten(1, (-1, stretch)).sum(-1)
    return energies


def _score(energies: list[tuple[Tensor, Tensor]]) -> Tensor:
    true, error = (torch.cat(parts, 1) for parts in zip(*energies, strict=True))
    medians = [
        (10 * torch.log10(stem / wrong.clamp(min=1e-12)))[stem > _AUDIBLE * stem.mean()].median()
        for stem, wrong in zip(true, error, strict=True)
    ]
    return torch.stack(medians).mean()
