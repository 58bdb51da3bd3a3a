"""Spleeter's own network code on TensorFlow: the reference engine, on a GPU where TensorFlow sees one."""

from typing import Any

import numpy as np

from core import tensorflow_runtime
from core.arrays import FloatArray
from core.engines import Device, DeviceChoice, Notify, ignore_notice
from core.errors import EngineFailedError, ModelDamagedError, NoGpuError
from core.messages import Notice
from core.models.catalogue import Model
from core.models.weights import Weights

NAME = "TensorFlow"
CPU = "/CPU:0"


class TensorFlowEngine:
    """A persistent compiled function of all networks of a model, fed one chunk at a time."""

    name = NAME

    def __init__(
        self, model: Model, weights: Weights, device: DeviceChoice = "auto", notify: Notify = ignore_notice
    ) -> None:
        self._tf = tensorflow_runtime.load()
        self._model = model
        self._weights = weights
        self._notify = notify
        self._function: Any = None
        self._place(*self._choose_device(device))

    def _choose_device(self, choice: DeviceChoice) -> tuple[str, Device]:
        """TensorFlow's name for the device, and ours. Raises NoGpuError when one is asked for and none is seen."""
        gpus = find_gpus(self._tf)  # also when the CPU is chosen: TensorFlow starts GPUs that it sees
        if choice == "cpu":
            return CPU, self._cpu("runs_on_cpu_chosen")
        if gpus:
            place, name = gpus[0]
            return place, Device("gpu", name, Notice("runs_on_gpu", {"device": name, "engine": NAME}))
        if choice == "gpu":
            raise NoGpuError(engine=NAME)
        return CPU, self._cpu("runs_on_cpu_no_gpu")

    def _cpu(self, code: str) -> Device:
        return Device("cpu", "CPU", Notice(code, {"engine": NAME}))

    def _place(self, place: str, device: Device) -> None:
        """Builds the networks on a device; on the CPU instead when a GPU fails to start."""
        try:
            self._function = self._build(place)
        except self._tf.errors.OpError as error:
            if device.kind != "gpu":
                raise EngineFailedError(engine=NAME, detail=_first_line(error)) from error
            self._fall_back(device, error)
        else:
            self.device = device
            if device.kind == "cpu":
                self._weights = {}  # needed again only for a fall from a GPU

    def _build(self, place: str) -> Any:
        """(1, T, F, 2) → list of (1, T, F, 2), with the weights in place."""
        tf = self._tf
        from spleeter.model import get_model_function

        # Rewriting the graph for the CPU takes 0.09 s at the first chunk and gains nothing; on a GPU it changes the layout.
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": place == CPU})
        model = self._model
        apply_networks: Any = get_model_function(model.function)  # type: ignore[no-untyped-call]

        def networks(magnitude: Any) -> list[Any]:
            outputs = apply_networks(magnitude, model.networks, dict(model.function_params))
            return [outputs[f"{stem}_spectrogram"] for stem in model.networks]

        shape = (1, model.chunk_frames, model.bins, 2)
        with tf.device(place), tf.variable_creator_scope(self._weighted_variable):
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

    def estimate(self, magnitude: FloatArray) -> FloatArray:
        """See Engine.estimate."""
        try:
            return self._run(magnitude)
        except self._tf.errors.OpError as error:
            if self.device.kind != "gpu":
                raise EngineFailedError(engine=NAME, detail=_first_line(error)) from error
            self._fall_back(self.device, error)
            return self.estimate(magnitude)  # on the CPU now

    def _run(self, magnitude: FloatArray) -> FloatArray:
        outputs = self._function(self._tf.constant(magnitude[np.newaxis]))
        return np.concatenate([output.numpy() for output in outputs])

    def _fall_back(self, gpu: Device, error: Any) -> None:
        if isinstance(error, self._tf.errors.ResourceExhaustedError):
            reason = Notice("gpu_memory_full", {"device": gpu.name})
        else:
            reason = Notice("gpu_failed", {"device": gpu.name, "detail": _first_line(error)})
        self._function = None
        self._notify(reason)
        self._place(CPU, Device("cpu", "CPU", reason))


def find_gpus(tf: Any) -> list[tuple[str, str]]:
    """(TensorFlow's device string, the product's name) of each GPU, ready for use by a program that is not alone.

    Memory is taken as it is needed, and convolutions keep full float32 precision: TF32 would cost the parity with the CPU.
    """
    tf.config.experimental.enable_tensor_float_32_execution(False)
    found = []
    for index, gpu in enumerate(tf.config.list_physical_devices("GPU")):
        if not tf.config.experimental.get_memory_growth(gpu):
            tf.config.experimental.set_memory_growth(gpu, True)
        name = tf.config.experimental.get_device_details(gpu).get("device_name", f"GPU {index}")
        found.append((f"/GPU:{index}", name))
    return found


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
