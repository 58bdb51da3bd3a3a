"""Where stems are written, and which songs of one run would get in each other's way."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio.naming import DEFAULT, PLACEHOLDERS, Template, refuse_clashes, resolve, stem_paths
from core.audio.tags import Tags
from core.errors import BadTemplateError, OutputClashError, StemlessTemplateError, UnknownPlaceholderError
from core.file_names import LONGEST_NAME, byte_count, folded, is_allowed, is_reserved
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


TAGS = Tags(title="अंतरा", artist="लता", album="गीत", date="1965-11-04")
NONE = Tags()


def named(text: str, tags: Tags = TAGS, song: str = "films/Song.mp3", stem: str = "vocals", codec: str = "wav") -> str:
    """The path of one stem below the folder, with slashes."""
    paths = Template(text).paths(Path(song), [stem], Path("out"), codec, tags, "spleeter:2stems")
    return paths[stem].relative_to("out").as_posix()


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (DEFAULT, "Song/vocals.wav"),
        ("{filename}/{instrument}.{codec}", "Song/vocals.wav"),
        ("{foldername}/{filename}/{instrument}.{codec}", "films/Song/vocals.wav"),
        ("{song} ({stem})", "Song (vocals).wav"),
        ("{song}/{stem}.wav", "Song/vocals.wav"),
        ("{song}\\{stem}", "Song/vocals.wav"),
        ("{codec}/{stem}", "wav/vocals.wav"),
        ("{artist}/{album} ({date})/{title} – {stem} [{model}]", "लता/गीत (1965)/अंतरा – vocals [spleeter_2stems].wav"),
        ("stems/{stem}{{1}}", "stems/vocals{1}.wav"),
    ],
)
def test_a_template_names_the_files(text: str, path: str) -> None:
    assert named(text) == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{artist}/{album}/{stem}", "Unknown artist/Unknown album/vocals.wav"),
        ("{artist} - {album}/{stem}", "Unknown artist/vocals.wav"),
        ("{date}/{stem}", "Unknown date/vocals.wav"),
        ("{artist} - {title} ({stem})", "Song (vocals).wav"),
        ("{title} - {artist}/{stem}", "Song/vocals.wav"),
        ("{title} - {artist} - {stem}", "Song - vocals.wav"),
        ("{title} ({date}) {stem}", "Song vocals.wav"),
        ("{title} - {album} ({stem})", "Song (vocals).wav"),
        ("{title} - {album} {stem}", "Song - vocals.wav"),
        ("{title} ({date}) - {stem}", "Song - vocals.wav"),
        ("{title} ({artist}, {date}) {stem}", "Song vocals.wav"),
        ("{title} ({artist}, {stem})", "Song (vocals).wav"),
        ("[{date}] {artist} - {album} - {stem}", "vocals.wav"),
        ("{song}.{artist}.{stem}", "Song.vocals.wav"),
        ("by {artist}/{stem}", "by/vocals.wav"),
        ("{artist}{album}{stem}", "vocals.wav"),
    ],
)
def test_what_is_missing_vanishes_with_its_separator_or_is_unknown_where_nothing_else_is(text: str, path: str) -> None:
    assert named(text, NONE) == path


def test_values_keep_the_separators_that_are_their_own() -> None:
    assert named("{artist} - {title} - {album} ({stem})", Tags(title="- a - (b) -")) == "- a - (b) - (vocals).wav"
    assert named("{title} {stem}", Tags(title="{artist}{0}")) == "{artist}{0} vocals.wav"


def test_the_album_s_artist_and_the_file_s_name_stand_in() -> None:
    assert named("{artist}/{title}/{stem}", Tags(album_artist="आशा")) == "आशा/Song/vocals.wav"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "_._.._etc_passwd"),
        ("..", "_"),
        ("/", "_"),
        ("C:\\x", "C__x"),
        ("\0", "Song"),
        ("AUX", "AUX_"),
        (".hidden", "_hidden"),
    ],
)
def test_no_tag_leads_out_of_the_folder(title: str, name: str) -> None:
    assert named("{title}/{stem}", Tags(title=title)) == f"{name}/vocals.wav"
    assert named("{title}", Tags(title=title)) == f"{name}.wav"


def test_long_values_lose_their_ends_and_the_stem_loses_nothing() -> None:
    tags = Tags(artist="कि" * 100, title="ab" * 5000)
    paths = Template("{artist}/{artist} {title} {stem}").paths(Path("x.mp3"), ["vocals", "drums"], Path("out"), "flac", tags)
    for stem, path in paths.items():
        assert path.name.endswith(f" {stem}.flac")
        assert path.name.startswith("कि" * 10)
        assert "ab" * 10 in path.name
        assert 225 <= len(path.name.encode()) <= 235
        assert path.parent.name == "कि" * (254 // 6)


def test_stems_that_look_alike_get_files_of_their_own() -> None:
    stems = ["Vocals", "vocals", "a:b", "a?b", "caf\u00e9", "cafe\u0301"]
    paths = Template("{stem}").paths(Path("x.mp3"), stems, Path("out"), "wav")
    names = ["Vocals.wav", "vocals (2).wav", "a_b.wav", "a_b (2).wav", "café.wav", "café (2).wav"]
    assert [path.name for path in paths.values()] == names


@pytest.mark.parametrize("placeholder", ["stems", "", "0", "song.name", "song[0]", "Song", "track"])
def test_an_unknown_placeholder_is_refused_with_the_known_ones(placeholder: str) -> None:
    with pytest.raises(UnknownPlaceholderError) as caught:
        Template(f"{{{placeholder}}}/{{stem}}")
    assert caught.value.parameters["placeholder"] == placeholder
    assert all(name in sentence(caught.value) for name in PLACEHOLDERS)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "/", "/x/{stem}", "a//{stem}", "{stem}/", "{stem}/.{codec}"),
        *("../{stem}", "./{stem}", "a/../{stem}", "... /{stem}"),
        *("{stem", "stem}", "{", "{song!r}/{stem}", "{song:>20}/{stem}"),
        *("C:/{stem}", "{stem}?", "a*b", "{stem}\n", "<{stem}>"),
    ],
)
def test_a_template_that_names_no_file_is_refused(text: str) -> None:
    with pytest.raises(BadTemplateError) as caught:
        Template(text)
    assert caught.value.parameters["template"] == text
    sentence(caught.value)


def test_several_stems_need_a_placeholder_and_one_does_not() -> None:
    template = Template("{song}")
    assert template.paths(Path("x.mp3"), ["vocals"], Path("out"), "wav") == {"vocals": Path("out/x.wav")}
    with pytest.raises(StemlessTemplateError):
        template.paths(Path("x.mp3"), ["vocals", "drums"], Path("out"), "wav")
    for text in ("{stem}/{song}", "{instrument}"):
        assert len(set(Template(text).paths(Path("x.mp3"), ["vocals", "drums"], Path("out"), "wav").values())) == 2


def test_names_that_are_free_are_taken_as_they_are(tmp_path: Path) -> None:
    targets = {"vocals": tmp_path / "vocals.wav", "drums": tmp_path / "drums.wav"}
    assert resolve(targets) == targets
    assert resolve({}) == {}


def test_all_stems_of_a_song_get_the_same_free_number(tmp_path: Path) -> None:
    targets = {stem: tmp_path / f"{stem}.wav" for stem in ("vocals", "drums")}
    targets["drums"].touch()
    assert resolve(targets) == {stem: tmp_path / f"{stem} (2).wav" for stem in targets}
    (tmp_path / "vocals (2).wav").touch()
    assert resolve(targets) == {stem: tmp_path / f"{stem} (3).wav" for stem in targets}
    assert resolve(targets, lambda _: False) == targets


@pytest.mark.skipif(os.name == "nt", reason="Windows needs rights for links")
def test_a_dangling_link_is_not_free(tmp_path: Path) -> None:
    (tmp_path / "vocals.wav").symlink_to(tmp_path / "gone")
    assert resolve({"vocals": tmp_path / "vocals.wav"}) == {"vocals": tmp_path / "vocals (2).wav"}


def test_a_number_finds_room_in_the_longest_name(tmp_path: Path) -> None:
    for name in ("क" * 83 + ".wav", "x" * 251 + ".wav", os.fsdecode(b"\xe9" * 250) + ".wav"):
        target = tmp_path / name
        numbered = resolve({"vocals": target}, lambda path, taken=target: path == taken)["vocals"]
        assert numbered.name.endswith(" (2).wav")
        assert len(os.fsencode(numbered.name)) <= 255


# Pieces that names are made of: letters that join, devices, ways out, what is forbidden, and anything else.
PIECES = ["कि", "क्ष", "👩\u200d🎤", "e\u0301", "con", "aux.", "..", "/", "\\", ":", " ", ".", "C:", "~", "a", "(", ") - ("]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=200).map("".join)
TEMPLATES = st.lists(
    st.sampled_from([f"{{{name}}}" for name in PLACEHOLDERS] + ["/", " - ", "(", ")", "x", ". ", ".{codec}"])
)


@given(
    TEMPLATES.map("".join),
    TEXTS,
    st.lists(TEXTS, min_size=1, max_size=5, unique=True),
    st.builds(Tags, *[TEXTS] * 3, date=TEXTS),
    st.sampled_from(["wav", "mp3", "m4a", "flac"]),
)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_every_name_is_legal_below_its_folder_and_its_own(
    text: str, song: str, stems: list[str], tags: Tags, codec: str
) -> None:
    folder = Path("/out/put").absolute()
    source = Path("/in") / (song.replace("/", "").replace("\0", "") or "x")
    try:
        paths = Template(text).paths(source, stems, folder, codec, tags)
    except (BadTemplateError, StemlessTemplateError):
        return
    assert paths == Template(text).paths(source, stems, folder, codec, tags)
    assert list(paths) == stems
    resolved = resolve(paths, lambda path: "(2)" not in path.name)
    for found in (paths, resolved):
        assert len({folded(str(path)) for path in found.values()}) == len(stems)
        for path in found.values():
            assert Path(os.path.normpath(path)) == path
            assert path.name.endswith(f".{codec}")
            for name in path.relative_to(folder).parts:
                assert byte_count(name) <= LONGEST_NAME
                assert name == name.strip().rstrip(".")
                assert not name.startswith(".")
                assert not is_reserved(name)
                assert all(map(is_allowed, name))
                assert unicodedata.is_normalized("NFC", name)
