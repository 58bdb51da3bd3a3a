"""What a song says of itself (title, artist, cover, …): read from any format, written into the stems made of it.

Only what is named in ``Tags`` is carried. Loudness, encoder delays, identifiers, lyrics and tempo belong to the song that
they were measured on and are left behind.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

_log = logging.getLogger(__name__)

# A FLAC file holds no picture of more than 16 MiB; a Windows Media file no longer text where players look for it.
COVER_LIMIT = 16_000_000
TEXT_LIMIT = 32_000

# The types of pictures, the same in all formats: ID3v2.4.0, native frames (2000), 4.14.
FRONT_COVER = 3
_ICONS = (1, 2)


@dataclass(frozen=True)
class Cover:
    """A picture, byte for byte as it lay in the song."""

    data: bytes = field(repr=False)
    mime: str  # of what the data is, whatever the song called it


@dataclass(frozen=True)
class Tags:
    """What is known of a song; None where nothing is.

    Several values of one field are joined by "; ". ``date`` is YYYY, YYYY-MM or YYYY-MM-DD. ``track`` and ``disc`` are
    (number, total), 0 where unknown. ``cover`` is the front cover if there are several pictures.
    """

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    album_artist: str | None = None
    date: str | None = None
    genre: str | None = None
    comment: str | None = None
    composer: str | None = None
    track: tuple[int, int] | None = None
    disc: tuple[int, int] | None = None
    cover: Cover | None = None


def read(path: Path) -> Tags:
    """The tags of a song; empty where there are none, or none that can be read. Raises nothing."""
    from core.audio import tag_formats

    for source in (tag_formats.from_mutagen, tag_formats.from_ffmpeg):
        try:
            found = source(path)
            tags = _tags(found.texts, found.pictures)
        except Exception:  # noqa: BLE001 - damaged files make the libraries raise anything
            _log.debug("%s cannot read %r", source.__name__, path, exc_info=True)
        else:
            if tags != Tags():
                return tags
    return Tags()


def for_stem(tags: Tags, song_name: str, stem_title: str) -> Tags:
    """The tags of one stem: "Title (Vocals)"; the song's name stands in for a title that it does not have."""
    return replace(tags, title=f"{tags.title or _cleaned([song_name])} ({stem_title})")


def for_stems(tags: Tags, song_name: str, titles: Mapping[str, str]) -> dict[str, Tags]:
    """The tags of each stem that has a title."""
    return {stem: for_stem(tags, song_name, title) for stem, title in titles.items()}


def write(path: Path, tags: Tags) -> None:
    """Puts ``tags`` in place of those that a finished WAV, AIFF, FLAC, MP3, M4A, Ogg, Opus or WMA file has.

    What kind of file it is shows in its content, so it may still have a temporary name. It is changed in place but for its
    sound and what it says of the encoder's delay, and not synced. Raises OSError where the disk fails; the file may be
    damaged then. Files that cannot hold tags stay as they are: RF64, and a WAV that would outgrow 4 GB. The INFO that a WAV
    has beside its ID3 becomes filler. Left out: covers in GIF and WebP in M4A, and in the ID3v2.3 of WAV, AIFF and MP3 a
    month without a day.
    """
    from core.audio import tag_formats

    texts = {entry.name: _text(getattr(tags, entry.name)) for entry in fields(tags) if entry.name != "cover"}
    tag_formats.store(path, {name: text for name, text in texts.items() if text}, tags.cover)


def _text(value: str | tuple[int, int] | None) -> str:
    if isinstance(value, tuple):
        return f"{value[0]}/{value[1]}" if value[1] else str(value[0])
    return value or ""


def _tags(values: dict[str, list[str]], pictures: Iterable[tuple[int, bytes]]) -> Tags:
    texts = {name: text for name in values if (text := _cleaned(values[name]))}
    date = re.search(r"(?<!\d)\d{4}(-\d\d(-\d\d)?)?(?!\d)", texts.pop("date", ""), re.ASCII)
    track, disc = (_numbers(texts.pop(name, "")) for name in ("track", "disc"))
    return Tags(**texts, date=date[0] if date else None, track=track, disc=disc, cover=_cover(pictures))


def _cleaned(values: Iterable[str]) -> str:
    """The values as one text that every format can hold."""
    texts = (value.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip() for value in values)
    return "; ".join(dict.fromkeys(text for text in texts if text))[:TEXT_LIMIT]


def _numbers(text: str) -> tuple[int, int] | None:
    """(number, total) of "3/12", "3" or "0/12". What has more than four digits counts no tracks."""
    match = re.match(r"0*(\d{0,4})\s*(?:/\s*0*(\d{0,4}))?(?!\d)", text)
    pair = (int(match[1] or 0), int(match[2] or 0)) if match else (0, 0)
    return pair if any(pair) else None


def _cover(pictures: Iterable[tuple[int, bytes]]) -> Cover | None:
    """The front cover, else the first picture that is no icon, else an icon; none that is too large or no picture."""
    ranked = sorted(pictures, key=lambda picture: (picture[0] != FRONT_COVER, picture[0] in _ICONS))
    covers = (Cover(data, mime) for _, data in ranked if len(data) <= COVER_LIMIT and (mime := _mime(data)))
    return next(covers, None)


def _mime(data: bytes) -> str | None:
    """The type of a picture by its first bytes; None for what players do not show."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    starts = {b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif", b"BM": "bmp"}
    return next((f"image/{kind}" for start, kind in starts.items() if data.startswith(start)), None)
