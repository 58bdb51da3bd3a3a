"""Texts in the language of the interface, also when it changes while the window is open.

English is in the code, the other languages are in resources/i18n; resources/i18n/update.py says how texts get there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib.resources import files

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from core.settings import Language

# Each as it calls itself.
LANGUAGES: Mapping[Language, str] = {"en": "English", "hi": "हिन्दी"}

_CONTEXT = "Antara"

Source = str  # a literal in English, to be translated
Text = Source | Callable[[], str]  # or a function that makes the whole sentence, translated


def install(application: QApplication, language: Language) -> None:
    """From now on the interface is in ``language``, or in the first one of the system's that there is."""
    chosen = spoken_of(QLocale.system().uiLanguages()) if language == "system" else language
    for former in application.findChildren(QTranslator, options=Qt.FindChildOption.FindDirectChildrenOnly):
        application.removeTranslator(former)
        former.deleteLater()
    locale = QLocale(chosen)  # both have Latin digits
    QLocale.setDefault(locale)
    application.setLayoutDirection(locale.textDirection())
    ours = str(files("resources").joinpath("i18n"))
    qts = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, folder in ((f"qtbase_{chosen}", qts), (f"qtbase_{chosen}", ours), (f"antara_{chosen}", ours)):
        translator = QTranslator(application)
        if translator.load(name, folder):
            application.installTranslator(translator)
        else:
            translator.deleteLater()
    say_again(application)


def spoken_of(wanted: Iterable[str]) -> Language:
    """The first of these languages ("hi-IN", "en", …) that the interface can speak; English if it speaks none."""
    for tag in wanted:
        for language in LANGUAGES:
            if tag.replace("_", "-").partition("-")[0] == language:
                return language
    return "en"


def translate(text: Source) -> str:
    """``text`` in the language of the interface."""
    return QCoreApplication.translate(_CONTEXT, text)


def plural(text: Source, count: int) -> str:
    """``text`` for that many, "%n" in it being the number: "%n song(s)" is "1 song" or "2 songs"."""
    return QCoreApplication.translate(_CONTEXT, text, None, count)


def mark(text: Source) -> Source:
    """``text`` itself, for where the literal does not stand where it is translated."""
    return text


def said(text: Text) -> str:
    """``text`` in the language of the interface, whichever kind it is."""
    return translate(text) if isinstance(text, str) else text()


def say(setter: Callable[..., object], text: Text) -> None:
    """Calls ``setter`` with the text now and whenever the language changes; for the same setter the last text counts.

    ``setter`` is a method of a widget, of an action of one, or of another child of one. It may be a partial one, too:
    ``say(partial(box.setItemText, 0), "None")``.
    """
    method, arguments = (setter.func, setter.args) if isinstance(setter, partial) else (setter, ())
    _spoken(method)[method.__name__, arguments] = text
    setter(said(text))


def on_language_change(method: Callable[[], object]) -> None:
    """Calls ``method``, of the same objects, whenever the language changes: for what is more than one text."""
    _spoken(method)[method.__name__, ()] = None


def say_again(application: QApplication) -> None:
    """Says everything in the language that is now installed."""
    for widget in application.allWidgets():
        for owner in _owners(widget):
            for (name, arguments), text in list(vars(owner).get("_texts", {}).items()):
                getattr(owner, name)(*arguments, *([] if text is None else [said(text)]))


def _spoken(method: Callable[..., object]) -> dict[tuple[str, tuple[object, ...]], Text | None]:
    """What the object of ``method`` says: {(method, first arguments): text}."""
    return method.__self__.__dict__.setdefault("_texts", {})  # type: ignore[attr-defined]


def _owners(widget: QObject) -> Iterator[QObject]:
    """The widget, and what belongs to it and is no widget."""
    yield widget
    mine = widget.findChildren(QObject, options=Qt.FindChildOption.FindDirectChildrenOnly)
    yield from {*widget.actions(), *(child for child in mine if not child.isWidgetType())}
