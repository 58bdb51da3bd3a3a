"""Hindi can be read, also on a system without letters for it."""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtGui import QRawFont
from PySide6.QtWidgets import QApplication

from gui import fonts
from tests.gui.test_translations import HINDI, read

FONT = Path(str(files("resources").joinpath("fonts", "NotoSansDevanagari-Regular.ttf")))

# Run where fontconfig knows a font for Latin letters at most.
SCRIPT = """
from PySide6.QtGui import QFont, QFontDatabase, QTextLayout
from PySide6.QtWidgets import QApplication
from gui import fonts

application = QApplication([])
assert not QFontDatabase.families(QFontDatabase.WritingSystem.Devanagari)
fonts.install()
layout = QTextLayout("\u0917\u0940\u0924", QFont("sans", 20))
layout.beginLayout()
layout.createLine()
layout.endLayout()
runs = layout.glyphRuns()
assert [run.rawFont().familyName() for run in runs] == ["Noto Sans Devanagari"]
assert all(runs[0].glyphIndexes()), runs[0].glyphIndexes()
"""


def test_the_bundled_font_has_all_letters_of_the_translation(qapp: QApplication) -> None:
    font = QRawFont(str(FONT), 20)
    assert font.isValid()
    assert 0 not in font.glyphIndexesForString("गीत")
    letters = {letter for message in read(HINDI) for form in message.forms for letter in form}
    devanagari = [letter for letter in letters if "\u0900" <= letter <= "\u097f"]
    assert len(devanagari) > 50
    assert [letter for letter in devanagari if 0 in font.glyphIndexesForString(letter)] == []


def test_the_font_is_small_and_its_licence_is_beside_it() -> None:
    assert FONT.stat().st_size < 500_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in FONT.with_name("OFL.txt").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems come with letters for Hindi")
@pytest.mark.parametrize("folder", ["/usr/share/fonts/truetype/dejavu", "/none"])
def test_hindi_is_drawn_without_a_font_of_the_system(folder: str, tmp_path: Path) -> None:
    configuration = tmp_path / "fonts.conf"
    configuration.write_text(f"<fontconfig><dir>{folder}</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>")
    environment = {**os.environ, "FONTCONFIG_FILE": str(configuration), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_system_that_has_letters_keeps_its_own(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[bytes] = []
    monkeypatch.setattr(fonts.QFontDatabase, "families", lambda system: ["Nirmala UI"])
    monkeypatch.setattr(fonts.QFontDatabase, "addApplicationFontFromData", added.append)
    fonts.install()
    assert added == []
    monkeypatch.setattr(fonts.QFontDatabase, "families", lambda system: [])
    fonts.install()
    assert added == [FONT.read_bytes()]
