"""Puts a model into Antara's folder: whole, checked and recorded, in one step, or not at all."""

import contextlib
import datetime
import glob
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from core import paths
from core.cancel import CancelToken
from core.errors import ModelConfigurationError, ModelDamagedError, NotEnoughSpaceError, output_errors
from core.files import sync_folder
from core.models import catalogue, records, tf_checkpoint, weights
from core.models.catalogue import Model

_LOCK_POLL_S = 0.2
_MB = 1_000_000
_SPARE = 50 * _MB  # what a computer needs to go on working
_LOCKS, _SCRATCH = ".locks", ".installing"  # in the folder of the models; of each model a file, a folder


@contextlib.contextmanager
def only_one(name: str, cancel: CancelToken, on_wait: Callable[[], None]) -> Iterator[None]:
    """Holds the lock of the folder ``name``, also against other processes; clears away what a killed one left of it.

    ``on_wait`` is called if it has to be waited for. Raises OutputErrors and CancelledError.
    """
    from filelock import FileLock, Timeout  # late: slow to import

    root = paths.models_folder()
    with output_errors(root):
        (root / _LOCKS).mkdir(parents=True, exist_ok=True)
        lock = FileLock(root / _LOCKS / f"{name}.lock")
        while True:
            cancel.raise_if_cancelled()
            try:
                lock.acquire(timeout=_LOCK_POLL_S)
                break
            except Timeout:
                on_wait()
    try:
        shutil.rmtree(root / _SCRATCH / name, ignore_errors=True)
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def replacing(name: str) -> Iterator[Path]:
    """A new folder that becomes the model folder ``name``, in the place of an older one, if the block ends well.

    Raises OutputErrors. The lock of ``name`` must be held.
    """
    root = paths.models_folder()
    scratch = root / _SCRATCH / name
    target, new, old = root / name, scratch / "new", scratch / "old"
    try:
        with output_errors(root):
            new.mkdir(parents=True)
        yield new
        with output_errors(root):
            _flush(new)
            if target.exists():
                target.rename(old)
            try:
                new.rename(target)
            except OSError:
                if old.exists():
                    old.rename(target)
                raise
            sync_folder(root)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def take_away(name: str) -> None:
    """Deletes a model's folder, which is gone in one step. Raises OSError. The lock of ``name`` must be held."""
    scratch = paths.models_folder() / _SCRATCH / name
    scratch.mkdir(parents=True)
    (paths.models_folder() / name).rename(scratch / "old")
    shutil.rmtree(scratch)


def finish(folder: Path, models: list[Model], source: str, configuration: str, cancel: CancelToken) -> None:
    """Checks that the weights in ``folder`` are those of ``models``, and writes the record.

    Raises ModelDamagedError, OutputErrors and CancelledError.
    """
    for model in models:
        cancel.raise_if_cancelled()
        check_weights(model, folder)
    with output_errors(folder):
        records.take(folder, source, datetime.date.today().isoformat(), configuration, cancel)


def check_weights(model: Model, location: Path) -> None:
    """Reads all weights, against their checksums, and fits them into the network. Raises ModelDamagedError.

    Of Demucs' only that the files are there: their hashes are pinned, and what reads them may not be installed.
    """
    if model.bag:
        problem = model.bag.problem(location)
        if problem:
            raise ModelDamagedError(name=model.name, detail=problem)
        return
    from core.models import graph_cache

    graph_cache.check(model, weights.load_from(model, location))


def files_of(folder: Path) -> list[Path]:
    """The newest weights in a folder, and what is to be read about them."""
    prefix = tf_checkpoint.latest(folder)
    wanted = [records.WEIGHTS, "README*", "LICEN[CS]E*", "NOTICE*"]
    if prefix and not (folder / records.WEIGHTS).is_file():
        wanted += ["checkpoint", f"{glob.escape(prefix.name)}.*"]
    return [file for pattern in wanted for file in folder.glob(pattern) if file.is_file()]


def copy(files: list[Path], into: Path, cancel: CancelToken, names: Sequence[str] | None = None) -> None:
    """Copies files into a folder, under their own names or ``names``. Raises OutputErrors and CancelledError."""
    for file, name in zip(files, names or [file.name for file in files], strict=True):
        cancel.raise_if_cancelled()
        with output_errors(into):
            shutil.copyfile(file, into / name)


def find_configuration(folder: Path, name: str) -> tuple[Path, Model]:
    """The configuration file in a folder and the model of the user's own that it describes.

    Raises ModelConfigurationError, also when there is none, or more than one.
    """
    found = []
    problems = []
    for path in sorted(folder.glob("*.json")):
        if path.name == records.FILE:
            continue
        try:
            found.append((path, catalogue.read_configuration(path, name, folder)))
        except ModelConfigurationError as error:
            problems.append(error)
    if len(found) == 1:
        return found[0]
    if problems and not found:
        raise problems[0]
    detail = "it holds several configurations" if found else "no configuration (a JSON file) is in it"
    raise ModelConfigurationError(path=folder, detail=detail)


def require_space(needed: int) -> None:
    """Raises NotEnoughSpaceError unless ``needed`` bytes fit beside the models, with something to spare."""
    root = paths.models_folder()
    with output_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(root).free
    if free < needed + _SPARE:
        raise NotEnoughSpaceError(path=str(root), needed_mb=-(-(needed + _SPARE) // _MB), free_mb=free // _MB)


def _flush(folder: Path) -> None:
    """The files and names of a folder are on the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)
