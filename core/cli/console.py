"""How the command line speaks: sentences and progress on standard error, and Ctrl-C."""

import logging
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from core.cancel import CancelToken
from core.errors import UnexpectedError
from core.messages import Notice, printable, sentence

if TYPE_CHECKING:
    from typing import NoReturn

    from tqdm import tqdm

    from core.batch.coordinator import Tally
    from core.progress import Progress, Transfer

_log = logging.getLogger(__name__)
_MB = 1e6


def say(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"{text}\n")


def say_unexpected(error: Exception) -> None:
    """One sentence; the details go to the log, which --verbose shows."""
    _log.debug("an unexpected error", exc_info=True)
    say(sentence(UnexpectedError(detail=f"{type(error).__name__}: {error}")))


def news_teller(name: str) -> Callable[[Notice], None]:
    """Says a notice about the model called ``name`` once, until another one comes."""
    last: list[Notice] = []

    def notify(notice: Notice) -> None:
        if last != [notice]:
            last[:] = [notice]
            say(f"{name}: {sentence(notice)}")

    return notify


@contextmanager
def cancelled_by_ctrl_c(cancel: CancelToken, exit_status: int) -> Iterator[None]:
    """The first Ctrl-C sets the token, which ends the work cleanly between two chunks; a second one ends it hard."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        if cancel.cancelled:
            os._exit(exit_status)
        cancel.cancel()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def separation_bar(name: str, total_s: float | None) -> "Iterator[Callable[[Progress], None]]":
    """A line with percent, × real time and time left; only where someone can see it."""
    from core.progress import clock_text

    def show(bar: "tqdm[NoReturn]", progress: "Progress") -> None:
        digits = 0 if (progress.speed or 0) >= 9.95 else 1
        speed = f"{progress.speed:.{digits}f} × real time" if progress.speed else ""
        left = f", {clock_text(progress.left_s)} left" if progress.left_s is not None else ""
        _advance(bar, progress.done_s, speed + left)

    with _bar(name, show, lambda progress: total_s) as report:
        yield report


@contextmanager
def transfer_bar(name: str) -> "Iterator[Callable[[Transfer], None]]":
    """A line with percent, bytes, rate and time left; only where someone can see it."""
    from core.progress import clock_text

    def show(bar: "tqdm[NoReturn]", transfer: "Transfer") -> None:
        if transfer.stage != "downloading":
            _advance(bar, transfer.done, f"{transfer.stage}…")
            return
        rate = f", {transfer.rate / _MB:.1f} MB/s" if transfer.rate else ""
        left = f", {clock_text(transfer.left_s)} left" if transfer.left_s is not None else ""
        _advance(bar, transfer.done, f"{transfer.done / _MB:.1f} MB{rate}{left}")

    with _bar(name, show, lambda transfer: transfer.total) as report:
        yield report


@contextmanager
def catalogue_bar() -> "Iterator[Callable[[Tally], None]]":
    """A line with the songs that are done, × real time and time left; only where someone can see it."""
    from core.progress import clock_text

    def show(bar: "tqdm[NoReturn]", tally: "Tally") -> None:
        of = f" of {tally.total}" if tally.total is not None else ""
        failed = f", {tally.failed} failed" if tally.failed else ""
        elapsed_s = max(tally.elapsed_s, 1e-3)
        speed = f", {tally.music_s / elapsed_s:.0f} × real time, {tally.done / elapsed_s * 3600:.0f} songs/h"
        left = f", {clock_text(tally.left_s)} left" if tally.left_s is not None else ""
        _advance(bar, tally.ended, f"{tally.ended}{of} songs{failed}{speed}{left}")

    with _bar("batch", show, lambda tally: tally.total) as report:
        yield report


@contextmanager
def _bar(
    name: str, show: "Callable[[tqdm[NoReturn], Any], None]", total: Callable[[Any], float | None]
) -> Iterator[Callable[[Any], None]]:
    """Shows what is reported on a bar, of the ``total`` of the first report that has one; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda progress: None
        return
    with ExitStack() as opened:
        bars: list[tqdm[NoReturn]] = []

        def report(progress: Any) -> None:
            if not bars:  # not before there is progress: the news of the engine's start would run into it
                bars.append(opened.enter_context(_new_bar(printable(name), total(progress))))
            bars[0].total = bars[0].total or total(progress)
            show(bars[0], progress)

        yield report


def _new_bar(name: str, total: float | None) -> "tqdm[NoReturn]":
    from tqdm import tqdm

    form = "{desc} {percentage:3.0f} % |{bar}| {unit}" if total else "{desc} {unit}"
    size = shutil.get_terminal_size()  # 80 × 24 where a terminal does not tell, for which tqdm would show nothing
    return tqdm(
        desc=name,
        total=total,
        unit="",
        leave=False,
        file=sys.stderr,
        ncols=size.columns,
        nrows=size.lines,
        bar_format=form,
    )


def _advance(bar: "tqdm[NoReturn]", done: float, text: str) -> None:
    bar.unit = text  # tqdm's own field for such text begins with a comma
    bar.update(min(done, bar.total or done) - bar.n)
