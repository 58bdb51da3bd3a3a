"""The user's own folders, and the folders in which models are looked for."""

import os
from importlib.resources import files
from pathlib import Path

import platformdirs

APP = "antara"


def models_folder() -> Path:
    """Where Antara keeps the models that the user adds."""
    return platformdirs.user_data_path(APP, appauthor=False) / "models"


def sessions_folder() -> Path:
    """Where the stems of open songs lie while the window is open: the cache, not /tmp, which is often small."""
    return platformdirs.user_cache_path(APP, appauthor=False) / "sessions"


def graphs_folder() -> Path:
    """Where the networks of models lie in the form that runtimes read, if not beside the models' weights."""
    return platformdirs.user_cache_path(APP, appauthor=False) / "graphs"


def sockets_folder() -> Path:
    """Where a first start listens to later ones, if the system has no folder for that."""
    return platformdirs.user_cache_path(APP, appauthor=False) / "run"


def measurements_file() -> Path:
    """What was measured of the engines on this computer."""
    return platformdirs.user_cache_path(APP, appauthor=False) / "measurements.json"


def settings_file() -> Path:
    """What the user has chosen."""
    return platformdirs.user_config_path(APP, appauthor=False) / "settings.json"


def queue_file() -> Path:
    """The queue, as it goes on at the next start."""
    return platformdirs.user_data_path(APP, appauthor=False) / "queue.jsonl"


def history_file() -> Path:
    """The songs that were separated."""
    return platformdirs.user_data_path(APP, appauthor=False) / "history.json"


def logs_folder() -> Path:
    """Where what went wrong is written down."""
    return platformdirs.user_log_path(APP, appauthor=False)


def licences_file() -> Path:
    """The licences of an installed program and of all that it is made of; of the source tree its own."""
    program = Path(str(files("resources"))).parent
    bundled = program / "licences" / "LICENCES.txt"
    return bundled if bundled.exists() else program / "LICENSE"


def music_folder() -> Path:
    """The user's own for music."""
    return platformdirs.user_music_path()


def torch_hub_folder() -> Path:
    """Where PyTorch keeps what programs have it download (``torch.hub.get_dir``)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("TORCH_HOME") or cache / "torch").expanduser() / "hub" / "checkpoints"


def model_search_path() -> list[Path]:
    """Folders that may hold model folders: Antara's own, then Spleeter's (``MODEL_PATH``, ``./pretrained_models``)."""
    spleeter = os.environ.get("MODEL_PATH") or "pretrained_models"
    return [models_folder(), Path(spleeter).absolute()]
