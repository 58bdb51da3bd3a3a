"""A model's weights as plain arrays under Spleeter's variable names, whatever they are stored in."""

import glob
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from core.arrays import FloatArray
from core.errors import ModelDamagedError
from core.models import records, tf_checkpoint
from core.models.catalogue import Model

# What a network needs of a checkpoint; the rest is the optimiser's state and step counter.
_VARIABLE = re.compile(
    r"(conv2d|conv2d_transpose|batch_normalization)(_\d+)?/(kernel|bias|gamma|beta|moving_mean|moving_variance)"
)

Weights = Mapping[str, FloatArray]


def load(model: Model) -> Weights:
    """Variable name → float32 array, e.g. ``conv2d_transpose_3/kernel`` (height, width, out, in).

    Raises ModelMissingError, or ModelDamagedError when files are missing or cannot be read.
    """
    return load_from(model, model.locate_weights())


def load_from(model: Model, location: Path) -> Weights:
    """The same of the .npz file or the folder ``location``. Raises ModelDamagedError."""
    file = _arrays_file(location)
    weights = _read_npz(model, file) if file else _read_checkpoint(model, location)
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise ModelDamagedError(name=model.name, detail=f"{name} is not finite")
    return weights


def fingerprint(model: Model) -> Iterator[bytes]:
    """Bytes that identify the weights: those of the file; of a checkpoint its index, which holds each array's checksum.

    Raises ModelMissingError or ModelDamagedError.
    """
    location = model.locate_weights()
    try:
        file = _arrays_file(location)
        if file:
            yield file.read_bytes()
        else:
            prefix = _latest_checkpoint(model, location)
            yield prefix.with_name(f"{prefix.name}.index").read_bytes()
            for shard in sorted(location.glob(f"{glob.escape(prefix.name)}.data-*")):
                yield f"{shard.name} {shard.stat().st_size}".encode()
    except OSError as error:
        raise ModelDamagedError(name=model.name, detail=error.strerror or str(error)) from error


def _arrays_file(location: Path) -> Path | None:
    """The .npz file that holds the weights, where they are in one."""
    if location.is_file():
        return location
    file = location / records.WEIGHTS
    return file if file.is_file() else None


def _read_npz(model: Model, path: Path) -> Weights:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name].astype(np.float32) for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ModelDamagedError(name=model.name, detail=str(error)) from error


def _read_checkpoint(model: Model, folder: Path) -> Weights:
    try:
        return tf_checkpoint.read(_latest_checkpoint(model, folder), lambda name: bool(_VARIABLE.fullmatch(name)))
    except (tf_checkpoint.CheckpointError, OSError) as error:
        raise ModelDamagedError(name=model.name, detail=str(error)) from error


def _latest_checkpoint(model: Model, folder: Path) -> Path:
    prefix = tf_checkpoint.latest(folder)
    if prefix is None:
        raise ModelDamagedError(name=model.name, detail=f"no checkpoint in {folder}")
    return prefix
