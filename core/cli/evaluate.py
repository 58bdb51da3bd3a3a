"""``evaluate``: how well models separate songs of which the true stems are known."""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core import __version__
from core.cancel import CancelToken
from core.cli import models
from core.cli.arguments import add_engine_arguments, seconds
from core.cli.console import news_teller, say, say_unexpected, separation_bar
from core.errors import AntaraError, CancelledError, OutputExistsError
from core.messages import printable, sentence

if TYPE_CHECKING:
    from core.engines import Engine, EngineOptions
    from core.evaluation.evaluate import Evaluation
    from core.evaluation.results import Contest, SongScores
    from core.models.catalogue import Model

_METRICS = ("sdr", "sir", "sar", "isr", "plain", "si-sdr")  # core.evaluation.results.METRICS, which is slow to import
_SHORTEST_WINDOW_S, _LONGEST_WINDOW_S = 0.1, 60.0


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    """Adds the command to a parser."""
    parser = commands.add_parser(
        "evaluate",
        parents=[shared],
        help="measure how well models separate songs with known stems",
        description="Measures how well models separate songs with known stems, beside the mixture as it is and the centre "
        "channel. Songs are folders with vocals and backing, or with vocals, drums, bass, other (and mixture), in any "
        "format, or .stem.mp4 files. --verbose shows the figures of each song, too.",
    )
    parser.set_defaults(run=_evaluate)
    parser.add_argument("folder", type=Path, metavar="DIR", help="the songs, in this folder or below it")
    parser.add_argument(
        "--model", action="append", metavar="NAME", help="as for separate; may be repeated; default: all that are here"
    )
    parser.add_argument("--offline", action="store_true", help="do not download a model that is not here")
    parser.add_argument(
        "--metric",
        action="append",
        choices=_METRICS,
        help="may be repeated; sdr, sir, sar, isr: BSS Eval v4 as of museval; plain: SDR of frames that are not silent; "
        "si-sdr: the same, whatever the level; default: all",
    )
    parser.add_argument(
        "--window", type=_window, default=1.0, metavar="SECONDS", help="of the frames, one after the other; default: 1"
    )
    parser.add_argument("-d", "--duration", type=seconds, metavar="SECONDS", help="of each song, from its beginning")
    parser.add_argument(
        "--mode",
        choices=("full", "reference"),
        default="full",
        help="what is measured: Antara's stems (full, default) or Spleeter's own output (reference)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    parser.add_argument("--frames", action="store_true", help="put those of each frame into the JSON, too")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw all figures: an SVG")
    parser.add_argument("--overwrite", action="store_true", help="replace the JSON and the plot of an earlier run")
    add_engine_arguments(parser)


def _window(text: str) -> float:
    value = seconds(text)
    if not _SHORTEST_WINDOW_S <= value <= _LONGEST_WINDOW_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not between {_SHORTEST_WINDOW_S:g} and {_LONGEST_WINDOW_S:g} seconds")
    return value


def _evaluate(options: argparse.Namespace, cancel: CancelToken) -> bool:
    """All songs, for each group of models with the same stems. Returns whether all went well."""
    from core.evaluation import results, truth
    from core.evaluation.evaluate import Evaluation, by_stems
    from core.models import catalogue

    _refuse_existing(options)
    songs = truth.find(options.folder)
    if options.model:
        wanted = [catalogue.find(name) for name in options.model]
        for model in wanted:
            models.require(model, options.offline, cancel)
    else:
        here = [model for model in catalogue.models().values() if model.installed and truth.known(model.stems, songs)]
        wanted = here or [catalogue.default()]  # so that what is wrong with the songs is said
    metrics = tuple(metric for metric in results.METRICS if not options.metric or metric in options.metric)
    contests, whole = [], True
    for group in by_stems(_each_once(wanted)):
        what = Evaluation(group, metrics, options.window, options.duration, options.mode)
        contest, failed = _contest(what, songs, options, cancel)
        whole = whole and not failed
        if contest.songs:
            contests.append(contest)
    if contests:
        _write(contests, options)
    return whole


