"""The long jobs as plain functions: separate a song, export a session."""

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.arrays import FloatArray, peak_of
from core.audio import tags as song_tags
from core.audio.formats import HIGHEST_RATE, LOWEST_RATE
from core.audio.levels import common_gain
from core.audio.mixdown import Region, mixed, resampled
from core.audio.part_file import Transaction
from core.audio.reader import AudioInfo, read_blocks
from core.audio.tags import Tags
from core.audio.writer import AllTags, Sound, StemWriter
from core.cancel import CancelToken
from core.engines import Engine, EngineOptions, Notify
from core.engines.cache import EngineCache
from core.engines.choice import ChosenEngine
from core.errors import output_errors
from core.messages import Notice
from core.models.catalogue import Model
from core.progress import Progress, ProgressMeter
from core.separation import demucs
from core.separation.care import Care
from core.separation.mode import Mode
from core.separation.separator import StemBlock, separate

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
    mwf: bool = False  # by a multichannel Wiener filter
    wanted_rate: int | None = None  # of the stems, in full mode; None: that of the song
    care: Care = field(default_factory=Care)  # of a model that is not of Demucs' only its ``two_stems`` count

    @property
    def stems(self) -> tuple[str, ...]:
        """What comes of it, in the order of output."""
        return self.care.stems_of(self.model)

    @property
    def rate(self) -> int:
        """Of the stems: the song's own if nothing else is wanted. Spleeter's own output has its model's."""
        if self.mode == "reference":
            return self.model.sample_rate
        return self.wanted_rate or min(max(self.song.sample_rate, LOWEST_RATE), HIGHEST_RATE)

    @property
    def channels(self) -> int:
        """Of the files."""
        return channels_for(self.song)

    @property
    def length_s(self) -> float | None:
        """How much sound that is, as far as the file says."""
        if self.song.duration_s is None:
            return None
        rest = max(self.song.duration_s - self.offset_s, 0.0)
        return rest if self.duration_s is None else min(rest, self.duration_s)


def channels_for(song: AudioInfo) -> int:
    """Of the files of its stems: a song that is mono gives stems that are."""
    return 1 if song.channels == 1 else 2


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

    def engine() -> ChosenEngine:
        loaded = engines.get(model, options, notify, cancel)
        report(meter.at(0.0))
        return loaded

    def read(rate: int) -> Iterator[FloatArray]:
        return read_blocks(what.song.path, rate, what.offset_s, what.duration_s, what.song.track)

    if model.bag:  # whose own output comes from a conversion of its own
        rate = what.song.sample_rate if what.mode == "reference" else what.rate
        blocks = demucs.separate(lambda: read(rate), engine, model, what.mode, cancel, rate, what.care)
    else:
        blocks = separate(read(what.rate), _Awaited(engine), model, what.mode, cancel, what.rate, what.mwf)
    for block in blocks:
        deliver(demucs.in_two(block, what.care.two_stems) if what.care.two_stems else block)
        report(meter.at(block.end / what.rate))
    cancel.raise_if_cancelled()


@dataclass(frozen=True)
class Files:
    """Where stems are written, and how: all files or none."""

    targets: Mapping[str, Path]
    sound: Sound
    overwrite: bool = False
    tags: Callable[[], AllTags] = dict

    @property
    def lowers(self) -> bool:
        """Whether all stems get a gain when one exceeds full scale."""
        return self.sound.clips and self.sound.loud == "gain"

    def writer(self) -> StemWriter:
        return StemWriter(self.targets, self.sound, self.overwrite, self.tags)


def stem_tags(song: Path, titles: Mapping[str, str]) -> AllTags:
    """The tags of the song for each stem that has a title."""
    return song_tags.for_stems(song_tags.read(song), song.stem, titles)


@dataclass(frozen=True)
class Written:
    """What was written of each stem, the factor that all of them got, and the largest absolute sample of each file then."""

    frames: int
    gain: float
    peaks: Mapping[str, float]


