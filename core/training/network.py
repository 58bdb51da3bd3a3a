"""Spleeter's U-Net in PyTorch: what ``spleeter.model.functions.unet.apply_unet`` computes, to be trained.

Arrays are kept under Spleeter's variable names, in PyTorch's layouts: kernels are (out, in, height, width), and (in, out,
height, width) of transposed convolutions. Both are the axes (3, 2, 0, 1) of TensorFlow's.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.arrays import FloatArray
from core.engines.torch_unet import Activations, Pass, activations, numbered, rooted
from core.models.catalogue import input_roots
from core.models.graph import FILTERS, LAYERS

SIZE_STEP = 2**LAYERS  # frames and bins must be multiples of it
_STATISTICS = ("moving_mean", "moving_variance")


class Shape(NamedTuple):
    """What a configuration says of the networks: ``params`` and ``type`` of Spleeter's ``model``."""

    networks: int
    filters: tuple[int, ...] = FILTERS
    activations: Activations = Activations()
    softmax: bool = False
    input_roots: int = 0  # see Model.input_roots


def shape_of(networks: int, function: str, params: Mapping[str, Any]) -> Shape:
    """The shape that a configuration describes; what it does not say are Spleeter's defaults."""
    filters = tuple(params.get("conv_n_filters", FILTERS))
    return Shape(
        networks,
        filters,
        activations(params),
        function == "unet.softmax_unet",
        input_roots(params),
    )


def array_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Each variable's name and its shape in PyTorch's layout, in the order of Spleeter's graph."""
    shapes: dict[str, tuple[int, ...]] = {}
    widths = (2, *shape.filters)
    for network in range(shape.networks):
        for layer in range(LAYERS):
            name = numbered("conv2d", (LAYERS + 1) * network + layer)
            shapes[f"{name}/kernel"] = (widths[layer + 1], widths[layer], 5, 5)
            shapes[f"{name}/bias"] = (widths[layer + 1],)
            _add_normalisation(shapes, numbered("batch_normalization", 2 * LAYERS * network + layer), widths[layer + 1])
        for layer in range(LAYERS):
            inputs = shape.filters[-1] if layer == 0 else 2 * shape.filters[LAYERS - 1 - layer]
            outputs = shape.filters[LAYERS - 2 - layer] if layer < LAYERS - 1 else 1
            name = numbered("conv2d_transpose", LAYERS * network + layer)
            shapes[f"{name}/kernel"] = (inputs, outputs, 5, 5)
            shapes[f"{name}/bias"] = (outputs,)
            _add_normalisation(shapes, numbered("batch_normalization", 2 * LAYERS * network + LAYERS + layer), outputs)
        name = numbered("conv2d", (LAYERS + 1) * network + LAYERS)
        shapes[f"{name}/kernel"] = (2, 1, 4, 4)
        shapes[f"{name}/bias"] = (2,)
    return shapes


def new_weights(shape: Shape, seed: int) -> dict[str, FloatArray]:
    """Weights to begin with, under Spleeter's names and in its layouts: kernels He-uniform as there, but each drawn anew."""
    rng = np.random.default_rng(seed)
    weights: dict[str, FloatArray] = {}
    for name, size in array_shapes(shape).items():
        kind = name.split("/")[1]
        if kind == "kernel":
            # He et al. 2015: U(−l, l) with l = √(6 / fan-in); Keras takes the third axis of its layout for the inputs.
            limit = math.sqrt(6 / (size[1] * size[2] * size[3]))
            weights[name] = rng.uniform(-limit, limit, (*size[2:], size[1], size[0])).astype(np.float32)
        else:
            weights[name] = np.full(size, kind in ("gamma", "moving_variance"), np.float32)
    return weights


class UNets:
    """The networks of one model. ``parameters`` are trained; ``statistics`` are the batch norm's, which follow.

    Kernels have their channels last in memory: a step takes processors a third less time.
    """

    def __init__(self, shape: Shape, weights: Mapping[str, FloatArray], device: str = "cpu", dropout: float = 0.5) -> None:
        self.shape, self.dropout = shape, dropout
        self.parameters: dict[str, Tensor] = {}
        self.statistics: dict[str, Tensor] = {}
        for name, size in array_shapes(shape).items():
            array = weights[name].astype(np.float32)
            if array.ndim == 4:
                array = array.transpose(3, 2, 0, 1)
            if array.shape != size:
                raise ValueError(f"{name} has the shape {array.shape}, not {size}")
            tensor = torch.from_numpy(np.array(array, order="C")).to(device)
            if tensor.ndim == 4:
                tensor = tensor.to(memory_format=torch.channels_last)
            if name.endswith(_STATISTICS):
                self.statistics[name] = tensor
            else:
                self.parameters[name] = tensor.requires_grad_()

    def weights(self, instead: Mapping[str, Tensor] | None = None) -> dict[str, FloatArray]:
        """All arrays under Spleeter's names, in its layouts; those in ``instead`` in place of the network's own."""
        tensors = {**self.parameters, **self.statistics, **(instead or {})}
        return {name: _exported(tensors[name]) for name in array_shapes(self.shape)}

    def masks(self, mix: Tensor, training: bool = False) -> Tensor:
        """Masks (networks, batch, 2, frames, bins) in 0…1 for magnitudes (batch, 2, frames, bins).

        Frames and bins are multiples of 64. In training batches are normalised by their own statistics, and what is dropped
        is drawn from PyTorch's global generator.
        """
        return self.activated(self.logits(mix, training), self.shape.networks)

    def logits(self, mix: Tensor, training: bool = False) -> Tensor:
        """What the masks are made of; in their shape."""
        arrays, seen = {**self.parameters, **self.statistics}, rooted(mix, self.shape.input_roots)
        passes = (
            Pass(arrays, network, self.shape.activations, training, self.dropout) for network in range(self.shape.networks)
        )
        return torch.stack([one.logits(seen) for one in passes])

    def activated(self, logits: Tensor, stems: int) -> Tensor:
        """The masks of so many stems: one more than there are networks is what these leave."""
        masks = torch.softmax(logits, 0) if self.shape.softmax else torch.sigmoid(logits)
        if len(masks) < stems:
            masks = torch.cat([masks, (1 - masks.sum(0, keepdim=True)).clamp(min=0)])
        return masks


def _add_normalisation(shapes: dict[str, tuple[int, ...]], name: str, channels: int) -> None:
    shapes.update({f"{name}/{part}": (channels,) for part in ("gamma", "beta", *_STATISTICS)})


def _exported(tensor: Tensor) -> FloatArray:
    array: FloatArray = tensor.detach().to("cpu", torch.float32).numpy()
    return np.ascontiguousarray(array.transpose(2, 3, 1, 0) if array.ndim == 4 else array)
