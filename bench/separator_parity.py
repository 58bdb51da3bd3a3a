"""Antara's reference mode against ``spleeter.separator.Separator`` itself, on the same samples and checkpoint.

Spleeter's environment writes its stems to a file (``spleeter_side.py``). Then ``python -m bench.separator_parity
CONFIGURATION SAMPLES.npy STEMS.npz`` separates in Antara's and prints the differences, by stem, as JSON.
"""

import json
import sys
from pathlib import Path

import numpy as np

from bench.report import Report

_BLOCK_FRAMES = 16384


def compare(configuration: str, samples_file: str, stems_file: str) -> dict[str, dict[str, float]]:
    """{stem: what differs}. Raises ValueError when the stems or their lengths differ."""
    samples = np.load(samples_file)
    ours = _separated(configuration, samples)
    with np.load(stems_file) as archive:
        theirs = {stem: archive[stem] for stem in archive.files}
    if {stem: array.shape for stem, array in ours.items()} != {stem: array.shape for stem, array in theirs.items()}:
        raise ValueError("the stems or their lengths differ")
    return {stem: _difference(ours[stem], theirs[stem]) for stem in ours}


def _separated(configuration: str, samples: np.ndarray) -> dict[str, np.ndarray]:
    from core import engines
    from core.models import catalogue
    from core.separation.separator import separate

    model = catalogue.find(configuration)
    engine = engines.choose(model, "cpu")
    parts = (samples[start : start + _BLOCK_FRAMES] for start in range(0, len(samples), _BLOCK_FRAMES))
    blocks = list(separate(parts, engine, model, "reference"))
    return {stem: np.concatenate([block.stems[stem] for block in blocks]) for stem in model.stems}


def _difference(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    noise = np.square(ours.astype(np.float64) - theirs).sum()
    return {
        "peak": float(np.abs(theirs).max()),
        "largest": float(np.abs(ours - theirs).max()),
        "sdr_db": float(10 * np.log10(np.square(theirs, dtype=np.float64).sum() / max(noise, 1e-30))),
    }


def report(report: Report, configurations: list[str], results: list[dict[str, dict[str, float]]], versions: str) -> None:
    report.heading("Parity with Separator")
    report.text(
        f"`Separator(multiprocess=False)` ({versions}) against Antara's reference mode in its own environment: 20 s of "
        "generated music, full-size checkpoints with random weights, full scale = 1."
    )
    rows = [
        (f"{name}, {stem}", f"{found['peak']:.3f}", f"{found['largest']:.1e}", f"{found['sdr_db']:.0f} dB")
        for name, result in zip(configurations, results, strict=True)
        for stem, found in result.items()
    ]
    report.table(("Stem", "its peak", "largest difference", "SDR"), rows)


if __name__ == "__main__":
    print(json.dumps(compare(sys.argv[1], str(Path(sys.argv[2])), sys.argv[3])))
