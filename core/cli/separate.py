"""``separate``: the stems of songs as files."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.cancel import CancelToken
from core.cli import models
from core.cli.arguments import add_engine_arguments, number, positive, seconds
from core.cli.console import news_teller, say, say_unexpected, separation_bar
from core.errors import AntaraError, CancelledError, TruncatedError
from core.messages import printable, sentence

if TYPE_CHECKING:
    from core.engines import Notify
    from core.engines.cache import EngineCache
    from core.models.catalogue import Model
    from core.recipe import Recipe


MOST_SHIFTS, MOST_OVERLAP = 100, 0.95  # as ``care`` has them


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    """Adds the command to a parser."""
    parser = commands.add_parser("separate", parents=[shared], help="write the stems of songs to WAV files")
    parser.set_defaults(run=_separate_all)
    parser.add_argument("songs", nargs="+", type=Path, metavar="SONG", help="any audio or video file")
    parser.add_argument("-o", "--output", type=Path, default=Path("output"), metavar="DIR", help="default: %(default)s")
    add_recipe_arguments(parser)
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument("--overwrite", action="store_true", help="replace files of an earlier run")
    existing.add_argument("--rename", action="store_true", help="write “name (2)” where there is a file")


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """What is to be made of each song: the fields of a ``Recipe``, and the model."""
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


def recipe_of(options: argparse.Namespace) -> "Recipe":
    """What the options ask for each song."""
    from core.recipe import Recipe

    return Recipe(**{name: getattr(options, name) for name in Recipe.__struct_fields__})


def _separate_all(options: argparse.Namespace, cancel: CancelToken) -> bool:
    """Each song in turn; one that fails does not stop the others. Returns whether all went well."""
    from core.audio.naming import refuse_clashes
    from core.engines.cache import EngineCache
    from core.models import catalogue

    if not options.filename_format:
        refuse_clashes(options.songs)
    recipe = recipe_of(options)
    _ = recipe.format  # what is impossible is said once, not for each song
    model = catalogue.find(options.model) if options.model else catalogue.default()
    refuse_impossible(recipe, model)
    models.require(model, options.offline, cancel)
    wanted, engines = recipe.engine_options, EngineCache()
    engines.prepare(model, wanted.exact() if recipe.mode == "reference" else wanted)
    notify, whole = news_teller(model.name), True
    for song in options.songs:
        try:
            _separate_one(song, model, recipe, engines, options, cancel, notify)
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


def refuse_impossible(recipe: "Recipe", model: "Model") -> None:
    """Raises what ``Recipe.refuse_impossible`` raises, and PackageMissingError before anything is downloaded."""
    recipe.refuse_impossible(model)
    if model.bag:
        from core.models import bag_files

        bag_files.require()


def _separate_one(
    song: Path,
    model: "Model",
    recipe: "Recipe",
    engines: "EngineCache",
    options: argparse.Namespace,
    cancel: CancelToken,
    notify: "Notify",
) -> None:
    from core import recipe as recipes
    from core.audio.naming import resolve

    order = recipes.Order(song, model, recipe)
    targets = order.targets(options.output)
    if options.rename:
        targets = resolve(targets)
    with separation_bar(song.name, order.what.length_s) as report:
        recipes.fill(order, targets, options.overwrite, engines, cancel, report, notify)
    for path in dict.fromkeys(targets.values()):
        print(printable(str(path)))
