"""Tries packages on a Debian that has nothing: installs them, uses them as a user does, removes them, looks what is left.

    python -m installer.linux.clean_root PACKAGE… --root FOLDER [--song FILE]

As root. FOLDER becomes a minimal Debian (debootstrap), or is one already. The packages' dependencies come from the network;
everything else happens without. The program is started from its desktop entry (``gio launch``) on a display of our own.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from installer import smoke_test
from installer.desktop_session import PATIENCE_S, DesktopSession, wait_for
from installer.smoke_test import DEMO, Trial

USER, UID = "singer", 1000
HOME = Path("/home", USER)
_SUITE, _MIRROR = "bookworm", "http://deb.debian.org/debian"
_DESKTOP = "libglib2.0-bin"  # has what starts desktop entries; a real desktop has it
_APT = "apt-get -qq -y -o Dpkg::Use-Pty=0"
# The user's own data, what this test writes, and what the library of the sound server keeps for itself.
_USERS = tuple(
    f"{HOME}/{place}"
    for place in (
        *(".config/antara", ".local/share/antara", ".cache", ".local/state"),
        *("exports", "out", "run", "recorded.f32", ".config/pulse"),
    )
)
# What changes with every package, whichever it is.
_BOOKKEEPING = (
    "/var/lib/dpkg",
    "/var/cache",
    "/var/log",
    "/var/lib/apt",
    "/etc/ld.so.cache",
    "/usr/share/mime",
    "/tmp",
    "/proc",
    "/dev",
)


def main(arguments: Sequence[str]) -> int:
    """Runs through all packages; raises whatever does not hold."""
    options = _parser().parse_args(arguments)
    root = options.root.resolve()
    prepare(root)
    with tempfile.TemporaryDirectory(prefix="antara-clean-") as name:
        folder = Path(name)
        expected = smoke_test.source_stems(options.song, folder / "source", "openvino")
        trial = Trial(smoke_test.find_program(root), options.song, expected, folder)
        for package in options.packages:
            print(f"{package.name}: {attempt(trial, root, package)}", flush=True)
    return 0


def prepare(root: Path) -> None:
    """A minimal Debian with one user and without Python."""
    if not (root / "etc" / "debian_version").exists():
        subprocess.run(["debootstrap", "--variant=minbase", _SUITE, root, _MIRROR], check=True)
    if not (root / HOME.relative_to("/")).exists():
        inside(root, f"useradd -m -u {UID} {USER}")
    inside(root, f"{_APT} update && DEBIAN_FRONTEND=noninteractive {_APT} install --no-install-recommends {_DESKTOP}")


def attempt(trial: Trial, root: Path, package: Path) -> str:
    """Installs, uses and removes one package."""
    home = root / HOME.relative_to("/")
    subprocess.run(["rm", "-rf", home], check=True)
    inside(root, f"install -d -o {UID} -g {UID} {HOME} {HOME}/run && chmod 700 {HOME}/run")
    inside(root, f"! command -v python3 && ! test -e {HOME}/.local && ! test -e /usr/lib/antara")
    (home / package.name).write_bytes(package.read_bytes())
    (home / trial.song.name).write_bytes(trial.song.read_bytes())
    as_deb = package.suffix == ".deb"
    if as_deb:  # what it depends on stays: that is to be told from what it leaves
        fields = subprocess.run(["dpkg", "-f", package, "Depends", "Recommends"], capture_output=True, text=True, check=True)
        needed = ", ".join(line.partition(": ")[2] for line in fields.stdout.splitlines())
        inside(root, f"DEBIAN_FRONTEND=noninteractive {_APT} satisfy '{needed}'")
    inside(root, f"install -d -o {UID} -g {UID} {HOME}/.config {HOME}/.local {HOME}/.local/share")
    before = files(root)
    if as_deb:
        inside(root, f"dpkg -i {HOME}/{package.name}", network=False)
    else:
        as_user(root, f"sh {HOME}/{package.name}")
    with DesktopSession(trial.folder / f"session-{package.suffix[1:]}") as session:
        outcome = use(trial, root, session, "antara" if as_deb else f"{HOME}/.local/bin/antara")
    if as_deb:
        inside(root, f"dpkg --purge {package.name.partition('_')[0]}", network=False)
    else:
        as_user(root, f"sh {HOME}/.local/opt/antara/install.sh --uninstall")
    left = {path for path in files(root) - before if not path.startswith(_USERS)}
    if left:
        raise smoke_test.SmokeError(f"left behind: {sorted(left)[:20]}")
    return f"{outcome}; removed without leftovers"


def use(trial: Trial, root: Path, session: DesktopSession, command: str) -> str:
    """The console program and the window, without a network, as a user who is not root."""
    home = root / HOME.relative_to("/")
    as_user(root, f"{command} separate {' '.join(smoke_test.exact(trial.engine))} -o {HOME}/out '{HOME}/{trial.song.name}'")
    console = smoke_test._compared(smoke_test._stems(home / "out" / trial.song.stem), trial.expected)
    smoke_test._write_settings(home, engine=trial.engine, export_folder=f"{HOME}/exports")
    inside(root, f"chown -R {UID}:{UID} {HOME}")
    entry = (
        "/usr/share/applications/antara.desktop"
        if command == "antara"
        else f"{HOME}/.local/share/applications/antara.desktop"
    )
    subprocess.run(["chmod", "-R", "a+rwX", session.folder], check=True)
    variables = " ".join(f"{name}='{value}'" for name, value in session.environment.items())
    song = HOME / trial.song.name
    running = "ls -l /proc/*/exe 2>/dev/null | grep -q /antara/antara"
    launch = f"env {variables} gio launch {entry} '{song}'; sleep 1; while {running}; do sleep .2; done"
    started = subprocess.Popen(inner(root, launch, user=True, network=False, shared=[session.folder]))
    try:
        heard = smoke_test._use(trial, session, home)
        session.press("ctrl+q")
        wait_for("the end of the program", lambda: started.poll() is not None, PATIENCE_S)
    finally:
        started.kill()
    window = smoke_test._compared(smoke_test._stems(home / "exports" / trial.song.stem), trial.expected)
    return f"console {console}; window {window}, heard {heard}"


def files(root: Path) -> set[str]:
    """Everything in the root but bookkeeping, by its path inside."""
    found = subprocess.run(["find", root, "-xdev"], capture_output=True, text=True, check=True).stdout.splitlines()
    inner_paths = {path.removeprefix(str(root)) for path in found}
    return {path for path in inner_paths if not path.startswith(_BOOKKEEPING)}


def inside(root: Path, script: str, network: bool = True) -> None:
    """Runs a line of shell in the root, as root."""
    subprocess.run(inner(root, script, user=False, network=network), check=True, stdout=subprocess.DEVNULL)


def as_user(root: Path, script: str) -> None:
    """Runs a line of shell in the root as its user, without a network."""
    subprocess.run(inner(root, script, user=True, network=False), check=True, stdout=subprocess.DEVNULL)


def inner(root: Path, script: str, *, user: bool, network: bool, shared: Sequence[Path] = ()) -> list[str]:
    """The command line that does so; what it mounts is gone with it."""
    binds = [f"mount -t proc proc {root}/proc", f"mount --bind /dev {root}/dev", f"mkdir -p {root}/tmp/.X11-unix"]
    binds.append(f"mount --bind /tmp/.X11-unix {root}/tmp/.X11-unix")
    for folder in shared:
        binds += [f"mkdir -p {root}{folder}", f"mount --bind {folder} {root}{folder}"]
    who = f"--userspec={UID}:{UID}" if user else ""
    variables = (
        f"HOME={HOME if user else '/root'} PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 XDG_RUNTIME_DIR={HOME}/run"
    )
    enter = f'exec chroot {who} {root} env -i {variables} sh -ec \'cd; exec sh -ec "$0"\' "$1"'
    separate = ["unshare", "-m", "-p", "-f", *([] if network else ["-n"])]
    return [*separate, "sh", "-c", " && ".join([*binds, enter]), "sh", script]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Tries packages on a clean Debian.")
    parser.add_argument("packages", nargs="+", type=Path, metavar="PACKAGE")
    parser.add_argument("--root", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--song", type=Path, default=DEMO, metavar="FILE")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
