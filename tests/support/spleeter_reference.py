"""Spleeter itself, for comparison: checkpoints of the official format with random weights, and its own whole-song graph."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from core import tensorflow_runtime


def configuration(name: str) -> dict[str, Any]:
    """Spleeter's own configuration, e.g. ``2stems``."""
    tensorflow_runtime.load()
    from spleeter.utils.configuration import load_configuration

    return dict(load_configuration(f"spleeter:{name}"))


def make_checkpoint(folder: Path, params: dict[str, Any], song: np.ndarray, seed: int = 0) -> Path:
    """Writes a checkpoint as Spleeter's training would, with random kernels, into ``folder``.

    The batch-norm statistics are those of ``song`` (n, 2) in each layer, scaled at random as training leaves them, so that
    activations keep their size through the network and the masks are spread out, as a trained model's are.
    """
    tf = tensorflow_runtime.load()
    rng = np.random.default_rng(seed)
    with tf.Graph().as_default() as graph, tf.compat.v1.Session() as session:
        builder, features = _builder(tf, params)
        _ = builder.model_outputs
        tf.compat.v1.train.create_global_step()
        session.run(tf.compat.v1.global_variables_initializer())
        _randomise(tf, session, rng)
        normalisations = [op for op in graph.get_operations() if op.type.startswith("FusedBatchNorm")]
        for operation in sorted(normalisations, key=_layer_number):
            _calibrate(graph, session, operation, {features["waveform"]: song}, rng)
        folder.mkdir(parents=True, exist_ok=True)
        tf.compat.v1.train.Saver(save_relative_paths=True).save(session, str(folder / "model"))
    (folder / ".probe").write_text("OK")
    return folder


@contextmanager
def separator(params: dict[str, Any], checkpoint_folder: Path) -> Iterator[Callable[[np.ndarray], dict[str, np.ndarray]]]:
    """A function from a song (n, 2) to {stem: (n, 2)}, as ``spleeter.separator.Separator`` computes it: in one graph."""
    tf = tensorflow_runtime.load()
    with tf.Graph().as_default():
        builder, features = _builder(tf, params)
        outputs = {stem: builder.outputs[stem] for stem in params["instrument_list"]}
        session = tf.compat.v1.Session()
        tf.compat.v1.train.Saver().restore(session, tf.train.latest_checkpoint(str(checkpoint_folder)))
    with contextlib.closing(session):
        yield lambda song: dict(session.run(outputs, {features["waveform"]: song, features["audio_id"]: "song"}))


def _builder(tf: Any, params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    from spleeter.model import EstimatorSpecBuilder, InputProviderFactory

    features = InputProviderFactory.get(params).get_input_dict_placeholders()
    placeholders = dict(features)
    return EstimatorSpecBuilder(features, params), placeholders


def _randomise(tf: Any, session: Any, rng: np.random.Generator) -> None:
    ranges = {"gamma": (0.6, 1.4), "beta": (-0.3, 0.3), "bias": (-0.1, 0.1)}
    for variable in tf.compat.v1.global_variables():
        kind = variable.op.name.split("/")[-1]
        if kind in ranges:
            variable.load(rng.uniform(*ranges[kind], variable.shape).astype(np.float32), session)


def _layer_number(operation: Any) -> int:
    layer = operation.name.split("/")[0].removeprefix("batch_normalization")
    return int(layer.removeprefix("_") or 0)


def _calibrate(graph: Any, session: Any, operation: Any, feed: dict[Any, np.ndarray], rng: np.random.Generator) -> None:
    activations = session.run(operation.inputs[0], feed)
    mean, variance = activations.mean(axis=(0, 1, 2)), activations.var(axis=(0, 1, 2))
    layer = operation.name.split("/")[0]
    for variable in graph.get_collection("variables"):
        if variable.op.name == f"{layer}/moving_mean":
            variable.load(mean * rng.uniform(0.8, 1.2, mean.shape).astype(np.float32), session)
        elif variable.op.name == f"{layer}/moving_variance":
            variable.load(variance * rng.uniform(0.7, 1.4, mean.shape).astype(np.float32) + 1e-3, session)
