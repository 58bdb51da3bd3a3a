"""Programs in turn, again and again, and what came of it.

A machine's speed changes with what else it does; what runs right after another is compared with it, as a ratio.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench import measure
from bench.measure import CommandFailedError, Run
from bench.programs import Program
from bench.report import Report, middle

DISTURBED = 0.25  # processors that other programs keep busy


@dataclass(frozen=True)
class Measured:
    """One turn of a program: the seconds that count, the whole run, and the first song's seconds of a warm run."""

    seconds: float
    run: Run
    first_s: float = 0.0


@dataclass(frozen=True)
class Contender:
    """A program and how many rounds it takes part in."""

    program: Program
    runs: int


class Results:
    """The rounds, by the programs' names. A program that failed takes no part in later rounds."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.failures: dict[str, str] = {}
        self._rounds: list[dict[str, Measured]] = []

    def add(self, round_: dict[str, Measured]) -> None:
        self._rounds.append(round_)

    def of(self, name: str) -> list[Measured]:
        """Its turns in rounds that other programs did not disturb, or all, where there are no such rounds."""
        rounds = [round_ for round_ in self._rounds if name in round_]
        return [round_[name] for round_ in _calm(rounds, (name,))]

    def ratios(self, name: str, base: str) -> list[float]:
        """How many times as long as ``base`` it took, by round."""
        rounds = [round_ for round_ in self._rounds if name in round_ and base in round_]
        return [round_[name].seconds / round_[base].seconds for round_ in _calm(rounds, (name, base))]

    def seconds(self, name: str) -> float | None:
        """The median; None for one that failed."""
        return median(turn.seconds for turn in self.of(name)) if self.of(name) else None


def _calm(rounds: list[dict[str, Measured]], names: Sequence[str]) -> list[dict[str, Measured]]:
    calm = [round_ for round_ in rounds if all(round_[name].run.others < DISTURBED for name in names)]
    return calm or rounds


def play(contenders: Sequence[Contender], turn: Callable[[Program], Measured], what: str, repeat: bool = True) -> Results:
    """Rounds of all contenders in turn. With ``repeat``, a round that other programs disturb is done once more."""
    results = Results([contender.program.name for contender in contenders])
    for number in range(max(contender.runs for contender in contenders)):
        programs = [contender.program for contender in contenders if contender.runs > number]
        for _ in range(2 if repeat else 1):
            measure.wait_until_calm()
            measure.say(f"{what}, round {number + 1}")
            round_ = _round(programs, turn, results.failures)
            results.add(round_)
            if all(measured.run.others < DISTURBED for measured in round_.values()):
                break
    return results


def _round(
    programs: Sequence[Program], turn: Callable[[Program], Measured], failures: dict[str, str]
) -> dict[str, Measured]:
    found = {}
    for program in programs:
        if program.name not in failures:
            try:
                found[program.name] = turn(program)
            except CommandFailedError as error:
                failures[program.name] = str(error).splitlines()[0]
                measure.say(f"{program.name}: {error}")
    return found


def report_rounds(report: Report, title: str, results: Results, base: str, song_s: float) -> None:
    """A table with a row a program, and under it why programs failed. ``base``: whose time the others' are compared with."""
    warm = any(turn.first_s for name in results.names for turn in results.of(name))
    header = (title, *(("first song", "next songs") if warm else ("time",)), "× real time", "processor time")
    rows = [_row(results, name, base, song_s, warm) for name in results.names]
    report.table((*header, "peak memory", "others", f"÷ {base.removeprefix('Antara, ')}"), rows)
    for name, why in results.failures.items():
        report.text(f"{name}: {why}.")


def _row(results: Results, name: str, base: str, song_s: float, warm: bool) -> tuple[str, ...]:
    turns = results.of(name)
    if not turns:
        return (name, "no result", *[""] * (6 if warm else 5))
    seconds = [turn.seconds for turn in turns]
    runs = [turn.run for turn in turns]
    digits = 2 if max(seconds) < 20 else 1
    return (
        name,
        *([f"{middle([turn.first_s for turn in turns])} s"] if warm else []),
        f"{middle(seconds, digits)} s",
        middle([song_s / value for value in seconds]),
        f"{middle([run.cpu_s for run in runs])} s",
        f"{middle([run.largest_bytes / measure.GB for run in runs], 2)} GB",
        f"{max(run.others for run in runs):.2f}",
        "" if name == base else middle(results.ratios(name, base), 2),
    )
