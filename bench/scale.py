"""What a catalogue takes beside its songs: run it by ``python -m bench.scale PART…`` with requirements-batch.txt installed.

    overhead   a song's time and CPU time in a batch, beside the same in a plain loop, in pairs of runs
    rate       songs a second through the whole code path, when workers do nothing; memory as they become more
    rows       time and memory to take a list in

Times are compared as ratios of runs that follow one another; on a machine that does other things, too, CPU time says more.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import psutil

from bench.material import repeat
from core import recipe as recipes
from core.batch import sources, worker
from core.batch.cluster import embedded, spread
from core.batch.coordinator import Coordinator, Plan, Tally, Work
from core.batch.ledger import Ledger
from core.batch.places import Folder
from core.cancel import CancelToken
from core.engines import ignore_notice
from core.engines.cache import EngineCache
from core.models import catalogue
from core.queue_items import Failure
from core.recipe import Order, Recipe
from tests.support import songs

_MB = 1e6
_RECIPE = Recipe(engine="openvino", precision="f32")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=("overhead", "rate", "rows"))
    parser.add_argument("--thousands", type=int, default=100, help="rate and rows: how many thousands")
    parser.add_argument("--rounds", type=int, default=3, help="overhead: pairs of runs")
    parser.add_argument("--each", type=int, default=6, help="overhead: songs in each run")
    parser.add_argument("--seconds", type=int, default=180, help="overhead: of each song")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="antara-scale-") as folder:
        for part in options.parts:
            {"overhead": overhead, "rate": rate, "rows": rows}[part](Path(folder), options)


def say(text: str) -> None:
    print(text, flush=True)


def overhead(folder: Path, options: argparse.Namespace) -> None:
    """Pairs of a plain loop and a batch of the same songs, both warm, on one worker with all processors."""
    album = folder / "album"
    album.mkdir()
    first = songs.write(folder / "first.mp3", songs.music(min(options.seconds, 60), seed=1))
    if options.seconds > 60:
        repeat(first, folder / "long.mp3", options.seconds // 60)
        first = folder / "long.mp3"
    for number in range(options.each):
        shutil.copy(first, album / f"song {number}.mp3")
    engines, ratios, cpu_ratios = EngineCache(), [], []
    with embedded(spread(1)) as client:
        client.wait_for_workers(1)
        client.gather([client.submit(worker.rehearse, str(first), "builtin", _RECIPE.engine_options, n) for n in range(2)])
        _loop([first], folder / "warm", engines)
        for number in range(options.rounds):
            one = _timed(partial(_loop, sorted(album.iterdir()), folder / f"loop {number}", engines))
            all_of_it = _timed(partial(_batch, client, [str(album)], folder / f"batch {number}", worker.work))
            ratios.append(all_of_it[0] / one[0])
            cpu_ratios.append(all_of_it[1] / one[1])
            each = options.each
            say(
                f"{options.seconds} s songs: loop {one[0] / each:.3f} s, CPU {one[1] / each:.3f} s a song; "
                f"batch {all_of_it[0] / each:.3f} s, CPU {all_of_it[1] / each:.3f} s a song"
            )
            for name in ("loop", "batch"):
                shutil.rmtree(folder / f"{name} {number}")
    time_ratio, cpu_ratio = statistics.median(ratios), statistics.median(cpu_ratios)
    say(f"batch beside loop, median of {options.rounds}: time {time_ratio:.3f}, CPU time {cpu_ratio:.3f}")


def _loop(album: list[Path], output: Path, engines: EngineCache) -> None:
    """What ``separate`` does."""
    model = catalogue.find("builtin")
    for song in album:
        order = Order(song, model, _RECIPE)
        recipes.fill(order, order.targets(output), False, engines, CancelToken(), lambda progress: None, ignore_notice)


def _batch(client: object, given: list[str], output: Path, work: Work, tell: Callable[[Tally], None] | None = None) -> Tally:
    place = Folder(output)
    with closing(Ledger(str(output), place)) as ledger:
        plan = Plan(str(output), _RECIPE, False, 2)
        tell = tell or (lambda tally: None)
        run = Coordinator(client, ledger, plan, _builtin, CancelToken(), tell, _failed, work)
        run.run(sources.entries(given, CancelToken()))
        return run.tally


def _builtin(name: str | None) -> str:
    return "builtin"


def _failed(source: str, failure: Failure) -> None:
    say(f"{source}: {failure}")


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and seconds of all processors that this process and those that it has started took."""
    began, cpu_s = time.perf_counter(), _cpu_s()
    work()
    return time.perf_counter() - began, _cpu_s() - cpu_s


def _cpu_s() -> float:
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children(recursive=True))]
    return sum(found.user + found.system for found in times)


def rate(folder: Path, options: argparse.Namespace) -> None:
    """Workers that do nothing: what is left is the list, the ledger, the scheduler, and the way to workers and back."""
    count = options.thousands * 1000
    path = _list(folder / "songs.csv", count)
    step, seen = count // 10, [0]

    def tell(tally: Tally) -> None:
        if tally.ended >= seen[0]:
            seen[0] += step
            say(f"{tally.ended} songs: {tally.elapsed_s:.1f} s, coordinator and scheduler {_memory_mb():.0f} MB")

    with embedded(spread(2)) as client:
        client.wait_for_workers(2)
        wall_s, cpu_s = _timed(lambda: _batch(client, [str(path)], folder / "rate", worker.nothing, tell))
    say(f"{count} songs that take no time: {count / wall_s:.0f} a second, {cpu_s / count * 1000:.2f} ms of CPU time a song")


def rows(folder: Path, options: argparse.Namespace) -> None:
    """Takes a list in, as a run does before it hands songs to workers."""
    count = options.thousands * 1000
    path = _list(folder / "rows.csv", count)
    place = Folder(folder / "rows")
    with closing(Ledger(str(place.root), place)) as ledger:
        began, cpu_s = time.perf_counter(), time.process_time()
        for number, entry in enumerate(sources.entries([str(path)], CancelToken()), 1):
            ledger.enter(entry.source, entry.name, "asked")
            if number % (count // 10) == 0:
                ledger.commit()
                used = time.process_time() - cpu_s
                say(f"{number} rows: {time.perf_counter() - began:.1f} s, CPU {used:.1f} s, {_memory_mb():.0f} MB")
    size = sum(file.stat().st_size for file in place.root.rglob("*") if file.is_file())
    say(f"the ledger takes {size / count:.0f} bytes a song")


def _list(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write("path,name\n")
        for number in range(count):
            file.write(f"/music/artist {number // 1000}/song {number}.mp3,artist {number // 1000}/song {number}\n")
    return path


def _memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / _MB


if __name__ == "__main__":
    main()
