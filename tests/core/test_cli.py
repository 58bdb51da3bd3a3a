"""The command line as a user meets it: files, exit status, and what it says."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core import cli
from core.audio.reader import read_blocks
from core.audio.writer import StemWriter
from tests.support import songs
from tests.support.songs import RATE, joined

pytestmark = pytest.mark.usefixtures("warm")

ROOT = Path(__file__).parents[2]
SECONDS = 13.0  # more than one chunk

Run = Callable[..., tuple[int, list[str], list[str]]]


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return songs.write(tmp_path_factory.mktemp("songs") / "गीत 🎵.wav", songs.music(SECONDS, 6))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], out: Path) -> Run:
    """Runs ``separate`` into ``out`` with the built-in model: the status, the lines of standard output and error.

    The lines are caught below Python, where TensorFlow's own would be.
    """

    def separate(*arguments: object) -> tuple[int, list[str], list[str]]:
        command = ["separate", "--model", "builtin", "--device", "cpu", "-o", out, *arguments]
        status = cli.main([str(argument) for argument in command])
        captured = capfd.readouterr()
        return status, captured.out.splitlines(), captured.err.splitlines()

    return separate


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def stems_of(folder: Path) -> dict[str, np.ndarray]:
    return {path.stem: soundfile.read(path, dtype="float32")[0] for path in folder.glob("*.wav")}


def test_the_stems_of_a_song_are_written_and_sum_to_the_song(run: Run, song: Path, out: Path) -> None:
    status, said, complained = run(song, "--depth", "float")
    assert status == 0
    assert said == [str(out / song.stem / f"{stem}.wav") for stem in ("vocals", "accompaniment")]
    assert len(complained) == 1
    assert re.fullmatch(r"builtin: Runs on the CPU with (OpenVINO|ONNX Runtime)( \(bf16\))?, as chosen\.", complained[0])
    assert files_in(out) == {f"{song.stem}/vocals.wav", f"{song.stem}/accompaniment.wav"}
    stems = stems_of(out / song.stem)
    original = joined(read_blocks(song, RATE))
    assert {len(samples) for samples in stems.values()} == {round(SECONDS * RATE)}
    assert np.abs(stems["vocals"] + stems["accompaniment"] - original).max() <= 1e-6
    assert all(np.abs(samples).max() > 0.01 for samples in stems.values())


def test_only_the_part_that_is_asked_for_is_separated(run: Run, song: Path, out: Path) -> None:
    status, _, _ = run(song, "--depth", "float", "--offset", "1.5", "--duration", "2.25")
    assert status == 0
    stems = stems_of(out / song.stem)
    part = joined(read_blocks(song, RATE))[round(1.5 * RATE) : round(3.75 * RATE)]
    assert np.abs(stems["vocals"] + stems["accompaniment"] - part).max() <= 1e-6


@pytest.mark.parametrize(
    ("engine", "name"), [("openvino", "OpenVINO"), ("onnx", "ONNX Runtime"), ("tensorflow", "TensorFlow")]
)
def test_engine_precision_and_threads_can_be_chosen(run: Run, song: Path, out: Path, engine: str, name: str) -> None:
    status, _, complained = run(song, "-d", "1", "--engine", engine, "--precision", "f32", "--threads", "1")
    assert status == 0
    assert complained == [f"builtin: Runs on the CPU with {name}, as chosen."]


def test_a_device_that_is_not_there_is_one_sentence(run: Run, song: Path, out: Path) -> None:
    status, _, complained = run(song, "--engine", "openvino", "--device", "npu")
    assert status == 1
    assert complained == ["OpenVINO finds no NPU that it can use; choose “auto” or “cpu” as the device."]
    assert not out.exists()


def test_sixteen_bits_unless_another_depth_is_asked_for(run: Run, song: Path, out: Path) -> None:
    run(song, "-d", "1")
    assert soundfile.info(out / song.stem / "vocals.wav").subtype == "PCM_16"
    run(song, "-d", "1", "--depth", "24", "--overwrite")
    assert soundfile.info(out / song.stem / "vocals.wav").subtype == "PCM_24"


def test_one_song_that_cannot_be_read_is_one_line_and_does_not_stop_the_others(
    run: Run, song: Path, out: Path, tmp_path: Path
) -> None:
    first, last = tmp_path / "first.wav", tmp_path / "last.wav"
    for path in (first, last):
        songs.write(path, songs.music(1))
    (tmp_path / "text.mp3").write_text("These are the words.\n" * 100)
    status, said, complained = run(first, tmp_path / "text.mp3", tmp_path / "gone.mp3", last)
    assert status == 1
    assert len(said) == 4
    assert [line for line in complained if "Runs on" not in line] == [
        "“text.mp3” is not a song that can be read, or it is damaged; try another file.",
        "“gone.mp3” is not there; check the name.",
    ]
    assert files_in(out) == {f"{name}/{stem}.wav" for name in ("first", "last") for stem in ("vocals", "accompaniment")}


def test_a_song_that_is_cut_off_writes_nothing_and_says_how_to_get_what_is_there(
    run: Run, out: Path, tmp_path: Path
) -> None:
    path = songs.write(tmp_path / "song.flac", songs.music(4))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    status, said, complained = run(path)
    assert (status, said) == (1, [])
    assert not out.exists()
    advice = complained[-1].rpartition("add ")[2].split()
    assert advice[0] == "--duration"
    assert run(path, *advice)[0] == 0
    assert soundfile.info(out / "song" / "vocals.wav").duration == pytest.approx(float(advice[1]), abs=1e-4)


def test_two_songs_of_one_name_are_refused_before_any_work(run: Run, song: Path, out: Path, tmp_path: Path) -> None:
    status, said, complained = run(song, tmp_path / "a" / "same.mp3", tmp_path / "b" / "SAME.flac")
    assert (status, said) == (1, [])
    assert len(complained) == 1
    assert str(tmp_path / "a" / "same.mp3") in complained[0]
    assert str(tmp_path / "b" / "SAME.flac") in complained[0]
    assert not out.exists()


def test_existing_stems_are_replaced_only_when_that_is_asked_for(run: Run, song: Path, out: Path) -> None:
    earlier = out / song.stem / "accompaniment.wav"
    earlier.parent.mkdir(parents=True)
    earlier.write_bytes(b"the earlier one")
    status, said, complained = run(song, "-d", "1")
    assert (status, said) == (1, [])
    assert complained == ["“accompaniment.wav” exists already; choose another folder or allow overwriting."]
    assert files_in(out) == {f"{song.stem}/accompaniment.wav"}
    assert earlier.read_bytes() == b"the earlier one"
    assert run(song, "-d", "1", "--overwrite")[0] == 0
    assert soundfile.info(earlier).frames == RATE


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "9stems"], "There is no model “9stems”; choose one of these: "),
        (["--model", "4stems", "--offline"], "The model “spleeter:4stems” is not on this computer; "),
    ],
)
def test_a_model_that_is_not_there_is_said_once_for_all_songs(
    run: Run, song: Path, out: Path, arguments: list[str], said: str
) -> None:
    status, _, complained = run(song, song.with_name("other.wav"), *arguments)
    assert status == 1
    assert len(complained) == 1
    assert complained[0].startswith(said)
    assert not out.exists()


def test_a_part_beyond_the_end_is_said_and_leaves_nothing(run: Run, song: Path, out: Path) -> None:
    status, _, complained = run(song, "--offset", "100")
    assert status == 1
    assert complained[-1].startswith(f"“{song.name}” holds no sound in the part that was asked for")
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["split", "song.mp3"],
        ["separate"],
        ["separate", "song.mp3", "--offset", "-1"],
        ["separate", "song.mp3", "--duration", "nan"],
        ["separate", "song.mp3", "--duration", "inf"],
        ["separate", "song.mp3", "--offset", "soon"],
        ["separate", "song.mp3", "--depth", "8"],
        ["separate", "song.mp3", "--device", "tpu"],
        ["separate", "song.mp3", "--engine", "steam"],
        ["separate", "song.mp3", "--precision", "f16"],
        ["separate", "song.mp3", "--threads", "0"],
        ["separate", "song.mp3", "--loud"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_2_with_the_usage(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("usage: antara")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_a_terminal_shows_a_bar_and_keeps_only_our_lines(run: Run, song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import termios

    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (24, 100))
    with open(slave, "w") as terminal:  # noqa: PTH123
        monkeypatch.setattr(sys, "stderr", terminal)
        status, _, _ = run(song, "-d", "1")
        monkeypatch.undo()
    shown = ""
    with contextlib.suppress(OSError):  # there is no more to read
        while True:
            shown += os.read(master, 4096).decode()
    os.close(master)
    assert status == 0
    assert f"{song.name}   0 % |" in shown
    assert shown.endswith("\r")  # the bar is wiped


def test_ctrl_c_stops_the_work_leaves_no_file_and_is_status_130(tmp_path: Path, out: Path) -> None:
    long = tmp_path / "long.wav"
    soundfile.write(long, np.random.default_rng(0).uniform(-0.5, 0.5, 8000 * 900), 8000, "PCM_U8")
    command = [sys.executable, "main.py", "separate", "--model", "builtin", str(long), "-o", str(out)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        while program.poll() is None and not any(part.stat().st_size > 2**20 for part in out.rglob(".antara-*.part")):
            time.sleep(0.02)
        program.send_signal(signal.SIGINT)
        said, complained = program.communicate()
    assert program.returncode == 130
    assert said == ""
    lines = complained.splitlines()
    assert lines[-1] == "Cancelled; nothing unfinished was written."
    assert len(lines) == 2
    assert lines[0].startswith("builtin: Runs on ")
    assert not out.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send this signal to one process")
@pytest.mark.parametrize("seconds", [SECONDS, 1])  # before another chunk, and after the last one
def test_ctrl_c_takes_effect_before_the_next_chunk_and_even_after_the_last(
    run: Run, song: Path, out: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    written = []
    write = StemWriter.write

    def write_and_interrupt(writer: StemWriter, stems: Mapping[str, np.ndarray]) -> None:
        write(writer, stems)
        written.append(stems)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(StemWriter, "write", write_and_interrupt)
    status, said, complained = run(song, "-d", seconds)
    assert status == 130
    assert said == []
    assert complained[1:] == ["Cancelled; nothing unfinished was written."]
    assert len(written) == 1
    assert not out.exists()


HELP = """
import sys
sys.argv = ["main.py", "--help"]
import main
try:
    main.main()
except SystemExit as end:
    heavy = {"numpy", "scipy", "av", "tensorflow", "spleeter", "PySide6", "sounddevice"} & set(sys.modules)
    print(end.code, *heavy, file=sys.stderr)
"""


def test_help_comes_without_loading_anything_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == "0\n"
    assert "separate" in done.stdout


SEPARATE = """
import os, sys
sys.argv = ["main.py", "separate", *sys.argv[1:]]
import core.cli
status = core.cli.main(sys.argv[1:])
unused = {"tensorflow", "tf_keras", "pandas", "onnx", "onnxruntime", "scipy", "sounddevice", "PySide6"}
print(status, *sorted(unused & set(sys.modules)), file=sys.stderr)
os._exit(0)
"""


def test_separating_loads_nothing_that_it_does_not_use(song: Path, out: Path) -> None:
    options = ["-d", "1", "--engine", "openvino", "--precision", "f32", "--overwrite", "-o", out]
    command = [sys.executable, "-c", SEPARATE, song, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "0"
