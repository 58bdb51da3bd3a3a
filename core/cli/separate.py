"""``separate``: the stems of songs as files."""

import argparse
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.cancel import CancelToken
from core.cli import models
from core.cli.arguments import add_engine_arguments, number, positive, seconds
from core.cli.console import news_teller, say, say_unexpected, separation_bar
from core.errors import (
    AntaraError,
    CancelledError,
    ImpossibleFormatError,
    NotForModelError,
    TruncatedError,
    UnknownStemError,
)
from core.messages import printable, sentence, stem_name

if TYPE_CHECKING:
    from core.audio.formats import Depth, Format
    from core.audio.tags import Tags
    from core.engines import EngineOptions, Notify
    from core.engines.cache import EngineCache
    from core.jobs import Files, Report, Separation
    from core.models.catalogue import Model
    from core.separation.care import Care


MOST_SHIFTS, MOST_OVERLAP = 100, 0.95  # as ``care`` has them


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    """Adds the command to a parser."""
    parser = commands.add_parser("separate", parents=[shared], help="write the stems of songs to WAV files")
    parser.set_defaults(run=_separate_all)
    parser.add_argument("songs", nargs="+", type=Path, metavar="SONG", help="any audio or video file")
    parser.add_argument("-o", "--output", type=Path, default=Path("output"), metavar="DIR", help="default: %(default)s")
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="builtin, 2stems, 4stems, 5stems, htdemucs, htdemucs_ft, htdemucs_6s, hdemucs_mmi, or a file: a configuration, "
        "a bag (.yaml) or network (.th) of Demucs'; default: the best installed one for 2 stems",
    )
    parser.add_argument("--offline", action="store_true", help="do not download a model that is not here")
    parser.add_argument(
        "--mode",
        choices=("full", "reference"),
        default="full",
        help="full: whole band, stems sum to the song (default); reference: Spleeter's own output",
    )
    add_engine_arguments(parser)
    parser.add_argument("--track", type=number, metavar="N", help="which sound of a film, from 0; default: the file's own")
    parser.add_argument("-s", "--offset", type=seconds, default=0.0, metavar="SECONDS", help="start here in the song")
    parser.add_argument("-d", "--duration", type=seconds, metavar="SECONDS", help="default: up to the end")
    _add_file_arguments(parser)


def _add_file_arguments(parser: argparse.ArgumentParser) -> None:
    codecs = ("wav", "flac", "mp3", "m4a", "alac", "ogg", "opus", "wma")
    parser.add_argument("-c", "--codec", choices=codecs, default="wav", help="format of the files; default: wav")
    parser.add_argument("--depth", choices=("16", "24", "float"), help="of wav (default: 16), flac and alac: bits a sample")
    parser.add_argument("-b", "--bitrate", metavar="RATE", help="of mp3, m4a, ogg, opus and wma, e.g. 192k")
    parser.add_argument(
        "--vbr", type=int, metavar="N", help="quality in the place of a bit rate: mp3 0 (best)–9, ogg 10 (best)–0"
    )
    parser.add_argument(
        "-f",
        "--filename_format",
        metavar="TEMPLATE",
        help="names of the files, as “{artist}/{title} ({stem})”; of {song} {stem} {artist} {title} {album} {model} {date} "
        "{codec} {foldername}, and Spleeter's {filename} {instrument}; default: {song}/{stem}.{codec}",
    )
    parser.add_argument(
        "--rate",
        type=positive,
        metavar="HERTZ",
        help="of the stems; default: that of the song (reference mode: the model's)",
    )
    parser.add_argument("--mwf", action="store_true", help="multichannel Wiener filtering: less bleed, slower")
    parser.add_argument("--two-stems", metavar="STEM", help="only this stem, and all the others together")
    parser.add_argument(
        "--shifts", type=_shifts, metavar="N", help="of Demucs: go over the song N times, shifted, and average (default: 1)"
    )
    parser.add_argument(
        "--overlap", type=_overlap, metavar="SHARE", help="of Demucs' segments: 0 to 0.95 (default: 0.25); more is slower"
    )
    parser.add_argument(
        "--loud",
        choices=("gain", "limit", "clip"),
        default="gain",
        help="if a stem exceeds full scale: all stems quieter alike (default), only those moments, or cut off",
    )
    parser.add_argument("--no-tags", action="store_true", help="do not carry title, artist, cover, … over")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--mix",
        type=_levels,
        metavar="STEM=DB,…",
        help="write a mix instead of the stems, some at other levels",
    )
    instead.add_argument("--karaoke", action="store_const", dest="mix", const={"vocals": -12.0}, help="--mix vocals=-12")
    instead.add_argument(
        "--ni-stems",
        choices=("aac", "alac"),
        metavar="CODEC",
        help="write one stem file (.stem.mp4) for DJs: aac or alac",
    )
    for way in ("in", "out"):
        parser.add_argument(f"--fade-{way}", type=seconds, default=0.0, metavar="SECONDS", help=f"fade {way}")
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument("--overwrite", action="store_true", help="replace files of an earlier run")
    existing.add_argument("--rename", action="store_true", help="write “name (2)” where there is a file")


