"""The models that Antara knows: their stems, signal parameters and networks, where their weights lie or come from.

A model is described by a configuration in Spleeter's own JSON format (Spleeter's are read from its package). What that
format does not say stands in ``resources/models.json`` for the models that Antara offers, and under the key ``antara`` of
the configuration for a model of the user's own.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec

from core import paths
from core.decoding import from_json
from core.errors import ModelConfigurationError, ModelDamagedError, ModelMissingError, UnknownModelError
from core.file_names import is_plain_name
from core.files import is_folder, read_small
from core.models import bags, records
from core.models.bags import Bag, BagEntry, Part

MaskKind = Literal["ratio", "direct"]

# The first of these that is installed is used when no model is named. Spleeter's own weights are the better ones.
PREFERRED = ("spleeter:2stems", "builtin")


_LONGEST = 1_000_000  # bytes of a configuration
_MOST_ROOTS = 4

# Far more than models have, and what a computer still has the memory for: a configuration may come from anywhere.
_LONGEST_FRAME, _LARGEST_CHUNK, _MOST_STEMS = 1 << 16, 1 << 23, 32
_HIGHEST_RATE, _HIGHEST_EXPONENT = 768_000, 10.0
ROOT_FLOOR = 1e-6  # is added to magnitudes before roots are taken, which have no slope at 0


class Quality(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Signal-to-distortion ratios by stem, in dB, as ``museval`` takes them."""

    sdr_db: dict[str, float]
    measured_on: str
    source: str


