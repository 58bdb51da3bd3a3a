"""Demucs' networks on PyTorch, with the ``demucs`` package: an optional extra."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from core.arrays import FloatArray
from core.engines import Place
from core.engines.pytorch import TorchEngine, failures, prepared
from core.models import bag_files
from core.models.catalogue import Model
from core.separation.segments import Window

GPU_BATCH = 4  # windows of one network at once


class DemucsNetwork:
    """One network of a bag."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self.sources: tuple[str, ...] = tuple(network.sources)
        self.segment = int(network.samplerate * network.segment)

    def valid_length(self, length: int) -> int:
        """See segments.Network."""
        return int(self._network.valid_length(length)) if hasattr(self._network, "valid_length") else length


class DemucsEngine(TorchEngine[Window]):
    """The networks of one bag on one device. ``estimates`` takes Windows, and gives the sources (sources, 2, n) in each."""

    def __init__(self, model: Model, place: Place, threads: int | None = None) -> None:
        """Raises ModelErrors, PackageMissingError, EngineUnavailableError and EngineFailedError."""
        bag_files.require()
        super().__init__(place, GPU_BATCH)
        self._torch = prepared(place, threads)
        modules = bag_files.load(model)
        with failures():
            self._modules = [module.to(place.handle) for module in modules]
        self.networks = tuple(map(DemucsNetwork, modules))

    def _run(self, items: Sequence[Window]) -> list[FloatArray]:
        found: list[FloatArray] = []
        for (network, _), group in groupby(items, lambda window: (window.network, window.samples.shape)):
            windows = np.stack([window.samples for window in group])
            with failures(), self._torch.inference_mode():
                estimates = self._modules[network](self._torch.from_numpy(windows).to(self.place.handle))
                found.extend(estimates.cpu().numpy())
        return found
