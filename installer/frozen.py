"""What installers are made from."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Frozen:
    """The program with Python and all libraries."""

    tree: Path  # its folder; on macOS Antara.app
    icons: Path  # what installer.icon_files wrote
    version: str
    variant: str = ""  # what comes after the name of what is made from it

    @property
    def package(self) -> str:
        """What Linux calls it: "antara" or "antara-full"."""
        return f"antara{self.variant}"


FULL = "-full"  # the variant that carries TensorFlow
