"""An evaluation as a picture (SVG): for each metric a row of panels, one a stem, with each song's figures.

A dot is the median over a song's frames, the bar behind it reaches from the first quartile of the frames to the third.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np

from core import drawing
from core.drawing import COLOURS, FONT, GRID, INK, SOFT
from core.evaluation.results import TITLES, Contest, Metric, SongScores
from core.evaluation.table import decibels_text
from core.messages import printable, stem_name

_WIDTH, _MARGIN, _NAMES_WIDTH, _GAP, _VALUES_WIDTH = 980, 28, 150, 26, 54
_LINE, _ROW_PADDING, _PANEL_HEAD, _AXIS, _TITLE_HEIGHT = 14, 10, 46, 30, 62
_LABEL_LENGTH = 22  # characters of a song's name; all of it is in the tooltip
_TICKS = 5
_FARTHEST = 40.0  # dB; what is beyond is drawn at the edge, so that the rest is not crowded

_COLOURS = ("#8A919C", "#E69F00", *COLOURS)  # grey and orange for the baselines
_BAND, _MEDIAN_BAND = "#F7F8FA", "#EEF3F8"


@dataclass(frozen=True)
class _Mark:
    """A figure: all in dB; the quartiles are those of the frames."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class _Scale:
    """From dB to a place between ``left`` and ``right``."""

    ticks: tuple[float, ...]
    left: float
    right: float

    def at(self, value: float) -> float:
        first, last = self.ticks[0], self.ticks[-1]
        share = (min(max(value, first), last) - first) / (last - first)
        return self.left + share * (self.right - self.left)


def svg(contests: Sequence[Contest], title: str, note: str) -> str:
    """The picture, of a width of 980 and as high as it takes."""
    parts: list[str] = [drawing.text(_MARGIN, 34, title, 18, INK, "bold"), drawing.text(_MARGIN, 54, note, 12, SOFT)]
    top = float(_TITLE_HEIGHT)
    for contest in contests:
        parts.append(_legend(contest, top + 18))
        top += 34
        for metric in contest.metrics:
            parts += _panels(contest, metric, top)
            top += _PANEL_HEAD + _AXIS + _height(contest) * (len(contest.songs) + _has_median(contest))
        top += 16
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top:.0f}" viewBox="0 0 {_WIDTH} {top:.0f}" '
        f'font-family="{FONT}" role="img">\n<title>{escape(title)}</title>\n'
    )
    return head + f'<rect width="{_WIDTH}" height="{top:.0f}" fill="#FFFFFF"/>\n' + "\n".join(parts) + "\n</svg>\n"


def _height(contest: Contest) -> float:
    return _LINE * len(contest.estimates) + _ROW_PADDING


def _has_median(contest: Contest) -> bool:
    """Of one song alone there is no median over songs."""
    return len(contest.songs) > 1


def _legend(contest: Contest, y: float) -> str:
    parts, x = [], float(_MARGIN)
    for estimate, colour in zip(contest.estimates, _colours(contest), strict=True):
        parts.append(f'<circle cx="{x + 5:.1f}" cy="{y - 4:.1f}" r="5" fill="{colour}"/>')
        parts.append(drawing.text(x + 16, y, estimate, 12.5, INK))
        x += 16 + 7.6 * len(estimate) + 24
    return "\n".join(parts)


def _colours(contest: Contest) -> list[str]:
    """The same for a baseline in every group; ``mixture`` is the first estimate, then perhaps ``centre``."""
    has_centre = contest.estimates[1] == "centre"
    colours = _COLOURS if has_centre else (_COLOURS[0], *_COLOURS[2:])
    return [colours[index % len(colours)] for index in range(len(contest.estimates))]


