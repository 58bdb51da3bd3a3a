"""What the tests of the queue's window parts share."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from core.engines.cache import EngineCache
from core.queue import Queue
from core.queue_items import Item
from core.settings import Settings
from core.turns import Turns
from gui.queue_runner import QueueRunner

PATIENCE_MS = 60_000
SONGS = [Path(f"/songs/{name}.mp3") for name in "abcde"]


def wait_for(condition: Callable[[], bool], qtbot: QtBot) -> None:
    qtbot.waitUntil(condition, timeout=PATIENCE_MS)


def new_runner(queue: Queue, parent: QObject, settings: Settings | None = None, turns: Turns | None = None) -> QueueRunner:
    chosen = settings or Settings()
    return QueueRunner(queue, EngineCache(), turns or Turns(), lambda: chosen, parent)


def states(queue: Queue) -> dict[str, str]:
    return {item.song.stem: item.state for item in queue.items}


def by_name(queue: Queue, name: str) -> Item:
    return next(item for item in queue.items if item.song.stem == name)


def ids(queue: Queue, names: str) -> list[int]:
    return [item.id for item in queue.items if item.song.stem in names]
