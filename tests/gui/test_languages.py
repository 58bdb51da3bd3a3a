"""The window in every language: nothing stays in English, nothing is cut off, and the language changes while it is open."""

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.models import catalogue
from core.models.catalogue import Model
from gui import i18n
from gui.help_sheet import HelpSheet
from gui.main_window import MainWindow
from gui.widgets import label
from resources.i18n import extract
from tests.support import model_windows, texts
from tests.support.texts import Pseudo

PATIENCE_MS = 60_000

Rooms = Iterator[tuple[str, QWidget]]


def rooms(window: MainWindow, song: Path, qtbot: QtBot) -> Rooms:
    """Every page and dialog, one after the other, in the states that say something of their own."""
    window.resize(window.minimumSize())
    yield "the invitation", window
    window.work.open_song(song.with_name("gone.flac"))
    _wait_for_job(window, qtbot)
    yield "a failure", window
    window.work.open_song(song)
    _wait_for_job(window, qtbot)
    yield "a song", window
    window.work.separate()
    yield "a separation", window
    _wait_for_job(window, qtbot)
    window.song_page.transport.setEnabled(True)  # also without a sound device
    window.song_page.transport.loop.click()
    window.song_page.transport.show_waiting(True)
    window.song_page.lanes.lanes[0].volume.setValue(window.song_page.lanes.lanes[0].volume.minimum())
    yield "a separated song", window
    yield "the models", model_windows.shown(window)
    assert window.models.dialog
    window.models.dialog.close()
    sheet = HelpSheet(window)
    sheet.show()
    yield "the keys", sheet
    sheet.close()


def _wait_for_job(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.work.running_job is None, timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def sources() -> frozenset[str]:
    return frozenset(extract.texts())


@pytest.fixture
def spoken(qapp: QApplication, sources: frozenset[str]) -> Iterator[Callable[[str], None]]:
    """Has the interface speak a language from now on: "en", "hi" or "pseudo"."""
    translator = Pseudo(sources)

    def speak(language: str) -> None:
        qapp.removeTranslator(translator)
        i18n.install(qapp, "hi" if language == "hi" else "en")
        if language == "pseudo":
            qapp.installTranslator(translator)
            i18n.say_again(qapp)
        qapp.processEvents()  # Qt's own widgets hear of it by an event

    yield speak
    speak("en")


@pytest.fixture
def data(song: Path) -> list[str]:
    """What is shown as it is: of the song, and of the models."""
    facts = [text for model in catalogue.models().values() for text in (model.licence, model.citation)]
    licences = [model.licence.partition(" (")[0] for model in catalogue.models().values()]
    return [song.name, song.stem, str(song), "gone.flac", *facts, *licences]


@pytest.mark.parametrize("language", ["pseudo", "hi"])
@pytest.mark.parametrize("when", ["from the start", "while it is open"])
def test_every_text_is_translated(
    language: str,
    when: str,
    window: MainWindow,
    song: Path,
    data: list[str],
    spoken: Callable[[str], None],
    qtbot: QtBot,
) -> None:
    if when == "from the start":
        spoken(language)
    english = []
    for name, room in rooms(window, song, qtbot):
        if when == "while it is open":
            spoken(language)
        english += [(name, said) for said in texts.texts(room) if texts.untranslated(said.text, data)]
        if when == "while it is open":
            spoken("en")
    assert english == []


@pytest.mark.parametrize("language", ["pseudo", "hi"])
def test_no_text_is_cut_off(
    language: str, window: MainWindow, song: Path, spoken: Callable[[str], None], qtbot: QtBot
) -> None:
    spoken(language)
    cut = [(name, said) for name, room in rooms(window, song, qtbot) for said in texts.cut_off(room)]
    assert cut == []


def test_the_language_changes_to_and_fro_while_everything_is_open(
    window: MainWindow, song: Path, spoken: Callable[[str], None], qtbot: QtBot
) -> None:
    for _, room in rooms(window, song, qtbot):
        english = list(texts.texts(room))
        spoken("hi")
        hindi = list(texts.texts(room))
        spoken("en")
        assert list(texts.texts(room)) == english
        changed = [after for before, after in zip(english, hindi, strict=True) if after != before]
        assert any("DEVANAGARI" in unicodedata.name(letter, "") for said in changed for letter in said.text)


def test_a_users_own_model_keeps_its_name(tiny: Model, window: MainWindow, spoken: Callable[[str], None]) -> None:
    dialog = model_windows.shown(window)
    spoken("hi")
    assert dialog.rows["tiny"].name.text() == "Tiny, 2 स्टेम"


def test_what_these_tests_look_for_is_found(qtbot: QtBot) -> None:
    text = label("Play")
    qtbot.addWidget(text)
    text.setFixedWidth(5)
    text.show()
    assert [said.text for said in texts.texts(text)] == ["Play"]
    assert texts.untranslated("<b>Play</b> [Þļáý] 3.0 dB (Ctrl+M)") == ["Play"]
    assert texts.pseudo("{count} songs: {size:.{digits}f}") == f"[{{count}} šóñĝš: {{size:.{{digits}}f}}{'~' * 13}]"
    outer = QWidget()
    qtbot.addWidget(outer)
    text.setParent(outer)
    outer.show()
    text.show()
    assert [said.text for said in texts.cut_off(outer)] == ["Play"]
