"""The pictures of a run's report (SVG): bars over time, bars by name."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from core.drawing import COLOURS, FONT, GRID, INK, SOFT, rect, text
from core.messages import printable
from core.progress import clock_text

_WIDTH, _MARGIN, _HEAD, _PLOT, _LINE, _NAMES, _VALUES = 980, 28, 40, 180, 22, 260, 110


def over_time(title: str, unit: str, values: Sequence[float], step_s: float) -> str:
    """A bar for each step of time, from the start of the run on."""
    top, bottom = _HEAD, _HEAD + _PLOT
    highest = max(values, default=0.0) or 1.0
    width = (_WIDTH - 2 * _MARGIN) / max(len(values), 1)
    parts = [text(_MARGIN, 24, f"{title} ({unit})", 14, INK, "bold")]
    parts.append(f'<line x1="{_MARGIN}" y1="{bottom}" x2="{_WIDTH - _MARGIN}" y2="{bottom}" stroke="{GRID}"/>')
    for index, value in enumerate(values):
        height = _PLOT * value / highest
        parts.append(rect(_MARGIN + index * width + 0.5, bottom - height, max(width - 1, 0.5), height, COLOURS[0]))
    parts.append(text(_WIDTH - _MARGIN, top - 6, f"highest: {highest:.4g}", 11, SOFT, anchor="end"))
    parts.append(text(_MARGIN, bottom + 16, "0:00", 11, SOFT))
    parts.append(text(_WIDTH - _MARGIN, bottom + 16, clock_text(len(values) * step_s), 11, SOFT, anchor="end"))
    return _picture(title, bottom + 28, parts)


def by_name(title: str, bars: Sequence[tuple[str, float, str]], highest: float, colour: str = COLOURS[1]) -> str:
    """A bar for each name, as long as its value is beside ``highest``, with a text at its end."""
    parts = [text(_MARGIN, 24, title, 14, INK, "bold")]
    room = _WIDTH - 2 * _MARGIN - _NAMES - _VALUES
    for index, (name, value, label) in enumerate(bars):
        y = _HEAD + index * _LINE
        parts.append(text(_MARGIN, y + 14, printable(name), 12, INK))
        parts.append(rect(_MARGIN + _NAMES, y + 3, room * min(value / (highest or 1), 1), _LINE - 8, colour))
        parts.append(text(_WIDTH - _MARGIN, y + 14, label, 11, SOFT, anchor="end"))
    return _picture(title, _HEAD + _LINE * max(len(bars), 1) + 8, parts)


def _picture(title: str, height: float, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
    return f'{head}font-family="{FONT}"><title>{escape(title)}</title>\n' + "\n".join(parts) + "\n</svg>\n"
