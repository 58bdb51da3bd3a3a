"""An evaluation as text: a table for each group of models, of a song or of all."""

import math
from collections.abc import Callable, Iterator

from core.evaluation.results import TITLES, Contest, Metric, SongScores
from core.messages import printable, stem_name

_COLUMN = 11


def of_song(contest: Contest, song: SongScores) -> str:
    """One song's medians over frames."""
    return "\n".join(_lines(contest, printable(song.name), song.median))


def of_all(contest: Contest) -> str:
    """The medians over all songs."""
    count = len(contest.songs)
    return "\n".join(_lines(contest, "1 song" if count == 1 else f"median of {count} songs", contest.median))


def _lines(contest: Contest, title: str, figure: Callable[[str, str, Metric], float]) -> Iterator[str]:
    """A block of lines for each stem, with a line for each estimate and a column for each metric."""
    first = max(map(len, (title, *(f"  {name}" for name in contest.estimates))))
    yield f"{title:{first}}" + "".join(f"{TITLES[metric]:>{_COLUMN}}" for metric in contest.metrics)
    for stem in contest.stems:
        yield stem_name(stem)
        for estimate in contest.estimates:
            figures = (decibels_text(figure(estimate, stem, metric)) for metric in contest.metrics)
            yield f"  {estimate:{first - 2}}" + "".join(f"{text:>{_COLUMN}}" for text in figures)


def decibels_text(value: float) -> str:
    """``4.77``; ``-`` where there is no figure."""
    return "-" if math.isnan(value) else f"{value:.2f}"
