"""Letters for Hindi where the system has none."""

from importlib.resources import files

from PySide6.QtGui import QFontDatabase


def install() -> None:
    """Adds the font of resources/fonts if no font of the system has Devanagari: on Linux that is a package of its own."""
    if not QFontDatabase.families(QFontDatabase.WritingSystem.Devanagari):
        font = files("resources").joinpath("fonts", "NotoSansDevanagari-Regular.ttf")
        QFontDatabase.addApplicationFontFromData(font.read_bytes())
