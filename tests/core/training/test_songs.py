"""Whole songs with known stems: voice and accompaniment agree, stems sum to the mixture, other commands read them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("scipy", reason="SciPy is not installed (requirements-train.txt)")

from core import cli
from core.evaluation import truth
from core.training import corpus, keys, songs
from core.training.data import folder_songs
from core.training.instruments import Bank
from core.training.songs import Singers, Take, compose_song, sing_over
from core.training.styles import MAJOR, STYLES
from tests.core.training.singing import melody, recordings, walk

RATE = 22050


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recordings(tmp_path_factory.mktemp("recordings"), RATE)


@pytest.fixture(scope="module")
def bank(data: Path) -> Bank:
    return Bank(data / "instruments", RATE)


@pytest.fixture(scope="module")
def singers(data: Path) -> Singers:
    return Singers(sorted((data / "vocals").rglob("*.wav")), RATE)


def agreements(voice: np.ndarray, rest: np.ndarray) -> list[float]:
    """The correlations of the pitch classes of both, the voice's transposed by 0 to 11 semitones."""
    sung, played = (keys.sounding(samples, RATE).classes(0.0) for samples in (voice, rest))
    return [float(np.corrcoef(np.roll(sung, semitones), played)[0, 1]) for semitones in range(12)]


def test_the_same_seed_gives_the_same_song_whose_sum_is_below_full_scale(bank: Bank, singers: Singers) -> None:
    first, second = (compose_song(bank, singers, 2, 6) for _ in range(2))
    assert first.keys() == second.keys() > {"vocals"}
    for name, part in first.items():
        np.testing.assert_array_equal(part, second[name])
    rest = np.sum([part for name, part in first.items() if name != "vocals"], axis=0)
    assert max(np.abs(part).max() for part in (first["vocals"], rest, first["vocals"] + rest)) < 0.98
    assert not np.array_equal(compose_song(bank, singers, 3, 6)["vocals"][:RATE], first["vocals"][:RATE])


def test_voice_and_accompaniment_are_in_the_same_key(bank: Bank, singers: Singers) -> None:
    found = []
    for seed in range(4):
        stems = compose_song(bank, singers, seed, 10)
        played = [part for name, part in stems.items() if name not in {"vocals", "drums"}]
        found.append(agreements(stems["vocals"], np.sum(played, axis=0)))
    mean = np.mean(found, axis=0)
    assert mean[0] > 0.3
    assert mean[0] > mean[1:].max()


@pytest.mark.parametrize("style", ["ghazal", "house"])
def test_each_style_follows_the_singer(style: str, bank: Bank, singers: Singers) -> None:
    rng = np.random.default_rng(0)
    takes = singers.takes(rng, 2)
    plan = songs._planned(takes, RATE, 20, [known for known in STYLES if known.name == style], rng)
    key = keys.Key(plan.root, plan.scale)
    assert all(keys.share_in(take.pitches, key) > 0.9 for take in takes)
    assert takes[0].tempo is not None
    fits = songs._tempo_in(plan.style, takes[0].tempo)
    assert fits is None or plan.bar == pytest.approx(plan.steps / 4 * 60 / fits * RATE)


def test_phrases_begin_on_bars_and_one_at_a_time() -> None:
    take = Take(np.ones((RATE, 2), np.float32), keys.sung(np.zeros((0, 2), np.float32), RATE), None)
    bar = 0.7 * RATE
    voice = songs._laid([take, take], bar, 20, np.random.default_rng(4))
    sounds = voice[:, 0] > 0
    begins = np.flatnonzero(np.diff(sounds.astype(int)) == 1) / bar
    assert len(begins) > 3
    assert np.abs(begins - np.rint(begins)).max() < 0.001
    assert voice.max() == 1


