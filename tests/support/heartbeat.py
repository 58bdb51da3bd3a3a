"""How long the window's thread ever works without coming back to its event loop."""

import time

from PySide6.QtCore import QObject, Qt, QTimer


class Heartbeat(QObject):
    """Beats every 5 ms. ``longest_s`` is processor time of the window's thread: what other programs take does not count."""

    def __init__(self) -> None:
        super().__init__()
        self.beats, self.longest_s, self.longest_wall_s = 0, 0.0, 0.0
        self._last = (time.thread_time(), time.perf_counter())
        self._timer = QTimer(self, interval=5, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = (time.thread_time(), time.perf_counter())
        self.beats += 1
        self.longest_s = max(self.longest_s, now[0] - self._last[0])
        self.longest_wall_s = max(self.longest_wall_s, now[1] - self._last[1])
        self._last = now
