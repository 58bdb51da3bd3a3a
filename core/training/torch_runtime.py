"""PyTorch, where it is installed: an optional extra that only training needs."""

import importlib.util

from core.errors import NoDeviceError, TorchMissingError


def require() -> None:
    """Raises TorchMissingError where PyTorch is not installed; loads nothing."""
    if importlib.util.find_spec("torch") is None:
        raise TorchMissingError(requirements="requirements-train.txt")


def device(name: str, threads: int | None = None) -> str:
    """The device called so; of ``auto`` the fastest that there is. Sets how many threads the CPU has, where given.

    Raises NoDeviceError for one that PyTorch does not see.
    """
    import torch

    if threads:
        torch.set_num_threads(threads)
    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:  # AssertionError: PyTorch was built without it
        raise NoDeviceError(engine="PyTorch", device=name) from error
    return name
