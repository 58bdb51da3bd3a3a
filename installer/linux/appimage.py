"""The AppImage: one file that runs anywhere without being installed. Built on the release's runners, which have the tool."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from installer.linux.desktop import write_share

_START = '#!/bin/sh\nexec "$APPDIR/usr/lib/antara/antara" "$@"\n'


def build(tree: Path, icons: Path, version: str, out: Path, work: Path) -> Path:
    """The file, in ``out``. Needs ``appimagetool``, in the path or where APPIMAGETOOL says."""
    folder = work / "AppDir"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(tree, folder / "usr" / "lib" / "antara", symlinks=True)
    write_share(folder / "usr" / "share", icons, "antara", version)
    shutil.copy(folder / "usr" / "share" / "applications" / "antara.desktop", folder)
    shutil.copy(icons / "hicolor" / "256x256" / "apps" / "antara.png", folder)
    start = folder / "AppRun"
    start.write_text(_START, "utf-8")
    start.chmod(0o755)
    machine = platform.machine()
    package = out / f"Antara-{version}-{machine}.AppImage"
    tool = os.environ.get("APPIMAGETOOL", "appimagetool")
    subprocess.run([tool, "--no-appstream", folder, package], check=True, env={**os.environ, "ARCH": machine})
    return package
