"""The programs that are compared, and the commands that start them.

``cold`` is one song in a new process. ``warm`` is a process that separates the song several times and prints the seconds
for each as JSON; the first includes loading.
"""

from dataclasses import dataclass
from pathlib import Path
from sys import executable
from typing import Protocol

from bench.material import Song
from bench.measure import ROOT, Command

BENCH = ROOT / "bench"
ENGINES = {"openvino": "OpenVINO", "onnx": "ONNX Runtime", "tensorflow": "TensorFlow"}


class Program(Protocol):
    """One of them, with a model of its own."""

    @property
    def name(self) -> str: ...

    def cold(self, song: Song, output: Path) -> Command: ...

    def warm(self, song: Song, output: Path, times: int) -> Command: ...


@dataclass(frozen=True)
class Antara:
    """Antara's command line on the CPU, with one of its engines."""

    model: str
    engine: str
    precision: str = "f32"

    @property
    def name(self) -> str:
        return f"Antara, {ENGINES[self.engine]} {self.precision}"

    @property
    def engine_arguments(self) -> list[str]:
        """What bench's own scripts take: MODEL ENGINE PRECISION."""
        return [self.model, self.engine, self.precision]

    def cold(self, song: Song, output: Path) -> Command:
        options = ["--engine", self.engine, "--precision", self.precision, "--device", "cpu"]
        return [executable, ROOT / "main.py", "separate", song.path, "--model", self.model, *options, "-o", output]

    def warm(self, song: Song, output: Path, times: int) -> Command:
        return self.warm_songs([song] * times, output)

    def warm_songs(self, songs: list[Song], output: Path) -> Command:
        return [executable, "-m", "bench.warm", *self.engine_arguments, output, *(song.path for song in songs)]


@dataclass(frozen=True)
class Spleeter:
    """``spleeter separate``; warm, its Separator's ``separate_to_file``. Untold, it stops after ten minutes of a song."""

    command: Path
    model: str
    whole: bool = True  # tell it
    name: str = "Spleeter"

    def cold(self, song: Song, output: Path) -> Command:
        limit = ["-d", str(song.seconds + 1)] if self.whole else []
        return [self.command, "separate", "-p", f"spleeter:{self.model}", "-o", output, *limit, song.path]

    def warm(self, song: Song, output: Path, times: int) -> Command:
        return [*self.script, "warm", self.model, song.path, output, str(times)]

    @property
    def script(self) -> list[str | Path]:
        """The start of a command that runs ``spleeter_side.py`` in Spleeter's environment."""
        return [self.command.with_name("python"), BENCH / "spleeter_side.py"]


@dataclass(frozen=True)
class Sherpa:
    """sherpa-onnx, on the files that ``sherpa_model.py`` makes."""

    python: Path
    models: Path
    name: str = "sherpa-onnx"

    def cold(self, song: Song, output: Path) -> Command:
        return self.warm(song, output, 1)

    def warm(self, song: Song, output: Path, times: int) -> Command:
        return [self.python, BENCH / "sherpa_side.py", "warm", self.models, song.path, output, str(times)]


@dataclass(frozen=True)
class AntaraDemucs:
    """Antara with the file that ``demucs_side.py`` makes: where Demucs is installed in its own environment, too."""

    models: Path
    name: str = "Antara, htdemucs"

    def cold(self, song: Song, output: Path) -> Command:
        options = ["--model", self.models / "htdemucs.th", "--device", "cpu", "-o", output]
        return [executable, ROOT / "main.py", "separate", song.path, *options]

    def warm(self, song: Song, output: Path, times: int) -> Command:
        return self.cold(song, output)


@dataclass(frozen=True)
class Demucs:
    """The ``demucs`` command with its default network, another one than Spleeter's."""

    python: Path
    models: Path
    name: str = "Demucs (htdemucs)"

    def cold(self, song: Song, output: Path) -> Command:
        options = ["-n", "htdemucs", "--repo", self.models, "-d", "cpu", "-o", output]
        return [self.python.with_name("demucs"), *options, song.path]

    def warm(self, song: Song, output: Path, times: int) -> Command:
        return [self.python, BENCH / "demucs_side.py", "warm", self.models, song.path, output, str(times)]
