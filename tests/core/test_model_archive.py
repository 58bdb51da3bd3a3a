"""Archives of models are unpacked into their folder, and nothing else: nothing outside it, no links, no bombs."""

import gzip
import io
import os
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from core.cancel import CancelToken
from core.errors import CancelledError, ModelArchiveError, OutputNotWritableError
from core.models import archive
from tests.support import archives
from tests.support.archives import Member, directory, packed, tree

LIMIT = 1 << 20
GOOD = [Member("checkpoint", b"text"), Member("model.index", bytes(range(256)))]
NOISE = os.urandom(200_000)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder to unpack into, with a neighbour that must stay as it is."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "neighbour").write_text("mine")
    (tmp_path / "models" / "new").mkdir()
    return tmp_path / "models" / "new"


def unpack(data: bytes, place: Path, limit: int = LIMIT) -> dict[str, bytes]:
    """The files that come out of it."""
    file = place.parents[1] / "archive.tar.gz"
    file.write_bytes(data)
    archive.unpack(file, place, limit, CancelToken())
    return tree(place)


def refuse(data: bytes, place: Path, limit: int = LIMIT) -> str:
    """Why it is not unpacked; nothing outside the folder changed."""
    with pytest.raises(ModelArchiveError) as caught:
        unpack(data, place, limit)
    assert {path.name for path in place.parent.iterdir()} == {"neighbour", "new"}
    assert (place.parent / "neighbour").read_text() == "mine"
    assert {path.name for path in place.parents[1].iterdir()} == {"models", "archive.tar.gz"}
    assert sum(len(data) for data in tree(place).values()) <= limit
    return str(caught.value.parameters["detail"])


@pytest.mark.parametrize("level", [0, 1, 9])
def test_the_files_come_out_as_they_went_in(place: Path, level: int) -> None:
    assert unpack(packed(GOOD, level), place) == {member.name: member.data for member in GOOD}


@pytest.mark.parametrize("mode", ["w:", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_all_usual_kinds_of_tar_files_are_read(tmp_path: Path, place: Path, mode: str, form: int) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "नमस्ते.index").write_bytes(NOISE)
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode=mode, format=form) as tar:  # type: ignore[call-overload]
        tar.add(source, ".")
    assert unpack(written.getvalue(), place) == {"नमस्ते.index": NOISE}


def test_a_gzip_file_in_several_parts_is_read_whole(place: Path) -> None:
    plain = archives.tar(GOOD)
    assert len(unpack(gzip.compress(plain[:700]) + gzip.compress(plain[700:]), place)) == 2


def test_folders_are_kept_and_what_macos_adds_is_left_out(place: Path) -> None:
    members = [
        directory("2stems/"),
        Member("2stems/._model.index", b"Mac OS X        "),
        Member("._checkpoint", b"Mac OS X        "),
        Member("2stems/model.index", b"index"),
        Member("./2stems/sub/checkpoint", b"text"),
    ]
    assert unpack(packed(members), place) == {"2stems/model.index": b"index", "2stems/sub/checkpoint": b"text"}


@pytest.mark.parametrize(
    "name",
    [
        "/etc/antara-test",
        "../outside",
        "2stems/../../outside",
        "..",
        "C:/outside",
        "C:outside",
        "C:\\outside",
        "..\\outside",
        "2stems\\model.index",
        "//server/share/outside",
        "\\\\server\\share\\outside",
        "model.index:stream",
        "name\nof two lines",
        "ends with a dot.",
        "ends with a space ",
        "a/b/c/d/e/f/g/h",
        "NUL",
        "x" * 300,
    ],
    ids=lambda name: ascii(name)[:30],
)
def test_names_that_lead_elsewhere_or_that_no_system_takes_are_refused(place: Path, name: str) -> None:
    refuse(packed([*GOOD, Member(name, b"outside")]), place)


@pytest.mark.parametrize(
    "pair",
    [
        ("model.index", "MODEL.index"),
        ("caf\u00e9.index", "cafe\u0301.index"),
        ("stra\u00dfe", "STRASSE"),
        ("\u212aelvin", "kelvin"),
        ("2stems/a", "2STEMS/b"),
        ("a/b/c", "A"),
    ],
    ids=ascii,
)
def test_names_that_some_system_takes_for_one_are_refused_on_all(place: Path, pair: tuple[str, str]) -> None:
    assert "for another one" in refuse(packed([Member(pair[0], b"first"), Member(pair[1], b"second")]), place)


@pytest.mark.parametrize(
    "name",
    [
        "CON",
        "aux.index",
        "COM\u00b9",
        "a/lpt1.txt",
        "\u202egpj.xedni",
        "\ufeffmodel",
        "a\u2028b",
        "a\x7fb",
        "क" * 86,
        "~/x:y",
    ],
    ids=ascii,
)
def test_names_of_devices_and_names_that_deceive_are_refused(place: Path, name: str) -> None:
    assert "not allowed" in refuse(packed([*GOOD, Member(name, b"odd")]), place)


