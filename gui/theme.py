"""Colours and shapes, light and dark, following the system."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from core.settings import Theme

STEM_COLOURS = {
    "vocals": "#e0568a",
    "accompaniment": "#3d8bd4",
    "drums": "#cf7a1c",
    "bass": "#2f9e6e",
    "guitar": "#1b97a5",
    "piano": "#8a63d2",
    "other": "#3d8bd4",
}
UNKNOWN_STEM_COLOUR = "#7a7f89"

SCHEMES: Mapping[Theme, Qt.ColorScheme | None] = {
    "system": None,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}

_CHOSEN = "antaraColourScheme"  # a property of the application


@dataclass(frozen=True)
class Colours:
    window: str
    surface: str
    text: str
    faint: str  # secondary text
    line: str
    accent: str
    on_accent: str
    error: str  # background of an error message
    notice: str
    good: str  # text
    bad: str  # text


LIGHT = Colours(
    "#f5f5f7", "#ffffff", "#1b1c20", "#5b5f68", "#d9dbe0", "#5546d6", "#ffffff", "#fde8e8", "#e8eefc", "#1d7a4c", "#b3261e"
)
DARK = Colours(
    "#16171b", "#202227", "#eceef1", "#a6abb5", "#383b43", "#6c5be8", "#ffffff", "#4a2327", "#252d44", "#62c793", "#ff9a90"
)


def current() -> Colours:
    """The colours in use: those of the system's scheme, light where the system does not say."""
    chosen = QCoreApplication.instance().property(_CHOSEN)
    scheme = chosen or QGuiApplication.styleHints().colorScheme()
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def apply(application: QApplication, scheme: Qt.ColorScheme | None = None) -> None:
    """Puts the colours on the whole application: ``scheme``'s, or the system's."""
    application.setProperty(_CHOSEN, scheme)
    colours = current()
    application.setStyle("Fusion")
    application.setPalette(_palette(colours))
    drawings = Path(str(files("resources").joinpath("icons"))).as_posix()
    application.setStyleSheet(_STYLE.format(**vars(colours), drawings=drawings))


def refresh(application: QApplication) -> None:
    """Once more, when the system's scheme has changed; another one that was chosen stays."""
    apply(application, application.property(_CHOSEN))


def slider_style(colour: str) -> str:
    """The style of a slider in a colour of its own."""
    handle = f"QSlider::handle:horizontal:!focus {{ border-color: {colour}; }}"
    return f"QSlider::sub-page:horizontal {{ background: {colour}; }} {handle}"


def veil(colour: QColor) -> QColor:
    """The colour of a part that is marked, to be laid over a drawing."""
    return QColor(colour.red(), colour.green(), colour.blue(), 44)


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: colours.window,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.surface,
        QPalette.ColorRole.AlternateBase: colours.window,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.Button: colours.surface,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.ToolTipBase: colours.surface,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.PlaceholderText: colours.faint,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.faint))
    return palette


