"""bfloat16 against full precision. Prints JSON.

    python -m bench.bf16 songs FOLDER     on real music with the built-in model: {song: {stem: SDR in dB}}
    python -m bench.bf16 models MODEL…    what Antara measures of models, and what it then computes them in

FOLDER holds one folder a song, with a recording of the vocals and one of the rest, ``vocals.*`` and ``backing.*``.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np

from core.arrays import FloatArray
from core.audio.reader import read_blocks
from core.engines import Engine, EngineOptions, choice, measure
from core.models import catalogue
from core.models.catalogue import Model
from core.separation.separator import separate

_MODEL = "builtin"
_SECONDS = 60.0


def songs(folder: str) -> dict[str, dict[str, float]]:
    model = catalogue.find(_MODEL)
    full, bf16 = (choice.choose(model, EngineOptions("openvino", "cpu", precision)) for precision in ("f32", "bf16"))
    found = {}
    for song in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
        mix = sum(_samples(next(song.glob(f"{part}.*")), model) for part in ("vocals", "backing"))
        wanted, stems = _stems(mix, model, full), _stems(mix, model, bf16)
        found[song.name] = {stem: _sdr_db(wanted[stem], stems[stem]) for stem in model.stems}
    return found


def _samples(path: Path, model: Model) -> FloatArray:
    """The beginning, filled up with silence."""
    samples = np.concatenate(list(read_blocks(path, model.sample_rate, duration_s=_SECONDS)))
    missing = round(_SECONDS * model.sample_rate) - len(samples)
    return np.pad(samples, ((0, missing), (0, 0)))


def _stems(mix: FloatArray, model: Model, engine: Engine) -> dict[str, FloatArray]:
    blocks = list(separate([mix], engine, model))
    return {stem: np.concatenate([block.stems[stem] for block in blocks]) for stem in model.stems}


def _sdr_db(wanted: FloatArray, found: FloatArray) -> float:
    noise = np.square(found - wanted, dtype=np.float64).sum()
    return 10 * math.log10(np.square(wanted, dtype=np.float64).sum() / max(noise, 1e-30))


def models(*names: str) -> dict[str, object]:
    found = {}
    for model in map(catalogue.find, names):
        full, bf16 = (choice.choose(model, EngineOptions("openvino", "cpu", precision)) for precision in ("f32", "bf16"))
        used = choice.choose(model, EngineOptions("openvino", "cpu")).precision
        found[model.name] = {"sdr_db": measure.bf16_sdr_db(model, full, bf16), "used": used}
    return {"limit_db": measure.BF16_SDR_DB, "models": found}


if __name__ == "__main__":
    print(json.dumps({"songs": songs, "models": models}[sys.argv[1]](*sys.argv[2:])))
