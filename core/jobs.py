"""The two long jobs of the window, as plain functions: separate a song into a session, export a session."""

from collections.abc import Callable, Mapping
from pathlib import Path

from core.audio.reader import AudioInfo, read_blocks
from core.audio.writer import Encoding, StemWriter
from core.cancel import CancelToken
from core.engines import DeviceChoice, EngineCache, Notify
from core.models.catalogue import Model
from core.progress import Progress, ProgressMeter
from core.separation.separator import Mode, separate
from core.session import Session

Report = Callable[[Progress], None]


def separate_into(
    session: Session,
    song: AudioInfo,
    model: Model,
    engines: EngineCache,
    cancel: CancelToken,
    report: Report,
    notify: Notify,
    *,
    device: DeviceChoice = "auto",
    mode: Mode = "full",
) -> None:
    """Fills ``session`` with the stems of ``song``. Raises what the reader, the engine and the session raise.

    After a TruncatedError the session holds the stems of what is there.
    """
    engine = engines.get(model, device, notify, cancel)
    meter = ProgressMeter(song.duration_s)
    report(meter.at(0.0))
    for block in separate(read_blocks(song.path, model.sample_rate), engine, model, mode, cancel):
        session.append(block)
        report(meter.at(block.end / model.sample_rate))
    cancel.raise_if_cancelled()


def export(
    session: Session,
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
