"""The section about exactness: the real Separator's stems against those of each of Antara's engines."""

import sys
from typing import Any

from bench import measure
from bench.material import PARITY_S
from bench.programs import ENGINES, Spleeter
from bench.setting import Setting


def report_parity(setting: Setting) -> None:
    """Separator once for each number of stems, Antara once for each engine too."""
    report = setting.report
    report.heading("Parity with Separator")
    if not setting.peers.spleeter:
        report.text("Left out: Spleeter is not there.")
        return
    rows, version = [], ""
    for name in setting.configurations:
        measure.say(f"parity: {name}")
        program = Spleeter(setting.peers.spleeter, name)
        stems = setting.material.folder / f"{name}.npz"
        command = [*program.script, "separate", name, setting.material.samples, stems]
        version = measure.ask(command, setting.environment)["tensorflow"]
        found = {engine: _compared(setting, name, engine) for engine in ENGINES}
        rows += _rows(name, found)
    report.text(
        f"`Separator(multiprocess=False)` (TensorFlow {version}) against Antara's reference mode in f32, by engine: "
        f"{PARITY_S} s of generated music, full-size checkpoints with random weights. The largest difference of a sample, "
        "full scale = 1; SDR: the worst engine's."
    )
    report.table(("Stem", "its peak", *ENGINES.values(), "SDR"), rows)


def _compared(setting: Setting, name: str, engine: str) -> dict[str, dict[str, float]]:
    stems = setting.material.folder / f"{name}.npz"
    command = [sys.executable, "-m", "bench.separator_parity", name, engine, setting.material.samples, stems]
    found: dict[str, dict[str, float]] = measure.ask(command, setting.environment)
    return found


def _rows(name: str, found: dict[str, dict[str, Any]]) -> list[tuple[str, ...]]:
    rows = []
    for stem in next(iter(found.values())):
        engines = [found[engine][stem] for engine in ENGINES]
        differences = [f"{engine['largest']:.1e}" for engine in engines]
        worst = min(engine["sdr_db"] for engine in engines)
        rows.append((f"{name}, {stem}", f"{engines[0]['peak']:.3f}", *differences, f"{worst:.0f} dB"))
    return rows
