"""The models on this computer: which are here and whole, and how they come and go."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from core import paths
from core.cancel import CancelToken
from core.errors import (
    DiskFullError,
    DownloadCorruptError,
    ModelArchiveError,
    ModelConfigurationError,
    ModelDamagedError,
    ModelMissingError,
    ModelNameError,
    ModelNameTakenError,
    ModelNotRemovableError,
    UnknownModelError,
    output_error,
    output_errors,
)
from core.file_names import is_plain_name
from core.files import is_folder
from core.models import archive, bag_files, catalogue, install, records
from core.models import download as network
from core.models.bags import BAG_ENDING, FILE_ENDING
from core.models.catalogue import Model
from core.models.download import Patience
from core.progress import Transfer

State = Literal["builtin", "installed", "found", "damaged", "available"]
Report = Callable[[Transfer], None]

_LARGEST_ADDED = 4_000_000_000  # bytes of an archive of the user's own, unpacked


@dataclass(frozen=True)
class Status:
    """``found``: in a folder that is not Antara's. ``size``: bytes on disk, or those to be downloaded."""

    state: State
    folder: Path | None  # where the weights lie
    size: int
    partial: int = 0  # bytes of an interrupted download that are here
    detail: str = ""  # what is damaged


def status(model: Model) -> Status:
    """How things stand at a glance; ``verify`` looks into the files."""
    if model.weights_file is not None:
        return Status("builtin", model.weights_file.parent, model.weights_file.stat().st_size)
    partial = network.partial_size(model.archive, _downloads()) if model.archive else 0
    try:
        place = model.locate_weights()
    except ModelMissingError:
        return Status("available", None, model.archive.about if model.archive else 0, partial)
    except ModelDamagedError as error:
        folder = next((place for place in model.places if is_folder(place)), None)
        return Status("damaged", folder, _size_of(folder) if folder else 0, partial, str(error.parameters["detail"]))
    size = sum((place / name).stat().st_size for name in model.bag.files) if model.bag else _size_of(place)
    return Status("installed" if _is_ours(place) else "found", place, size)


def verify(model: Model, cancel: CancelToken) -> None:
    """Reads every byte: against the hashes of the day it was installed, and as the network would.

    Raises ModelMissingError, ModelDamagedError and CancelledError.
    """
    place = model.locate_weights()
    record = records.read(place) if is_folder(place) else None
    for part in model.archive.parts if model.archive and not record else ():
        if records.sha256(place / part.file, cancel) != part.sha256:
            raise ModelDamagedError(name=model.name, detail=f"{part.file} was changed")
    if record:
        problem = records.altered(place, record, cancel)
        if problem:
            raise ModelDamagedError(name=model.name, detail=problem)
    install.check_weights(model, place)


def download(
    model: Model, cancel: CancelToken, report: Report, mirror: str | None = None, patience: Patience | None = None
) -> None:
    """Gets the model's archive and installs it; nothing happens if a whole one is here. An interrupted one is gone on with.

    ``mirror`` is the address of a folder with the archives, in place of their own. Raises ModelMissingError when there is
    none to get, DownloadErrors, OutputErrors and CancelledError.
    """
    wanted = model.archive
    if wanted is None:
        model.locate_weights()
        return
    with install.only_one(wanted.folder, cancel, lambda: report(Transfer("waiting"))):
        if _is_whole(model, cancel):
            network.forget(wanted, _downloads())  # a program that was killed after the last step may have left it
            return
        install.require_space(wanted.about + wanted.unpacked - network.partial_size(wanted, _downloads()))
        files = list(_fetched(wanted, mirror, cancel, report, patience or Patience()))
        report(Transfer("installing", wanted.about, wanted.about))
        try:
            _install_official(wanted, files, network.without_password(mirror or wanted.urls[0]), cancel)
        except (ModelArchiveError, ModelDamagedError) as error:  # though it is the file that was meant
            network.forget(wanted, _downloads())
            raise DownloadCorruptError(name=wanted.folder, host=network.host_of(mirror or wanted.urls[0])) from error
        except DiskFullError:  # the computer needs the room
            network.forget(wanted, _downloads())
            raise
        network.forget(wanted, _downloads())


