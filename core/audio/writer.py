"""Writes the stems of a song into files, in any format, as they come."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from core.arrays import FloatArray, peak_of
from core.audio import tags as song_tags
from core.audio.encoders import Encoder, open_encoder
from core.audio.formats import Format, rate_for
from core.audio.levels import Limiter, Loud
from core.audio.part_file import PartFile, Transaction
from core.audio.reader import probe, read_blocks
from core.audio.tags import Tags
from core.errors import InputError, OutputDamagedError, output_error, output_errors

# Where a stem is louder than this for the first time, its file must not be silent. −50 dBFS.
_AUDIBLE = 10 ** (-50 / 20)
_LOOK_S = 0.5  # how much of the file is looked at there
_LENGTH_S = 0.25  # how far the length may be off: formats without one are estimated by their bit rate


@dataclass(frozen=True)
class Sound:
    """What all files of a song have in common. ``channels``: 1 takes the left channel, for a song that is mono."""

    rate: int
    channels: int = 2
    format: Format = field(default_factory=Format)
    loud: Loud = "gain"

    @property
    def clips(self) -> bool:
        """Whether samples above full scale would be cut off."""
        return not self.format.keeps_over_full_scale


AllTags = Mapping[str, Tags]  # by stem


class StemWriter:
    """Writes blocks of stems to one file a stem. Used with ``with``: the files appear together at its end.

    When the block is left by an exception nothing stays behind, and earlier files of the same names are as they were.
    Raises OutputExistsError before anything is written unless ``overwrite``; OutputNotWritableError, DiskFullError, and
    OutputDamagedError when a file is not what was written into it.
    """

    def __init__(
        self, targets: Mapping[str, Path], sound: Sound, overwrite: bool = False, tags: Callable[[], AllTags] = dict
    ) -> None:
        """``tags`` is called in a thread, while samples are written."""
        self._targets, self._sound, self._find_tags = targets, sound, tags
        self._transaction = Transaction(targets.values(), overwrite)
        self._files: dict[str, _StemFile] = {}
        self._gain = np.float32(1)
        self._pool = ThreadPoolExecutor(max(len(targets), 1), "antara-writer")  # encoding can take longer than separating

    def __enter__(self) -> Self:
        parts = self._transaction.begin()
        try:
            for seed, (stem, part) in enumerate(zip(self._targets, parts, strict=True)):
                self._files[stem] = _StemFile(part, self._sound, seed)
        except OSError as error:
            self._abandon()
            raise output_error(part.path, error) from error
        self._tags = self._pool.submit(self._find_tags)
        return self

    def write(self, stems: Mapping[str, FloatArray]) -> None:
        """Appends (n, 2) samples of each stem that has a target."""

        def write(stem: str) -> None:
            samples = stems[stem][:, : self._sound.channels]
            self._files[stem].write(samples if self._gain == 1 else samples * self._gain)

        list(self._pool.map(write, self._files))

    @property
    def rate(self) -> int:
        return self._sound.rate

    @property
    def peak(self) -> float:
        """The largest absolute sample of all stems so far."""
        return max(self.peaks.values(), default=0.0)

    @property
    def peaks(self) -> dict[str, float]:
        """The same of each stem."""
        return {stem: file.peak for stem, file in self._files.items()}

    def restart(self, gain: float) -> None:
        """Forgets what was written; everything comes again, and is multiplied by ``gain``."""
        self._gain = np.float32(gain)
        for file in self._files.values():
            with output_errors(file.path):
                file.restart()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._abandon()
            return
        try:
            tags = self._tags.result()
            list(self._pool.map(lambda stem: self._files[stem].finish(tags.get(stem)), self._files))
        except BaseException:
            self._abandon()
            raise
        self._pool.shutdown()
        self._transaction.commit()

    def _abandon(self) -> None:
        self._pool.shutdown()
        for file in self._files.values():
            file.discard()
        self._transaction.abandon()


class _StemFile:
    """One of the files."""

    def __init__(self, part: PartFile, sound: Sound, seed: int) -> None:
        self.path, self._part, self._sound, self._seed = part.path, part, sound, seed
        self._encoder: Encoder | None = None
        self.restart()

    def restart(self) -> None:
        """Empty again. Raises OSError."""
        self.discard()
        file = self._part.file
        file.seek(0)
        file.truncate()
        sound = self._sound
        self.peak, self._frames = 0.0, 0
        self._audible_at: int | None = None
        self._encoder = open_encoder(file, sound.format, sound.rate, sound.channels, self._seed)
        self._limiter = Limiter(sound.rate, sound.channels) if sound.clips and sound.loud == "limit" else None

    def discard(self) -> None:
        """Nothing more gets into the file."""
        if self._encoder:
            self._encoder.discard()

    def write(self, samples: FloatArray) -> None:
        """Appends (n, channels). Raises OutputErrors."""
        assert self._encoder
        peak = peak_of(samples)
        if self._audible_at is None and peak > _AUDIBLE:
            self._audible_at = self._frames + int(np.argmax(np.abs(samples).max(axis=1) > _AUDIBLE))
        self.peak = max(self.peak, peak)
        self._frames += len(samples)
        with output_errors(self.path):
            for ready in self._limiter.push(samples) if self._limiter else (samples,):
                self._encoder.write(ready)

    def finish(self, tags: Tags | None) -> None:
        """Everything is in the file, still under its temporary name. Raises OutputErrors."""
        assert self._encoder
        with output_errors(self.path):
            for ready in self._limiter.drain() if self._limiter else ():
                self._encoder.write(ready)
            self._encoder.finish()
            self._part.file.flush()
            if tags is not None:
                song_tags.write(self._part.part, tags)
            self._part.sync()
        if self._frames:
            self._check()

    def _check(self) -> None:
        """Reads the file as any other. Raises OutputDamagedError unless it is what was written."""
        sound, part = self._sound, self._part.part
        try:
            info = probe(part)
            if (info.channels, info.sample_rate) != (sound.channels, rate_for(sound.format.codec, sound.rate)):
                raise OutputDamagedError(path=self.path, detail="its rate or channels are wrong")
            if info.duration_s is not None and abs(info.duration_s - self._frames / sound.rate) > _LENGTH_S:
                raise OutputDamagedError(path=self.path, detail="its length is wrong")
            if self._audible_at is not None:
                start_s = max(self._audible_at / sound.rate - _LOOK_S / 2, 0)
                heard = max(map(peak_of, read_blocks(part, sound.rate, start_s, _LOOK_S)), default=0.0)
                if heard < _AUDIBLE / 4:
                    raise OutputDamagedError(path=self.path, detail="it is silent")
        except InputError as error:
            raise OutputDamagedError(path=self.path, detail="it cannot be read") from error
