"""The reader: what an MP4 plays of its sound, and from when on; sound that starts late in any container."""

from pathlib import Path

import numpy as np
import pytest
from mutagen.mp4 import MP4, MP4FreeForm

from core.audio.reader import probe
from tests.support import songs
from tests.support.containers import Recording, set_edits, write_tracks
from tests.support.reading import attempt, decode, lag
from tests.support.songs import RATE

SECONDS = 3
SAMPLES = SECONDS * RATE
PRIMING = 1024  # samples that FFmpeg's AAC encoder puts before the sound


@pytest.fixture
def clicks() -> np.ndarray:
    return songs.clicks(SECONDS)


@pytest.mark.parametrize("extension", [".m4a", ".mp4", ".mov"])
@pytest.mark.parametrize("late_ms", [1, 500, 2500, 60_000])
def test_priming_is_cut_off_also_where_the_track_starts_late(
    tmp_path: Path, clicks: np.ndarray, extension: str, late_ms: int
) -> None:
    path = songs.write(tmp_path / f"song{extension}", clicks, codec="aac")
    plain = decode(path)
    decoded, error = attempt(set_edits(path, [(late_ms, -1), (SECONDS * 1000, PRIMING)]))
    assert error is None
    assert lag(clicks, decoded) == 0
    assert len(decoded) - SAMPLES in range(1024)  # FFmpeg does not tell where a late track ends: its last frame is whole
    np.testing.assert_array_equal(decoded[:SAMPLES], plain[:SAMPLES])
    assert probe(path).duration_s == pytest.approx(SECONDS, abs=0.03)


@pytest.mark.parametrize("codec", ["alac", "aac"])
def test_an_edit_that_begins_and_ends_within_the_sound_plays_that_part(
    tmp_path: Path, clicks: np.ndarray, codec: str
) -> None:
    priming = PRIMING if codec == "aac" else 0
    path = songs.write(tmp_path / "song.m4a", clicks, codec=codec)
    whole = decode(path)
    decoded, error = attempt(set_edits(path, [(1000, priming + RATE)]))
    assert error is None
    assert len(decoded) == RATE
    np.testing.assert_array_equal(decoded, whole[RATE : 2 * RATE])


@pytest.mark.parametrize("codec", ["aac", "alac"])
def test_a_cut_edit_is_no_truncation(tmp_path: Path, clicks: np.ndarray, codec: str) -> None:
    path = set_edits(songs.write(tmp_path / "song.m4a", clicks, codec=codec), [(500, 2 * RATE)])
    samples, error = attempt(path)
    assert error is None
    assert len(samples) == RATE // 2


def with_itunes_tag(path: Path, delay: int, filling: int, samples: int) -> Path:
    file = MP4(path)
    text = f" 00000000 {delay:08X} {filling:08X} {samples:016X}" + " 00000000" * 8
    file["----:com.apple.iTunes:iTunSMPB"] = [MP4FreeForm(text.encode())]
    file.save()
    return path


def without_edits(path: Path, clicks: np.ndarray) -> Path:
    return songs.write(path, clicks, codec="aac", use_editlist="0")


def test_without_edits_the_priming_stays(tmp_path: Path, clicks: np.ndarray) -> None:
    decoded = decode(without_edits(tmp_path / "song.m4a", clicks))
    assert lag(clicks, decoded) == PRIMING
    assert len(decoded) == SAMPLES + PRIMING


@pytest.mark.parametrize("frames", [SAMPLES, SAMPLES - 300, SAMPLES - 1000])
def test_what_itunes_notes_takes_the_place_of_edits(tmp_path: Path, clicks: np.ndarray, frames: int) -> None:
    path = without_edits(tmp_path / "song.m4a", clicks[:frames])
    with_itunes_tag(path, PRIMING, -(frames + PRIMING) % 1024, frames)
    decoded, error = attempt(path)
    assert error is None
    assert len(decoded) == frames
    assert lag(clicks, decoded) == 0
    assert probe(path).duration_s == pytest.approx(frames / RATE)


@pytest.mark.parametrize("samples", [0, RATE, 100 * RATE, 2**60])
def test_what_itunes_noted_of_another_song_is_not_believed(tmp_path: Path, clicks: np.ndarray, samples: int) -> None:
    path = with_itunes_tag(songs.write(tmp_path / "song.m4a", clicks), PRIMING, 0, samples)
    decoded, error = attempt(path)
    assert error is None
    assert lag(clicks, decoded) == 0
    assert len(decoded) - SAMPLES in range(46)


def test_a_note_of_itunes_that_is_none_is_not_believed(tmp_path: Path, clicks: np.ndarray) -> None:
    path = songs.write(tmp_path / "song.m4a", clicks)
    for text in (b"", b"1 2", b"x y z", b" 00000000 -1 zz 5"):
        file = MP4(path)
        file["----:com.apple.iTunes:iTunSMPB"] = [MP4FreeForm(text)]
        file.save()
        assert lag(clicks, decode(path)) == 0


@pytest.mark.parametrize("flags", ["frag_keyframe+empty_moov", "faststart", "default_base_moof+frag_keyframe+delay_moov"])
@pytest.mark.parametrize("codec", ["aac", "alac"])
def test_a_fragmented_mp4_and_one_with_its_index_in_front_are_read_whole(
    tmp_path: Path, clicks: np.ndarray, flags: str, codec: str
) -> None:
    decoded, error = attempt(songs.write(tmp_path / "song.mp4", clicks, codec=codec, movflags=flags))
    assert error is None
    assert lag(clicks, decoded) in (0, PRIMING)
    assert len(decoded) - SAMPLES - lag(clicks, decoded) in range(1024)


@pytest.mark.parametrize("extension", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("start_s", [0.5, 2.5])
def test_the_sound_of_a_film_may_start_later_than_its_picture(
    tmp_path: Path, clicks: np.ndarray, extension: str, start_s: float
) -> None:
    decoded, error = attempt(songs.write_video(tmp_path / f"film{extension}", clicks, start_s + SECONDS, start_s))
    assert error is None
    assert lag(clicks, decoded) in (0, PRIMING)  # FFmpeg's MP4 muxer does not declare the priming of a late track
    assert len(decoded) - SAMPLES in range(3 * 1024)


@pytest.mark.parametrize("extension", [".mka", ".mov"])
@pytest.mark.parametrize("start_s", [0.5, 2.5, 60])
def test_a_lossless_track_that_starts_late_is_its_own_samples(
    tmp_path: Path, clicks: np.ndarray, extension: str, start_s: float
) -> None:
    path = songs.write(tmp_path / f"song{extension}", clicks, codec="pcm_f32le", start_s=start_s)
    samples, error = attempt(path)
    assert error is None
    np.testing.assert_array_equal(samples, clicks)
    assert probe(path).duration_s == pytest.approx(SECONDS, abs=0.002)


@pytest.mark.parametrize("extension", [".mka", ".m4a"])
def test_a_track_that_is_shorter_than_another_is_not_truncated(tmp_path: Path, clicks: np.ndarray, extension: str) -> None:
    path = write_tracks(tmp_path / f"song{extension}", [Recording(clicks[:RATE]), Recording(clicks)], "alac")
    samples, error = attempt(path)
    assert error is None
    assert len(samples) == RATE
