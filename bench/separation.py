"""Measures Antara's speed, memory, window and exactness, beside Spleeter. ``python3 dev.py bench`` sets up and starts it.

Nothing passes or fails here. Times of two programs are compared in pairs that run one right after the other, as ratios:
a machine's speed changes with what else it does, ratios hardly. The report goes to standard output as markdown.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench import measure, separator_parity
from bench.material import SONG_S, Material
from bench.measure import ROOT, Run
from bench.report import Report, machine, middle
from bench.setting import MODEL, Setting
from bench.window_section import report_window

GB = 1e9
DISTURBED = 0.25  # processors that other programs keep busy

Pair = tuple[Run, Run | None]


def main() -> int:
    options = _parser().parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="antara-bench-") as folder:
        spleeter = None if options.no_peers or not options.spleeter else options.spleeter.absolute()
        setting = Setting(report, Material(Path(folder)), spleeter, 1 if options.quick else options.runs, options.quick)
        _introduce(setting)
        _make_material(setting)
        failed = _measure_all(setting)
    if options.write:
        report.write(options.write)
    return 1 if failed else 0


def _measure_all(setting: Setting) -> bool:
    """All sections; one that fails says so in the report, and the others go on. True when any did."""
    alone: list[Run] = []
    sections: list[Callable[[], None]] = [
        lambda: alone.extend(_cold(setting)),
        lambda: _memory(setting, alone),
        lambda: _warm(setting),
        lambda: report_window(setting),
        lambda: _parity(setting),
    ]
    failed = False
    for section in sections:
        try:
            section()
        except measure.CommandFailedError as error:
            failed = True
            setting.report.text(f"**This section failed: {str(error).splitlines()[0]}**")
            print(f"bench: {error}", file=sys.stderr)
    return failed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--spleeter", type=Path, metavar="PATH", help="the spleeter command of an environment of its own")
    parser.add_argument("--no-peers", action="store_true", help="only Antara, without Spleeter")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="of each timed thing; default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="one run of each, a long song of 15 minutes, only 2 stems")
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the report in this file too")
    return parser


def _introduce(setting: Setting) -> None:
    setting.report.heading("Benchmark results", 1)
    setting.report.text(
        "Written by `python3 dev.py bench --write bench/RESULTS.md`. The song is three minutes of generated music, MP3, "
        "stereo, 44.1 kHz, 256 kbit/s; the models have the official format and full size, with random weights. "
        "Figures are medians, ranges in parentheses. GB = 10⁹ bytes."
    )
    setting.report.table(("Machine", ""), machine())


def _make_material(setting: Setting) -> None:
    measure.say("making songs and checkpoints, about a minute")
    folder, minutes = str(setting.material.folder), str(setting.minutes)
    subprocess.run([sys.executable, "-m", "bench.material", folder, minutes, *setting.configurations], cwd=ROOT, check=True)


def _cold(setting: Setting) -> list[Run]:
    """Whole programs from the shell, Antara and Spleeter in turn. Returns Antara's runs.

    Pairs that other programs disturb are repeated, at most as many again.
    """
    measure.say("from the shell, warming up")  # files are in the page cache from here on
    _pair(setting, "-d", "10")
    pairs: list[Pair] = []
    while len(_calm(pairs)) < setting.runs and len(pairs) < 2 * setting.runs:
        measure.wait_until_calm()
        measure.say(f"from the shell, pair {len(pairs) + 1}")
        pairs.append(_pair(setting))
    _report_cold(setting, pairs)
    return [ours for ours, _ in _calm(pairs) or pairs]


def _pair(setting: Setting, *extra: str) -> Pair:
    song = setting.material.song
    return setting.ours(song, *extra), setting.theirs(song, *extra) if setting.spleeter else None


def _calm(pairs: list[Pair]) -> list[Pair]:
    return [pair for pair in pairs if all(run.others < DISTURBED for run in pair if run)]


def _report_cold(setting: Setting, pairs: list[Pair]) -> None:
    report = setting.report
    report.heading("From the shell: one song, a new process each time")
    report.text(
        f"`main.py separate song.mp3 --model {MODEL} -o OUT` and `spleeter separate -p spleeter:{MODEL} -o OUT song.mp3` on "
        "the same checkpoint, in turn. “Others”: processors that other programs kept busy meanwhile; the medians leave out "
        f"pairs where it is {DISTURBED} or more, if any are left."
    )
    rows = []
    for number, (ours, theirs) in enumerate(pairs, 1):
        rows.append(_cold_row(f"Antara, {number}", ours, ""))
        if theirs:
            rows.append(_cold_row(f"Spleeter, {number}", theirs, f"{theirs.wall_s / ours.wall_s:.2f} ×"))
    header = ("Run", "time", "× real time", "processor time", "largest process", "all processes", "others", "ratio")
    report.table(header, rows)
    _report_cold_medians(setting, _calm(pairs) or pairs)


def _report_cold_medians(setting: Setting, pairs: list[Pair]) -> None:
    report = setting.report
    antara, spleeter = [ours for ours, _ in pairs], [theirs for _, theirs in pairs if theirs]
    rows = [_cold_summary("Antara", antara)] + ([_cold_summary("Spleeter", spleeter)] if spleeter else [])
    report.table(("Median", "time", "× real time", "processor time", "largest process"), rows)
    peak = max(ours.tree_bytes for ours in antara) / GB
    report.target(f"a peak below 1.5 GB (is {peak:.2f} GB)", peak < 1.5)
    if spleeter:
        ratios = [theirs.wall_s / ours.wall_s for ours, theirs in pairs if theirs]
        report.target(f"at least 3 × faster than Spleeter (is {middle(ratios, 2)} ×)", median(ratios) >= 3)
        leaner = median(theirs.largest_bytes / ours.largest_bytes for ours, theirs in pairs if theirs)
        report.text(f"Spleeter's largest process takes {leaner:.1f} × the memory of Antara's.")


def _cold_summary(name: str, runs: list[Run]) -> tuple[str, ...]:
    return (
        name,
        f"{middle([run.wall_s for run in runs])} s",
        middle([SONG_S / run.wall_s for run in runs]),
        f"{middle([run.cpu_s for run in runs])} s",
        f"{middle([run.largest_bytes / GB for run in runs], 2)} GB",
    )


def _cold_row(name: str, run: Run, ratio: str) -> tuple[str, ...]:
    return (
        name,
        f"{run.wall_s:.1f} s",
        f"{SONG_S / run.wall_s:.1f}",
        f"{run.cpu_s:.1f} s",
        f"{run.largest_bytes / GB:.2f} GB",
        f"{run.tree_bytes / GB:.2f} GB",
        f"{run.others:.2f}",
        ratio,
    )


def _memory(setting: Setting, short_runs: list[Run]) -> None:
    """The same program on a long song: its memory must not grow with the length."""
    if not short_runs:
        return
    measure.say(f"{setting.minutes} minutes of music")
    measure.wait_until_calm()
    long_run = setting.ours(setting.material.long_song)
    short = median(run.largest_bytes for run in short_runs)
    growth = long_run.largest_bytes / short - 1
    speed = setting.minutes * 60 / long_run.wall_s
    report = setting.report
    report.heading("Memory and the length of the song")
    rows = [
        (
            "3 minutes",
            f"{middle([run.wall_s for run in short_runs])} s",
            middle([SONG_S / run.wall_s for run in short_runs]),
            f"{short / GB:.3f} GB",
            middle([run.others for run in short_runs], 2),
        ),
        (
            f"{setting.minutes} minutes",
            f"{long_run.wall_s:.1f} s",
            f"{speed:.1f}",
            f"{long_run.largest_bytes / GB:.3f} GB",
            f"{long_run.others:.2f}",
        ),
    ]
    report.table(("`main.py separate`", "time", "× real time", "peak", "others"), rows)
    report.target(f"a peak within 15 % of that of the short song (is {100 * growth:+.1f} %)", abs(growth) <= 0.15)


def _warm(setting: Setting) -> None:
    """The next song in a process that has its model loaded: decoded, separated, written to WAV files."""
    report = setting.report
    report.heading("Warm: the next song in one process")
    report.text("Decode, separate, write 16-bit WAV files. The first song includes loading TensorFlow and the model.")
    rows = []
    times = str(setting.runs + 1)
    for name, model in (("Antara, built-in model", "builtin"), ("Antara, 2 stems", MODEL)):
        command: list[str | Path] = [sys.executable, "-m", "bench.warm", model]
        rows.append(_warm_row(setting, name, command, times))
    if setting.spleeter:
        command = [*setting.peer_script, "warm", MODEL]
        rows.append(_warm_row(setting, "Spleeter, 2 stems, `separate_to_file`", command, str(min(setting.runs, 3) + 1)))
    report.table(("Program", "first song", "next songs", "× real time", "others"), [row for row, _ in rows])
    if setting.spleeter:
        report.text(f"Spleeter takes {rows[-1][1] / rows[-2][1]:.2f} × as long as Antara for the next song.")


def _warm_row(setting: Setting, name: str, command: list[str | Path], times: str) -> tuple[tuple[str, ...], float]:
    measure.wait_until_calm()
    measure.say(f"warm: {name}")
    others = measure.Others()
    with setting.output() as folder:
        first, *following = measure.ask([*command, setting.material.song, folder, times], setting.environment)
    speeds = middle([SONG_S / seconds for seconds in following])
    return (name, f"{first:.1f} s", f"{middle(following, 2)} s", speeds, f"{others.busy():.2f}"), median(following)


def _parity(setting: Setting) -> None:
    """The real Separator's stems against Antara's, once for each number of stems."""
    if not setting.spleeter:
        return
    results = []
    version = ""
    for name in setting.configurations:
        measure.say(f"parity: {name}")
        stems, samples = setting.material.folder / f"{name}.npz", setting.material.samples
        version = measure.ask([*setting.peer_script, "separate", name, samples, stems], setting.environment)["tensorflow"]
        compare = [sys.executable, "-m", "bench.separator_parity", name, samples, stems]
        results.append(measure.ask(compare, setting.environment))
    separator_parity.report(setting.report, list(setting.configurations), results, f"TensorFlow {version}")


if __name__ == "__main__":
    sys.exit(main())