def _shifts(text: str) -> int:
    value = number(text)
    if value > MOST_SHIFTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {MOST_SHIFTS}")
    return value


def _overlap(text: str) -> float:
    value = seconds(text)
    if value > MOST_OVERLAP:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {MOST_OVERLAP}")
    return value


def _levels(text: str) -> dict[str, float]:
    """{stem: dB} of "vocals=-12,drums=-3"."""
    try:
        return {stem.strip(): float(level) for stem, level in (part.split("=") for part in text.split(","))}
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form vocals=-12,drums=-3") from error


def _separate_all(options: argparse.Namespace, cancel: CancelToken) -> bool:
    """Each song in turn; one that fails does not stop the others. Returns whether all went well."""
    from core.audio.naming import refuse_clashes
    from core.engines import EngineOptions
    from core.engines.cache import EngineCache
    from core.models import catalogue

    if not options.filename_format:
        refuse_clashes(options.songs)
    _format(options)  # what is impossible is said once, not for each song
    model = catalogue.find(options.model) if options.model else catalogue.default()
    _refuse_what_means_nothing(options, model)
    models.require(model, options.offline, cancel)
    wanted = EngineOptions(options.engine, options.device, options.precision, options.threads)
    engines, notify = EngineCache(), news_teller(model.name)
    engines.prepare(model, wanted.exact() if options.mode == "reference" else wanted)
    whole = True
    for song in options.songs:
        try:
            _separate_one(song, model, engines, wanted, options, cancel, notify)
        except (CancelledError, BrokenPipeError):
            raise
        except TruncatedError as error:
            say(f"{sentence(error)}{_rest_of(error, options.offset)}")
            whole = False
        except AntaraError as error:
            say(sentence(error))
            whole = False
        except Exception as error:  # noqa: BLE001 - as above
            say_unexpected(error)
            whole = False
    return whole


def _rest_of(error: TruncatedError, offset_s: float) -> str:
    """How to have what is there, if that is anything."""
    rest_s = error.found_s - offset_s
    return f" To separate what is there, add --duration {rest_s:.1f}" if rest_s >= 0.1 else ""


def _refuse_what_means_nothing(options: argparse.Namespace, model: "Model") -> None:
    """Raises NotForModelError, UnknownStemError, and PackageMissingError before anything is downloaded."""
    given = {"--mwf": options.mwf and model.bag, "--shifts": options.shifts is not None and not model.bag}
    given["--overlap"] = options.overlap is not None and not model.bag
    for setting, meaningless in given.items():
        if meaningless:
            raise NotForModelError(setting=setting, model=model.name)
    if options.two_stems:
        _refuse_unknown([options.two_stems], model.stems, model.name)
    if model.bag:
        from core.models import bag_files

        bag_files.require()


