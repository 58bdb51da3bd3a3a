"""What the user has chosen, kept in a file from one start to the next."""

import base64
import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import msgspec

from core import paths
from core.decoding import from_builtins
from core.engines import Backend, DeviceKind, EngineName, EngineOptions, Precision
from core.errors import AntaraError, MirrorError, output_errors
from core.files import read_object, rewrite_object
from core.output import Output
from core.separation.care import Care
from core.separation.mode import Mode

_log = logging.getLogger(__name__)

Language = Literal["system", "en", "hi"]
Theme = Literal["system", "light", "dark"]

Raw = dict[str, Any]  # an object in JSON
Kind = TypeVar("Kind", bound=msgspec.Struct)

MOST_THREADS = 1024
LOWEST_DB, HIGHEST_DB = -60.0, 12.0
_LONGEST_GEOMETRY = 4096  # characters

# The step at place n turns a file of version n into one of the next: keys that are renamed, values that mean something else.
# A file without a version has version 0. New keys need no step: each setting has a default.
STEPS: tuple[Callable[[Raw], Raw], ...] = ()
_VERSION = "version"


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """All settings; each has a default. Raises ValueError for what is impossible."""

    mirror: str | None = None  # the address of a folder with the archives of the models, in place of their own addresses
    output_device: tuple[str, str] | None = None  # its name and its host API; None: the system's default
    output_latency_s: float | None = None  # of a device that has run dry; None: the shortest
    model: str | None = None  # None: the best one here for two stems
    engine: EngineName | Literal["auto"] = "auto"
    device: DeviceKind | Backend | Literal["auto"] = "auto"
    precision: Precision | Literal["auto"] = "auto"
    mode: Mode = "full"
    care: Care = Care()  # of Demucs' models
    threads: int | None = None  # None: as many as there are processors
    export_folder: str | None = None  # None: the user's folder for music
    queue_folder: str | None = None  # None: "Antara" in the user's folder for music
    output: Output = Output()
    language: Language = "system"
    theme: Theme = "system"
    master_db: float = 0.0  # of playback
    window: str | None = None  # where it was: base64 of Qt's description, which Qt fits to the screens that are there now

    def __post_init__(self) -> None:
        if self.mirror is not None and not is_web_address(self.mirror):
            raise ValueError("mirror is not a web address")
        if self.threads is not None and not 1 <= self.threads <= MOST_THREADS:
            raise ValueError("threads is out of range")
        if not LOWEST_DB <= self.master_db <= HIGHEST_DB:
            raise ValueError("master_db is out of range")
        if self.output_latency_s is not None and not 0 < self.output_latency_s <= 1:
            raise ValueError("output_latency_s is out of range")
        for folder in (self.export_folder, self.queue_folder):
            if folder is not None and (not folder.strip() or "\0" in folder):
                raise ValueError("a folder has no name")
        if self.window is not None:
            if len(self.window) > _LONGEST_GEOMETRY:
                raise ValueError("window is too long")
            base64.b64decode(self.window, validate=True)

    @property
    def engine_options(self) -> EngineOptions:
        return EngineOptions(self.engine, self.device, self.precision, self.threads)


def is_web_address(text: str) -> bool:
    """Whether something can be downloaded from there."""
    scheme, separator, rest = text.partition("://")
    return scheme.lower() in ("https", "http") and bool(separator) and bool(rest.strip("/")) and text.isprintable()


def load() -> Settings:
    """The settings as they were saved; the default of each that was not, or that cannot be used."""
    file = paths.settings_file()
    try:
        return _usable(Settings, _migrated(read_object(file)))
    except OSError as error:
        _log.warning("%s cannot be read: %s", file, error)
        return Settings()


def save(settings: Settings) -> None:
    """Raises OutputErrors."""
    change(**{name: getattr(settings, name) for name in Settings.__struct_fields__})


def change(**fields: object) -> Settings:
    """Saves these settings and leaves the others as they are in the file; gives all of them.

    What other programs and threads change at the same time is kept, and so is what only a newer version knows. Raises
    OutputErrors, and ValueError for what is impossible.
    """
    changed = Settings()

    def changing(raw: Raw) -> Raw:
        nonlocal changed
        migrated = _migrated(raw)
        changed = msgspec.structs.replace(_usable(Settings, migrated), **fields)
        return _merged(migrated, changed) | {_VERSION: max(_version(raw), len(STEPS))}

    file = paths.settings_file()
    with output_errors(file):
        rewrite_object(file, changing)
    return changed


def set_mirror(address: str | None) -> None:
    """Has models downloaded from ``address``, or from their own if None. Raises MirrorError and OutputErrors."""
    if address is not None and not is_web_address(address):
        raise MirrorError(address=address)
    change(mirror=address)


def set_output_device(device: tuple[str, str] | None) -> None:
    """Has ``device`` played on from now on, or the system's default if None. Raises OutputErrors."""
    change(output_device=device, output_latency_s=None)


def _usable(kind: type[Kind], raw: Mapping[str, Any]) -> Kind:
    """``kind`` with what can be used of ``raw``: one wrong value takes no other with it, unless that depends on it."""
    found = kind()
    for field in msgspec.structs.fields(kind):
        value = raw.get(field.name)
        if value is None:
            continue
        try:
            if isinstance(field.default, msgspec.Struct):
                value = _usable(type(field.default), from_builtins(value, Raw))
            else:
                value = from_builtins(value, field.type)
            found = msgspec.structs.replace(found, **{field.name: value})
        except (ValueError, OverflowError, AntaraError) as error:
            _log.warning("the setting %s cannot be used: %s", field.name, error)
    return found


def _merged(raw: Raw, settings: msgspec.Struct) -> Raw:
    """The settings as they are saved, with what ``raw`` has beside them."""
    plain: Raw = {}
    for field in msgspec.structs.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, msgspec.Struct):
            before = raw.get(field.name)
            value = _merged(before if isinstance(before, dict) else {}, value)
            if value:
                plain[field.name] = value
        elif value != field.default:
            plain[field.name] = value
    others = {name: value for name, value in raw.items() if name not in settings.__struct_fields__}
    return plain | others


def _version(raw: Raw) -> int:
    version = raw.get(_VERSION)
    return version if type(version) is int and version >= 0 else 0


def _migrated(raw: Raw) -> Raw:
    """As this version of the program would have saved it. A file of a newer version is taken as it is."""
    for step in STEPS[_version(raw) :]:
        try:
            raw = step(dict(raw))
        except (TypeError, ValueError, LookupError, AttributeError):
            _log.warning("old settings cannot be brought up to date", exc_info=True)
    return raw
