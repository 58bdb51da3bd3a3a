"""``batch``: a whole catalogue, on all processors of this computer or on the workers of a Dask scheduler."""

import argparse
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.cancel import CancelToken
from core.cli import models, separate
from core.cli.arguments import number, positive
from core.cli.console import catalogue_bar, say
from core.errors import AntaraError, BatchStoppedError, CancelledError
from core.messages import printable, sentence

if TYPE_CHECKING:
    from distributed import Client

    from core.batch.coordinator import Resolve, Tally
    from core.batch.ledger import Ledger
    from core.batch.places import Place
    from core.models.catalogue import Model
    from core.queue_items import Failure
    from core.recipe import Recipe


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    """Adds the command to a parser."""
    parser = commands.add_parser(
        "batch",
        parents=[shared],
        help="separate a whole catalogue (needs Dask: requirements-batch.txt)",
        description="Separates all songs of a catalogue, each into a folder of its own, with a receipt: what has a valid "
        "one is skipped, so the same command goes on after any interruption. A report is written into DIR/report.",
    )
    parser.set_defaults(run=_run)
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="a folder, a song, a pattern in quotes, or a list (.csv or .parquet with a column “path”, and “name”, “model” "
        "and options of single songs where they are wanted); also as an address (s3://…, gs://…, sftp://…)",
    )
    parser.add_argument(
        "-o", "--output", default="output", metavar="DIR", help="a folder or an address; default: %(default)s"
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="of Dask, as tcp://host:8786; default: workers of its own on this computer"
    )
    parser.add_argument("--workers", type=positive, metavar="N", help="of its own; default: as many as are the fastest here")
    parser.add_argument(
        "--retries", type=number, default=2, metavar="N", help="of a song after a failure that may pass (default: 2)"
    )
    parser.add_argument("--redo", action="store_true", help="separate again what is done")
    separate.add_recipe_arguments(parser)


def _run(options: argparse.Namespace, cancel: CancelToken) -> bool:
    """Returns whether all songs are there."""
    from core import batch

    batch.require()
    from core.batch.ledger import Ledger
    from core.batch.places import place_at

    recipe = separate.recipe_of(options)
    resolve = _Models(options, recipe, cancel)
    resolve(None)  # what is impossible is said once, and the model is downloaded before anything is begun
    output = _text_of(options.output)
    place = place_at(output)
    with closing(Ledger(output, place)) as ledger:
        place.clean()
        try:
            return _separate(options, recipe, place, ledger, resolve, output, cancel)
        finally:
            place.clean()


def _separate(
    options: argparse.Namespace,
    recipe: "Recipe",
    place: "Place",
    ledger: "Ledger",
    resolve: "Resolve",
    output: str,
    cancel: CancelToken,
) -> bool:
    import msgspec

    from core.batch import report, sources
    from core.batch.coordinator import Coordinator, Plan

    with _workers(options, resolve(None), recipe, cancel) as (client, threads), catalogue_bar() as show:
        general = msgspec.structs.replace(recipe, threads=recipe.threads or threads)
        plan = Plan(output, general, options.redo, options.retries)
        coordinator = Coordinator(client, ledger, plan, resolve, cancel, show, _say_failed)
        counting = CancelToken()
        _count_aside(options.sources, coordinator.tally, counting)
        stopped = True
        try:
            coordinator.run(sources.entries(options.sources, cancel))
            stopped = False
        except CancelledError as error:
            raise BatchStoppedError(path=_shown(options.output)) from error
        finally:
            counting.cancel()
            figures = report.write(place, ledger, coordinator.tally, stopped)
    for line in report.summary(figures):
        print(printable(line))
    print(printable(f"{options.output.rstrip('/')}/{report.FOLDER}/{report.PAGE}"))
    return coordinator.tally.failed == 0


class _Models:
    """Finds the models that songs are to be separated with, each once, and gets those that are not here."""

    def __init__(self, options: argparse.Namespace, recipe: "Recipe", cancel: CancelToken) -> None:
        self._options, self._recipe, self._cancel = options, recipe, cancel
        self._found: dict[str | None, str | AntaraError] = {}

    def __call__(self, name: str | None) -> str:
        """The name by which workers find it. Raises what is wrong with it, each time."""
        if name not in self._found:
            try:
                self._found[name] = self._get(name)
            except CancelledError:
                raise
            except AntaraError as error:
                self._found[name] = error
        found = self._found[name]
        if isinstance(found, AntaraError):
            raise found
        return found

    def _get(self, name: str | None) -> str:
        from core.models import catalogue

        wanted = name or self._options.model
        model: Model = catalogue.find(wanted) if wanted else catalogue.default()
        separate.refuse_impossible(self._recipe, model)
        models.require(model, self._options.offline, self._cancel)
        return model.name if model.name in catalogue.models() else str(Path(wanted or "").absolute())


@contextmanager
def _workers(
    options: argparse.Namespace, model: str, recipe: "Recipe", cancel: CancelToken
) -> "Iterator[tuple[Client, int | None]]":
    """The client of a cluster, and how many threads each network gets; None where the workers' computers decide."""
    from core.batch import cluster

    if options.scheduler:
        with cluster.connected(options.scheduler) as client:
            yield client, None
        return
    if options.workers:
        wanted = cluster.spread(options.workers)
    else:
        from core.batch import layout

        wanted = layout.best(model, recipe.engine_options, cancel)
    with cluster.embedded(wanted) as client:
        yield client, wanted.threads


def _count_aside(sources: list[str], tally: "Tally", cancel: CancelToken) -> None:
    """Counts the songs beside the work, for the time that is left. What is wrong with them the work finds, too."""

    def count() -> None:
        from core.batch import sources as batch_sources

        with suppress(AntaraError):
            tally.total = batch_sources.count(sources, cancel)

    threading.Thread(target=count, name="antara-count", daemon=True).start()


def _say_failed(source: str, failure: "Failure") -> None:
    say(f"{printable(source)}: {sentence(failure.notice())}")


def _shown(output: str) -> str | Path:
    """For a sentence: of a path only its name."""
    from core.batch import remote

    return output if remote.is_address(output) else Path(output)


def _text_of(output: str) -> str:
    from core.batch import remote
    from core.files import path_text

    return output if remote.is_address(output) else path_text(Path(remote.without_scheme(output)).absolute())
