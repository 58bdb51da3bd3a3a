"""The reader: files of several audio tracks, and which of them is the song."""

from pathlib import Path

import numpy as np
import pytest

from core.audio.reader import Track, probe
from core.errors import NoAudioTrackError, NoSuchTrackError, UnsupportedAudioError
from core.messages import sentence
from tests.support import songs
from tests.support.containers import Recording, write_tracks
from tests.support.reading import decode
from tests.support.songs import RATE

EXTENSIONS = [".mka", ".mkv", ".m4a", ".mp4", ".mov"]
SOUNDS = [songs.music(1, seed) for seed in range(3)]


def recordings(default: int | None) -> list[Recording]:
    names = [("eng", "Commentary"), ("hin", "Stereo mix"), (None, None)]
    return [
        Recording(sound, language, title, index == default)
        for index, (sound, (language, title)) in enumerate(zip(SOUNDS, names, strict=True))
    ]


def assert_is(decoded: np.ndarray, sound: np.ndarray) -> None:
    assert decoded.shape == sound.shape
    assert np.abs(decoded - sound).max() <= 2**-15


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("default", [0, 1, 2])
def test_the_track_that_is_marked_as_default_is_taken(tmp_path: Path, extension: str, default: int) -> None:
    path = write_tracks(tmp_path / f"song{extension}", recordings(default), "alac")
    assert_is(decode(path), SOUNDS[default])
    assert probe(path).track == default
    assert [track.default for track in probe(path).tracks] == [index == default for index in range(3)]


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_without_a_default_the_first_track_is_taken(tmp_path: Path, extension: str) -> None:
    path = write_tracks(tmp_path / f"song{extension}", recordings(None), "alac")
    assert_is(decode(path), SOUNDS[0])
    assert probe(path).track == 0


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("track", [0, 1, 2])
def test_another_track_can_be_chosen(tmp_path: Path, extension: str, track: int) -> None:
    path = write_tracks(tmp_path / f"song{extension}", recordings(1), "alac")
    assert_is(decode(path, track=track), SOUNDS[track])
    assert_is(decode(path, RATE, 0.5, 0.25, track), SOUNDS[track][RATE // 2 : 3 * RATE // 4])
    assert probe(path, track).track == track


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_probe_names_the_tracks(tmp_path: Path, extension: str) -> None:
    tracks = probe(write_tracks(tmp_path / f"song{extension}", recordings(1), "alac")).tracks
    assert [track.index for track in tracks] == [0, 1, 2]
    assert [track.language for track in tracks] == ["eng", "hin", None]
    assert {(track.codec, track.channels, track.rate) for track in tracks} == {("alac", 2, RATE)}
    titles = [None, None, None] if extension == ".m4a" else ["Commentary", "Stereo mix", None]  # FFmpeg writes none there
    assert [track.title for track in tracks] == titles


def test_the_properties_are_those_of_the_chosen_track(tmp_path: Path) -> None:
    wide = Recording(songs.music(2, 7, 48000, 6), rate=48000)
    path = write_tracks(tmp_path / "song.mka", [Recording(SOUNDS[0]), wide], "flac")
    info = probe(path, 1)
    assert (info.sample_rate, info.channels, info.codec) == (48000, 6, "flac")
    assert probe(path).tracks == info.tracks
    assert len(decode(path, 48000, track=1)) == 2 * 48000


def test_a_song_of_one_track_has_one(tmp_path: Path) -> None:
    info = probe(songs.write(tmp_path / "song.flac", SOUNDS[0]))
    assert info.track == 0
    assert info.tracks == (Track(0, "flac", 2, RATE, None, None, info.tracks[0].default),)


@pytest.mark.parametrize("track", [-1, 3, 1000])
def test_a_track_that_is_not_there_is_a_typed_error_that_says_how_many_are(tmp_path: Path, track: int) -> None:
    path = write_tracks(tmp_path / "song.mka", recordings(None), "flac")
    for read in (lambda: probe(path, track), lambda: decode(path, track=track)):
        with pytest.raises(NoSuchTrackError) as caught:
            read()
        assert caught.value.parameters == {"path": path, "track": track, "count": 3}
        assert sentence(caught.value) == f"“song.mka” has no audio track {track}; choose one of its 3, numbered from 0."


def test_the_picture_of_a_film_is_not_counted(tmp_path: Path) -> None:
    path = songs.write_video(tmp_path / "film.mkv", SOUNDS[0])
    assert len(probe(path).tracks) == 1
    np.testing.assert_array_equal(decode(path, track=0), decode(path))
    with pytest.raises(NoSuchTrackError):
        probe(path, 1)
    with pytest.raises(NoAudioTrackError):
        probe(songs.write_video(tmp_path / "silent.mkv", None), 0)


def with_unknown_codec(path: Path, count: int) -> Path:
    """The first ``count`` tracks of a Matroska file in a codec that nobody knows."""
    path.write_bytes(path.read_bytes().replace(b"A_FLAC", b"A_XYZW", count))
    return path


def test_a_default_track_that_cannot_be_decoded_gives_way_to_one_that_can(tmp_path: Path) -> None:
    path = with_unknown_codec(write_tracks(tmp_path / "song.mka", recordings(0), "flac"), 1)
    info = probe(path)
    assert (info.track, info.codec) == (1, "flac")
    assert (info.tracks[0].codec, info.tracks[0].rate, info.tracks[0].default) == ("unknown codec", 0, True)
    assert_is(decode(path), SOUNDS[1])
    with pytest.raises(UnsupportedAudioError):
        probe(path, 0)


def test_a_file_of_which_no_track_can_be_decoded_is_unsupported(tmp_path: Path) -> None:
    path = with_unknown_codec(write_tracks(tmp_path / "song.mka", recordings(0), "flac"), 3)
    with pytest.raises(UnsupportedAudioError):
        decode(path)
