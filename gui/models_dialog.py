"""Shows the models, and lets them be downloaded, added from disk and removed."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QDir, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core import paths
from core.errors import AntaraError
from core.messages import printable
from core.models import catalogue, store
from core.models.catalogue import Model
from core.models.store import Status
from gui import failures, icons, theme
from gui.downloads import Downloads, key_of
from gui.i18n import Source, mark, on_language_change, say, translate
from gui.messages import model_name, size_text
from gui.model_row import AdditionRow, ModelRow
from gui.widgets import MessageBar, label, set_property

_ARCHIVES = "*.tar.gz *.tgz *.tar *.tar.xz *.tar.bz2"


class ModelsDialog(QDialog):
    """A card for everything that is installed as one thing. What goes on lives in ``downloads`` and survives the dialog."""

    def __init__(self, downloads: Downloads, parent: QWidget) -> None:
        super().__init__(parent)
        say(self.setWindowTitle, "Models")
        self.setAcceptDrops(True)
        self.setMinimumSize(620, 420)
        self.resize(QSize(800, 700).boundedTo(self.screen().availableSize() * 0.9))
        self._downloads = downloads
        self.rows: dict[str, ModelRow] = {}
        self.additions: dict[str, AdditionRow] = {}
        self._statuses: dict[str, Status] = {}
        self.message = MessageBar()
        self._cards = QWidget()
        self._column = QVBoxLayout(self._cards)
        self._scroll = QScrollArea()
        self.add_button, self.folder_button, self.close_button = QPushButton(), QPushButton(), QPushButton()
        say(self.add_button.setText, "Add from disk")
        say(self.folder_button.setText, "Show folder")
        say(self.close_button.setText, "Close")
        self._build()
        self._connect()
        self.refresh_icons()
        self._downloads.check(row.models[0] for row in self.rows.values() if row.models[0].installed)

    def _build(self) -> None:
        menu = QMenu(self)
        say(menu.addAction("", self.choose_archive).setText, "Archive (.tar.gz)…")
        say(menu.addAction("", self.choose_folder).setText, "Folder…")
        self.add_button.setMenu(menu)
        self.add_button.setProperty("menu", True)
        self.folder_button.setProperty("quiet", True)
        self.close_button.setDefault(True)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        self._column.addStretch(1)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._cards)
        self._area = QFrame()
        self._area.setObjectName("dropArea")
        area = QHBoxLayout(self._area)
        area.setContentsMargins(18, 12, 14, 12)
        invitation = label("Have a model on disk? Drop its archive or its folder here.", faint=True)
        invitation.setWordWrap(True)
        area.addWidget(invitation, 1)
        area.addWidget(self.folder_button)
        area.addWidget(self.add_button)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(14)
        introduction = label("A model is downloaded once, and then works without a connection.", faint=True)
        introduction.setWordWrap(True)
        column.addWidget(introduction)
        column.addWidget(self.message)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._area)
        column.addLayout(buttons)

    def _connect(self) -> None:
        on_language_change(self._fill)
        self.close_button.clicked.connect(self.accept)
        self.folder_button.clicked.connect(self._show_folder)
        self._downloads.changed.connect(self._refresh)
        self._downloads.installed.connect(self._on_installed)
        self._downloads.removed.connect(self._fill)
        self._downloads.failed.connect(self._on_failed)

    def _on_failed(self, key: str, error: AntaraError) -> None:
        failures.show(self.message, error)

    def show_model(self, name: str) -> None:
        """Scrolls to the row of the model ``name``, and moves the keyboard there."""
        row = self._row_of(name)
        if row:
            self._scroll_to(row)
            (row.download if row.download.isVisible() else row.cancel).setFocus()

    def _row_of(self, name: str) -> ModelRow | None:
        return next((row for row in self.rows.values() if name in [model.name for model in row.models]), None)

    def _scroll_to(self, row: QWidget | None) -> None:
        """When the layout has settled."""
        if row:
            QTimer.singleShot(0, row, lambda: self._scroll.ensureWidgetVisible(row, 0, 10))

    # The cards

    def _on_installed(self, names: tuple[str, ...]) -> None:
        before = set(self.rows.values())
        self._fill()
        row = self._row_of(names[0])
        self._scroll_to(row if row not in before else None)

    def _fill(self) -> None:
        """A row for each key of the catalogue, in its order; those that are there already stay."""
        groups: dict[str, list[Model]] = {}
        for model in catalogue.models().values():
            groups.setdefault(key_of(model), []).append(model)
        for gone in set(self.rows) - set(groups):
            self._drop(self.rows.pop(gone))
        for place, (key, models) in enumerate(groups.items()):
            if key not in self.rows:
                self.rows[key] = self._new_row(key, models)
                self._insert(place, self.rows[key])
            self._refresh(key)
        for key in self._downloads.additions:
            self._refresh(key)

    def _new_row(self, key: str, models: list[Model]) -> ModelRow:
        row = ModelRow(models)
        row.download_wanted.connect(partial(self._download, models[0]))
        row.cancel_wanted.connect(partial(self._downloads.cancel, key))
        row.remove_wanted.connect(partial(self._ask_to_remove, key))
        return row

    def _refresh(self, key: str) -> None:
        """Shows how things stand with one key."""
        transfer = self._downloads.transfer(key)
        if key in self.rows:
            row, running = self.rows[key], self._downloads.is_running(key)
            if not running or key not in self._statuses:  # while files come and go, it is as it was
                self._statuses[key] = store.status(row.models[0])
            row.setEnabled(transfer is not None or not running)
            row.show_state(self._statuses[key], transfer, self._downloads.damage(key))
        elif transfer:
            self._addition(key).transfer.show_transfer(transfer)
        elif key in self.additions:
            self._drop(self.additions.pop(key))

    def _addition(self, key: str) -> AdditionRow:
        if key not in self.additions:
            row = AdditionRow(printable(Path(key).name))
            row.cancel_wanted.connect(partial(self._downloads.cancel, key))
            self.additions[key] = row
            self._insert(self._column.count() - 1, row)
            self._scroll_to(row)
        return self.additions[key]

    def _insert(self, place: int, row: QWidget) -> None:
        self._column.insertWidget(place, row)
        row.show()  # now: the layout passes over what is hidden

    def _drop(self, row: QWidget) -> None:
        self._column.removeWidget(row)
        row.deleteLater()

    def _download(self, model: Model) -> None:
        self.message.hide()
        self._downloads.download(model)

    def _ask_to_remove(self, key: str) -> None:
        model, status = self.rows[key].models[0], self._statuses[key]
        if status.folder is None:  # only a part of a download
            self._remove(model)
            return
        box = QMessageBox(self)
        say(box.setWindowTitle, "Remove a model")
        question = mark("Remove “{model}” ({size}) from this computer?")
        say(box.setText, lambda: translate(question).format(model=model_name(model), size=size_text(status.size)))
        box.setTextFormat(Qt.TextFormat.PlainText)
        say(box.setInformativeText, "It can be downloaded again." if model.archive else "It cannot be downloaded again.")
        remove = box.addButton("", QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton("", QMessageBox.ButtonRole.RejectRole)
        say(remove.setText, "Remove")
        say(keep.setText, "Keep")
        box.setDefaultButton(keep)
        remove.clicked.connect(partial(self._remove, model))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _remove(self, model: Model) -> None:
        self.message.hide()
        self.close_button.setFocus()  # the row's button goes, and the next row's must not be pressed in its place
        self._downloads.remove(model)

    # From disk

    def choose_archive(self) -> None:
        """Opens the file dialog for an archive."""
        dialog = self._file_dialog("Add a model from an archive")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        archives = translate("Archives ({types})").format(types=_ARCHIVES)
        dialog.setNameFilters([archives, translate("Configurations (*.json)"), translate("All files (*)")])
        dialog.open()

    def choose_folder(self) -> None:
        """Opens the file dialog for the folder of a model."""
        dialog = self._file_dialog("Add a model from its folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.open()

    def _file_dialog(self, title: Source) -> QFileDialog:
        dialog = QFileDialog(self, translate(title), str(Path.home()))
        dialog.fileSelected.connect(lambda name: self.add(Path(name)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def add(self, source: Path) -> None:
        """Installs an archive or a folder."""
        self.message.hide()
        self._downloads.add(source)

    def _show_folder(self) -> None:
        folder = str(paths.models_folder())
        QDir().mkpath(folder)
        QDesktopServices.openUrl(QUrl.fromLocalFile(folder))

    @property
    def is_inviting(self) -> bool:
        """Whether something that can be dropped hovers over the dialog."""
        return bool(self._area.property("inviting"))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event):
            event.acceptProposedAction()
            set_property(self._area, "inviting", True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        set_property(self._area, "inviting", False)

    def dropEvent(self, event: QDropEvent) -> None:
        set_property(self._area, "inviting", False)
        event.acceptProposedAction()
        for source in _dropped(event):
            self.add(source)

    def refresh_icons(self) -> None:
        """Once more in the colours of the theme."""
        self.folder_button.setIcon(icons.icon("open", theme.current().faint))
        self._fill()


def _dropped(event: QDropEvent | QDragEnterEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
