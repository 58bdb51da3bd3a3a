"""The receipt in each song's folder: what was separated, how, and with what result. With it a song is whole."""

from collections.abc import Mapping
from typing import Any

import msgspec

from core.decoding import from_json
from core.recipe import Recipe

FILE = "antara-receipt.json"
_FORMAT = 1


class Source(msgspec.Struct, frozen=True):
    """The song's file. ``tag`` is what changes with it, as far as can be told without reading it: a time, or a server's."""

    address: str
    size: int
    tag: str
    sha256: str

    def looks_like(self, facts: Mapping[str, Any]) -> bool:
        """Whether a file of these facts needs not be read to be the same."""
        return (self.size, self.tag) == (facts["size"], facts["tag"])


class Written(msgspec.Struct, frozen=True):
    """A file of the song's folder. ``peak_db`` is relative to full scale; None is silence."""

    file: str
    bytes: int
    peak_db: float | None


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """``key`` is the song's in the ledger."""

    key: str
    name: str
    source: Source
    model: str
    weights: str  # digits that change with the model's weights
    recipe: Recipe
    antara: str
    engine: str
    rate: int
    length_s: float
    gain_db: float
    files: dict[str, Written]  # by stem
    work_s: float
    worker: str
    finished: float  # seconds since 1970
    format: int = _FORMAT

    def tells(self, model: str, weights: str, recipe: Recipe) -> bool:
        """Whether the same is asked for as was then. How many threads it takes, and where, makes no other stems."""
        return (self.model, self.weights, essence(self.recipe)) == (model, weights, essence(recipe))


def essence(recipe: Recipe) -> Recipe:
    """What of a recipe the stems depend on."""
    return msgspec.structs.replace(recipe, threads=None, device="auto")


def decoded(content: bytes | None) -> Receipt | None:
    """The receipt in a file; None where it is none of ours."""
    if content is None:
        return None
    try:
        receipt = from_json(content, Receipt)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    return receipt if receipt.format == _FORMAT else None


def encoded(receipt: Receipt) -> bytes:
    """For its file."""
    return msgspec.json.format(msgspec.json.encode(receipt), indent=1)
