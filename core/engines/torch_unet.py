"""Spleeter's U-Nets in PyTorch: what ``spleeter.model.functions.unet`` computes, for separations and trainings."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from core.models.catalogue import ROOT_FLOOR, Model
from core.models.graph import BATCH_NORM_EPSILON, LAYERS
from core.models.weights import Weights

MOMENTUM = 0.01  # of the batch's statistics in trainings: 1 − Keras's default
DROPPED_LAYERS = 3  # the decoder's first ones, in Spleeter by a half


class Activations(NamedTuple):
    """Of the encoder and the decoder, by Spleeter's names."""

    encoder: str = "LeakyReLU"
    decoder: str = "ReLU"


def activations(params: Mapping[str, object]) -> Activations:
    """Those of a configuration; what it does not name is Spleeter's default for that half of the network."""
    encoder, decoder = params.get("conv_activation"), params.get("deconv_activation")
    return Activations(
        str(encoder) if encoder in ("ReLU", "ELU") else "LeakyReLU",
        str(decoder) if decoder in ("LeakyReLU", "ELU") else "ReLU",
    )


class UNets:
    """All networks of one model on one device. The arrays must be complete: see ``graph_cache.check``."""

    def __init__(self, model: Model, weights: Weights, device: str) -> None:
        self._stems, self._roots = len(model.networks), model.input_roots
        self._softmax = model.function == "unet.softmax_unet"
        self._activations = activations(model.function_params)
        self._arrays = {name: _on_device(torch.from_numpy(array.copy()), device) for name, array in weights.items()}

    def estimates(self, mix: Tensor) -> Tensor:
        """The stems' magnitudes (batch, networks, 2, T, F) for those of the mix (batch, 2, T, F)."""
        with torch.inference_mode():
            seen = rooted(mix, self._roots)
            passes = (Pass(self._arrays, network, self._activations) for network in range(self._stems))
            logits = torch.stack([one.logits(seen) for one in passes], 1)
            masks = torch.softmax(logits, 1) if self._softmax else torch.sigmoid(logits)
            return masks * mix[:, None]


class Pass:
    """One way through one network, of arrays under Spleeter's names in PyTorch's layouts.

    In a training batches are normalised by their own statistics, which the arrays' follow, and of the decoder's first layers
    the share ``dropout`` is dropped, drawn from PyTorch's global generator.
    """

    def __init__(
        self,
        arrays: Mapping[str, Tensor],
        network: int,
        activations: Activations,
        training: bool = False,
        dropout: float = 0.0,
    ) -> None:
        self._arrays, self._network, self._activations = arrays, network, activations
        self._training, self._dropout = training, dropout

    def logits(self, signal: Tensor) -> Tensor:
        """The masks' (batch, 2, T, F) for what the network sees (batch, 2, T, F)."""
        skips: list[Tensor] = []
        for layer in range(LAYERS):
            kernel, bias = self._kernel("conv2d", layer, LAYERS + 1)
            # TensorFlow's SAME at stride 2: one in front, two behind.
            signal = functional.conv2d(functional.pad(signal, (1, 2, 1, 2)), kernel, bias, stride=2)
            skips.append(signal)
            if layer < LAYERS - 1:
                signal = _activated(self._normalised(layer, signal), self._activations.encoder)
        for layer in range(LAYERS):
            kernel, bias = self._kernel("conv2d_transpose", layer, LAYERS)
            signal = functional.conv_transpose2d(signal, kernel, bias, stride=2, padding=1)[..., :-1, :-1]
            signal = self._normalised(LAYERS + layer, _activated(signal, self._activations.decoder))
            if layer < DROPPED_LAYERS:
                signal = functional.dropout(signal, self._dropout, self._training)
            if layer < LAYERS - 1:
                signal = torch.cat([skips[LAYERS - 2 - layer], signal], 1)
        kernel, bias = self._kernel("conv2d", LAYERS, LAYERS + 1)
        return functional.conv2d(signal, kernel, bias, padding=3, dilation=2).float()

    def _kernel(self, kind: str, layer: int, layers: int) -> tuple[Tensor, Tensor]:
        name = numbered(kind, layers * self._network + layer)
        return self._arrays[f"{name}/kernel"], self._arrays[f"{name}/bias"]

    def _normalised(self, layer: int, signal: Tensor) -> Tensor:
        name = numbered("batch_normalization", 2 * LAYERS * self._network + layer)
        mean, variance, gamma, beta = (
            self._arrays[f"{name}/{part}"] for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        return functional.batch_norm(signal, mean, variance, gamma, beta, self._training, MOMENTUM, BATCH_NORM_EPSILON)


def rooted(mix: Tensor, roots: int) -> Tensor:
    """What networks see of magnitudes: see Model.input_roots; pixels beside each other, as CPUs like it."""
    seen = mix + ROOT_FLOOR if roots else mix
    for _ in range(roots):
        seen = seen.sqrt()
    return seen.contiguous(memory_format=torch.channels_last)


def numbered(kind: str, index: int) -> str:
    """Keras's names: the second layer of a kind is called _1, across all networks."""
    return kind if index == 0 else f"{kind}_{index}"


def _activated(signal: Tensor, kind: str) -> Tensor:
    if kind == "ELU":
        return functional.elu(signal)
    return functional.relu(signal) if kind == "ReLU" else functional.leaky_relu(signal, 0.2)


def _on_device(array: Tensor, device: str) -> Tensor:
    """Kernels, (height, width, in, out) in TensorFlow, as PyTorch has them; pixels beside each other, as CPUs like it."""
    if array.ndim == 4:
        return array.permute(3, 2, 0, 1).to(device, memory_format=torch.channels_last)
    return array.to(device)
