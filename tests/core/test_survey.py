"""What the settings offer of engines and devices is what is here."""

import pytest

from core.cancel import CancelToken
from core.engines import EngineName, Place, choice, hardware
from core.engines import onnx as onnx_engine
from core.engines import openvino as openvino_engine
from core.engines import tensorflow as tensorflow_engine
from core.engines.survey import survey
from core.errors import CancelledError, EngineUnavailableError

GPU = Place("gpu", "A GPU", "CUDAExecutionProvider")
NPU = Place("npu", "An NPU", "NPU")


@pytest.fixture
def drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be GPUs."""
    monkeypatch.setattr(hardware, "may_have_gpu", lambda name: True)


def test_all_engines_of_this_environment_can_be_chosen() -> None:
    found = survey(CancelToken())
    assert found.missing == ({} if choice.is_installed("pytorch") else {"pytorch": ""})
    assert found.has_bf16 == openvino_engine.has_bf16()
    assert all(place.kind != "cpu" for place in found.places)


def test_an_engine_that_is_not_installed_is_missing_and_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[EngineName] = ["openvino"]
    monkeypatch.setattr(choice, "is_installed", lambda name: name in installed)
    monkeypatch.setattr(onnx_engine, "places", lambda: pytest.fail("it was asked"))
    assert survey(CancelToken()).missing == {"onnx": "", "pytorch": "", "tensorflow": ""}


def test_an_engine_that_does_not_start_is_missing_with_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> list[Place]:
        raise EngineUnavailableError(engine="OpenVINO", detail="a library is missing")

    monkeypatch.setattr(openvino_engine, "places", fail)
    found = survey(CancelToken())
    assert found.missing["openvino"] == "a library is missing"
    assert not found.has_bf16


@pytest.mark.usefixtures("drivers")
def test_every_device_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_engine, "places", lambda: [GPU, onnx_engine.CPU])
    monkeypatch.setattr(openvino_engine, "places", lambda: [GPU, NPU, openvino_engine.CPU])
    monkeypatch.setattr(tensorflow_engine, "places", lambda: pytest.fail("it was loaded, though a GPU was found"))
    assert {place.name for place in survey(CancelToken()).places} == {"A GPU", "An NPU"}


@pytest.mark.usefixtures("drivers")
def test_tensorflow_is_asked_when_no_other_engine_finds_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (onnx_engine, openvino_engine):
        monkeypatch.setattr(module, "places", lambda module=module: [module.CPU])
    monkeypatch.setattr(tensorflow_engine, "places", lambda: [GPU, tensorflow_engine.CPU])
    assert survey(CancelToken()).places == (GPU,)


def test_what_a_runtime_could_use_does_not_count_without_drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "may_have_gpu", lambda name: False)
    monkeypatch.setattr(onnx_engine, "places", lambda: [GPU, onnx_engine.CPU])
    assert survey(CancelToken()).places == ()


def test_it_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        survey(token)
