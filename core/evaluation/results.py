"""What an evaluation found: medians, and all of it as JSON."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from core.evaluation.frames import DoubleArray

Metric = Literal["sdr", "sir", "sar", "isr", "plain", "si-sdr"]
METRICS: tuple[Metric, ...] = get_args(Metric)
TITLES: Mapping[Metric, str] = {
    "sdr": "SDR", "sir": "SIR", "sar": "SAR", "isr": "ISR", "plain": "plain SDR", "si-sdr": "SI-SDR"
}  # fmt: skip

# dB by estimate, stem and metric: an array of frames, NaN where there is no figure, ±∞ where nothing or all is wrong.
Scores = Mapping[str, Mapping[str, Mapping[Metric, DoubleArray]]]


@dataclass(frozen=True)
class SongScores:
    """One song's figures."""

    name: str
    seconds: float
    scores: Scores

    def median(self, estimate: str, stem: str, metric: Metric) -> float:
        """Over frames, in dB; NaN if no frame has a figure."""
        return median(self.scores[estimate][stem][metric])


@dataclass
class Contest:
    """Models with the same stems, and the baselines, on the same songs."""

    stems: tuple[str, ...]
    estimates: tuple[str, ...]
    metrics: tuple[Metric, ...]
    songs: list[SongScores] = field(default_factory=list)

    def median(self, estimate: str, stem: str, metric: Metric) -> float:
        """Over the songs' medians, in dB; NaN if no song has a figure."""
        return median([song.median(estimate, stem, metric) for song in self.songs])


def median(values: Iterable[float]) -> float:
    """Of those that are numbers; NaN of none."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return math.nan
    with np.errstate(invalid="ignore"):  # the mean of ∞ and −∞
        return float(np.median(known))


def as_json(contests: Sequence[Contest], window_s: float, duration_s: float | None, with_frames: bool) -> dict[str, Any]:
    """All figures, for ``json.dumps``: null where there is none, "inf" and "-inf" for what JSON has no number for."""
    return {
        "window_s": window_s,
        "duration_s": duration_s,
        "aggregation": "median over frames, then over songs; dB",
        "contests": [
            {
                "stems": contest.stems,
                "metrics": contest.metrics,
                "median": _figures(contest, contest.median),
                "songs": [_song(contest, song, with_frames) for song in contest.songs],
            }
            for contest in contests
        ],
    }


def _song(contest: Contest, song: SongScores, with_frames: bool) -> dict[str, Any]:
    def frames(estimate: str, stem: str, metric: Metric) -> list[float | str | None]:
        return [_number(value) for value in song.scores[estimate][stem][metric]]

    found = {"name": song.name, "seconds": round(song.seconds, 3), "median": _figures(contest, song.median)}
    return found | ({"frames": _nested(contest, frames)} if with_frames else {})


def _figures(contest: Contest, figure: Any) -> dict[str, Any]:
    return _nested(contest, lambda *where: _number(figure(*where)))


def _nested(contest: Contest, value: Any) -> dict[str, Any]:
    """{estimate: {stem: {metric: value}}}."""
    return {
        estimate: {stem: {metric: value(estimate, stem, metric) for metric in contest.metrics} for stem in contest.stems}
        for estimate in contest.estimates
    }


def _number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return round(float(value), 4) if math.isfinite(value) else str(float(value))