def separate_to_files(
    what: Separation, files: Files, engines: EngineCache, cancel: CancelToken, report: Report, notify: Notify
) -> Written:
    """Writes the stems as they come. Raises what ``separate_song`` raises, and OutputErrors.

    That a stem exceeds full scale is known when it is written: then all of them are written again, quieter, from where they
    were kept meanwhile.
    """
    with contextlib.ExitStack() as opened:
        kept: list[Session] = []
        frames = 0
        keeper = opened.enter_context(ThreadPoolExecutor(1, "antara-keeper"))
        writer = opened.enter_context(files.writer())

        def keep(block: StemBlock) -> None:
            if not kept:
                from core.session import Session, remove_stale_sessions  # late: slow to import

                remove_stale_sessions()
                session = Session(what.song.path, what.stems, what.rate)
                kept.append(opened.enter_context(contextlib.closing(session)))
            kept[0].append(block)

        def deliver(block: StemBlock) -> None:
            nonlocal frames
            frames = block.end
            keeping = keeper.submit(keep, block) if files.lowers else None
            if not keeping or writer.peak <= 1:  # else what is being written is good for nothing
                writer.write(block.stems)
            if keeping:
                keeping.result()

        separate_song(what, engines, cancel, deliver, report, notify)
        gain = common_gain(kept[0].peaks.values()) if kept else 1.0
        if gain < 1:
            notify(_lowered(gain))
            writer.restart(gain)
            _write(writer, kept[0].blocks(), cancel, lambda end_s: None)
    return Written(frames, gain, writer.peaks)


def export(
    session: "Session",
    files: Files,
    cancel: CancelToken,
    report: Report,
    notify: Notify,
    gains: Mapping[str, float] | None = None,
    region: Region | None = None,
) -> Written:
    """Writes the stems of a session, or with ``gains`` their mix as a stem of the name "mix"; all of it, or a region.

    The stems are resampled if the rate of ``files`` is another one. Raises OutputErrors and CancelledError.
    """
    rate, length_s = files.sound.rate, (region.frames if region else session.frames) / session.rate

    def blocks() -> Iterator[StemBlock]:
        taken = _taken(session, region, gains)
        return taken if rate == session.rate else resampled(taken, session.rate, rate)

    # Of all stems of the song, so that those exported alone fit the others. Of a mix, and of what resampling makes of peaks,
    # only writing it tells.
    gain = common_gain(session.peaks.values()) if files.lowers and gains is None else 1.0
    with files.writer() as writer:
        if gain < 1:
            writer.restart(gain)
        peak = _write(writer, blocks(), cancel, _reporter(length_s, report))
        if files.lowers and peak * gain > 1:
            gain = common_gain([peak])
            writer.restart(gain)
            _write(writer, blocks(), cancel, _reporter(length_s, report))
    if gain < 1:
        notify(_lowered(gain))
    return Written(round(length_s * rate), gain, writer.peaks)


def export_ni_stems(
    session: "Session",
    path: Path,
    codec: Literal["aac", "alac"],
    overwrite: bool,
    tags: Tags | None,
    cancel: CancelToken,
    report: Report,
    notify: Notify,
    region: Region | None = None,
) -> Written:
    """Writes a stem file for DJ programs: the song and four stems. Raises OutputErrors and CancelledError."""
    from core.audio.ni_stems import NiStemsWriter, in_four

    tell = _reporter((region.frames if region else session.frames) / session.rate, report)
    gain = np.float32(common_gain(session.peaks.values()))
    with Transaction([path], overwrite) as (part,), output_errors(path):
        writer = NiStemsWriter(part.file, session.rate, codec)
        for block in _taken(session, region):
            cancel.raise_if_cancelled()
            four = {stem: samples * gain for stem, samples in in_four(block.stems).items()}
            writer.write(np.sum(list(four.values()), axis=0), four)
            tell(block.end / session.rate)
        writer.finish()
        part.file.flush()
        if tags:
            song_tags.write(part.part, tags)
        part.sync()
    if gain < 1:
        notify(_lowered(float(gain)))
    frames = region.frames if region else session.frames
    return Written(frames, float(gain), {stem: peak * float(gain) for stem, peak in session.peaks.items()})


def _taken(session: "Session", region: Region | None, gains: Mapping[str, float] | None = None) -> Iterator[StemBlock]:
    """What an export takes of a session, at the session's rate."""
    if region:
        from core.audio.clips import region_blocks  # late: pydub

        return region_blocks(session, region, gains)
    return session.blocks() if gains is None else mixed(session.blocks(), gains)


def _write(writer: StemWriter, blocks: Iterator[StemBlock], cancel: CancelToken, tell: Callable[[float], None]) -> float:
    """All of it; ``tell`` learns how many seconds are written. Returns the peak of all stems, also those without a file."""
    peak = 0.0
    for block in blocks:
        cancel.raise_if_cancelled()
        writer.write(block.stems)
        peak = max(peak, *map(peak_of, block.stems.values()))
        tell(block.end / writer.rate)
    return peak


def _reporter(length_s: float, report: Report) -> Callable[[float], None]:
    """Reports from 0 on what is done of ``length_s``."""
    meter = ProgressMeter(length_s)
    report(meter.at(0.0))
    return lambda done_s: report(meter.at(done_s))


def _lowered(gain: float) -> Notice:
    return Notice("levels_lowered", {"reduction_db": -20 * math.log10(gain)})
