"""Builds the frozen program, and from it the installers of the system that this runs on.

    python -m installer.package [tree|deb|run|appimage|exe|dmg]… [--full] [--out FOLDER]

Started by ``dev.py package``, in an environment that has only what is to be bundled. "tree" is the program alone. Without
names: what this system's users install. ``--full``: with TensorFlow.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from core import __version__
from installer import contents
from installer.frozen import FULL, Frozen
from installer.linux import appimage, deb, run
from installer.macos import dmg
from installer.windows import setup

ROOT = Path(__file__).resolve().parents[1]
USUAL: Mapping[str, tuple[str, ...]] = {"linux": ("deb", "run"), "win32": ("exe",), "darwin": ("dmg",)}
BUILDERS = {"deb": deb.build, "run": run.build, "appimage": appimage.build, "exe": setup.build, "dmg": dmg.build}

_MB = 1_000_000
_SHOWN_MB = 1  # smaller parts are one line together


def main(arguments: Sequence[str]) -> int:
    """Builds what is asked for."""
    options = _parser().parse_args(arguments)
    kinds = options.kinds or USUAL[sys.platform]
    out = options.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    variant = FULL if options.full else ""
    work = ROOT / "build" / f"antara{variant}"
    icons = work / "icons"
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "installer.icon_files", icons], cwd=ROOT, check=True)
    program = Frozen(freeze(out, work, icons, variant), icons, __version__, variant)
    print(size_table(work / "antara", program.tree, options.full))
    _say(program.tree, began)
    for kind in kinds:
        if kind != "tree":
            began = time.monotonic()
            _say(BUILDERS[kind](program, out, work), began)
    return 0


def freeze(out: Path, work: Path, icons: Path, variant: str) -> Path:
    """The program as a folder (on macOS: as ``Antara.app``), in ``out``."""
    environment = {**os.environ, "ANTARA_ICONS": str(icons), "ANTARA_VARIANT": variant}
    options = ["--noconfirm", "--log-level", "WARN", "--distpath", out, "--workpath", work]
    spec = ROOT / "installer" / "antara.spec"
    subprocess.run([sys.executable, "-m", "PyInstaller", *options, spec], cwd=ROOT, env=environment, check=True)
    if sys.platform == "darwin":
        return out / "Antara.app"
    tree = out / f"antara{variant}"
    if sys.platform == "linux":
        (tree / "Antara").symlink_to("antara")
        _strip_python(tree)
    return tree


def _strip_python(tree: Path) -> None:
    """Takes the debugger's tables out of Python's own files; those of wheels are left as they were tested."""
    files = [*tree.glob("_internal/libpython*"), *tree.glob("_internal/python3*/lib-dynload/*.so")]
    subprocess.run(["strip", "--strip-unneeded", *files], check=True)


def size_table(work: Path, tree: Path, full: bool) -> str:
    """What is in the bundle and how big it is, by part, and what is not, and why."""
    notes = json.loads((work / "contents.json").read_text("utf-8"))
    parts = sorted(notes["parts"].items(), key=lambda entry: -entry[1])
    large = [(name, size) for name, size in parts if size >= _SHOWN_MB * _MB]
    rest = sum(size for _, size in parts) - sum(size for _, size in large)
    lines = [f"{size / _MB:7.1f} MB  {name}" for name, size in [*large, ("everything else", rest)]]
    whole = sum(file.lstat().st_size for file in tree.rglob("*") if not file.is_dir())
    lines.append(f"{whole / _MB:7.1f} MB  all, with Antara itself and Python's modules")
    lines.append("\nLeft out:")
    lines += [
        f"{size / _MB:7.1f} MB  {reason}" for reason, size in sorted(notes["left_out"].items(), key=lambda entry: -entry[1])
    ]
    lines += [f"            {name}: {reason}" for name, reason in contents.not_installed(full).items()]
    return "\n".join(lines)


def _say(made: Path, began: float) -> None:
    size = f", {made.stat().st_size / _MB:.1f} MB" if made.is_file() else ""
    print(f"{made}{size}, in {time.monotonic() - began:.0f} s", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py package", description="Builds the program and its installers.")
    parser.add_argument("kinds", nargs="*", choices=["tree", *BUILDERS], metavar="|".join(["tree", *BUILDERS]))
    parser.add_argument("--full", action="store_true", help="with TensorFlow, for those who want it as the engine")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
