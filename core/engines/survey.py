"""What of engines and devices is on this computer, for the user to choose from."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.cancel import CancelToken
from core.engines import EngineName, Place, choice, hardware
from core.engines import openvino as openvino_engine
from core.errors import EngineUnavailableError

NAMES: tuple[EngineName, ...] = ("openvino", "onnx", "pytorch", "tensorflow")


@dataclass(frozen=True)
class Survey:
    """What was found. ``missing``: the engines that cannot be used, with what they say where they are installed."""

    missing: Mapping[EngineName, str]
    places: tuple[Place, ...]  # GPUs and NPUs, each product once
    has_bf16: bool  # whether there is an engine that computes in bfloat16 here


def survey(cancel: CancelToken) -> Survey:
    """Loads the runtimes, which takes a moment; the heavy ones only where no other engine finds the GPU that there may be.

    Raises CancelledError between two of them.
    """
    missing: dict[EngineName, str] = {}
    places: dict[str, Place] = {}
    for name in NAMES:
        cancel.raise_if_cancelled()
        may_have_gpu = hardware.may_have_gpu(name)
        if not choice.is_installed(name):
            missing[name] = ""
        elif name not in choice.HEAVY or (may_have_gpu and not places):
            try:
                found = choice.MODULES[name].places()
            except EngineUnavailableError as error:
                missing[name] = str(error.parameters["detail"])
                continue
            places |= {place.name: place for place in found if place.kind != "cpu" and may_have_gpu}
    return Survey(missing, tuple(places.values()), "openvino" not in missing and openvino_engine.has_bf16())
