"""Runs a program on Linux where it is hard on it, and tells what it wrote: for the smoke test."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_TRACED = (
    "open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,symlink,symlinkat,link,linkat,truncate,mknod"
)
_CALL = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_STRING = re.compile(r'(?:(AT_FDCWD|\d+)(?:<([^>]*)>)?, )?"((?:[^"\\]|\\.)*)"')
_WRITES = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND")

# Nobody's files: devices, the kernel's own, and memory shared with the sound server.
_NO_FILES = ("/dev/", "/proc/")


def can_confine() -> bool:
    """Whether this system lets us take a program's network and its right to write away."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    return subprocess.run([*_unshare(), "true"], capture_output=True).returncode == 0


def confined(tree: Path, shown_at: Path, log: Path, command: Sequence[str | Path]) -> list[str | Path]:
    """The command line that runs ``command`` without a network, with ``tree`` at ``shown_at`` where nothing can be written.

    What it writes elsewhere is noted in ``log``, if there is strace.
    """
    shown_at.mkdir(parents=True, exist_ok=True)
    script = 'mount --bind "$1" "$2" && mount -o remount,ro,bind "$2" && shift 2 && exec "$@"'
    trace = (
        ["strace", "-f", "-y", "-qq", "-o", log, "--seccomp-bpf", "-e", f"trace={_TRACED}"] if shutil.which("strace") else []
    )
    return [*_unshare(), "sh", "-c", script, "sh", tree, shown_at, *trace, *command]


def _unshare() -> list[str]:
    return ["unshare", "-n", "-m", *([] if os.geteuid() == 0 else ["-r"])]


def written_outside(log: Path, folder: Path, allowed: Sequence[Path]) -> set[str]:
    """The files that were written, made, moved or removed, and are in none of ``allowed``; ``folder``: where it was run."""
    return {
        path
        for path in written(log, folder)
        if not path.startswith(_NO_FILES) and not any(Path(path).is_relative_to(place) for place in allowed)
    }


def written(log: Path, folder: Path) -> Iterator[str]:
    """All of them, with their whole paths."""
    for line in log.read_text("utf-8", "replace").splitlines():
        call = _CALL.match(line)
        if not call or int(call[3]) < 0:
            continue
        name, arguments = call[1], call[2]
        if name in ("open", "openat") and not any(flag in arguments for flag in _WRITES):
            continue
        for _, base, path in _STRING.findall(arguments):
            yield os.path.normpath(Path(base or folder, path))


def environment(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    """A user who has nothing yet: only these folders, and no Python or library of the builder's."""
    kept = ("PATH", "LANG", "SYSTEMROOT", "WINDIR", "COMSPEC")
    folders = {
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": home / "AppData" / "Roaming",
        "LOCALAPPDATA": home / "AppData" / "Local",
        "TMPDIR": home / "tmp",
        "TEMP": home / "tmp",
        "TMP": home / "tmp",
        "XDG_RUNTIME_DIR": home / "run",
    }
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = {name: os.environ[name] for name in kept if name in os.environ}
    return known | {name: str(folder) for name, folder in folders.items()} | dict(more)
