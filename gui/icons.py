"""The SVG icons of resources/icons, in the colour that is wanted, sharp at every scale."""

from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_SIZES = (16, 24, 32, 48, 64, 96, 128, 256)
_INK = "#000"  # what the drawings are made in


def icon(name: str, colour: str) -> QIcon:
    """The icon with ``colour`` for its lines."""
    result = QIcon()
    for size in _SIZES:
        result.addPixmap(pixmap(name, colour, size))
    return result


def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """The icon, ``size`` device pixels wide and high."""
    drawing = files("resources").joinpath("icons", f"{name}.svg").read_text("utf-8").replace(f'"{_INK}"', f'"{colour}"')
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture
