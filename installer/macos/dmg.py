"""The disk image: the signed and notarised ``Antara.app`` beside a link to the Applications folder. Runs on macOS only.

Of the environment: ANTARA_CODESIGN_IDENTITY, a "Developer ID Application" certificate in the keychain;
ANTARA_NOTARY_PROFILE, the name that ``xcrun notarytool store-credentials`` was given. Without the first the program is
signed ad hoc, and users have to allow it in the system's settings; without the second it is not notarised.
"""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from installer.frozen import Frozen

_HERE = Path(__file__).resolve().parent


def build(program: Frozen, out: Path, work: Path) -> Path:
    """The image, in ``out``."""
    tree = program.tree
    identity = os.environ.get("ANTARA_CODESIGN_IDENTITY")
    profile = os.environ.get("ANTARA_NOTARY_PROFILE")
    if identity:  # PyInstaller has signed what is inside
        sign = ["codesign", "--force", "--timestamp", "--options", "runtime"]
        _run(*sign, "--entitlements", _HERE / "entitlements.plist", "--sign", identity, tree)
    _run("codesign", "--verify", "--deep", "--strict", tree)
    stage = work / "dmg"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    shutil.copytree(tree, stage / "Antara.app", symlinks=True)
    (stage / "Applications").symlink_to("/Applications")
    image = out / f"Antara{program.variant}-{program.version}-{platform.machine()}.dmg"
    _run("hdiutil", "create", "-volname", "Antara", "-srcfolder", stage, "-ov", "-format", "UDZO", image)
    if identity:
        _run("codesign", "--timestamp", "--sign", identity, image)
    if identity and profile:
        _run("xcrun", "notarytool", "submit", image, "--keychain-profile", profile, "--wait")
        _run("xcrun", "stapler", "staple", image)
    return image


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)
