"""The Debian package: the program in /usr/lib/antara, and its place in menus. It needs no scripts of its own."""

import gzip
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

from installer.frozen import Frozen
from installer.linux.desktop import HERE, write_share

# Whoever has no sound server's plug-in or no way to open a folder can still separate songs.
_RECOMMENDS = "libasound2-plugins, xdg-utils"

# Debian 13 and Ubuntu 24.04 renamed these.
_RENAMED = {"libasound2": "libasound2t64", "libglib2.0-0": "libglib2.0-0t64", "libssl3": "libssl3t64"}

_PROJECT = HERE.parents[1] / "pyproject.toml"
_ELF = b"\x7fELF"


def build(program: Frozen, out: Path, work: Path) -> Path:
    """The package, in ``out``."""
    root = work / "deb"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(program.tree, root / "usr" / "lib" / "antara", symlinks=True)
    (root / "usr" / "bin").mkdir()
    (root / "usr" / "bin" / "antara").symlink_to("../lib/antara/antara")
    write_share(root / "usr" / "share", program.icons, "antara", program.version)
    _write_doc(root / "usr" / "share" / "doc" / program.package, program)
    overrides = root / "usr" / "share" / "lintian" / "overrides" / program.package
    overrides.parent.mkdir(parents=True)
    overrides.write_text((HERE / "lintian-overrides").read_text("utf-8").replace("@PACKAGE@", program.package), "utf-8")
    _set_modes(root)
    (root / "DEBIAN").mkdir(mode=0o755)
    architecture = _said("dpkg", "--print-architecture")
    (root / "DEBIAN" / "control").write_text(control(program, architecture, _size_kb(root), depends(program.tree)), "utf-8")
    _write_checksums(root)
    package = out / f"{program.package}_{program.version}_{architecture}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, package], check=True, stdout=subprocess.DEVNULL
    )
    shutil.rmtree(root)
    return package


def depends(tree: Path) -> list[str]:
    """The packages that the program needs beside what it brings: the owners of all other libraries it is linked with."""
    programs = list(_programs(tree))
    own = {file.name for file in tree.rglob("*")}
    needed: set[str] = set()
    libc = (0, 0)
    for file in programs:
        needed.update(re.findall(r"NEEDED\s+(\S+)", _said("objdump", "-p", file)))
        versions = re.findall(r"GLIBC_(\d+)\.(\d+)", _said("objdump", "-T", file))
        libc = max([libc, *((int(first), int(second)) for first, second in versions)])
    packages = {_package_of(library) for library in needed - own} - {"libc6"}
    alternatives = [f"{name} | {_RENAMED[name]}" if name in _RENAMED else name for name in sorted(packages)]
    return [f"libc6 (>= {libc[0]}.{libc[1]})", *alternatives, "fontconfig-config"]


def _programs(tree: Path) -> Iterator[Path]:
    for file in tree.rglob("*"):
        if file.is_file() and not file.is_symlink():
            with file.open("rb") as content:
                if content.read(4) == _ELF:
                    yield file


def _package_of(library: str) -> str:
    found = next(line for line in _said("/sbin/ldconfig", "-p").splitlines() if line.split()[:1] == [library])
    path = Path(found.rpartition("=> ")[2])
    for name in (path.resolve(), path, Path("/usr", *path.parts[1:]), Path(str(path).removeprefix("/usr"))):
        answer = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True)
        if answer.returncode == 0:
            return answer.stdout.partition(":")[0]
    raise FileNotFoundError(f"no package has {library}")


def maintainer() -> str:
    """Whom the packages name, as "name <address>": the author in pyproject.toml."""
    author = tomllib.loads(_PROJECT.read_text("utf-8"))["project"]["authors"][0]
    return f"{author['name']} <{author['email']}>"


def control(program: Frozen, architecture: str, size_kb: int, needed: list[str]) -> str:
    """What dpkg is told. The variants are the same program: one takes the place of the other."""
    instead = "Provides: antara\nConflicts: antara\nReplaces: antara\n" if program.variant else ""
    more = " This package carries TensorFlow, too.\n" if program.variant else ""
    repository = os.environ.get("ANTARA_REPOSITORY")
    homepage = f"Homepage: https://github.com/{repository}\n" if repository else ""
    return f"""Package: {program.package}
Version: {program.version}
Section: sound
Priority: optional
Architecture: {architecture}
Maintainer: {maintainer()}
Installed-Size: {size_kb}
Depends: {", ".join(needed)}
Recommends: {_RECOMMENDS}
{instead}{homepage}Description: separate songs into vocals and instrumental
 Antara separates any song into vocals and instrumental, or into four or
 five stems, on your own computer. Listen to the stems in the built-in
 player, balance them, and export them; from a window or on the command
 line. Nothing is uploaded.
{more}"""


def _write_doc(doc: Path, program: Frozen) -> None:
    doc.mkdir(parents=True)
    licences = sorted(program.tree.glob("_internal/licences/*.txt"))
    index = next(file for file in licences if file.name == "LICENCES.txt").read_text("utf-8")
    where = "The texts of all licences: /usr/lib/antara/_internal/licences"
    common = "The GNU General Public License, version 3: /usr/share/common-licenses/GPL-3"
    whose = f"Copyright 2026 {maintainer().partition(' <')[0]}"
    (doc / "copyright").write_text(f"{whose}\n\n{common}\n{where}\n\n{index}", "utf-8")
    date = formatdate(int(os.environ.get("SOURCE_DATE_EPOCH", "0")) or None)
    head = f"{program.package} ({program.version}) unstable; urgency=medium"
    change = f"{head}\n\n  * Version {program.version}.\n\n -- {maintainer()}  {date}\n"
    (doc / "changelog.gz").write_bytes(gzip.compress(change.encode(), 9, mtime=0))


def _set_modes(root: Path) -> None:
    """As Debian wants them, whatever the builder's umask: programs and folders 755, all other files 644."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path == root / "usr" / "lib" / "antara" / "antara" else 0o644)


def _size_kb(root: Path) -> int:
    return sum(-(-path.lstat().st_size // 1024) for path in root.rglob("*") if not path.is_dir())


def _write_checksums(root: Path) -> None:
    files = sorted(file for file in (root / "usr").rglob("*") if file.is_file() and not file.is_symlink())
    lines = _said("md5sum", *(file.relative_to(root) for file in files), folder=root)
    (root / "DEBIAN" / "md5sums").write_text(f"{lines}\n", "utf-8")


def _said(*command: str | Path, folder: Path | None = None) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout.strip()
