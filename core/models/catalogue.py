"""The models that Antara knows: their stems, signal parameters and networks, and where their weights lie.

A model is described by a configuration in Spleeter's own JSON format (Spleeter's are read from its package) and an entry
in ``resources/models.json``, which adds what that format does not say: how masks are made and which stem is the residual.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from core import paths
from core.errors import ModelMissingError, UnknownModelError

MaskKind = Literal["ratio", "direct"]

# The first of these that is installed is used when no model is named. Spleeter's own weights are the better ones.
PREFERRED = ("spleeter:2stems", "builtin")


@dataclass(frozen=True)
class Model:
    """One model. Frames and bins are those of the STFT."""

    name: str
    networks: tuple[str, ...]  # the stems that have a network, in the order of the weights
    residual: str | None  # the stem that is what the others leave, where it has no network of its own
    masks: MaskKind
    sample_rate: int
    frame_length: int
    hop: int
    chunk_frames: int  # T: frames that the network sees at once
    bins: int  # F: bins that the network sees, from 0 Hz up
    exponent: float  # of the ratio masks
    mask_extension: str  # above ``bins``, in Spleeter's own output: "zeros" or "average"
    function: str  # the network, as a name below spleeter.model.functions
    function_params: Mapping[str, Any]
    weights_file: Path | None  # an .npz of arrays, or
    folder: str | None  # the name of a folder with a TensorFlow checkpoint

    @property
    def stems(self) -> tuple[str, ...]:
        """All stems, in the order of output."""
        return self.networks if self.residual is None else (*self.networks, self.residual)

    def locate_weights(self) -> Path:
        """The weights on this computer: an .npz file, or a folder that holds a TensorFlow checkpoint.

        Raises ModelMissingError when they are nowhere in ``paths.model_search_path()``.
        """
        if self.weights_file is not None:
            if not self.weights_file.is_file():
                raise ModelMissingError(name=self.name, folder=self.weights_file.parent)
            return self.weights_file
        assert self.folder is not None
        for root in paths.model_search_path():
            if (root / self.folder).is_dir():
                return root / self.folder
        raise ModelMissingError(name=self.name, folder=str(paths.models_folder() / self.folder))

    @property
    def installed(self) -> bool:
        """Whether there is something to load. Whether it is whole shows when it is loaded."""
        try:
            self.locate_weights()
        except ModelMissingError:
            return False
        return True


def _read_configuration(source: str) -> dict[str, Any]:
    package, _, name = source.rpartition(":")
    folder = files("spleeter.resources") if package == "spleeter" else files("resources")
    configuration: dict[str, Any] = json.loads(folder.joinpath(name).read_text("utf-8"))
    return configuration


def _model(entry: Mapping[str, Any]) -> Model:
    configuration = _read_configuration(entry["configuration"])
    weights = entry.get("weights")
    return Model(
        name=entry["name"],
        networks=tuple(configuration["instrument_list"]),
        residual=entry.get("residual"),
        masks=entry["masks"],
        sample_rate=configuration["sample_rate"],
        frame_length=configuration["frame_length"],
        hop=configuration["frame_step"],
        chunk_frames=configuration["T"],
        bins=configuration["F"],
        exponent=configuration["separation_exponent"],
        mask_extension=configuration["mask_extension"],
        function=configuration["model"]["type"],
        function_params=configuration["model"]["params"],
        weights_file=Path(str(files("resources").joinpath(weights))) if weights else None,
        folder=entry.get("folder"),
    )


@cache
def models() -> Mapping[str, Model]:
    """All known models by name, in the order of the catalogue."""
    catalogue = json.loads(files("resources").joinpath("models.json").read_text("utf-8"))
    return {entry["name"]: _model(entry) for entry in catalogue["models"]}


def find(name: str) -> Model:
    """The model called ``name``; ``2stems`` also finds ``spleeter:2stems``. Raises UnknownModelError."""
    for candidate in (name, f"spleeter:{name}"):
        if candidate in models():
            return models()[candidate]
    raise UnknownModelError(name=name, known=", ".join(models()))


def default() -> Model:
    """The first of ``PREFERRED`` that is installed."""
    return next((models()[name] for name in PREFERRED if models()[name].installed), models()["builtin"])
