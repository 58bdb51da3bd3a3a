"""A language for tests, in which everything that is translated can be seen to be."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication

from gui.i18n import say_again


class Marked(QTranslator):
    """Puts each text in brackets: ⟦Cancel⟧."""

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"⟦{text}⟧" if context == "Antara" else ""

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        return False


@contextmanager
def marked(application: QApplication) -> Iterator[None]:
    """The window speaks that language meanwhile."""
    translator = Marked()
    application.installTranslator(translator)
    say_again(application)
    application.processEvents()
    yield
    application.removeTranslator(translator)
    say_again(application)
    application.processEvents()
