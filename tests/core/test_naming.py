"""Where stems are written, and which songs of one run would get in each other's way."""

import os
from pathlib import Path

import pytest

from core.audio.naming import refuse_clashes, stem_paths
from core.errors import OutputClashError
from core.messages import sentence


@pytest.mark.parametrize(
    ("song", "folder"),
    [
        ("music/Song.mp3", "Song"),
        ("a.b.c.flac", "a.b.c"),
        ("no extension", "no extension"),
        (".hidden", ".hidden"),
        ("लता – अंतरा.m4a", "लता – अंतरा"),
        (os.fsdecode(b"caf\xe9.ogg"), os.fsdecode(b"caf\xe9")),
        ("../../up.wav", "up"),
        ("...mp3", "...mp3"),
        ("..mp3", "..mp3"),
    ],
    ids=ascii,
)
def test_each_stem_is_a_wav_file_in_a_folder_named_as_the_song(song: str, folder: str) -> None:
    assert stem_paths(Path(song), ["vocals", "drums"], Path("out")) == {
        "vocals": Path("out") / folder / "vocals.wav",
        "drums": Path("out") / folder / "drums.wav",
    }


@pytest.mark.parametrize(
    "songs",
    [
        ["a/song.mp3", "b/song.mp3"],
        ["song.mp3", "song.flac"],
        ["Song.mp3", "sONG.mp3"],
        ["STRASSE.mp3", "straße.mp3"],
        ["caf\u00e9.mp3", "CAFE\u0301.mp3"],
        ["other.mp3", "song.mp3", "third.mp3", "song.mp3"],
    ],
)
def test_two_songs_with_one_folder_are_refused(songs: list[str]) -> None:
    with pytest.raises(OutputClashError) as caught:
        refuse_clashes([Path(song) for song in songs])
    first, second = (Path(str(caught.value.parameters[name])) for name in ("first", "second"))
    assert {str(first), str(second)} <= set(songs)
    assert str(first) in sentence(caught.value)
    assert str(second) in sentence(caught.value)


def test_the_refusal_names_both_songs_with_their_folders() -> None:
    with pytest.raises(OutputClashError) as caught:
        refuse_clashes([Path("a/song.mp3"), Path("b/song.mp3")])
    assert caught.value.parameters == {"first": str(Path("a/song.mp3")), "second": str(Path("b/song.mp3"))}


def test_songs_with_folders_of_their_own_are_not_refused() -> None:
    refuse_clashes([Path(name) for name in ("song.mp3", "song 2.mp3", "song.live.mp3", "songs.mp3", "Сонг.mp3")])
    refuse_clashes([])
