"""What a run did, for people and for programs: a summary, a page with pictures, and a table of all songs.

The table comes as CSV and as Parquet, a few thousand rows at a time.
"""

import csv
import itertools
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from core import __version__
from core.batch import plots
from core.batch.coordinator import Tally
from core.batch.ledger import Ledger, Row
from core.batch.places import Bucket, Folder, Place, local_folder
from core.drawing import COLOURS, FONT, INK
from core.errors import output_errors
from core.messages import SENTENCES, printable, sentence
from core.progress import clock_text

FOLDER = "report"
SUMMARY, PAGE, CSV, PARQUET = "summary.txt", "index.html", "songs.csv", "songs.parquet"

_ROWS = 4096
_STEPS = 120  # bars over time
_COLUMNS = ("source", "name", "state", "code", "message", "attempts", "length_s", "started", "finished", "worker")


@dataclass(frozen=True)
class Figures:
    """Of a run. Times in seconds."""

    tally: Tally
    stopped: bool
    wall_s: float
    codes: list[tuple[str, int]]  # of failures, the most frequent ones first
    workers: list[tuple[str, int, float]]  # each with its songs, and the time that it had at least one of them
    step_s: float
    songs_by_step: list[int]
    music_by_step: list[float]


def write(place: Place, ledger: Ledger, tally: Tally, stopped: bool = False) -> Figures:
    """Puts the report of a run into its place. Raises OutputErrors and RemoteErrors."""
    figures = measured(ledger, tally, stopped)
    with local_folder() as folder, output_errors(folder):
        (folder / SUMMARY).write_text("\n".join(summary(figures)) + "\n", "utf-8")
        (folder / PAGE).write_text(page(figures), "utf-8")
        _write_csv(folder / CSV, ledger)
        _write_parquet(folder / PARQUET, ledger)
        _put(folder, place)
    return figures


def _put(folder: Path, place: Place) -> None:
    names = (SUMMARY, PAGE, CSV, PARQUET)
    if isinstance(place, Bucket):
        for name in names:
            place.put(folder / name, f"{FOLDER}/{name}")
        return
    assert isinstance(place, Folder)
    target = place.root / FOLDER
    with output_errors(target):
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            part = target / f".{name}.part"
            shutil.copyfile(folder / name, part)
            part.replace(target / name)


def measured(ledger: Ledger, tally: Tally, stopped: bool = False) -> Figures:
    """The figures of a run, counted by the ledger."""
    run, began, wall_s = ledger.run, tally.began, max(tally.elapsed_s, 1e-3)
    codes = ledger.query(
        "SELECT code, COUNT(*) FROM songs WHERE run = ? AND state = 'failed' GROUP BY code ORDER BY 2 DESC, 1", run
    )
    worked = "FROM songs WHERE run = ? AND state IN ('done', 'failed') AND worker != ''"
    spans = ledger.query(f"SELECT worker, started, finished {worked} ORDER BY worker, started", run)
    workers = [(worker, *_busy(rows)) for worker, rows in itertools.groupby(spans, key=lambda row: row[0])]
    step_s = wall_s / _STEPS
    songs, music = [0] * _STEPS, [0.0] * _STEPS
    done = ledger.query(
        "SELECT CAST((finished - ?) / ? AS INTEGER), COUNT(*), SUM(length_s) FROM songs "
        "WHERE run = ? AND state = 'done' GROUP BY 1",
        began,
        step_s,
        run,
    )
    for step, count, length_s in done:
        index = min(max(step, 0), _STEPS - 1)
        songs[index] += count
        music[index] += length_s or 0.0
    return Figures(tally, stopped, wall_s, [(str(code), int(n)) for code, n in codes], workers, step_s, songs, music)


def _busy(rows: Iterator[tuple[Any, ...]]) -> tuple[int, float]:
    """How many songs, and how long there was at least one, of rows with a start and an end, by start."""
    count, busy_s, until = 0, 0.0, 0.0
    for _, started, finished in rows:
        count += 1
        busy_s += max(finished - max(started, until), 0.0)
        until = max(until, finished)
    return count, busy_s


def summary(figures: Figures) -> list[str]:
    """Some lines for people."""
    tally = figures.tally
    began = time.strftime("%Y-%m-%d %H:%M", time.localtime(tally.began))
    counts = f"{tally.done} songs separated, {tally.skipped} were done before, {tally.failed} failed"
    stopped = " (stopped before the end)" if figures.stopped else ""
    lines = [f"Antara {__version__}, {began}{stopped}", f"{counts}; {clock_text(figures.wall_s)}"]
    if tally.done:
        speed = tally.music_s / figures.wall_s
        rate = tally.done / figures.wall_s * 3600
        lines.append(f"{tally.music_s / 3600:.2f} hours of music, {speed:.1f} × real time, {rate:.0f} songs an hour")
    lines += [f"failed: {count} × {code} – {_meaning(code)}" for code, count in figures.codes]
    lines += [
        f"worker {worker}: {count} songs, busy {busy_s / figures.wall_s:.0%} of the time"
        for worker, count, busy_s in figures.workers
    ]
    return lines


def page(figures: Figures) -> str:
    """The same with pictures, in one file that needs nothing else."""
    rates = [count / figures.step_s * 3600 for count in figures.songs_by_step]
    speeds = [length_s / figures.step_s for length_s in figures.music_by_step]
    pictures = [
        plots.over_time("Songs", "an hour", rates, figures.step_s),
        plots.over_time("Speed", "× real time", speeds, figures.step_s),
        plots.by_name(
            "Use of workers",
            [(name, busy_s, f"{busy_s / figures.wall_s:.0%}, {count} songs") for name, count, busy_s in figures.workers],
            figures.wall_s,
        ),
        plots.by_name(
            "Failures",
            [(code, count, str(count)) for code, count in figures.codes],
            max((count for _, count in figures.codes), default=0),
            COLOURS[3],
        ),
    ]
    lines = "".join(f"<p>{escape(line)}</p>\n" for line in summary(figures))
    style = f"body {{ font-family: {FONT}; color: {INK}; max-width: 980px; margin: 2em auto; }}"
    head = f'<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>Antara: a run</title>\n<style>{style}</style>\n'
    return f"{head}<h1>A run of Antara</h1>\n{lines}{''.join(pictures)}</html>\n"


def _meaning(code: str) -> str:
    """The sentence of an error, without what differs from song to song."""
    return re.sub(r"{.*?}", "…", SENTENCES.get(code, code))


def _values(row: Row) -> tuple[Any, ...]:
    failure = row.failure
    message = sentence(failure.notice()) if failure else None
    code = failure.code if failure else None
    return (
        printable(row.source), row.name, row.state, code, message, row.attempts, row.length_s, row.started, row.finished,
        row.worker,
    )  # fmt: skip


def _write_csv(path: Path, ledger: Ledger) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows(map(_values, ledger.rows()))


def _write_parquet(path: Path, ledger: Ledger) -> None:
    import pyarrow
    import pyarrow.parquet as parquet

    text, number, whole = pyarrow.string(), pyarrow.float64(), pyarrow.int64()
    kinds = (text, text, text, text, text, whole, number, number, number, text)
    schema = pyarrow.schema(list(zip(_COLUMNS, kinds, strict=True)))
    rows = map(_values, ledger.rows())
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while some := list(itertools.islice(rows, _ROWS)):
            columns = [pyarrow.array(column, kind) for column, kind in zip(zip(*some, strict=True), kinds, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(columns, schema=schema))
