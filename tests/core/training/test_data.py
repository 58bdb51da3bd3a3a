"""Songs from CSV files and folders into packs, and batches from packs."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

pytest.importorskip("scipy", reason="SciPy is not installed (requirements-train.txt)")

from core.errors import ModelConfigurationError, TrainingDataError
from core.training import data
from core.training.config import Configuration, read_configuration
from core.training.pack import Pack, PackWriter, pack_rate
from core.training.remix import Mixing, Remixer

RATE = 22050
STEMS = ("vocals", "accompaniment")


def noise(seconds: float, seed: int, level: float = 0.1, rate: int = RATE) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal((round(seconds * rate), 2))).astype(np.float32)


def make_pack(folder: Path) -> Pack:
    """Two songs and some pieces of pools."""
    with PackWriter(folder, RATE) as writer:
        for index, split in enumerate(("train", "validation")):
            writer.add(f"song {index}", split, {stem: noise(4, index * 2 + n) for n, stem in enumerate(STEMS)})  # type: ignore[arg-type]
        writer.add("voice", "train", {"vocals": noise(1, 10)})
        writer.add("backing", "train", {"accompaniment": noise(3, 11)})
    return Pack(folder)


def test_a_pack_gives_back_what_went_in(tmp_path: Path) -> None:
    pack = make_pack(tmp_path)
    piece = pack.pieces("train", "vocals")[0]
    np.testing.assert_allclose(pack.read(piece, "vocals", 100, 50), noise(4, 0)[100:150], atol=2e-5)
    before = pack.read(piece, "vocals", -10, 20)
    assert not before[:10].any()
    assert before[10:].any()
    assert not pack.read(piece, "vocals", piece.frames, 5).any()


@pytest.mark.parametrize("damage", ["nothing", "no samples", "cut off", "no manifest"])
def test_a_damaged_pack_is_refused(damage: str, tmp_path: Path) -> None:
    make_pack(tmp_path)
    if damage == "nothing":
        assert Pack(tmp_path).rate == RATE
        return
    if damage == "no samples":
        (tmp_path / "pack.i16").unlink()
    elif damage == "cut off":
        (tmp_path / "pack.i16").write_bytes(b"1234")
    else:
        (tmp_path / "pack.json").unlink()
    with pytest.raises(TrainingDataError):
        Pack(tmp_path)


def test_a_pack_that_was_interrupted_is_none(tmp_path: Path) -> None:
    writer = PackWriter(tmp_path, RATE)
    writer.add("song", "train", {"vocals": noise(1, 0)})
    writer.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    with pytest.raises(TrainingDataError):
        Pack(tmp_path)


def test_the_lowest_rate_with_all_bins_is_chosen() -> None:
    assert pack_rate(44100, 4096, 1024) == 22050
    assert pack_rate(44100, 4096, 1536) == 44100
    assert pack_rate(44100, 4096, 512) == 11025


def test_batches_are_the_same_for_the_same_step_and_different_for_others(tmp_path: Path) -> None:
    remixers = [Remixer(make_pack(tmp_path), "train", STEMS, RATE, 5, Mixing()) for _ in range(2)]
    first = remixers[0].batch(3, 2)
    remixers[1].batch(1, 2)
    np.testing.assert_array_equal(remixers[1].batch(3, 2), first)
    assert first.shape == (2, 2, RATE, 2)
    assert not np.array_equal(remixers[0].batch(4, 2), first)
    assert np.abs(first.sum(axis=1)).max() <= 1.0001


def test_a_split_without_a_stem_is_refused(tmp_path: Path) -> None:
    with PackWriter(tmp_path, RATE) as writer:
        writer.add("voice", "train", {"vocals": noise(1, 0)})
    with pytest.raises(TrainingDataError, match="accompaniment"):
        Remixer(Pack(tmp_path), "train", STEMS, RATE, 0, Mixing())


def test_spleeters_csv_files_are_read_and_the_missing_stem_is_the_rest_of_the_mix(tmp_path: Path) -> None:
    vocals, backing = noise(1, 0, rate=44100), noise(1, 1, rate=44100)
    (tmp_path / "a").mkdir()
    soundfile.write(tmp_path / "a" / "mix.wav", vocals + backing, 44100, subtype="FLOAT")
    soundfile.write(tmp_path / "a" / "vocals.wav", vocals, 44100, subtype="FLOAT")
    (tmp_path / "train.csv").write_text("mix_path,vocals_path,duration\na/mix.wav,a/vocals.wav,1.0\n")
    configuration = msgspec.convert({"instrument_list": ["vocals"], "train_csv": "train.csv"}, Configuration)
    data.write_pack(tmp_path / "pack", data.songs(configuration, tmp_path), 44100, STEMS, "mix", coded_share=0)
    pack = Pack(tmp_path / "pack")
    (piece,) = pack.pieces("train", "accompaniment")
    np.testing.assert_allclose(pack.read(piece, "accompaniment", 0, 44100), backing, atol=3e-5)
    np.testing.assert_allclose(pack.read(piece, "vocals", 0, 44100), vocals, atol=3e-5)


def test_a_csv_file_without_stems_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("name\nx\n")
    with pytest.raises(TrainingDataError):
        list(data.csv_songs(tmp_path / "train.csv", "train", tmp_path, STEMS, "mix"))


def test_a_folder_of_songs_and_pools_is_read(tmp_path: Path) -> None:
    for path in ("train/b/vocals.wav", "train/b/accompaniment.wav", "train/pools/vocals/x/1.wav", "validation/c/mix.wav"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / path, noise(0.1, 0), RATE)
    songs = list(data.folder_songs(tmp_path, STEMS, "mix"))
    assert [(song.name, song.split, sorted(song.files)) for song in songs] == [
        ("b", "train", ["accompaniment", "vocals"]),
        ("pools/vocals/x/1.wav", "train", ["vocals"]),
        ("c", "validation", ["mix"]),
    ]


def test_of_a_folder_without_splits_one_in_ten_is_held_out_always_the_same(tmp_path: Path) -> None:
    for index in range(40):
        (tmp_path / f"song {index}").mkdir()
        (tmp_path / f"song {index}" / "vocals.wav").touch()
    splits = {song.name: song.split for song in data.folder_songs(tmp_path, STEMS, "mix")}
    assert 1 <= list(splits.values()).count("validation") <= 10
    for index in range(20):
        (tmp_path / f"song {index}" / "vocals.wav").unlink()
    assert {song.name: song.split for song in data.folder_songs(tmp_path, STEMS, "mix")}.items() <= splits.items()


def test_spleeters_own_training_configuration_is_read(tmp_path: Path) -> None:
    import spleeter

    configuration = read_configuration(Path(spleeter.__file__).parent / "resources" / "musdb.json")
    assert configuration.instrument_list == ("vocals", "drums", "bass", "other")
    assert configuration.train_csv == "configs/musdb_train.csv"
    assert configuration.residual is None


@pytest.mark.parametrize(
    "text", ["", "{}", '{"instrument_list": ["a"], "T": 100}', '{"instrument_list": ["a"], "training": {"x": 1}}']
)
def test_a_configuration_that_makes_no_sense_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ModelConfigurationError):
        read_configuration(tmp_path / "config.json")


@pytest.mark.parametrize("roots", ["x", -1, 99, 2.0])
def test_a_configuration_with_impossible_roots_is_refused(roots: object, tmp_path: Path) -> None:
    model = {"type": "unet.unet", "params": {"input_roots": roots}}
    (tmp_path / "train.json").write_text(json.dumps({"instrument_list": ["vocals"], "model": model}))
    with pytest.raises(ModelConfigurationError):
        read_configuration(tmp_path / "train.json")
