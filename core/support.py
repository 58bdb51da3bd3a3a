"""The support bundle: what whoever helps wants to know, in one file that the user makes, looks through and sends, or not.

It holds nothing of songs but what the log says of those that something went wrong with, and neither the user's home folder
nor the names of the user and of the computer.
"""

import datetime
import importlib.metadata
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core import logs, paths, settings
from core.audio.part_file import Transaction
from core.cancel import CancelToken
from core.engines import hardware
from core.engines.choice import MODULES
from core.engines.survey import NAMES, survey
from core.errors import AntaraError, CancelledError, output_errors
from core.messages import printable
from core.models import catalogue, store
from core.models.catalogue import Model
from core.personal import without_names
from core.report import versions

_PACKAGES = (
    *("PySide6_Essentials", "openvino", "onnxruntime", "onnxruntime-directml", "onnx", "tensorflow", "tf_keras", "spleeter"),
    *("torch", "demucs", "av", "soundfile", "mutagen", "sounddevice", "ducc0", "numpy", "httpx"),
)
_MB = 1_000_000
_LONGEST = 2 * logs.MOST_BYTES  # of each file of the log its end: a file that grew so long is not ours

_RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?P<level>[A-Z]+) (?P<logger>\S+): ", re.MULTILINE)
_NONE = "none is in the log\n"


@dataclass(frozen=True)
class Part:
    """One file of the bundle."""

    name: str
    text: str

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.text.encode("utf-8"))


def file_name() -> str:
    """What to call a bundle of today."""
    return f"antara-support-{datetime.date.today().isoformat()}.zip"


def collect(cancel: CancelToken, last_error: str = "") -> list[Part]:
    """All parts, as they would be saved. Reads every byte of the models that are here, and asks the engines for devices.

    ``last_error`` is what the user has just seen; without it the last one in the log is taken. What cannot be found out is
    said in its place. Raises CancelledError.
    """
    kept = list(_log_files())
    making: tuple[tuple[str, Callable[[], str]], ...] = (
        ("about.txt", _about),
        ("engines.txt", lambda: _engines(cancel)),
        ("settings.txt", _settings),
        ("models.txt", lambda: _models(cancel)),
        ("last-error.txt", lambda: last_error or last_in(_read(paths.logs_folder() / logs.LOG))),
        *((f"log/{file.name}", lambda file=file: _read(file)) for file in kept),
    )
    parts = []
    for name, make in making:
        cancel.raise_if_cancelled()
        parts.append(Part(name, _plain(_made(make))))
    return parts


def save(parts: list[Part], target: Path, overwrite: bool = False) -> None:
    """Writes the bundle, whole or not at all. Raises OutputErrors: OutputExistsError unless ``overwrite``."""
    with Transaction([target], overwrite) as [file], output_errors(target):
        with zipfile.ZipFile(file.file, "w", zipfile.ZIP_DEFLATED) as bundle:
            for part in parts:
                bundle.writestr(part.name, part.text.encode("utf-8"))
        file.sync()


def last_in(log: str) -> str:
    """The last error in a log, with its traceback: a mistake in the program, or what the window said."""
    records = list(_RECORD.finditer(log))
    for number in range(len(records) - 1, -1, -1):
        record = records[number]
        if record["level"] in ("ERROR", "CRITICAL") or record["logger"] == "gui.failures":
            return log[record.start() : records[number + 1].start() if number + 1 < len(records) else None]
    return _NONE


def _made(make: Callable[[], str]) -> str:
    try:
        return make()
    except CancelledError:
        raise
    except AntaraError as error:
        return f"{error}\n"
    except Exception as error:  # noqa: BLE001 - what is broken is what the bundle is for
        return f"cannot be found out: {type(error).__name__}: {error}\n"


def _plain(text: str) -> str:
    """Without personal names, and of characters that every program shows; lines stay lines."""
    return "".join(f"{printable(line)}\n" for line in without_names(text).replace("\t", "    ").splitlines())


def _about() -> str:
    lines = [versions(), f"processors: {hardware.processors()}"]
    folder = next(place for place in (paths.sessions_folder(), *paths.sessions_folder().parents) if place.is_dir())
    lines += [f"free space for open songs: {shutil.disk_usage(folder).free // _MB} MB"]
    for package in _PACKAGES:
        try:
            lines.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            lines.append(f"{package}: not found")
    return "\n".join(lines)


def _engines(cancel: CancelToken) -> str:
    found = survey(cancel)
    lines = []
    for name in NAMES:
        state = "can be used" if name not in found.missing else found.missing[name] or "is not installed"
        lines.append(f"{MODULES[name].NAME}: {state}")
    lines += [f"{place.kind}: {place.name}" for place in found.places] or ["no GPU and no NPU"]
    return "\n".join([*lines, f"bfloat16: {'yes' if found.has_bf16 else 'no'}"])


def _settings() -> str:
    """What differs from the defaults; of what the user has typed or what names places and things only that it is set."""
    return "\n".join(_chosen(settings.load(), "")) or "all as they were at first"


def _chosen(chosen: msgspec.Struct, prefix: str) -> Iterator[str]:
    for field in msgspec.structs.fields(chosen):
        value = getattr(chosen, field.name)
        if isinstance(value, msgspec.Struct):
            yield from _chosen(value, f"{prefix}{field.name}.")
        elif value != field.default:
            free = isinstance(value, tuple) or (isinstance(value, str) and (field.name == "model" or _is_free(field.type)))
            yield f"{prefix}{field.name}: {'set' if free else value}"


def _is_free(kind: object) -> bool:
    """Whether a setting takes any text: it is not one of some words."""
    return any(isinstance(part, msgspec.inspect.StrType) for part in _alternatives(msgspec.inspect.type_info(kind)))


def _alternatives(kind: msgspec.inspect.Type) -> tuple[msgspec.inspect.Type, ...]:
    return kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,)


def _models(cancel: CancelToken) -> str:
    return "\n".join(_model(model, cancel) for model in catalogue.models().values())


def _model(model: Model, cancel: CancelToken) -> str:
    found = store.status(model)
    facts = [f"{model.name}: {found.state}"]
    if found.state == "available":
        return facts[0] + (f", {found.partial} bytes are here" if found.partial else "")
    try:
        store.verify(model, cancel)
        facts.append("whole")
    except CancelledError:
        raise
    except AntaraError as error:
        facts.append(str(error))
    return ", ".join([*facts, f"{found.size} bytes", str(found.folder)])


def _log_files() -> Iterator[Path]:
    """Those that Antara keeps, the newest one first."""
    folder = paths.logs_folder()
    names = (logs.LOG, *(f"{logs.LOG}.{number}" for number in range(1, logs.KEPT + 1)), logs.CRASHES, logs.OLD_CRASHES)
    return (folder / name for name in names if (folder / name).is_file())


def _read(file: Path) -> str:
    """The end of a file; empty where there is none. Raises OSError."""
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - _LONGEST))
            return stream.read(_LONGEST).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
