"""The mechanism of the languages."""

import os
import subprocess
import sys
from functools import partial
from typing import get_args

import pytest
from PySide6.QtCore import QEvent, QLocale, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QLabel, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from core.settings import Language
from gui import i18n
from gui.i18n import mark, on_language_change, plural, said, say, translate


def test_every_language_of_the_settings_can_be_spoken(qapp: QApplication) -> None:
    assert {"system", *i18n.LANGUAGES} == set(get_args(Language))
    said_in = {}
    for language in i18n.LANGUAGES:
        i18n.install(qapp, language)
        said_in[language] = translate("Cancel")
    assert said_in == {"en": "Cancel", "hi": "रद्द करें"}


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (["hi-IN", "en-IN"], "hi"),
        (["hi"], "hi"),
        (["hi_IN"], "hi"),
        (["en-US", "hi-IN"], "en"),
        (["de-DE", "hi-IN"], "hi"),
        (["hil-PH"], "en"),
        (["C"], "en"),
        ([], "en"),
    ],
)
def test_the_system_s_first_language_that_there_is_is_spoken(wanted: list[str], language: str) -> None:
    assert i18n.spoken_of(wanted) == language


def test_the_system_is_asked_if_no_language_was_chosen(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "spoken_of", lambda wanted: "hi" if wanted == QLocale.system().uiLanguages() else "en")
    i18n.install(qapp, "system")
    assert translate("Cancel") == "रद्द करें"


def test_a_language_leaves_nothing_of_the_one_before(qapp: QApplication) -> None:
    i18n.install(qapp, "hi")
    i18n.install(qapp, "en")
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    count = len(qapp.findChildren(QTranslator))
    for language in ("hi", "en"):
        i18n.install(qapp, language)
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert len(qapp.findChildren(QTranslator)) == count
    assert translate("Cancel") == "Cancel"


def test_numbers_have_latin_digits_in_every_language(qapp: QApplication) -> None:
    for language in i18n.LANGUAGES:
        i18n.install(qapp, language)
        assert QLocale().toString(1234567890).replace(",", "") == "1234567890"
        assert QLocale().toString(0.5) == "0.5"


def test_there_are_plural_forms_in_every_language(qapp: QApplication) -> None:
    i18n.install(qapp, "en")
    assert [plural("%n stem(s)", count) for count in (1, 2)] == ["1 stem", "2 stems"]
    i18n.install(qapp, "hi")
    assert [plural("%n stem(s)", count) for count in (1, 2)] == ["1 स्टेम", "2 स्टेम"]


def test_whatever_is_said_is_said_again_in_another_language(qapp: QApplication, qtbot: QtBot) -> None:
    window, text, line, box = QWidget(), QLabel(), QLineEdit(), QComboBox()
    qtbot.addWidget(window)
    for widget in (text, line, box):
        widget.setParent(window)
    menu = QMenu(window)
    action = menu.addAction("")
    loose = QAction(window)
    box.addItems(["", ""])
    say(window.setWindowTitle, "Models")
    say(text.setText, lambda: translate("{time} left").format(time="0:05"))
    say(text.setToolTip, "Volume")
    say(line.setPlaceholderText, "Folder")
    say(line.setAccessibleName, "Folder")
    say(action.setText, "Play")
    say(loose.setText, "Stop")
    say(partial(box.setItemText, 0), "Drums")
    say(partial(box.setItemText, 1), "Bass")

    def shown() -> list[str]:
        return [
            *(window.windowTitle(), text.text(), text.toolTip(), line.placeholderText(), line.accessibleName()),
            *(action.text(), loose.text(), box.itemText(0), box.itemText(1)),
        ]

    english = ["Models", "0:05 left", "Volume", "Folder", "Folder", "Play", "Stop", "Drums", "Bass"]
    assert shown() == english
    i18n.install(qapp, "hi")
    assert shown() == ["मॉडल", "0:05 शेष", "वॉल्यूम", "फ़ोल्डर", "फ़ोल्डर", "चलाएँ", "रोकें", "ड्रम", "बेस"]
    i18n.install(qapp, "en")
    assert shown() == english


def test_the_last_text_that_was_said_counts(qapp: QApplication, qtbot: QtBot) -> None:
    text = QLabel()
    qtbot.addWidget(text)
    say(text.setText, "Play")
    say(text.setText, "Pause")
    i18n.install(qapp, "hi")
    assert text.text() == "विराम"


def test_a_method_can_follow_the_language(qapp: QApplication, qtbot: QtBot) -> None:
    class Counter(QLabel):
        def count(self) -> None:
            self.setText(self.text() + "x")

    counter = Counter()
    qtbot.addWidget(counter)
    on_language_change(counter.count)
    assert counter.text() == ""
    i18n.install(qapp, "hi")
    assert counter.text() == "x"


def test_a_marked_text_is_itself_until_it_is_said(qapp: QApplication) -> None:
    i18n.install(qapp, "hi")
    assert mark("Play") == "Play"
    assert said(mark("Play")) == said(lambda: translate("Play")) == "चलाएँ"


def test_qt_s_own_buttons_speak_the_language(qapp: QApplication, qtbot: QtBot) -> None:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(buttons)
    i18n.install(qapp, "hi")
    cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
    qtbot.waitUntil(lambda: cancel.text() == "रद्द करें")
    i18n.install(qapp, "en")
    qtbot.waitUntil(lambda: "Cancel" in cancel.text())


STARTED = """
import os
from PySide6.QtWidgets import QApplication
from core import settings
from gui import app, theme

def look(application):
    window = next(widget for widget in application.topLevelWidgets() if widget.objectName() == "" and widget.isVisible())
    print(window.empty_page.button.text(), theme.current() is theme.DARK, flush=True)
    os._exit(0)

QApplication.exec = look
settings.change(language="hi", theme="dark")
app.run([])
"""


def test_the_program_starts_in_the_language_and_the_theme_of_the_settings() -> None:
    command = [sys.executable, "-c", STARTED]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout == "गीत खोलें… True\n", done.stderr