def _each_once(wanted: "Sequence[Model]") -> "list[Model]":
    """The different ones of these models, each under a name that no other one and no baseline has."""
    from core.evaluation.evaluate import CENTRE, MIXTURE

    taken, found = {MIXTURE, CENTRE}, []
    for place, model in enumerate(wanted):
        if model in wanted[:place]:
            continue
        name, number = model.name, 2
        while name in taken:
            name, number = f"{model.name} ({number})", number + 1
        taken.add(name)
        found.append(replace(model, name=name))
    return found


def _refuse_existing(options: argparse.Namespace) -> None:
    """Before the work, not after it."""
    for path in (options.json, options.plot):
        if path and path.exists() and not options.overwrite:
            raise OutputExistsError(path=path)


def _contest(
    what: "Evaluation", songs: Sequence[Path], options: argparse.Namespace, cancel: CancelToken
) -> "tuple[Contest, bool]":
    """Prints the figures of the songs as they come and those of all; one that fails, which is said, stops no other."""
    from core.engines import EngineOptions
    from core.evaluation import table

    wanted = EngineOptions(options.engine, options.device, options.precision, options.threads)
    engine = _engines(what.models, wanted.exact() if options.mode == "reference" else wanted, cancel)
    contest, failed = what.contest(), False
    for number, song in enumerate(songs, 1):
        try:
            scores = _evaluate_song(song, what, engine, cancel, f"{number}/{len(songs)} {song.name}")
        except (CancelledError, BrokenPipeError):
            raise
        except AntaraError as error:
            say(sentence(error))
            failed = True
        except Exception as error:  # noqa: BLE001 - the next song may go well
            say_unexpected(error)
            failed = True
        else:
            contest.songs.append(scores)
            if options.verbose:
                print(f"{table.of_song(contest, scores)}\n", flush=True)
    if contest.songs:
        print(f"{table.of_all(contest)}\n")
    return contest, failed


def _engines(models: "Sequence[Model]", wanted: "EngineOptions", cancel: CancelToken) -> "Callable[[Model], Engine]":
    """Gives the engine of each model, which all stay loaded."""
    from core.engines.cache import EngineCache

    caches = {model.name: EngineCache() for model in models}
    tellers = {model.name: news_teller(model.name) for model in models}

    def engine(model: "Model") -> "Engine":
        return caches[model.name].get(model, wanted, tellers[model.name], cancel)

    return engine


def _evaluate_song(
    path: Path, what: "Evaluation", engine: "Callable[[Model], Engine]", cancel: CancelToken, title: str
) -> "SongScores":
    from core.evaluation.evaluate import evaluate_song
    from core.evaluation.truth import open_song

    song = open_song(path)
    declared_s = song.declared_s(what.duration_s)
    with separation_bar(title, declared_s and what.work_s(declared_s)) as report:
        return evaluate_song(song, what, engine, cancel, report)


def _write(contests: "Sequence[Contest]", options: argparse.Namespace) -> None:
    """The files that are asked for, both or none. Raises OutputErrors."""
    from core.audio.part_file import Transaction
    from core.errors import output_errors
    from core.evaluation import plot, results

    texts: dict[Path, str] = {}
    if options.json:
        found = results.as_json(contests, options.window, options.duration, options.frames)
        head = {"antara": __version__, "folder": printable(str(options.folder)), "mode": options.mode}
        texts[options.json] = json.dumps(head | found, indent=1, allow_nan=False) + "\n"
    if options.plot:
        note = f"Median over frames of {options.window:g} s; bars: first to third quartile of the frames"
        texts[options.plot] = plot.svg(contests, f"Separation of {printable(options.folder.resolve().name)}", note)
    if not texts:
        return
    with Transaction(texts, options.overwrite) as files:
        for file in files:
            with output_errors(file.path):
                file.file.write(texts[file.path].encode("utf-8"))
                file.sync()
    for path in texts:
        print(printable(str(path)))
