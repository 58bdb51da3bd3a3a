"""The section about bfloat16: how far its stems are from those of full precision."""

import os
import sys
from pathlib import Path
from statistics import median

from bench import measure
from bench.measure import ROOT
from bench.setting import Setting


def report_bf16(setting: Setting) -> None:
    """Real music with the built-in model; then what was measured of all models here."""
    report = setting.report
    report.heading("bfloat16")
    if not setting.bf16:
        report.text("Left out: the CPU does not compute in it.")
        return
    measure.say("bf16 against f32")
    _report_songs(setting)
    command = [sys.executable, "-m", "bench.bf16", "models", *setting.configurations, "builtin"]
    found = measure.ask(command, setting.environment)
    rows = [(model, f"{value['sdr_db']:.1f} dB", value["used"]) for model, value in found["models"].items()]
    report.text(
        "What Antara measures of a model, on a piece of the demo song, and what OpenVINO then uses where no precision is "
        f"asked for (bf16 from {found['limit_db']:.0f} dB on). Spleeter's models have random weights here; official ones "
        "are measured on the user's machine the first time that they are used."
    )
    report.table(("Model", "the worst stem's SDR", "is used"), rows)


def _report_songs(setting: Setting) -> None:
    report = setting.report
    shared = Path(os.environ.get("ANTARA_TEST_DATA") or ROOT.parent / "shared")
    folder = shared / "data" / "songs_eval"
    if not folder.is_dir():
        report.text("Real music: left out, there is no folder of it (ANTARA_TEST_DATA names where `data/songs_eval` lies).")
        return
    songs = measure.ask([sys.executable, "-m", "bench.bf16", "songs", folder], setting.environment)
    report.text(
        "The built-in model's stems in bf16 against those in f32, the first 60 s of each song (vocals + backing); SDR: the "
        "energy of the stem above that of the difference."
    )
    stems = list(next(iter(songs.values())))
    rows = [(song, *(f"{found[stem]:.1f} dB" for stem in stems)) for song, found in songs.items()]
    report.table(("Song", *stems), rows)
    values = [value for found in songs.values() for value in found.values()]
    report.text(f"Over songs and stems: at least {min(values):.1f} dB, median {median(values):.1f} dB.")
