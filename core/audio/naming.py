"""Where the stems of a song are written: file names from templates, and songs that would get in each other's way."""

import itertools
import os
import re
import string
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.audio.tags import Tags
from core.errors import BadTemplateError, OutputClashError, StemlessTemplateError, UnknownPlaceholderError
from core.file_names import LONGEST_NAME, byte_count, cleaned, folded, is_allowed, legal, shortened

# Placeholders of a template, and what stands alone where their value is missing. The last two are Spleeter's names.
PLACEHOLDERS: Mapping[str, str] = {
    "song": "Unknown song",
    "stem": "Unknown stem",
    "artist": "Unknown artist",
    "title": "Unknown title",
    "album": "Unknown album",
    "model": "Unknown model",
    "date": "Unknown date",
    "codec": "Unknown codec",
    "foldername": "Unknown folder",
    "filename": "Unknown song",
    "instrument": "Unknown stem",
}
DEFAULT = "{song}/{stem}.{codec}"

_STEM_PLACEHOLDERS = {"stem", "instrument"}

# For " (2)", and for what programs add to the name of a file that they copy or download.
_ROOM = 20

_NO_TAGS = Tags()

# The frame of a name is its template with these in place of values that are there and that are missing.
_VALUE, _GAP = "\1", "\0"
_SPACE = r"[\s\-–—_.,;&+~·]*"
_BRACKETS_OR_TWO = re.compile(rf"\({_SPACE}\0{_SPACE}\)|\[{_SPACE}\0{_SPACE}\]|\0{_SPACE}\0")
_FIRST = re.compile(rf"(^|[(\[]){_SPACE}\0{_SPACE}")
_LAST = re.compile(rf"{_SPACE}\0{_SPACE}($|[)\]])")
_BETWEEN = re.compile(rf"({_SPACE})\0({_SPACE})([(\[]?)")

# Literal text, and the placeholder after it.
_Token = tuple[str, str | None]


@dataclass(frozen=True)
class Template:
    """A pattern such as "{artist}/{album}/{title} ({stem})" for the files of a song's stems.

    "/" (or "\\") makes folders. The extension is added where ".{codec}" is not at the end. What is missing in the tags
    vanishes with the brackets around it and a separator beside it, and is "Unknown artist" (album, …) where the folder or
    file would have no other name. {title} is the song's file name where it has no title, {artist} then the album's artist,
    {date} the year of the tags, {foldername} the folder that the song is in, {codec} the extension without its dot.

    Raises UnknownPlaceholderError, BadTemplateError.
    """

    text: str

    def __post_init__(self) -> None:
        self._components("")

    def paths(
        self, song: Path, stems: Sequence[str], folder: Path, codec: str, tags: Tags = _NO_TAGS, model: str = ""
    ) -> dict[str, Path]:
        """A file below ``folder`` for each stem, no two the same on any file system, with names that all systems allow.

        Names that are too long lose the ends of their longest values, but not of the stem. Raises StemlessTemplateError
        where several stems would have one name.
        """
        *folders, last = self._components(codec)
        if len(stems) > 1 and not any(name in _STEM_PLACEHOLDERS for part in (*folders, last) for _, name in part):
            raise StemlessTemplateError(template=self.text)
        values = _values(song, codec, tags, model)
        extension = f".{cleaned(codec)}"
        paths = {}
        for stem in stems:
            values["stem"] = values["instrument"] = cleaned(stem)
            parents = [_name(tokens, values, LONGEST_NAME) for tokens in folders]
            name = _name(last, values, LONGEST_NAME - _ROOM - byte_count(extension))
            paths[stem] = folder.joinpath(*parents, name + extension)
        return _distinct(paths)

    def _components(self, codec: str) -> list[list[_Token]]:
        text = self.text.replace("\\", "/").removesuffix(".{codec}")
        return [self._tokens(part) for part in text.removesuffix(f".{codec}").split("/")]

    def _tokens(self, component: str) -> list[_Token]:
        try:
            fields = list(string.Formatter().parse(component))
        except ValueError as error:
            raise BadTemplateError(template=self.text, detail="a brace has no partner") from error
        for literal, name, specification, conversion in fields:
            if name is not None and name not in PLACEHOLDERS:
                raise UnknownPlaceholderError(placeholder=name, known=", ".join(PLACEHOLDERS))
            if specification or conversion:
                raise BadTemplateError(template=self.text, detail=f"only “{name}” may be between its braces")
            if not all(map(is_allowed, literal)):
                raise BadTemplateError(template=self.text, detail="a name cannot have one of its characters")
        if not component.strip(" ."):
            raise BadTemplateError(template=self.text, detail="the name of a folder or file is missing")
        return [(literal, name) for literal, name, _, _ in fields]


