"""What a user decides about an export of a separated song, and doing it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import structs

from core import jobs
from core.audio import naming
from core.audio import tags as song_tags
from core.audio.formats import rate_for
from core.audio.mixdown import MIX, Region
from core.audio.naming import Template
from core.audio.ni_stems import NI_EXTENSION, NI_STEMS, Codec
from core.audio.tags import Tags
from core.audio.writer import Sound
from core.cancel import CancelToken
from core.engines import Notify
from core.errors import OutputExistsError
from core.jobs import Report
from core.output import Existing, Output

if TYPE_CHECKING:
    from core.session import Session

What = Literal["stems", "mix", "ni_stems"]  # a file each; one at the gains as heard; a stem file for DJ programs

_CUT_FADE_S = 0.005  # a cut in the middle of a wave clicks


@dataclass(frozen=True)
class ExportChoice:
    """What is written. ``targets`` are final: {stem: path}, or one path for ``MIX`` or ``NI_STEMS``.

    ``output.rate`` is None for that of the song. ``gains`` are factors, of the mix; ``region_s`` is from and to.
    """

    what: What
    targets: Mapping[str, Path]
    folder: Path  # that all targets are below
    output: Output = field(default_factory=Output)
    gains: Mapping[str, float] = field(default_factory=dict)
    region_s: tuple[float, float] | None = None
    replaces: frozenset[Path] = frozenset()  # files that are there, and that the user has agreed to lose
    ni_codec: Codec = "aac"


def targets(
    what: What, output: Output, song: Path, stems: Sequence[str], folder: Path, tags: Tags, model: str
) -> dict[str, Path]:
    """The files by the template, whether they exist or not; the disk is not asked. Raises StemlessTemplateError."""
    if what != "ni_stems":
        parts = stems if what == "stems" else (MIX,)
        return structs.replace(output, existing="refuse").targets(song, parts, folder, tags, model)
    template = "{song}" if output.template == naming.DEFAULT else output.template  # one file needs no folder
    return Template(template).paths(song, (NI_STEMS,), folder, NI_EXTENSION, tags, model)


@dataclass(frozen=True)
class Looked:
    """What lies where files would be written: their final names, and those of the plain names that are there."""

    targets: Mapping[str, Path]
    existing: frozenset[Path]


def look(targets: Mapping[str, Path], existing: Existing) -> Looked:
    """Asks the disk, which may take long. Raises nothing: what cannot be asked is taken to be free."""
    there = frozenset(path for path in targets.values() if os.path.lexists(path))
    return Looked(naming.resolve(targets) if there and existing == "number" else targets, there)


def region_of(session: "Session", region_s: tuple[float, float]) -> Region:
    """The frames, with short fades where the song is cut. Raises ValueError for a region that is not there."""
    first, end = (min(round(seconds * session.rate), session.frames) for seconds in region_s)
    fade = min(round(_CUT_FADE_S * session.rate), (end - first) // 2)
    return Region(first, end, fade if first else 0, fade if end < session.frames else 0)


def perform(
    choice: ExportChoice,
    session: "Session",
    channels: int,
    titles: Mapping[str, str],
    cancel: CancelToken,
    report: Report,
    notify: Notify,
) -> None:
    """Writes all files or none. ``channels`` of the files; ``titles`` are what the tags call the stems.

    Raises OutputErrors and CancelledError.
    """
    for path in choice.targets.values():
        if path not in choice.replaces and os.path.lexists(path):
            raise OutputExistsError(path=path)
    output, overwrite = choice.output, bool(choice.replaces)
    region = region_of(session, choice.region_s) if choice.region_s else None
    if choice.what == "ni_stems":
        (path,) = choice.targets.values()
        tags = song_tags.read(session.song) if output.tags else None
        jobs.export_ni_stems(session, path, choice.ni_codec, overwrite, tags, cancel, report, notify, region)
        return
    rate = rate_for(output.codec, output.rate or session.rate)
    sound = Sound(rate, channels, output.format, output.loud)
    tags_of = partial(jobs.stem_tags, session.song, titles) if output.tags else dict
    files = jobs.Files(choice.targets, sound, overwrite, tags_of)
    gains = choice.gains if choice.what == "mix" else None
    jobs.export(session, files, cancel, report, notify, gains, region)
