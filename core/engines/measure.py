"""What is measured once on this computer and remembered: the CPU's fastest engine, and whether bfloat16 is close enough.

It is measured again when the processor, Antara or a runtime's version changes.
"""

import json
import logging
import math
import time
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np

from core import paths
from core.arrays import ComplexArray
from core.engines import Engine, EngineName, hardware
from core.files import write_whole
from core.models import catalogue, graph_cache
from core.models.catalogue import Model

_log = logging.getLogger(__name__)

RUNTIMES = ("openvino", "onnxruntime")

CHUNKS = 5

# bfloat16 is taken where each stem's signal is this much above its difference from full precision: 40 dB is 1 %.
BF16_SDR_DB = 40.0

_DEMO_SECONDS = 6.0, 12.0  # a part of the demo song with a voice and instruments: where it starts, how long it is


def by_speed(makers: dict[EngineName, Callable[[Model], Engine]]) -> list[EngineName]:
    """The engines from the fastest to the slowest, by a few chunks of the built-in model. One that fails is the slowest."""
    seconds = {name: remembered(f"{name} seconds a chunk", partial(_seconds, make)) for name, make in makers.items()}
    return sorted(makers, key=lambda name: seconds[name])


def _seconds(make: Callable[[Model], Engine]) -> float:
    model = catalogue.find("builtin")
    chunk = np.random.default_rng(0).random((2, model.chunk_frames, model.bins), np.float32)
    try:
        engine = make(model)
        list(engine.estimates([chunk]))  # the first one takes longer
        times = []
        for _ in range(CHUNKS):
            start = time.perf_counter()
            list(engine.estimates([chunk]))
            times.append(time.perf_counter() - start)
    except Exception:  # noqa: BLE001 - whatever it is: this engine is not the one to use here
        _log.debug("an engine failed while it was measured", exc_info=True)
        return math.inf
    return min(times)  # other programs only add to it


def bf16_is_close(model: Model, full: Callable[[], Engine], bf16: Callable[[], Engine]) -> bool:
    """Whether the model's stems of a piece of music come out the same in bfloat16, up to ``BF16_SDR_DB``."""
    key = f"{model.name} {graph_cache.weights_key(model)} bf16 SDR in dB"
    return remembered(key, lambda: bf16_sdr_db(model, full(), bf16())) >= BF16_SDR_DB


def bf16_sdr_db(model: Model, full: Engine, bf16: Engine) -> float:
    """The worst stem's ratio of signal to difference, in dB, over a chunk of the demo song."""
    from core.audio.reader import read_blocks
    from core.separation import masks, stft
    from core.separation.geometry import geometry

    song = Path(str(files("resources").joinpath("demo/antara-demo.ogg")))
    sizes = geometry(model)
    blocks = read_blocks(song, model.sample_rate, *_DEMO_SECONDS)
    chunk = next(stft.transformed(stft.framed(blocks, sizes), sizes))

    def stems(engine: Engine) -> list[ComplexArray]:
        (estimates,) = engine.estimates([chunk.magnitude])
        stem_masks = masks.stem_masks(model, estimates, chunk.magnitude)
        return [chunk.spectrum[..., : model.bins] * mask[:, : chunk.frames] for mask in stem_masks]

    def energy(spectrum: ComplexArray) -> float:
        return float(np.vdot(spectrum, spectrum).real)

    ratios = [energy(a) / max(energy(a - b), 1e-30) for a, b in zip(stems(full), stems(bf16), strict=True)]
    return 10 * math.log10(max(min(ratios), 1e-30))


def remembered(key: str, measure: Callable[[], float]) -> float:
    """What ``measure`` gave when it was asked last, on this computer as it is."""
    fingerprint = hardware.fingerprint(RUNTIMES)
    known = _read()
    if known.get("fingerprint") != fingerprint:
        known = {"fingerprint": fingerprint}
    value = known.get(key)
    if not isinstance(value, float):
        value = measure()
        _log.debug("measured %s: %g", key, value)
        _write(known | {key: value})
    return value


def _read() -> dict[str, object]:
    try:
        known = json.loads(paths.measurements_file().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(known: dict[str, object]) -> None:
    """Whole or not at all; where it cannot be written it is measured again next time."""
    target = paths.measurements_file()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, json.dumps(known, indent=1))
    except OSError:
        _log.debug("the measurements cannot be kept", exc_info=True)
