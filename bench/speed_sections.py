"""The sections about one song: from the shell, in a process that is warm already, and up to the first block to play."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from statistics import median

from bench import measure
from bench.material import Song
from bench.measure import ROOT, CommandFailedError
from bench.programs import Antara, Program
from bench.report import middle
from bench.rounds import Contender, Measured, Results, play, report_rounds
from bench.setting import Setting, stems_of

_WARM_SONGS = 3  # in a process of Antara's, one of them the first
_PEER_SONGS = 2
_FIRST_BLOCKS = 10
_HELPS = 10

# (× real time in f32, in bf16) for a warm process on two cores.
_WARM_TARGETS = {"2stems": (170, 240), "4stems": (90, 130)}


def report_cold(setting: Setting) -> None:
    """One song, a new process each time."""
    report, song = setting.report, setting.material.song
    report.heading(f"From the shell: {song.length}, a new process each time")
    report.text(
        "`main.py separate song.mp3 --model 2stems --engine … --precision … --device cpu -o OUT` and `spleeter separate -p "
        "spleeter:2stems -o OUT song.mp3`, the same checkpoints, in turn. “Others”: processors that other programs kept "
        "busy meanwhile, at most; medians leave out rounds where that is 0.25 or more, if any are left. The last column is "
        "the time as a multiple of the fastest engine's in f32, run right before."
    )
    for spleeter in setting.spleeter(setting.configurations[0]):
        measure.say("warming up")  # files are in the page cache from here on
        with setting.output() as folder, suppress(CommandFailedError):
            measure.run(spleeter.cold(setting.material.short, folder), setting.environment, setting.material.folder)
    for number, model in enumerate(setting.configurations):
        results = play(_contenders(setting, model, number == 0), cold_turn(setting, song), f"from the shell, {model}")
        base = setting.antara(model)[0].name
        report_rounds(report, stems_of(model), results, base, song.seconds)
        if number == 0:
            _report_cold_target(setting, results)
    _report_help(setting)


def cold_turn(setting: Setting, song: Song) -> Callable[[Program], Measured]:
    """What runs a program once on ``song``."""

    def turn(program: Program) -> Measured:
        with setting.output() as folder:
            command = program.cold(song, folder)
            run = measure.run(command, setting.environment, setting.material.folder)
        return Measured(run.wall_s, run)

    return turn


def _contenders(setting: Setting, model: str, often: bool) -> list[Contender]:
    """Antara's fastest engine and Spleeter meet in all rounds, if ``often``; the other engines run once."""
    main = [*setting.antara(model), *setting.spleeter(model)]
    rounds = setting.runs if often else 1
    return [*(Contender(program, rounds) for program in main), *(Contender(p, 1) for p in setting.other_engines(model))]


def _report_cold_target(setting: Setting, results: Results) -> None:
    if not setting.peers.spleeter:
        setting.report.text("Spleeter was left out: nothing to compare with.")
        return
    full, *rest = (program.name for program in setting.antara("2stems"))
    ratios = results.ratios("Spleeter", full)
    if not ratios:
        return
    setting.report.target(f"at least 8 × faster than Spleeter in f32 (is {middle(ratios, 2)} ×)", median(ratios) >= 8)
    for name in rest:
        setting.report.text(f"In bf16: {middle(results.ratios('Spleeter', name), 2)} × faster than Spleeter.")
    leaner = _peak(results, "Spleeter") / _peak(results, full)
    setting.report.text(f"Spleeter's largest process takes {leaner:.1f} × the memory of Antara's in f32.")


def _peak(results: Results, name: str) -> float:
    return median(turn.run.largest_bytes for turn in results.of(name))


def _report_help(setting: Setting) -> None:
    seconds = []
    for _ in range(_HELPS):
        start = time.perf_counter()
        subprocess.run([sys.executable, ROOT / "main.py", "--help"], stdout=subprocess.DEVNULL, check=True)
        seconds.append(time.perf_counter() - start)
    setting.report.target(f"`main.py --help` within 0.15 s (is {middle(seconds, 3)} s)", median(seconds) <= 0.15)


