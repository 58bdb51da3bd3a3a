"""Small networks of Demucs' kinds with random weights, in a repository as the ``demucs`` package keeps one."""

from fractions import Fraction
from pathlib import Path
from typing import Any

FOUR = ("drums", "bass", "other", "vocals")
SIX = (*FOUR, "guitar", "piano")
_HYBRID_TRANSFORMER = {
    "channels": 8,
    "nfft": 512,
    "depth": 3,
    "t_layers": 1,
    "t_heads": 2,
    "bottom_channels": 16,
    "segment": Fraction(3, 5),
}
_HYBRID = {"channels": 4, "nfft": 1024, "depth": 5, "segment": 2}


def make_repository(folder: Path) -> Path:
    """The bags ``four``, ``tuned`` (four networks, one for each stem) and ``hybrid``, and the network ``six``."""
    from demucs.hdemucs import HDemucs
    from demucs.htdemucs import HTDemucs

    folder.mkdir(parents=True)
    for number, name in enumerate(("ht0", "ht1", "ht2", "ht3")):
        save(folder / f"{name}.th", HTDemucs, {"sources": list(FOUR), **_HYBRID_TRANSFORMER}, number)
    save(folder / "six.th", HTDemucs, {"sources": list(SIX), **_HYBRID_TRANSFORMER}, 4)
    save(folder / "hd.th", HDemucs, {"sources": list(FOUR), **_HYBRID}, 5)
    (folder / "four.yaml").write_text("models: ['ht0']\n")
    ones = ", ".join(str([float(row == column) for column in range(4)]) for row in range(4))
    (folder / "tuned.yaml").write_text(f"models: ['ht0', 'ht1', 'ht2', 'ht3']\nweights: [{ones}]\n")
    (folder / "hybrid.yaml").write_text("models: ['hd']\nsegment: 1\n")
    return folder


def save(path: Path, kind: Any, arguments: dict[str, Any], seed: int) -> None:
    """As the package saves a network: the class, what it is made with, and its weights in half precision."""
    import torch
    from demucs.states import get_state

    torch.manual_seed(seed)
    network = kind(**arguments)
    for parameter in network.parameters():  # so that nothing passes for want of being used
        parameter.data += 0.02 * torch.randn_like(parameter)
    torch.save({"klass": kind, "args": (), "kwargs": arguments, "state": get_state(network, None, half=True)}, path)
