"""What a desktop needs to know of the program: the entry of its menu, icons, the manual page."""

import gzip
import shutil
from pathlib import Path

from installer.file_types import mime_types

HERE = Path(__file__).resolve().parent


def desktop_entry(program: str) -> str:
    """The entry for menus and "Open with"; ``program`` is what is to be run."""
    text = (HERE / "antara.desktop").read_text("utf-8")
    return text.replace("@EXEC@", program).replace("@TYPES@", "".join(f"{kind};" for kind in mime_types()))


def write_share(share: Path, icons: Path, program: str, version: str) -> None:
    """Fills ``share``, which is or becomes a folder such as /usr/share. ``icons``: what installer.icon_files wrote."""
    shutil.copytree(icons / "hicolor", share / "icons" / "hicolor")
    _write(share / "applications" / "antara.desktop", desktop_entry(program).encode())
    _write(share / "metainfo" / "antara.metainfo.xml", (HERE / "antara.metainfo.xml").read_bytes())
    manual = (HERE / "antara.1").read_text("utf-8").replace("@VERSION@", version)
    _write(share / "man" / "man1" / "antara.1.gz", gzip.compress(manual.encode(), 9, mtime=0))


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
