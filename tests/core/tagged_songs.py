"""Short songs with tags as other programs write them: put together here field by field, not by the code under test."""

import base64
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
from mutagen import id3
from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2, APEValue
from mutagen.asf import ASFByteArrayAttribute
from mutagen.flac import FLAC, Picture
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4Cover
from mutagen.wave import WAVE

from core.audio.tags import Cover, Tags
from tests.support import songs

SECONDS = 0.3

# The kinds of files, with FFmpeg's codec where the name does not tell.
PLAIN: Mapping[str, tuple[str, str | None]] = {
    "wav": (".wav", "pcm_s16le"),
    "aiff": (".aiff", None),
    "flac": (".flac", None),
    "mp3": (".mp3", None),
    "aac": (".m4a", "aac"),
    "alac": (".m4a", "alac"),
    "ogg": (".ogg", None),
    "opus": (".opus", None),
    "wma": (".wma", None),
    "mkv": (".mkv", None),
    "avi": (".avi", "pcm_s16le"),
}

TEXTS = {
    "title": "अंतरा 🎵",
    "artist": "लता मंगेशकर; Ünïcode",
    "album": "गीत – ½",
    "album_artist": "क्षत्रिय & 👩‍🎤",
    "date": "1965-11-04",
    "genre": "फ़िल्मी",
    "comment": "टिप्पणी:\n100 % ✓",
    "composer": "शंकर–जयकिशन",
}
NUMBERS = {"track": "3/12", "disc": "1/2"}


def picture(folder: Path, codec: str) -> bytes:
    """A small picture; ``codec`` is png or mjpeg."""
    return songs.write_picture(folder / f"picture.{codec}", codec).read_bytes()


def full(cover: bytes, mime: str) -> Tags:
    return Tags(**TEXTS, track=(3, 12), disc=(1, 2), cover=Cover(cover, mime))


def plain(folder: Path, kind: str) -> Path:
    """A song without tags."""
    extension, codec = PLAIN[kind]
    rate = 48000 if kind == "opus" else songs.RATE
    return songs.write(folder / f"{kind}{extension}", songs.music(SECONDS, rate=rate), rate, codec)


def _frames(cover: bytes, mime: str) -> list[Any]:
    texts = {"TIT2": "title", "TPE1": "artist", "TALB": "album", "TPE2": "album_artist", "TCON": "genre", "TCOM": "composer"}
    frames: list[Any] = [getattr(id3, frame)(encoding=1, text=TEXTS[name]) for frame, name in texts.items()]
    frames += [id3.TRCK(encoding=0, text=NUMBERS["track"]), id3.TPOS(encoding=0, text=NUMBERS["disc"])]
    frames += [id3.TDRC(encoding=0, text=TEXTS["date"]), id3.COMM(encoding=1, lang="hin", desc="", text=TEXTS["comment"])]
    frames += [id3.COMM(encoding=0, lang="eng", desc="iTunNORM", text=" 00000A2B"), *left_behind()]
    return [*frames, id3.APIC(encoding=0, mime=mime, type=3, desc="Cover", data=cover)]


def left_behind() -> list[Any]:
    """What belongs to the song's own sound and is not carried over."""
    gains = [id3.TXXX(encoding=0, desc=name, text="-7.1 dB") for name in ("REPLAYGAIN_TRACK_GAIN", "R128_TRACK_GAIN")]
    others = [id3.TBPM(encoding=0, text="120"), id3.TSRC(encoding=0, text="INS181400001"), id3.TSSE(encoding=0, text="LAME")]
    return [*gains, *others, id3.USLT(encoding=1, lang="hin", desc="", text="ला ला ला")]


def _id3(kind: type[Any], version: int) -> Callable[[Path, bytes, str], None]:
    def tag(path: Path, cover: bytes, mime: str) -> None:
        file = kind(path)
        if file.tags is None:
            file.add_tags()
        file.tags.clear()
        for frame in _frames(cover, mime):
            file.tags.add(frame)
        if version == 3:
            file.tags.update_to_v23()
        file.save(v2_version=version)

    return tag


def _id3_2(path: Path, cover: bytes, mime: str) -> None:
    """ID3v2.2.0 (1998), which mutagen does not write: frames with names of three letters and sizes of three bytes."""

    def frame(name: str, data: bytes) -> bytes:
        return name.encode() + len(data).to_bytes(3, "big") + data

    names = {"TT2": "title", "TP1": "artist", "TAL": "album", "TP2": "album_artist", "TCO": "genre", "TCM": "composer"}
    body = b"".join(frame(name, b"\1" + TEXTS[field].encode("utf-16")) for name, field in names.items())
    body += frame("TYE", b"\x001965\0") + frame("TDA", b"\x000411\0") + frame("TRK", b"\x003/12") + frame("TPA", b"\x001/2")
    body += frame("COM", b"\1hin" + "\0".encode("utf-16") + TEXTS["comment"].encode("utf-16"))
    body += frame("PIC", b"\0" + {"image/png": b"PNG", "image/jpeg": b"JPG"}[mime] + b"\3\0" + cover)
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    mutagen.id3.delete(path)
    path.write_bytes(b"ID3\2\0\0" + size + body + path.read_bytes())


