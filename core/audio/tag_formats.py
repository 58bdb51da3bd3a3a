"""How each format keeps tags: mutagen's and FFmpeg's views of a file as plain text by field, and back.

Fields are those of ``core.audio.tags.Tags``; numbers are text like "3/12".
"""

import base64
import errno
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import av
import mutagen
from mutagen import id3
from mutagen.aiff import AIFF
from mutagen.apev2 import APENoHeaderError, APEv2
from mutagen.asf import ASF, ASFTags
from mutagen.flac import FLAC, Picture
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, AtomDataType, MP4Cover, MP4Tags
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from core.audio.container import open_container
from core.audio.file_part import FilePart
from core.audio.tags import FRONT_COVER, Cover

_log = logging.getLogger(__name__)


class _Keys(NamedTuple):
    """Where a field is kept. ``named``: in Vorbis comments, in APE tags and by FFmpeg; the first is the one to write."""

    id3: str
    mp4: str
    asf: str
    named: tuple[str, ...]


_KEYS: Mapping[str, _Keys] = {
    "title": _Keys("TIT2", "©nam", "Title", ("title",)),
    "artist": _Keys("TPE1", "©ART", "Author", ("artist",)),
    "album": _Keys("TALB", "©alb", "WM/AlbumTitle", ("album",)),
    "album_artist": _Keys("TPE2", "aART", "WM/AlbumArtist", ("albumartist", "album artist", "album_artist")),
    "date": _Keys("TDRC", "©day", "WM/Year", ("date", "year")),
    "genre": _Keys("TCON", "©gen", "WM/Genre", ("genre",)),
    "comment": _Keys("COMM", "©cmt", "Description", ("comment", "description")),
    "composer": _Keys("TCOM", "©wrt", "WM/Composer", ("composer",)),
    "track": _Keys("TRCK", "trkn", "WM/TrackNumber", ("tracknumber", "track")),
    "disc": _Keys("TPOS", "disk", "WM/PartOfSet", ("discnumber", "disc")),
}
_TOTALS: Mapping[str, tuple[str, ...]] = {"track": ("tracktotal", "totaltracks"), "disc": ("disctotal", "totaldiscs")}

# Comments with other descriptions are programs' own numbers. FFmpeg writes comments among the user's texts.
_ID3_COMMENTS = ("COMM::", "COMM:ID3v1 Comment:", "TXXX:comment")

_VORBIS_PICTURE, _OLD_VORBIS_PICTURE, _APE_PICTURE = "metadata_block_picture", "coverart", "cover art (front)"
_ASF_PICTURE = "WM/Picture"
_ASF_PROPERTIES = UUID("8CABDCA1-A947-11CF-8EE4-00C00C205365").bytes_le
_MP4_PICTURES = {"image/jpeg": AtomDataType.JPEG, "image/png": AtomDataType.PNG, "image/bmp": AtomDataType.BMP}

# What the tags of a WAV may need beside the cover.
_ROOM = 2**20


@dataclass
class Found:
    """The values of each field, and the pictures with their types."""

    texts: dict[str, list[str]]
    pictures: list[tuple[int, bytes]]

    def fill_gaps(self, other: "Found") -> None:
        self.texts = {name: self.texts.get(name) or values for name, values in other.texts.items()}
        self.pictures += other.pictures


def from_mutagen(path: Path) -> Found:
    """What mutagen finds; of an MP3 also what is in an APE tag. Raises anything where the file is damaged."""
    file: Any = mutagen.File(path)
    tags: Any = None if file is None else file.tags
    sources = [] if tags is None else [tags]
    if isinstance(file, MP3) and (tags is None or tags.version < (2,)):
        try:
            sources.insert(0, APEv2(path))  # before ID3v1, where texts end after 30 letters
        except APENoHeaderError:
            _log.debug("%r has neither ID3v2 nor APE tags", path)
    found = Found({}, [(picture.type, picture.data) for picture in getattr(file, "pictures", ())])
    for source in sources:
        found.fill_gaps(_from(source))
    return found


def from_ffmpeg(path: Path) -> Found:
    """What FFmpeg finds: RIFF's INFO, AIFF's own chunks, Matroska, AVI and more. Raises as ``from_mutagen``."""
    with path.open("rb") as file, open_container(FilePart(file, 0, path.stat().st_size), "surrogateescape") as container:
        streams = [stream.metadata for stream in container.streams.audio[:1]]
        found = _from_named({key: _decoded(text) for part in (*streams, container.metadata) for key, text in part.items()})
        for stream in container.streams.video:
            if av.stream.Disposition.attached_pic in stream.disposition:
                found.pictures.append((FRONT_COVER, bytes(next(container.demux(stream)))))
        return found


