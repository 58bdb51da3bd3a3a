"""Keeps each model's ONNX graph on disk, built once from its weights.

A graph is a folder of three files: ``graph.onnx``, ``arrays.bin`` (mapped into memory by the runtimes, not read) and
``check.json`` with the CRC-32 of both. The folder's name carries the hash of the weights; it appears whole, by a rename.
"""

import contextlib
import hashlib
import json
import logging
import shutil
import tempfile
from pathlib import Path

from core import paths
from core.errors import OutputError, output_error
from core.files import crc32
from core.models import weights
from core.models.catalogue import Model

_log = logging.getLogger(__name__)

GRAPH, ARRAYS, CHECK = "graph.onnx", "arrays.bin", "check.json"
FORMAT = 2  # counts changes of what core.models.graph builds
FUNCTIONS = ("unet.unet", "unet.softmax_unet")
SMALLEST = 64  # each of the U-Net's six layers halves the picture


def supports(model: Model) -> bool:
    """Whether the model's networks are U-Nets that a graph can be built for."""
    return model.function in FUNCTIONS and model.chunk_frames % SMALLEST == 0 and model.bins % SMALLEST == 0


def check(model: Model, arrays: weights.Weights) -> None:
    """Raises ModelDamagedError when an array that the model's networks need is missing or has the wrong shape."""
    if supports(model):
        from core.models import graph

        graph.build(model, arrays)


def graph_of(model: Model) -> Path:
    """The model's ONNX file, whole: from the cache, or built now where it is missing, damaged or of other weights.

    Raises ModelMissingError or ModelDamagedError, and an OutputError when it can be written nowhere.
    """
    name = f"{model.name.replace(':', '-')}-{model.chunk_frames}x{model.bins}-"
    places = [folder / f"{name}{weights_key(model)}.graph" for folder in _homes(model)]
    for place in places:
        if _is_whole(place):
            return place / GRAPH
    for place in places[:-1]:
        with contextlib.suppress(OutputError):
            return _built(model, place, name)
    return _built(model, places[-1], name)


def weights_key(model: Model) -> str:
    """Hexadecimal digits that change whenever the weights, or the way that graphs are built, change."""
    digest = hashlib.sha256(f"{FORMAT} {model.function} {model.function_params} {model.networks}".encode())
    for part in weights.fingerprint(model):
        digest.update(part)
    return digest.hexdigest()[:20]


def _homes(model: Model) -> list[Path]:
    """Where its graph may lie: beside the weights in Antara's own folder, and in the user's cache.

    Nowhere else: what stands beside weights from elsewhere would be run in their place.
    """
    location = model.locate_weights()
    ours = location.is_dir() and location.parent == paths.models_folder()
    return [location, paths.graphs_folder()] if ours else [paths.graphs_folder()]


def _is_whole(place: Path) -> bool:
    try:
        expected = json.loads((place / CHECK).read_text("utf-8"))
        return bool(expected == {name: crc32(place / name) for name in (GRAPH, ARRAYS)})
    except (OSError, ValueError):
        return False


def _built(model: Model, place: Path, name: str) -> Path:
    from filelock import FileLock  # late, as onnx: both take long to import and are needed once a model

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.parent / f".{name}lock"):
            if not _is_whole(place):  # else another process was quicker
                for older in place.parent.glob(f"{name}*.graph"):
                    shutil.rmtree(older)
                _build(model, place)
    except OSError as error:
        raise output_error(place.parent, error) from error
    return place / GRAPH


def _build(model: Model, place: Path) -> None:
    import onnx

    from core.models import graph

    _log.debug("building the graph of %s in %s", model.name, place)
    built = graph.build(model, weights.load(model))
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".graph-") as scratch:
        part = Path(scratch) / "part"
        part.mkdir()
        onnx.save_model(built, part / GRAPH, save_as_external_data=True, location=ARRAYS, size_threshold=1024)
        (part / CHECK).write_text(json.dumps({name: crc32(part / name) for name in (GRAPH, ARRAYS)}), "utf-8")
        part.rename(place)
