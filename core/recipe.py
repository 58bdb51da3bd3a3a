"""All that is asked for one song, and how it is done: the same for the command line's songs and for a catalogue's."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Literal

import msgspec

from core import jobs
from core.audio import tags as song_tags
from core.audio.formats import Codec, Depth, Format, parse_bitrate
from core.audio.levels import Loud
from core.audio.mixdown import MIX, Region
from core.audio.naming import Template, stem_file, stem_paths
from core.audio.ni_stems import NI_STEMS
from core.audio.reader import probe
from core.audio.tags import Tags
from core.audio.writer import Sound
from core.cancel import CancelToken
from core.engines import Backend, DeviceKind, EngineName, EngineOptions, Notify, Precision
from core.engines.cache import EngineCache
from core.errors import ImpossibleFormatError, NotForModelError, UnknownStemError
from core.jobs import Files, Report, Separation, Written
from core.messages import stem_name
from core.models.catalogue import Model
from core.playback.mixer import gain_of
from core.progress import Progress
from core.separation.care import Care
from core.separation.mode import Mode

_DEPTHS: Mapping[str | None, Depth | None] = {None: None, "16": 16, "24": 24, "float": 32}


class Recipe(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is asked for beside the song and its model, under the names of the command line's options."""

    mode: Mode = "full"
    engine: EngineName | Literal["auto"] = "auto"
    device: DeviceKind | Backend | Literal["auto"] = "auto"
    precision: Precision | Literal["auto"] = "auto"
    threads: int | None = None
    track: int | None = None
    offset: float = 0.0
    duration: float | None = None
    codec: Codec = "wav"
    depth: Literal["16", "24", "float"] | None = None
    bitrate: str | None = None
    vbr: int | None = None
    filename_format: str | None = None
    rate: int | None = None
    mwf: bool = False
    two_stems: str | None = None
    shifts: int | None = None
    overlap: float | None = None
    loud: Loud = "gain"
    no_tags: bool = False
    mix: dict[str, float] | None = None
    ni_stems: Literal["aac", "alac"] | None = None
    fade_in: float = 0.0
    fade_out: float = 0.0

    @property
    def format(self) -> Format:
        """Raises ImpossibleFormatError."""
        try:
            bitrate = parse_bitrate(self.bitrate) if self.bitrate else None
        except ValueError as error:
            raise ImpossibleFormatError(codec=self.codec, setting=self.bitrate, known="192k") from error
        return Format(self.codec, _DEPTHS[self.depth], bitrate, self.vbr)

    @property
    def engine_options(self) -> EngineOptions:
        return EngineOptions(self.engine, self.device, self.precision, self.threads)

    @property
    def needs_all(self) -> bool:
        """Whether it can be written only when the stems are complete: mixes, fades, stem files."""
        return bool(self.ni_stems or self.mix is not None or self.fade_in or self.fade_out)

    def refuse_impossible(self, model: Model) -> None:
        """Raises NotForModelError, UnknownStemError and OutputErrors for what can be known before the song is."""
        _ = self.format
        if self.filename_format:
            Template(self.filename_format)
        given = {"--mwf": self.mwf and model.bag, "--shifts": self.shifts is not None and not model.bag}
        given["--overlap"] = self.overlap is not None and not model.bag
        for setting, meaningless in given.items():
            if meaningless:
                raise NotForModelError(setting=setting, model=model.name)
        if self.two_stems:
            _refuse_unknown([self.two_stems], model.stems, model.name)


@dataclass(frozen=True)
class Order:
    """A recipe for one song. Raises InputErrors and UnknownStemErrors when its parts are looked at."""

    song: Path
    model: Model
    recipe: Recipe

    @cached_property
    def what(self) -> Separation:
        recipe = self.recipe
        return Separation(
            probe(self.song, recipe.track),
            self.model,
            recipe.mode,
            recipe.engine_options,
            recipe.offset,
            recipe.duration,
            recipe.mwf,
            recipe.rate,
            self._care,
        )

    @property
    def _care(self) -> Care:
        given = {name: getattr(self.recipe, name) for name in Care.__struct_fields__}
        return Care(**{name: value for name, value in given.items() if value is not None})

    @cached_property
    def tags(self) -> Tags:
        """The song's, where names depend on them."""
        return song_tags.read(self.song) if self.recipe.filename_format or self.recipe.ni_stems else Tags()

    @property
    def written(self) -> Sequence[str]:
        """What files are written of: stems, the mix, or all stems in one file."""
        if self.recipe.ni_stems:
            return (NI_STEMS,)
        if self.recipe.mix is None:
            return self.what.stems
        _refuse_unknown(self.recipe.mix, self.what.stems, self.model.name)
        return (MIX,)

    @property
    def extension(self) -> str:
        return ".stem.mp4" if self.recipe.ni_stems else self.recipe.format.extension

    def targets(self, folder: Path) -> dict[str, Path]:
        """The files below ``folder``, by what is in them. Raises what is wrong with the template."""
        template = self.recipe.filename_format
        if template:
            ending = self.extension.removeprefix(".")
            return Template(template).paths(self.song, self.written, folder, ending, self.tags, self.model.name)
        if self.recipe.ni_stems:
            return {NI_STEMS: stem_file(self.song, folder, self.extension)}
        return stem_paths(self.song, self.written, folder, self.extension)


def fill(
    order: Order,
    targets: Mapping[str, Path],
    overwrite: bool,
    engines: EngineCache,
    cancel: CancelToken,
    report: Report,
    notify: Notify,
) -> Written:
    """Writes the files of a song. Raises InputErrors, ModelErrors, EngineErrors, OutputErrors and CancelledError."""
    recipe, what = order.recipe, order.what
    titles = {} if recipe.no_tags else {stem: stem_name(stem) for stem in targets}
    sound = Sound(what.rate, what.channels, recipe.format, recipe.loud)
    tags = partial(jobs.stem_tags, order.song, titles) if titles else dict
    files = Files(targets, sound, overwrite, tags)
    if recipe.needs_all:
        return _write_from_session(order, files, engines, cancel, report, notify)
    return jobs.separate_to_files(what, files, engines, cancel, report, notify)


def _write_from_session(
    order: Order, files: Files, engines: EngineCache, cancel: CancelToken, report: Report, notify: Notify
) -> Written:
    from core.session import Session  # late: slow to import

    recipe, what = order.recipe, order.what

    def silently(progress: Progress) -> None:
        """The bar is that of the separation, which takes the longest."""

    with closing(Session(what.song.path, what.stems, what.rate)) as session:
        jobs.separate_song(what, engines, cancel, session.append, report, notify)
        if recipe.ni_stems:
            path = next(iter(files.targets.values()))
            tags = None if recipe.no_tags else order.tags
            return jobs.export_ni_stems(session, path, recipe.ni_stems, files.overwrite, tags, cancel, silently, notify)
        gains = None
        if recipe.mix is not None:
            gains = {stem: gain_of(recipe.mix.get(stem, 0.0)) for stem in session.stems}
        longest = session.frames // 2  # fades do not meet
        fades = [min(round(seconds * session.rate), longest) for seconds in (recipe.fade_in, recipe.fade_out)]
        return jobs.export(session, files, cancel, silently, notify, gains, Region(0, session.frames, *fades))


def _refuse_unknown(names: Iterable[str], known: Sequence[str], model: str) -> None:
    for name in names:
        if name not in known:
            raise UnknownStemError(name=name, model=model, known=", ".join(known))
