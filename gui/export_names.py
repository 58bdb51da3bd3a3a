"""How an export names its files, and the files that it would write."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDir, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from core.messages import printable
from core.output import Existing
from gui.choice_box import Choice, ChoiceBox
from gui.fields import TemplateField
from gui.i18n import Text, say, translate
from gui.widgets import label, set_property

_SHOWN = 3  # files


class NameField(TemplateField):
    """Without examples of its own: there are names of real files."""

    def refresh(self) -> None:
        self.remark.hide()


class Preview(QWidget):
    """The first files that would be written, or why none can be; and what is to become of those that exist."""

    changed = Signal()  # what is to become of them

    def __init__(self, existing: Existing, lines: int) -> None:
        """``existing``: what to do with files of the same names, as long as the user says nothing else.

        ``lines`` are kept free for names.
        """
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._standing, self._lines = existing, min(lines, _SHOWN)
        self._shown: frozenset[Path] = frozenset()
        self._agreed: frozenset[Path] = frozenset()  # what the user has said may be replaced
        self._said: Callable[[], None] = lambda: None
        self.text = label(faint=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # long names are elided
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.warning = label()
        self.warning.setWordWrap(True)
        self.existing = ChoiceBox(lambda: translate("What to do with the files that exist"), _existing_choices())
        self.existing.choose(existing)
        self.bar = QFrame()
        self.bar.setObjectName("message")
        self.bar.hide()
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(12, 6, 6, 6)
        row.setSpacing(10)
        row.addWidget(self.warning, 1)
        row.addWidget(self.existing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.text)
        column.addWidget(self.bar)
        self.existing.changed.connect(self._on_choice)

    @property
    def to_remember(self) -> Existing:
        """What holds for other songs, too: replacing is agreed to for the files that were shown."""
        chosen: Existing = self.existing.value
        return self._standing if chosen == "replace" else chosen

    def show_names(self, paths: Sequence[Path], folder: Path) -> None:
        """The names of the files, as seen from ``folder``."""
        names = [printable(QDir.toNativeSeparators(os.path.relpath(path, folder))) for path in paths]
        self._say(lambda: self._first(names), problem=False)

    def show_problem(self, sentence: Text) -> None:
        """Why nothing can be written."""
        self._say(sentence, problem=True)
        self.bar.hide()

    def show_existing(self, existing: frozenset[Path]) -> None:
        """Asks what is to become of these files; that others may be replaced is not taken for an answer."""
        self._shown = existing
        if self.existing.value == "replace" != self._standing and not existing <= self._agreed:
            with QSignalBlocker(self.existing):
                self.existing.choose(self._standing)
        say(self.warning.setText, lambda: _warning(existing))
        self.bar.setVisible(bool(existing))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.text.setMinimumHeight(self._lines * self.text.fontMetrics().lineSpacing())
        self._said()

    def _on_choice(self) -> None:
        self._agreed = self._shown if self.existing.value == "replace" else frozenset()
        self.changed.emit()

    def _say(self, text: Text, *, problem: bool) -> None:
        self.text.setWordWrap(problem)
        set_property(self.text, "tone", "bad" if problem else "")
        self._said = partial(say, self.text.setText, text)
        self._said()

    def _first(self, names: Sequence[str]) -> str:
        shown = names if len(names) <= _SHOWN else names[: _SHOWN - 1]
        metrics = self.text.fontMetrics()
        lines = [metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, self.width()) for name in shown]
        if len(shown) < len(names):
            lines.append(translate("and {count} more").format(count=len(names) - len(shown)))
        return "\n".join(lines)


def _existing_choices() -> list[Choice]:
    return [
        Choice("refuse", lambda: translate("Do not write")),
        Choice("number", lambda: translate("Keep both")),
        Choice("replace", lambda: translate("Replace")),
    ]


def _warning(existing: frozenset[Path]) -> str:
    if len(existing) == 1:
        (path,) = existing
        return translate("“{name}” exists already.").format(name=printable(path.name))
    return translate("{count} of these files exist already.").format(count=len(existing))
