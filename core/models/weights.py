"""A model's weights as plain arrays under Spleeter's variable names, whatever they are stored in."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core import tensorflow_runtime
from core.arrays import FloatArray
from core.errors import ModelDamagedError
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
    location = model.locate_weights()
    weights = _read_npz(model, location) if location.is_file() else _read_checkpoint(model, location)
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise ModelDamagedError(name=model.name, detail=f"{name} is not finite")
    return weights


def _read_npz(model: Model, path: Path) -> Weights:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name].astype(np.float32) for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ModelDamagedError(name=model.name, detail=str(error)) from error


def _read_checkpoint(model: Model, folder: Path) -> Weights:
    """The latest checkpoint in ``folder``. TensorFlow checks each tensor's CRC while reading."""
    tf = tensorflow_runtime.load()
    try:
        state = tf.train.get_checkpoint_state(str(folder))
        if state is None:
            raise ModelDamagedError(name=model.name, detail=f"no checkpoint in {folder}")
        # By its name alone: the recorded path may be that of another folder, from where this one was copied.
        reader = tf.train.load_checkpoint(str(folder / Path(state.model_checkpoint_path).name))
        names = [name for name in reader.get_variable_to_shape_map() if _VARIABLE.fullmatch(name)]
        return {name: np.asarray(reader.get_tensor(name), np.float32) for name in names}
    except (tf.errors.OpError, ValueError, RuntimeError, IndexError) as error:  # IndexError: the file ends too early
        raise ModelDamagedError(name=model.name, detail=str(error).splitlines()[0]) from error
