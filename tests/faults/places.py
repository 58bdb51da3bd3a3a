"""Names under which no song can be, or only an odd one: folders, pipes, devices, links, sparse files."""

import os
import shutil
import socket
import struct
from collections.abc import Callable
from pathlib import Path

_GB = 2**30

Found = tuple[Path, bool | None, bool]  # the name, whether it is sound, whether it is long


def make(folder: Path, song: Path) -> list[Found]:
    folder.mkdir(parents=True, exist_ok=True)
    return [*_no_files(folder), *_links(folder, song), *_names(folder, song), *_sparse(folder)]


def _no_files(folder: Path) -> list[Found]:
    made = [folder / "folder.mp3", folder / "empty folder.wav", folder / "pipe.mp3", folder / "socket.mp3"]
    (made[0] / "deeper").mkdir(parents=True)
    made[1].mkdir()
    os.mkfifo(made[2])
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(folder, os.O_RDONLY)  # an address has at most 107 bytes
        try:
            listener.bind(f"/proc/self/fd/{here}/{made[3].name}")
        finally:
            os.close(here)
    devices = [Path("/dev/null"), Path("/dev/zero"), Path("/dev/urandom"), Path("/dev/full"), Path("/dev/stdin")]
    others = [folder / "missing.mp3", folder / "missing" / "song.mp3", Path("/"), Path("/proc/self/mem"), folder / ".."]
    return [(path, False, False) for path in (*made, *devices, *others)]


def _links(folder: Path, song: Path) -> list[Found]:
    found: list[Found] = []
    for name, target, sound in (
        ("link.flac", song, True),
        ("link to a link.flac", folder / "link.flac", True),
        ("in a circle.mp3", folder / "in a circle.mp3", False),
        ("there.mp3", folder / "back.mp3", False),
        ("back.mp3", folder / "there.mp3", False),
        ("nowhere.mp3", folder / "gone.mp3", False),
        ("to a folder.mp3", folder, False),
        ("to a device.mp3", Path("/dev/zero"), False),
        ("to a pipe.mp3", folder / "pipe.mp3", False),
    ):
        (folder / name).symlink_to(target)
        found.append((folder / name, sound, False))
    hidden = folder / "no permission.flac"
    shutil.copyfile(song, hidden)
    hidden.chmod(0)
    return [*found, (hidden, os.geteuid() == 0, False)]  # root may read everything


def _names(folder: Path, song: Path) -> list[Found]:
    found: list[Found] = []
    for name in (
        "गीत — अंतरा.flac",
        "ا\u202egnos\u202c.flac",
        "new\nline.flac",
        "tab\tbell\a.flac",
        "-rf.flac",
        "--output=x.flac",
        "  spaces  .flac",
        "per%cent {stem} {song}.flac",
        "quote\"'`$(id).flac",
        "back\\slash.flac",
        "e\u0301.flac",
        "ends with a dot..flac",
        "no extension",
        ".hidden.flac",
        ".flac",
        "CON.flac",
        "<b>bold.flac",
        "🎵.flac",
        f"{250 * 'n'}.flac",
        f"{83 * 'अ'}.flac",
        "%s%n%x.flac",
        "a:b|c?d*e.flac",
    ):
        _try(found, folder / name, song)
    _try(found, Path(os.fsdecode(os.fsencode(folder / "latin-") + b"\xe9\xff.flac")), song)
    deep = folder.joinpath(*(100 * "d" for _ in range(12)))
    deep.mkdir(parents=True)
    _try(found, deep / "song.flac", song)
    return found


def _try(found: list[Found], path: Path, song: Path) -> None:
    shutil.copyfile(song, path)
    found.append((path, True, False))


def _sparse(folder: Path) -> list[Found]:
    """Files of gigabytes that take no room on the disk."""
    head = (
        b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 2, 44100, 176400, 4, 16) + b"data\xff\xff\xff\xff"
    )
    frame = b"\xff\xfb\x90\x64"
    made: list[tuple[str, int, Callable[[], bytes], bool | None]] = [
        ("4 GB.mp3", 4 * _GB, lambda: b"", False),
        ("4 GB.wav", 4 * _GB, lambda: b"", False),
        ("1 GB.flac", _GB, lambda: b"fLaC", False),
        ("4 GB of silence.wav", 4 * _GB, lambda: head, None),
        ("1 GB after a frame.mp3", _GB, lambda: frame, None),
        ("1 GB of Ogg.ogg", _GB, lambda: b"OggS", None),
        ("1 GB of Matroska.mkv", _GB, lambda: b"\x1a\x45\xdf\xa3", None),
        ("4 GB of MP4.m4a", 4 * _GB, lambda: b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42\xff\xff\xff\xffmdat", None),
        ("1 kB.mp3", 1024, lambda: b"", False),
        ("1 MB.wav", 2**20, lambda: b"", False),
    ]
    found: list[Found] = []
    for name, size, beginning, sound in made:
        path = folder / name
        with path.open("wb") as file:
            file.write(beginning())
            file.truncate(size)
        found.append((path, sound, size > 2**20))
    return found
