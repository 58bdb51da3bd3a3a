"""A model's networks as one ONNX graph, built from the weights, so that any runtime can run them.

The graph computes what ``spleeter.model.functions.unet`` does. Of a model with ``input_roots``
the networks see that many times the square root of the magnitudes. Input ``mix`` (1, 2, T, F): magnitudes; output ``stems``
(networks, 2, T, F): the estimated magnitudes of each stem. Sizes are fixed: with unknown ones the paddings would be, too.

The last two layers of a U-Net work on single pixels of the full picture with one channel, where processors have nothing to
do at once. They are rearranged exactly into convolutions at a quarter of the size over blocks of 4 × 4 pixels as channels,
which are spread out at the end (``DepthToSpace``): a fifth of the whole network's time less.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from core.arrays import FloatArray
from core.errors import ModelDamagedError
from core.models.catalogue import ROOT_FLOOR, Model
from core.models.weights import Weights

LAYERS = 6
BATCH_NORM_EPSILON = 1e-3  # Keras's default, which Spleeter uses
FILTERS = (16, 32, 64, 128, 256, 512)  # Spleeter's defaults
BLOCK = 4
OPSET, IR_VERSION = 17, 9


def build(model: Model, weights: Weights) -> onnx.ModelProto:
    """The graph of a model that is supported. Raises ModelDamagedError when an array is missing or has the wrong shape."""
    graph = _Graph(model, weights)
    logits = [graph.unet(index) for index in range(len(model.networks))]
    if model.function == "unet.softmax_unet":
        left, right = (graph.softmax(channel) for channel in zip(*logits, strict=True))
        shares = [share for pair in zip(left, right, strict=True) for share in pair]
    else:
        shares = [graph.sigmoid(channel) for pair in logits for channel in pair]
    size = (2, model.chunk_frames, model.bins)
    masks = graph.node("DepthToSpace", graph.node("Concat", *shares, axis=0), blocksize=BLOCK, mode="CRD")
    masks = graph.node("Reshape", masks, graph.constant(np.array((len(model.networks), *size))))
    graph.node("Mul", masks, "mix", output="stems")
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "stems",
            [helper.make_tensor_value_info("mix", TensorProto.FLOAT, (1, *size))],
            [helper.make_tensor_value_info("stems", TensorProto.FLOAT, (len(model.networks), *size))],
            graph.arrays,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )


class _Graph:
    """Nodes and arrays of a graph in the making. Tensors are named; convolutions take (out, in, height, width)."""

    def __init__(self, model: Model, weights: Weights) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.arrays: list[onnx.TensorProto] = []
        self._model, self._weights = model, weights
        self._filters = tuple(model.function_params.get("conv_n_filters", FILTERS))
        self._seen = self._rooted("mix", model.input_roots)

    def node(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        output = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def sigmoid(self, logits: str) -> str:
        """1 / (1 + exp(−x)). Spelt out: ONNX Runtime's own is off by 1e-7, and masks are ratios of small values."""
        one = self.constant(np.ones(1, np.float32))
        return self.node("Div", one, self.node("Add", one, self.node("Exp", self.node("Neg", logits))))

    def softmax(self, logits: Sequence[str]) -> list[str]:
        """Each one's share of all, pixel by pixel. Spelt out: runtimes copy everything around for theirs across networks."""
        highest = self.node("Max", *logits)
        powers = [self.node("Exp", self.node("Sub", logit, highest)) for logit in logits]
        total = self.node("Sum", *powers)
        return [self.node("Div", power, total) for power in powers]

    def unet(self, network: int) -> tuple[str, str]:
        """The logits of one network's mask for left and right, each as blocks of 4 × 4 pixels: (1, 16, T / 4, F / 4)."""
        signal, skips = self._seen, []
        channels = [2, *self._filters]
        for layer in range(LAYERS):
            names = self._names(network, "conv2d", layer, LAYERS + 1)
            kernel = self._array(names[0], (5, 5, channels[layer], channels[layer + 1])).transpose(3, 2, 0, 1)
            bias = self._array(names[1], (channels[layer + 1],))
            signal = self._convolution(kernel, bias, signal, strides=[2, 2], pads=[1, 1, 2, 2])
            skips.append(signal)
            if layer < LAYERS - 1:
                signal = self._activation("conv_activation", self._batch_norm(network, layer, signal))
        for layer in range(LAYERS - 1):
            names = self._names(network, "conv2d_transpose", layer, LAYERS)
            inputs = self._filters[-1] if layer == 0 else 2 * self._filters[LAYERS - 1 - layer]
            outputs = self._filters[LAYERS - 2 - layer]
            kernel = self._array(names[0], (5, 5, outputs, inputs)).transpose(3, 2, 0, 1)
            arrays = self.constant(kernel), self.constant(self._array(names[1], (outputs,)))
            signal = self.node("ConvTranspose", signal, *arrays, strides=[2, 2], pads=[1, 1, 2, 2])
            signal = self._batch_norm(network, LAYERS + layer, self._activation("deconv_activation", signal))
            signal = self.node("Concat", skips[LAYERS - 2 - layer], signal, axis=1)
        return self._last_layers(network, signal)

    def _last_layers(self, network: int, signal: str) -> tuple[str, str]:
        """The transposed convolution to one channel of the full size, and the one of 4 × 4 with dilation 2 to the two masks.

        The two apart: a picture with one channel is the same in every memory layout, so that spreading it out is one copy.
        """
        inputs = 2 * self._filters[0]
        names = self._names(network, "conv2d_transpose", LAYERS - 1, LAYERS)
        kernel, bias = self._array(names[0], (5, 5, 1, inputs)), self._array(names[1], (1,))
        pixels = BLOCK * BLOCK
        signal = self._convolution(
            _upsampling_blocks(kernel), np.repeat(bias, pixels), signal, strides=[2, 2], pads=[1, 1, 1, 1]
        )
        signal = self._batch_norm(network, 2 * LAYERS - 1, self._activation("deconv_activation", signal), pixels)
        names = self._names(network, "conv2d", LAYERS, LAYERS + 1)
        kernel, bias = self._array(names[0], (4, 4, 1, 2)), self._array(names[1], (2,))
        left, right = (
            self._convolution(blocks, np.repeat(bias[channel], pixels), signal, pads=[1, 1, 1, 1])
            for channel, blocks in enumerate(_dilated_blocks(kernel))
        )
        return left, right

    def _rooted(self, magnitudes: str, times: int) -> str:
        signal = self.node("Add", magnitudes, self.constant(np.full(1, ROOT_FLOOR, np.float32))) if times else magnitudes
        for _ in range(times):
            signal = self.node("Sqrt", signal)
        return signal

    def _convolution(self, kernel: FloatArray, bias: FloatArray, signal: str, **attributes: Any) -> str:
        return self.node("Conv", signal, self.constant(kernel), self.constant(bias), **attributes)

    def _batch_norm(self, network: int, layer: int, signal: str, copies: int = 1) -> str:
        """Kept as it is trained; each channel ``copies`` times where it is spread over pixels."""
        name = _numbered("batch_normalization", 2 * LAYERS * network + layer)
        channels = (*self._filters, *self._filters[-2::-1], 1)[layer]
        arrays = (self._array(f"{name}/{part}", (channels,)) for part in ("gamma", "beta", "moving_mean", "moving_variance"))
        constants = [self.constant(np.repeat(array, copies)) for array in arrays]
        return self.node("BatchNormalization", signal, *constants, epsilon=BATCH_NORM_EPSILON)

    def _activation(self, which: str, signal: str) -> str:
        """As Spleeter's configuration says; what it does not name is its default for this half of the network."""
        chosen = self._model.function_params.get(which)
        if chosen == "ELU":
            return self.node("Elu", signal)
        relu = chosen == "ReLU" if which == "conv_activation" else chosen != "LeakyReLU"
        return self.node("Relu", signal) if relu else self.node("LeakyRelu", signal, alpha=0.2)

    def _names(self, network: int, kind: str, layer: int, layers: int) -> tuple[str, str]:
        name = _numbered(kind, layers * network + layer)
        return f"{name}/kernel", f"{name}/bias"

    def _array(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        array = self._weights.get(name)
        if array is None:
            raise ModelDamagedError(name=self._model.name, detail=f"{name} is missing")
        if array.shape != shape:
            raise ModelDamagedError(name=self._model.name, detail=f"{name} has the wrong shape")
        return array

    def constant(self, array: npt.NDArray[Any]) -> str:
        name = f"array_{len(self.arrays)}"
        self.arrays.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name


def _numbered(kind: str, index: int) -> str:
    """Keras's names: the second layer of a kind is called _1, across all networks."""
    return kind if index == 0 else f"{kind}_{index}"


def _upsampling_blocks(kernel: FloatArray) -> FloatArray:
    """A transposed convolution (5, 5, 1, in) with stride 2 as a convolution (16, in, 4, 4) with stride 2.

    Pixel 2j + a of the output takes k[i] of input pixel j + (a + 1 − i) / 2 (padding 1 in front). A block of 4 pixels is two
    such pairs, and sees 4 input pixels from 2J − 1 on.
    """
    blocks = np.zeros((BLOCK, BLOCK, kernel.shape[3], 4, 4), np.float32)
    taps = [
        (pixel, pixel // 2 + (pixel % 2 + 1 - tap) // 2 + 1, tap)
        for pixel in range(BLOCK)
        for tap in range(5)
        if (pixel % 2 + 1 - tap) % 2 == 0
    ]
    for row, from_row, i in taps:
        for column, from_column, j in taps:
            blocks[row, column, :, from_row, from_column] = kernel[i, j, 0]
    return blocks.reshape(BLOCK * BLOCK, -1, 4, 4)


def _dilated_blocks(kernel: FloatArray) -> FloatArray:
    """A convolution (4, 4, 1, 2) with dilation 2 and padding 3 as two over blocks (2, 16, 16, 3, 3).

    Pixel p of the output takes k[i] of input pixel p − 3 + 2i, which is in the same block or the one before or after it.
    """
    blocks = np.zeros((2, BLOCK, BLOCK, BLOCK, BLOCK, 3, 3), np.float32)
    taps = [(pixel, *divmod(pixel - 3 + 2 * tap, BLOCK), tap) for pixel in range(BLOCK) for tap in range(4)]
    for row, row_block, from_row, i in taps:
        for column, column_block, from_column, j in taps:
            blocks[:, row, column, from_row, from_column, row_block + 1, column_block + 1] = kernel[i, j, 0]
    return blocks.reshape(2, BLOCK * BLOCK, BLOCK * BLOCK, 3, 3)
