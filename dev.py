#!/usr/bin/env python3
"""Antara's two commands for a fresh machine, and the developers' others. Standard library only.

    python3 dev.py run [SONG…]    the window; without a display the songs (or the demo song) on the command line
    python3 dev.py test [ARG…]    lint, types, import rules and all tests; arguments go to pytest
    python3 dev.py soak [ARG…]    faults made on purpose and long runs, for two hours or so; arguments go to pytest
    python3 dev.py fuzz [TARGET…] coverage-guided fuzzing of what reads the bytes of strangers; --minutes N of each target
    python3 dev.py lint           only lint, types and import rules
    python3 dev.py translations   new texts of the window into resources/i18n, and these files compiled
    python3 dev.py screenshots [FOLDER]   pictures of every state of the window, in all languages and themes
    python3 dev.py train [ARG…]   main.py train, with PyTorch in an environment of its own; --help tells of the arguments
    python3 dev.py compose [ARG…]  main.py compose, in the same environment
    python3 dev.py batch [ARG…]   main.py batch, with Dask and what it reads and writes with added to the program
    python3 dev.py package [deb|run|…] [--full]   installers of this system, into dist/; --help tells of the arguments
    python3 dev.py demucs         adds Demucs' models and PyTorch to the program (on Linux some GB, with NVIDIA's libraries)
    python3 dev.py bench [ARG…]   speed and memory, beside Spleeter in an environment of its own; --with sherpa and
                                  --with demucs compare with these, too, and --help tells of the other arguments

Each one first brings what it needs: a virtual environment in .venv, Python packages, and on Debian and Ubuntu the system
packages (when run as root; otherwise it prints the command). What is there already is not touched.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
DEMO_SONG = ROOT / "resources" / "demo" / "antara-demo.ogg"
PYTHONS = ((3, 11), (3, 13))

APT_RUN = (
    "libportaudio2 libglib2.0-0 libgl1 libegl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-image0 libxcb-render-util0 fonts-dejavu-core fonts-noto-core"
).split()
APT_TEST = [*APT_RUN, *"ffmpeg fuse3 xvfb xdotool pulseaudio pulseaudio-utils libasound2-plugins".split()]
APT_BENCH = [*APT_RUN, "ffmpeg"]
APT_PACKAGE = [*APT_RUN, "binutils", "makeself"]
SYSTEMS = {"linux": "linux", "win32": "windows", "darwin": "macos"}
DEVELOPMENT = ["requirements.txt", "requirements-dev.txt"]
PEERS = ("sherpa", "demucs")  # what bench compares with on request, beside Spleeter


class SetupError(Exception):
    """The set-up cannot go on; the message says what to do."""


def main(arguments: Sequence[str]) -> int:
    commands = {
        "run": run,
        "test": test,
        "soak": soak,
        "fuzz": fuzz,
        "lint": lint,
        "translations": translations,
        "screenshots": screenshots,
        "train": train,
        "compose": compose,
        "package": package,
        "demucs": demucs,
        "batch": batch,
        "bench": bench,
    }
    if not arguments or arguments[0] not in commands:
        print(__doc__)
        return 2
    try:
        check_python()
        return commands[arguments[0]](list(arguments[1:]))
    except SetupError as error:
        print(f"dev.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("dev.py: interrupted; the next run goes on from here", file=sys.stderr)
        return 130


def run(songs: list[str]) -> int:
    system_packages(APT_RUN)
    python = environment(".venv", ["requirements.txt"], ["requirements-no-deps.txt"])
    if has_display():
        return hand_over([python, ROOT / "main.py", *songs])
    output = Path.cwd() / "output"
    print(f"No display: separating on the command line, into {output}", flush=True)
    options = [] if songs else ["--overwrite"]  # what it replaces then is only the demo song of an earlier run
    command = [python, ROOT / "main.py", "separate", *options, "-o", output, "--", *(songs or [DEMO_SONG])]
    return hand_over(command)


def hand_over(command: list[str | Path]) -> int:
    """Runs a program that answers Ctrl-C, which the terminal sends to both, in its own way and time."""
    with subprocess.Popen(command) as program:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return program.wait()


def test(arguments: list[str]) -> int:
    system_packages(APT_TEST)
    python = development_environment()
    pytest = [python, "-m", "pytest"]
    if arguments:
        return subprocess.call([*pytest, *arguments], cwd=ROOT)
    # Each part has processes of its own: Qt, the training and Dask meet in no program of Antara's, either.
    # A process that dies is not replaced: with files dealt out whole, pytest-xdist 3.8 waits for ever for what it had.
    several = "--numprocesses=auto --maxprocesses=4 --dist=loadfile --max-worker-restart=0 -p tests.support.deaths".split()
    apart = ["tests/gui", "tests/core", "tests/core/training", "tests/real"]
    parts = [
        ["tests/gui", *several],
        ["tests/core", *several, "--ignore=tests/core/training"],
        ["tests/core/training", *several],
        ["tests", *several, *(f"--ignore={part}" for part in apart)],
        ["tests/real"],  # on a real display, and sound wants the machine for itself
    ]
    steps = [*lint_steps(python), *([*pytest, *part] for part in parts)]
    return max([step(command) for command in steps])


def soak(arguments: list[str]) -> int:
    """What tests/faults does, all of it, and an hour of sound; the figures go into soak/."""
    system_packages(APT_TEST)
    os.environ["ANTARA_SOAK"] = "1"
    pytest = [development_environment(), "-m", "pytest"]
    if arguments:
        return subprocess.call([*pytest, *arguments], cwd=ROOT)
    return max([step([*pytest, tests]) for tests in ("tests/faults", "tests/real/test_long_playback.py")])


def fuzz(arguments: list[str]) -> int:
    system_packages(APT_TEST)
    python = environment(".venv", [*DEVELOPMENT, "requirements-fuzz.txt"], ["requirements-no-deps.txt"])
    return subprocess.call([python, "-m", "tests.faults.fuzz", *arguments], cwd=ROOT)


def lint(arguments: list[str]) -> int:
    return max([step(command) for command in lint_steps(development_environment())])


def translations(arguments: list[str]) -> int:
    return subprocess.call([development_environment(), "-m", "resources.i18n.update", *arguments], cwd=ROOT)


def screenshots(arguments: list[str]) -> int:
    system_packages(APT_TEST)
    return subprocess.call([development_environment(), "-m", "docs.make_screenshots", *arguments], cwd=ROOT)


def train(arguments: list[str]) -> int:
    return hand_over([training_environment(), ROOT / "main.py", "train", *arguments])


def compose(arguments: list[str]) -> int:
    return hand_over([training_environment(), ROOT / "main.py", "compose", *arguments])


def package(arguments: list[str]) -> int:
    system_packages(APT_PACKAGE)
    folder = "installer/requirements"
    name = ".venv-package"
    files, no_deps = [f"{folder}/{SYSTEMS[sys.platform]}.txt", f"{folder}/build.txt"], [f"{folder}/no-deps.txt"]
    if "--full" in arguments:  # the usual program's environment has no TensorFlow to bundle
        name += "-full"
        files.append(f"{folder}/full.txt")
        no_deps.append(f"{folder}/full-no-deps.txt")
    python = environment(name, files, no_deps)
    return subprocess.call([python, "-m", "installer.package", *arguments], cwd=ROOT)


def demucs(arguments: list[str]) -> int:
    """Into the program's own environment: it finds them when it is started next."""
    environment(".venv", ["requirements.txt", "requirements-demucs.txt"], ["requirements-no-deps.txt"])
    print("Demucs' models can be used now: start Antara anew, or name one with --model htdemucs")
    return 0


