"""What the command line writes: formats, rates, levels, names, tags, mixes and stem files, with the real engine."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from core import cli, paths
from core.audio import encoders, tags
from core.audio.formats import CHOICES, Codec, Format
from core.audio.levels import FULL_SCALE
from core.audio.reader import probe, read_blocks
from core.audio.tags import Cover, Tags
from tests.support import songs

pytestmark = pytest.mark.usefixtures("warm")

Run = Callable[..., tuple[int, list[str], list[str]]]

STEMS = ("vocals", "accompaniment")
TAGGED = Tags(title="तुम ही हो", artist="अरिजीत सिंह", album="आशिक़ी 2", date="2013", track=(2, 11))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs ``separate`` into ``out``: the status, the lines of standard output and error."""

    def separate(*arguments: object) -> tuple[int, list[str], list[str]]:
        command = ["separate", "--model", "builtin", "--device", "cpu", "--precision", "f32", "-o", tmp_path / "out"]
        status = cli.main([str(argument) for argument in [*command, *arguments]])
        captured = capsys.readouterr()
        return status, captured.out.splitlines(), captured.err.splitlines()

    return separate


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4 s at 48 kHz with tags."""
    path = songs.write(tmp_path_factory.mktemp("songs") / "गीत.flac", songs.music(4, seed=3, rate=48000), 48000)
    tags.write(path, TAGGED)
    return path


@pytest.fixture(scope="module")
def loud_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clipped to full scale, as masters are: its stems exceed it."""
    samples = np.clip(4 * songs.music(6, seed=8), -1, 1).astype(np.float32)
    return songs.write(tmp_path_factory.mktemp("songs") / "loud.wav", samples)


def read(path: Path) -> np.ndarray:
    return songs.joined(read_blocks(path, probe(path).sample_rate))


def samples_of(song: Path) -> np.ndarray:
    return soundfile.read(song, dtype="float32", always_2d=True)[0]


def stems_of(folder: Path, extension: str = "wav") -> dict[str, np.ndarray]:
    return {stem: samples_of(folder / f"{stem}.{extension}") for stem in STEMS}


def decibels(signal: np.ndarray, error: np.ndarray) -> float:
    return float(10 * np.log10(np.square(signal).sum() / max(np.square(error).sum(), 1e-30)))


@pytest.mark.parametrize(("rate", "channels"), [(48000, 1), (96000, 2), (22050, 1), (8000, 2)])
def test_stems_have_the_rate_channels_and_length_of_the_song_and_sum_to_it(
    run: Run, tmp_path: Path, rate: int, channels: int
) -> None:
    samples = np.random.default_rng(1).standard_normal((2 * rate + 123, channels)).astype(np.float32) / 8
    song = songs.write(tmp_path / "song.wav", samples, rate, codec="pcm_f32le")
    assert run(song, "--depth", "float")[0] == 0
    for stem in STEMS:
        info = soundfile.info(tmp_path / "out" / "song" / f"{stem}.wav")
        assert (info.samplerate, info.channels, info.frames) == (rate, channels, len(samples))
    total = sum(stems_of(tmp_path / "out" / "song").values())
    assert np.abs(total - samples).max() < 1e-6


def test_another_rate_can_be_had_and_reference_mode_has_the_models(run: Run, song: Path, tmp_path: Path) -> None:
    for arguments, rate in ((["--rate", "32000"], 32000), (["--mode", "reference"], 44100)):
        run(song, *arguments, "--overwrite")
        assert soundfile.info(tmp_path / "out" / song.stem / "vocals.wav").samplerate == rate


