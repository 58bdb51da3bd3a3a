"""What the sections of the bench share: the report, the material, the programs."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.material import CONFIGURATIONS, Material
from bench.programs import ENGINES, Antara, Spleeter
from bench.report import Report


@dataclass(frozen=True)
class Peers:
    """Programs to compare with, each in an environment of its own; None where it is not there."""

    spleeter: Path | None  # its command
    sherpa: Path | None  # the Python of the environment
    demucs: Path | None


@dataclass(frozen=True)
class Setting:
    """What the sections share."""

    report: Report
    material: Material
    peers: Peers
    runs: int
    engine: str  # the CPU's fastest here
    bf16: bool  # whether the CPU has it

    @property
    def quick(self) -> bool:
        return self.material.quick

    @property
    def environment(self) -> dict[str, str]:
        """The bench's own checkpoints and folders, not the user's."""
        return environment(self.material)

    @property
    def configurations(self) -> tuple[str, ...]:
        return configurations(self.quick)

    def antara(self, model: str) -> list[Antara]:
        """Antara with the fastest engine: in f32, and in bf16 where the CPU has it."""
        full = Antara(model, self.engine)
        return [full, Antara(model, "openvino", "bf16")] if self.bf16 else [full]

    def other_engines(self, model: str) -> list[Antara]:
        return [Antara(model, engine) for engine in ENGINES if engine != self.engine]

    def spleeter(self, model: str) -> list[Spleeter]:
        return [Spleeter(self.peers.spleeter, model)] if self.peers.spleeter else []

    @contextmanager
    def output(self) -> Iterator[Path]:
        """A folder for what is written, removed at the end."""
        folder = self.material.folder / "output"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def configurations(quick: bool) -> tuple[str, ...]:
    """Those that are measured."""
    return CONFIGURATIONS[:1] if quick else CONFIGURATIONS


def environment(material: Material) -> dict[str, str]:
    """See Setting.environment."""
    folder = str(material.folder / "user")
    return {"MODEL_PATH": str(material.models), "XDG_DATA_HOME": folder, "XDG_CACHE_HOME": folder}


def stems_of(configuration: str) -> str:
    """For a reader: ``2 stems``."""
    return f"{configuration[0]} stems"
