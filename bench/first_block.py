"""How soon there is something to play. ``python -m bench.first_block MODEL ENGINE PRECISION SONG TIMES`` prints JSON.

``seconds``: from the call of ``separate_song`` to the first block of stems, with the engine loaded. ``block_s``: how much
music that block is. ``first_at``: the clock at the first one of all, while the engine was being loaded; all processes of a
machine share ``time.perf_counter``.
"""

import json
import sys
import time
from contextlib import suppress
from pathlib import Path

from core import jobs
from core.audio.reader import probe
from core.cancel import CancelToken
from core.engines import EngineOptions, ignore_notice
from core.engines.cache import EngineCache
from core.errors import CancelledError
from core.models import catalogue
from core.separation.separator import StemBlock


def main(model: str, engine: str, precision: str, song: str, times: str) -> None:
    what = jobs.Separation(probe(Path(song)), catalogue.find(model), options=EngineOptions(engine, "cpu", precision))
    engines = EngineCache()
    first_at, block = _first(what, engines)
    seconds = []
    for _ in range(int(times)):
        start = time.perf_counter()
        seconds.append(_first(what, engines)[0] - start)
    block_s = (block.end - block.start) / what.model.sample_rate
    print(json.dumps({"seconds": seconds, "block_s": block_s, "first_at": first_at}))


def _first(what: jobs.Separation, engines: EngineCache) -> tuple[float, StemBlock]:
    """The clock when the first block is there, and that block; the rest is cancelled."""
    seen: list[tuple[float, StemBlock]] = []
    cancel = CancelToken()

    def deliver(block: StemBlock) -> None:
        seen.append((time.perf_counter(), block))
        cancel.cancel()

    with suppress(CancelledError):
        jobs.separate_song(what, engines, cancel, deliver, lambda progress: None, ignore_notice)
    return seen[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
