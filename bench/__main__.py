"""Measures Antara's speed, memory, window and exactness, beside other programs. ``python3 dev.py bench`` starts it.

Nothing passes or fails here. Times of programs are compared in rounds that run them one right after the other, as ratios:
a machine's speed changes with what else it does, ratios hardly. The report goes to standard output as markdown.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import measure
from bench.bf16_section import report_bf16
from bench.long_section import report_long
from bench.material import Material
from bench.measure import ROOT
from bench.parity_section import report_parity
from bench.peers_section import report_peers
from bench.profile_section import report_profile
from bench.report import Report, machine
from bench.setting import Peers, Setting, configurations, environment, stems_of
from bench.speed_sections import report_cold, report_first_block, report_warm
from bench.window_section import report_window

SECTIONS: Mapping[str, Callable[[Setting], None]] = {
    "cold": report_cold,
    "warm": report_warm,
    "first-block": report_first_block,
    "long": report_long,
    "profile": report_profile,
    "bf16": report_bf16,
    "window": report_window,
    "parity": report_parity,
    "peers": report_peers,
}
_LONG = ("warm", "long", "window")  # those that need the long song
_VERSIONS = "import json, sys; from importlib.metadata import version; print(json.dumps(list(map(version, sys.argv[1:]))))"


def main() -> int:
    options, began = _parser().parse_args(), time.perf_counter()
    report = Report()
    peers = Peers(None, None, None) if options.no_peers else Peers(options.spleeter, options.sherpa, options.demucs)
    with tempfile.TemporaryDirectory(prefix="antara-bench-") as folder:
        material = Material(Path(folder), options.quick)
        _introduce(report, material, options, peers)
        facts = _prepare(report, material, options.only)
        runs = 1 if options.quick else options.runs
        failed = _measure(Setting(report, material, peers, runs, facts["engine"], facts["bf16"]), options.only)
    report.text(f"All of this took {(time.perf_counter() - began) / 60:.1f} minutes.")
    if options.write:
        report.write(options.write)
    return 1 if failed else 0


def _measure(setting: Setting, only: list[str]) -> bool:
    """The sections; one that fails says so in the report, and the others go on. True when any did."""
    failed = False
    for name, section in SECTIONS.items():
        if name not in only:
            continue
        try:
            section(setting)
        except measure.CommandFailedError as error:
            failed = True
            setting.report.text(f"**The rest of this section failed: {str(error).splitlines()[0]}**")
            print(f"bench: {error}", file=sys.stderr)
    return failed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__.splitlines()[0] if __doc__ else "")
    command = "the Python of sherpa-onnx's environment; dev.py makes one: --with sherpa"
    parser.add_argument("--spleeter", type=_absolute, metavar="PATH", help="the spleeter command of its environment")
    parser.add_argument("--sherpa", type=_absolute, metavar="PYTHON", help=command)
    parser.add_argument("--demucs", type=_absolute, metavar="PYTHON", help="the same for Demucs: --with demucs")
    parser.add_argument("--no-peers", action="store_true", help="only Antara, without other programs")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="rounds of what is compared; default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="one round of each, short songs, only 2 stems")
    parser.add_argument(
        "--only", type=_sections, default=list(SECTIONS), metavar="SECTION[,…]", help=f"of {', '.join(SECTIONS)}"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the report in this file too")
    return parser


def _absolute(text: str) -> Path:
    return Path(text).absolute()


def _sections(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in SECTIONS:
            raise argparse.ArgumentTypeError(f"there is no section {name!r}, but {', '.join(SECTIONS)}")
    return names


def _introduce(report: Report, material: Material, options: argparse.Namespace, peers: Peers) -> None:
    asked = [name for name in ("sherpa", "demucs") if getattr(peers, name)]
    parts = [f"--only {','.join(options.only)}"] if options.only != list(SECTIONS) else []
    parts += ["--quick"] if options.quick else []
    command = ["python3 dev.py bench", *(f"--with {name}" for name in asked), *parts]
    report.heading("Benchmark results", 1)
    report.text(
        f"Written by `{' '.join(command)} --write bench/RESULTS.md`. The song is {material.song.length} of generated music, "
        "MP3, stereo, 44.1 kHz, 256 kbit/s, and for longer ones that again and again; the models have the official format "
        "and full size, with random weights. Figures are medians, ranges in parentheses. GB = 10⁹ bytes. Targets are "
        f"meant for two processors{' and songs of full length, not these short ones' if material.quick else ''}."
    )
    report.table(("Machine", ""), machine(_versions(peers)))


def _versions(peers: Peers) -> list[tuple[str, str]]:
    spleeter = peers.spleeter and peers.spleeter.with_name("python")
    wanted = ((spleeter, "spleeter", "tensorflow"), (peers.sherpa, "sherpa-onnx", ""), (peers.demucs, "demucs", "torch"))
    rows = []
    for python, name, runtime in wanted:
        if python:
            own, *rest = measure.ask([python, "-c", _VERSIONS, name, *([runtime] if runtime else [])], {})
            rows.append((name, f"{own} on {runtime} {rest[0]}" if rest else own))
    return rows


def _prepare(report: Report, material: Material, only: list[str]) -> Any:
    """Makes the material and uses each model for the first time; returns what that tells of the machine."""
    measure.say("making songs and checkpoints, about a minute")
    models = configurations(material.quick)
    songs = [*(["long"] if set(_LONG) & set(only) else []), *(["longest"] if "long" in only else [])]
    size = "quick" if material.quick else "full"
    command = [sys.executable, "-m", "bench.material", str(material.folder), size, ",".join([*models, *songs])]
    subprocess.run(command, cwd=ROOT, check=True)
    measure.wait_until_calm()
    facts = measure.ask([sys.executable, "-m", "bench.prepare", *models, "builtin"], environment(material))
    first = ", ".join(f"{stems_of(model)} {facts['seconds'][model]:.1f} s" for model in models)
    report.text(
        "The first time that a model is used, its graph is built from the checkpoint and the engines are measured; that is "
        f"not part of what follows. It took: {first}."
    )
    return facts


if __name__ == "__main__":
    sys.exit(main())
