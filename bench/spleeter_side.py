"""What runs in Spleeter's own environment, and knows nothing of Antara. MODEL_PATH says where the checkpoints are.

spleeter_side.py separate CONFIGURATION SAMPLES.npy STEMS.npz   its Separator's output for these samples
spleeter_side.py warm CONFIGURATION SONG FOLDER TIMES           seconds for each song in one process, as JSON
"""

import json
import logging
import os
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def separate(configuration: str, samples: str, target: str) -> None:
    """Separates with ``spleeter.separator.Separator`` and keeps its stems."""
    import numpy as np
    import tensorflow
    from spleeter.separator import Separator

    stems = Separator(f"spleeter:{configuration}", multiprocess=False).separate(np.load(samples))
    np.savez(target, **stems)
    print(json.dumps({"tensorflow": tensorflow.__version__}))


def warm(configuration: str, song: str, folder: str, times: str) -> None:
    """Decodes, separates and writes the same song again and again with one Separator; the first time loads the model."""
    from spleeter.separator import Separator

    separator = Separator(f"spleeter:{configuration}", multiprocess=False)
    seconds = []
    for number in range(int(times)):
        start = time.perf_counter()
        separator.separate_to_file(song, str(Path(folder) / str(number)))
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


if __name__ == "__main__":
    logging.disable(logging.INFO)
    {"separate": separate, "warm": warm}[sys.argv[1]](*sys.argv[2:])
