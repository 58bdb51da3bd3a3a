"""What runs in sherpa-onnx's own environment, and knows nothing of Antara. ``sherpa_model.py`` makes the MODELS folder.

sherpa_side.py versions                               what is installed, as JSON
sherpa_side.py separate MODELS SAMPLES.npy STEMS.npz  its output for these samples
sherpa_side.py warm MODELS SONG FOLDER TIMES          seconds for each song in one process, as JSON
"""

import json
import os
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

RATE = 44100
STEMS = ("vocals", "accompaniment")


def versions() -> None:
    print(json.dumps({name: version(name) for name in ("sherpa-onnx", "soundfile")}))


def separate(models: str, samples: str, target: str) -> None:
    """Separates with ``OfflineSourceSeparation`` and keeps its stems, in its own length."""
    import numpy as np

    np.savez(target, **_stems(_separator(Path(models)), np.load(samples), RATE))
    versions()


def warm(models: str, song: str, folder: str, times: str) -> None:
    """Decodes, separates and writes the same song again and again with one separator; the first time loads the models."""
    separator = None
    seconds = []
    for number in range(int(times)):
        start = time.perf_counter()
        separator = separator or _separator(Path(models))
        _separate_one(separator, song, Path(folder) / str(number))
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


def _separator(models: Path) -> Any:
    import sherpa_onnx

    vocals, accompaniment = (str(models / f"{stem}.onnx") for stem in STEMS)
    networks = sherpa_onnx.OfflineSourceSeparationSpleeterModelConfig(vocals=vocals, accompaniment=accompaniment)
    model = sherpa_onnx.OfflineSourceSeparationModelConfig(spleeter=networks, num_threads=_processors())
    config = sherpa_onnx.OfflineSourceSeparationConfig(model=model)
    if not config.validate():
        raise ValueError(f"sherpa-onnx does not take what lies in {models}")
    return sherpa_onnx.OfflineSourceSeparation(config)


def _separate_one(separator: Any, song: str, folder: Path) -> None:
    import soundfile

    samples, rate = soundfile.read(song, dtype="float32", always_2d=True)
    folder.mkdir(parents=True)
    for stem, data in _stems(separator, samples, rate).items():
        soundfile.write(folder / f"{stem}.wav", data, RATE, "PCM_16")


def _stems(separator: Any, samples: Any, rate: int) -> dict[str, Any]:
    """{stem: (n, 2)} for samples (n, 2)."""
    import numpy as np

    output = separator.process(sample_rate=rate, samples=np.ascontiguousarray(samples.T))
    return {stem: np.asarray(part.data).T for stem, part in zip(STEMS, output.stems, strict=True)}


def _processors() -> int:
    """Those that this process may use: sherpa-onnx would use one."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    {"versions": versions, "separate": separate, "warm": warm}[sys.argv[1]](*sys.argv[2:])
