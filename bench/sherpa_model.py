"""A checkpoint of the official 2-stem format as the two ONNX files that sherpa-onnx takes.

``python -m bench.sherpa_model FOLDER`` writes ``FOLDER/vocals.onnx`` and ``FOLDER/accompaniment.onnx``. MODEL_PATH says
where the checkpoint is. Names, shapes and operator set are those of sherpa-onnx's own conversion, and the metadata that it
reads. That conversion pads and cuts in steps of their own; here the padding is part of the convolutions, less to do.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from core.models import catalogue, weights
from core.models.weights import Weights

MODEL = "2stems"
_ENCODER = 6  # convolutions, and as many transposed ones
_EPSILON = 1e-3
_SLOPE = 0.2
_SHAPE = [2, "splits", 512, 1024]  # channels, chunks, frames, bins
_OPERATORS, _FORMAT = 13, 7
_SAME = [1, 1, 2, 2]  # how TensorFlow pads 5 × 5 kernels with stride 2


def main(folder: str) -> None:
    model = catalogue.find(MODEL)
    if model.function != "unet.unet" or model.function_params:
        raise ValueError(f"{model.name} is not the network that this converts")
    arrays = weights.load(model)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, stem in enumerate(model.networks):
        onnx.save(_Network(arrays, number, stem).model(), Path(folder) / f"{stem}.onnx")


class _Network:
    """One stem's network. The layers of all stems are numbered through, stem after stem."""

    def __init__(self, arrays: Weights, number: int, stem: str) -> None:
        self._arrays, self._number, self._stem = arrays, number, stem
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self) -> Any:
        """What sherpa-onnx loads: magnitudes (channels, chunks, frames, bins) in, the stem's out."""
        song = self._add("Transpose", ["x"], perm=[1, 0, 2, 3])
        masked = self._add("Mul", [self._mask(song), song])
        self._add("Transpose", [masked], result="y", perm=[1, 0, 2, 3])
        graph = helper.make_graph(
            self._nodes,
            self._stem,
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, _SHAPE)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, _SHAPE)],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPERATORS)], ir_version=_FORMAT)
        helper.set_model_props(model, {"model_type": "spleeter", "sample_rate": "44100", "version": "1", "stems": "2"})
        onnx.checker.check_model(model)
        return model

    def _mask(self, value: str) -> str:
        skips = []
        for layer in range(_ENCODER):
            value = self._convolution("Conv", "conv2d", 7 * self._number + layer, value, strides=[2, 2], pads=_SAME)
            if layer < _ENCODER - 1:  # the last one goes up again as it is
                skips.append(value)
                value = self._add("LeakyRelu", [self._normalised(layer, value)], alpha=_SLOPE)
        for layer in range(_ENCODER):
            if layer:
                value = self._add("Concat", [skips.pop(), value], axis=1)
            index = _ENCODER * self._number + layer
            value = self._convolution("ConvTranspose", "conv2d_transpose", index, value, strides=[2, 2], pads=_SAME)
            value = self._normalised(_ENCODER + layer, self._add("Relu", [value]))
        value = self._convolution("Conv", "conv2d", 7 * self._number + 6, value, dilations=[2, 2], pads=[3, 3, 3, 3])
        return self._add("Sigmoid", [value])

    def _convolution(self, kind: str, layer: str, index: int, value: str, **attributes: Any) -> str:
        # TensorFlow's (height, width, in, out), or (height, width, out, in) of the transposed, both turn out right so.
        kernel = self._constant(layer, index, "kernel", (3, 2, 0, 1))
        return self._add(kind, [value, kernel, self._constant(layer, index, "bias")], **attributes)

    def _normalised(self, layer: int, value: str) -> str:
        index = 2 * _ENCODER * self._number + layer
        parts = ("gamma", "beta", "moving_mean", "moving_variance")
        constants = [self._constant("batch_normalization", index, part) for part in parts]
        return self._add("BatchNormalization", [value, *constants], epsilon=_EPSILON)

    def _constant(self, layer: str, index: int, part: str, axes: tuple[int, ...] | None = None) -> str:
        name = f"{layer}_{index}/{part}" if index else f"{layer}/{part}"
        array = np.ascontiguousarray(np.transpose(self._arrays[name], axes), np.float32)
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def _add(self, kind: str, inputs: list[str], result: str = "", **attributes: Any) -> str:
        result = result or f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [result], name=result, **attributes))
        return result


if __name__ == "__main__":
    main(*sys.argv[1:])
