"""Trained weights as models: for Antara's engines, and as a checkpoint that Spleeter itself separates with."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.arrays import FloatArray
from core.errors import output_errors
from core.files import write_whole
from core.models.graph import LAYERS
from core.training import checkpoint_writer
from core.training.config import Configuration
from core.training.state import write_arrays

CONFIGURATION, WEIGHTS = "config.json", "weights.npz"


def write_model(folder: Path, configuration: Configuration, weights: Mapping[str, FloatArray]) -> None:
    """``config.json`` and ``weights.npz`` for ``models add``: kernels in float16, the rest in float32. Raises OutputErrors.

    Masks are direct, as they were trained.
    """
    arrays = {name: array.astype(np.float16) if name.endswith("/kernel") else array for name, array in weights.items()}
    write_arrays(folder / WEIGHTS, arrays)
    antara: dict[str, Any] = {"masks": "direct"}
    if configuration.residual:
        antara["residual"] = configuration.residual
    if configuration.training.expander:
        antara["expander"] = True
    described = {**_described(configuration), "model_dir": str(folder.resolve()), "antara": antara}
    _write_json(folder / CONFIGURATION, described)


def spleeter_problem(configuration: Configuration) -> str:
    """Why there is no form of it that Spleeter runs; empty where there is one."""
    if configuration.model.params.get("input_roots"):
        return "Spleeter's networks see magnitudes, not roots of them: input_roots"
    if configuration.training.expander:
        return "Spleeter has none: expander"
    if configuration.residual and len(configuration.instrument_list) > 1:
        return "Spleeter has a network for each stem: residual"
    return ""


def write_spleeter_model(folder: Path, configuration: Configuration, weights: Mapping[str, FloatArray]) -> Path:
    """A checkpoint in ``folder``, and beside it ``<folder>.json`` for ``spleeter separate -p``, which this returns.

    Spleeter shares the mix by the ratio of the networks' estimates. With one network v = m·x and exponent 1 its masks are
    the network's own when the residual's network gives (1 − m)·x: as 1 − σ(z) = σ(−z), that is the same network with its
    last layer negated. Raises OutputErrors, and ValueError with the ``spleeter_problem``.
    """
    if problem := spleeter_problem(configuration):
        raise ValueError(problem)
    described = _described(configuration)
    arrays = dict(weights)
    if configuration.residual:
        arrays |= _complement(weights)
        described |= {"instrument_list": [*configuration.instrument_list, configuration.residual]}
    described |= {"separation_exponent": 1.0, "model_dir": str(folder.resolve())}
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        checkpoint_writer.write(folder / "model", {**arrays, "global_step": np.zeros((), np.int64)})
        (folder / ".probe").write_text("OK")  # Spleeter's sign that nothing is to be downloaded
    path = folder.with_name(f"{folder.name}.json")
    _write_json(path, described)
    return path


def _complement(weights: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The arrays of the second network, which gives the first one's logits negated."""
    counts = {"conv2d": LAYERS + 1, "conv2d_transpose": LAYERS, "batch_normalization": 2 * LAYERS}
    second = {}
    for name, array in weights.items():
        layer, part = name.split("/")
        kind, _, number = layer.rpartition("_") if layer[-1].isdigit() else (layer, "", "0")
        last = kind == "conv2d" and int(number) == LAYERS
        second[f"{kind}_{int(number) + counts[kind]}/{part}"] = -array if last else array
    return second


def _described(configuration: Configuration) -> dict[str, Any]:
    """The part of the configuration that a separation needs, in Spleeter's format."""
    return {
        "mix_name": configuration.mix_name,
        "instrument_list": list(configuration.instrument_list),
        "sample_rate": configuration.sample_rate,
        "frame_length": configuration.frame_length,
        "frame_step": configuration.frame_step,
        "T": configuration.T,
        "F": configuration.F,
        "n_channels": configuration.n_channels,
        "separation_exponent": configuration.separation_exponent,
        "mask_extension": configuration.mask_extension,
        "model": {"type": configuration.model.type, "params": configuration.model.params},
    }


def _write_json(path: Path, described: Mapping[str, Any]) -> None:
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(described, indent=2) + "\n")
