"""The lanes of a song: the original, and one for each stem, all over the same time."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QScrollBar, QVBoxLayout, QWidget

from core.session import ORIGINAL, Session
from core.waveforms import WaveformReader
from gui.lane import Lane, OriginalLane, Strip
from gui.ruler import Ruler
from gui.view import View

_ZOOM_STEP = 0.5
_LANE_HEIGHTS = (74, 320)
_ORIGINAL_HEIGHTS = (88, 200)


class Lanes(QWidget):
    """Shows one session at a time, while it grows and afterwards. Positions are in seconds of the song."""

    changed = Signal()
    sought = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.view = View(self)
        self.original = OriginalLane(self.view)
        self.lanes: list[Lane] = []
        self.scroll = QScrollBar(Qt.Orientation.Horizontal)
        self.ruler = Ruler(self.view)
        self.original.add_around(self.ruler, self.scroll)
        self._session: Session | None = None
        self._reader: WaveformReader | None = None
        self._drawn = 0  # columns
        self._position = 0
        self._redraw = QTimer(self, interval=0, singleShot=True)  # once for all that happens before it
        self._redraw.timeout.connect(lambda: self._draw(0))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._add(self.original, _ORIGINAL_HEIGHTS)
        self._column.addStretch(1)
        self._connect()
        self._on_view_changed()

    def _connect(self) -> None:
        self.view.changed.connect(self._on_view_changed)
        self.ruler.region_shown.connect(self._show_region)
        self.scroll.valueChanged.connect(lambda value: self.view.move_to(value * self._scroll_unit))
        self.original.waveform.resized.connect(self._redraw.start)
        for button, keys, action in (
            (self.original.zoom_out, ("Ctrl+-",), lambda: self._zoom(1 / _ZOOM_STEP)),
            (self.original.zoom_in, ("Ctrl++", "Ctrl+="), lambda: self._zoom(_ZOOM_STEP)),
            (self.original.show_all, ("Ctrl+0",), self.view.show_all),
        ):
            button.clicked.connect(action)
            for key in keys:
                QShortcut(QKeySequence(key), self, activated=action)

    def _add(self, strip: Strip, heights: tuple[int, int]) -> None:
        strip.setMinimumHeight(heights[0])
        strip.setMaximumHeight(heights[1])
        strip.waveform.sought.connect(self._on_sought)
        self._column.insertWidget(len(self.lanes), strip, heights[1])

    def set_stems(self, stems: Sequence[str]) -> None:
        """Fresh lanes for these stems; the present ones are kept if they are the same."""
        if [lane.stem for lane in self.lanes] == list(stems):
            return
        for lane in self.lanes:
            self._column.removeWidget(lane)
            lane.deleteLater()
        self.lanes = []
        for stem in stems:
            lane = Lane(stem, self.view)
            self.lanes.append(lane)
            self._add(lane, _LANE_HEIGHTS)
            lane.changed.connect(self._on_lane_changed)
        order = [self.original.show_all, self.ruler, *(part for lane in self.lanes for part in lane.tab_order)]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def gains(self) -> dict[str, float]:
        return {lane.stem: lane.gain for lane in self.lanes}

    # What is shown.

    def show_session(self, session: Session, length_s: float | None) -> None:
        """Shows the stems as they come. The song should be ``length_s`` long, if that is known."""
        self.clear()
        self.set_stems(session.stems)
        self._session, self._reader = session, WaveformReader(session)
        self.view.reset(round((length_s or 0) * session.rate), session.rate)

    def grow(self) -> None:
        """Draws what has been separated since."""
        if self._session is None:
            return
        if self._session.frames > self.view.length:
            self.view.set_length(self._session.frames)
        elif not self._redraw.isActive():
            self._draw(max(self._drawn - 1, 0))

    def finish(self) -> None:
        """The session will not grow any more: its length is that of the song."""
        if self._session:
            self.view.set_length(self._session.frames)
            self._redraw.start()

    def clear(self) -> None:
        """Lets go of the session."""
        if self._reader:
            self._reader.close()
        self._session = self._reader = None
        self._drawn = self._position = 0
        for strip in self._strips.values():
            strip.waveform.show_columns(0, [])
            strip.waveform.set_playhead(None)
        self.silence()
        self.view.reset(1, 1)

    def show_position(self, seconds: float) -> None:
        """Moves the playhead."""
        if self._session:
            self._move_playhead(round(seconds * self._session.rate))

    def show_levels(self, levels: Mapping[str, float], seconds: float) -> None:
        """Shows the largest absolute samples heard in the last ``seconds``: of the stems, and of the mix as ORIGINAL."""
        for name, strip in self._strips.items():
            strip.meter.advance(levels.get(name, 0.0), seconds)

    def silence(self) -> None:
        """Nothing is played any more."""
        for strip in self._strips.values():
            strip.meter.clear()

    def refresh_icons(self) -> None:
        for strip in self._strips.values():
            strip.refresh_icons()

    @property
    def _strips(self) -> dict[str, Strip]:
        return {ORIGINAL: self.original, **{lane.stem: lane for lane in self.lanes}}

    @property
    def _scroll_unit(self) -> int:
        """Frames that the scroll bar counts as one: its numbers end where a song of some hours does not."""
        return max(self.view.length >> 24, 1)

    def _draw(self, skip: int) -> None:
        """Shows the columns that are there, from ``skip`` on."""
        if self._reader is None:
            return
        count = self.original.waveform.columns
        found = self._reader.read(self.view.first, self.view.end, count, skip)
        self._drawn = skip + len(found[ORIGINAL])
        for name, strip in self._strips.items():
            strip.waveform.show_columns(skip, found[name])

    def _show_region(self) -> None:
        region, rate = self.ruler.region, self.view.rate
        frames = (region.start * rate // 1000, region.end * rate // 1000) if region else None
        for strip in self._strips.values():
            strip.waveform.set_region(frames, self.ruler.looping)

    def _move_playhead(self, frame: int) -> None:
        before, self._position = self._position, frame
        if not self.view.shows_all:
            self.view.follow(before, frame)
        for strip in self._strips.values():
            strip.waveform.set_playhead(frame)

    # What the user does.

    def _on_lane_changed(self) -> None:
        any_solo = any(lane.solo.isChecked() for lane in self.lanes)
        for lane in self.lanes:
            lane.set_solos(any_solo)
        self.changed.emit()

    def _on_sought(self, frame: int) -> None:
        if self._session and self._session.frames:
            frame = min(frame, self._session.frames)
            self._move_playhead(frame)
            self.sought.emit(frame / self._session.rate)

    def _zoom(self, factor: float) -> None:
        """Around the playhead, if it is in view."""
        view = self.view
        seen = view.first <= self._position <= view.end
        view.zoom(factor, self._position if seen else view.first + view.count / 2)

    def _on_view_changed(self) -> None:
        view, unit = self.view, self._scroll_unit
        self.scroll.blockSignals(True)
        self.scroll.setRange(0, (view.length - view.count) // unit)
        self.scroll.setPageStep(max(view.count // unit, 1))
        self.scroll.setSingleStep(max(view.count // unit // 10, 1))
        self.scroll.setValue(view.first // unit)
        self.scroll.blockSignals(False)
        self.scroll.setVisible(not view.shows_all)
        self.original.zoom_in.setEnabled(view.count > view.narrowest)
        self.original.zoom_out.setEnabled(not view.shows_all)
        self.original.show_all.setEnabled(not view.shows_all)
        self._redraw.start()
