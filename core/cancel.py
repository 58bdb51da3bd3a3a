"""The cancel token: set by one thread, checked by another between chunks of work."""

import threading

from core.errors import CancelledError


class CancelToken:
    """A one-way switch. ``cancel`` may be called from any thread and from a signal handler."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        self._event.set()

    def raise_if_cancelled(self) -> None:
        """Raises CancelledError once ``cancel`` was called."""
        if self._event.is_set():
            raise CancelledError()
