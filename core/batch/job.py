"""What a worker does for one song: a function of the job alone, which may be done again at any time, and anywhere."""

import hashlib
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from core import __version__
from core import recipe as recipes
from core.batch import remote
from core.batch.places import local_folder, place_at
from core.batch.receipts import Receipt, Source, Written
from core.cancel import CancelToken
from core.engines.cache import EngineCache
from core.errors import (
    AntaraError,
    CancelledError,
    FileMissingError,
    FileUnreadableError,
    ImpossibleFormatError,
    InputError,
    ModelError,
    NotAFileError,
    OutputExistsError,
    UnexpectedError,
)
from core.file_names import cleaned, legal
from core.files import text_path
from core.messages import Notice, sentence
from core.models import catalogue, graph_cache
from core.models.catalogue import Model
from core.progress import Progress
from core.queue_items import Failure
from core.recipe import Order, Recipe

_log = logging.getLogger(__name__)

_FINAL = (InputError, ModelError, ImpossibleFormatError, OutputExistsError)  # the same however often it is tried


class Job(msgspec.Struct, frozen=True):
    """One song: its source, the folder ``name`` below ``output``, and what is to be done. Both texts: see ``files``."""

    key: str
    source: str
    name: str
    output: str
    model: str
    recipe: Recipe
    redo: bool = False  # although it is done


class Outcome(msgspec.Struct, frozen=True):
    """How a job ended: "done", "skipped" where it was done before, "failed", "cancelled". Times are seconds since 1970."""

    key: str
    state: str
    started: float
    finished: float
    worker: str = ""
    length_s: float = 0.0
    failure: Failure | None = None
    final: bool = True  # whether trying again can make no difference


def run(job: Job, engines: EngineCache, cancel: CancelToken, worker: str = "") -> Outcome:
    """Does it. Raises nothing."""
    started = time.time()

    def ended(state: str, length_s: float = 0.0, failure: Failure | None = None, final: bool = True) -> Outcome:
        return Outcome(job.key, state, started, time.time(), worker, length_s, failure, final)

    try:
        before = _done_before(job)
        if before is not None:
            return ended("skipped", before.length_s)
        return ended("done", _separated(job, engines, cancel, worker, started).length_s)
    except CancelledError:
        return ended("cancelled")
    except AntaraError as error:
        final = isinstance(error, _FINAL) and not isinstance(error, FileUnreadableError)
        return ended("failed", 0.0, Failure.of(error), final)
    except Exception as error:  # noqa: BLE001 - a mistake in the program stops one song, not the others
        _log.warning("an unexpected error with %r", job.source, exc_info=True)
        return ended("failed", 0.0, Failure.of(UnexpectedError(detail=f"{type(error).__name__}: {error}")), False)


def _done_before(job: Job) -> Receipt | None:
    """The receipt, if nothing has changed since."""
    place = place_at(job.output)
    receipt = None if job.redo else place.receipt(job.name)
    model = catalogue.find(job.model)
    if receipt is None or receipt.key != job.key or not receipt.tells(model.name, weights_digits(model), job.recipe):
        return None
    facts = _facts(job.source)
    if receipt.source.looks_like(facts):
        return receipt
    if receipt.source.size != facts["size"]:
        return None
    with _local(job.source) as song:
        if _sha256(song) != receipt.source.sha256:
            return None
    receipt = msgspec.structs.replace(receipt, source=msgspec.structs.replace(receipt.source, tag=facts["tag"]))
    place.refresh(receipt)
    return receipt


def _separated(job: Job, engines: EngineCache, cancel: CancelToken, worker: str, started: float) -> Receipt:
    place, model = place_at(job.output), catalogue.find(job.model)
    job.recipe.refuse_impossible(model)
    news: list[Notice] = []

    def report(progress: Progress) -> None:
        """Of a single song nobody needs to know."""

    with _local(job.source) as song, place.part(job.name) as part:
        facts = _facts(job.source)
        source = Source(job.source, facts["size"], facts["tag"], _sha256(song))
        order = Order(song, model, job.recipe)
        targets = _targets(order, part)
        written = recipes.fill(order, targets, False, engines, cancel, report, news.append)
        if not source.looks_like(_facts(job.source)):
            raise FileUnreadableError(path=song, reason="it changed while it was read")
        files = {stem: _described(path, part, written.peaks.get(stem)) for stem, path in targets.items()}
        receipt = Receipt(
            key=job.key,
            name=job.name,
            source=source,
            model=model.name,
            weights=weights_digits(model),
            recipe=job.recipe,
            antara=__version__,
            engine=next((sentence(notice) for notice in reversed(news) if notice.code.startswith("runs_on")), ""),
            rate=order.what.rate,
            length_s=written.frames / order.what.rate,
            gain_db=20 * math.log10(written.gain),
            files=files,
            work_s=time.time() - started,
            worker=worker,
            finished=time.time(),
        )
        cancel.raise_if_cancelled()
        place.publish(part, receipt)
    return receipt


def _targets(order: Order, part: Path) -> dict[str, Path]:
    """The files of a song in its own folder, where its name needs not be in theirs."""
    if order.recipe.filename_format or order.recipe.ni_stems:
        return order.targets(part)
    return {stem: part / f"{legal(cleaned(stem))}{order.extension}" for stem in order.written}


def _described(path: Path, part: Path, peak: float | None) -> Written:
    peak_db = 20 * math.log10(peak) if peak else None
    return Written(path.relative_to(part).as_posix(), path.stat().st_size, peak_db)


@contextmanager
def _local(source: str) -> Iterator[Path]:
    """The song as a file on this computer, which is gone afterwards if it came from elsewhere."""
    if not remote.is_address(source):
        yield text_path(source)
        return
    files, path = remote.opened(source)
    with local_folder() as folder:
        song = folder / legal(cleaned(PurePosixPath(path).name))
        with remote.errors(source):
            try:
                files.get_file(path, str(song))
            except FileNotFoundError as error:
                raise FileMissingError(path=song) from error
        yield song


def _facts(source: str) -> dict[str, Any]:
    """See ``Source.looks_like``. Raises InputErrors and RemoteErrors."""
    if remote.is_address(source):
        files, path = remote.opened(source)
        return remote.facts(files, path, source)
    song = text_path(source)
    try:
        known = song.stat()
    except FileNotFoundError as error:
        raise FileMissingError(path=song) from error
    except OSError as error:
        raise FileUnreadableError(path=song, reason=error.strerror or str(error)) from error
    if not song.is_file():
        raise NotAFileError(path=song)
    return {"size": known.st_size, "tag": str(known.st_mtime_ns)}


def _sha256(song: Path) -> str:
    try:
        with song.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileUnreadableError(path=song, reason=error.strerror or str(error)) from error


def weights_digits(model: Model) -> str:
    """Digits that change with the weights of a model, and with what comes behind them.

    Raises ModelMissingError and ModelDamagedError.
    """
    return _digits(model.name, model.locate_weights())


@cache  # of weights that this process has read, as its engine is
def _digits(name: str, place: Path) -> str:
    model = catalogue.find(name)
    if model.bag:
        return _bag_key(model, place)
    return graph_cache.weights_key(model) + ("-expander" if model.expander else "")


def _bag_key(model: Model, folder: Path) -> str:
    """Of the names and sizes of Demucs' files: their names have their checksums in them."""
    files = [f"{path.name} {path.stat().st_size}" for path in sorted(folder.glob("*.th"))]
    return hashlib.sha256(repr((model.bag, files)).encode()).hexdigest()[:20]
