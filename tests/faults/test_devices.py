"""Devices that are not there, or fail on the way: the same stems come out, and it is said."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from core import cli
from core.arrays import FloatArray
from core.engines import Place, choice
from core.engines import openvino as openvino_engine
from core.errors import EngineError, EngineFailedError, OutOfMemoryError
from core.models.catalogue import Model
from tests.support import songs

_GPU = Place("gpu", "Pretended GPU", "GPU.0")
_SECONDS = 40  # four chunks


class _FailingGpu(openvino_engine.OpenVinoEngine):
    """Computes as the CPU does, up to a chunk."""

    def __init__(self, model: Model, chunks: int, error: EngineError) -> None:
        super().__init__(model, openvino_engine.CPU, "f32")
        self.place = _GPU
        self._chunks, self._error = chunks, error

    def estimates(self, magnitudes: Iterable[FloatArray]) -> Iterator[FloatArray]:
        answers = super().estimates(magnitudes)
        for _ in range(self._chunks):
            yield next(answers)
        raise self._error


@pytest.mark.parametrize(
    "error",
    [OutOfMemoryError(engine="OpenVINO"), EngineFailedError(engine="OpenVINO", detail="the device was lost")],
    ids=lambda error: error.code,
)
@pytest.mark.parametrize("chunks", [0, 2])
def test_a_gpu_that_fails_in_the_middle_of_a_song_gives_the_same_files_and_that_is_said(
    error: EngineError, chunks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    song = songs.write(tmp_path / "गीत.flac", 0.5 * songs.music(_SECONDS, 3))
    separate(song, tmp_path / "calm")
    candidates = choice._candidates

    def with_gpu(model: Model, options: Any) -> Iterator[choice.Candidate]:
        yield choice.Candidate(_GPU, lambda: _FailingGpu(model, chunks, error))
        yield from candidates(model, options)

    monkeypatch.setattr(choice, "_candidates", with_gpu)
    capsys.readouterr()
    separate(song, tmp_path / "troubled")
    assert "Pretended GPU" in capsys.readouterr().err
    for stem in ("vocals", "accompaniment"):
        calm, troubled = (soundfile.read(tmp_path / run / f"{stem}.wav")[0] for run in ("calm", "troubled"))
        np.testing.assert_allclose(calm, troubled, atol=2 / 2**15)


def separate(song: Path, output: Path) -> None:
    options = ["--offline", "--model", "builtin", "--engine", "openvino", "--precision", "f32", "-f", "{stem}.{codec}"]
    assert cli.main(["separate", *options, "-o", str(output), str(song)]) == 0
