"""One separation at a time, in the order in which they were asked for."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from core.cancel import CancelToken

_POLL_S = 0.05


class Turns:
    """Lets one user in after the other. For any number of threads.

    First come, first served: a queue that asks anew for each of its songs lets whoever waits in front of its next one.
    """

    def __init__(self) -> None:
        self._waiting: deque[object] = deque()  # the first one has its turn
        self._changed = threading.Condition()

    @contextmanager
    def take(self, cancel: CancelToken) -> Iterator[None]:
        """Has the turn during the block. Raises CancelledError, within 0.1 s, when cancelled before it came."""
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
        try:
            self._wait(ticket, cancel)
            yield
        finally:
            with self._changed:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def _wait(self, ticket: object, cancel: CancelToken) -> None:
        with self._changed:
            while self._waiting[0] is not ticket:
                cancel.raise_if_cancelled()
                self._changed.wait(_POLL_S)
        cancel.raise_if_cancelled()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        with self._changed:
            return max(len(self._waiting) - 1, 0)
