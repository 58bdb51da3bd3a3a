"""Texts in the language of the interface, also when it changes while the window is open."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

_CONTEXT = "Antara"

Text = str | Callable[[], str]


def translate(text: str) -> str:
    """``text`` in the language of the interface."""
    return QCoreApplication.translate(_CONTEXT, text)


def plural(text: str, count: int) -> str:
    """``text`` for that many, "%n" in it being the number: "%n song(s)" is "1 song" or "2 songs"."""
    return QCoreApplication.translate(_CONTEXT, text, None, count)


def say(setter: Callable[[str], object], text: Text) -> None:
    """Calls ``setter``, a method of a widget or action, with the text now and whenever the language changes.

    ``text`` is a literal to be translated, or a function that makes the whole sentence; the last one given counts.
    """
    spoken = setter.__self__.__dict__.setdefault("_texts", {})  # type: ignore[attr-defined]
    spoken[setter.__name__] = text
    setter(_said(text))


def say_again(application: QApplication) -> None:
    """Says everything in the language that is now installed."""
    for widget in application.allWidgets():
        for owner in (widget, *widget.actions()):
            for name, text in vars(owner).get("_texts", {}).items():
                getattr(owner, name)(_said(text))


def _said(text: Text) -> str:
    return translate(text) if isinstance(text, str) else text()
