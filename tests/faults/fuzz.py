"""Coverage-guided fuzzing: ``python3 dev.py fuzz [TARGET…] [--minutes N]``, one target of ``targets`` after the other.

What the fuzzer has learnt stays in soak/fuzz/TARGET, so the next run goes on from there. An input that breaks something is
kept as tests/faults/findings/TARGET/crash-…, where the tests try it again ever after; the command ends with 1 then.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEARNT = ROOT / "soak" / "fuzz"
FINDINGS = Path(__file__).with_name("findings")
NAMES = ("reader", "archive", "settings", "queue", "tags")
LONGEST_S = 30  # for one input
MOST_MB = 1500
_MEMORY = Path("/dev/shm")
_LARGEST = {"reader": 60_000, "archive": 20_000, "settings": 4000, "queue": 8000, "tags": 30_000}  # bytes of an input


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py fuzz", description="Fuzzing of what reads the bytes of strangers.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"some of: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--minutes", type=float, default=30, help="of each target (default: 30)")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.targets) - set(NAMES):
        parser.error(f"there is no target {min(unknown)}; there are: {', '.join(NAMES)}")
    if options.here:
        fuzz(options.targets[0], options.minutes)
    broken = [name for name in options.targets or NAMES if _run(name, options.minutes)]
    sys.stderr.writelines(f"{name}: see {FINDINGS / name}\n" for name in broken)
    return bool(broken)


def _run(name: str, minutes: float) -> int:
    """The status of a process of its own: libFuzzer ends the one that it is in."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        own = {f"XDG_{kind}_HOME": str(Path(folder, kind)) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}
        command = [sys.executable, "-m", "tests.faults.fuzz", name, "--here", f"--minutes={minutes}"]
        return subprocess.call(command, cwd=ROOT, env={**os.environ, **own, "TMPDIR": folder})


def fuzz(name: str, minutes: float) -> None:
    """Does not return."""
    import atheris  # with requirements-fuzz.txt

    with atheris.instrument_imports(include=["core", "mutagen", "tarfile"]):
        from tests.faults import targets

    logging.disable()
    target, work = targets.TARGETS[name], Path(tempfile.mkdtemp())
    learnt, found, beginning = LEARNT / name, FINDINGS / name, work / "first"
    for folder in (learnt, found, beginning):
        folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(targets.first(name, Path(tempfile.mkdtemp()))):
        (beginning / str(number)).write_bytes(data)

    def one(data: bytes) -> None:
        with tempfile.TemporaryDirectory(dir=work) as folder:
            target(data, Path(folder))

    limits = [f"-max_total_time={round(60 * minutes)}", f"-timeout={LONGEST_S}", f"-rss_limit_mb={MOST_MB}"]
    sizes = [f"-max_len={_LARGEST[name]}", f"-artifact_prefix={found}/", "-print_final_stats=1", "-verbosity=1"]
    atheris.Setup([sys.argv[0], str(learnt), str(beginning), str(found), *limits, *sizes], one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
