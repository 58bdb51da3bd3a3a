"""Demucs' models: bags of networks, each in a file of its own, as the repositories of the ``demucs`` package hold them.

A repository is a folder with files ``SIGNATURE-HASH.th`` (or ``SIGNATURE.th``) and a ``NAME.yaml`` for each bag. A file by
itself is a bag of one. What they hold is read by ``core.engines.demucs_files``, where the package is installed.
"""

from importlib.util import find_spec
from pathlib import Path

import msgspec

from core.file_names import is_plain_name

FUNCTION = "demucs"  # stands where Spleeter's configurations name the network
BAG_ENDING, FILE_ENDING = ".yaml", ".th"
SAMPLE_RATE = 44100  # of all of them
_LONGEST_SEGMENT_S = 600.0


def can_run() -> bool:
    """Whether what they need is installed; it is not loaded."""
    return find_spec("torch") is not None and find_spec("demucs") is not None


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file to be downloaded. The size is in bytes."""

    file: str
    urls: tuple[str, ...]
    sha256: str
    size: int


class BagEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model of Demucs in the catalogue. ``stems`` are in the order of output, not in that of the networks."""

    name: str
    folder: str
    stems: tuple[str, ...]
    parts: tuple[Part, ...]
    weights: tuple[tuple[float, ...], ...] | None = None
    segment: float | None = None
    licence: str = ""
    citation: str = ""

    def __post_init__(self) -> None:
        if not self.stems or not all(len(part.sha256) == 64 and part.urls for part in self.parts):
            raise ValueError(f"{self.name} is not described")

    @property
    def bag(self) -> "Bag":
        return Bag(tuple(part.file for part in self.parts), self.weights, self.segment)


class Bag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Networks whose estimates are averaged."""

    files: tuple[str, ...]  # one a network
    weights: tuple[tuple[float, ...], ...] | None = None  # of each network: how much it counts for each of its sources
    segment: float | None = None  # seconds that they see at once, where that is not as they were trained

    def __post_init__(self) -> None:
        if not self.files or not all(is_plain_name(name) for name in self.files):
            raise ValueError("a bag must name its files")
        if self.weights is not None and (len(self.weights) != len(self.files) or len(set(map(len, self.weights))) != 1):
            raise ValueError("a bag's weights must fit its networks")
        if self.weights is not None and not all(sum(column) > 0 for column in zip(*self.weights, strict=True)):
            raise ValueError("each stem must come from some network of the bag")
        if self.segment is not None and not 0 < self.segment <= _LONGEST_SEGMENT_S:
            raise ValueError("segment must be some seconds")

    def problem(self, folder: Path, sizes: tuple[int, ...] = ()) -> str:
        """What is wrong with the files in a folder at a glance; empty if they look whole."""
        for index, name in enumerate(self.files):
            try:
                size = (folder / name).stat().st_size
            except OSError:
                return f"{name} is missing"
            if sizes and size != sizes[index]:
                return f"{name} has the wrong size"
        return ""

    def text(self) -> str:
        """Its file in a repository: JSON, which is YAML as well."""
        signatures = [name.removesuffix(FILE_ENDING).partition("-")[0] for name in self.files]
        described = {"models": signatures, "weights": self.weights, "segment": self.segment}
        return msgspec.json.encode({key: value for key, value in described.items() if value is not None}).decode()
