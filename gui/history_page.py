"""Shows the songs that were separated: to be opened again, separated again, found on disk, or forgotten."""

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QSortFilterProxyModel, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core import history
from core.cancel import CancelToken
from core.engines import Notify
from core.errors import AntaraError
from core.history import Entry, Standing
from gui import failures
from gui.history_model import SORT_ROLE, Column, HistoryModel, standing_text
from gui.i18n import plural, say, translate
from gui.widgets import MessageBar, label
from gui.worker import BackgroundJob, start_detached

_ROW_HEIGHT = 38
_WIDTHS = {Column.LENGTH: 72, Column.WHEN: 138, Column.MODEL: 142, Column.STEMS: 106, Column.STATE: 144}


class HistoryPage(QWidget):
    """Reads the history each time it is shown. What is wanted of an entry is for the window to do."""

    open_wanted = Signal(object)  # Entry whose stems can be opened
    separate_wanted = Signal(object)  # Entry whose song is there
    refreshed = Signal()  # all is known of the files, too

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = HistoryModel()
        self._shown = QSortFilterProxyModel(self)
        self._reading: BackgroundJob | None = None
        self._again = False  # to be read once more when that has ended
        self.search = QLineEdit()
        self.clear_button = QPushButton()
        self.message = MessageBar()
        self.table = _Table()
        self.headline, self.hint = label(name="headline"), label(faint=True)
        self.detail = label(faint=True)
        self.open_button, self.separate_button = QPushButton(), QPushButton()
        self.folder_button, self.remove_button = QPushButton(), QPushButton()
        self._build_table()
        self._say()
        self._lay_out()
        self._connect()
        self._show_state()

    def _build_table(self) -> None:
        self._shown.setSourceModel(self.model)
        self._shown.setSortRole(SORT_ROLE)
        self._shown.setFilterKeyColumn(-1)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.table.setModel(self._shown)
        self.table.sortByColumn(Column.WHEN, Qt.SortOrder.DescendingOrder)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(Column.SONG, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)

    def _say(self) -> None:
        say(self.search.setPlaceholderText, lambda: translate("Search"))
        say(self.search.setAccessibleName, lambda: translate("Search the history"))
        say(self.table.setAccessibleName, lambda: translate("Separated songs"))
        say(self.clear_button.setText, lambda: translate("Clear history…"))
        say(self.open_button.setText, lambda: translate("Open"))
        say(self.open_button.setToolTip, lambda: translate("Opens the stems that were exported (Return)"))
        say(self.separate_button.setText, lambda: translate("Separate again"))
        say(self.folder_button.setText, lambda: translate("Show in folder"))
        say(self.remove_button.setText, lambda: translate("Remove from the list"))
        say(self.remove_button.setToolTip, lambda: translate("Its files stay where they are (Delete)"))
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)  # a file that is dropped there is a song, not its name
        self.open_button.setProperty("primary", True)
        for button in (self.clear_button, self.folder_button, self.remove_button):
            button.setProperty("quiet", True)

    def _lay_out(self) -> None:
        self._top, self._bottom = QWidget(), QWidget()
        top = QHBoxLayout(self._top)
        top.setContentsMargins(0, 0, 0, 0)
        top.addWidget(self.search, 1)
        top.addSpacing(10)
        top.addWidget(self.clear_button)
        self._stack, self._empty = QStackedWidget(), QFrame()
        self._empty.setProperty("card", True)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        inside = QVBoxLayout(self._empty)
        inside.setSpacing(10)
        inside.addStretch(1)
        for text in (self.headline, self.hint):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            text.setWordWrap(True)
            inside.addWidget(text)
        inside.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        for button in (self.open_button, self.separate_button, self.folder_button, self.remove_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        bottom = QVBoxLayout(self._bottom)
        bottom.setContentsMargins(0, 0, 0, 0)
        bottom.setSpacing(14)
        bottom.addWidget(self.detail)
        bottom.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self._top)
        column.addWidget(self.message)
        column.addWidget(self._stack, 1)
        column.addWidget(self._bottom)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._filter)
        self.clear_button.clicked.connect(self._ask_to_clear)
        self.open_button.clicked.connect(self._open)
        self.separate_button.clicked.connect(self._separate)
        self.folder_button.clicked.connect(self._show_folder)
        self.remove_button.clicked.connect(self._remove)
        self.table.opened.connect(self._open)
        self.table.removed.connect(self._remove)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.table.selectionModel().selectionChanged.connect(self._show_selection)
        self._shown.dataChanged.connect(self._show_selection)
        for change in (self._shown.modelReset, self._shown.rowsRemoved, self._shown.rowsInserted):
            change.connect(self._show_state)
        QShortcut(QKeySequence.StandardKey.Find, self, activated=self._focus_search)

    # What is shown

    def refresh(self) -> None:
        """Reads the history anew, in the background."""
        if self._reading:
            self._again = True
            self._reading.cancel()
            return
        self._again = False
        self._reading = start_detached(_read)
        self._reading.progressed.connect(self._on_read)
        self._reading.finished.connect(self._on_all_read)

    @property
    def selected(self) -> list[Entry]:
        """The entries that are chosen, from the top down."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self._entry(row) for row in rows]

    def _entry(self, row: int) -> Entry:
        return self.model.entry(self._shown.mapToSource(self._shown.index(row, 0)).row())

    def _on_read(self, news: list[Entry] | tuple[str, Standing]) -> None:
        if isinstance(news, list):
            chosen = {entry.id for entry in self.selected}
            self.model.show_entries(news)
            self._select(chosen)
        else:
            self.model.show_standing(*news)

    def _on_all_read(self) -> None:
        self._reading = None
        if self._again:
            self.refresh()
        else:
            self.refreshed.emit()

    def _select(self, entry_ids: Collection[str]) -> None:
        """Chooses these again after the rows were made anew; the first one where there are none."""
        rows = [row for row in range(self._shown.rowCount()) if self._entry(row).id in entry_ids] or [0]
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in rows:
            self.table.selectionModel().select(self._shown.index(row, 0), flags)
        self.table.selectionModel().setCurrentIndex(self._shown.index(rows[0], 0), flags)

    def _filter(self, text: str) -> None:
        self._shown.setFilterFixedString(text.strip())
        if not self.selected:
            self._select(())

    def _show_state(self) -> None:
        """The table, or a sentence in its place."""
        wanted = self.search.text().strip()
        if self._shown.rowCount():
            self._stack.setCurrentWidget(self.table)
        else:
            self._stack.setCurrentWidget(self._empty)
            found_none = translate("Nothing here matches “{text}”.").format(text=wanted)
            self.headline.setText(found_none if wanted else translate("No songs yet"))
            self.hint.setText("" if wanted else translate("Songs that you separate are listed here, to be opened again."))
        for part in (self._top, self._bottom):
            part.setVisible(self.model.rowCount() > 0)
        self._show_selection()

    def _show_selection(self) -> None:
        """What can be done with the entries that are chosen, and how things stand with their files."""
        chosen = self.selected
        standing = self.model.standing(chosen[0]) if len(chosen) == 1 else None
        one = len(chosen) == 1
        self.open_button.setEnabled(one and (standing is None or standing.can_reopen))
        self.separate_button.setEnabled(one and (standing is None or standing.song != "missing"))
        self.folder_button.setEnabled(one and (standing is None or standing.song != "missing" or standing.stems == "here"))
        self.remove_button.setEnabled(bool(chosen))
        if len(chosen) > 1:
            self.detail.setText(plural("%n song(s) chosen", len(chosen)))
        else:
            self.detail.setText(standing_text(standing) if standing else "")

    # What is done

    def _open(self) -> None:
        for entry in self.selected[:1]:
            standing = self.model.standing(entry)
            if standing is None or standing.can_reopen:
                self.open_wanted.emit(entry)

    def _separate(self) -> None:
        for entry in self.selected[:1]:
            self.separate_wanted.emit(entry)

    def _show_folder(self) -> None:
        """That of the stems, if they are there, else that of the song."""
        for entry in self.selected[:1]:
            standing = self.model.standing(entry)
            exported = standing is not None and standing.can_reopen
            path = Path(entry.files[entry.stems[0]].path if exported else entry.song)
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

    def _remove(self) -> None:
        chosen = {entry.id for entry in self.selected}
        if chosen:
            row = min(index.row() for index in self.table.selectionModel().selectedRows())
            self.model.remove_entries(chosen)
            if self._shown.rowCount():
                self.table.selectRow(min(row, self._shown.rowCount() - 1))
            self._change(partial(history.remove, chosen))

    def _ask_to_clear(self) -> None:
        box = QMessageBox(self)
        say(box.setWindowTitle, "Clear the history")
        say(box.setText, "Remove all songs from the list?")
        say(box.setInformativeText, "The songs and the exported stems stay where they are.")
        clear = box.addButton("", QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton("", QMessageBox.ButtonRole.RejectRole)
        say(clear.setText, "Clear")
        say(keep.setText, "Keep")
        box.setDefaultButton(keep)
        clear.clicked.connect(self._clear)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _clear(self) -> None:
        self.search.clear()
        self.model.show_entries([])
        self._change(history.clear)

    def _change(self, change: Callable[[], None]) -> None:
        """Has it done in the background; the list then shows what came of it."""
        self.message.hide()
        job = start_detached(lambda cancel, report, notify: change())
        job.failed.connect(self._on_failed)
        job.finished.connect(self.refresh)

    def _on_failed(self, error: AntaraError) -> None:
        failures.show(self.message, error)

    def _focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in (self.open_button, self.separate_button, self.folder_button, self.remove_button):
            action = menu.addAction(button.text(), button.click)
            action.setEnabled(button.isEnabled())
        menu.popup(self.table.viewport().mapToGlobal(place))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.model.refresh_texts()
            self._show_state()
        super().changeEvent(event)


class _Table(QTableView):
    """Rows to choose from. Return and a double click open, Delete removes."""

    opened = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.horizontalHeader().setHighlightSections(False)
        self.doubleClicked.connect(self.opened)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif event.matches(QKeySequence.StandardKey.Delete):
            self.removed.emit()
        else:
            super().keyPressEvent(event)


def _read(cancel: CancelToken, report: Callable[[Any], None], notify: Notify) -> None:
    """Reports a list of the entries, then for each of them (id, standing)."""
    entries = list(history.load())
    report(entries)
    for entry in entries:
        cancel.raise_if_cancelled()
        report((entry.id, history.standing(entry)))