def resolve(targets: Mapping[str, Path], existing: Callable[[Path], bool] = os.path.lexists) -> dict[str, Path]:
    """The targets under names that are free: all as they are or all with the same number, as in "vocals (2).wav"."""
    numbered = (
        _distinct({stem: _numbered(path, number) for stem, path in targets.items()}) for number in itertools.count(1)
    )
    return next(paths for paths in numbered if not any(map(existing, paths.values())))


def stem_paths(song: Path, stems: Iterable[str], folder: Path, extension: str = ".wav") -> dict[str, Path]:
    """``folder/{song}/{stem}.wav`` for each stem, with the song's name as it is, even where only this system allows it."""
    return {stem: folder / _song_name(song) / f"{stem}{extension}" for stem in stems}


def stem_file(song: Path, folder: Path, extension: str) -> Path:
    """``folder/{song}{extension}``, for all stems in one file."""
    return folder / f"{_song_name(song)}{extension}"


def refuse_clashes(songs: Sequence[Path]) -> None:
    """Raises OutputClashError when two songs of one run would get the same folder, on any file system."""
    seen: dict[str, Path] = {}
    for song in songs:
        other = seen.setdefault(folded(_song_name(song)), song)
        if other is not song:
            raise OutputClashError(first=str(other), second=str(song))


def _song_name(song: Path) -> str:
    """The name without its extension; with it where only dots would be left, which mean other folders."""
    return song.stem if song.stem.strip(".") else song.name


def _values(song: Path, codec: str, tags: Tags, model: str) -> dict[str, str]:
    name = _song_name(song)
    candidates: dict[str, list[str | None]] = {
        "song": [name],
        "filename": [name],
        "artist": [tags.artist, tags.album_artist],
        "title": [tags.title, name],
        "album": [tags.album],
        "model": [model],
        "date": [(tags.date or "")[:4]],
        "codec": [codec],
        "foldername": [song.absolute().parent.name],
    }
    return {
        placeholder: next(filter(None, (cleaned(text or "") for text in texts)), "")
        for placeholder, texts in candidates.items()
    }


def _name(tokens: Sequence[_Token], values: Mapping[str, str], limit: int) -> str:
    """A folder's or file's name of at most ``limit`` bytes."""
    names = [name for _, name in tokens if name]
    present = [name for name in names if values[name]]
    frame = _closed("".join(literal + ("" if not name else _VALUE if values[name] else _GAP) for literal, name in tokens))
    if not present and names and not any(map(str.isalnum, frame)):
        return PLACEHOLDERS[names[0]]

    def filled(longest: int) -> str:
        shown = (values[name] if name in _STEM_PLACEHOLDERS else shortened(values[name], longest) for name in present)
        pairs = itertools.zip_longest(frame.split(_VALUE), shown, fillvalue="")
        return cleaned("".join(itertools.chain.from_iterable(pairs)))

    longest = bisect_right(range(LONGEST_NAME + 1), limit - 1, key=lambda longest: byte_count(filled(longest))) - 1
    return legal(filled(max(longest, 0)), limit)


def _closed(frame: str) -> str:
    """The frame without its gaps: with them go brackets that hold nothing else, and one of the separators beside them."""
    found = 1
    while found:
        frame, found = _BRACKETS_OR_TWO.subn(_GAP, frame)
    frame = _LAST.sub(r"\1", _FIRST.sub(r"\1", frame))
    return _BETWEEN.sub(lambda match: (match[2] if match[3] else max(match[1], match[2], key=len)) + match[3], frame)


def _numbered(path: Path, number: int) -> Path:
    if number == 1:
        return path
    ending = f" ({number}){path.suffix}"
    return path.with_name(shortened(path.stem, LONGEST_NAME - byte_count(ending)) + ending)


def _distinct(paths: Mapping[str, Path]) -> dict[str, Path]:
    """The paths, with numbers where a file system would take two of them for one."""
    distinct: dict[str, Path] = {}
    taken: set[str] = set()
    for stem, path in paths.items():
        numbered = (_numbered(path, number) for number in itertools.count(1))
        distinct[stem] = next(candidate for candidate in numbered if folded(str(candidate)) not in taken)
        taken.add(folded(str(distinct[stem])))
    return distinct
