"""The window in every language: nothing stays in English, nothing is cut off, and the language changes while it is open."""

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QDateTime, QLocale, QStandardPaths
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core import paths
from core.audio.naming import PLACEHOLDERS
from core.engines import Place
from core.engines.survey import Survey
from core.models import catalogue
from core.models.catalogue import Model
from gui import i18n, settings_dialog, theme
from gui.format_fields import CODEC_NAMES
from gui.i18n import LANGUAGES
from gui.main_window import MainWindow
from gui.widgets import label
from resources.i18n import extract
from tests.gui.rooms import rooms
from tests.support import model_windows, texts
from tests.support.texts import Pseudo


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication) -> None:
    """What fits depends on the style."""
    theme.apply(qapp)


@pytest.fixture(autouse=True)
def _devices(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Survey({"onnx": "ImportError", "tensorflow": ""}, (Place("gpu", "GeForce", "CUDA"),), True)
    monkeypatch.setattr(settings_dialog, "survey", lambda cancel: found)


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
    names = [*LANGUAGES.values(), *CODEC_NAMES.values(), "GeForce", "ImportError", "no address", "vocals (2)"]
    names += QLocale("en").toString(QDateTime.currentDateTime(), QLocale.FormatType.LongFormat).replace(",", "").split()
    names += ["First Rain/vocals.wav", "vocals.wav", "drums.wav", "mix.wav", ".stem.mp4", "nothing", ", ".join(PLACEHOLDERS)]
    places = [QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation), str(song.parent), "gone"]
    places += [str(paths.logs_folder()), "GPL-3.0-or-later"]
    return [song.name, song.stem, str(song), "gone.flac", *facts, *licences, *names, *places]


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
    cut = []
    for name, room in rooms(window, song, qtbot):
        QApplication.processEvents()  # the layouts'
        cut += [(name, said) for said in texts.cut_off(room)]
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
