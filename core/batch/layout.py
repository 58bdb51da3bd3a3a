"""How many workers are the fastest here: measured once, and remembered with the other measurements of this computer."""

import time
from dataclasses import replace
from functools import partial
from importlib.resources import files

from core.batch import worker
from core.batch.cluster import Layout, embedded, gpus, memory_bytes, spread
from core.cancel import CancelToken
from core.engines import EngineOptions
from core.engines.hardware import processors
from core.engines.measure import remembered

WORKER_BYTES = 1_500_000_000  # what a worker takes at most with two songs of two stems, and some room
_ROUNDS = 4  # songs of the demo's length for each worker
_MUCH = 1.03  # fewer workers take less memory: more of them must be so much faster


def candidates() -> list[Layout]:
    """From one worker that has all processors to one for each processor, as far as there is memory for them."""
    memory = memory_bytes()
    most = min(processors(), max(memory // WORKER_BYTES, 1) if memory else processors())
    counts = [1]
    while counts[-1] * 2 <= most:
        counts.append(counts[-1] * 2)
    return [spread(count) for count in counts]


def best(model: str, options: EngineOptions, cancel: CancelToken) -> Layout:
    """The fastest candidate for a model; with several GPUs a worker for each. Raises CancelledError and EngineErrors."""
    devices = gpus()
    if len(devices) > 1 and options.device in ("auto", "gpu"):
        return spread(len(devices))
    found, fastest = spread(1), 0.0
    for layout in candidates():
        cancel.raise_if_cancelled()
        key = f"{model} songs a second, {layout.workers} workers"
        rate = remembered(key, partial(_rate, model, options, layout))
        if rate > fastest * _MUCH:
            found, fastest = layout, rate
    return found


def _rate(model: str, options: EngineOptions, layout: Layout) -> float:
    """Demo songs a second."""
    song = str(files("resources").joinpath("demo/antara-demo.ogg"))
    wanted = replace(options, threads=options.threads or layout.threads)
    with embedded(layout) as client:
        client.wait_for_workers(layout.workers)

        def rehearse(rounds: int, first: int) -> None:
            numbers = range(first, first + rounds * layout.workers)
            client.gather([client.submit(worker.rehearse, song, model, wanted, number, pure=False) for number in numbers])

        rehearse(2, 0)  # engines are loaded
        began = time.perf_counter()
        rehearse(_ROUNDS, 1000)
        return _ROUNDS * layout.workers / (time.perf_counter() - began)
