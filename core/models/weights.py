"""A model's weights as plain arrays under Spleeter's variable names, whatever they are stored in."""

import glob
import io
import lzma
import math
import re
import tokenize
import zipfile
import zlib
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

LARGEST = 1 << 29  # bytes of all weights: three times those of Spleeter's largest model

# What else than OSErrors and ValueErrors damaged archives make the libraries raise.
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, tokenize.TokenError)


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
    """Checks the sizes first: a few bytes of an archive can hold any number of zeros, and a header can promise any."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > LARGEST:
                raise ValueError("it holds too much")
            arrays = {member.filename.removesuffix(".npy"): _read_array(archive, member) for member in members}
        return {name: array.astype(np.float32) for name, array in arrays.items()}
    except (OSError, ValueError, EOFError, RuntimeError, TypeError, OverflowError, *_DAMAGED) as error:
        raise ModelDamagedError(name=model.name, detail=str(error)) from error


def _read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> FloatArray:
    """One array. Raises ValueError, and whatever else damaged archives make the libraries raise."""
    data = archive.read(member)
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ValueError(f"{member.filename} is of an unknown kind")
    shape, _, kind = np.lib.format.read_array_header_1_0(stream)
    if kind.kind not in "fiu" or math.prod(shape) * kind.itemsize != len(data) - stream.tell():
        raise ValueError(f"{member.filename} is not what it says")
    stream.seek(0)
    found: FloatArray = np.lib.format.read_array(stream, allow_pickle=False)
    return found


def _read_checkpoint(model: Model, folder: Path) -> Weights:
    try:
        return tf_checkpoint.read(_latest_checkpoint(model, folder), lambda name: bool(_VARIABLE.fullmatch(name)), LARGEST)
    except (tf_checkpoint.CheckpointError, OSError) as error:
        raise ModelDamagedError(name=model.name, detail=str(error)) from error


def _latest_checkpoint(model: Model, folder: Path) -> Path:
    prefix = tf_checkpoint.latest(folder)
    if prefix is None:
        raise ModelDamagedError(name=model.name, detail=f"no checkpoint in {folder}")
    return prefix
