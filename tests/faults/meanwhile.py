"""What happens to a song while it is read."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.faults.corpus import Case

_STEP_S = 0.002
_STEPS = 200


@contextlib.contextmanager
def happening(case: Case) -> Iterator[None]:
    """Changes the file in a thread, from just before it is opened on."""
    if case.meanwhile is None:
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_change, args=(case, case.path.read_bytes(), over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _change(case: Case, data: bytes, over: threading.Event) -> None:
    for step in range(_STEPS):
        if over.wait(_STEP_S):
            return
        _step(case.path, case.meanwhile, data, step)


def _step(path: Path, what: str | None, data: bytes, step: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        if what == "grow":
            with path.open("ab") as file:
                file.write(data[: 4096 + step])
        elif what == "shrink":
            with path.open("r+b") as file:
                file.truncate(max(len(data) - step * len(data) // 20, 0))
        elif what == "vanish" and step == 3:
            path.unlink()
        elif what == "replace":
            new = path.with_name(f"new {path.name}")
            new.write_bytes(data[: len(data) // 2] if step % 2 else data)
            new.replace(path)
