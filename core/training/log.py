"""The log of a training, a CSV file with a row for each validation, and its picture as SVG."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.errors import output_errors
from core.files import write_whole

_WIDTH, _HEIGHT, _MARGIN = 720, 320, 48
_COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#805ad5", "#b83280")

Row = Mapping[str, float]


class Log:
    """Rows by step. Going on from a step forgets those after it. Raises OutputErrors."""

    def __init__(self, folder: Path, from_step: int) -> None:
        self._folder = folder
        path = folder / "log.csv"
        self.rows: list[dict[str, float]] = []
        if from_step and path.is_file():
            with path.open(newline="") as file:
                rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
            self.rows = [row for row in rows if row["step"] <= from_step]

    def add(self, row: Row) -> None:
        """Adds a row, and writes the file and its picture."""
        self.rows.append(dict(row))
        names = list(row)
        lines = [",".join(names), *(",".join(f"{row[name]:.6g}" for name in names) for row in self.rows)]
        with output_errors(self._folder):
            write_whole(self._folder / "log.csv", "\n".join(lines) + "\n")
            write_whole(self._folder / "log.svg", picture(self.rows))


def picture(rows: Sequence[Row]) -> str:
    """Loss on the left, SDRs in dB on the right, over the steps."""
    last = max((row["step"] for row in rows), default=1) or 1
    scores = [name for name in (rows[0] if rows else {}) if name.startswith("sdr_")]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * _WIDTH} {_HEIGHT}" font-family="sans-serif">',
        f'<rect width="{2 * _WIDTH}" height="{_HEIGHT}" fill="white"/>',
        *_panel(rows, ["loss"], last, 0),
        *_panel(rows, scores, last, _WIDTH),
        "</svg>",
    ]
    return "\n".join(parts)


def _panel(rows: Sequence[Row], names: Sequence[str], last: float, left: float) -> list[str]:
    values = [row[name] for row in rows for name in names]
    if not values:
        return []
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    width, height = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN

    def place(step: float, value: float) -> str:
        return f"{left + _MARGIN + width * step / last:.1f},{_MARGIN + height * (high - value) / span:.1f}"

    parts = [
        f'<rect x="{left + _MARGIN}" y="{_MARGIN}" width="{width}" height="{height}" fill="none" stroke="#999"/>',
        f'<text x="{left + 2}" y="{_MARGIN + 4}">{high:.3g}</text>',
        f'<text x="{left + 2}" y="{_MARGIN + height}">{low:.3g}</text>',
        f'<text x="{left + _MARGIN + width}" y="{_HEIGHT - 24}" text-anchor="end">{last:.0f} steps</text>',
    ]
    for index, name in enumerate(names):
        colour = _COLOURS[index % len(_COLOURS)]
        points = " ".join(place(row["step"], row[name]) for row in rows)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{left + _MARGIN + 8 + 160 * index}" y="{_MARGIN - 8}" fill="{colour}">{name}</text>')
    return parts