def report_warm(setting: Setting) -> None:
    """The next song in a process that has its model loaded."""
    report, song = setting.report, setting.material.song
    report.heading(f"Warm: the next song of {song.length} in one process")
    report.text(
        "Decode, separate, write 16-bit WAV files. The first song includes loading the runtime and the model. Processes of "
        "the programs run in turn, each separating the song some times; the last column compares the next songs. Processor "
        "time and peak are those of the whole process. Spleeter: `separate_to_file`."
    )
    for number, model in enumerate(setting.configurations):
        results = play(_contenders(setting, model, number == 0), _warm_turn(setting), f"warm, {model}")
        report_rounds(report, stems_of(model), results, setting.antara(model)[0].name, song.seconds)
        _report_warm_targets(setting, model, results)
    builtin = setting.antara("builtin")
    results = play([Contender(program, 1) for program in builtin], _warm_turn(setting), "warm, built-in model")
    report_rounds(report, "Built-in model", results, builtin[0].name, song.seconds)
    _report_warm_long(setting)


def _warm_turn(setting: Setting) -> Callable[[Program], Measured]:
    def turn(program: Program) -> Measured:
        songs = _WARM_SONGS if isinstance(program, Antara) else _PEER_SONGS
        return warm_turn(setting, program, songs)

    return turn


def warm_turn(setting: Setting, program: Program, songs: int) -> Measured:
    """A process that separates the song so many times."""
    with setting.output() as folder:
        run = measure.run(program.warm(setting.material.song, folder, songs), setting.environment, ROOT)
    first, *following = measure.answer_of(run)
    return Measured(median(following), run, first)


def _report_warm_targets(setting: Setting, model: str, results: Results) -> None:
    for program, least in zip(setting.antara(model), _WARM_TARGETS.get(model, ()), strict=False):
        seconds = results.seconds(program.name)
        if seconds:
            speed = setting.material.song.seconds / seconds
            what = f"{stems_of(model)} at {least} × real time or more in {program.precision} (is {speed:.1f} ×)"
            setting.report.target(what, speed >= least)


def _report_warm_long(setting: Setting) -> None:
    """The long song after the short one."""
    song, long = setting.material.song, setting.material.long
    rows = []
    for model in setting.configurations:
        for program in setting.antara(model):
            measure.wait_until_calm()
            measure.say(f"warm, {model}, {program.precision}, {long.length}")
            with setting.output() as folder:
                run = measure.run(program.warm_songs([song, long], folder), setting.environment, ROOT)
            seconds = measure.answer_of(run)[-1]
            name = f"{stems_of(model)}, {program.precision}"
            peak = f"{run.largest_bytes / measure.GB:.2f} GB"
            rows.append((name, f"{seconds:.1f} s", f"{long.seconds / seconds:.1f}", peak, f"{run.others:.2f}"))
    setting.report.text(f"A song of {long.length} after that one, in the same process:")
    setting.report.table(("Antara", "time", "× real time", "peak memory", "others"), rows)


def report_first_block(setting: Setting) -> None:
    """From *Separate* to something to play."""
    report = setting.report
    report.heading("To the first playable block")
    rows = []
    worst = 0.0
    for model in setting.configurations:
        for program in setting.antara(model):
            measure.wait_until_calm()
            measure.say(f"first block, {model}, {program.precision}")
            found, cold = _first_blocks(setting, program)
            seconds = found["seconds"]
            if program.precision == "f32" and model == setting.configurations[0]:
                worst = median(seconds)
            name = f"{stems_of(model)}, {program.precision}"
            rows.append((name, f"{middle(seconds, 3)} s", f"{cold:.2f} s", f"{found['block_s']:.1f} s"))
    report.text(
        "From the call of `separate_song`, which *Separate* makes, to the first stems, with the engine loaded; and in a new "
        "process, from its start, with imports and loading:"
    )
    report.table(("Antara", "warm", "new process", "music in it"), rows)
    report.target(f"2 stems in f32, warm, within 0.5 s (is {worst:.2f} s)", worst <= 0.5)


def _first_blocks(setting: Setting, program: Antara) -> tuple[dict[str, Sequence[float]], float]:
    """What ``first_block.py`` says, and the seconds from the process's start to its first block of all."""
    times = 2 if setting.quick else _FIRST_BLOCKS
    command = [sys.executable, "-m", "bench.first_block", *program.engine_arguments, setting.material.song.path, str(times)]
    started_at = time.perf_counter()
    found = measure.ask(command, setting.environment)
    return found, found["first_at"] - started_at
