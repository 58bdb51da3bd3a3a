"""Demucs' models against the ``demucs`` package itself: the same weights, the same sound."""

import dataclasses
import random
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from core import cli
from core.audio.reader import read_blocks
from core.engines import EngineOptions, Place, choice, hardware
from core.engines import pytorch as pytorch_engine
from core.engines.demucs import DemucsEngine
from core.errors import ModelConfigurationError, ModelDamagedError, NoBf16Error, NoDeviceError, PackageMissingError
from core.messages import Notice
from core.models import bags, catalogue, store
from core.models.catalogue import Model
from core.separation import demucs
from core.separation.care import Care
from core.separation.segments import SEED, Window
from tests.core.test_segments import in_blocks, joined
from tests.support import bags as repositories
from tests.support import songs

needs_demucs = pytest.mark.skipif(not bags.can_run(), reason="Demucs is not installed (requirements-demucs.txt)")
GPU = Place("gpu", "Pretended GPU", "cpu")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repositories.make_repository(tmp_path_factory.mktemp("demucs") / "repository")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small networks are quicker so, also where other programs run."""
    if bags.can_run():
        import torch

        torch.set_num_threads(1)
    return


def own(model: Model) -> Callable[[], DemucsEngine]:
    engine = DemucsEngine(model, pytorch_engine.CPU, 1)
    return lambda: engine


def theirs(name: str, repository: Path, song: np.ndarray, care: Care, rate: int = 44100) -> dict[str, np.ndarray]:
    """What the package makes of it, with the shifts that Antara takes."""
    import torch
    from demucs.api import Separator

    separator = Separator(name, repository, "cpu", shifts=care.shifts, overlap=care.overlap)
    draw, sys.modules["demucs.apply"].random = random, random.Random(SEED)  # type: ignore[attr-defined]
    try:
        stems = separator.separate_tensor(torch.from_numpy(song.T.copy()), rate)[1]
    finally:
        sys.modules["demucs.apply"].random = draw  # type: ignore[attr-defined]
    return {stem: samples.numpy().T for stem, samples in stems.items()}


def assert_equal(ours: dict[str, np.ndarray], reference: dict[str, np.ndarray]) -> None:
    assert ours.keys() == reference.keys()
    for stem, samples in ours.items():
        assert samples.shape == reference[stem].shape
        assert np.abs(samples).max() > 0.01
        assert np.abs(samples - reference[stem]).max() <= 1e-6


@needs_demucs
@pytest.mark.parametrize(
    ("name", "care"),
    [
        ("four.yaml", Care(0)),
        ("four.yaml", Care(2, 0.5)),
        ("four.yaml", Care(1, 0.0)),
        ("tuned.yaml", Care()),
        ("hybrid.yaml", Care()),
        ("six.th", Care()),
    ],
)
@pytest.mark.parametrize("seconds", [0.3, 1.7])
def test_the_stems_are_the_packages_also_at_the_ends(name: str, care: Care, seconds: float, repository: Path) -> None:
    song = songs.music(seconds, 1) + np.float32(0.01)
    model = catalogue.find(str(repository / name))
    ours = joined(demucs.separate(in_blocks(song), own(model), model, "reference", care=care))
    assert_equal(ours, theirs(Path(name).stem, repository, song, care))


@needs_demucs
@pytest.mark.parametrize("rate", [48000, 22050, 96000])
def test_a_song_at_another_rate_is_converted_as_the_package_does(rate: int, repository: Path, tmp_path: Path) -> None:
    song = songs.music(0.8, 2, rate)
    path = songs.write(tmp_path / "song.wav", song, rate)
    options = ["--model", str(repository / "four.yaml"), "--mode", "reference", "--depth", "float", "-f", "{stem}"]
    assert cli.main(["separate", str(path), "-o", str(tmp_path / "out"), *options, "--threads", "1"]) == 0
    names = ("vocals", "drums", "bass", "other")
    found = {name: soundfile.read(tmp_path / "out" / f"{name}.wav", dtype="float32") for name in names}
    assert {stem_rate for _, stem_rate in found.values()} == {44100}
    samples = np.concatenate(list(read_blocks(path, rate)))
    reference = theirs("four", repository, samples, Care(), rate)
    assert_equal({name: found[name][0] for name in reference}, reference)


@needs_demucs
def test_the_command_line_separates_with_a_repository_without_a_network(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = songs.write(tmp_path / "song.wav", songs.music(1.2, 4))
    options = ["--model", str(repository / "six.th"), "--offline", "--depth", "float", "--threads", "1"]
    assert cli.main(["separate", str(path), "-o", str(tmp_path), *options, "--mode", "reference"]) == 0
    names = ["vocals", "drums", "bass", "guitar", "piano", "other"]
    assert [Path(line).stem for line in capsys.readouterr().out.splitlines()] == names
    found = {name: soundfile.read(tmp_path / "song" / f"{name}.wav", dtype="float32")[0] for name in names}
    assert_equal(found, theirs("six", repository, np.concatenate(list(read_blocks(path, 44100))), Care()))
    two = ["--two-stems", "guitar", "--shifts", "0", "--overlap", "0.1", "-f", "{stem}"]
    assert cli.main(["separate", str(path), "-o", str(tmp_path / "two"), *options, *two]) == 0
    sounds = [soundfile.read(tmp_path / "two" / f"{name}.wav", dtype="float32")[0] for name in ("guitar", "no_guitar")]
    np.testing.assert_allclose(sum(sounds), soundfile.read(path, dtype="float32")[0], atol=1e-6)


@needs_demucs
def test_a_bag_and_a_network_can_be_added_and_removed(repository: Path) -> None:
    from core.cancel import CancelToken

    for file, name, count in (("tuned.yaml", "tuned", 4), ("six.th", "six", 6)):
        (model,) = store.add(repository / file, CancelToken(), lambda transfer: None)
        assert (model.name, len(model.stems), model.own, model.installed) == (name, count, True, True)
        assert model == catalogue.find(name)
        store.verify(model, CancelToken())
        assert len(list(own(model)().networks)) == (4 if name == "tuned" else 1)
        store.remove(model)
        assert name not in catalogue.models()
    (repository / "four.yaml").with_name("torn.yaml").write_text("models: ['ht0', 'torn']\n")
    (repository / "torn.th").write_bytes((repository / "ht1.th").read_bytes()[:-1000])
    with pytest.raises(ModelDamagedError):
        store.add(repository / "torn.yaml", CancelToken(), lambda transfer: None)
    assert "torn" not in catalogue.models()
    with pytest.raises(ModelConfigurationError, match="several"):
        store.add(repository, CancelToken(), lambda transfer: None, "all")


@needs_demucs
def test_a_file_that_holds_more_than_weights_runs_nothing(tmp_path: Path) -> None:
    import torch

    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "sprung",))

    torch.save({"klass": Trap(), "args": (), "kwargs": {}, "state": {}}, tmp_path / "trap.th")
    with pytest.raises(ModelDamagedError, match="more than weights"):
        catalogue.find(str(tmp_path / "trap.th"))
    assert not (tmp_path / "sprung").exists()


@needs_demucs
@pytest.mark.parametrize("sources", [["../vocals", "drums"], ["vocals"], ["vocals", "vocals"]])
def test_stems_that_no_files_can_be_named_by_are_refused(sources: list[str], repository: Path, tmp_path: Path) -> None:
    import torch

    package = torch.load(repository / "ht0.th", "cpu", weights_only=False)
    kind, arguments = package["klass"], {**package["kwargs"], "sources": sources}
    repositories.save(tmp_path / "odd.th", kind, arguments, 0)
    with pytest.raises(ModelConfigurationError, match="two stems"):
        catalogue.find(str(tmp_path / "odd.th"))


@needs_demucs
@pytest.mark.parametrize("numpy_core", [b"core", b"_core"])
def test_numbers_of_numpy_beside_the_weights_are_no_obstacle(repository: Path, tmp_path: Path, numpy_core: bytes) -> None:
    """Demucs' own files hold some, pickled by a NumPy of their time."""
    import torch

    package = torch.load(repository / "ht0.th", "cpu", weights_only=False)
    torch.save({**package, "training_args": {"loss": np.float64(0.5), "epoch": np.int64(3)}}, tmp_path / "new.th")
    with zipfile.ZipFile(tmp_path / "new.th") as new, zipfile.ZipFile(tmp_path / "old.th", "w") as old:
        for name in new.namelist():
            old.writestr(name, new.read(name).replace(b"numpy._core.multiarray", b"numpy." + numpy_core + b".multiarray"))
    assert set(catalogue.find(str(tmp_path / "old.th")).stems) == set(package["kwargs"]["sources"])


