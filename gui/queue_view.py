"""The page of the queue."""

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QDir, QPoint, QStandardPaths, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
)
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from core import songs
from core.messages import printable
from core.output import Output
from core.queue import Queue
from core.queue_items import Item
from core.separation.care import Care
from gui import icons, queue_menu, theme
from gui.care_dialog import CareDialog
from gui.dropped import files_in, has_files
from gui.i18n import mark, on_language_change, say, translate
from gui.queue_intake import Intake
from gui.queue_model import QueueModel
from gui.queue_runner import QueueRunner
from gui.queue_table import QueueTable
from gui.queue_texts import count_text, detail_text, format_text
from gui.widgets import elided_label, label, plain_tip, set_property, wrappable

_COUNT_MS = 50


class QueuePage(QWidget):
    """Shows the queue and lets it be changed; what runs it is the ``runner``."""

    open_wanted = Signal(object)  # Item that is done
    format_wanted = Signal()
    folder_chosen = Signal(object)  # Path, for the files of all songs from now on
    told = Signal(str)  # a sentence for the window to translate; none when what it says may not hold any more
    waiting_changed = Signal(int)  # how many songs are not done yet

    def __init__(self, queue: Queue, runner: QueueRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue, self._runner = queue, runner
        self._folder, self._output, self._care = Path(), Output(), Care()
        self.model = QueueModel(queue, self)
        self.intake = Intake(queue, self)
        self.table = QueueTable(self.model)
        self._make_parts()
        self._lay_out()
        self._connect()
        self.refresh_icons()
        self._show_state()
        self.intake.measure()

    # What the window asks for

    @property
    def waiting(self) -> int:
        """How many songs are not done yet."""
        return sum(item.state in ("waiting", "running") for item in self.model.items)

    def add(self, paths: Sequence[Path], model: str | None = None) -> None:
        """Takes in files, and folders with all songs in them, in the background; for ``model``, or that of the settings."""
        self.told.emit("")
        self.intake.add(paths, model, [self._folder])

    def show_output(self, folder: Path, output: Output, model: str | None = None, care: Care = Care()) -> None:  # noqa: B008
        """Where the files of the songs go, what they are, and what the settings say of the model."""
        self._folder, self._output, self._care = folder, output, care
        self.refresh_models(model)
        self._show_texts()

    def refresh_models(self, model: str | None = None) -> None:
        """When models came or went."""
        self.model.refresh_models(model)
        self.table.fit_columns()

    def refresh_icons(self) -> None:
        """Once more in the colours of the theme."""
        colours = theme.current()
        self._picture.setPixmap(icons.icon("queue", colours.accent).pixmap(56, 56))
        for button, name in ((self.add_button, "song"), (self.add_folder_button, "open")):
            button.setIcon(icons.icon(name, colours.text))
        self.model.refresh_icons()
        self._show_state()

    def close_jobs(self) -> None:
        """Ends what goes on in the background, and follows the queue no longer."""
        self.intake.close()
        self.model.close()

    # How it is made

    def _make_parts(self) -> None:
        self.heading = label(name="title")
        self.count = label(faint=True)
        self.folder = elided_label(faint=True)
        self.format = label(faint=True)
        self.detail = label()
        self.detail.setWordWrap(True)
        self.add_button, self.add_folder_button = QPushButton(), QPushButton()
        self.start_button = QPushButton()
        self.start_button.setProperty("primary", True)
        quiet = [QPushButton() for _ in range(5)]
        self.folder_button, self.format_button, self.retry_button, self.clear_button, self.cancel_button = quiet
        for button in quiet:
            button.setProperty("quiet", True)
        for button in (self.folder_button, self.format_button):
            button.setProperty("beside", True)  # a text in the same colour
        say(self.heading.setText, "Queue")
        say(self.add_button.setText, "Add files…")
        say(self.add_folder_button.setText, "Add folder…")
        say(self.folder_button.setText, "Change…")
        say(self.format_button.setText, "Format…")
        say(self.retry_button.setText, "Retry failed")
        say(self.clear_button.setText, "Clear done")
        say(self.cancel_button.setText, "Cancel all")
        say(self.folder_button.setAccessibleName, "Change the folder that the files go to")
        say(self.format_button.setAccessibleName, "Change the format of the files")

    def _lay_out(self) -> None:
        self.stack = QStackedWidget()
        self.stack.addWidget(self._empty_area())
        self.stack.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(_row(self.heading, 8, self.count, None, self.add_button, self.add_folder_button, self.start_button))
        column.addLayout(_row(self.folder, self.folder_button, None, self.format, self.format_button))
        column.addWidget(self.stack, 1)
        bottom = _row(self.detail, self.retry_button, self.clear_button, self.cancel_button)
        bottom.setStretchFactor(self.detail, 1)
        self.detail.ensurePolished()
        self.detail.setText("Ägगी\nÄgगी")
        self.detail.setFixedHeight(self.detail.sizeHint().height())  # two lines in any script: the table does not jump
        column.addLayout(bottom)

    def _empty_area(self) -> QFrame:
        self._area = QFrame()
        self._area.setObjectName("dropArea")
        self._picture = QLabel()
        sentence = label(faint=True)
        say(sentence.setText, "Drop songs and folders here; they are separated one after the other.")
        inside = QVBoxLayout(self._area)
        inside.setSpacing(14)
        inside.addStretch(1)
        for widget in (self._picture, sentence):
            inside.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addStretch(1)
        return self._area

    def _connect(self) -> None:
        self.setAcceptDrops(True)
        on_language_change(self._retranslate)
        self.add_button.clicked.connect(self.choose_files)
        self.add_folder_button.clicked.connect(self.choose_folder)
        self.start_button.clicked.connect(self.toggle)
        self.folder_button.clicked.connect(self.choose_output_folder)
        self.format_button.clicked.connect(self.format_wanted)
        self.retry_button.clicked.connect(lambda: self._queue.retry_failed())
        self.clear_button.clicked.connect(lambda: self._queue.clear_done())
        self.cancel_button.clicked.connect(self.cancel_all)
        self.table.open_wanted.connect(self.open_item)
        self.table.remove_wanted.connect(self.remove_selected)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.table.selection_changed.connect(self._show_detail)
        self._runner.progress.connect(self.model.show_progress)
        self._runner.state_changed.connect(self._show_state)
        self._later = QTimer(self, singleShot=True, interval=_COUNT_MS)
        self._later.timeout.connect(self._show_state)
        for signal in (self.model.rowsInserted, self.model.rowsRemoved, self.model.dataChanged):
            signal.connect(self._show_soon)
        self.intake.busy_changed.connect(self._show_state)
        self.intake.added.connect(self._on_added)

    # Songs come in

    def choose_files(self) -> None:
        """Opens the file dialog."""
        dialog = self._file_dialog(translate("Add songs to the queue"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        types = translate("Songs and videos ({types})").format(types=songs.PATTERNS)
        dialog.setNameFilters([types, translate("All files (*)")])
        dialog.setOption(QFileDialog.Option.HideNameFilterDetails)
        dialog.filesSelected.connect(lambda names: self.add([Path(name) for name in names]))
        dialog.open()

    def choose_folder(self) -> None:
        """Opens the file dialog for a folder of songs."""
        dialog = self._file_dialog(translate("Add all songs of a folder to the queue"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda name: self.add([Path(name)]))
        dialog.open()

    def choose_output_folder(self) -> None:
        """Opens the file dialog for the folder that the stems go to."""
        dialog = self._file_dialog(translate("Choose the folder for the separated songs"), str(self._folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda name: self.folder_chosen.emit(Path(name)))
        dialog.open()

    def _file_dialog(self, title: str, start: str = "") -> QFileDialog:
        music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        dialog = QFileDialog(self, title, start or music)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def paste(self) -> None:
        """Adds the files that are in the clipboard."""
        files = files_in(QGuiApplication.clipboard().mimeData())
        if files:
            self.add(files)

    def _on_added(self, count: int) -> None:
        if not count:
            self.told.emit(mark("No songs were found in what was added."))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if has_files(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._invite(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._invite(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._invite(False)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.add(files_in(event.mimeData()))

    def _invite(self, inviting: bool) -> None:
        for widget in (self._area, self.table):
            set_property(widget, "inviting", inviting)

    # What is done with them

    def toggle(self) -> None:
        """Starts, pauses, or goes on."""
        if self._runner.state == "running":
            self._runner.pause()
        else:
            self._runner.start()

    def open_item(self) -> None:
        """Opens the current one if it is done."""
        item = self.table.current
        if item and item.state == "done":
            self.open_wanted.emit(item)

    def show_in_folder(self) -> None:
        item = self.table.current
        if item and item.files:
            folder = next(iter(item.files.values())).parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def cancel_all(self) -> None:
        """Also the search for songs in what was dropped."""
        self.intake.cancel()
        self._runner.cancel_all()

    def cancel_selected(self) -> None:
        self._runner.cancel(self._selected_ids())

    def retry_selected(self) -> None:
        self._queue.retry(self._selected_ids())

    def remove_selected(self) -> None:
        self._runner.remove(self._selected_ids())

    def move_selected(self, step: int) -> None:
        self.table.move_selected(step)

    def set_model(self, name: str | None) -> None:
        self._queue.set_model(self._selected_ids(), name)

    @property
    def careful(self) -> list[Item]:
        """Those selected that wait for a model of Demucs'."""
        waiting = [item for item in self.table.selected if item.state == "waiting"]
        return [item for item in waiting if (model := self.model.model_of(item)) and model.bag]

    def choose_care(self) -> None:
        """Asks how careful the model is to be with the selected songs."""
        items = self.careful
        model = self.model.model_of(items[0]) if items else None
        if model is None:
            return
        dialog = CareDialog(model, items[0].care or self._care, self, follows=True)
        ids = [item.id for item in items]
        dialog.accepted.connect(lambda: self._queue.set_care(ids, dialog.care))
        dialog.open()

    def _selected_ids(self) -> Collection[int]:
        return [item.id for item in self.table.selected]

    def _show_menu(self, place: QPoint) -> None:
        menu = queue_menu.build(self.table.selected, self, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.table.viewport().mapToGlobal(place))

    # What is shown around the table

    def _show_soon(self) -> None:
        """Counting a thousand songs at each of a thousand changes would be too much."""
        if not self._later.isActive():
            self._later.start()

    def _show_state(self) -> None:
        items, running = self.model.items, self._runner.state
        states = {item.state for item in items}
        self.waiting_changed.emit(self.waiting)
        self.stack.setCurrentWidget(self.table if items else self._area)
        self.detail.setVisible(bool(items))
        self.start_button.setEnabled(running != "idle" or "waiting" in states)
        self.retry_button.setVisible("failed" in states)
        self.clear_button.setVisible("done" in states)
        self.cancel_button.setVisible(self.intake.busy or bool(states & {"waiting", "running"}))
        self._show_texts()

    def _show_texts(self) -> None:
        """What is said in other words when something changes."""
        say(self.start_button.setText, self._start_text)
        say(self.count.setText, self._count_text)
        say(self.folder.setText, self._folder_text)
        say(self.folder.setToolTip, lambda: plain_tip(self._folder_text()))
        say(self.format.setText, lambda: format_text(self._output))
        icon = "pause" if self._runner.state == "running" else "play"
        self.start_button.setIcon(
            icons.icon(icon, theme.current().on_accent if self.start_button.isEnabled() else theme.current().faint)
        )
        self._show_detail()

    def _show_detail(self) -> None:
        selected = self.table.selected
        say(self.detail.setText, lambda: wrappable(detail_text(selected, bool(self.careful))))
        say(self.detail.setToolTip, lambda: plain_tip(detail_text(selected, bool(self.careful))))
        set_property(self.detail, "tone", "bad" if len(selected) == 1 and selected[0].failure else "")

    def _start_text(self) -> str:
        match self._runner.state:
            case "idle":
                return translate("Start")
            case "running":
                return translate("Pause")
            case "pausing":
                return translate("Go on")

    def _count_text(self) -> str:
        if self.intake.busy:
            return translate("Looking for songs…")
        text = count_text(self.model.items)
        if self._runner.state == "pausing":
            return translate("{count} – pausing after this song").format(count=text)
        return text

    def _folder_text(self) -> str:
        return translate("Into {folder}").format(folder=printable(QDir.toNativeSeparators(str(self._folder))))

    def _retranslate(self) -> None:
        self.model.retranslate()
        self.table.fit_columns()


def _row(*parts: QWidget | int | None) -> QHBoxLayout:
    """Widgets side by side; a number is a gap, None takes the room that is left."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for part in parts:
        if part is None:
            row.addStretch(1)
        elif isinstance(part, int):
            row.addSpacing(part)
        else:
            row.addWidget(part)
    return row
