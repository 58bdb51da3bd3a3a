"""Songs in one process. ``python -m bench.warm MODEL ENGINE PRECISION FOLDER SONG…`` prints the seconds of each as JSON.

Each is what the command line does for a song: decode, separate, write 16-bit WAV files. The first loads the runtime and the
model too; the others find the engine ready.
"""

import json
import sys
import time
from pathlib import Path

from core import jobs
from core.audio.naming import stem_paths
from core.audio.reader import probe
from core.audio.writer import Sound, StemWriter
from core.cancel import CancelToken
from core.engines import EngineOptions, ignore_notice
from core.engines.cache import EngineCache
from core.models import catalogue
from core.models.catalogue import Model


def main(model_name: str, engine: str, precision: str, folder: str, *songs: str) -> None:
    model, engines = catalogue.find(model_name), EngineCache()
    options = EngineOptions(engine, "cpu", precision)
    seconds = []
    for number, song in enumerate(songs):
        start = time.perf_counter()
        _separate_one(model, engines, options, Path(song), Path(folder) / str(number))
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


def _separate_one(model: Model, engines: EngineCache, options: EngineOptions, song: Path, folder: Path) -> None:
    what = jobs.Separation(probe(song), model, options=options)
    with StemWriter(stem_paths(song, model.stems, folder), Sound(model.sample_rate)) as writer:
        jobs.separate_song(
            what, engines, CancelToken(), lambda block: writer.write(block.stems), lambda progress: None, ignore_notice
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