@needs_demucs
@pytest.mark.parametrize(
    ("file", "content", "error"),
    [
        ("cut.th", None, ModelDamagedError),
        ("empty.th", b"", ModelDamagedError),
        ("list.yaml", b"- a\n", ModelConfigurationError),
        ("no.yaml", b"models: [", ModelConfigurationError),
        ("gone.yaml", b"models: ['gone']\n", ModelConfigurationError),
        ("none.yaml", b"models: []\n", ModelConfigurationError),
        ("odd.yaml", b"models: ['ht0']\nweights: [[1], [2]]\n", ModelConfigurationError),
        ("nothing.yaml", b"models: ['ht0']\nweights: [[0, 1, 1, 1]]\n", ModelConfigurationError),
    ],
)
def test_what_is_damaged_is_said_in_a_sentence(
    file: str, content: bytes | None, error: type[Exception], repository: Path, tmp_path: Path
) -> None:
    whole = (repository / "ht0.th").read_bytes()
    (tmp_path / "ht0.th").write_bytes(whole)
    (tmp_path / file).write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(error):
        catalogue.find(str(tmp_path / file))


@needs_demucs
def test_a_gpu_without_memory_takes_fewer_windows_and_then_gives_way_to_the_cpu(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a device raises is pretended; the way from there to the CPU is the real one."""
    monkeypatch.setattr(hardware, "may_have_gpu", lambda engine: engine == "pytorch")
    monkeypatch.setattr(pytorch_engine, "places", lambda: [GPU, pytorch_engine.CPU])
    model = catalogue.find(str(repository / "four.yaml"))
    said: list[Notice] = []
    engine = choice.choose(model, EngineOptions("openvino", threads=1), said.append)
    assert engine.place == GPU
    running: Any = engine._engine
    sizes: list[int] = []

    def full(windows: Any) -> Any:
        sizes.append(len(windows))
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(running, "_modules", [full])
    song = songs.music(2.5, 1)
    ours = joined(demucs.separate(in_blocks(song), lambda: engine, model, "reference", care=Care(0)))
    assert sizes == [4, 2, 1]
    assert [notice.code for notice in said] == ["gpu_memory_full"]
    assert engine.place == pytorch_engine.CPU
    assert_equal(ours, theirs("four", repository, song, Care(0)))


@needs_demucs
def test_windows_of_several_networks_and_sizes_go_through_one_batch(repository: Path) -> None:
    model = catalogue.find(str(repository / "tuned.yaml"))
    engine = own(model)()
    rng = np.random.default_rng(0)
    size = engine.networks[0].segment
    windows = [Window(network, rng.standard_normal((2, size)).astype(np.float32)) for network in (0, 0, 1, 0, 3)]
    expected = list(engine.estimates(windows))
    engine.batch = 5
    for together, alone in zip(engine.estimates(windows), expected, strict=True):
        np.testing.assert_allclose(together, alone, atol=1e-5)


@needs_demucs
def test_what_it_cannot_do_is_said(repository: Path) -> None:
    model = catalogue.find(str(repository / "four.yaml"))
    with pytest.raises(NoBf16Error):
        choice.choose(model, EngineOptions(precision="bf16"))
    with pytest.raises(NoDeviceError):
        choice.choose(model, EngineOptions(device="npu"))
    assert model.bag is not None
    narrow = bags.Bag(model.bag.files, ((1.0, 1.0),))
    with pytest.raises(ModelDamagedError, match="weights do not fit"):
        own(dataclasses.replace(model, bag=narrow))
    with pytest.raises(ModelDamagedError, match="other stems"):
        own(dataclasses.replace(model, networks=("vocals", "choir")))


def test_without_the_package_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bags, "can_run", lambda: False)
    path = songs.write(tmp_path / "song.wav", songs.music(0.2))
    assert cli.main(["separate", str(path), "--model", "htdemucs"]) == 1
    assert "python3 dev.py demucs" in capsys.readouterr().err
    monkeypatch.setattr(sys, "frozen", True, raising=False)  # as in the program of an installer
    assert cli.main(["separate", str(path), "--model", "htdemucs"]) == 1
    assert "Demucs cannot be added to this Antara; run Antara from its source code" in capsys.readouterr().err
    monkeypatch.delattr(sys, "frozen")
    (tmp_path / "four.yaml").write_text("models: ['a']")
    with pytest.raises(PackageMissingError):
        catalogue.find(str(tmp_path / "four.yaml"))
    with pytest.raises(PackageMissingError):
        choice.choose(catalogue.find("htdemucs"))


@pytest.mark.parametrize(
    ("model", "option"),
    [("builtin", "--shifts=2"), ("builtin", "--overlap=0.5"), ("htdemucs", "--mwf"), ("builtin", "--two-stems=piano")],
)
def test_a_setting_that_means_nothing_to_the_model_is_refused(
    model: str, option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = songs.write(tmp_path / "song.wav", songs.music(0.2))
    assert cli.main(["separate", str(path), "--offline", "--model", model, option, "-o", str(tmp_path)]) == 1
    assert option.split("=")[0] in (said := capsys.readouterr().err) or "has no stem" in said


def test_two_stems_of_another_model_are_one_and_all_the_others(tmp_path: Path) -> None:
    song = songs.music(2, 3)
    path = songs.write(tmp_path / "song.wav", song)
    options = ["--two-stems", "accompaniment", "--depth", "float", "-f", "{stem}", "--device", "cpu"]
    assert cli.main(["separate", str(path), "-o", str(tmp_path), *options]) == 0
    sounds = [soundfile.read(tmp_path / f"{name}.wav", dtype="float32")[0] for name in ("accompaniment", "no_accompaniment")]
    np.testing.assert_allclose(sum(sounds), soundfile.read(path, dtype="float32")[0], atol=1e-6)
