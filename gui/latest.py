"""Questions that may take long, such as of a network drive, asked in the background."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal

_POLL_MS = 15


class Latest(QObject):
    """Tells the answer to the last question only. Those before it may still be thought about; nobody waits for them.

    The threads hold nothing of Qt's, and end with the program however long a drive may take.
    """

    answered = Signal(object)

    def __init__(self, delay_ms: int, parent: QObject) -> None:
        """``delay_ms``: how long no other question must have come before one is asked."""
        super().__init__(parent)
        self._question: Callable[[], object] = bool
        self._answers: SimpleQueue[object] = SimpleQueue()
        self._delay = QTimer(self, singleShot=True, interval=delay_ms)
        self._delay.timeout.connect(self._think)
        self._poll = QTimer(self, interval=_POLL_MS)
        self._poll.timeout.connect(self._tell)

    @property
    def pending(self) -> bool:
        return self._delay.isActive() or self._poll.isActive()

    def ask(self, question: Callable[[], object]) -> None:
        """``question`` is called in a thread and raises nothing; what it gives is ``answered``."""
        self.forget()
        self._question = question
        self._delay.start()

    def forget(self) -> None:
        """No answer is wanted any more."""
        self._delay.stop()
        self._poll.stop()

    def _think(self) -> None:
        question, answers = self._question, SimpleQueue[object]()
        self._answers = answers
        Thread(target=lambda: answers.put(question()), name="asking", daemon=True).start()
        self._poll.start()

    def _tell(self) -> None:
        if not self._answers.empty():
            self._poll.stop()
            self.answered.emit(self._answers.get())
