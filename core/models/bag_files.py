"""Reads the files of Demucs' models, with the ``demucs`` package: an optional extra, loaded by what is called here.

A file is a pickle. It may name the package's networks, fractions and NumPy's numbers (those of Demucs' own hold some), but
nothing else that a pickle could run.
"""

import pickle
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from core import extras
from core.errors import ModelConfigurationError, ModelDamagedError
from core.models import bags, catalogue
from core.models.bags import BAG_ENDING, FILE_ENDING, Bag
from core.models.catalogue import Model

NAME = "Demucs"

# What a number of NumPy's is pickled by, under its old name and its new one.
_NUMBERS: list[Any] = [
    *((np.float64().__reduce__()[0], f"numpy.{module}.multiarray.scalar") for module in ("core", "_core")),
    np.dtype,
    *(type(np.dtype(name)) for name in ("float64", "float32", "int64")),
]

# The stems that go with each other in the order of output; the last one is what is left.
_ORDER = ("vocals", "drums", "bass", "guitar", "piano")


def require() -> None:
    """Raises PackageMissingError or PackageFrozenError where the package is not installed; loads nothing."""
    if not bags.can_run():
        raise extras.missing(NAME)


def load(model: Model) -> list[Any]:
    """The networks of a model, in the order of its bag, ready to be used.

    Raises ModelMissingError, ModelDamagedError and PackageMissingError.
    """
    assert model.bag is not None
    require()
    folder = model.locate_weights()
    networks = [load_file(model.name, folder / name, model.bag.segment) for name in model.bag.files]
    for network in networks:
        if not set(model.stems) <= set(network.sources) or list(network.sources) != list(networks[0].sources):
            raise ModelDamagedError(name=model.name, detail="it gives other stems than it should")
        if model.bag.weights and len(model.bag.weights[0]) != len(network.sources):
            raise ModelDamagedError(name=model.name, detail="its weights do not fit its stems")
        if network.samplerate != model.sample_rate or network.audio_channels != 2:
            raise ModelDamagedError(name=model.name, detail="it is not for stereo at 44.1 kHz")
    return networks


def load_file(name: str, path: Path, segment: float | None = None) -> Any:
    """The network of one file; ``segment`` is the bag's. Raises ModelDamagedError."""
    from demucs.htdemucs import HTDemucs
    from demucs.states import load_model

    with _reading(name, path):
        package = _package(path)
        if package["state"].get("__quantized"):
            raise ModelDamagedError(name=name, detail=f"{path.name} is quantised, which is not supported")
        network = load_model(package)
    # A transformer knows only the lengths that it was trained on.
    if segment is not None and (not isinstance(network, HTDemucs) or segment <= network.segment):
        network.segment = segment
    return network.eval()


def check(model: Model, folder: Path) -> None:
    """Reads all files of a model. Raises ModelDamagedError and PackageMissingError."""
    assert model.bag is not None
    require()
    for name in model.bag.files:
        load_file(model.name, folder / name)


def _package(path: Path) -> Any:
    """What a file holds: the network's class, what it is made with, its weights."""
    import torch
    from demucs.demucs import Demucs
    from demucs.hdemucs import HDemucs
    from demucs.htdemucs import HTDemucs

    with torch.serialization.safe_globals([Demucs, HDemucs, HTDemucs, Fraction, *_NUMBERS]):
        # Mapped: what is read of it is copied into the network at once, and is no memory that the program keeps.
        return torch.load(path, "cpu", weights_only=True, mmap=zipfile.is_zipfile(path))


@contextmanager
def _reading(name: str, path: Path) -> Iterator[None]:
    """Whatever goes wrong with a file is a ModelDamagedError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (OSError, EOFError, RuntimeError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelDamagedError(name=name, detail=f"{path.name}: {_first_line(error)}") from error
    except pickle.UnpicklingError as error:
        raise ModelDamagedError(name=name, detail=f"{path.name} is damaged, or holds more than weights") from error


def read_bag(path: Path, name: str) -> Model:
    """The model of the user's own that a bag (.yaml) or a file with a network (.th) in a repository is.

    Raises ModelConfigurationError, ModelDamagedError and PackageMissingError.
    """
    require()
    try:
        bag = _bag(path) if path.suffix == BAG_ENDING else Bag((path.name,))
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
        raise ModelConfigurationError(path=path, detail=str(error)) from error
    first = path.with_name(bag.files[0])
    with _reading(name, first):
        package = _package(first)
        sources = list(package["kwargs"].get("sources") or package["args"][0])
    try:
        stems = (*(stem for stem in _ORDER if stem in sources), *(str(stem) for stem in sources if stem not in _ORDER))
        return catalogue.bag_model(name, stems, bag, path.parent.absolute(), None, own=True)
    except (TypeError, ValueError) as error:
        raise ModelConfigurationError(path=path, detail=str(error)) from error


def _bag(path: Path) -> Bag:
    """Raises OSError and ValueError."""
    import yaml

    try:
        described = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise ValueError("it is no YAML") from error
    files = {file.stem.rpartition("-")[0] or file.stem: file.name for file in sorted(path.parent.glob(f"*{FILE_ENDING}"))}
    wanted = msgspec.convert(described, _Described).models
    missing = [signature for signature in wanted if signature not in files]
    if missing:
        raise ValueError(f"{missing[0]}{FILE_ENDING} is missing")
    described |= {"files": [files[signature] for signature in wanted]}
    return msgspec.convert({name: described.get(name) for name in Bag.__struct_fields__}, Bag)


class _Described(msgspec.Struct):
    """What a bag's file must say."""

    models: list[str]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
