"""Stages of a stream that work at the same time."""

import contextlib
import queue
import threading
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

_POLL_S = 0.05  # how soon a stage that waits notices that no one wants its work any more


@dataclass(frozen=True)
class _End:
    """What the thread puts last: how its iterator ended."""

    error: BaseException | None


def ahead(source: Generator[T, Any, None], depth: int = 1) -> Generator[T, None, None]:
    """The items of ``source``, made in a thread of its own up to ``depth`` items ahead of their use.

    What ``source`` raises is raised here, after the items before it. Closing this generator closes ``source``, in its
    thread, and waits for that: no thread is left. ``source`` must not be used elsewhere.
    """
    items: queue.Queue[T | _End] = queue.Queue(depth)
    stopped = threading.Event()

    def put(item: T | _End) -> bool:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                items.put(item, timeout=_POLL_S)
                return True
        return False

    def work() -> None:
        end = _End(None)
        try:
            with contextlib.closing(source):
                for item in source:
                    if not put(item):
                        return
        except BaseException as error:  # noqa: BLE001 - all of them belong to the thread that takes the items
            end = _End(error)
        put(end)

    thread = threading.Thread(target=work, name="antara-stage", daemon=True)
    thread.start()
    try:
        while not isinstance(item := items.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()
        thread.join()
