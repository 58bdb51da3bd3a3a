"""What runs in Demucs' own environment, and knows nothing of Antara.

demucs_side.py versions                        what is installed and how many threads it uses, as JSON
demucs_side.py model MODELS                    makes a model of htdemucs' shape, for ``demucs -n htdemucs --repo MODELS``
demucs_side.py warm MODELS SONG FOLDER TIMES   seconds for each song in one process, as JSON
"""

import json
import sys
import time
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

NAME = "htdemucs"
_SEED = 0

# How the released htdemucs differs from the defaults of its class, after public copies of its checkpoint's arguments. The
# size of the file comes out as that of the released one, 80 MiB.
_SHAPE = {
    "sources": ["drums", "bass", "other", "vocals"],
    "dconv_mode": 3,
    "bottom_channels": 512,
    "t_dropout": 0.02,
    "t_sparse_attn_window": 400,
    "multi_freqs": [],
    "segment": Fraction(39, 5),
}


def versions() -> None:
    import torch

    print(json.dumps({"demucs": version("demucs"), "torch": torch.__version__, "threads": torch.get_num_threads()}))


def model(models: str) -> None:
    """Random weights in the format that Demucs loads; in half precision, as its own are kept."""
    import torch
    from demucs.htdemucs import HTDemucs
    from demucs.states import get_state

    torch.manual_seed(_SEED)
    network = HTDemucs(**_SHAPE)
    package = {"klass": HTDemucs, "args": (), "kwargs": _SHAPE, "state": get_state(network, None, half=True)}
    Path(models).mkdir(parents=True, exist_ok=True)
    torch.save(package, Path(models) / f"{NAME}.th")
    print(json.dumps({"parameters": sum(parameter.numel() for parameter in network.parameters())}))


def warm(models: str, song: str, folder: str, times: str) -> None:
    """Decodes, separates and writes the same song again and again with one Separator; the first time loads the model.

    As the ``demucs`` command does it, with its defaults, on the CPU.
    """
    separator = None
    seconds = []
    for number in range(int(times)):
        start = time.perf_counter()
        separator = separator or _separator(Path(models))
        _separate_one(separator, Path(song), Path(folder) / str(number))
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


def _separator(models: Path) -> Any:
    from demucs.api import Separator

    return Separator(model=NAME, repo=models, device="cpu")


def _separate_one(separator: Any, song: Path, folder: Path) -> None:
    from demucs.api import save_audio

    folder.mkdir(parents=True)
    _, stems = separator.separate_audio_file(song)
    for stem, samples in stems.items():
        save_audio(samples, folder / f"{stem}.wav", separator.samplerate)


if __name__ == "__main__":
    {"versions": versions, "model": model, "warm": warm}[sys.argv[1]](*sys.argv[2:])
