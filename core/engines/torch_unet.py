"""Spleeter's U-Nets in PyTorch: what ``spleeter.model.functions.unet`` computes, for a separation."""

import torch
from torch import Tensor
from torch.nn import functional

from core.models.catalogue import ROOT_FLOOR, Model
from core.models.graph import BATCH_NORM_EPSILON, LAYERS
from core.models.weights import Weights


class UNets:
    """All networks of one model on one device. The arrays must be complete: see ``graph_cache.check``."""

    def __init__(self, model: Model, weights: Weights, device: str) -> None:
        self._stems, self._roots = len(model.networks), model.input_roots
        self._softmax = model.function == "unet.softmax_unet"
        encoder, decoder = (model.function_params.get(f"{half}_activation") for half in ("conv", "deconv"))
        self._encoder = encoder if encoder in ("ReLU", "ELU") else "LeakyReLU"
        self._decoder = decoder if decoder in ("LeakyReLU", "ELU") else "ReLU"
        self._arrays = {name: _on_device(torch.from_numpy(array.copy()), device) for name, array in weights.items()}

    def estimates(self, mix: Tensor) -> Tensor:
        """The stems' magnitudes (batch, networks, 2, T, F) for those of the mix (batch, 2, T, F)."""
        with torch.inference_mode():
            seen = mix + ROOT_FLOOR if self._roots else mix
            for _ in range(self._roots):
                seen = seen.sqrt()
            seen = seen.contiguous(memory_format=torch.channels_last)
            logits = torch.stack([self._logits(network, seen) for network in range(self._stems)], 1)
            masks = torch.softmax(logits, 1) if self._softmax else torch.sigmoid(logits)
            return masks * mix[:, None]

    def _logits(self, network: int, signal: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for layer in range(LAYERS):
            kernel, bias = self._kernel("conv2d", network * (LAYERS + 1) + layer)
            # TensorFlow's SAME at stride 2: one in front, two behind.
            signal = functional.conv2d(functional.pad(signal, (1, 2, 1, 2)), kernel, bias, stride=2)
            skips.append(signal)
            if layer < LAYERS - 1:
                signal = _activated(self._normalised(network, layer, signal), self._encoder)
        for layer in range(LAYERS):
            kernel, bias = self._kernel("conv2d_transpose", network * LAYERS + layer)
            signal = functional.conv_transpose2d(signal, kernel, bias, stride=2, padding=1)[..., :-1, :-1]
            signal = self._normalised(network, LAYERS + layer, _activated(signal, self._decoder))
            if layer < LAYERS - 1:
                signal = torch.cat([skips[LAYERS - 2 - layer], signal], 1)
        kernel, bias = self._kernel("conv2d", network * (LAYERS + 1) + LAYERS)
        return functional.conv2d(signal, kernel, bias, padding=3, dilation=2)

    def _kernel(self, kind: str, index: int) -> tuple[Tensor, Tensor]:
        name = _numbered(kind, index)
        return self._arrays[f"{name}/kernel"], self._arrays[f"{name}/bias"]

    def _normalised(self, network: int, layer: int, signal: Tensor) -> Tensor:
        name = _numbered("batch_normalization", 2 * LAYERS * network + layer)
        gamma, beta, mean, variance = (
            self._arrays[f"{name}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        return functional.batch_norm(signal, mean, variance, gamma, beta, eps=BATCH_NORM_EPSILON)


def _activated(signal: Tensor, kind: str) -> Tensor:
    if kind == "ELU":
        return functional.elu(signal)
    return functional.relu(signal) if kind == "ReLU" else functional.leaky_relu(signal, 0.2)


def _numbered(kind: str, index: int) -> str:
    """Keras's names: the second layer of a kind is called _1, across all networks."""
    return kind if index == 0 else f"{kind}_{index}"


def _on_device(array: Tensor, device: str) -> Tensor:
    """Kernels, (height, width, in, out) in TensorFlow, as PyTorch has them; pixels beside each other, as CPUs like it."""
    if array.ndim == 4:
        return array.permute(3, 2, 0, 1).to(device, memory_format=torch.channels_last)
    return array.to(device)
