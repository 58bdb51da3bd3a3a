"""The report: markdown that is printed as it comes in and can be written to a file at the end."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

from bench.measure import GB

RUNTIMES = ("openvino", "onnxruntime", "tensorflow", "ducc0", "PySide6-Essentials")


class Report:
    """Prints each part at once, and keeps it for ``write``."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def heading(self, text: str, level: int = 2) -> None:
        self._add(f"{'#' * level} {text}")

    def text(self, text: str) -> None:
        self._add(text)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """The first column is left-aligned, the others, figures, to the right."""
        widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
        lines = [
            _line(header, widths),
            f"| {'-' * widths[0]} | " + " | ".join(f"{'-' * (w - 1)}:" for w in widths[1:]) + " |",
        ]
        self._add("\n".join([*lines, *(_line(row, widths) for row in rows)]))

    def target(self, what: str, met: bool) -> None:
        self._add(f"Target: {what}: **{'met' if met else 'missed'}**.")

    def write(self, path: Path) -> None:
        path.write_text("\n\n".join(self._parts) + "\n", encoding="utf-8")

    def _add(self, part: str) -> None:
        self._parts.append(part)
        print(part, end="\n\n", flush=True)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cells[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))]
    return f"| {' | '.join(padded)} |"


def middle(values: Sequence[float], digits: int = 1) -> str:
    """The median, and the range where there is more than one value."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def machine(peers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What the figures were measured on, without names of hosts or folders. ``peers``: other programs and their versions."""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    return [
        ("Processor", _processor()),
        ("Cores that can be used", str(_cores())),
        ("Memory", f"{psutil.virtual_memory().total / GB:.0f} GB"),
        ("System", f"{platform.system()} {platform.release().split('-')[0]}, {platform.machine()}"),
        ("Python", platform.python_version()),
        *((name, version(name)) for name in RUNTIMES),
        *peers,
        ("Load average before the run (1, 5, 15 minutes)", load),
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    pairs = (line.partition(":") for line in lines)
    names = {name.strip(): value.strip() for name, _, value in pairs}
    model = f"family {names.get('cpu family', '?')}, model {names.get('model', '?')}"
    vectors = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16") if flag in names.get("flags", "").split()]
    return f"{names.get('model name', 'unknown')} ({model}; {', '.join(vectors) or 'no AVX2'})"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