def test_long_recordings_are_cut_at_pauses_where_sound_begins(tmp_path: Path) -> None:
    sung, pause = melody(walk(50, MAJOR, 8, 0), 120, RATE), np.zeros((2 * RATE, 2), np.float32)
    soundfile.write(tmp_path / "long.wav", np.concatenate([pause, sung] * 6), RATE)
    takes = Singers([tmp_path / "long.wav"], RATE).takes(np.random.default_rng(0), 3)
    assert len(takes) == 3
    for take in takes:
        assert len(take.samples) / RATE == pytest.approx(4, abs=0.15)
        assert np.abs(take.samples[: RATE // 10]).max() > 0.1


def test_over_a_backing_the_singer_is_moved_into_its_key_and_tuning(singers: Singers) -> None:
    triads = ((50, 54, 57), (55, 59, 62), (57, 61, 64), (50, 54, 57))
    chords = [sum(melody([note + 0.4] * 8, 120, RATE) for note in triad) for triad in triads]
    backing = np.concatenate([np.asarray(chord) for chord in chords] * 4)
    found = []
    for seed in range(3):
        stems = sing_over(backing, singers, seed, 12)
        assert stems["vocals"].shape == stems["accompaniment"].shape
        assert np.abs(stems["vocals"] + stems["accompaniment"]).max() < 0.98
        found.append(agreements(stems["vocals"], stems["accompaniment"]))
        assert keys.sounding(stems["vocals"], RATE).tuning == pytest.approx(0.4, abs=0.1)
    mean = np.mean(found, axis=0)
    assert mean[0] > mean[1:].mean() + 0.3


def test_the_command_writes_songs_that_sum_exactly_and_that_evaluate_and_train_read(data: Path, tmp_path: Path) -> None:
    arguments = ["compose", str(tmp_path), "-d", str(data), "--seconds", "5"]
    assert cli.main([*arguments, "--songs", "2"]) == 0
    assert cli.main([*arguments, "--seed", "2", "--style", "hindustani", "--parts"]) == 0
    names = ["song 0", "song 1", "song 2"]
    for name in names:
        sounds = {path.stem: soundfile.read(path)[0] for path in (tmp_path / name).iterdir()}
        np.testing.assert_array_equal(sounds["vocals"] + sounds["accompaniment"], sounds["mixture"])
        assert np.abs(sounds["mixture"]).max() < 0.99
        assert np.abs(sounds["vocals"]).max() > 0.05
    parts = sounds["drums"] + sounds["bass"] + sounds["other"]
    np.testing.assert_array_equal(parts, sounds["accompaniment"])
    found = [truth.open_song(path) for path in truth.find(tmp_path)]
    assert [song.name for song in found] == names
    assert set(found[0].stems) == set(corpus.STEMS)
    assert set(found[2].stems) == {"vocals", "drums", "bass", "other"}
    for song in folder_songs(tmp_path, corpus.STEMS, "mix"):
        assert set(song.files) == set(corpus.STEMS)


def test_the_command_replaces_nothing_without_being_asked(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "song 0").mkdir()
    (tmp_path / "song 0" / "vocals.wav").write_bytes(b"mine")
    arguments = ["compose", str(tmp_path), "-d", str(data), "--seconds", "5"]
    assert cli.main(arguments) == 1
    assert "exists already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "song 0").iterdir()] == ["vocals.wav"]
    assert (tmp_path / "song 0" / "vocals.wav").read_bytes() == b"mine"


def test_without_recordings_one_sentence_says_what_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compose", str(tmp_path / "out"), "-d", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "vocals and instruments" in error
    assert not (tmp_path / "out").exists()


def test_without_scipy_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli.main(["compose", str(tmp_path)]) == 1
    assert "SciPy" in capsys.readouterr().err


def test_voices_for_validation_sing_in_no_song_to_train_on(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And each kind of song is there."""
    sang: dict[str, set[Path]] = {}

    def compose(bank: Bank, singers: Singers, seed: int, seconds: float) -> dict[str, np.ndarray]:
        sang[f"composed song/{seed}"] = set(singers._paths)
        return {"vocals": np.ones((RATE, 2), np.float32), "bass": np.ones((RATE, 2), np.float32)}

    def over(backing: np.ndarray, singers: Singers, seed: int, seconds: float) -> dict[str, np.ndarray]:
        return compose(Bank(Path(), RATE), singers, seed, seconds)

    monkeypatch.setattr(corpus, "read", lambda *arguments: np.ones((RATE // 10, 2), np.float32))
    monkeypatch.setattr(corpus, "compose_song", compose)
    monkeypatch.setattr(corpus, "sing_over", over)
    splits = {piece.name: piece.split for piece in corpus.pieces(shared / "data", RATE, 0, 15)}
    assert sum("sung over" in name for name in splits) == 10
    by_split = {split: [sang[name] for name in sang if splits.get(name) == split] for split in ("train", "validation")}
    assert all(by_split.values())
    assert not set.union(*by_split["train"]) & set.union(*by_split["validation"])
    assert not any("songs_eval" in path.parts for paths in sang.values() for path in paths)
