"""The program's icon in the forms that the systems want, drawn from resources/icons/antara.svg.

    python -m installer.icon_files FOLDER

writes hicolor/<size>/apps/antara.png and hicolor/scalable/apps/antara.svg (freedesktop.org), antara.ico (Windows) and
antara.icns (macOS).
"""

import os
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINUX_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
_ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
_ICNS_KINDS = {b"icp4": 16, b"icp5": 32, b"ic07": 128, b"ic08": 256, b"ic09": 512, b"ic10": 1024}  # by size in pixels

_GROUND, _INK = "#5546d6", "#ffffff"  # the accent of the light theme, and what stands on it


def main(folder: Path) -> None:
    """Writes all of them."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication([])
    pictures = {size: _png(size) for size in {*LINUX_SIZES, *_ICO_SIZES, *_ICNS_KINDS.values()}}
    for size in LINUX_SIZES:
        _write(folder / "hicolor" / f"{size}x{size}" / "apps" / "antara.png", pictures[size])
    _write(folder / "hicolor" / "scalable" / "apps" / "antara.svg", drawing().encode())
    _write(folder / "antara.ico", ico({size: pictures[size] for size in _ICO_SIZES}))
    _write(folder / "antara.icns", icns({kind: pictures[size] for kind, size in _ICNS_KINDS.items()}))
    del application


def drawing() -> str:
    """The program's drawing on a ground that is seen on light and dark desktops, as SVG."""
    lines = (ROOT / "resources" / "icons" / "antara.svg").read_text("utf-8")
    ground = f'<rect width="24" height="24" rx="5.5" fill="{_GROUND}" stroke="none"/>'
    head, end, rest = lines.partition(">")
    path = rest.partition("</svg>")[0].replace('stroke-width="2.4"', 'stroke-width="2"')
    scaled = f'<g transform="translate(3.6 3.6) scale(.7)">{path}</g>'
    return head.replace('"#000"', f'"{_INK}"') + end + ground + scaled + "</svg>\n"


def ico(pictures: dict[int, bytes]) -> bytes:
    """Windows' container of PNG pictures, {size in pixels: PNG}."""
    offset, directory = 6 + 16 * len(pictures), b""
    for size, png in pictures.items():
        directory += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(png), offset)
        offset += len(png)
    return struct.pack("<HHH", 0, 1, len(pictures)) + directory + b"".join(pictures.values())


def icns(pictures: dict[bytes, bytes]) -> bytes:
    """Apple's container, {kind: PNG}."""
    parts = b"".join(kind + struct.pack(">I", len(png) + 8) + png for kind, png in pictures.items())
    return b"icns" + struct.pack(">I", len(parts) + 8) + parts


def _png(size: int) -> bytes:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(drawing().encode())).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