_STYLE = """
* {{ font-size: 14px; }}
QLabel#title {{ font-size: 20px; font-weight: 600; }}
QLabel#headline {{ font-size: 24px; font-weight: 600; }}
QLabel#name {{ font-size: 15px; font-weight: 600; }}
QLabel[faint="true"] {{ color: {faint}; }}
QLabel[tone="good"] {{ color: {good}; }}
QLabel[tone="bad"] {{ color: {bad}; }}
QLabel#key {{ background: {surface}; border: 1px solid {line}; border-radius: 5px; padding: 2px 7px; font-size: 12px; }}
QFrame[card="true"] {{ background: {surface}; border: 1px solid {line}; border-radius: 10px; }}
QFrame[card="true"] QLabel {{ background: transparent; border: none; }}
QFrame#dropArea {{ background: {surface}; border: 2px dashed {line}; border-radius: 16px; }}
QFrame#dropArea[inviting="true"] {{ border-color: {accent}; background: {notice}; }}
QFrame#message {{ background: {notice}; border: none; border-radius: 8px; }}
QFrame#message[error="true"] {{ background: {error}; }}
QPushButton {{ background: {surface}; border: 1px solid {line}; border-radius: 8px; padding: 7px 16px; }}
QPushButton:hover {{ border-color: {faint}; }}
QPushButton:pressed {{ background: {line}; }}
QPushButton:disabled {{ color: {faint}; background: transparent; }}
QPushButton:checked {{ background: {accent}; border-color: {accent}; color: {on_accent}; }}
QPushButton:checked:focus {{ border: 2px solid {text}; }}
QLabel#pill {{ background: {notice}; color: {text}; border-radius: 8px; padding: 2px 8px; font-size: 12px; }}
QPushButton[primary="true"] {{
    background: {accent}; color: {on_accent}; border: 1px solid {accent}; font-weight: 600;
}}
QPushButton[primary="true"]:disabled {{ background: {line}; border-color: {line}; color: {faint}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus {{ border: 2px solid {accent}; padding: 6px 15px; }}
QPushButton[primary="true"]:focus {{ border: 2px solid {text}; }}
QPushButton[quiet="true"] {{ background: transparent; border-color: transparent; color: {faint}; padding: 7px 10px; }}
QPushButton[beside="true"] {{ color: {text}; }}
QPushButton[quiet="true"]:checked {{ background: {surface}; border-color: {line}; color: {text}; }}
QPushButton[quiet="true"]:hover {{ background: {line}; color: {text}; }}
QPushButton[quiet="true"]:focus {{ border-color: {accent}; padding: 6px 9px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QPushButton::menu-indicator {{
    image: url("{drawings}/chevron.svg"); width: 12px; height: 12px; subcontrol-origin: padding;
    subcontrol-position: center right; right: 10px;
}}
QPushButton[menu="true"] {{ padding: 7px 28px 7px 8px; }}
QPushButton[menu="true"]:focus {{ padding: 6px 27px 6px 7px; }}
QMenu {{ background: {surface}; border: 1px solid {line}; padding: 4px; }}
QMenu::item {{ padding: 7px 24px 7px 14px; border-radius: 5px; }}
QMenu::item:selected {{ background: {accent}; color: {on_accent}; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 8px; padding: 6px; }}
QToolButton:hover {{ background: {line}; }}
QToolButton:checked {{ background: {line}; }}
QToolButton:focus {{ padding: 5px; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton[small="true"] {{ padding: 3px; border-radius: 6px; }}
QToolButton[small="true"]:checked {{ background: {accent}; }}
QToolButton[small="true"]:focus {{ padding: 2px; }}
QToolButton[small="true"]:checked:focus {{ border: 2px solid {text}; }}
QToolButton#disclosure, QToolButton#disclosure:checked {{ background: transparent; color: {faint}; padding: 4px; }}
QToolButton#disclosure:hover {{ color: {text}; }}
QToolButton#disclosure:focus {{ padding: 3px; }}
QToolButton#play {{ background: {accent}; border-radius: 22px; min-width: 30px; min-height: 30px; }}
QToolButton#play:disabled {{ background: {line}; }}
QToolButton#play:focus {{ border: 2px solid {text}; }}
QComboBox {{
    background: {surface}; border: 1px solid {line}; border-radius: 8px; padding: 7px 12px;
}}
QComboBox::drop-down {{ border: none; width: 28px; }}
QComboBox::down-arrow {{ image: url("{drawings}/chevron.svg"); width: 12px; height: 12px; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox QAbstractItemView {{ background: {surface}; border: 1px solid {line}; padding: 4px; outline: none; }}
QComboBox QAbstractItemView::item {{ padding: 6px 10px; margin: 1px 0px; border-radius: 5px; }}
QComboBox QAbstractItemView::item:selected {{ background: {accent}; color: {on_accent}; }}
QComboBox QAbstractItemView::item:disabled {{ color: {faint}; }}
QListWidget#sections {{ background: transparent; border: none; outline: none; }}
QListWidget#sections::item {{ padding: 9px 12px; border-radius: 8px; margin-bottom: 2px; color: {text}; }}
QListWidget#sections::item:hover {{ background: {line}; }}
QListWidget#sections::item:selected {{ background: {line}; font-weight: 600; }}
QListWidget#sections::item:selected:focus {{ background: {accent}; color: {on_accent}; }}
QTableView {{
    background: {surface}; border: 1px solid {line}; border-radius: 10px; padding: 3px; outline: none;
}}
QTableView:focus {{ border: 2px solid {accent}; padding: 2px; }}
QTableView::item {{ padding: 0px 8px; border: none; }}
QTableView::item:selected {{ background: {line}; color: {text}; }}
QHeaderView {{ background: transparent; border: none; }}
QHeaderView::section {{
    background: {surface}; color: {faint}; border: none; border-bottom: 1px solid {line}; padding: 9px 11px;
}}
QHeaderView::up-arrow {{ image: none; }}
QHeaderView::down-arrow {{ image: none; }}
QLineEdit {{ background: {surface}; border: 1px solid {line}; border-radius: 8px; padding: 7px 10px; }}
QLineEdit:focus {{ border: 2px solid {accent}; padding: 6px 9px; }}
QPlainTextEdit {{ background: {surface}; border: 1px solid {line}; border-radius: 8px; padding: 7px; }}
QPlainTextEdit:focus {{ border: 2px solid {accent}; padding: 6px; }}
QScrollBar:vertical {{ background: transparent; width: 14px; margin: 0px; }}
QScrollBar::handle:vertical {{ background: {line}; border-radius: 4px; margin-left: 6px; min-height: 40px; }}
QScrollBar::handle:vertical:hover {{ background: {faint}; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0px; }}
QScrollBar::handle:horizontal {{ background: {line}; border-radius: 4px; margin-top: 4px; min-width: 40px; }}
QScrollBar::handle:horizontal:hover {{ background: {faint}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0px; width: 0px; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QCheckBox, QRadioButton {{ spacing: 8px; border: 2px solid transparent; border-radius: 6px; padding: 1px 5px 1px 1px; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {accent}; }}
QCheckBox::indicator {{ width: 16px; height: 16px; border: 1px solid {faint}; border-radius: 4px; background: {surface}; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; image: url("{drawings}/check.svg"); }}
QRadioButton::indicator {{
    width: 16px; height: 16px; border: 1px solid {faint}; border-radius: 9px; background: {surface};
}}
QRadioButton::indicator:checked {{ width: 8px; height: 8px; border: 5px solid {accent}; }}
QTableView[inviting="true"] {{ border: 2px dashed {accent}; padding: 2px; }}
QSlider {{ min-height: 22px; }}
QProgressBar {{ background: {line}; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 4px; }}
QSlider::groove:horizontal {{ height: 6px; border-radius: 3px; background: {line}; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: 3px; }}
QSlider::sub-page:horizontal:disabled {{ background: {line}; }}
QSlider::handle:horizontal {{
    background: {surface}; border: 2px solid {accent}; width: 14px; height: 14px; margin: -6px 0; border-radius: 9px;
}}
QSlider::handle:horizontal:focus {{ border-color: {text}; }}
QSlider::handle:horizontal:disabled {{ border-color: {line}; }}
"""
