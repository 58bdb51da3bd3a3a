"""The catalogue is held against its format, and so is every configuration of a user's own model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelConfigurationError
from core.models import catalogue

CONFIGURATION: dict[str, Any] = {
    "instrument_list": ["गायन", "rest"],
    "sample_rate": 44100,
    "frame_length": 4096,
    "frame_step": 1024,
    "T": 512,
    "F": 1024,
    "model_dir": "mine",
    "model": {"type": "unet.unet", "params": {}},
}


def text_with(path: str, value: object) -> str:
    """The catalogue with one value changed; ``path`` as ``models/1/masks``."""
    found = json.loads(catalogue.source())
    inner = found
    *parents, last = path.split("/")
    for name in parents:
        inner = inner[int(name) if isinstance(inner, list) else name]
    inner[last] = value
    return json.dumps(found)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("models/1/masks", "guess"),
        ("models/1/name", 5),
        ("models/1/weights", "both.npz"),
        ("models/1/colour", "red"),
        ("models/0/quality/sdr_db/vocals", "good"),
        ("archives/2stems/sha256", "f3a9"),
        ("archives/2stems/urls", []),
        ("archives/2stems/size", "73 MB"),
        ("archives", []),
    ],
)
def test_a_mistake_in_the_catalogue_is_found_when_it_is_loaded(
    path: str, value: object, use_catalogue: Callable[[str], None]
) -> None:
    use_catalogue(text_with(path, value))
    with pytest.raises(ValueError, match=r"\S"):
        catalogue.official()


def test_a_search_path_that_cannot_be_looked_at_has_no_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODEL_PATH", str(tmp_path / (300 * "a")))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / (300 * "b")))
    assert [model.name for model in catalogue.models().values() if model.installed] == ["builtin"]


def test_official_archives_are_pinned_and_shared_by_the_variants() -> None:
    wide, narrow = catalogue.find("2stems-16kHz"), catalogue.find("2stems")
    assert wide.archive is not None
    assert wide.archive == narrow.archive
    assert wide.archive.sha256 == "f3a90b39dd2874269e8b05a48a86745df897b848c61f3958efc80a39152bd692"
    assert wide.archive.urls == ("https://github.com/deezer/spleeter/releases/download/v1.4.0/2stems.tar.gz",)


def test_every_model_says_its_licence_and_its_source() -> None:
    for model in catalogue.official().values():
        assert model.licence
        assert model.citation
        assert model.archive is None or all(url.startswith("https://") for url in model.archive.urls)


def write(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({**CONFIGURATION, **changes}), "utf-8")
    return path


def test_a_configuration_of_spleeters_format_is_a_model(tmp_path: Path) -> None:
    path = write(tmp_path, train_csv="x.csv", learning_rate=1e-4, separation_exponent=1, mask_extension="average")
    model = catalogue.find(str(path))
    assert (model.name, model.stems, model.masks) == ("mine", ("गायन", "rest"), "ratio")
    assert (model.chunk_frames, model.bins, model.exponent, model.mask_extension) == (512, 1024, 1, "average")
    assert model.own
    assert not model.installed


def test_a_single_network_leaves_the_rest_of_the_song_as_the_other_stem(tmp_path: Path) -> None:
    model = catalogue.read_configuration(write(tmp_path, instrument_list=["vocals"]), "solo")
    assert (model.stems, model.masks) == (("vocals", "accompaniment"), "direct")


def test_what_the_format_does_not_say_stands_under_antara(tmp_path: Path) -> None:
    quality = {"sdr_db": {"crowd": 3.5}, "measured_on": "a stadium", "source": "us"}
    extras = {"masks": "ratio", "residual": "crowd", "licence": "CC0", "quality": quality}
    model = catalogue.read_configuration(write(tmp_path, antara=extras), "mine")
    assert (model.masks, model.residual, model.licence) == ("ratio", "crowd", "CC0")
    assert model.quality is not None
    assert model.quality.sdr_db == {"crowd": 3.5}


@pytest.mark.parametrize(
    "changes",
    [
        {"instrument_list": []},
        {"instrument_list": ["vocals", "vocals"]},
        {"instrument_list": ["../vocals"]},
        {"instrument_list": "vocals"},
        {"sample_rate": 0},
        {"frame_step": 0},
        {"frame_step": 5000},
        {"F": 4000},
        {"T": -1},
        {"n_channels": 1},
        {"mask_extension": "guess"},
        {"model": "unet.unet"},
        {"model": {"type": "unet.unet", "params": {"input_roots": "2"}}},
        {"model": {"type": "unet.unet", "params": {"input_roots": 99}}},
        {"model_dir": ""},
        {"antara": {"masks": "guess"}},
        {"antara": {"unknown": 1}},
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(changes: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ModelConfigurationError) as caught:
        catalogue.find(str(write(tmp_path, **changes)))
    assert caught.value.parameters["detail"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"model": {"params": ' + b"[" * 100_000])
def test_a_configuration_that_is_none_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(content)
    with pytest.raises(ModelConfigurationError):
        catalogue.find(str(path))