def _panels(contest: Contest, metric: Metric, top: float) -> Iterator[str]:
    """One metric: the names of the songs, and a panel for each stem with the same scale."""
    songs: list[SongScores | None] = [*contest.songs, *([None] if _has_median(contest) else [])]
    height = _height(contest)
    first_row = top + _PANEL_HEAD
    ticks = _ticks([_mark(contest, song, metric, *at) for song in songs for at in _places(contest)])
    width = (_WIDTH - 2 * _MARGIN - _NAMES_WIDTH - _GAP * (len(contest.stems) - 1)) / len(contest.stems)
    yield drawing.text(_MARGIN, top + 36, f"{TITLES[metric]} (dB)", 14, INK, "bold")
    for index, song in enumerate(songs):
        y = first_row + index * height
        fill = _MEDIAN_BAND if song is None else (_BAND if index % 2 == 0 else "#FFFFFF")
        yield drawing.rect(_MARGIN, y, _WIDTH - 2 * _MARGIN, height, fill)
        yield _song_label(song, y + height / 2 + 4)
    for number, stem in enumerate(contest.stems):
        left = _MARGIN + _NAMES_WIDTH + number * (width + _GAP)
        scale = _Scale(ticks, left + 8, left + width - _VALUES_WIDTH)
        yield drawing.text(left + 8, top + 36, stem_name(stem), 12.5, SOFT, "bold")
        yield from _axis(scale, first_row, first_row + height * len(songs))
        for index, song in enumerate(songs):
            yield from _row(contest, song, metric, stem, scale, first_row + index * height, left + width - 6)


def _places(contest: Contest) -> list[tuple[str, str]]:
    return [(estimate, stem) for estimate in contest.estimates for stem in contest.stems]


def _song_label(song: SongScores | None, y: float) -> str:
    if song is None:
        return drawing.text(_MARGIN + 8, y, "median of songs", 12, INK, "bold")
    name = printable(song.name)
    shown = name if len(name) <= _LABEL_LENGTH else name[: _LABEL_LENGTH - 1] + "…"
    return f"<g><title>{escape(name)}</title>{drawing.text(_MARGIN + 8, y, shown, 12, INK)}</g>"


def _mark(contest: Contest, song: SongScores | None, metric: Metric, estimate: str, stem: str) -> _Mark:
    """Of a song; of the songs' medians, without quartiles, where ``song`` is None."""
    if song is None:
        value = contest.median(estimate, stem, metric)
        return _Mark(value, value, value)
    frames = song.scores[estimate][stem][metric]
    finite = frames[np.isfinite(frames)]
    low, high = np.quantile(finite, (0.25, 0.75)) if len(finite) else (math.nan, math.nan)
    return _Mark(song.median(estimate, stem, metric), float(low), float(high))


def _ticks(marks: Sequence[_Mark]) -> tuple[float, ...]:
    """Round values around all marks that are not too far off, and around 0."""
    values = [value for mark in marks for value in (mark.value, mark.low, mark.high) if abs(value) <= _FARTHEST]
    low, high = min([*values, 0.0]), max([*values, 1.0])
    rough = (high - low) / _TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return tuple(step * index for index in range(first, last + 1))


def _axis(scale: _Scale, top: float, bottom: float) -> Iterator[str]:
    for tick in scale.ticks:
        x = scale.at(tick)
        colour, width = ("#A9B1BD", 1.2) if tick == 0 else (GRID, 1)
        yield f'<line x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" y2="{bottom:.1f}" stroke="{colour}" stroke-width="{width}"/>'
        label = f"{tick:g}".replace("-", "−")
        yield drawing.text(x, bottom + 16, label, 11, SOFT, anchor="middle")


def _row(
    contest: Contest, song: SongScores | None, metric: Metric, stem: str, scale: _Scale, top: float, right: float
) -> Iterator[str]:
    """The marks of one song in one panel, a line each, and their values at ``right``."""
    for index, (estimate, colour) in enumerate(zip(contest.estimates, _colours(contest), strict=True)):
        mark = _mark(contest, song, metric, estimate, stem)
        y = top + _ROW_PADDING / 2 + (index + 0.5) * _LINE
        if mark.high > mark.low:
            yield drawing.rect(scale.at(mark.low), y - 2.5, scale.at(mark.high) - scale.at(mark.low), 5, colour, 0.28)
        if not math.isnan(mark.value):
            yield f'<circle cx="{scale.at(mark.value):.1f}" cy="{y:.1f}" r="4.2" fill="{colour}" stroke="#FFFFFF"/>'
        text = decibels_text(mark.value).replace("-inf", "−∞").replace("inf", "∞").replace("-", "−")
        yield drawing.text(right, y + 4, text, 11, INK, "bold" if song is None else "normal", "end")
