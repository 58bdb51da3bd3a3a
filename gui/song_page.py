"""The page of a song: what it is, the model and the button that separates it, progress, lanes and transport."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.audio.reader import AudioInfo
from core.messages import printable
from core.models.catalogue import Model
from core.progress import Progress, clock_text
from core.separation.care import Care
from gui import icons, theme
from gui.care_dialog import care_text
from gui.i18n import Text, mark, plural, say, translate
from gui.lanes import Lanes
from gui.messages import progress_text
from gui.model_box import ModelBox
from gui.transport import Transport
from gui.widgets import elided_label, label, plain_tip, set_property

_PROGRESS_STEPS = 1000


class SongPage(QWidget):
    """Shows and forwards; decides nothing."""

    open_wanted = Signal()
    separate_wanted = Signal()
    cancel_wanted = Signal()
    export_wanted = Signal()
    care_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = elided_label(name="title")
        self._details = elided_label(faint=True)
        self.open_button = QPushButton()
        self.models = ModelBox()
        self.care_button = QPushButton()
        self.separate_button = QPushButton()
        self.separate_button.setProperty("primary", True)
        self.cancel_button = QPushButton()
        self.export_button = QPushButton()
        for button, text in (
            (self.open_button, mark("Open…")),
            (self.care_button, mark("Quality…")),
            (self.separate_button, mark("Separate")),
            (self.cancel_button, mark("Cancel")),
            (self.export_button, mark("Export…")),
        ):
            say(button.setText, text)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, _PROGRESS_STEPS)
        say(self.bar.setAccessibleName, "Progress of the separation")
        self._progress = label(faint=True)
        self.lanes = Lanes()
        self.transport = Transport(self.lanes.ruler)
        self.open_button.clicked.connect(self.open_wanted)
        self.care_button.clicked.connect(self.care_wanted)
        self.separate_button.clicked.connect(self.separate_wanted)
        self.cancel_button.clicked.connect(self.cancel_wanted)
        self.export_button.clicked.connect(self.export_wanted)
        self._lay_out()
        self.refresh_icons()

    def _lay_out(self) -> None:
        titles = QVBoxLayout()
        titles.setSpacing(2)
        titles.addWidget(self._title)
        titles.addWidget(self._details)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addLayout(titles, 1)
        for widget in (self.open_button, self.models, self.care_button):
            head.addWidget(widget)
        for widget in (self.separate_button, self.cancel_button, self.export_button):
            head.addWidget(widget)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the lanes in it are walked through
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.lanes)
        scroll.setWidget(inside)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(10)
        page.addLayout(head)
        page.addSpacing(4)
        page.addWidget(self.bar)
        page.addWidget(self._progress)
        page.addSpacing(2)
        page.addWidget(scroll, 1)
        page.addWidget(self.transport)

    @property
    def model(self) -> Model:
        return self.models.model_in_use

    @property
    def progress_text(self) -> str:
        return self._progress.text()

    def show_song(self, song: AudioInfo) -> None:
        self._title.setText(printable(song.path.name))
        self._title.setToolTip(plain_tip(str(song.path)))
        say(self._details.setText, lambda: _details_text(song))
        self.transport.clear_loop()
        self.transport.show_length(song.duration_s or 0.0)

    def show_state(self, *, busy: bool, separated: bool) -> None:
        """Which buttons are there and usable."""
        self.separate_button.setVisible(not busy)
        self.cancel_button.setVisible(busy)
        self.export_button.setEnabled(separated and not busy)
        self.models.setEnabled(not busy)
        self.care_button.setEnabled(not busy)
        self.care_button.setVisible(self.model.bag is not None)
        self.open_button.setEnabled(not busy)
        self.bar.setVisible(busy)
        # One thing to do next, in the accent colour.
        for button, primary in ((self.separate_button, not separated), (self.export_button, separated)):
            set_property(button, "primary", primary)
        self.refresh_icons()

    def show_care(self, care: Care) -> None:
        """What is asked of a model of Demucs'."""
        say(self.care_button.setToolTip, partial(care_text, care))

    def show_busy(self, text: Text) -> None:
        """Something is going on whose end is not known."""
        self.bar.setRange(0, 0)
        self.show_summary(text)

    def show_progress(self, progress: Progress) -> None:
        if progress.fraction is None:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, _PROGRESS_STEPS)
            self.bar.setValue(round(progress.fraction * _PROGRESS_STEPS))
        self.show_summary(lambda: progress_text(progress))

    def show_summary(self, text: Text) -> None:
        """One line about the finished separation, in the place of the progress; none if empty."""
        say(self._progress.setText, text)
        self._progress.setVisible(bool(text))

    def refresh_icons(self) -> None:
        colours = theme.current()
        self.open_button.setIcon(icons.icon("open", colours.text))
        primary = self.export_button.property("primary") and self.export_button.isEnabled()
        self.export_button.setIcon(icons.icon("export", colours.on_accent if primary else colours.faint))
        self.lanes.refresh_icons()
        self.transport.refresh_icons()


def _details_text(song: AudioInfo) -> str:
    """``3:07 · 44.1 kHz · stereo``, as far as it is known."""
    length = clock_text(song.duration_s) if song.duration_s else ""
    named = {1: translate("mono"), 2: translate("stereo")}
    channels = named.get(song.channels) or plural("%n channel(s)", song.channels)
    parts = (length, translate("{rate:g} kHz").format(rate=song.sample_rate / 1000), channels)
    return " · ".join(part for part in parts if part)