def add(source: Path, cancel: CancelToken, report: Report, name: str | None = None) -> tuple[Model, ...]:
    """Installs a model from this computer; returns the models that it brings.

    ``source`` is an official archive, as it is or unpacked in a folder of its name; or a model of the user's own: a
    configuration of Spleeter's format with its weights, in a folder or an archive, or the configuration file of which
    ``model_dir`` leads to the weights. The user's own is called ``name``, else as ``source``. Raises ModelErrors,
    OutputErrors and CancelledError.
    """
    official = _official_of(source, cancel)
    if official:
        with install.only_one(official.folder, cancel, lambda: report(Transfer("waiting"))):
            report(Transfer("installing"))
            if is_folder(source):
                _install_official_folder(official, source, cancel)
            else:
                _install_official(official, [source], str(source), cancel)
        return tuple(_models_of(official))
    if name is None:
        name = source.name if is_folder(source) else source.name.split(".")[0]
    if not is_plain_name(f"{name}.lock") or name.startswith(".") or not is_plain_name(name):
        raise ModelNameError(name=name)
    with install.only_one(name, cancel, lambda: report(Transfer("waiting"))):
        taken = {f"{family}{name}" for family in ("", "spleeter:", "demucs:")} & set(catalogue.models())
        if taken or (paths.models_folder() / name).exists():
            raise ModelNameTakenError(name=name)
        report(Transfer("installing"))
        with install.replacing(name) as folder:
            _fill(folder, source, name, cancel)
    return (catalogue.models()[name],)


def remove(model: Model) -> tuple[str, ...]:
    """Deletes the model, and what is here of its download; returns the names of all models that went.

    Raises ModelNotRemovableError, ModelMissingError, UnknownModelError and OutputErrors.
    """
    if model.name not in catalogue.models():  # of a configuration file that is no model of Antara's
        raise UnknownModelError(name=model.name, known=", ".join(catalogue.models()))
    if model.weights_file is not None:
        raise ModelNotRemovableError(name=model.name, folder=str(model.weights_file.parent))
    assert model.folder is not None
    name = model.folder.name
    ours = paths.models_folder() / name
    present = [place for place in model.places if is_folder(place)]
    if present and not is_folder(ours):
        raise ModelNotRemovableError(name=model.name, folder=str(present[0]))
    partial = network.partial_size(model.archive, _downloads()) if model.archive else 0
    if not present and not partial:
        raise ModelMissingError(name=model.name)
    with install.only_one(name, CancelToken(), lambda: None):
        try:
            if ours.is_dir():
                install.take_away(name)
            if model.archive:
                network.forget(model.archive, _downloads())
        except OSError as error:
            raise output_error(ours, error) from error
    return tuple(m.name for m in _models_of(model.archive)) if model.archive else (model.name,)


def _downloads() -> Path:
    return paths.models_folder() / ".downloads"


def _is_ours(place: Path) -> bool:
    return place.parent == paths.models_folder()


def _size_of(folder: Path) -> int:
    """Of all files; those that are going at the moment count nothing."""
    size = 0
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            size += path.stat().st_size if path.is_file() else 0
    return size


def _is_whole(model: Model, cancel: CancelToken) -> bool:
    try:
        verify(model, cancel)
    except (ModelMissingError, ModelDamagedError):
        return False
    return True


def _models_of(wanted: catalogue.Archive) -> Iterator[Model]:
    """Those that one archive brings."""
    return (model for model in catalogue.official().values() if model.archive == wanted)


def _official_of(source: Path, cancel: CancelToken) -> catalogue.Archive | None:
    """The official archive that a file or folder is. Raises ModelArchiveError when it cannot be read."""
    archives = {model.archive for model in catalogue.official().values() if model.archive}
    if is_folder(source):
        described = any(path.name != records.FILE for path in source.glob("*.json"))
        if described:
            return None
        by_name = (known for known in archives if known.folder == source.name and not known.parts)
        by_parts = (known for known in archives if known.parts and _has_parts(source, known))
        return next(by_name, None) or next(by_parts, None)
    try:
        digest = records.sha256(source, cancel)
    except OSError as error:
        raise ModelArchiveError(path=source, detail=error.strerror or str(error)) from error
    return next((known for known in archives if [one.sha256 for one in known.downloads] == [digest]), None)


def _has_parts(folder: Path, wanted: catalogue.Archive) -> bool:
    return all((folder / part.file).is_file() for part in wanted.parts)


def _fetched(
    wanted: catalogue.Archive, mirror: str | None, cancel: CancelToken, report: Report, patience: Patience
) -> Iterator[Path]:
    """The files of an archive, one after the other; ``report`` hears of them as of one."""
    before = 0
    for one in wanted.downloads:

        def tell(transfer: Transfer, before: int = before) -> None:
            done, total = transfer.done + before, transfer.total
            if wanted.parts:
                total, left_s = wanted.about, (wanted.about - done) / transfer.rate if transfer.rate else None
                transfer = replace(transfer, left_s=left_s)
            report(replace(transfer, done=done, total=total))

        yield network.fetch(one, _downloads(), mirror, cancel, tell, patience)
        before += one.about


