"""The section about where the time goes: each part of the work beside the best that the machine could do with it."""

import sys
from statistics import median
from typing import Any

from bench import measure
from bench.measure import ROOT
from bench.programs import Antara
from bench.setting import Setting, stems_of

_WARM_SONGS = 3


def report_profile(setting: Setting) -> None:
    """2 stems in f32 and bf16, 4 stems in f32."""
    report = setting.report
    report.heading("Where the time goes")
    report.text(
        "Each part by itself over ready input, a chunk of 512 frames (11.9 s of music), in one thread but for the network, "
        "which has all processors. Limits: decode, FFmpeg demuxing and decoding without resampling and arrays; STFT and "
        "inverse, a bare loop of `ducc0.fft.c2c` over as many frames (the last stem needs none: it is what the others "
        "leave); masks, a copy of the estimates; network, its convolutions' arithmetic as Spleeter defines them, each "
        "addition and multiplication counted, at the rate of OpenVINO's product of two 2048 × 2048 matrices in the same "
        "precision (rearranged and wide layers can come out below that); encode, a plain write of as many bytes."
    )
    programs = setting.antara(setting.configurations[0])
    if not setting.quick:
        programs.append(Antara("4stems", setting.engine))
    for program in programs:
        measure.wait_until_calm()
        measure.say(f"profile, {program.model}, {program.precision}")
        _report_one(setting, program)


def _report_one(setting: Setting, program: Antara) -> None:
    song = setting.material.song
    with setting.output() as folder:
        command = [sys.executable, "-m", "bench.stages", *program.engine_arguments, song.path, folder]
        found = measure.ask(command, setting.environment)
    with setting.output() as folder:
        run = measure.run(program.warm(song, folder, _WARM_SONGS), setting.environment, ROOT)
    warm_s = median(measure.answer_of(run)[1:]) * found["chunk_s"] / song.seconds
    chunk_s, parts = found["chunk_s"], found["parts"]
    whole_s = sum(part["cpu_s"] for part in parts)
    best_s = whole_s / found["processors"]
    rows = [_row(part, chunk_s, whole_s) for part in parts]
    rows.append(("all parts ÷ processors", _ms(best_s), f"{chunk_s / best_s:.0f}", _ms(whole_s), "100 %", "", "", ""))
    rows.append(
        ("a warm run", _ms(warm_s), f"{chunk_s / warm_s:.0f}", "", "", "all parts", _ms(best_s), f"{warm_s / best_s:.2f}")
    )
    title = f"{stems_of(program.model)}, {program.precision}"
    header = (title, "time", "× real time", "processor time", "share", "limit", "it takes", "÷ limit")
    setting.report.table(header, rows)
    setting.report.text(_network_text(found, warm_s))


def _row(part: dict[str, Any], chunk_s: float, whole_s: float) -> tuple[str, ...]:
    return (
        part["name"],
        _ms(part["wall_s"]),
        f"{chunk_s / part['wall_s']:.0f}",
        _ms(part["cpu_s"]),
        f"{100 * part['cpu_s'] / whole_s:.0f} %",
        part["limit"],
        _ms(part["limit_s"]),
        f"{part['wall_s'] / part['limit_s']:.2f}",
    )


def _network_text(found: dict[str, Any], warm_s: float) -> str:
    network = next(part for part in found["parts"] if part["name"] == "network")
    rate = found["operations"] / network["wall_s"]
    return (
        f"Matrix product: {found['gemm'] / 1e9:.0f} GFLOP/s on {found['processors']} processors. The network: "
        f"{found['operations'] / 1e9:.1f} GFLOP a chunk, {rate / 1e9:.0f} GFLOP/s, {100 * rate / found['gemm']:.0f} % of "
        f"that. By itself it takes {100 * network['wall_s'] / warm_s:.0f} % of the time of a warm run."
    )


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"
