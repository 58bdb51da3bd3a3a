"""Opens a song again from the stems that were exported of it, without separating it."""

import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.arrays import FloatArray
from core.audio.reader import AudioInfo, probe, read_blocks
from core.cancel import CancelToken
from core.errors import NotExportedError, StemChangedError, StemMissingError
from core.history import Entry
from core.pipeline import ahead
from core.progress import Progress, ProgressMeter
from core.separation.separator import StemBlock
from core.session import Session

BLOCK_FRAMES = 65536


def reopen(entry: Entry, cancel: CancelToken, report: Callable[[Progress], None]) -> Session:
    """The session of the entry's song, as it was when its stems were exported, as far as their format can hold that.

    Raises what ``stem_blocks`` raises, and OutputErrors where the session has no place; nothing is left then.
    """
    check(entry)
    session = Session(Path(entry.song), entry.stems, entry.rate)
    meter = ProgressMeter(entry.length_s)
    try:
        report(meter.at(0.0))
        with contextlib.closing(stem_blocks(entry, cancel)) as blocks:
            for block in blocks:
                session.append(block)
                report(meter.at(block.end / entry.rate))
    except BaseException:
        session.close()
        raise
    return session


def stem_blocks(entry: Entry, cancel: CancelToken) -> Generator[StemBlock, None, None]:
    """Consecutive blocks of the stems, at their rate, together as long as the song.

    Raises NotExportedError, StemMissingError, StemChangedError, other InputErrors, and CancelledError between blocks once
    ``cancel`` is set.
    """
    check(entry)
    factor = np.float32(10 ** (-entry.gain_db / 20))
    with contextlib.ExitStack() as opened:
        sources = {
            stem: opened.enter_context(contextlib.closing(ahead(_exact(Path(entry.files[stem].path), entry, factor))))
            for stem in entry.stems
        }
        for start in range(0, entry.frames, BLOCK_FRAMES):
            cancel.raise_if_cancelled()
            yield StemBlock(start, {stem: next(source) for stem, source in sources.items()})


def check(entry: Entry) -> None:
    """Raises NotExportedError, StemMissingError or StemChangedError unless all stems are as they were exported."""
    if not entry.files:
        raise NotExportedError(path=Path(entry.song))
    for file in entry.files.values():
        found = file.stamp.files(file.path)
        if found == "missing":
            raise StemMissingError(path=Path(file.path))
        if found == "changed":
            raise StemChangedError(path=Path(file.path))


def song_info(entry: Entry) -> AudioInfo:
    """What is known of the song from its stems: it may itself be gone. Raises what ``check`` raises, and InputErrors."""
    check(entry)
    stem = probe(Path(entry.files[entry.stems[0]].path))
    return replace(stem, path=Path(entry.song), duration_s=entry.length_s, sample_rate=entry.rate)


def _exact(path: Path, entry: Entry, factor: np.float32) -> Generator[FloatArray, None, None]:
    """The stem in blocks (BLOCK_FRAMES, 2), the last one shorter; as long as the song, with silence where it ends before."""
    waiting: Iterator[FloatArray] = iter(read_blocks(path, entry.rate))
    rest = np.empty((0, 2), np.float32)
    for start in range(0, entry.frames, BLOCK_FRAMES):
        block = np.zeros((min(BLOCK_FRAMES, entry.frames - start), 2), np.float32)
        filled = 0
        while filled < len(block):
            if not len(rest):
                found = next(waiting, None)
                if found is None:
                    break
                rest = found
            part = rest[: len(block) - filled]
            block[filled : filled + len(part)] = part
            filled, rest = filled + len(part), rest[len(part) :]
        yield block if factor == 1 else block * factor
