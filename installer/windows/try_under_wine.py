"""Compiles the Windows installer with a stand-in for the program, and installs and uninstalls that under Wine, silently.

    python -m installer.windows.try_under_wine

Needs makensis and a 64-bit Wine (apt: nsis, wine64). The installer proper is a 32-bit program, which such a Wine does not
run: here the same script is compiled for 64 bits.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core.songs import EXTENSIONS
from installer.frozen import Frozen
from installer.windows import setup

_OPEN_WITH = r"Software\Classes\Applications\Antara.exe"
_LAST = r"Software\Antara"  # to be removed
_UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\Antara"
_PATIENCE_S = 120


def main() -> int:
    """Raises AssertionError for whatever does not hold."""
    with tempfile.TemporaryDirectory(prefix="antara-wine-") as name:
        wine = Wine(Path(name))
        try:
            attempt(wine, Path(name))
        finally:
            wine.end()
    print("installed, registered and removed without leftovers")
    return 0


class Wine:
    """A Windows of our own in a folder."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("wine64") or "/usr/lib/wine/wine64"
        self._programs = Path(found)
        self._environment = {**os.environ, "WINEPREFIX": str(folder / "prefix"), "WINEDEBUG": "-all", "DISPLAY": ""}
        self.run("wineboot", "-i")
        self.user = next(path for path in (folder / "prefix/drive_c/users").iterdir() if path.name != "Public")

    def run(self, *command: str | Path) -> str:
        """What a program says; raises where it fails."""
        call = [self._programs, *command]
        done = subprocess.run(call, env=self._environment, capture_output=True, text=True, timeout=_PATIENCE_S, check=True)
        return done.stdout

    def registry(self) -> dict[str, str]:
        """{key of the user's: its values as text}."""
        file = self.user / "registry.reg"
        self.run("reg", "export", r"HKCU\Software", rf"C:\users\{self.user.name}\registry.reg", "/y")
        parts = file.read_text("utf-16").split("\n[")
        file.unlink()
        return {part.partition("]")[0].removeprefix("HKEY_CURRENT_USER\\"): part for part in parts[1:]}

    def end(self) -> None:
        """Ends what runs in it."""
        server = shutil.which("wineserver64") or shutil.which("wineserver") or "/usr/lib/wine/wineserver64"
        subprocess.run([server, "-k"], env=self._environment)


def attempt(wine: Wine, folder: Path) -> None:
    """Installs over an older version, looks, uninstalls, looks."""
    tree, icons = folder / "tree", folder / "icons"
    stand_in(tree)
    subprocess.run([sys.executable, "-m", "installer.icon_files", icons], check=True)
    installer = setup.build(Frozen(tree, icons, "1.2.3"), folder, folder / "work", ["-XTarget amd64-unicode"])
    home = wine.user / "AppData/Local/Programs/Antara"
    (home / "_internal").mkdir(parents=True)
    (home / "_internal" / "of an older version.dll").touch()
    wine.run(installer, "/S")
    assert names(home) == {*names(tree), "uninstall.exe"}, names(home)
    menu = wine.user / "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Antara.lnk"
    assert menu.exists()
    keys = wine.registry()
    assert all(f'"{extension}"' in keys[rf"{_OPEN_WITH}\SupportedTypes"] for extension in EXTENSIONS)
    assert all("Antara.Song" in keys[offers(extension)] for extension in EXTENSIONS)
    assert "Antara.exe" in keys[rf"{_OPEN_WITH}\shell\open\command"]
    assert "1.2.3" in keys[_UNINSTALL]
    wine.run("reg", "add", r"HKCU\Software\Classes\.mp3\OpenWithProgids", "/v", "Another.Player", "/f")
    (home / "the user's own.txt").touch()
    wine.run(home / "uninstall.exe", "/S")
    end = time.monotonic() + _PATIENCE_S  # it goes on in a copy of itself
    while (home / "uninstall.exe").exists() or _LAST in wine.registry():
        assert time.monotonic() < end, names(home)
        time.sleep(0.5)
    assert names(home) == {"the user's own.txt"}, names(home)
    assert not menu.exists()
    keys = wine.registry()
    assert not [key for key in keys if "Antara" in key]
    assert "Another.Player" in keys[offers(".mp3")]
    assert not any("Antara" in text for text in keys.values())
    assert not any(offers(extension) in keys for extension in EXTENSIONS if extension != ".mp3")


def offers(extension: str) -> str:
    """The key of what "Open with" offers for a kind of file."""
    return rf"Software\Classes\{extension}\OpenWithProgids"


def stand_in(tree: Path) -> None:
    """A tree as PyInstaller makes it, with a folder inside a folder and letters of another script."""
    for name in ("Antara.exe", "antara-cli.exe", "_internal/resources/models.json", "_internal/गाना.txt"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name, "utf-8")


def names(folder: Path) -> set[str]:
    """All files in it."""
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


if __name__ == "__main__":
    sys.exit(main())