def _separate_one(
    song: Path,
    model: "Model",
    engines: "EngineCache",
    wanted: "EngineOptions",
    options: argparse.Namespace,
    cancel: CancelToken,
    notify: "Notify",
) -> None:
    from core import jobs
    from core.audio import tags as song_tags
    from core.audio.mixdown import MIX
    from core.audio.ni_stems import NI_STEMS
    from core.audio.reader import probe
    from core.audio.writer import Sound

    info = probe(song, options.track)
    what = jobs.Separation(
        info,
        model,
        options.mode,
        wanted,
        options.offset,
        options.duration,
        options.mwf,
        options.rate,
        _care(options),
    )
    # Read late where names do not depend on them.
    found = song_tags.read(song) if options.filename_format or options.ni_stems else song_tags.Tags()
    stems = what.stems
    if options.ni_stems:
        stems = (NI_STEMS,)
    elif options.mix is not None:
        _refuse_unknown(options.mix, what.stems, model.name)
        stems = (MIX,)
    titles = {} if options.no_tags else {stem: stem_name(stem) for stem in stems}
    sound = Sound(what.rate, what.channels, _format(options), options.loud)
    extension = ".stem.mp4" if options.ni_stems else sound.format.extension
    targets = _targets(song, stems, model, found, extension, options)
    files = jobs.Files(targets, sound, options.overwrite, partial(jobs.stem_tags, song, titles) if titles else dict)
    with separation_bar(song.name, what.length_s) as report:
        if options.ni_stems or options.mix is not None or options.fade_in or options.fade_out:
            _write_from_session(what, files, None if options.no_tags else found, engines, options, cancel, report, notify)
        else:
            jobs.separate_to_files(what, files, engines, cancel, report, notify)
    for path in dict.fromkeys(targets.values()):
        print(printable(str(path)))


def _care(options: argparse.Namespace) -> "Care":
    from core.separation.care import Care

    given = {name: getattr(options, name) for name in Care.__struct_fields__}
    return Care(**{name: value for name, value in given.items() if value is not None})


def _refuse_unknown(names: Iterable[str], known: Sequence[str], model: str) -> None:
    for name in names:
        if name not in known:
            raise UnknownStemError(name=name, model=model, known=", ".join(known))


def _write_from_session(
    what: "Separation",
    files: "Files",
    found: "Tags | None",
    engines: "EngineCache",
    options: argparse.Namespace,
    cancel: CancelToken,
    report: "Report",
    notify: "Notify",
) -> None:
    """What can be written only when the stems are complete: mixes, fades, stem files."""
    from core import jobs
    from core.audio.mixdown import Region
    from core.playback.mixer import gain_of
    from core.session import Session

    def silently(progress: object) -> None:
        """The bar is that of the separation, which takes the longest."""

    with closing(Session(what.song.path, what.stems, what.rate)) as session:
        jobs.separate_song(what, engines, cancel, session.append, report, notify)
        if options.ni_stems:
            path = next(iter(files.targets.values()))
            jobs.export_ni_stems(session, path, options.ni_stems, files.overwrite, found, cancel, silently, notify)
            return
        gains = None
        if options.mix is not None:
            gains = {stem: gain_of(options.mix.get(stem, 0.0)) for stem in session.stems}
        longest = session.frames // 2  # fades do not meet
        fades = [min(round(seconds * session.rate), longest) for seconds in (options.fade_in, options.fade_out)]
        jobs.export(session, files, cancel, silently, notify, gains, Region(0, session.frames, *fades))


def _format(options: argparse.Namespace) -> "Format":
    """Raises ImpossibleFormatError."""
    from core.audio.formats import Format, parse_bitrate

    depths: dict[str | None, Depth | None] = {None: None, "16": 16, "24": 24, "float": 32}
    try:
        bitrate = parse_bitrate(options.bitrate) if options.bitrate else None
    except ValueError as error:
        raise ImpossibleFormatError(codec=options.codec, setting=options.bitrate, known="192k") from error
    return Format(options.codec, depths[options.depth], bitrate, options.vbr)


def _targets(
    song: Path, stems: Sequence[str], model: "Model", found: "Tags", extension: str, options: argparse.Namespace
) -> dict[str, Path]:
    """Raises what is wrong with the template."""
    from core.audio.naming import Template, resolve, stem_file, stem_paths

    if options.filename_format:
        template = Template(options.filename_format)
        targets = template.paths(song, stems, options.output, extension.removeprefix("."), found, model.name)
    elif options.ni_stems:
        targets = {stems[0]: stem_file(song, options.output, extension)}
    else:
        targets = stem_paths(song, stems, options.output, extension)
    return resolve(targets) if options.rename else targets