@pytest.mark.parametrize(
    "member",
    [
        archives.symlink("link", "/etc/passwd"),
        archives.symlink("link", "../neighbour"),
        archives.symlink("link", "checkpoint"),
        archives.hard_link("link", "../neighbour"),
        archives.hard_link("link", "checkpoint"),
        archives.device("device"),
        archives.pipe("pipe"),
    ],
    ids=lambda member: f"{member.kind!r} {member.target}",
)
def test_all_but_plain_files_is_refused(place: Path, member: Member) -> None:
    assert member.name in refuse(packed([*GOOD, member]), place)
    assert not any(path.is_symlink() or path.is_fifo() for path in place.rglob("*"))


def test_nothing_is_written_through_a_link_that_came_before(place: Path) -> None:
    refuse(packed([archives.symlink("folder", ".."), Member("folder/neighbour", b"not yours")]), place)


def test_a_file_that_is_in_it_twice_is_refused(place: Path) -> None:
    assert "twice" in refuse(packed([*GOOD, GOOD[0]]), place)


def test_a_file_that_is_also_a_folder_is_refused(place: Path) -> None:
    refuse(packed([Member("model", b"file"), Member("model/index", b"in it")]), place)
    refuse(packed([Member("other/index", b"in it"), Member("other", b"file")]), place)


def test_too_many_files_are_refused(place: Path) -> None:
    assert "too many" in refuse(packed([Member(f"{number}") for number in range(archive.MOST_MEMBERS + 1)]), place)


def test_too_many_files_are_refused_even_if_they_are_left_out(place: Path) -> None:
    members = [Member(f"._{number}") for number in range(archive.MOST_MEMBERS + 1)]
    assert "too many" in refuse(packed([*GOOD, *members]), place)


def test_more_bytes_than_the_limit_are_refused(place: Path) -> None:
    assert unpack(packed([Member("exact", bytes(1000)), Member("second", bytes(24))]), place, 1024)
    for path in place.iterdir():
        path.unlink()
    assert "too large" in refuse(packed([Member("exact", bytes(1000)), Member("second", bytes(25))]), place, 1024)


def test_a_bomb_of_zeros_is_refused_before_it_fills_the_disk(place: Path) -> None:
    assert "too large" in refuse(archives.bomb("model.index", 40), place)  # 670 MB


def test_a_bomb_in_a_file_that_is_left_out_is_refused_too(place: Path) -> None:
    assert "too large" in refuse(archives.bomb("._model.index", 40), place)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_a_bomb_in_a_header_does_not_fill_the_memory(place: Path, kind: bytes) -> None:
    bomb = archives.bomb("header", 12, kind)  # 200 MB
    tracemalloc.start()
    try:
        refuse(bomb, place)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_a_size_that_is_declared_but_not_there_is_refused(place: Path) -> None:
    for size in (1 << 19, 1 << 60):
        refuse(packed([*GOOD, Member("huge", b"small", size=size)]), place)
        for path in place.iterdir():
            path.unlink()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 2000,
        b"not an archive at all" * 100,
        b"\x1f\x8b",
        b"\x1f\x8b\x08\x00" + NOISE[:1000],
        NOISE,
        gzip.compress(b"no tar file in it"),
        gzip.compress(b""),
        b"PK\x03\x04" + NOISE[:1000],
        b"<!DOCTYPE html><html></html>",
    ],
    ids=range(10),
)
def test_what_is_no_archive_is_refused(place: Path, data: bytes) -> None:
    refuse(data, place)


def test_an_archive_without_files_is_refused(place: Path) -> None:
    refuse(packed([]), place)
    refuse(packed([directory("2stems")]), place)
    refuse(packed([Member("._checkpoint", b"Mac OS X")]), place)


@pytest.mark.parametrize("keep", [0.05, 0.3, 0.6, 0.9, -12, -1])
def test_an_archive_that_is_cut_off_is_refused(place: Path, keep: float) -> None:
    whole = packed([*GOOD, Member("model.data", NOISE)])
    refuse(whole[: round(keep * len(whole)) if keep > 0 else int(keep)], place)


def test_an_archive_that_was_altered_is_refused(place: Path) -> None:
    whole = bytearray(packed([*GOOD, Member("model.data", NOISE)], level=0))
    whole[len(whole) // 2] ^= 0xFF
    refuse(bytes(whole), place)


def test_an_archive_that_is_not_there_is_said(place: Path) -> None:
    with pytest.raises(ModelArchiveError):
        archive.unpack(place / "gone.tar.gz", place, LIMIT, CancelToken())


def test_unpacking_ends_when_it_is_cancelled(tmp_path: Path, place: Path) -> None:
    file = tmp_path / "archive.tar.gz"
    file.write_bytes(packed([Member("model.data", NOISE)]))
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        archive.unpack(file, place, LIMIT, cancel)


def test_a_folder_that_cannot_be_written_is_said(place: Path) -> None:
    with pytest.raises(OutputNotWritableError):
        unpack(packed([Member("neighbour/model.index", b"index")]), place.parent / "neighbour" / "new")