@pytest.mark.parametrize("codec", CHOICES)
def test_every_format_holds_the_stems_in_place_with_the_songs_tags(
    run: Run, song: Path, tmp_path: Path, codec: Codec
) -> None:
    assert run(song, "--depth", "float")[0] == 0
    stems = stems_of(tmp_path / "out" / song.stem)
    assert run(song, "-c", codec, "--overwrite")[0] == 0
    for stem, expected in stems.items():
        path = (tmp_path / "out" / song.stem / stem).with_suffix(Format(codec).extension)
        found = read(path)
        assert len(expected) <= len(found) <= len(expected) + (4096 if codec == "wma" else 0)
        floor = 50 if not Format(codec).is_lossy else 6  # one sample of displacement would leave less
        assert decibels(expected, found[: len(expected)] - expected) > floor
        title = {"vocals": "तुम ही हो (Vocals)", "accompaniment": "तुम ही हो (Instrumental)"}[stem]
        carried = tags.read(path)
        assert (carried.title, carried.artist, carried.album, carried.track) == (
            title,
            TAGGED.artist,
            TAGGED.album,
            TAGGED.track,
        )


def test_a_cover_is_carried_and_tags_can_be_left_behind(run: Run, song: Path, tmp_path: Path) -> None:
    picture = songs.write_picture(tmp_path / "cover.png", "png").read_bytes()
    covered = tmp_path / "covered.flac"
    covered.write_bytes(song.read_bytes())
    tags.write(covered, Tags(title="x", cover=Cover(picture, "image/png")))
    run(covered, "-c", "mp3")
    carried = tags.read(tmp_path / "out" / "covered" / "vocals.mp3")
    assert carried.cover is not None
    assert carried.cover.data == picture
    run(covered, "-c", "mp3", "--no-tags", "--overwrite")
    assert tags.read(tmp_path / "out" / "covered" / "vocals.mp3") == Tags()


def test_stems_that_exceed_full_scale_all_get_the_same_gain_and_it_is_said(
    run: Run, loud_song: Path, tmp_path: Path
) -> None:
    _, _, quiet = run(loud_song, "--depth", "float")
    whole = stems_of(tmp_path / "out" / "loud")
    peak = max(np.abs(samples).max() for samples in whole.values())
    assert peak > 1
    assert not any("quieter" in line for line in quiet)
    _, _, said = run(loud_song, "--depth", "24", "--overwrite")
    lowered = stems_of(tmp_path / "out" / "loud")
    assert sum("dB quieter" in line for line in said) == 1
    for stem in STEMS:
        assert np.abs(lowered[stem] - whole[stem] * (FULL_SCALE / peak)).max() < 2**-22


def test_loud_moments_can_be_limited_or_cut_off_instead(run: Run, loud_song: Path, tmp_path: Path) -> None:
    run(loud_song, "--depth", "float")
    whole = stems_of(tmp_path / "out" / "loud")
    for choice in ("limit", "clip"):
        _, _, said = run(loud_song, "--depth", "24", "--loud", choice, "--overwrite")
        assert not any("quieter" in line for line in said)
        for stem, samples in stems_of(tmp_path / "out" / "loud").items():
            same = np.abs(samples - whole[stem]) < 2**-22
            assert same.mean() > 0.5
            assert np.abs(samples).max() <= 1
            if choice == "clip":
                assert same[np.abs(whole[stem]) < 1].all()


def test_names_follow_the_template(run: Run, song: Path, tmp_path: Path) -> None:
    run(song, "-d", "1", "-f", "{artist}/{title} - {instrument}", "-c", "flac")
    assert {path.name for path in (tmp_path / "out" / "अरिजीत सिंह").iterdir()} == {
        "तुम ही हो - vocals.flac",
        "तुम ही हो - accompaniment.flac",
    }


