"""The section about long songs: speed, and memory that does not grow with the length."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from statistics import linear_regression

from bench import measure
from bench.material import Song
from bench.measure import GB, Run
from bench.programs import Program
from bench.rounds import Contender, Measured, Results, play, report_rounds
from bench.setting import Setting, stems_of

_PEAK_BYTES = 700e6
_GROWTH = 0.05  # of the peak that may be noise
_DRIFT_BYTES = 10e6  # over half of the longest run
_ENDING_S = 1.0
_LONG_LIMIT_S = 420
_SPLEETER_S = 600  # what it separates of a song unless told otherwise
_WAV_BYTES_A_SECOND = 4 * 44100


def report_long(setting: Setting) -> None:
    """The long song with all models, the longest one with two stems."""
    report, long = setting.report, setting.material.long
    report.heading(f"Long songs: {long.length}, a new process each time")
    report.text(
        f"As from the shell above, one run each. Spleeter is given as long as {_LONG_LIMIT_S // 60} minutes and all but "
        f"{measure.MEMORY_LEFT / GB:.0f} GB of the memory; by itself, without `-d`, it would end after ten minutes of music."
    )
    given_up = ""
    plain: list[Run] = []  # of the fastest engine, with 2 stems first
    for model in setting.configurations:
        results = _play_long(setting, model, given_up)
        base = setting.antara(model)[0].name
        report_rounds(report, stems_of(model), results, base, long.seconds)
        if "Spleeter" in results.failures and not given_up:
            given_up = "not tried, after what is above"
            _report_spleeter_alone(setting, model, long.seconds / (results.seconds(base) or 1))
        plain += [turn.run for turn in results.of(base)]
    _report_flatness(setting, plain)


def _play_long(setting: Setting, model: str, given_up: str) -> Results:
    first = model == setting.configurations[0]
    others = setting.other_engines(model) if first else []
    spleeter = [] if given_up else setting.spleeter(model)
    programs: list[Program] = [*setting.antara(model), *others, *spleeter]

    def turn(program: Program) -> Measured:
        run = _run(setting, program, setting.material.long)
        return Measured(run.wall_s, run)

    contenders = [Contender(program, 1) for program in programs]
    results = play(contenders, turn, f"{setting.material.long.length}, {model}", repeat=False)
    if given_up:
        results.names.append("Spleeter")
        results.failures["Spleeter"] = given_up
    return results


def _report_spleeter_alone(setting: Setting, model: str, speed: float) -> None:
    """What Spleeter does with the long song if it is not told to take all of it. ``speed``: Antara's, × real time."""
    if setting.material.long.seconds <= _SPLEETER_S:
        return
    measure.wait_until_calm()
    measure.say(f"Spleeter, its own limit, {model}")
    spleeter = replace(setting.spleeter(model)[0], whole=False)
    try:
        run = _run(setting, spleeter, setting.material.long)
    except measure.CommandFailedError as error:
        setting.report.text(f"Nor does it work without `-d`: {str(error).splitlines()[0]}.")
        return
    theirs = _SPLEETER_S / run.wall_s
    setting.report.text(
        f"Without `-d` it separates the first {_SPLEETER_S // 60} minutes, in {run.wall_s:.1f} s, {theirs:.1f} × real time, "
        f"with {run.largest_bytes / GB:.1f} GB. Antara's f32 above has {speed / theirs:.1f} × that speed."
    )


def _run(setting: Setting, program: Program, song: Song) -> Run:
    with setting.output() as folder:
        command = program.cold(song, folder)
        return measure.run(command, setting.environment, setting.material.folder, _LONG_LIMIT_S)


def _report_flatness(setting: Setting, long_runs: Sequence[Run]) -> None:
    """Three lengths of the same music, and the memory along the longest."""
    report, material = setting.report, setting.material
    report.heading("Memory and the length of the song", 3)
    needed = 2 * material.longest.seconds * _WAV_BYTES_A_SECOND
    if shutil.disk_usage(material.folder).free < 1.5 * needed:
        report.text(f"Left out: {material.longest.length} of music need {1.5 * needed / GB:.0f} GB of free disk.")
        return
    program = setting.antara(setting.configurations[0])[0]
    runs: list[tuple[Song, Run]] = []
    for song in (material.song, material.long, material.longest):
        if song == material.long and long_runs:
            runs.append((song, long_runs[0]))
            continue
        measure.wait_until_calm()
        measure.say(f"memory: {song.length}")
        runs.append((song, _run(setting, program, song)))
    report.table((f"2 stems, {program.name}", "time", "× real time", "peak memory", "others"), [_row(*run) for run in runs])
    _report_targets(setting, [run for _, run in runs])


def _row(song: Song, run: Run) -> tuple[str, ...]:
    speed, peak = song.seconds / run.wall_s, run.largest_bytes / GB
    return (song.length, f"{run.wall_s:.1f} s", f"{speed:.1f}", f"{peak:.3f} GB", f"{run.others:.2f}")


def _report_targets(setting: Setting, runs: Sequence[Run]) -> None:
    report, longest = setting.report, setting.material.longest
    _, long_run, run = runs
    growth = run.largest_bytes / long_run.largest_bytes - 1
    half_s, drift = second_half(run.trace)
    report.target(
        f"{longest.length} within {_PEAK_BYTES / 1e6:.0f} MB (is {run.largest_bytes / 1e6:.0f} MB)",
        run.largest_bytes <= _PEAK_BYTES,
    )
    report.text(
        f"Along the second half of that run, {half_s:.0f} s, its memory was sampled ten times a second: the line through "
        f"the samples changes by {drift / 1e6:+.1f} MB over it ({drift / (longest.seconds / 2) * 3600 / 1e6:+.1f} MB an "
        "hour of music)."
    )
    report.target(
        f"flat: a peak at most {100 * _GROWTH:.0f} % above that of {setting.material.long.length} (is {100 * growth:+.1f} "
        f"%) and at most {_DRIFT_BYTES / 1e6:.0f} MB more at the end than in the middle",
        growth <= _GROWTH and drift <= _DRIFT_BYTES,
    )


def second_half(trace: Sequence[tuple[float, int]]) -> tuple[float, float]:
    """Its seconds, and by how many bytes the regression line changes over it; without what is freed at the end."""
    middle_s, end_s = trace[-1][0] / 2, trace[-1][0] - _ENDING_S
    half = [(at, held) for at, held in trace if middle_s <= at < end_s]
    if len(half) < 2:
        return 0.0, 0.0
    seconds = half[-1][0] - half[0][0]
    slope, _ = linear_regression([at for at, _ in half], [float(held) for _, held in half])
    return seconds, slope * seconds
