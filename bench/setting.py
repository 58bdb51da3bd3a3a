"""What the sections of the bench share: the material, and how both programs are started."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import measure
from bench.material import Material
from bench.measure import ROOT, Run
from bench.report import Report

MODEL = "2stems"
CONFIGURATIONS = ("2stems", "4stems", "5stems")


@dataclass(frozen=True)
class Setting:
    """What the sections share."""

    report: Report
    material: Material
    spleeter: Path | None
    runs: int
    quick: bool

    @property
    def environment(self) -> dict[str, str]:
        """The bench's own checkpoints and folders, not the user's."""
        folder = str(self.material.folder / "user")
        return {"MODEL_PATH": str(self.material.models), "XDG_DATA_HOME": folder, "XDG_CACHE_HOME": folder}

    @property
    def minutes(self) -> int:
        return 15 if self.quick else 60

    @property
    def configurations(self) -> tuple[str, ...]:
        return CONFIGURATIONS[:1] if self.quick else CONFIGURATIONS

    @property
    def peer_script(self) -> list[str | Path]:
        """The start of a command that runs ``spleeter_side.py`` in Spleeter's environment."""
        assert self.spleeter is not None
        return [self.spleeter.with_name("python"), ROOT / "bench" / "spleeter_side.py"]

    def ours(self, song: Path, *extra: str) -> Run:
        """One run of Antara's command line in a process of its own."""
        command: list[str | Path] = [sys.executable, ROOT / "main.py", "separate", song, "--model", MODEL]
        with self.output() as folder:
            return measure.run([*command, "-o", folder, *extra], self.environment, self.material.folder)

    def theirs(self, song: Path, *extra: str) -> Run:
        """One run of Spleeter's."""
        assert self.spleeter is not None
        with self.output() as folder:
            command = [self.spleeter, "separate", "-p", f"spleeter:{MODEL}", "-o", folder, *extra, song]
            return measure.run(command, self.environment, self.material.folder)

    @contextmanager
    def output(self) -> Iterator[Path]:
        """A folder for what is written, removed at the end."""
        folder = self.material.folder / "output"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder)
