"""How well the networks separate examples that they are not trained on."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from core.arrays import FloatArray
from core.training.calibration import calibrated
from core.training.network import UNets
from core.training.remix import Remixer
from core.training.spectra import Transform

_AUDIBLE = 1e-5  # the mean square of a second of a stem that counts
_EDGE_HOPS = 3  # at both ends, where fewer than four frames overlap


class Judge:
    """Plain SDR on the same few examples each time: median over seconds where the stem can be heard."""

    def __init__(self, remixer: Remixer, examples: int, transform: Transform, rate: int) -> None:
        self._remixer, self._examples, self._transform, self._rate = remixer, examples, transform, rate

    def scores(self, nets: UNets, stems: Sequence[str]) -> dict[str, float]:
        """SDR in dB by stem; the residual is the mix less the others. The networks' band alone is separated and compared."""
        values: dict[str, list[float]] = {stem: [] for stem in stems}
        device = next(iter(nets.parameters.values())).device
        with torch.no_grad():
            for spectra in self._spectra(device):
                mix = spectra.sum(0)
                bins = self._transform.bins
                masks = nets.activated(nets.logits(mix[None, ..., :bins].abs())[:, 0], len(stems))
                estimates = torch.nn.functional.pad(masks * mix[..., :bins], (0, mix.shape[-1] - bins))
                truth, found = (self._transform.inverse(part).cpu().numpy() for part in (spectra, estimates))
                for stem, true, estimate in zip(stems, truth, found, strict=True):
                    values[stem] += second_sdrs(true, estimate, self._rate, _EDGE_HOPS * self._transform.hop)
        return {stem: float(np.median(found)) if found else 0.0 for stem, found in values.items()}

    def calibrated(self, nets: UNets) -> dict[str, FloatArray]:
        """The networks' weights, calibrated by the examples."""
        device = next(iter(nets.parameters.values())).device
        bins, second = self._transform.bins, round(self._rate / self._transform.hop)
        return calibrated(nets, (spectra[..., :bins] for spectra in self._spectra(device)), second)

    def _spectra(self, device: torch.device) -> Iterator[Tensor]:
        """Of each example: (stems, 2, frames, half)."""
        for example in range(self._examples):
            batch = torch.from_numpy(self._remixer.batch(example, 1)).to(device)
            yield self._transform.forward(batch[0].permute(0, 2, 1).contiguous())


def second_sdrs(truth: FloatArray, estimate: FloatArray, rate: int, edge: int = 0) -> list[float]:
    """The SDR in dB of each second of (channels, n), without ``edge`` samples at both ends, where the truth is audible."""
    values = []
    for start in range(edge, truth.shape[-1] - edge - rate + 1, rate):
        true = truth[:, start : start + rate]
        error = estimate[:, start : start + rate] - true
        if np.mean(true**2) > _AUDIBLE:
            values.append(10 * float(np.log10(np.sum(true**2) / max(float(np.sum(error**2)), 1e-20))))
    return values