def _ape(path: Path, cover: bytes, mime: str) -> None:
    mutagen.id3.delete(path)
    tags = APEv2()
    names = {"date": "Year", "album_artist": "Album Artist"}
    for name, text in (TEXTS | NUMBERS).items():
        tags[names.get(name, name.capitalize())] = text
    tags["Artist"] = TEXTS["artist"].split("; ")
    tags["REPLAYGAIN_TRACK_GAIN"] = "-7.1 dB"
    tags["Cover Art (Front)"] = APEValue(b"cover.jpg\0" + cover, 1)
    tags.save(path)


def _mp4(path: Path, cover: bytes, mime: str) -> None:
    file = MP4(path)
    keys = ["©nam", "©ART", "©alb", "aART", "©day", "©gen", "©cmt", "©wrt"]
    for key, text in zip(keys, TEXTS.values(), strict=True):
        file[key] = text
    file["©ART"] = TEXTS["artist"].split("; ")
    file["trkn"], file["disk"], file["tmpo"] = [(3, 12)], [(1, 2)], [120]
    file["----:com.apple.iTunes:iTunNORM"] = b" 00000A2B"
    file["covr"] = [MP4Cover(cover, MP4Cover.FORMAT_PNG if mime == "image/png" else MP4Cover.FORMAT_JPEG)]
    file.save()


def _vorbis(path: Path, cover: bytes, mime: str) -> None:
    file: Any = mutagen.File(path)
    names = {"album_artist": "ALBUMARTIST"}
    for name, text in TEXTS.items():
        file[names.get(name, name.upper())] = text
    file["ARTIST"] = TEXTS["artist"].split("; ")
    file["TRACKNUMBER"], file["TRACKTOTAL"], file["DISCNUMBER"], file["DISCTOTAL"] = "03", "12", "1", "2"
    file["REPLAYGAIN_TRACK_GAIN"], file["MUSICBRAINZ_TRACKID"] = "-7.1 dB", "b1a9c0e9"
    front = Picture()
    front.type, front.mime, front.data = 3, mime, cover
    if isinstance(file, FLAC):
        file.add_picture(front)
    else:
        file["METADATA_BLOCK_PICTURE"] = base64.b64encode(front.write()).decode()
    file.save()


def _asf(path: Path, cover: bytes, mime: str) -> None:
    file: Any = mutagen.File(path)
    keys = ["Title", "Author", "WM/AlbumTitle", "WM/AlbumArtist", "WM/Year", "WM/Genre", "Description", "WM/Composer"]
    for key, text in zip(keys, TEXTS.values(), strict=True):
        file[key] = text
    file["Author"] = TEXTS["artist"].split("; ")
    file["WM/TrackNumber"], file["WM/PartOfSet"] = "3/12", "1/2"
    described = f"{mime}\0Vorderseite\0".encode("utf-16-le")
    file["WM/Picture"] = ASFByteArrayAttribute(struct.pack("<BI", 3, len(cover)) + described + cover)
    file.save()


# Songs whose tags hold everything: the kind of file, and what puts the tags into it.
COMPLETE: Mapping[str, tuple[str, Callable[[Path, bytes, str], None]]] = {
    "ID3v2.2": ("mp3", _id3_2),
    "ID3v2.3": ("mp3", _id3(MP3, 3)),
    "ID3v2.4": ("mp3", _id3(MP3, 4)),
    "APE": ("mp3", _ape),
    "ID3 in WAV": ("wav", _id3(WAVE, 4)),
    "ID3 in AIFF": ("aiff", _id3(AIFF, 3)),
    "AAC": ("aac", _mp4),
    "ALAC": ("alac", _mp4),
    "FLAC": ("flac", _vorbis),
    "Ogg Vorbis": ("ogg", _vorbis),
    "Opus": ("opus", _vorbis),
    "WMA": ("wma", _asf),
}

# What FFmpeg does not write into a format where others look for it, beside covers.
FFMPEG_LACKS: Mapping[str, set[str]] = {
    "wav": {"album_artist", "composer", "disc"},
    "avi": {"album", "album_artist", "composer", "disc"},
    "aiff": {"artist", "album", "album_artist", "composer", "date", "genre", "track", "disc"},
    "mkv": set(),
    "mp3": set(),
    "flac": set(),
    "aac": set(),
    "opus": set(),
    "wma": {"date"},  # under a name of its own
}


def by_ffmpeg(folder: Path, kind: str, tags: Tags) -> tuple[Path, Tags]:
    """A song with the tags that FFmpeg writes, and those; with the cover in Matroska, which takes it with the header."""
    source, lacking = plain(folder, kind), FFMPEG_LACKS[kind]
    path = source.with_stem("by FFmpeg")
    with av.open(str(source)) as before, av.open(str(path), "w") as after:
        after.metadata.update(TEXTS | NUMBERS)
        if kind == "mkv" and tags.cover:
            after.add_attachment("cover.jpg", tags.cover.mime, tags.cover.data)
        stream = after.add_stream_from_template(before.streams.audio[0])
        for packet in before.demux():
            if packet.dts is not None:
                packet.stream = stream
                after.mux(packet)
    return path, replace(tags, **dict.fromkeys(lacking | (set() if kind == "mkv" else {"cover"})))


def sound(path: Path) -> tuple[np.ndarray, object]:
    """All samples as FFmpeg decodes them, and when they start and end."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        frames = [frame.to_ndarray() for frame in container.decode(stream)]
        return np.concatenate([frame.reshape(-1) for frame in frames]), (stream.start_time, stream.duration, len(frames))