class Archive(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A gzipped tar file with the weights of a model, which becomes the folder ``folder``. Sizes are in bytes.

    Or ``parts`` in its place; each of them is downloaded as an archive with a ``file`` of its own name.
    """

    folder: str = ""
    urls: tuple[str, ...]
    sha256: str  # empty where there are ``parts``
    size: int | None = None  # where it is known exactly
    about: int  # for the user, and for the room that it needs
    unpacked: int  # at most
    parts: tuple[Part, ...] = ()  # the files of a model of Demucs, which are taken as they are
    file: str = ""

    @property
    def file_name(self) -> str:
        """Its name here and on servers."""
        return self.file or f"{self.folder}.tar.gz"

    @property
    def downloads(self) -> "tuple[Archive, ...]":
        """What is downloaded for it, in this order."""
        if not self.parts:
            return (self,)
        return tuple(
            Archive(
                folder=self.folder, file=p.file, urls=p.urls, sha256=p.sha256, size=p.size, about=p.size, unpacked=p.size
            )
            for p in self.parts
        )


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
    weights_file: Path | None  # an .npz of arrays that is part of the program, or
    folder: Path | None  # a folder with the weights: absolute, or to be looked for in ``paths.model_search_path()``
    archive: Archive | None = None
    expander: bool = False  # see core/separation/expander
    own: bool = False  # added by the user
    licence: str = ""
    citation: str = ""
    quality: Quality | None = None
    bag: Bag | None = None  # of Demucs' networks, which see samples: sizes of the STFT are 0

    @property
    def stems(self) -> tuple[str, ...]:
        """All stems, in the order of output."""
        return self.networks if self.residual is None else (*self.networks, self.residual)

    @property
    def input_roots(self) -> int:
        """How many times the networks' input is the square root of the magnitudes, so that what is soft counts, too.

        This parameter is Antara's own; Spleeter's networks see the magnitudes themselves.
        """
        return input_roots(self.function_params)

    @property
    def places(self) -> list[Path]:
        """The folders in which the weights may lie, the first one first."""
        assert self.folder is not None
        found = [root / self.folder for root in paths.model_search_path()]
        hub = paths.torch_hub_folder()  # what the ``demucs`` command once downloaded of all its models
        return [*found, hub] if self.archive and self.archive.parts and not self._problem(hub) else found

    def locate_weights(self) -> Path:
        """The weights on this computer: an .npz file, or a folder with one or with a TensorFlow checkpoint.

        Of several folders the first one that looks whole. Raises ModelMissingError, or ModelDamagedError when none does.
        """
        if self.weights_file is not None:
            if not self.weights_file.is_file():
                raise ModelMissingError(name=self.name)
            return self.weights_file
        problems = []
        for place in self.places:
            if is_folder(place):
                problem = self._problem(place)
                if not problem:
                    return place
                problems.append(problem)
        if problems:
            raise ModelDamagedError(name=self.name, detail=problems[0])
        raise ModelMissingError(name=self.name)

    def _problem(self, place: Path) -> str:
        """What is wrong with the weights in a folder at a glance; empty if they look whole."""
        if self.bag is None:
            return records.problem(place)
        return self.bag.problem(place, tuple(part.size for part in self.archive.parts) if self.archive else ())

    @property
    def installed(self) -> bool:
        """Whether the weights are here and look whole, and what runs them is. What they hold is checked when loaded."""
        try:
            self.locate_weights()
        except (ModelMissingError, ModelDamagedError):
            return False
        return self.bag is None or bags.can_run()


def input_roots(params: Mapping[str, Any]) -> int:
    """See Model.input_roots. Raises ValueError for what is no such number."""
    roots = params.get("input_roots", 0)
    if type(roots) is not int or not 0 <= roots <= _MOST_ROOTS:
        raise ValueError(f"input_roots must be a number from 0 to {_MOST_ROOTS}")
    return roots


class _Network(msgspec.Struct, frozen=True):
    type: str
    params: dict[str, Any] = {}


class _Extras(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What Spleeter's format does not say."""

    masks: MaskKind | None = None
    residual: str | None = None
    expander: bool = False
    licence: str = ""
    citation: str = ""
    quality: Quality | None = None


class _Configuration(msgspec.Struct, frozen=True, rename={"hop": "frame_step", "chunk_frames": "T", "bins": "F"}):
    """Spleeter's format, as far as a separation needs it; the rest is about training."""

    instrument_list: tuple[str, ...]
    sample_rate: int
    frame_length: int
    hop: int
    chunk_frames: int
    bins: int
    model: _Network
    n_channels: Literal[2] = 2
    separation_exponent: float = 2.0
    mask_extension: Literal["zeros", "average"] = "zeros"
    model_dir: str = ""
    antara: _Extras = _Extras()

    def __post_init__(self) -> None:
        names = self.instrument_list
        if not names or len(set(names)) != len(names) or not all(is_plain_name(name) for name in names):
            raise ValueError("instrument_list must name each stem once")
        if not (0 < self.hop <= self.frame_length and 0 < self.bins <= self.frame_length // 2 + 1):
            raise ValueError("frame_step and F must fit frame_length")
        if self.chunk_frames <= 0 or self.sample_rate <= 0:
            raise ValueError("T and sample_rate must be positive")
        if self.frame_length > _LONGEST_FRAME or self.chunk_frames * self.bins > _LARGEST_CHUNK or len(names) > _MOST_STEMS:
            raise ValueError("it would take too much memory")
        if self.sample_rate > _HIGHEST_RATE or not 0 < self.separation_exponent <= _HIGHEST_EXPONENT:
            raise ValueError("sample_rate and separation_exponent must be what music is separated with")
        input_roots(self.model.params)


class _OwnBag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is recorded of a model of Demucs' kind that the user has added."""

    stems: tuple[str, ...]
    bag: Bag


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model in ``models.json``."""

    name: str
    configuration: str
    masks: MaskKind
    residual: str | None = None
    weights: str | None = None
    folder: str | None = None
    expander: bool = False
    licence: str = ""
    citation: str = ""
    quality: Quality | None = None


class _Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    archives: dict[str, Archive]
    models: tuple[_Entry, ...]
    demucs: tuple[BagEntry, ...] = ()

    def __post_init__(self) -> None:
        for entry in self.models:
            if (entry.weights is None) == (entry.folder is None):
                raise ValueError(f"{entry.name} needs weights or a folder")
        for name, archive in self.archives.items():
            if len(archive.sha256) != 64 or not archive.urls or not is_plain_name(name):
                raise ValueError(f"the archive {name} is not described")


def own_bag_text(model: Model) -> str:
    """The configuration of a model of Demucs' kind, for its record."""
    assert model.bag is not None
    return msgspec.json.encode(_OwnBag(model.stems, model.bag)).decode()


def read_configuration(path: Path, name: str, folder: Path | None = None) -> Model:
    """The model of the user's own that a configuration file describes. Raises ModelConfigurationError.

    ``folder`` holds its weights; without it they are where Spleeter would look: in the folder that ``model_dir`` names.
    """
    try:
        return _own_model(read_small(path, _LONGEST), name, folder)
    except (OSError, ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise ModelConfigurationError(path=path, detail=str(error)) from error


def _own_model(text: bytes, name: str, folder: Path | None) -> Model:
    if folder is not None:
        with contextlib.suppress(msgspec.ValidationError):  # it is of Spleeter's format
            own = from_json(text, _OwnBag)
            return bag_model(name, own.stems, own.bag, folder, None, own=True)
    configuration = from_json(text, _Configuration)
    if folder is None and not configuration.model_dir:
        raise ValueError("model_dir is missing")
    extras = configuration.antara
    single = len(configuration.instrument_list) == 1
    # One network alone has nobody to share the song with: what it leaves is the other stem.
    residual = extras.residual or ("accompaniment" if single else None)
    entry = _Entry(
        name,
        "",
        extras.masks or ("direct" if single else "ratio"),
        residual,
        None,
        str(folder or configuration.model_dir),
        extras.expander,
        extras.licence,
        extras.citation,
        extras.quality,
    )
    return _model(entry, configuration, None, own=True)


def _model(entry: _Entry, configuration: _Configuration, archive: Archive | None, own: bool = False) -> Model:
    if entry.expander and (entry.masks != "direct" or entry.residual is None or len(configuration.instrument_list) > 1):
        raise ValueError("an expander needs one network with direct masks, and the stem that it leaves")
    return Model(
        name=entry.name,
        networks=configuration.instrument_list,
        residual=entry.residual,
        masks=entry.masks,
        sample_rate=configuration.sample_rate,
        frame_length=configuration.frame_length,
        hop=configuration.hop,
        chunk_frames=configuration.chunk_frames,
        bins=configuration.bins,
        exponent=configuration.separation_exponent,
        mask_extension=configuration.mask_extension,
        function=configuration.model.type,
        function_params=configuration.model.params,
        weights_file=Path(str(files("resources").joinpath(entry.weights))) if entry.weights else None,
        folder=Path(entry.folder) if entry.folder else None,
        archive=archive,
        expander=entry.expander,
        own=own,
        licence=entry.licence,
        citation=entry.citation,
        quality=entry.quality,
    )


def source() -> str:
    """The text of the catalogue."""
    return files("resources").joinpath("models.json").read_text("utf-8")


@cache
def official() -> Mapping[str, Model]:
    """The models that Antara offers, by name. Raises ValueError: a mistake in the catalogue is one in the program."""
    catalogue = from_json(source(), _Catalogue)
    archives = {name: msgspec.structs.replace(archive, folder=name) for name, archive in catalogue.archives.items()}
    found = [_model(entry, _configuration(entry), archives.get(entry.folder or "")) for entry in catalogue.models]
    return {model.name: model for model in [*found, *map(_demucs_model, catalogue.demucs)]}


def _demucs_model(entry: BagEntry) -> Model:
    size = sum(part.size for part in entry.parts)
    urls = entry.parts[0].urls
    archive = Archive(folder=entry.folder, urls=urls, sha256="", size=size, about=size, unpacked=size, parts=entry.parts)
    return bag_model(
        entry.name, entry.stems, entry.bag, Path(entry.folder), archive, licence=entry.licence, citation=entry.citation
    )


def bag_model(name: str, stems: tuple[str, ...], bag: Bag, folder: Path, archive: Archive | None, **more: Any) -> Model:
    """A model of Demucs, whose files lie in ``folder``. Raises ValueError for stems that no files can be named by."""
    if len(set(stems)) < 2 or len(set(stems)) != len(stems) or not all(is_plain_name(stem) for stem in stems):
        raise ValueError("it must name at least two stems, each once")
    return Model(
        name=name,
        networks=stems,
        residual=None,
        masks="direct",
        sample_rate=bags.SAMPLE_RATE,
        frame_length=0,
        hop=0,
        chunk_frames=0,
        bins=0,
        exponent=0.0,
        mask_extension="zeros",
        function=bags.FUNCTION,
        function_params={},
        weights_file=None,
        folder=folder,
        archive=archive,
        bag=bag,
        **more,
    )


def _configuration(entry: _Entry) -> _Configuration:
    package, _, name = entry.configuration.rpartition(":")
    folder = files("spleeter.resources") if package == "spleeter" else files("resources")
    return from_json(folder.joinpath(name).read_bytes(), _Configuration)


def models() -> Mapping[str, Model]:
    """All models by name: those that Antara offers, in the order of the catalogue, then the user's own."""
    return {**official(), **{model.name: model for model in _own_models()}}


def _own_models() -> Iterator[Model]:
    root = paths.models_folder()
    try:
        folders = sorted(root.iterdir())
    except OSError:  # there is none, or it is not ours to read
        return
    for folder in folders:
        record = None if folder.name.startswith(".") else records.read(folder)
        if record and record.configuration:
            with contextlib.suppress(ValueError, RecursionError):  # the record was changed by hand: no model of ours
                yield _own_model(record.configuration.encode(), folder.name, folder)


def find(name: str) -> Model:
    """The model called ``name``; ``2stems`` also finds ``spleeter:2stems``, and a configuration file is one by itself, as is
    a bag or a network in a repository of Demucs'.

    Raises UnknownModelError or ModelConfigurationError.
    """
    known = models()
    for candidate in (name, f"spleeter:{name}", f"demucs:{name}"):
        if candidate in known:
            return known[candidate]
    path = Path(name)
    if path.suffix == ".json" and path.is_file():
        return read_configuration(path, path.stem)
    if path.suffix in (bags.BAG_ENDING, bags.FILE_ENDING) and path.is_file():
        from core.models.bag_files import read_bag  # late: PyTorch

        return read_bag(path, path.stem)
    raise UnknownModelError(name=name, known=", ".join(known))


def default() -> Model:
    """The first of ``PREFERRED`` that is installed."""
    known = official()
    return next((known[name] for name in PREFERRED if known[name].installed), known["builtin"])
