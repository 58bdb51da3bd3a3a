"""Failures, told to the user: what was foreseen as a sentence, what was not as a report that can be copied."""

import logging
import sys
import threading
from functools import partial
from types import TracebackType

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from core.errors import AntaraError, UnexpectedError
from core.messages import printable
from core.report import report
from gui.messages import sentence
from gui.widgets import MessageBar

_log = logging.getLogger(__name__)


def unexpected(error: BaseException) -> UnexpectedError:
    """The error for a mistake in the program; it knows where it came from."""
    wrapped = UnexpectedError(detail=f"{type(error).__name__}: {error}")
    wrapped.__cause__ = error
    return wrapped


def show(message: MessageBar, error: AntaraError) -> None:
    """Says what went wrong, and notes it in the log; what should never have can be copied with its traceback."""
    if isinstance(error, UnexpectedError):
        copy = partial(QGuiApplication.clipboard().setText, report(error))
        message.show_message(partial(sentence, error), error=True, action="Copy details", then=copy)
    else:
        _log.warning("told: %s", printable(str(error)))  # what is unexpected is in the log with its traceback
        message.show_message(partial(sentence, error), error=True)


def tell_unless_foreseen(what: str, error: AntaraError) -> None:
    """Of a failure that no one waits for: a foreseen one is a line in the log, a mistake is told as if nobody caught it."""
    cause = error.__cause__
    if isinstance(error, UnexpectedError) and cause:
        sys.excepthook(type(cause), cause, cause.__traceback__)
    else:
        _log.warning("%s: %s", what, error)


class LastResort(QObject):
    """Shows what no one caught, in the window's own thread and in others: Python would only write it to a terminal."""

    caught = Signal(object)

    def __init__(self, message: MessageBar, parent: QObject) -> None:
        super().__init__(parent)
        self._message = message
        self.caught.connect(self._show)  # in the window's thread, whichever it was raised in

    def install(self) -> None:
        """From now on, for the whole program."""
        sys.excepthook = self._on_exception
        threading.excepthook = lambda arguments: self._on_exception(
            arguments.exc_type, arguments.exc_value, arguments.exc_traceback
        )

    def _show(self, error: BaseException) -> None:
        show(self._message, unexpected(error))

    def _on_exception(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None and isinstance(error, Exception):
            _log.error("nobody caught this", exc_info=(kind, error, trace))
            self.caught.emit(error)
        else:
            sys.__excepthook__(kind, error or kind(), trace)
