"""What is in the queue, and how it changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from core.errors import AntaraError
from core.messages import Notice, printable, sentence
from core.separation.care import Care

_LARGEST_ID = 1 << 30
_LARGEST_TIME_S = 1e11  # some thousand years

State = Literal["waiting", "running", "done", "failed", "cancelled"]


class Failure(msgspec.Struct, frozen=True):
    """The code and the parameters of an error, as far as its sentence needs them: of a path only the name."""

    code: str
    parameters: dict[str, str | int | float] = {}

    @classmethod
    def of(cls, error: AntaraError) -> "Failure":
        return cls(error.code, {name: _plain(value) for name, value in error.parameters.items()})

    def notice(self) -> Notice:
        """What a sentence is made of; one that something went wrong where a newer version knows more than this one."""
        code = self.code
        notice = Notice(code, self.parameters)
        try:
            sentence(notice)
        except (KeyError, ValueError):  # the code or a parameter is missing, or is no number
            return Notice("unexpected", {"detail": code})
        return notice


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One song. Never changed: what happens to it makes a new one with the same ``id``."""

    id: int
    song: Path
    model: str | None = None  # None: the one of the settings when its turn comes
    care: Care | None = None  # likewise
    state: State = "waiting"
    interrupted: bool = False  # it waits because the program ended while it was being separated
    failure: Failure | None = None
    length_s: float | None = None
    files: dict[str, Path] = {}  # what was written, by stem
    added: float = 0.0  # seconds since 1970, as ``finished``
    finished: float | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for numbers that nothing in the window could count with; a file may hold any."""
        if not 0 <= self.id < _LARGEST_ID:
            raise ValueError("id is out of range")
        if not all(0 <= number <= _LARGEST_TIME_S for number in (self.length_s or 0, self.added, self.finished or 0)):
            raise ValueError("a time is out of range")


@dataclass(frozen=True)
class Change:
    """What happened at once: items that are new, at the end, or changed; the ids of those that went; the order of all."""

    items: tuple[Item, ...] = ()
    removed: tuple[int, ...] = ()
    order: tuple[int, ...] | None = None


def apply(change: Change, items: dict[int, Item]) -> None:
    """Makes ``items`` by id, in their order, what they are after the change. An order may lack some: they come last."""
    items.update((item.id, item) for item in change.items)
    for removed in change.removed:
        items.pop(removed, None)
    if change.order is not None:
        before = dict(items)
        items.clear()
        items.update((item_id, before.pop(item_id)) for item_id in dict.fromkeys(change.order) if item_id in before)
        items.update(before)


def moved(ids: Iterable[int], chosen: Iterable[int], index: int) -> list[int]:
    """``ids`` with the chosen ones, in the order that they have, put before what is at ``index`` now."""
    before, wanted = list(ids), set(chosen)
    taken = [item_id for item_id in before if item_id in wanted]
    head = [item_id for item_id in before[: max(index, 0)] if item_id not in wanted]
    tail = [item_id for item_id in before[max(index, 0) :] if item_id not in wanted]
    return [*head, *taken, *tail]


def _plain(value: object) -> str | int | float:
    if isinstance(value, int | float):
        return value
    return printable(value.name or str(value) if isinstance(value, Path) else str(value))
