"""Tags from every format into every other, with the sound as it was."""

import base64
import functools
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
import pytest
from mutagen import id3
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC, Picture
from mutagen.mp4 import MP4

from core.audio import tags
from core.audio.tags import Cover, Tags
from tests.core import tagged_songs
from tests.core.tagged_songs import COMPLETE, FFMPEG_LACKS, plain, sound
from tests.support import songs

ROOT = Path(__file__).parents[2]
OUTPUTS = ("wav", "aiff", "flac", "mp3", "aac", "alac", "ogg", "opus", "wma")

Copy = Callable[[str], Path]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("pictures")
    return {"image/jpeg": tagged_songs.picture(folder, "mjpeg"), "image/png": tagged_songs.picture(folder, "png")}


@pytest.fixture(scope="module")
def full(pictures: dict[str, bytes]) -> Tags:
    return tagged_songs.full(pictures["image/jpeg"], "image/jpeg")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A song without tags of a kind, encoded once."""
    folder = tmp_path_factory.mktemp("songs")
    return functools.cache(lambda kind: plain(folder, kind))


@pytest.fixture
def copy(made: Copy, tmp_path: Path) -> Copy:
    """A fresh copy of such a song."""
    return lambda kind: Path(shutil.copy(made(kind), tmp_path))


@pytest.fixture(scope="module")
def complete(made: Copy, pictures: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A song of ``COMPLETE``."""

    def make(name: str) -> Path:
        kind, tag = COMPLETE[name]
        path = Path(shutil.copy(made(kind), tmp_path_factory.mktemp("complete")))
        tag(path, pictures["image/jpeg"], "image/jpeg")
        return path

    return make


def metadata(path: Path) -> dict[str, str]:
    """What FFmpeg reads, in small letters."""
    with av.open(str(path)) as container:
        parts = (container.streams.audio[0].metadata, container.metadata)
        return {key.lower(): value for part in parts for key, value in part.items()}


def attached(path: Path) -> list[bytes]:
    """The pictures that FFmpeg finds."""
    with av.open(str(path)) as container:
        return [bytes(next(container.demux(stream))) for stream in container.streams.video]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("name", COMPLETE)
def test_everything_in_a_song_is_in_its_stem_and_the_sound_is_the_same(
    complete: Copy, copy: Copy, full: Tags, name: str, output: str
) -> None:
    stem = copy(output)
    before = sound(stem)
    found = tags.read(complete(name))
    assert found == full
    written = tags.for_stem(found, "song", "Vocals")
    tags.write(stem, written)
    assert tags.read(stem) == written
    assert written.title == "अंतरा 🎵 (Vocals)"
    after = sound(stem)
    np.testing.assert_array_equal(after[0], before[0])
    assert after[1] == before[1]


@pytest.mark.parametrize("output", OUTPUTS)
def test_another_program_reads_what_was_written(copy: Copy, full: Tags, output: str) -> None:
    stem = copy(output)
    tags.write(stem, full)
    found = metadata(stem)
    for name, text in tagged_songs.TEXTS.items():
        other_names = {"album_artist": "albumartist", "date": "wm/year"}
        assert found.get(name, found.get(other_names.get(name, ""))) == text
    for name, text in tagged_songs.NUMBERS.items():
        total = found.get(f"{name}total")
        assert (f"{found[name]}/{total}" if total else found[name]) == text
    assert full.cover is not None
    assert attached(stem) == [full.cover.data]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")
