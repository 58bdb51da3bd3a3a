"""Which songs are in what a user drops."""

import logging
import os
from pathlib import Path

import pytest

from core.cancel import CancelToken
from core.errors import CancelledError
from core.songs import EXTENSIONS, PATTERNS, expand, natural_key


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(*paths: Path, skip: tuple[Path, ...] = ()) -> list[Path]:
    return list(expand(paths, CancelToken(), skip))


def test_names_are_sorted_as_people_count() -> None:
    names = ["10 x", "2 x", "Track 9", "track 10", "1", "٣", "a1b2", "a1b10", "", "²"]
    assert sorted(names, key=natural_key) == ["", "1", "2 x", "٣", "10 x", "a1b2", "a1b10", "Track 9", "track 10", "²"]


def test_a_folder_gives_its_songs_in_natural_order_and_then_those_below_it(tmp_path: Path) -> None:
    names = ["Track 10.mp3", "track 2.FLAC", "b/1.wav", "a/2.mp4", "a/deep/er/गीत.opus"]
    touch(*(tmp_path / name for name in names))
    touch(tmp_path / "cover.jpg", tmp_path / "a" / "notes.txt", tmp_path / "mp3")
    expected = ["track 2.FLAC", "Track 10.mp3", "a/2.mp4", "a/deep/er/गीत.opus", "b/1.wav"]
    assert found(tmp_path) == [tmp_path / name for name in expected]


def test_a_file_that_is_given_itself_is_taken_whatever_it_is_called_and_if_it_is_missing(tmp_path: Path) -> None:
    touch(tmp_path / "song.xyz", tmp_path / ".hidden")
    too_long = tmp_path / f"{300 * 'a'}.mp3"
    given = [tmp_path / "song.xyz", tmp_path / ".hidden", tmp_path / "missing.mp3", too_long]
    assert found(*given) == given


def test_what_is_hidden_is_left_out_of_folders_but_a_hidden_folder_can_be_given(tmp_path: Path) -> None:
    touch(tmp_path / "._song.mp3", tmp_path / ".trash" / "old.mp3", tmp_path / "song.mp3")
    assert found(tmp_path) == [tmp_path / "song.mp3"]
    assert found(tmp_path / ".trash") == [tmp_path / ".trash" / "old.mp3"]


def test_a_song_is_taken_once_however_often_it_is_given(tmp_path: Path) -> None:
    song = tmp_path / "a" / "song.mp3"
    touch(song)
    (tmp_path / "link.mp3").symlink_to(song)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert found(song, tmp_path / "a", tmp_path, tmp_path / "b" / "song.mp3", tmp_path / "a" / ".." / "a" / "song.mp3") == [
        song
    ]


def test_links_that_lead_in_circles_end(tmp_path: Path) -> None:
    song = tmp_path / "a" / "song.mp3"
    touch(song)
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "self.mp3").symlink_to(tmp_path / "self.mp3")
    (tmp_path / "gone.mp3").symlink_to(tmp_path / "nowhere.mp3")
    assert found(tmp_path) == [song]


def test_what_is_no_file_is_left_out_of_folders(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "folder.mp3").mkdir()
    assert found(tmp_path) == []


def test_the_folder_of_the_results_is_skipped_unless_it_is_given_itself(tmp_path: Path) -> None:
    stem, song = tmp_path / "Antara" / "song" / "vocals.wav", tmp_path / "song.mp3"
    touch(stem, song)
    assert found(tmp_path, skip=(tmp_path / "Antara",)) == [song]
    assert found(tmp_path / "Antara", skip=(tmp_path / "Antara",)) == [stem]


def test_a_folder_that_cannot_be_read_is_passed_over_with_a_line_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    touch(tmp_path / "bad" / "x.mp3", tmp_path / "good" / "y.mp3")
    scan = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "bad":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with caplog.at_level(logging.WARNING):
        assert found(tmp_path) == [tmp_path / "good" / "y.mp3"]
    assert "bad" in caplog.text


def test_songs_come_before_the_next_folder_is_looked_into_and_cancel_ends_it(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "1.mp3", tmp_path / "b" / "2.mp3")
    cancel = CancelToken()
    songs = expand([tmp_path / "a", tmp_path / "b"], cancel)
    assert next(songs).name == "1.mp3"
    cancel.cancel()
    with pytest.raises(CancelledError):
        next(songs)


def test_names_that_are_no_text_are_found(tmp_path: Path) -> None:
    song = tmp_path / os.fsdecode(b"caf\xe9.mp3")
    touch(song)
    assert found(tmp_path) == [song]


def test_the_patterns_of_the_file_dialog_are_the_same_extensions() -> None:
    assert PATTERNS.split() == [f"*{extension}" for extension in EXTENSIONS]
    assert len(set(EXTENSIONS)) == len(EXTENSIONS)
