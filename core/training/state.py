"""The state of a training on disk: arrays and a few numbers in one .npz file, written in one step, without pickle."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from core.arrays import FloatArray
from core.errors import TrainingDataError, output_errors
from core.files import replacing

_NUMBERS = "numbers.json"


class State(NamedTuple):
    """Arrays by name, as ``ema/conv2d/kernel``, and what else there is to go on from, as JSON has it."""

    arrays: Mapping[str, FloatArray]
    numbers: Mapping[str, Any]


def write(path: Path, state: State) -> None:
    """Whenever the program is killed, the old file is there or the new one. Raises OutputErrors."""
    text = np.frombuffer(json.dumps(dict(state.numbers)).encode(), np.uint8)
    write_arrays(path, {**state.arrays, _NUMBERS: text})


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """An .npz file in one step. Raises OutputErrors."""
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not np.savez, whose keywords may not be called "file"; and with the same bytes for the same arrays.
        with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, array in arrays.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                    np.lib.format.write_array(entry, np.ascontiguousarray(array), allow_pickle=False)


def read(path: Path) -> State:
    """Raises TrainingDataError for a file that is no such state."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return State(arrays, json.loads(arrays.pop(_NUMBERS).tobytes()))
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise TrainingDataError(path=path, detail=str(error)) from error
