"""What the user has chosen, kept in a file from one start to the next."""

import logging
from typing import Literal

import msgspec

from core import paths
from core.engines import DeviceKind, EngineName, EngineOptions, Precision
from core.errors import MirrorError, output_error
from core.files import write_whole
from core.output import Output

_log = logging.getLogger(__name__)

Language = Literal["system", "en", "hi"]
Theme = Literal["system", "light", "dark"]


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """All settings; each has a default."""

    mirror: str | None = None  # the address of a folder with the archives of the models, in place of their own addresses
    output_device: tuple[str, str] | None = None  # its name and its host API; None: the system's default
    model: str | None = None  # None: the best one here for two stems
    engine: EngineName | Literal["auto"] = "auto"
    device: DeviceKind | Literal["auto"] = "auto"
    precision: Precision | Literal["auto"] = "auto"
    threads: int | None = None
    export_folder: str | None = None  # None: the user's folder for music
    queue_folder: str | None = None  # None: "Antara" in the user's folder for music
    output: Output = Output()
    language: Language = "system"
    theme: Theme = "system"

    def __post_init__(self) -> None:
        if self.mirror is not None and not is_web_address(self.mirror):
            raise ValueError("mirror is not a web address")

    @property
    def engine_options(self) -> EngineOptions:
        return EngineOptions(self.engine, self.device, self.precision, self.threads)


def is_web_address(text: str) -> bool:
    """Whether something can be downloaded from there."""
    scheme, separator, rest = text.partition("://")
    return scheme.lower() in ("https", "http") and bool(separator) and bool(rest.strip("/")) and text.isprintable()


def load() -> Settings:
    """The settings as they were saved; the defaults where there are none that can be read."""
    file = paths.settings_file()
    try:
        return msgspec.json.decode(file.read_bytes(), type=Settings)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        _log.warning("%s cannot be used: %s", file, error)
        return Settings()


def save(settings: Settings) -> None:
    """Raises OutputErrors."""
    file = paths.settings_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, msgspec.json.format(msgspec.json.encode(settings)).decode())
    except OSError as error:
        raise output_error(file, error) from error


def set_mirror(address: str | None) -> None:
    """Has models downloaded from ``address``, or from their own if None. Raises MirrorError and OutputErrors."""
    if address is not None and not is_web_address(address):
        raise MirrorError(address=address)
    save(msgspec.structs.replace(load(), mirror=address))


def set_output_device(device: tuple[str, str] | None) -> None:
    """Has ``device`` played on from now on, or the system's default if None. Raises OutputErrors."""
    save(msgspec.structs.replace(load(), output_device=device))
