"""What is fuzzed: five doors through which bytes of strangers come in. Each target takes any bytes, and must not mind.

``first`` gives inputs that are right, for a fuzzer to begin with. What is guarded by checksums would be refused at the door
nearly always: the first byte of an input may ask that they be made right before it is handed in.
"""

import gzip
import io
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from core import queue_journal, settings
from core.audio import reader, tags
from core.audio.tags import Cover, Tags
from core.cancel import CancelToken
from core.errors import InputError, ModelArchiveError, OutputError
from core.models import archive
from core.queue_items import Change, Failure, Item
from tests.core.tagged_songs import COMPLETE, TEXTS, plain
from tests.support import songs

Target = Callable[[bytes, Path], None]  # the input, and an empty folder to work in; raises what must not be

_LISTENED_S = 20.0
_ARCHIVE_LIMIT = 1_000_000
_BLOCK = 512  # of a tar archive
_SONGS = {
    ".wav": "pcm_s16le",
    ".flac": "flac",
    ".mp3": "libmp3lame",
    ".m4a": "aac",
    ".ogg": "",
    ".opus": "libopus",
    ".wma": "wmav2",
    ".mka": "aac",
    ".aiff": "pcm_s16be",
    ".caf": "pcm_s16le",
    ".avi": "pcm_s16le",
}
_OUTPUTS = ("wav", "aiff", "flac", "mp3", "aac", "alac", "ogg", "opus", "wma")


def read_song(data: bytes, folder: Path) -> None:
    """The reader: blocks of finite samples, or an InputError."""
    song = folder / "song"
    song.write_bytes(data)
    try:
        info = reader.probe(song)
        assert info.channels > 0
        assert info.sample_rate > 0
        for block in reader.read_blocks(song, songs.RATE, duration_s=_LISTENED_S):
            assert block.ndim == 2
            assert block.shape[1] == 2
            assert block.dtype == np.float32
    except InputError:
        return


def unpack(data: bytes, folder: Path) -> None:
    """The unpacking of models' archives: nothing outside, nothing but files, no more than the limit."""
    file, place = folder / "archive", folder / "place" / "model"
    place.mkdir(parents=True)
    file.write_bytes(_archive_of(data))
    with suppress(ModelArchiveError, OutputError):
        archive.unpack(file, place, _ARCHIVE_LIMIT, CancelToken())
    assert sorted(path.name for path in folder.iterdir()) == ["archive", "place"]
    assert [path.name for path in place.parent.iterdir()] == ["model"]
    found = [path for path in place.rglob("*") if not path.is_dir()]
    assert not any(path.is_symlink() for path in place.rglob("*"))
    assert all(path.is_file() and path.stat().st_nlink == 1 for path in found)
    assert sum(path.stat().st_size for path in found) <= _ARCHIVE_LIMIT
    assert len(found) <= archive.MOST_MEMBERS


def _archive_of(data: bytes) -> bytes:
    """Bit 0 of the first byte: headers get their checksums; bit 1: it is compressed."""
    kind, content = (data[0] if data else 0), bytearray(data[1:])
    if kind & 1:
        for start in range(0, len(content) - _BLOCK + 1, _BLOCK):
            header = content[start : start + _BLOCK]
            if header[257:262] == b"ustar":
                header[148:156] = b" " * 8
                content[start + 148 : start + 156] = b"%06o\0 " % sum(header)
    return gzip.compress(content, 1, mtime=0) if kind & 2 else bytes(content)


def load_settings(data: bytes, folder: Path) -> None:
    """The settings: what cannot be used is the default, the rest is kept, and all can be changed and read again."""
    file = settings.paths.settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    for path in file.parent.iterdir():
        path.unlink()
    file.write_bytes(data)
    before = settings.load()
    changed = settings.change(language="hi")
    assert changed == msgspec.structs.replace(before, language="hi")
    assert settings.load() == changed


def read_queue(data: bytes, folder: Path) -> None:
    """The queue's journal: what is whole is read, and can be written and read again. First byte odd: lines get checksums."""
    content = data[1:]
    if data[:1] and data[0] & 1:
        texts = [line.partition(b" ")[2] for line in content.split(b"\n")]
        content = b"".join(b"%08x %s\n" % (zlib.crc32(text), text) for text in texts)
    read = queue_journal.read(content)
    text = "".join([*read.strange, *queue_journal.lines(Change(tuple(read.items.values())))])
    again = queue_journal.read(text.encode())
    assert again.items == read.items
    assert list(again.items) == list(read.items)
    assert not again.damaged or b"\n" in content  # a strange line may hold bytes that are no text
    for item in read.items.values():
        if item.failure:
            item.failure.notice()


