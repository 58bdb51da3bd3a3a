"""Which part of the song the lanes show: one for all of them."""

from PySide6.QtCore import QObject, Signal

_NARROWEST_S = 0.05
_PAGE_MARGIN = 0.05  # of the view, left of the playhead when it turns a page


class View(QObject):
    """``count`` of the song's ``length`` frames, from ``first`` on; never beyond its ends."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.length = self.count = self.rate = 1
        self.first = 0

    @property
    def end(self) -> int:
        return self.first + self.count

    @property
    def shows_all(self) -> bool:
        return self.count == self.length

    @property
    def narrowest(self) -> int:
        """The fewest frames that it shows."""
        return min(max(round(_NARROWEST_S * self.rate), 1), self.length)

    def reset(self, length: int, rate: int) -> None:
        """Shows all of a new song."""
        self.length, self.rate = max(length, 1), rate
        self._show(0, self.length)
        self.changed.emit()

    def set_length(self, length: int) -> None:
        """The song turns out to be as long as this; who sees all of it goes on to."""
        whole = self.shows_all
        self.length = max(length, 1)
        self._show(self.first, self.length if whole else self.count)

    def show_all(self) -> None:
        self._show(0, self.length)

    def zoom(self, factor: float, at: float) -> None:
        """Shows ``factor`` times as many frames; frame ``at`` stays where it is."""
        count = max(min(round(self.count * factor), self.length), self.narrowest)
        self._show(round(at - (at - self.first) * count / self.count), count)

    def move_to(self, first: float) -> None:
        self._show(round(first), self.count)

    def follow(self, before: int, now: int) -> None:
        """Turns the page when the playhead goes from ``before`` to ``now`` and out of the view."""
        if before < self.end <= now and before >= self.first:
            self.move_to(now - self.count * _PAGE_MARGIN)

    def x_of(self, frame: float, width: float) -> float:
        """Where ``frame`` lies in a widget that is ``width`` wide."""
        return (frame - self.first) * width / self.count

    def frame_at(self, x: float, width: float) -> int:
        """The frame at ``x``, or the nearest one that is shown."""
        return min(max(round(self.first + x * self.count / max(width, 1)), self.first), self.end)

    def _show(self, first: int, count: int) -> None:
        count = min(count, self.length)
        first = max(0, min(first, self.length - count))
        if (first, count) != (self.first, self.count):
            self.first, self.count = first, count
            self.changed.emit()