def store(path: Path, texts: Mapping[str, str], cover: Cover | None) -> None:
    """Replaces all fields in the file; see ``core.audio.tags.write``. Raises OSError."""
    try:
        file: Any = mutagen.File(path, [MP3, FLAC, OggVorbis, OggOpus, MP4, ASF, WAVE, AIFF])
    except mutagen.MutagenError as error:
        _raise_os_error(error)
        _log.debug("%r takes no tags", path, exc_info=True)
        return
    size = path.stat().st_size + _ROOM + (len(cover.data) if cover else 0)
    if file is None or (isinstance(file, WAVE) and size >= 2**32):
        _log.debug("%r takes no tags", path)
        return
    if file.tags is None:
        file.add_tags()
    options = {"v2_version": 3} if isinstance(file.tags, id3.ID3) else {}
    if isinstance(file.tags, id3.ID3):
        _into_id3(file.tags, texts, cover)
    elif isinstance(file.tags, MP4Tags):
        _into_mp4(file.tags, texts, cover)
    elif isinstance(file.tags, ASFTags):
        _into_asf(file.tags, texts, cover)
    else:
        _into_vorbis(file, texts, cover)
    try:
        file.save(**options)
    except mutagen.MutagenError as error:
        _raise_os_error(error)
        raise OSError(errno.EIO, str(error)) from error
    if isinstance(file, ASF):
        _correct_asf_size(path)
    if isinstance(file, WAVE):
        _retire_info(path)


def _raise_os_error(error: Exception) -> None:
    """Mutagen makes what the system said an argument of its own errors."""
    if error.args and isinstance(error.args[0], OSError):
        raise error.args[0] from error


def _remove(tags: Any, keys: Iterable[str]) -> None:
    for key in keys:
        if key in tags:
            del tags[key]


def _from(tags: Any) -> Found:
    if isinstance(tags, id3.ID3):
        return _from_id3(tags)
    if isinstance(tags, MP4Tags):
        return _from_mp4(tags)
    if isinstance(tags, ASFTags):
        return _from_asf(tags)
    return _from_named(tags)


def _from_id3(tags: id3.ID3) -> Found:
    texts = {name: list(_id3_texts(tags.getall(keys.id3))) for name, keys in _KEYS.items()}
    comments = ([frame for key, frame in tags.items() if key.startswith(start)] for start in _ID3_COMMENTS)
    texts["comment"] = list(_id3_texts(next(filter(None, comments), [])))
    return Found(texts, [(int(picture.type), picture.data) for picture in tags.getall("APIC")])


def _id3_texts(frames: Iterable[Any]) -> Iterator[str]:
    for frame in frames:
        for text in map(str, frame.text):
            try:  # many taggers wrote UTF-8 and called it Latin-1
                yield text.encode("latin-1").decode("utf-8") if frame.encoding == id3.Encoding.LATIN1 else text
            except UnicodeError:
                yield text


def _into_id3(tags: id3.ID3, texts: Mapping[str, str], cover: Cover | None) -> None:
    """ID3v2.3: Windows before 10, car radios and DJ hardware do not read 2.4; everything reads 2.3."""
    for name, keys in _KEYS.items():
        tags.delall(keys.id3)
        if text := texts.get(name):
            encoding = id3.Encoding.LATIN1 if text.isascii() else id3.Encoding.UTF16
            described = {"lang": "und", "desc": ""} if name == "comment" else {}
            tags.add(getattr(id3, keys.id3)(encoding=encoding, text=[text], **described))
    tags.delall("APIC")
    if cover:
        tags.add(id3.APIC(encoding=id3.Encoding.LATIN1, mime=cover.mime, type=FRONT_COVER, desc="", data=cover.data))
    tags.update_to_v23()


def _retire_info(path: Path) -> None:
    """Makes filler of a WAV's earlier INFO: some programs (FFmpeg 5) do not read ID3 beside it, whatever little is in it."""
    with path.open("r+b") as file:
        at = 12
        file.seek(at)
        while len(head := file.read(12)) >= 8:
            if head[:4] == b"LIST" and head[8:] == b"INFO":
                file.seek(at)
                file.write(b"JUNK")
            size = int.from_bytes(head[4:8], "little")
            at += 8 + size + size % 2
            file.seek(at)


def _from_mp4(tags: MP4Tags) -> Found:
    texts = {name: list(tags.get(keys.mp4, ())) for name, keys in _KEYS.items()}
    for name in _TOTALS:
        texts[name] = [f"{number}/{total}" for number, total in texts[name]][:1]
    return Found(texts, [(FRONT_COVER, bytes(cover)) for cover in tags.get("covr", ())])


