"""The command line, one song after the other in one process. Usage: see ``trial``."""

import faulthandler
import os
import sys
import time
from pathlib import Path

import msgspec

from core import cli
from core.engines import cache
from tests.faults import meanwhile, trial
from tests.faults.corpus import Case

_LONG_S = "2"


def main() -> None:
    cases, first, results = trial.read(sys.argv[1:])
    engines = cache.EngineCache()
    cache.EngineCache = lambda: engines  # type: ignore[assignment,misc]  # one for all, as one command has for all its songs
    folder = results.parent
    said = folder / "said.txt"
    with results.open("wb", buffering=0) as file:
        for index, case in enumerate(cases[first:], first):
            faulthandler.dump_traceback_later(trial.SECONDS, exit=True)
            file.write(msgspec.json.encode(_outcome(index, case, folder, said)) + b"\n")
            faulthandler.cancel_dump_traceback_later()


def _outcome(index: int, case: Case, folder: Path, said: Path) -> trial.Outcome:
    output = folder / "cli" / str(index)
    arguments = ["separate", "--offline", "--model", "builtin", "--device", "cpu", "-o", str(output)]
    arguments += ["-d", _LONG_S] if case.long else []
    trial.forget_peak()
    begun = time.monotonic()
    with meanwhile.happening(case):
        status = _run([*arguments, "--", str(case.path)], said)
    seconds = time.monotonic() - begun
    lines = [line for line in said.read_text(errors="replace").splitlines() if not line.startswith("builtin: ")]
    code = _code(status, "\n".join(lines))
    left = trial.not_as_expected(output, not code) + trial.remains(folder)
    return trial.Outcome(index, code, "\n".join(lines), seconds, trial.peak_mb(), left)


def _run(arguments: list[str], said: Path) -> int:
    """The command's exit status. What it and the libraries under it say on standard error goes to ``said``."""
    sys.stderr.flush()
    before = os.dup(2)
    with said.open("wb") as file:
        os.dup2(file.fileno(), 2)
        try:
            return cli.main(arguments)
        finally:
            sys.stderr.flush()
            os.dup2(before, 2)
            os.close(before)


def _code(status: int, said: str) -> str:
    if status not in (0, 1):
        return "died"
    if "Something went wrong that should not have" in said:
        return "unexpected"
    return "error" if status else ""


if __name__ == "__main__":
    main()