def batch(arguments: list[str]) -> int:
    """Into the program's own environment, so that Demucs' models are there for catalogues, too."""
    python = environment(".venv", ["requirements.txt", "requirements-batch.txt"], ["requirements-no-deps.txt"])
    return hand_over([python, ROOT / "main.py", "batch", *arguments])


def bench(arguments: list[str]) -> int:
    system_packages(APT_BENCH)
    wanted, others = wanted_peers(arguments)
    python = development_environment()
    command = [python, "-m", "bench", *others]
    if {"-h", "--help"} & set(others):
        return subprocess.call(command, cwd=ROOT)
    if not {"--no-peers", "--spleeter"} & set(others):
        older = shutil.which("python3.11") or sys.executable
        if older == sys.executable and sys.version_info[:2] > (3, 11):
            raise SetupError(
                "Spleeter's own pins need Python 3.11; install it, or measure alone: python3 dev.py bench --no-peers"
            )
        peer = environment(".venv-spleeter", ["bench/requirements-spleeter.txt"], [], base=older)
        command += ["--spleeter", peer.with_name("spleeter")]
    if "sherpa" in wanted:
        command += ["--sherpa", environment(".venv-sherpa", ["bench/requirements-sherpa.txt"], [])]
    if "demucs" in wanted:  # in the same environment as Antara: both on one PyTorch
        command += ["--demucs", python]
    return subprocess.call(command, cwd=ROOT)


