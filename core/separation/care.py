"""What can be asked of Demucs' models beside a song."""

import msgspec

from core.models.catalogue import Model

MOST_SHIFTS = 100
MOST_OVERLAP = 0.95


class Care(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much work goes into a song, and what comes of it; the defaults are the package's.

    Raises ValueError for what is impossible.
    """

    shifts: int = 1  # how often each network goes over the song, each time shifted otherwise; 0: once and unshifted
    overlap: float = 0.25  # of neighbouring segments
    two_stems: str | None = None  # only this one, and all the others together

    def __post_init__(self) -> None:
        if not 0 <= self.shifts <= MOST_SHIFTS or not 0 <= self.overlap <= MOST_OVERLAP:
            raise ValueError(f"impossible: {self}")

    @property
    def work(self) -> float:
        """How many times as much the networks have to do as by default."""
        usual = Care()
        return max(self.shifts, 1) * (1 - usual.overlap) / (1 - self.overlap)

    def stems_of(self, model: Model) -> tuple[str, ...]:
        """What comes of the model's, in the order of output."""
        return (self.two_stems, other_of(self.two_stems)) if self.two_stems else model.stems

    def fitting(self, model: Model) -> "Care":
        """As far as it means something to the model."""
        if model.bag is None:
            return Care()
        known = self.two_stems is None or self.two_stems in model.stems
        return self if known else msgspec.structs.replace(self, two_stems=None)


def other_of(stem: str) -> str:
    """What the song without a stem is called."""
    return "accompaniment" if stem == "vocals" else f"no_{stem}"