def _into_mp4(tags: MP4Tags, texts: Mapping[str, str], cover: Cover | None) -> None:
    for name, keys in _KEYS.items():
        _remove(tags, (keys.mp4,))
        if text := texts.get(name):
            number, _, total = text.partition("/")
            tags[keys.mp4] = [(int(number), int(total or 0)) if name in _TOTALS else text]
    _remove(tags, ("covr",))
    if cover and cover.mime in _MP4_PICTURES:
        tags["covr"] = [MP4Cover(cover.data, _MP4_PICTURES[cover.mime])]


def _from_asf(tags: ASFTags) -> Found:
    values = {key: [value for name, value in tags if name == key] for key, _ in tags}
    texts = {name: [str(value) for value in values.get(keys.asf, ())] for name, keys in _KEYS.items()}
    return Found(texts, [_asf_picture(value.value) for value in values.get(_ASF_PICTURE, ())])


def _asf_picture(data: bytes) -> tuple[int, bytes]:
    """Microsoft, "WM_PICTURE structure", as files keep it: type, size, MIME type, description (both UTF-16, NUL), data."""
    at = 5
    for _ in range(2):
        while data[at : at + 2].strip(b"\0"):
            at += 2
        at += 2
    return data[0], data[at:]


def _into_asf(tags: Any, texts: Mapping[str, str], cover: Cover | None) -> None:
    values: dict[str, str | bytes] = {_KEYS[name].asf: text for name, text in texts.items()}
    if cover:
        head = bytes([FRONT_COVER]) + len(cover.data).to_bytes(4, "little") + f"{cover.mime}\0\0".encode("utf-16-le")
        values[_ASF_PICTURE] = head + cover.data
    _remove(tags, (*(keys.asf for keys in _KEYS.values()), _ASF_PICTURE))
    for key, value in values.items():
        tags[key] = value


def _correct_asf_size(path: Path) -> None:
    """Mutagen leaves the old size of the file in its header; FFmpeg does not believe the length beside a wrong size.

    Advanced Systems Format Specification 01.20.03 (2004), 3.1 "Header Object" and 3.2 "File Properties Object".
    """
    with path.open("r+b") as file:
        size = int.from_bytes(file.read(24)[16:], "little")
        file.seek(0)
        at = file.read(size).find(_ASF_PROPERTIES)
        if at >= 0:
            file.seek(at + 40)
            file.write(path.stat().st_size.to_bytes(8, "little"))


def _from_named(tags: Mapping[str, Any]) -> Found:
    """Vorbis comments, APE tags, and FFmpeg's view: keys in any case, with one value or several."""
    values = {key.lower(): [value] if isinstance(value, str) else value for key, value in tags.items()}
    texts = {name: next((list(values[key]) for key in keys.named if key in values), []) for name, keys in _KEYS.items()}
    for name, keys in _TOTALS.items():
        total = next((values[key][0] for key in keys if key in values), None)
        if total and not any("/" in text for text in texts[name]):
            texts[name] = [f"{(texts[name] or ['0'])[0]}/{total}"]
    return Found(texts, list(_named_pictures(values)))


def _named_pictures(values: Mapping[str, Any]) -> Iterator[tuple[int, bytes]]:
    for text in values.get(_VORBIS_PICTURE, ()):
        picture = Picture(base64.b64decode(text))
        yield picture.type, picture.data
    for text in values.get(_OLD_VORBIS_PICTURE, ()):
        yield FRONT_COVER, base64.b64decode(text)
    if _APE_PICTURE in values:
        _name, _, data = bytes(values[_APE_PICTURE]).partition(b"\0")
        yield FRONT_COVER, data


def _into_vorbis(file: Any, texts: Mapping[str, str], cover: Cover | None) -> None:
    """Into Vorbis comments; the cover into FLAC's own block or, in Ogg, such a block as a comment."""
    for keys in (*(keys.named for keys in _KEYS.values()), *_TOTALS.values(), (_VORBIS_PICTURE, _OLD_VORBIS_PICTURE)):
        _remove(file.tags, keys)
    for name, text in texts.items():
        number, _, total = text.partition("/") if name in _TOTALS else (text, "", "")
        file.tags[_KEYS[name].named[0].upper()] = number
        if total:
            file.tags[_TOTALS[name][0].upper()] = total
    if isinstance(file, FLAC):
        file.clear_pictures()
    if cover:
        picture = Picture()
        picture.type, picture.mime, picture.data = FRONT_COVER, cover.mime, cover.data
        if isinstance(file, FLAC):
            file.add_picture(picture)
        else:
            file.tags[_VORBIS_PICTURE.upper()] = base64.b64encode(picture.write()).decode("ascii")


def _decoded(text: str) -> str:
    """What is not UTF-8 is read as Western Windows, where most INFO chunks come from."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return text
