"""One song: its true stems, what each model and baseline makes of the mix, and the metrics."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np

from core.arrays import FloatArray
from core.cancel import CancelToken
from core.engines import Estimator
from core.evaluation import baselines, bss_eval, plain
from core.evaluation.frames import DoubleArray, Signals
from core.evaluation.results import Contest, Metric, Scores, SongScores
from core.evaluation.spool import Spool, SpooledTrack
from core.evaluation.truth import RATE, Sound, TrueSong
from core.models.catalogue import Model
from core.progress import Progress, ProgressMeter
from core.separation import demucs
from core.separation.mode import Mode
from core.separation.separator import StemBlock, separate

MIXTURE, CENTRE = "mixture", "centre"  # the names of the baselines among those of the models

_BLOCK = 65536
_PLAIN: Mapping[Metric, plain.Ratio] = {"plain": plain.plain_sdr, "si-sdr": plain.si_sdr}


@dataclass(frozen=True)
class Evaluation:
    """What is to be found out. The models of one evaluation have the same stems."""

    models: tuple[Model, ...]
    metrics: tuple[Metric, ...]
    window_s: float = 1.0
    duration_s: float | None = None  # of each song, from its beginning; None: all
    mode: Mode = "full"

    @property
    def stems(self) -> tuple[str, ...]:
        return self.models[0].stems

    @property
    def window(self) -> int:
        """In samples."""
        return max(round(self.window_s * RATE), 1)

    def work_s(self, song_s: float) -> float:
        """How many seconds of music there are to work through: the song for each model, and once for the metrics."""
        return song_s * (len(self.models) + 1)

    def contest(self) -> Contest:
        """For the songs' scores to be put in."""
        centre = (CENTRE,) if "vocals" in self.stems else ()
        return Contest(self.stems, (MIXTURE, *centre, *(model.name for model in self.models)), self.metrics)


def by_stems(models: Iterable[Model]) -> list[tuple[Model, ...]]:
    """The models that can be held against one another: those with the same stems."""
    groups: dict[tuple[str, ...], list[Model]] = {}
    for model in models:
        groups.setdefault(model.stems, []).append(model)
    return [tuple(group) for group in groups.values()]


def evaluate_song(
    song: TrueSong,
    what: Evaluation,
    engine: Callable[[Model], Estimator],
    cancel: CancelToken,
    report: Callable[[Progress], None],
) -> SongScores:
    """All figures of one song. Raises NoTruthError, InputErrors, EngineErrors, OutputErrors of the cache, CancelledError.

    ``report`` hears how much of ``work_s`` is done.
    """
    parts = song.truth(what.stems, what.models[0].name)
    with Spool() as spool:
        references, mix = _read(spool, song, parts.values(), what.duration_s, cancel)
        seconds = max(map(len, references)) / RATE
        meter = ProgressMeter(what.work_s(seconds))

        def tell(before: int, done_s: float) -> None:
            cancel.raise_if_cancelled()
            report(meter.at(before * seconds + done_s))

        estimates = _baselines(spool, mix, what.stems)
        for before, model in enumerate(what.models):
            blocks = _stem_blocks(mix, engine(model), model, what.mode, cancel)
            tell(before, 0.0)
            estimates[model.name] = _separated(spool, blocks, partial(tell, before))
        scores = _scores(references, estimates, what, lambda fraction: tell(len(what.models), fraction * seconds))
    return SongScores(song.name, seconds, scores)


def _stem_blocks(
    mix: FloatArray, engine: Estimator, model: Model, mode: Mode, cancel: CancelToken
) -> Generator[StemBlock, None, None]:
    if model.bag:
        return demucs.separate(lambda: _blocks(mix), lambda: cast(demucs.Engine, engine), model, mode, cancel, RATE)
    return separate(_blocks(mix), engine, model, mode, cancel, RATE)


def _read(
    spool: Spool, song: TrueSong, sums: Iterable[Sequence[str]], duration_s: float | None, cancel: CancelToken
) -> tuple[list[FloatArray], FloatArray]:
    """The true stems, each of them the sum of some of the song's, and the mix."""

    def keep(sound: Sound) -> FloatArray:
        return spool.keep(checked(sound.blocks(duration_s)))

    def checked(blocks: Iterator[FloatArray]) -> Iterator[FloatArray]:
        for block in blocks:
            cancel.raise_if_cancelled()
            yield block

    kept = {name: keep(sound) for name, sound in song.stems.items()}
    length = max(map(len, kept.values()))
    references = [_summed(spool, [kept[name] for name in names], length) for names in sums]
    return references, keep(song.mixture) if song.mixture else _summed(spool, list(kept.values()), length)


def _summed(spool: Spool, signals: Sequence[FloatArray], length: int) -> FloatArray:
    if len(signals) == 1:
        return signals[0]
    padded = Signals(signals, length)

    def blocks() -> Iterator[FloatArray]:
        for start in range(0, length, _BLOCK):
            channels = padded.part(start, min(start + _BLOCK, length))
            yield channels.reshape(len(signals), 2, -1).sum(axis=0).T.astype(np.float32)

    return spool.keep(blocks())


def _blocks(mix: FloatArray) -> Iterator[FloatArray]:
    return (mix[start : start + _BLOCK] for start in range(0, len(mix), _BLOCK))


def _baselines(spool: Spool, mix: FloatArray, stems: Sequence[str]) -> dict[str, list[FloatArray]]:
    """The mix as each stem; the centre as the vocals and what that leaves as each other stem."""
    found = {MIXTURE: [mix for _ in stems]}
    if "vocals" in stems:
        middle = spool.keep(baselines.centre(mix, RATE))
        sides = spool.keep(baselines.without(mix, middle))
        found[CENTRE] = [middle if stem == "vocals" else sides for stem in stems]
    return found


def _separated(spool: Spool, blocks: Generator[StemBlock, None, None], tell: Callable[[float], None]) -> list[FloatArray]:
    """The stems in the order of the model; ``tell`` hears how many seconds are done."""
    tracks: dict[str, SpooledTrack] = {}
    with closing(blocks):
        for block in blocks:
            for stem, samples in block.stems.items():
                if stem not in tracks:
                    tracks[stem] = spool.track()
                tracks[stem].append(samples)
            tell(block.end / RATE)
    return [track.samples() for track in tracks.values()]


def _scores(
    references: Sequence[FloatArray],
    estimates: Mapping[str, Sequence[FloatArray]],
    what: Evaluation,
    tick: Callable[[float], None],
) -> Scores:
    """``tick`` hears which fraction is done."""
    scores: dict[str, dict[str, dict[Metric, DoubleArray]]] = {name: {stem: {} for stem in what.stems} for name in estimates}
    if set(what.metrics) & set(bss_eval.METRICS):
        found = bss_eval.bss_eval(references, list(estimates.values()), what.window, tick)
        for name, by_metric in zip(estimates, found, strict=True):
            for of_bss, rows in by_metric.items():
                for stem, row in zip(what.stems, rows, strict=True):
                    scores[name][stem][of_bss] = row
    true = Signals(references, max(map(len, references)))
    for metric, ratio in _PLAIN.items():
        for name, signals in estimates.items() if metric in what.metrics else ():
            tick(1.0)
            rows = plain.framewise(ratio, true, Signals(signals, true.length), what.window)
            for stem, row in zip(what.stems, rows, strict=True):
                scores[name][stem][metric] = row
    return scores