def wanted_peers(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The programs that ``--with`` names, each once, and the other arguments."""
    wanted: list[str] = []
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        option, given, value = argument.partition("=")
        if option == "--with":
            wanted += (value if given else next(rest, "")).split(",")
        else:
            others.append(argument)
    for name in wanted:
        if name not in PEERS:
            raise SetupError(f"--with takes {' and '.join(PEERS)}, not {name!r}")
    return list(dict.fromkeys(wanted)), others


def lint_steps(python: Path) -> list[list[str | Path]]:
    return [
        [python, "-m", "ruff", "check", "."],
        [python, "-m", "ruff", "format", "--check", "."],
        [python, "-m", "mypy"],
        [python.with_name("lint-imports"), "--config", "pyproject.toml"],
    ]


def step(command: list[str | Path]) -> int:
    """Its exit status; one that a signal ended counts as failed, too: Python gives that as a negative number."""
    print("→", *(Path(part).name for part in command[:1]), *command[1:], flush=True)
    status = subprocess.call(command, cwd=ROOT)
    if status < 0:
        print(f"dev.py: ended by signal {-status}", file=sys.stderr, flush=True)
    return abs(status)


def development_environment() -> Path:
    return environment(".venv", DEVELOPMENT, ["requirements-no-deps.txt"])


def training_environment() -> Path:
    return environment(".venv-train", ["requirements.txt", "requirements-train.txt"], ["requirements-no-deps.txt"])


def check_python() -> None:
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        raise SetupError(
            f"this is Python {sys.version_info[0]}.{sys.version_info[1]}, and TensorFlow needs 3.11, 3.12 or 3.13; "
            f"install one of them and run, for example: python3.12 {' '.join(sys.argv)}"
        )


def has_display() -> bool:
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def environment(name: str, requirements: list[str], no_deps: list[str], base: str | None = None) -> Path:
    """The Python of a virtual environment with these requirement files installed, made or mended as needed.

    What is installed is noted last, by the contents of the files: whatever was interrupted before is done again.
    """
    folder = ROOT / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    note = folder / "installed.json"
    wanted = {file: hashlib.sha256(contents(ROOT / file)).hexdigest() for file in [*requirements, *no_deps]}
    installed = read_note(note)
    if python.exists() and wanted.items() <= installed.items():
        return python
    print(f"Setting up {folder} (some minutes the first time)", flush=True)
    if not python.exists() or subprocess.call([python, "-c", ""], stderr=subprocess.DEVNULL):
        # Without pip: Debian keeps what venv needs for that in a package of its own, and the outer pip serves as well.
        base = base or getattr(sys, "_base_executable", sys.executable)
        check([base, "-m", "venv", "--clear", "--without-pip", folder], "Python's venv module does not work")
        installed = {}
    note.write_text(json.dumps({file: digest for file, digest in installed.items() if file not in wanted}))
    pip = [outer_python(), "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check"]
    advice = "pip could not install the packages; check the network and run the same command again"
    check([*pip, *(part for file in requirements for part in ("-r", ROOT / file))], advice)
    for file in no_deps:
        check([*pip, "--no-deps", "--ignore-requires-python", "-r", ROOT / file], advice)
    note.write_text(json.dumps(installed | wanted))
    return python


def contents(requirements: Path) -> bytes:
    """What a requirement file says, and what the files say that it refers to."""
    text = requirements.read_bytes()
    others = [line.split()[1] for line in text.decode().splitlines() if line.startswith(("-r ", "-c "))]
    return text + b"".join(contents(requirements.parent / other) for other in others)


def read_note(note: Path) -> dict[str, str]:
    """{requirement file: digest of what is installed of it}; nothing where the note is missing or half-written."""
    try:
        return dict(json.loads(note.read_text()))
    except (OSError, ValueError):
        return {}


def outer_python() -> str:
    """A Python that has pip: the running one, or the one that its virtual environment was made from."""
    return sys.executable if importlib.util.find_spec("pip") else getattr(sys, "_base_executable", sys.executable)


def check(command: Sequence[str | Path], advice: str) -> None:
    try:
        subprocess.run(command, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"{advice} ({error})") from error


def system_packages(packages: list[str]) -> None:
    """Installs what is missing when root on Debian or Ubuntu; otherwise says how, and goes on: much works without."""
    if sys.platform != "linux" or not shutil.which("dpkg-query"):
        return
    missing = missing_packages(packages)
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"Some system packages are missing. Install them with:\n    sudo apt-get install {' '.join(missing)}")
        return
    print(f"Installing system packages: {' '.join(missing)}", flush=True)
    apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120"]
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
    for command in (["update"], ["install", "--no-install-recommends", *missing]):
        if subprocess.call([*apt, *command], **quiet):
            print(f"apt-get {command[0]} failed; going on without {' '.join(missing)}", file=sys.stderr)


def missing_packages(packages: list[str]) -> list[str]:
    """Those not installed, neither under their own name nor as the ``t64`` that newer Debian and Ubuntu renamed some to."""
    names = [name for package in packages for name in (package, f"{package}t64")]
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n", *names]
    answer = subprocess.run(query, capture_output=True, text=True).stdout.splitlines()
    installed = {line.split()[0].removesuffix("t64") for line in answer if line.endswith(" installed")}
    return [package for package in packages if package not in installed]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