def carry_tags(data: bytes, folder: Path) -> None:
    """Tags of a song (first byte even) or any texts and a cover, put into a file of each kind: the sound stays the same."""
    kind, content = data[:2].ljust(2, b"\0"), data[2:]
    if kind[0] & 1:
        found = _tags_of(content)
    else:
        song = folder / "song"
        song.write_bytes(content)
        found = tags.read(song)
    output = folder / "output"
    output.write_bytes(_plain_song(_OUTPUTS[kind[1] % len(_OUTPUTS)]))
    before = _sound(output)
    tags.write(output, found)
    assert np.array_equal(_sound(output), before)
    read = tags.read(output)
    assert (read.title, read.artist, read.track) == (found.title, found.artist, found.track)


def _tags_of(content: bytes) -> Tags:
    """As ``tags.read`` gives them: no text is empty, or has a NUL or space around it."""
    title, artist, album, comment, cover = content.split(b"\0", 4) + [b""] * max(4 - content.count(b"\0"), 0)
    texts = [text.decode("utf-8", "replace").strip()[: tags.TEXT_LIMIT] or None for text in (title, artist, album, comment)]
    return Tags(*texts[:3], comment=texts[3], cover=Cover(cover, "image/jpeg") if cover else None)


def _sound(song: Path) -> np.ndarray:
    return songs.joined(reader.read_blocks(song, songs.RATE))


@cache
def _plain_song(kind: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return plain(Path(folder), kind).read_bytes()


TARGETS: Mapping[str, Target] = {
    "reader": read_song,
    "archive": unpack,
    "settings": load_settings,
    "queue": read_queue,
    "tags": carry_tags,
}


def first(name: str, folder: Path) -> Iterator[bytes]:
    """Inputs for a target that are right; works in ``folder``."""
    yield from _FIRST[name](folder)


def _songs(folder: Path) -> Iterator[bytes]:
    for seed, (extension, codec) in enumerate(_SONGS.items()):
        rate = 48000 if codec == "libopus" else songs.RATE
        song = songs.write(folder / f"{seed}{extension}", songs.music(0.1, seed=seed, rate=rate), rate, codec or None)
        yield song.read_bytes()


def _archives(folder: Path) -> Iterator[bytes]:
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=form) as tar:
            long = "long" * (20 if form == tarfile.USTAR_FORMAT else 30)
            for name in ("model.index", "sub/model.data-00000-of-00001", long, "नाम"):
                member = tarfile.TarInfo(name)
                member.size = 40
                tar.addfile(member, io.BytesIO(b"0123456789" * 4))
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, "../outside"
            tar.addfile(link)
        for kind in range(4):
            yield bytes([kind]) + file.getvalue()
            yield bytes([kind]) + gzip.compress(file.getvalue())


def _settings(folder: Path) -> Iterator[bytes]:
    yield b"{}"
    yield msgspec.json.encode(
        {
            "version": len(settings.STEPS),
            "mirror": "https://example.org/models",
            "output_device": ["speakers", "ALSA"],
            "output_latency_s": 0.1,
            "model": "builtin",
            "engine": "onnx",
            "device": "cuda",
            "precision": "bf16",
            "mode": "full",
            "care": {"shifts": 2},
            "threads": 2,
            "export_folder": "/music",
            "queue_folder": "संगीत",
            "output": {},
            "language": "en",
            "theme": "dark",
            "master_db": -3.0,
            "window": "AAAA",
        }
    )


def _queues(folder: Path) -> Iterator[bytes]:
    item = Item(1, Path("/music/अंतरा.mp3"), "builtin", state="done", length_s=3.0, files={"vocals": Path("/out/vocals.wav")})
    failed = msgspec.structs.replace(item, id=2, state="failed", failure=Failure("not_audio", {"path": "a.mp3"}))
    for change in (Change((item, failed)), Change((item, failed), (1,), (2, 1)), Change(order=(2, 1))):
        text = "".join(queue_journal.lines(change)).encode()
        yield b"\0" + text
        yield b"\1" + text


def _tagged(folder: Path) -> Iterator[bytes]:
    for number, (kind, tag) in enumerate(COMPLETE.values()):
        song = plain(folder, kind)
        tag(song, b"\xff\xd8\xff" + bytes(200), "image/jpeg")
        yield bytes([0, number]) + song.read_bytes()
    for number in range(len(_OUTPUTS)):
        texts = [text.encode() for text in list(TEXTS.values())[:4]]
        yield bytes([1, number]) + b"\0".join([*texts, b"\x89PNG\r\n\x1a\n" + bytes(50)])


_FIRST: Mapping[str, Callable[[Path], Iterator[bytes]]] = {
    "reader": _songs,
    "archive": _archives,
    "settings": _settings,
    "queue": _queues,
    "tags": _tagged,
}
