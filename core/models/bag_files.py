"""Reads the files of Demucs' models, with the ``demucs`` package: an optional extra, loaded by what is called here.

A file is a pickle. It may name the package's networks, fractions and NumPy's numbers (those of Demucs' own hold some), but
nothing else that a pickle could run; and it gets no hold of these either: networks are names until the whole file is read
and found to hold as many weights as they take, fractions and numbers are made here, of few digits.
"""

import inspect
import pickle
import re
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
from core.decoding import from_builtins
from core.errors import ModelConfigurationError, ModelDamagedError
from core.models import bags, catalogue
from core.models.bags import BAG_ENDING, FILE_ENDING, Bag
from core.models.catalogue import Model

NAME = "Demucs"

_MODULES = {"Demucs": "demucs", "HDemucs": "hdemucs", "HTDemucs": "htdemucs"}  # of the package, by their networks

_DIGITS = re.compile(r"\d{1,9}(/\d{1,9})?")
_LARGEST = 10**6  # number that a network is made with
_DEEPEST = 64  # layers of a kind
_LONGEST_BAG = 10_000  # bytes of its file

_DAMAGED = (ArithmeticError, AssertionError, MemoryError, zipfile.BadZipFile)  # beside what is more usual

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
        _check_size(package)
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
    from importlib import import_module

    import torch

    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:  # weights are stored as they are: what is compressed could be of any size
            if sum(part.file_size for part in parts.infolist()) > path.stat().st_size:
                raise ValueError("it holds more than it is long")
    with torch.serialization.safe_globals(_allowed()):
        # Mapped: what is read of it is copied into the network at once, and is no memory that the program keeps.
        package = torch.load(path, "cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    kind = package["klass"]
    return {**package, "klass": getattr(import_module(f"demucs.{_MODULES[kind]}"), kind)}


def _allowed() -> list[Any]:
    """What a file may name, each with what it gets in its place: for a network its name, which nobody can call."""
    networks = [(name, f"demucs.{module}.{name}") for name, module in _MODULES.items()]
    scalars = [(_scalar, f"numpy.{module}.multiarray.scalar") for module in ("core", "_core")]
    return [*networks, (_fraction, "fractions.Fraction"), *scalars, (_Dtype, "numpy.dtype"), _Dtype]


def _fraction(*parts: Any) -> Fraction:
    if not all(_DIGITS.fullmatch(str(part)) for part in parts):
        raise ValueError("a number has too many digits")
    return Fraction(*parts)


class _Dtype:
    """Stands for the type of a number; what else is said of it does not matter."""

    def __init__(self, code: str, *_: object) -> None:
        self.code = {"f8": "f8", "f4": "f4", "i8": "i8"}[code]

    def __setstate__(self, state: object) -> None:
        """Says how the bytes are ordered, which all computers that this runs on do alike."""


def _scalar(kind: _Dtype, data: bytes) -> Any:
    (number,) = np.frombuffer(data, f"<{kind.code}")
    return number.item()


def _check_size(package: Any) -> None:
    """Raises ValueError unless the network, when it is made, takes as many weights as the file has."""
    import torch

    for name, value in package["kwargs"].items():
        most = _DEEPEST if "depth" in name or "layers" in name else _LARGEST
        if isinstance(value, int | float | Fraction) and not -most <= value <= most:
            raise ValueError(f"{name} is out of range")
    if any(not isinstance(value, list | tuple) for value in package["args"]):  # the names of the stems
        raise ValueError("it is not described by names")
    with torch.device("meta"):  # where tensors have shapes only
        needed = package["klass"](*package["args"], **_known(package["klass"], package["kwargs"])).state_dict()
    found = package["state"]
    stored = {part.untyped_storage().data_ptr(): part.untyped_storage().nbytes() for part in found.values()}
    if sum(part.numel() * part.element_size() for part in found.values()) > sum(stored.values()):
        raise ValueError("its weights overlap")
    if {name: part.shape for name, part in needed.items()} != {name: part.shape for name, part in found.items()}:
        raise ValueError("its weights do not fit the network")


def _known(kind: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Those that this version of the package takes; it drops the others, too."""
    taken = inspect.signature(kind).parameters
    return {name: value for name, value in arguments.items() if name in taken}


@contextmanager
def _reading(name: str, path: Path) -> Iterator[None]:
    """Whatever goes wrong with a file is a ModelDamagedError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (*_DAMAGED, OSError, EOFError, RuntimeError, ValueError, LookupError, TypeError, AttributeError) as error:
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

    if path.stat().st_size > _LONGEST_BAG:
        raise ValueError("it is too long")
    try:
        described = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("it is no YAML") from error
    files = {file.stem.rpartition("-")[0] or file.stem: file.name for file in sorted(path.parent.glob(f"*{FILE_ENDING}"))}
    wanted = from_builtins(described, _Described).models
    missing = [signature for signature in wanted if signature not in files]
    if missing:
        raise ValueError(f"{missing[0]}{FILE_ENDING} is missing")
    described |= {"files": [files[signature] for signature in wanted]}
    return from_builtins({name: described.get(name) for name in Bag.__struct_fields__}, Bag)


class _Described(msgspec.Struct):
    """What a bag's file must say."""

    models: list[str]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
