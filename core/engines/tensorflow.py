"""Spleeter's own network code on TensorFlow: the reference, and NVIDIA's GPUs on Linux."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from core import tensorflow_runtime
from core.arrays import FloatArray
from core.engines import Place, Precision
from core.errors import EngineFailedError, ModelDamagedError, OutOfMemoryError
from core.models import weights
from core.models.catalogue import ROOT_FLOOR, Model

NAME = "TensorFlow"
CPU = Place("cpu", "CPU", "/CPU:0")


class TensorFlowEngine:
    """A persistent compiled function of all networks of a model."""

    name = NAME
    precision: Precision = "f32"

    def __init__(self, model: Model, place: Place, threads: int | None = None) -> None:
        """Raises ModelErrors, EngineUnavailableError and EngineFailedError."""
        self.place = place
        self._model = model
        self._weights = weights.load(model)
        self._tf = tensorflow_runtime.load()
        if threads:
            with contextlib.suppress(RuntimeError):  # it has begun with another number, which cannot be changed any more
                self._tf.config.threading.set_intra_op_parallelism_threads(threads)
        with _failures(self._tf):
            self._function = self._build()
        self._weights = {}

    def _build(self) -> Any:
        """(1, T, F, 2) → list of (1, T, F, 2), with the weights in place."""
        tf = self._tf
        from spleeter.model import get_model_function

        # Rewriting the graph for the CPU takes 0.09 s at the first chunk and gains nothing; on a GPU it changes the layout.
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": self.place.kind == "cpu"})
        model = self._model
        apply_networks: Any = get_model_function(model.function)  # type: ignore[no-untyped-call]

        def networks(magnitude: Any) -> list[Any]:
            seen = magnitude + ROOT_FLOOR if model.input_roots else magnitude
            for _ in range(model.input_roots):
                seen = tf.sqrt(seen)
            outputs = apply_networks(seen, model.networks, dict(model.function_params))
            estimates = [outputs[f"{stem}_spectrogram"] for stem in model.networks]
            # They are masks times what the networks saw.
            return [estimate * (magnitude / seen) for estimate in estimates] if model.input_roots else estimates

        shape = (1, model.chunk_frames, model.bins, 2)
        with tf.device(self.place.handle), tf.variable_creator_scope(self._weighted_variable):
            return tf.compat.v1.wrap_function(networks, [tf.TensorSpec(shape, tf.float32)])

    def _weighted_variable(self, next_creator: Any, **options: Any) -> Any:
        """Makes a variable with its array in it, where Keras would draw random numbers.

        Every variable must have its array: a network with a missing one would run, and separate nothing.
        """
        name = options["name"].removesuffix("/")
        array = self._weights.get(name)
        if array is None:
            raise ModelDamagedError(name=self._model.name, detail=f"{name} is missing")
        if tuple(options["shape"]) != array.shape:
            raise ModelDamagedError(name=self._model.name, detail=f"{name} has the wrong shape")
        return next_creator(**{**options, "initial_value": array})

    def estimates(self, magnitudes: Iterable[FloatArray]) -> Iterator[FloatArray]:
        """See Estimator.estimates."""
        for magnitude in magnitudes:
            with _failures(self._tf):
                outputs = self._function(self._tf.constant(magnitude.transpose(1, 2, 0)[np.newaxis]))
                stacked = np.concatenate([output.numpy() for output in outputs])
            yield np.ascontiguousarray(stacked.transpose(0, 3, 1, 2))


def places() -> list[Place]:
    """The CPU, and the GPUs that TensorFlow sees, ready for use by a program that is not alone.

    Memory is taken as it is needed, and convolutions keep full float32 precision: TF32 would cost the parity with the CPU.
    Raises EngineUnavailableError.
    """
    tf = tensorflow_runtime.load()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    found = []
    for index, gpu in enumerate(tf.config.list_physical_devices("GPU")):
        if not tf.config.experimental.get_memory_growth(gpu):
            tf.config.experimental.set_memory_growth(gpu, True)
        name = tf.config.experimental.get_device_details(gpu).get("device_name", f"GPU {index}")
        found.append(Place("gpu", name, f"/GPU:{index}", "rocm" if tf.test.is_built_with_rocm() else "cuda"))
    return [*found, CPU]


@contextlib.contextmanager
def _failures(tf: Any) -> Iterator[None]:
    """TensorFlow's errors as ours."""
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise OutOfMemoryError(engine=NAME) from error
    except tf.errors.OpError as error:
        detail = (str(error).splitlines() or [type(error).__name__])[0]
        raise EngineFailedError(engine=NAME, detail=detail) from error
