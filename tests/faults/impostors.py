"""What is no song, under a song's name; playlists, which must not lead anywhere."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np


def make(folder: Path, song: Path) -> list[tuple[Path, bool | None]]:
    """Files, and whether they are songs. ``song`` is what the playlists name: none of it must come out of them."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[tuple[Path, bool | None]] = []
    for name, data in (*_texts(song), *_files(), *_playlists(song)):
        path = folder / name
        path.write_bytes(data)
        found.append((path, None if name.startswith("perhaps") else False))
    return [*found, (_film_without_sound(folder / "silent film.mp4"), False)]


def _texts(song: Path) -> Iterator[tuple[str, bytes]]:
    yield "page.mp3", b"<!DOCTYPE html><html><body>404 Not Found</body></html>" * 40
    yield "words.wav", "यह कोई गीत नहीं है।\n".encode() * 300
    yield "settings.flac", b'{"sound": false}'
    yield "script.m4a", f"#!/bin/sh\ncat {song}\n".encode()
    yield "newlines.ogg", b"\n" * 10_000
    yield "subtitles.mp3", b"1\n00:00:01,000 --> 00:00:09,000\nla la la\n\n" * 50
    yield "lyrics.mp3", b"[00:01.00]la la la\n" * 200
    yield "image.svg.mp3", b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'


def _files() -> Iterator[tuple[str, bytes]]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("song.mp3", b"no song")
    yield "archive.mp3", archive.getvalue()
    yield "packed.wav", gzip.compress(bytes(5_000_000))
    yield "document.mp3", b"%PDF-1.7\n" + bytes(2000)
    yield "program.flac", b"\x7fELF\x02\x01\x01" + bytes(4000)
    yield "image.mp3", _png(64, 64)
    yield "huge image.mp3", _png(30_000, 30_000, b"")
    yield "photograph.m4a", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(3000)
    yield "picture.ogg", b"GIF89a\xff\xff\xff\xff\x00\x00\x00" + bytes(500)
    yield "notes.mp3", b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0MTrk\x00\x00\x00\x04\x00\xff/\x00"
    yield "nothing but zeros.mp3", bytes(200_000)
    yield "nothing but ones.wav", b"\xff" * 200_000
    yield "one byte.mp3", b"R"
    yield "empty.wav", b""
    yield "first letters.wav", b"RIFF"
    yield "first letters.flac", b"fLaC"
    yield "first letters.ogg", b"OggS"
    yield "tag alone.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x00"
    yield "database.mp3", b"SQLite format 3\x00" + bytes(5000)
    for seed in range(12):
        yield f"perhaps noise {seed}.mp3", np.random.default_rng(seed).bytes(30_000)


def _png(width: int, height: int, pixels: bytes | None = None) -> bytes:
    """PNG 1.2, chapter 4."""
    rows = zlib.compress(b"".join(b"\0" + bytes(3 * width) for _ in range(height)) if pixels is None else pixels)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    chunks = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _playlists(song: Path) -> Iterator[tuple[str, bytes]]:
    head = b"#EXTM3U\n#EXT-X-TARGETDURATION:90000\n#EXTINF:9,\n"
    path = str(song).encode()
    yield "list.m3u", b"#EXTM3U\n" + path + b"\n"
    yield "stream.m3u8", head + path + b"\n#EXT-X-ENDLIST\n"
    yield "itself.m3u8", head + b"itself.m3u8\n#EXT-X-ENDLIST\n"
    yield "there.m3u8", head + b"back.m3u8\n#EXT-X-ENDLIST\n"
    yield "back.m3u8", head + b"there.m3u8\n#EXT-X-ENDLIST\n"
    yield "network.m3u8", head + b"http://127.0.0.1:9/song.ts\n#EXT-X-ENDLIST\n"
    yield "key.m3u8", head + b'#EXT-X-KEY:METHOD=AES-128,URI="file:///etc/passwd"\n' + path + b"\n"
    yield "list.pls", b"[playlist]\nNumberOfEntries=1\nFile1=" + path + b"\n"
    yield "list.xspf", b'<?xml version="1.0"?><playlist><trackList><track><location>file://' + path + b"</location></track>"
    yield "parts.ffconcat", b"ffconcat version 1.0\nfile '" + path + b"'\n"
    yield "parts of itself.mp3", b"ffconcat version 1.0\nfile 'parts of itself.mp3'\n"
    yield "album.cue", b'FILE "' + path + b'" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n'
    yield "session.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n"
    yield (
        "manifest.mpd",
        b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>file:///etc/</BaseURL>',
    )
    reference = b"\x00\x00\x00\x10ftypqt  \x00\x00\x00\x00" + b"\x00\x00\x00\x20rmra\x00\x00\x00\x18rdrfurl file:///etc"
    yield "elsewhere.mov", reference


def _film_without_sound(path: Path) -> Path:
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for shade in range(10):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((32, 32, 3), 20 * shade, np.uint8))))
        film.mux(stream.encode())
    return path