def test_files_of_an_earlier_run_can_be_kept_beside_the_new_ones(run: Run, song: Path, tmp_path: Path) -> None:
    assert run(song, "-d", "1")[0] == 0
    before = (tmp_path / "out" / song.stem / "vocals.wav").read_bytes()
    assert run(song, "-d", "1")[0] == 1
    assert run(song, "-d", "1", "--rename")[0] == 0
    names = {path.name for path in (tmp_path / "out" / song.stem).iterdir()}
    assert names == {"vocals.wav", "accompaniment.wav", "vocals (2).wav", "accompaniment (2).wav"}
    assert (tmp_path / "out" / song.stem / "vocals.wav").read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "flac", "--depth", "float"],
        ["-c", "wav", "-b", "192k"],
        ["-c", "mp3", "-b", "many"],
        ["-c", "mp3", "--vbr", "77"],
        ["-f", "{nobody}"],
        ["-f", "same"],
        ["--mix", "vokals=-3"],
    ],
)
def test_what_cannot_be_is_one_sentence_and_no_file(run: Run, song: Path, tmp_path: Path, arguments: list[str]) -> None:
    status, written, said = run(song, *arguments)
    assert status == 1
    assert written == []
    assert len(said) == 1
    assert not (tmp_path / "out").exists()


def test_karaoke_is_the_song_with_the_voice_twelve_decibels_down(run: Run, song: Path, tmp_path: Path) -> None:
    run(song, "--depth", "float")
    run(song, "--depth", "float", "--karaoke")
    stems = stems_of(tmp_path / "out" / song.stem)
    expected = stems["vocals"] * 10 ** (-12 / 20) + stems["accompaniment"]
    assert np.abs(samples_of(tmp_path / "out" / song.stem / "mix.wav") - expected).max() < 1e-6


def test_a_region_fades_in_and_out(run: Run, song: Path, tmp_path: Path) -> None:
    run(song, "--depth", "float", "-s", "1", "-d", "2")
    plain = stems_of(tmp_path / "out" / song.stem)
    run(song, "--depth", "float", "-s", "1", "-d", "2", "--fade-in", "0.5", "--fade-out", "1", "--overwrite")
    for stem, faded in stems_of(tmp_path / "out" / song.stem).items():
        assert len(faded) == 2 * 48000
        assert (faded[[0, -1]] == 0).all()
        middle = slice(24000, 48000)
        assert np.abs(faded[middle] - plain[stem][middle]).max() < 1e-6
        assert np.abs(faded).max() <= np.abs(plain[stem]).max() + 1e-6


def test_a_stem_file_holds_the_song_and_four_stems(run: Run, song: Path, tmp_path: Path) -> None:
    assert run(song, "--ni-stems", "alac")[0] == 0
    path = tmp_path / "out" / f"{song.stem}.stem.mp4"
    with av.open(str(path)) as container:
        assert [stream.codec_context.name for stream in container.streams.audio] == ["alac"] * 5
    assert decibels(samples_of(song), read(path) - samples_of(song)) > 60
    assert tags.read(path).title == TAGGED.title


def test_a_file_that_is_not_what_was_written_is_refused_and_removed(
    run: Run, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that loses what it was given: here the encoder writes silence."""
    write = encoders._AvEncoder.write
    monkeypatch.setattr(encoders._AvEncoder, "write", lambda encoder, samples: write(encoder, 0 * samples))
    status, written, said = run(song)
    assert status == 1
    assert written == []
    assert "was not written as it should be (it is silent)" in said[-1]
    assert not (tmp_path / "out").exists()


def test_wiener_filtered_stems_sum_to_the_song(run: Run, song: Path, tmp_path: Path) -> None:
    assert run(song, "--mwf", "--depth", "float")[0] == 0
    total = sum(stems_of(tmp_path / "out" / song.stem).values())
    assert np.abs(total - samples_of(song)).max() < 1e-6


def test_what_a_killed_run_had_kept_is_removed_by_the_next(run: Run, song: Path) -> None:
    folder = paths.sessions_folder() / "0123456789abcdef"
    folder.mkdir(parents=True)
    (folder / "0.f32").write_bytes(bytes(1000))
    folder.with_suffix(".lock").touch()
    assert run(song)[0] == 0
    assert list(paths.sessions_folder().iterdir()) == []
