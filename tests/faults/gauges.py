"""What a process holds, over time: to be flat. A CSV file, its picture, and the slopes."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

_WIDTH, _HEIGHT, _MARGIN = 360, 220, 40
_COLOUR = "#2b6cb0"


class Gauge(NamedTuple):
    """One look at this process, after ``done`` pieces of work."""

    done: float
    memory_mb: float
    handles: int
    threads: int
    files: int  # of its own, in its temporary folders


def read(done: float, folders: Sequence[Path]) -> Gauge:
    status = Path("/proc/self/status").read_text().splitlines()
    memory_kb = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    files = sum(len(names) for folder in folders for _, _, names in os.walk(folder))
    return Gauge(done, memory_kb / 1000, len(os.listdir("/proc/self/fd")), threading.active_count(), files)  # noqa: PTH208


def growth(gauges: Sequence[Gauge]) -> Gauge:
    """How much each grew from a fifth of the work on to its end, by a straight line through all that was read."""
    late = np.array([gauge for gauge in gauges if gauge.done >= gauges[-1].done / 5], float)
    slopes = [float(np.polyfit(late[:, 0], late[:, column], 1)[0]) for column in range(1, late.shape[1])]
    memory_mb, *others = (slope * (late[-1, 0] - late[0, 0]) for slope in slopes)
    handles, threads, files = (round(value) for value in others)
    return Gauge(float(late[-1, 0] - late[0, 0]), memory_mb, handles, threads, files)


def write(gauges: Sequence[Gauge], path: Path, unit: str) -> None:
    """A CSV file, and beside it an SVG with a panel for each gauge."""
    rows = [",".join(Gauge._fields), *(",".join(f"{value:g}" for value in gauge) for gauge in gauges)]
    path.with_suffix(".csv").write_text("\n".join(rows) + "\n")
    values = np.array(gauges, float)
    panels = [_panel(index, name, values[:, 0], values[:, index + 1]) for index, name in enumerate(Gauge._fields[1:])]
    total = len(panels) * _WIDTH
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {_HEIGHT}" font-family="sans-serif" font-size="12">'
    )
    foot = f'<text x="{_MARGIN}" y="{_HEIGHT - 8}">over {values[-1, 0]:g} {unit}</text></svg>'
    background = f'<rect width="{total}" height="{_HEIGHT}" fill="white"/>'
    path.with_suffix(".svg").write_text("\n".join([head, background, *panels, foot]) + "\n")


def _panel(index: int, name: str, done: np.ndarray, values: np.ndarray) -> str:
    """From 0 up, so that what is flat looks flat."""
    width, height, top = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN, max(float(values.max()), 1.0)
    left = index * _WIDTH + _MARGIN
    points = " ".join(
        f"{left + width * at / done[-1]:.1f},{_MARGIN + height * (1 - value / top):.1f}"
        for at, value in zip(done, values, strict=True)
    )
    frame = f'<rect x="{left}" y="{_MARGIN}" width="{width}" height="{height}" fill="none" stroke="#999"/>'
    title = f'<text x="{left}" y="{_MARGIN - 8}">{name.replace("_", " ")}, at most {values.max():g}</text>'
    return f'{frame}{title}<polyline points="{points}" fill="none" stroke="{_COLOUR}" stroke-width="2"/>'
