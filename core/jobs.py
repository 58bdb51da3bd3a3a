"""The long jobs as plain functions: separate a song, export a session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.audio.reader import AudioInfo, read_blocks
from core.audio.writer import Encoding, StemWriter
from core.cancel import CancelToken
from core.engines import EngineOptions, Notify
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


def engine_options(wanted: EngineOptions, mode: Mode) -> EngineOptions:
    """As wanted; Spleeter's own output is computed in its own precision unless another one is asked for."""
    return replace(wanted, precision="f32") if mode == "reference" and wanted.precision == "auto" else wanted


def separate_song(
    what: Separation,
    engines: EngineCache,
    cancel: CancelToken,
    deliver: Callable[[StemBlock], None],
    report: Report,
    notify: Notify,
) -> None:
    """Hands each block of the stems to ``deliver``. Raises what the reader, the engine and ``deliver`` raise.

    A TruncatedError comes after the stems of what is there.
    """
    model = what.model
    engine = engines.get(model, engine_options(what.options, what.mode), notify, cancel)
    meter = ProgressMeter(what.length_s)
    report(meter.at(0.0))
    blocks = read_blocks(what.song.path, model.sample_rate, what.offset_s, what.duration_s)
    for block in separate(blocks, engine, model, what.mode, cancel):
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