def test_ffprobe_finds_the_title_and_one_picture(copy: Copy, full: Tags, output: str) -> None:
    stem = copy(output)
    tags.write(stem, full)
    entries = "format_tags=title:stream_tags=title:stream=codec_name"
    command = ["ffprobe", "-v", "error", "-of", "csv", "-show_entries", entries, str(stem)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert "अंतरा 🎵" in done.stdout
    assert done.stdout.count("mjpeg") == 1
    assert not done.stderr


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_png_stays_a_png_to_the_byte(copy: Copy, pictures: dict[str, bytes], output: str) -> None:
    stem = copy(output)
    written = Tags(cover=Cover(pictures["image/png"], "image/png"))
    tags.write(stem, written)
    assert tags.read(stem) == written
    assert attached(stem) == [pictures["image/png"]]


@pytest.mark.parametrize("kind", FFMPEG_LACKS)
def test_what_ffmpeg_wrote_is_read(tmp_path: Path, full: Tags, kind: str) -> None:
    path, expected = tagged_songs.by_ffmpeg(tmp_path, kind, full)
    assert tags.read(path) == expected


def test_a_film_has_tags_and_its_picture_is_no_cover(tmp_path: Path) -> None:
    path = songs.write_video(tmp_path / "film.mp4", songs.sine(0.5), 0.5)
    assert tags.read(path) == Tags()
    file = MP4(path)
    file["©nam"] = "गीत"
    file.save()
    assert tags.read(path) == Tags(title="गीत")


@pytest.mark.parametrize("output", OUTPUTS)
def test_what_was_there_before_is_replaced_and_what_is_not_given_is_gone(copy: Copy, full: Tags, output: str) -> None:
    stem = copy(output)
    tags.write(stem, full)
    later = Tags(artist="किशोर कुमार", date="1971", track=(0, 7))
    tags.write(stem, later)
    assert tags.read(stem) == later
    assert attached(stem) == []


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_kind_of_file_shows_under_any_name(copy: Copy, full: Tags, output: str) -> None:
    stem = copy(output)
    part = stem.rename(stem.with_name(".antara-x.part"))
    tags.write(part, full)
    assert tags.read(part.rename(stem)) == full


def test_what_belongs_to_the_song_s_own_sound_is_left_behind(complete: Copy, copy: Copy) -> None:
    stem = copy("flac")
    tags.write(stem, tags.read(complete("ID3v2.4")))
    named = {"title", "artist", "album", "albumartist", "date", "genre", "comment", "composer"}
    numbers = {"tracknumber", "tracktotal", "discnumber", "disctotal"}
    assert set(FLAC(stem).keys()) - {"encoder"} == named | numbers


def test_an_m4a_keeps_what_its_encoder_says_of_gaps(copy: Copy, full: Tags) -> None:
    stem = copy("aac")
    file = MP4(stem)
    gaps = b" 00000000 00000840 00000298 000000000000D000"
    file["----:com.apple.iTunes:iTunSMPB"], file["pgap"] = gaps, True
    file.save()
    edits = stem.read_bytes().count(b"elst")
    tags.write(stem, full)
    assert [bytes(value) for value in MP4(stem)["----:com.apple.iTunes:iTunSMPB"]] == [gaps]
    assert MP4(stem)["pgap"] is True
    assert stem.read_bytes().count(b"elst") == edits == 1


def test_an_mp3_keeps_its_encoder_s_header(copy: Copy, full: Tags) -> None:
    stem = copy("mp3")
    sound_before = stem.read_bytes()[mutagen.File(stem).tags.size :]
    assert b"Info" in sound_before[:100]
    tags.write(stem, full)
    header = id3.ID3(stem)
    assert stem.read_bytes()[header.size :] == sound_before
    assert header.version == (2, 3, 0)


@pytest.mark.parametrize("kind", ["wav", "aiff"])
def test_the_samples_of_a_wav_stay_where_they_are(copy: Copy, full: Tags, kind: str) -> None:
    stem = copy(kind)
    before = stem.read_bytes()
    tags.write(stem, full)
    after = stem.read_bytes()
    assert after[8 : len(before)] == before[8:].replace(b"LIST", b"JUNK")
    assert int.from_bytes(after[4:8], "little" if kind == "wav" else "big") == len(after) - 8


@pytest.mark.parametrize("cover_mime", ["image/gif", "image/webp", "image/bmp"])
@pytest.mark.parametrize("output", OUTPUTS)
def test_rarer_pictures_are_carried_where_the_format_has_them(copy: Copy, output: str, cover_mime: str) -> None:
    data = {"image/gif": b"GIF89a", "image/webp": b"RIFF\0\0\0\0WEBP", "image/bmp": b"BM"}[cover_mime] + bytes(40)
    stem = copy(output)
    written = Tags(title="a", cover=Cover(data, cover_mime))
    tags.write(stem, written)
    lost = output in ("aac", "alac") and cover_mime != "image/bmp"
    assert tags.read(stem) == (replace(written, cover=None) if lost else written)


@pytest.mark.parametrize(
    ("song_title", "stem_title"), [("अंतरा", "अंतरा (Vocals)"), (None, "01 - गीत (Vocals)"), ("", "01 - गीत (Vocals)")]
)
def test_a_stem_is_named_after_the_song_s_title_else_its_file(song_title: str | None, stem_title: str) -> None:
    song = Tags(title=song_title, artist="a", track=(1, 2))
    assert tags.for_stem(song, "01 - गीत", "Vocals") == Tags(title=stem_title, artist="a", track=(1, 2))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1965", "1965"),
        ("1965-11", "1965-11"),
        ("1965-11-04", "1965-11-04"),
        ("1965-11-04T07:00:00Z", "1965-11-04"),
        ("04.11.1965", "1965"),
        ("© 1965 Saregama", "1965"),
        ("19651104", None),
        ("sixties", None),
    ],
)
def test_dates_become_iso_dates(copy: Copy, written: str, read: str | None) -> None:
    song = copy("flac")
    file = FLAC(song)
    file["DATE"] = written
    file.save()
    assert tags.read(song).date == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("3", (3, 0)),
        ("03/12", (3, 12)),
        ("3 / 12", (3, 12)),
        ("0/12", (0, 12)),
        ("/12", (0, 12)),
        ("३/१२", (3, 12)),
        ("0", None),
        ("A1", None),
        ("", None),
        ("9" * 5000, None),
        ("-1", None),
    ],
)
def test_numbers_of_tracks_are_read_in_all_spellings(copy: Copy, written: str, read: tuple[int, int] | None) -> None:
    song = copy("opus")
    file: Any = mutagen.File(song)
    file["TRACKNUMBER"] = written
    file.save()
    assert tags.read(song).track == read


