"""How stems become files: what the settings keep, the export dialog asks for, and the queue does unasked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from core.audio import naming
from core.audio.formats import HIGHEST_RATE, LOWEST_RATE, Codec, Depth, Format
from core.audio.levels import Loud
from core.audio.naming import Template
from core.audio.tags import Tags
from core.errors import ImpossibleFormatError

Existing = Literal["refuse", "number", "replace"]  # files of the same name: an error, "name (2)", or gone

_NO_TAGS = Tags()


class Output(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is decided about the files but their folder. Raises OutputErrors for what is impossible."""

    codec: Codec = "wav"
    depth: Depth | None = None  # as in Format: None is the codec's default, or nothing where there is no choice
    bitrate: int | None = None  # bit/s
    vbr: int | None = None
    rate: int | None = None  # Hz; None: that of the song
    template: str = naming.DEFAULT
    existing: Existing = "refuse"
    loud: Loud = "gain"  # what happens to stems that exceed full scale
    tags: bool = True  # carried over from the song

    def __post_init__(self) -> None:
        _ = self.format
        Template(self.template)
        if self.rate is not None and not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            known = f"{LOWEST_RATE}–{HIGHEST_RATE} Hz"
            raise ImpossibleFormatError(codec=self.codec, setting=f"{self.rate} Hz", known=known)

    @property
    def format(self) -> Format:
        return Format(self.codec, self.depth, self.bitrate, self.vbr)

    def targets(
        self, song: Path, stems: Sequence[str], folder: Path, tags: Tags = _NO_TAGS, model: str = ""
    ) -> dict[str, Path]:
        """The file of each stem, below ``folder``. Raises StemlessTemplateError."""
        extension = self.format.extension.removeprefix(".")
        targets = Template(self.template).paths(song, stems, folder, extension, tags, model)
        return naming.resolve(targets) if self.existing == "number" else targets
