"""Damaged tags, files that are no songs, and disks that fail: reading raises nothing, writing only what the disk said."""

import os
import shutil
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
from mutagen import id3
from mutagen.flac import FLAC

from core.audio import tags
from core.audio.tags import Cover, Tags
from tests.core import tagged_songs
from tests.core.tagged_songs import COMPLETE, plain
from tests.support import songs

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no sparse files by default and no limits for a process")
FULL = tagged_songs.full(b"\xff\xd8\xff" + bytes(range(256)) * 8, "image/jpeg")
OUTPUTS = ("wav", "aiff", "flac", "mp3", "aac", "ogg", "opus", "wma")


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The songs of ``COMPLETE``."""
    assert FULL.cover is not None
    made = {}
    for name, (kind, tag) in COMPLETE.items():
        made[name] = plain(tmp_path_factory.mktemp("song"), kind)
        tag(made[name], FULL.cover.data, FULL.cover.mime)
    return made


@pytest.mark.parametrize("name", COMPLETE)
def test_damaged_tags_are_read_as_far_as_they_can_be_and_can_be_written(
    complete: dict[str, Path], tmp_path: Path, name: str
) -> None:
    rng = np.random.default_rng(7)
    whole = complete[name].read_bytes()
    path = tmp_path / complete[name].name
    tagged = next(
        whole.index(text) for text in (b"TIT2", b"TT2", b"itle", b"ITLE", b"\xa9nam", b"T\0i\0t\0l\0e") if text in whole
    )
    copy = Path(shutil.copy(complete["FLAC"], tmp_path / "copy"))
    for _ in range(40):
        data = bytearray(whole)
        for at in rng.integers(max(tagged - 200, 0), min(tagged + 3000, len(data)), rng.integers(1, 20)):
            data[at] = rng.integers(256)
        path.write_bytes(data[: rng.integers(len(data))] if rng.random() < 0.3 else data)
        found = tags.read(path)
        tags.write(copy, found)
        assert tags.read(copy) == found


@pytest.mark.parametrize("extension", sorted({path for path, _ in tagged_songs.PLAIN.values()}))
def test_what_is_no_song_has_no_tags(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"song{extension}"
    assert tags.read(path) == Tags()
    path.mkdir()
    assert tags.read(path) == Tags()
    path.rmdir()
    for content in (b"", b"a", bytes(5000), np.random.default_rng(3).bytes(5000), b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(99)):
        path.write_bytes(content)
        assert tags.read(path) == Tags()


@pytest.mark.parametrize("name", [os.fsdecode(b"caf\xe9 \xff.flac"), "अंतरा 🎵.flac", "100%d {x}.flac"], ids=ascii)
@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow these names")
def test_a_song_of_any_name_is_read_and_written(complete: dict[str, Path], tmp_path: Path, name: str) -> None:
    song = Path(shutil.copy(complete["FLAC"], tmp_path / name))
    assert tags.read(song) == FULL
    tags.write(song, Tags(title="a"))
    assert tags.read(song) == Tags(title="a")


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_name_that_is_no_text_can_stand_in_for_the_title(tmp_path: Path, output: str) -> None:
    stem = plain(tmp_path, output)
    tags.write(stem, tags.for_stem(Tags(), os.fsdecode(b"caf\xe9"), "Vocals"))
    assert tags.read(stem) == Tags(title="caf? (Vocals)")


@pytest.mark.parametrize("output", OUTPUTS)
def test_half_letters_and_nuls_do_not_reach_the_tags(tmp_path: Path, output: str) -> None:
    song = plain(tmp_path, "flac")
    file = FLAC(song)
    file.tags.append(("TITLE", "a\0b"))
    file.tags.append(("ARTIST", "  "))
    file.save()
    assert tags.read(song) == Tags(title="ab")
    mp3: Any = mutagen.File(plain(tmp_path, "mp3"))
    mp3.tags.add(id3.TIT2(encoding=1, text="x"))
    mp3.save()
    path = tmp_path / "mp3.mp3"
    path.write_bytes(path.read_bytes().replace(b"\xff\xfex\0", b"\xff\xfe\0\xd8", 1))
    found = tags.read(path)
    stem = plain(tmp_path, output)
    tags.write(stem, found)
    assert tags.read(stem) == found


def test_a_text_that_never_ends_is_cut(tmp_path: Path) -> None:
    song = plain(tmp_path, "flac")
    file = FLAC(song)
    file["COMMENT"] = "अ" * 1_000_000
    file.save()
    found = tags.read(song)
    assert found == Tags(comment="अ" * tags.TEXT_LIMIT)
    for output in OUTPUTS:
        stem = plain(tmp_path, output)
        tags.write(stem, found)
        assert tags.read(stem) == found


def test_tags_that_cannot_be_understood_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "song.flac").write_bytes(b"fLaC damaged")
    with caplog.at_level("DEBUG", "core.audio.tags"):
        assert tags.read(tmp_path / "song.flac") == Tags()
    assert [record.getMessage().partition(" ")[0] for record in caplog.records] == ["from_mutagen", "from_ffmpeg"]


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_file_that_is_not_there_is_what_the_disk_says(tmp_path: Path, output: str) -> None:
    with pytest.raises(FileNotFoundError):
        tags.write(tmp_path / f"gone{tagged_songs.PLAIN[output][0]}", FULL)


@posix
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_disk_that_takes_no_more_is_what_the_disk_says(tmp_path: Path, output: str) -> None:
    import resource

    stem = plain(tmp_path, output)
    # A file may not grow beyond this: more than pytest itself writes meanwhile.
    large = Cover(b"\xff\xd8\xff" + bytes(4_000_000), "image/jpeg")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            tags.write(stem, Tags(title="a", cover=large))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_mutagen_cannot_write_is_an_error_of_the_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise mutagen.MutagenError("no room in the header")

    monkeypatch.setattr(FLAC, "save", fail)
    with pytest.raises(OSError, match="no room in the header"):
        tags.write(plain(tmp_path, "flac"), FULL)


def test_an_rf64_is_left_as_it_is(tmp_path: Path) -> None:
    path = songs.write(tmp_path / "song.wav", songs.sine(0.1), rf64="always")
    before = path.read_bytes()
    assert before[:4] == b"RF64"
    tags.write(path, FULL)
    assert path.read_bytes() == before


@posix
@pytest.mark.parametrize("missing", [1, 2**20 + 1000, 2**21])
def test_a_wav_never_outgrows_its_header(tmp_path: Path, missing: int) -> None:
    path = plain(tmp_path, "wav")
    head = bytearray(path.read_bytes()[:4096])
    data = head.index(b"data")
    size = (2**32 - missing) // 2 * 2
    head[4:8] = (size - 8).to_bytes(4, "little")
    head[data + 4 : data + 8] = (size - data - 8).to_bytes(4, "little")
    path.write_bytes(head)
    os.truncate(path, size)  # a sparse file
    tags.write(path, FULL)
    written = missing == 2**21
    assert (path.stat().st_size > size) == written
    assert tags.read(path) == (FULL if written else Tags())


@pytest.mark.parametrize("content", [b"", b"RIFF", b"something else" * 100, b"fLaC damaged"])
def test_what_takes_no_tags_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "stem.part"
    path.write_bytes(content)
    tags.write(path, FULL)
    assert path.read_bytes() == content


@pytest.mark.parametrize("extension", [".m3u8", ".mp3", ".wav"])
def test_a_playlist_opens_no_other_file(complete: dict[str, Path], tmp_path: Path, extension: str) -> None:
    song = complete["ID3v2.4"]
    playlist = tmp_path / f"list{extension}"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{song}\n#EXT-X-ENDLIST\n")
    assert tags.read(song) == FULL
    assert tags.read(playlist) == Tags()