def test_id3v1_alone_is_read(copy: Copy) -> None:
    song = copy("mp3")
    id3.delete(song)
    texts = b"TAG" + b"".join(text.ljust(30, b"\0") for text in (b"Title", "Café".encode("latin-1"), b"Album"))
    song.write_bytes(song.read_bytes() + texts + b"1965" + b"a comment".ljust(28, b"\0") + b"\0\x05\x11")
    expected = Tags("Title", "Café", "Album", date="1965", genre="Rock", comment="a comment", track=(5, 0))
    assert tags.read(song) == expected


def test_an_ape_tag_goes_before_the_short_id3v1(copy: Copy) -> None:
    song = copy("mp3")
    id3.delete(song)
    ape = APEv2()
    ape["Title"] = "A title of more than thirty letters"
    ape.save(song)
    texts = (
        b"TAG" + b"A title of more than thirty le" + b"Artist".ljust(30, b"\0") + bytes(30) + b"1965" + bytes(30) + b"\xff"
    )
    song.write_bytes(song.read_bytes() + texts)
    found = tags.read(song)
    assert (found.title, found.artist, found.date) == ("A title of more than thirty letters", "Artist", "1965")


def test_utf_8_that_was_declared_latin_1_is_utf_8(copy: Copy) -> None:
    song = copy("mp3")
    file: Any = mutagen.File(song)
    file.tags.add(id3.TIT2(encoding=0, text="अंतरा".encode().decode("latin-1")))
    file.tags.add(id3.TPE1(encoding=0, text="Café"))
    file.save()
    assert tags.read(song) == Tags(title="अंतरा", artist="Café")


@pytest.mark.parametrize(("name", "encoding"), [("गीत", "utf-8"), ("Café “Ö”", "cp1252")])
def test_an_info_chunk_may_be_in_utf_8_or_in_windows_own_letters(copy: Copy, name: str, encoding: str) -> None:
    song = copy("wav")
    text = name.encode(encoding) + b"\0"
    text += bytes(len(text) % 2)
    chunk = b"LIST" + (len(text) + 12).to_bytes(4, "little") + b"INFOINAM" + len(text).to_bytes(4, "little") + text
    data = song.read_bytes() + chunk
    song.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
    assert tags.read(song).title == name


def test_the_front_cover_is_chosen_then_any_picture_then_an_icon(copy: Copy) -> None:
    song = copy("flac")
    jpeg = b"\xff\xd8\xff"
    kinds = {1: jpeg + b"icon", 4: jpeg + b"back", 3: jpeg + b"front"}
    for given, chosen in [((1, 4, 3), 3), ((1, 4), 4), ((1,), 1)]:
        file = FLAC(song)
        file.clear_pictures()
        for kind in given:
            picture = Picture()
            picture.type, picture.mime, picture.data = kind, "image/jpeg", kinds[kind]
            file.add_picture(picture)
        file.save()
        assert tags.read(song) == Tags(cover=Cover(kinds[chosen], "image/jpeg"))


def test_a_picture_is_what_its_data_is_and_what_is_none_is_no_cover(copy: Copy) -> None:
    song = copy("mp3")
    for data, cover in [
        (b"\xff\xd8\xff", Cover(b"\xff\xd8\xff", "image/jpeg")),
        (b"http://example.org/a.jpg", None),
        (b"", None),
    ]:
        file: Any = mutagen.File(song)
        file.tags.setall("APIC", [id3.APIC(encoding=0, mime="image/png" if cover else "-->", type=3, desc="", data=data)])
        file.save()
        assert tags.read(song) == Tags(cover=cover)


def test_a_cover_that_is_too_large_is_dropped_and_the_largest_one_fits(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    largest = Cover(b"\xff\xd8\xff" + bytes(tags.COVER_LIMIT - 3), "image/jpeg")
    for output in ("wav", "flac", "mp3", "alac", "wma"):
        stem = copy(output)
        tags.write(stem, Tags(title="a", cover=largest))
        assert tags.read(stem) == Tags(title="a", cover=largest)
        stem.unlink()
    song = copy("ogg")
    tags.write(song, Tags(title="a", cover=Cover(b"\xff\xd8\xff" + bytes(40), "image/jpeg")))
    monkeypatch.setattr(tags, "COVER_LIMIT", 42)
    assert tags.read(song) == Tags(title="a")


def test_an_old_ogg_s_cover_is_read(copy: Copy, pictures: dict[str, bytes]) -> None:
    song = copy("ogg")
    file: Any = mutagen.File(song)
    file["COVERART"] = base64.b64encode(pictures["image/png"]).decode()
    file.save()
    assert tags.read(song) == Tags(cover=Cover(pictures["image/png"], "image/png"))


def test_all_fields_of_the_example_are_set(full: Tags) -> None:
    assert all(getattr(full, entry.name) for entry in fields(full))


def test_the_libraries_are_loaded_when_a_song_is_read() -> None:
    script = "import sys, core.audio.naming, core.audio.tags; print({'mutagen', 'av', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
