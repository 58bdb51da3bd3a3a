"""The section about other programs: sherpa-onnx with networks of the same shape, and Demucs, for context."""

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench import measure
from bench.measure import GB, ROOT
from bench.programs import Antara, AntaraDemucs, Demucs, Program, Sherpa
from bench.report import middle
from bench.rounds import Contender, Measured, play, report_rounds
from bench.setting import Setting
from bench.speed_sections import cold_turn, warm_turn
from core.models import bags

_ROUNDS = 3
_LONG_LIMIT_S = 3600
_WARM_SONGS = 3


def report_peers(setting: Setting) -> None:
    """Each of those that were asked for."""
    setting.report.heading("Other programs")
    if setting.peers.sherpa:
        models = setting.material.folder / "sherpa"
        measure.run([sys.executable, "-m", "bench.sherpa_model", models], setting.environment, ROOT)
        _report_sherpa(setting, Sherpa(setting.peers.sherpa, models))
    else:
        setting.report.text("sherpa-onnx was left out; `--with sherpa` brings it.")
    if setting.peers.demucs:
        demucs = Demucs(setting.peers.demucs, setting.material.folder / "demucs")
        measure.run([demucs.python, ROOT / "bench" / "demucs_side.py", "model", demucs.models], setting.environment, ROOT)
        _report_demucs(setting, demucs)
    else:
        setting.report.text("Demucs was left out; `--with demucs` brings it.")


def _report_sherpa(setting: Setting, sherpa: Sherpa) -> None:
    """The two-stem networks in its own format; a new process each time, then warm."""
    report, song = setting.report, setting.material.song
    report.heading("sherpa-onnx", 3)
    report.text(
        f"The same 2-stem networks, exported to its format, on {song.length} of music: WAV files of 16 bits from the "
        "MP3, with soundfile, as its own examples do; as many threads as there are processors."
    )
    rounds = min(setting.runs, _ROUNDS)
    contenders = [Contender(program, rounds) for program in (*setting.antara("2stems"), sherpa)]
    base = contenders[0].program.name
    cold = play(contenders, cold_turn(setting, song), "sherpa-onnx, from the shell")
    report_rounds(report, "From the shell", cold, base, song.seconds)

    def turn(program: Program) -> Measured:
        return warm_turn(setting, program, _WARM_SONGS if isinstance(program, Antara) else 2)

    warm = play(contenders, turn, "sherpa-onnx, warm")
    report_rounds(report, "Warm", warm, base, song.seconds)
    for contender in contenders[:-1]:
        name = contender.program.name
        ratios = (middle(results.ratios(sherpa.name, name), 2) for results in (cold, warm) if results.of(sherpa.name))
        report.text(f"sherpa-onnx takes as many times as long as {name}: {', warm '.join(ratios)}.")
    if cold.of(sherpa.name):
        _report_growth(setting, sherpa, median(turn.run.largest_bytes for turn in cold.of(sherpa.name)))


def _report_growth(setting: Setting, sherpa: Sherpa, peak: float) -> None:
    """It holds the whole song, so that it is not given the long one."""
    song, short, long = setting.material.song, setting.material.short, setting.material.long
    with setting.output() as folder:
        less = measure.run(sherpa.cold(short, folder), setting.environment, ROOT).largest_bytes
    growth = (peak - less) / (song.seconds - short.seconds)
    expected = peak + growth * (long.seconds - song.seconds)
    setting.report.text(
        f"Its memory grows with the song: {less / GB:.2f} GB for {short.length}, {peak / GB:.2f} GB for {song.length}, "
        f"{growth / 1e6:.0f} MB a second of music. {long.length.capitalize()} would need {expected / GB:.0f} GB "
        "(extrapolated, not run)."
    )


def _report_demucs(setting: Setting, demucs: Demucs) -> None:
    """A short song: it is slower than the others by far."""
    report, short = setting.report, setting.material.short
    report.heading("Demucs", 3)
    report.text(f"`demucs -n htdemucs -d cpu`, random weights of that shape, 4 stems, {short.length} of music.")
    if not bags.can_run():
        report.text("How Antara runs the same network is measured where `python3 dev.py demucs` was run before.")
        results = play([Contender(demucs, 1)], cold_turn(setting, short), "Demucs", repeat=False)
        report_rounds(report, "From the shell", results, demucs.name, short.seconds)
        return
    where = "in the same environment" if demucs.python == Path(sys.executable) else "in an environment of its own"
    report.text(
        f"Antara runs the same file, {where}, in turn with it, with the package's shifts, overlap and segments and as many "
        "threads."
    )
    antara = AntaraDemucs(demucs.models)
    programs: list[Program] = [antara, demucs]
    contenders = [Contender(program, min(setting.runs, _ROUNDS)) for program in programs]
    results = play(contenders, cold_turn(setting, short), "Demucs", repeat=False)
    report_rounds(report, "From the shell", results, antara.name, short.seconds)
    if results.of(demucs.name) and results.of(antara.name):
        ratios = results.ratios(antara.name, demucs.name)
        report.target(f"never slower than the package (is {middle(ratios, 2)} of its time)", median(ratios) <= 1)
    _report_demucs_memory(setting, programs)


def _report_demucs_memory(setting: Setting, programs: Sequence[Program]) -> None:
    """Of a song that is three times as long, once."""
    report, short, song = setting.report, setting.material.short, setting.material.song
    rows = []
    for program in programs:
        measure.say(f"Demucs, {program.name}, {song.length}")
        peaks = []
        for length in (short, song):
            with setting.output() as folder:
                run = measure.run(program.cold(length, folder), setting.environment, ROOT, _LONG_LIMIT_S)
            peaks.append(f"{run.largest_bytes / GB:.2f} GB")
        rows.append((program.name, *peaks))
    report.table(("Peak memory", short.length, song.length), rows)
