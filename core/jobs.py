"""The long jobs as plain functions: separate a song, export a session."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from core.arrays import FloatArray
from core.audio.reader import AudioInfo, read_blocks
from core.audio.writer import Encoding, StemWriter
from core.cancel import CancelToken
from core.engines import Engine, EngineOptions, Notify
from core.engines.cache import EngineCache
from core.models.catalogue import Model
from core.progress import Progress, ProgressMeter
from core.separation.separator import Mode, StemBlock, separate

if TYPE_CHECKING:
    from core.session import Session  # whose locks the command line has no use for

Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Separation:
    """What is to be separated, and how."""

    song: AudioInfo
    model: Model
    mode: Mode = "full"
    options: EngineOptions = field(default_factory=EngineOptions)
    offset_s: float = 0.0
    duration_s: float | None = None

    @property
    def length_s(self) -> float | None:
        """How much sound that is, as far as the file says."""
        if self.song.duration_s is None:
            return None
        rest = max(self.song.duration_s - self.offset_s, 0.0)
        return rest if self.duration_s is None else min(rest, self.duration_s)


class _Awaited:
    """Stands for an engine that is still being loaded: the song's beginning is read and transformed meanwhile."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine

    def estimates(self, magnitudes: Iterable[FloatArray]) -> Iterator[FloatArray]:
        """See Estimator.estimates."""
        source = iter(magnitudes)
        first = list(islice(source, 1))
        yield from self._engine().estimates(chain(first, source))


def separate_song(
    what: Separation,
    engines: EngineCache,
    cancel: CancelToken,
    deliver: Callable[[StemBlock], None],
    report: Report,
    notify: Notify,
) -> None:
    """Hands each block of the stems to ``deliver``. Raises what the reader, the engine and ``deliver`` raise.

    A TruncatedError comes after the stems of what is there. ``notify`` and the first ``report``, when the engine is ready,
    are called in a thread of the separation.
    """
    model = what.model
    options = what.options.exact() if what.mode == "reference" else what.options
    meter = ProgressMeter(what.length_s)

    def engine() -> Engine:
        loaded = engines.get(model, options, notify, cancel)
        report(meter.at(0.0))
        return loaded

    blocks = read_blocks(what.song.path, model.sample_rate, what.offset_s, what.duration_s)
    for block in separate(blocks, _Awaited(engine), model, what.mode, cancel):
        deliver(block)
        report(meter.at(block.end / model.sample_rate))
    cancel.raise_if_cancelled()


def export(
    session: "Session",
    targets: Mapping[str, Path],
    encoding: Encoding,
    overwrite: bool,
    cancel: CancelToken,
    report: Report,
) -> None:
    """Writes the stems in ``targets`` to WAV files, all or none. Raises OutputErrors and CancelledError."""
    meter = ProgressMeter(session.frames / session.rate)
    with StemWriter(targets, session.rate, encoding, overwrite) as writer:
        report(meter.at(0.0))
        for block in session.blocks():
            cancel.raise_if_cancelled()
            writer.write(block.stems)
            report(meter.at(block.end / session.rate))