def _install_official(wanted: catalogue.Archive, files: list[Path], source: str, cancel: CancelToken) -> None:
    """Raises ModelArchiveError, ModelDamagedError, OutputErrors and CancelledError."""
    install.require_space(wanted.unpacked)
    with install.replacing(wanted.folder) as folder:
        if wanted.parts:
            install.copy(files, folder, cancel, [part.file for part in wanted.parts])
        else:
            archive.unpack(files[0], folder, wanted.unpacked, cancel)
            _lift(folder)
        install.finish(folder, list(_models_of(wanted)), source, "", cancel)


def _install_official_folder(wanted: catalogue.Archive, source: Path, cancel: CancelToken) -> None:
    install.require_space(wanted.unpacked)
    with install.replacing(wanted.folder) as folder:
        for part in wanted.parts:  # they are pickles
            cancel.raise_if_cancelled()
            if records.sha256(source / part.file, cancel) != part.sha256:
                raise ModelArchiveError(path=source / part.file, detail="it is not the official file of this name")
        files = [source / part.file for part in wanted.parts] or install.files_of(source)
        install.copy(files, folder, cancel)
        install.finish(folder, list(_models_of(wanted)), str(source), "", cancel)


def _fill(folder: Path, source: Path, name: str, cancel: CancelToken) -> None:
    """A model of the user's own, from wherever it comes, is in ``folder`` with its record."""
    bag = _bag_in(source)
    if bag:
        _fill_bag(folder, bag, name, str(source), cancel)
        return
    if is_folder(source):
        configuration, _ = install.find_configuration(source, name)
        install.copy([configuration, *install.files_of(source)], folder, cancel)
    elif source.suffix == ".json":
        described = catalogue.read_configuration(source, name)
        install.copy([source, *install.files_of(_weights_of(source, described))], folder, cancel)
    else:
        _unpack_own(source, folder, name, cancel)
    configuration, model = install.find_configuration(folder, name)
    install.finish(folder, [model], str(source), configuration.read_text("utf-8"), cancel)


def _unpack_own(source: Path, folder: Path, name: str, cancel: CancelToken) -> None:
    """Of what is in the archive only the model: nothing that would be taken for a graph that Antara has built."""
    unpacked = folder.with_name("unpacked")
    with output_errors(unpacked):
        unpacked.mkdir()
    archive.unpack(source, unpacked, _LARGEST_ADDED, cancel)
    _lift(unpacked)
    configuration, _ = install.find_configuration(unpacked, name)
    with output_errors(folder):
        for file in {configuration, *install.files_of(unpacked)}:
            file.rename(folder / file.name)


def _bag_in(source: Path) -> Path | None:
    """The bag, or the network, of Demucs' that a file or a folder is. Raises ModelConfigurationError if it is several."""
    if not is_folder(source):
        return source if source.suffix in (BAG_ENDING, FILE_ENDING) else None
    found = sorted(source.glob(f"*{BAG_ENDING}")) or sorted(source.glob(f"*{FILE_ENDING}"))
    if len(found) > 1:
        raise ModelConfigurationError(path=source, detail="it holds several models; add the file of one of them")
    return found[0] if found else None


def _fill_bag(folder: Path, path: Path, name: str, source: str, cancel: CancelToken) -> None:
    model = bag_files.read_bag(path, name)
    assert model.bag is not None
    problem = model.bag.problem(path.parent)
    if problem:
        raise ModelConfigurationError(path=path, detail=problem)
    bag_files.check(model, path.parent)
    install.copy([path.with_name(file) for file in model.bag.files], folder, cancel)
    install.finish(folder, [model], source, catalogue.own_bag_text(model), cancel)


def _weights_of(configuration: Path, model: Model) -> Path:
    """The folder with the weights, as seen from the working folder or from the configuration file."""
    assert model.folder is not None
    places = [*model.places, configuration.parent / model.folder]
    for place in places:
        if is_folder(place):
            return place
    raise ModelConfigurationError(path=configuration, detail=f"the folder “{model.folder}” with its weights is not there")


def _lift(folder: Path) -> None:
    """What an archive holds in one folder at its top is in ``folder`` itself."""
    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_dir():
        top = inside[0].rename(folder / ".top")  # it may hold something of its own name
        for path in list(top.iterdir()):
            path.rename(folder / path.name)
        top.rmdir()
