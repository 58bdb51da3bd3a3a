"""What this machine could do at best with each part of the work: the bare operation, without anything around it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import av
import ducc0
import numpy as np

from core.engines import openvino as openvino_engine
from core.engines.hardware import processors
from core.models.catalogue import Model
from core.models.graph import FILTERS
from core.separation.stft import TILE

_SIZE = 2048  # of the matrices
_REPEATS = 8
_KERNEL, _LAST_KERNEL = 5 * 5, 4 * 4


def best(work: Callable[[], object], repeats: int = _REPEATS) -> float:
    """The seconds of the fastest of some runs; one before them does not count."""
    seconds = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


def gemm_rate(precision: str) -> float:
    """Operations a second of OpenVINO's product of two matrices of 2048 × 2048, on all processors."""
    openvino = openvino_engine.runtime()
    opset = openvino.opset13
    rng = np.random.default_rng(0)
    left, right = (rng.random((_SIZE, _SIZE), np.float32) for _ in range(2))
    parameter = opset.parameter([_SIZE, _SIZE], np.float32)
    product = opset.matmul(parameter, opset.constant(right), False, False)
    properties = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": processors(), "NUM_STREAMS": 1}
    properties |= {"ENABLE_CPU_PINNING": False}  # pinning would stay with this thread
    compiled = openvino.Core().compile_model(openvino.Model([product], [parameter], "product"), "CPU", properties)
    request = compiled.create_infer_request()
    return float(2 * _SIZE**3 / best(lambda: request.infer([left], share_inputs=True)))


def network_operations(model: Model) -> int:
    """Multiplications and additions of the model's convolutions for one chunk, as Spleeter defines them."""
    channels = (2, *model.function_params.get("conv_n_filters", FILTERS))
    layers = len(channels) - 1
    pixels = [model.chunk_frames * model.bins // 4**layer for layer in range(layers + 1)]
    total = 2 * channels[0] * _LAST_KERNEL * pixels[0]
    for layer in range(layers):
        total += 2 * _KERNEL * channels[layer] * channels[layer + 1] * pixels[layer + 1]
        # Back up: each pixel of the smaller picture goes into a kernel's pixels of the larger one.
        inputs = channels[layer + 1] * (1 if layer == layers - 1 else 2)
        outputs = channels[layer] if layer else 1
        total += 2 * _KERNEL * inputs * outputs * pixels[layer + 1]
    return total * len(model.networks)


def transform_s(model: Model) -> float:
    """Seconds of the complex transforms of one chunk's frames, a tile after another in the same memory."""
    rng = np.random.default_rng(0)
    frames = rng.random((TILE, 2 * model.frame_length), np.float32).view(np.complex64)
    result = np.empty_like(frames)

    def tiles() -> None:
        for _ in range(0, model.chunk_frames, TILE):
            ducc0.fft.c2c(frames, axes=(1,), out=result)

    return best(tiles)


def copy_s(array: np.ndarray) -> float:
    """Seconds to copy an array."""
    target = np.empty_like(array)
    return best(lambda: np.copyto(target, array))


def tile_copies_s(estimates: np.ndarray) -> float:
    """Seconds to copy estimates, a tile after another to the same memory."""
    target = np.empty_like(estimates[:, :, :TILE])

    def copy() -> None:
        for first in range(0, estimates.shape[2], TILE):
            np.copyto(target, estimates[:, :, first : first + TILE])

    return best(copy)


def decode_s(song: Path) -> float:
    """Seconds to decode a song with FFmpeg and throw the samples away."""

    def decode() -> None:
        with av.open(str(song)) as container:
            for packet in container.demux(container.streams.audio[0]):
                packet.decode()

    return best(decode, 2)


def write_s(folder: Path, bytes_: int, pieces: int) -> tuple[float, float]:
    """Seconds to write so many bytes to files, in pieces, and to bring them to the disk."""
    piece = bytes(bytes_ // pieces)
    path = folder / "copy"
    with path.open("wb", buffering=0) as file:
        start = time.perf_counter()
        for _ in range(pieces):
            file.write(piece)
        written = time.perf_counter()
        os.fsync(file.fileno())
        synced = time.perf_counter()
    path.unlink()
    return written - start, synced - written
