"""The window's queue, with all songs in it at once. Usage: see ``trial``."""

import faulthandler
import sys
import time
from pathlib import Path

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.messages import sentence
from core.queue import open_queue
from core.queue_items import Item
from core.settings import Settings
from tests.faults import trial
from tests.gui.queue_pages import new_runner


def main() -> None:
    cases, first, results = trial.read(sys.argv[1:])
    folder = results.parent
    output = folder / "queue"
    app = QApplication([])
    queue = open_queue(lambda error: None)
    queue.remove([item.id for item in queue.items])
    runner = new_runner(queue, app, Settings(model="builtin", device="cpu", queue_folder=str(output)))
    indices: dict[int, int] = {}
    began: dict[int, float] = {}
    with results.open("wb", buffering=0) as file:

        def changed(item: Item) -> None:
            faulthandler.dump_traceback_later(trial.SECONDS, exit=True)
            if item.state == "running":
                began[item.id] = time.monotonic()
                trial.forget_peak()
                return
            seconds = time.monotonic() - began[item.id]
            file.write(msgspec.json.encode(_outcome(indices[item.id], item, seconds, folder)) + b"\n")

        def add() -> None:
            for index, case in enumerate(cases[first:], first):
                indices[queue.add([case.path])[0].id] = index
            runner.start()

        runner.item_changed.connect(changed)
        runner.finished_all.connect(app.quit)
        QTimer.singleShot(0, add)
        app.exec()
        runner.close()
    faulthandler.cancel_dump_traceback_later()
    queue.close()


def _outcome(index: int, item: Item, seconds: float, folder: Path) -> trial.Outcome:
    code = item.failure.code if item.failure else "" if item.state == "done" else item.state
    said = sentence(item.failure.notice()) if item.failure else ""
    left = tuple(path.name for path in item.files.values() if not path.is_file())  # others' may lie beside them
    return trial.Outcome(index, code, said, seconds, trial.peak_mb(), left + trial.remains(folder))


if __name__ == "__main__":
    main()
