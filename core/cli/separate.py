"""``separate``: the stems of songs as files."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.cancel import CancelToken
from core.cli import models
from core.cli.console import say, say_unexpected, separation_bar
from core.errors import AntaraError, CancelledError, ModelMissingError, TruncatedError
from core.messages import Notice, printable, sentence

if TYPE_CHECKING:
    from core.engines import EngineOptions, Notify
    from core.engines.cache import EngineCache
    from core.models.catalogue import Model


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    """Adds the command to a parser."""
    parser = commands.add_parser("separate", parents=[shared], help="write the stems of songs to WAV files")
    parser.set_defaults(run=_separate_all)
    parser.add_argument("songs", nargs="+", type=Path, metavar="SONG", help="any audio or video file")
    parser.add_argument("-o", "--output", type=Path, default=Path("output"), metavar="DIR", help="default: %(default)s")
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="builtin, 2stems, 4stems, 5stems, … or a configuration file; default: the best installed one for 2 stems",
    )
    parser.add_argument("--offline", action="store_true", help="do not download a model that is not here")
    parser.add_argument(
        "--mode",
        choices=("full", "reference"),
        default="full",
        help="full: whole band, stems sum to the song (default); reference: Spleeter's own output",
    )
    _add_engine_arguments(parser)
    parser.add_argument("-s", "--offset", type=_seconds, default=0.0, metavar="SECONDS", help="start here in the song")
    parser.add_argument("-d", "--duration", type=_seconds, metavar="SECONDS", help="default: up to the end")
    parser.add_argument("--encoding", choices=("16", "24", "float"), default="16", help="of the WAV files; default: 16 bit")
    parser.add_argument("--overwrite", action="store_true", help="replace files of an earlier run")


def _add_engine_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine", choices=("auto", "openvino", "onnx", "tensorflow"), default="auto", help="default: the fastest one here"
    )
    parser.add_argument(
        "--device", choices=("auto", "cpu", "gpu", "npu"), default="auto", help="default: a GPU if there is one that works"
    )
    parser.add_argument(
        "--precision",
        choices=("auto", "f32", "bf16"),
        default="auto",
        help="default: bf16 where the CPU computes in it and the difference cannot be heard, except in reference mode",
    )
    parser.add_argument("--threads", type=_positive, metavar="N", help="for the network; default: all processors")


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value


def _separate_all(options: argparse.Namespace, cancel: CancelToken) -> bool:
    """Each song in turn; one that fails does not stop the others. Returns whether all went well."""
    from core.audio.naming import refuse_clashes
    from core.engines import EngineOptions
    from core.engines.cache import EngineCache
    from core.models import catalogue

    refuse_clashes(options.songs)
    model = catalogue.find(options.model) if options.model else catalogue.default()
    _require(model, options.offline, cancel)
    wanted = EngineOptions(options.engine, options.device, options.precision, options.threads)
    engines, notify = EngineCache(), _news_teller(model)
    engines.prepare(model, wanted.exact() if options.mode == "reference" else wanted)
    whole = True
    for song in options.songs:
        try:
            _separate_one(song, model, engines, wanted, options, cancel, notify)
        except (CancelledError, BrokenPipeError):
            raise
        except TruncatedError as error:
            say(f"{sentence(error)} To separate what is there, add --duration {error.found_s - options.offset:.1f}")
            whole = False
        except AntaraError as error:
            say(sentence(error))
            whole = False
        except Exception as error:  # noqa: BLE001 - as above
            say_unexpected(error)
            whole = False
    return whole


def _require(model: "Model", offline: bool, cancel: CancelToken) -> None:
    """The model is here, downloaded if need be. Raises once, not for each song, why it is not."""
    try:
        model.locate_weights()
    except ModelMissingError:
        if offline or model.archive is None:
            raise
        models.download(model, cancel)


def _news_teller(model: "Model") -> "Notify":
    """Says a notice about the model once, until another one comes."""
    last: list[Notice] = []

    def notify(notice: Notice) -> None:
        if last != [notice]:
            last[:] = [notice]
            say(f"{model.name}: {sentence(notice)}")

    return notify


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
    from core.audio.naming import stem_paths
    from core.audio.reader import probe
    from core.audio.writer import StemWriter

    info = probe(song)
    what = jobs.Separation(info, model, options.mode, wanted, options.offset, options.duration)
    targets = stem_paths(song, model.stems, options.output)
    with (
        StemWriter(targets, model.sample_rate, options.encoding, options.overwrite) as writer,
        separation_bar(song.name, what.length_s) as report,
    ):
        jobs.separate_song(what, engines, cancel, lambda block: writer.write(block.stems), report, notify)
    for path in targets.values():
        print(printable(str(path)))
