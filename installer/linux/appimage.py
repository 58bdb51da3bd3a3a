"""The AppImage: one file that runs anywhere without being installed. Built on the release's runners, which have the tool."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from installer.frozen import Frozen
from installer.linux.desktop import write_share

# APPDIR is where the image has mounted itself; nobody sets it where the image was unpacked (--appimage-extract).
_START = """#!/bin/sh
exec "${APPDIR:-$(dirname "$(readlink -f "$0")")}/usr/lib/antara/antara" "$@"
"""


def build(program: Frozen, out: Path, work: Path) -> Path:
    """The file, in ``out``. Needs ``appimagetool``, in the path or where APPIMAGETOOL says."""
    folder = app_dir(program, work)
    machine = platform.machine()
    package = out / f"Antara{program.variant}-{program.version}-{machine}.AppImage"
    tool = os.environ.get("APPIMAGETOOL", "appimagetool")
    subprocess.run([tool, "--no-appstream", folder, package], check=True, env={**os.environ, "ARCH": machine})
    shutil.rmtree(folder)
    return package


def app_dir(program: Frozen, work: Path) -> Path:
    """The folder that an AppImage is made of, in ``work``."""
    folder = work / "AppDir"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(program.tree, folder / "usr" / "lib" / "antara", symlinks=True)
    write_share(folder / "usr" / "share", program.icons, "antara", program.version)
    shutil.copy(folder / "usr" / "share" / "applications" / "antara.desktop", folder)
    shutil.copy(program.icons / "hicolor" / "256x256" / "apps" / "antara.png", folder)
    start = folder / "AppRun"
    start.write_text(_START, "utf-8")
    start.chmod(0o755)
    return folder
