"""The installer for Windows, compiled by NSIS, which runs on Linux, too (``makensis``)."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from core.songs import EXTENSIONS
from installer.frozen import Frozen
from installer.version_info import numbers

_HERE = Path(__file__).resolve().parent
_USUAL = Path("C:/Program Files (x86)/NSIS/makensis.exe")


def build(program: Frozen, out: Path, work: Path, more: Sequence[str] = ()) -> Path:
    """The installer, in ``out``; ``more``: options of makensis."""
    package = out / f"Antara{program.variant}-{program.version}-setup.exe"
    work.mkdir(parents=True, exist_ok=True)
    types = work / "types.nsh"
    types.write_text(type_macros(), "utf-8")
    size_kb = sum(file.stat().st_size for file in program.tree.rglob("*") if file.is_file()) // 1024
    defined = {
        "VERSION": program.version,
        "NUMBERS": ".".join(map(str, numbers(program.version.partition("+")[0]))),
        "TREE": program.tree,
        "ICON": program.icons / "antara.ico",
        "TYPES": types,
        "SIZE_KB": size_kb,
        "OUT": package,
    }
    options = [f"-D{name}={value}" for name, value in defined.items()]
    tool = shutil.which("makensis") or _USUAL
    subprocess.run([tool, "-V2", "-INPUTCHARSET", "UTF8", *more, *options, _HERE / "antara.nsi"], check=True)
    return package


def type_macros() -> str:
    """NSIS's lines that offer Antara for each kind of file, and those that take that back."""
    offers = [f'  !insertmacro Offer "{extension}"' for extension in EXTENSIONS]
    withdraws = [f'  !insertmacro Withdraw "{extension}"' for extension in EXTENSIONS]
    return "\n".join(["!macro OfferAll", *offers, "!macroend", "!macro WithdrawAll", *withdraws, "!macroend", ""])
