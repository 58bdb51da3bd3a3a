"""The command line: ``main.py separate SONG…``."""

import argparse
import io
import logging
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from core import __version__
from core.cancel import CancelToken
from core.errors import AntaraError, CancelledError, TruncatedError, UnexpectedError
from core.messages import Notice, printable, sentence

if TYPE_CHECKING:
    from typing import NoReturn

    from tqdm import tqdm

    from core.engines import EngineOptions, Notify
    from core.engines.cache import EngineCache
    from core.jobs import Report
    from core.models.catalogue import Model
    from core.progress import Progress

_log = logging.getLogger(__name__)

EXIT_FAILED = 1
EXIT_CANCELLED = 130  # as shells report a program that Ctrl-C ended

SUBCOMMANDS = ("separate",)


def main(arguments: Sequence[str]) -> int:
    """Runs one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a song's name may not be in the terminal's encoding
    if options.verbose:
        logging.basicConfig(level=logging.DEBUG)
    cancel = CancelToken()
    try:
        with _cancelled_by_ctrl_c(cancel):
            status = _separate_all(options, cancel)
            sys.stdout.flush()
            return status
    except CancelledError as error:
        _say(sentence(error))
        return EXIT_CANCELLED
    except AntaraError as error:
        _say(sentence(error))
        return EXIT_FAILED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except Exception as error:  # noqa: BLE001 - the last resort
        _say_unexpected(error)
        return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="antara", description="Separates songs into vocals, instrumental and more.")
    parser.add_argument("--version", action="version", version=f"Antara {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    separate = commands.add_parser("separate", help="write the stems of songs to WAV files")
    separate.add_argument("songs", nargs="+", type=Path, metavar="SONG", help="any audio or video file")
    separate.add_argument("-o", "--output", type=Path, default=Path("output"), metavar="DIR", help="default: %(default)s")
    separate.add_argument(
        "--model",
        metavar="NAME",
        help="builtin, 2stems, 4stems, 5stems, …; default: the best installed one for 2 stems",
    )
    separate.add_argument(
        "--mode",
        choices=("full", "reference"),
        default="full",
        help="full: whole band, stems sum to the song (default); reference: Spleeter's own output",
    )
    _add_engine_arguments(separate)
    separate.add_argument("-s", "--offset", type=_seconds, default=0.0, metavar="SECONDS", help="start here in the song")
    separate.add_argument("-d", "--duration", type=_seconds, metavar="SECONDS", help="default: up to the end")
    separate.add_argument(
        "--encoding", choices=("16", "24", "float"), default="16", help="of the WAV files; default: 16 bit"
    )
    separate.add_argument("--verbose", action="store_true", help="show the log")
    separate.add_argument("--overwrite", action="store_true", help="replace files of an earlier run")
    return parser


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


def _separate_all(options: argparse.Namespace, cancel: CancelToken) -> int:
    """Each song in turn; one that fails does not stop the others. The exit status is that of the worst."""
    from core.audio.naming import refuse_clashes
    from core.engines import EngineOptions
    from core.engines.cache import EngineCache
    from core.models import catalogue

    refuse_clashes(options.songs)
    model = catalogue.find(options.model) if options.model else catalogue.default()
    model.locate_weights()  # a missing model is said once, not for each song
    wanted = EngineOptions(options.engine, options.device, options.precision, options.threads)
    engines, say = EngineCache(), _news_teller(model)
    engines.prepare(model, wanted.exact() if options.mode == "reference" else wanted)
    status = 0
    for song in options.songs:
        try:
            _separate_one(song, model, engines, wanted, options, cancel, say)
        except (CancelledError, BrokenPipeError):
            raise
        except TruncatedError as error:
            _say(f"{sentence(error)} To separate what is there, add --duration {error.found_s - options.offset:.1f}")
            status = EXIT_FAILED
        except AntaraError as error:
            _say(sentence(error))
            status = EXIT_FAILED
        except Exception as error:  # noqa: BLE001 - as above
            _say_unexpected(error)
            status = EXIT_FAILED
    return status


def _news_teller(model: "Model") -> "Notify":
    """Says a notice about the model once, until another one comes."""
    last: list[Notice] = []

    def say(notice: Notice) -> None:
        if last != [notice]:
            last[:] = [notice]
            _say(f"{model.name}: {sentence(notice)}")

    return say


def _separate_one(
    song: Path,
    model: "Model",
    engines: "EngineCache",
    wanted: "EngineOptions",
    options: argparse.Namespace,
    cancel: CancelToken,
    say: "Notify",
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
        _progress_bar(song, what.length_s) as report,
    ):
        jobs.separate_song(what, engines, cancel, lambda block: writer.write(block.stems), report, say)
    for path in targets.values():
        print(printable(str(path)))


@contextmanager
def _progress_bar(song: Path, total_s: float | None) -> Iterator["Report"]:
    """A line on standard error with percent, × real time and time left; only where someone can see it."""
    if not sys.stderr.isatty():
        yield lambda progress: None
        return
    with ExitStack() as opened:
        bars: list[tqdm[NoReturn]] = []

        def show(progress: "Progress") -> None:
            if not bars:  # not before there is progress: the news of the engine's start would run into it
                bars.append(opened.enter_context(_bar(printable(song.name), total_s)))
            _show_on(bars[0], progress)

        yield show


def _bar(name: str, total_s: float | None) -> "tqdm[NoReturn]":
    from tqdm import tqdm

    form = "{desc} {percentage:3.0f} % |{bar}| {unit}" if total_s else "{desc} {unit}"
    size = shutil.get_terminal_size()  # 80 × 24 where a terminal does not tell, for which tqdm would show nothing
    return tqdm(
        desc=name,
        total=total_s,
        unit="",
        leave=False,
        file=sys.stderr,
        ncols=size.columns,
        nrows=size.lines,
        bar_format=form,
    )


def _show_on(bar: "tqdm[NoReturn]", progress: "Progress") -> None:
    from core.progress import clock_text

    speed = f"{progress.speed:.0f} × real time" if progress.speed else ""
    left = f", {clock_text(progress.left_s)} left" if progress.left_s is not None else ""
    bar.unit = speed + left  # tqdm's own field for such text begins with a comma
    bar.update(min(progress.done_s, bar.total or progress.done_s) - bar.n)


@contextmanager
def _cancelled_by_ctrl_c(cancel: CancelToken) -> Iterator[None]:
    """The first Ctrl-C sets the token, which ends the work cleanly between two chunks; a second one ends it hard."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        if cancel.cancelled:
            os._exit(EXIT_CANCELLED)
        cancel.cancel()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _say_unexpected(error: Exception) -> None:
    """One sentence; the details go to the log, which --verbose shows."""
    _log.debug("an unexpected error", exc_info=True)
    _say(sentence(UnexpectedError(detail=f"{type(error).__name__}: {error}")))


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
