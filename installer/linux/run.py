"""The self-extracting file for any distribution: puts the program into the user's own folders (install.sh)."""

import shutil
import subprocess
from pathlib import Path

from installer.frozen import Frozen
from installer.linux.desktop import HERE, write_share


def build(program: Frozen, out: Path, work: Path) -> Path:
    """The file, in ``out``. Needs makeself."""
    stage = work / "run"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    shutil.copytree(program.tree, stage / "antara", symlinks=True)
    write_share(stage / "share", program.icons, "antara", program.version)
    shutil.copy(HERE / "install.sh", stage)
    package = out / f"{program.package}-{program.version}-x86_64.run"
    options = ["--gzip", "--complevel", "6", "--nox11", "--sha256", "--tar-quietly"]  # gzip, because every system has it
    command = ["makeself", *options, stage, package, "Antara", "./install.sh"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(stage)
    return package
