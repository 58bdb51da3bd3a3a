"""What is done for the queue: one song is separated into files, and the lengths of all are found out."""

import logging
import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from core import history, jobs, messages, songs
from core import paths as folders
from core.audio import tags as song_tags
from core.audio.reader import probe
from core.audio.writer import Sound
from core.cancel import CancelToken
from core.engines import Notify
from core.engines.cache import EngineCache
from core.errors import AntaraError, CancelledError, InputError, OutputError, UnexpectedError
from core.jobs import Files, Report, Separation
from core.models import catalogue
from core.models.catalogue import Model
from core.queue import Queue
from core.queue_items import Item
from core.settings import Settings
from core.turns import Turns

_log = logging.getLogger(__name__)

StemTitle = Callable[[str], str]  # what people call a stem, for the tags

_ADD_EVERY_S = 0.5
_TELL_EVERY_S = 0.2


def folder_for(settings: Settings) -> Path:
    """Where the queue writes."""
    return Path(settings.queue_folder) if settings.queue_folder else folders.music_folder() / "Antara"


def model_for(item: Item, settings: Settings) -> Model:
    """The item's own model, or that of the settings, or the best one that is here. Raises ModelErrors."""
    name = item.model or settings.model
    return catalogue.find(name) if name else catalogue.default()


def separate_item(
    item: Item,
    settings: Settings,
    engines: EngineCache,
    turns: Turns,
    cancel: CancelToken,
    report: Report,
    notify: Notify,
    stem_title: StemTitle = messages.stem_name,
) -> dict[str, Path]:
    """Writes the stems of a song as the settings say; the files by stem, all of them or an error.

    Nobody is there to be asked, so where the settings refuse to replace files they get a number. Raises what
    ``separate_to_files`` raises, ModelErrors and OutputErrors; of a song that is cut off nothing is written.
    """
    model, output = model_for(item, settings), settings.output
    model.locate_weights()
    song = probe(item.song)
    care = (item.care or settings.care).fitting(model)
    what = Separation(song, model, settings.mode, settings.engine_options, wanted_rate=output.rate, care=care)
    wanted = output if output.existing == "replace" else replace(output, existing="number")
    targets = wanted.targets(item.song, what.stems, folder_for(settings), song_tags.read(item.song), model.name)
    titles = {stem: stem_title(stem) for stem in what.stems} if output.tags else {}
    sound = Sound(what.rate, what.channels, output.format, output.loud)
    tags = partial(jobs.stem_tags, item.song, titles) if titles else dict
    files = Files(targets, sound, output.existing == "replace", tags)
    with turns.take(cancel):
        written = jobs.separate_to_files(what, files, engines, cancel, report, notify)
    _remember(what, written, targets)
    return targets


def _remember(what: Separation, written: jobs.Written, targets: Mapping[str, Path]) -> None:
    """Puts the song into the history, to be opened again; where that cannot be kept, its files are there all the same."""
    try:
        entry = history.add(what.song.path, written.frames, what.rate, what.model.name, what.stems)
        history.exported(entry.id, targets, 20 * math.log10(written.gain))
    except OutputError as error:
        _log.warning("the history cannot be kept: %s", error)


def run_item(queue: Queue, item: Item, separate: Callable[[], dict[str, Path]]) -> None:
    """Runs ``separate`` for an item that the queue has handed out, and has its end on the disk before it returns.

    Whatever happens is told to the queue; a mistake in the program is raised then.
    """
    try:
        files = separate()
    except CancelledError:
        queue.cancelled(item.id)
    except AntaraError as error:
        queue.failed(item.id, error)
    except Exception as error:
        queue.failed(item.id, UnexpectedError(detail=f"{type(error).__name__}: {error}"))
        raise
    else:
        queue.done(item.id, files)
    finally:
        queue.flush()


def take_in(queue: Queue, paths: Iterable[Path], model: str | None, skip: Collection[Path], cancel: CancelToken) -> int:
    """Adds the songs in what was dropped, as ``songs.expand`` finds them; how many. Raises CancelledError."""
    found: list[Path] = []
    count, told_s = 0, time.monotonic()
    for song in songs.expand(paths, cancel, skip):
        found.append(song)
        if time.monotonic() - told_s > _ADD_EVERY_S:  # all at once, unless that takes long
            queue.add(found, model)
            count, found, told_s = count + len(found), [], time.monotonic()
    queue.add(found, model)
    return count + len(found)


def measure(queue: Queue, items: list[Item], cancel: CancelToken) -> None:
    """Tells the queue how long the songs are that say so. Raises CancelledError."""
    found: dict[int, float] = {}
    told_s = time.monotonic()
    for item in items:
        if cancel.cancelled:
            break
        try:
            length_s = probe(item.song).duration_s
        except InputError:  # said when its turn comes
            continue
        if length_s is not None:
            found[item.id] = length_s
        if time.monotonic() - told_s > _TELL_EVERY_S:
            queue.set_lengths(found)
            found, told_s = {}, time.monotonic()
    queue.set_lengths(found)
    cancel.raise_if_cancelled()
