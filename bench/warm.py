"""Several songs in one process. ``python -m bench.warm MODEL SONG FOLDER TIMES`` prints the seconds for each as JSON.

Each is what the command line does for a song: decode, separate, write 16-bit WAV files. The first loads TensorFlow and the
model too; the others find the engine ready.
"""

import json
import sys
import time
from pathlib import Path

from core.audio.naming import stem_paths
from core.audio.reader import read_blocks
from core.audio.writer import StemWriter
from core.engines import EngineCache, ignore_notice
from core.models import catalogue
from core.models.catalogue import Model
from core.separation.separator import separate


def main(model_name: str, song: str, folder: str, times: str) -> None:
    model, engines = catalogue.find(model_name), EngineCache()
    seconds = []
    for number in range(int(times)):
        start = time.perf_counter()
        _separate_one(model, engines, Path(song), Path(folder) / str(number))
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


def _separate_one(model: Model, engines: EngineCache, song: Path, folder: Path) -> None:
    engine = engines.get(model, "auto", ignore_notice)
    with StemWriter(stem_paths(song, model.stems, folder), model.sample_rate) as writer:
        for block in separate(read_blocks(song, model.sample_rate), engine, model):
            writer.write(block.stems)


if __name__ == "__main__":
    main(*sys.argv[1:])
