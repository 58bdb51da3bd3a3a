"""Antara's reference mode against ``spleeter.separator.Separator`` itself, on the same samples and checkpoint.

Spleeter's environment writes its stems to a file (``spleeter_side.py``). Then ``python -m bench.separator_parity
CONFIGURATION ENGINE SAMPLES.npy STEMS.npz`` separates in Antara's and prints the differences, by stem, as JSON.
"""

import json
import sys

import numpy as np

from core.engines import EngineOptions, choice
from core.models import catalogue
from core.separation.separator import separate

_BLOCK_FRAMES = 16384


def compare(configuration: str, engine: str, samples_file: str, stems_file: str) -> dict[str, dict[str, float]]:
    """{stem: what differs}. Raises ValueError when the stems or their lengths differ."""
    samples = np.load(samples_file)
    ours = _separated(configuration, engine, samples)
    with np.load(stems_file) as archive:
        theirs = {stem: archive[stem] for stem in archive.files}
    if {stem: array.shape for stem, array in ours.items()} != {stem: array.shape for stem, array in theirs.items()}:
        raise ValueError("the stems or their lengths differ")
    return {stem: _difference(ours[stem], theirs[stem]) for stem in ours}


def _separated(configuration: str, engine_name: str, samples: np.ndarray) -> dict[str, np.ndarray]:
    model = catalogue.find(configuration)
    engine = choice.choose(model, EngineOptions(engine_name, "cpu", "f32"))
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


if __name__ == "__main__":
    print(json.dumps(compare(*sys.argv[1:])))
