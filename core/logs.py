"""What went wrong, kept in files of the user's own: the program's log, and what Python says when it crashes itself."""

import faulthandler
import logging
from contextlib import ExitStack, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from core import __version__, paths
from core.personal import without_home

LOG, CRASHES, OLD_CRASHES = "antara.log", "crash.log", "crash.1.log"
MOST_BYTES = 500_000  # of each file
KEPT = 3  # older files

_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_log = logging.getLogger(__name__)


class _Formatter(logging.Formatter):
    """Writes ``~`` for the user's home folder, in tracebacks, too."""

    def format(self, record: logging.LogRecord) -> str:
        return without_home(super().format(record))


def keep() -> ExitStack:
    """From now on warnings, errors and crashes of this process are kept; ``close`` of the answer ends it.

    Where that cannot be, the program goes on.
    """
    folder, opened = paths.logs_folder(), ExitStack()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _keep_log(folder / LOG, opened)
        _keep_crashes(folder / CRASHES, opened)
    except OSError as error:
        _log.warning("nothing can be kept in %s: %s", folder, error)
    return opened


def _keep_log(file: Path, opened: ExitStack) -> None:
    handler = RotatingFileHandler(file, maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8")
    opened.callback(handler.close)
    handler.setFormatter(_Formatter(_FORM))
    logging.getLogger().addHandler(handler)
    opened.callback(logging.getLogger().removeHandler, handler)


def _keep_crashes(file: Path, opened: ExitStack) -> None:
    """Crashes in libraries, which no exception tells of: the places where all threads were."""
    with suppress(FileNotFoundError):
        if file.stat().st_size > MOST_BYTES:
            file.replace(file.with_name(OLD_CRASHES))
    stream = opened.enter_context(file.open("a", encoding="utf-8"))
    stream.write(f"Antara {__version__} starts\n")
    stream.flush()
    faulthandler.enable(stream)
    opened.callback(faulthandler.disable)
