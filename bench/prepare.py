"""The first use of each model, so that no measured run is the first. ``python -m bench.prepare MODEL…`` prints JSON.

``seconds``: how long the first use took, by model. ``engine``: the one that is chosen for the CPU. ``bf16``: whether the
CPU has it.
"""

import json
import sys
import time

from core.engines import EngineOptions, choice
from core.engines import openvino as openvino_engine
from core.models import catalogue


def main(models: list[str]) -> None:
    seconds, name = {}, ""
    for model in models:
        start = time.perf_counter()
        name = choice.choose(catalogue.find(model), EngineOptions(device="cpu")).name
        seconds[model] = time.perf_counter() - start
    engine = next(key for key, module in choice.MODULES.items() if name == module.NAME)
    print(json.dumps({"seconds": seconds, "engine": engine, "bf16": openvino_engine.has_bf16()}))


if __name__ == "__main__":
    main(sys.argv[1:])
