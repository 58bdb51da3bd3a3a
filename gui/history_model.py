"""The history as a table."""

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QDateTime, QDir, QLocale, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from core.history import Entry, Standing
from core.messages import printable
from core.models import catalogue
from core.models.catalogue import Model
from core.progress import clock_text
from gui import theme
from gui.i18n import translate
from gui.messages import model_name, stem_name
from gui.widgets import plain_tip

SORT_ROLE = Qt.ItemDataRole.UserRole

Index = QModelIndex | QPersistentModelIndex

_NOWHERE = QModelIndex()


class Column(IntEnum):
    SONG = 0
    LENGTH = 1
    WHEN = 2
    MODEL = 3
    STEMS = 4
    STATE = 5


_TITLES: Mapping[Column, Callable[[], str]] = {
    Column.SONG: lambda: translate("Song"),
    Column.LENGTH: lambda: translate("Length"),
    Column.WHEN: lambda: translate("Separated"),
    Column.MODEL: lambda: translate("Model"),
    Column.STEMS: lambda: translate("Stems"),
    Column.STATE: lambda: translate("State"),
}


class HistoryModel(QAbstractTableModel):
    """A row for each entry, the last one first. How things stand with the files comes later, entry by entry."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []
        self._standings: dict[str, Standing] = {}
        self._models: Mapping[str, Model] = {}

    def show_entries(self, entries: Iterable[Entry]) -> None:
        """These from now on; what is known of the files of those that stay is kept until it is told anew."""
        fresh = list(entries)
        if fresh == self._entries:
            return
        self.beginResetModel()
        self._entries = fresh
        self._models = catalogue.models()
        kept = {entry.id for entry in self._entries}
        self._standings = {entry_id: standing for entry_id, standing in self._standings.items() if entry_id in kept}
        self.endResetModel()

    def show_standing(self, entry_id: str, standing: Standing) -> None:
        self._standings[entry_id] = standing
        for row, entry in enumerate(self._entries):
            if entry.id == entry_id:
                self.dataChanged.emit(self.index(row, Column.SONG), self.index(row, Column.STATE))

    def remove_entries(self, entry_ids: Collection[str]) -> None:
        """Takes rows out."""
        for row in reversed(range(len(self._entries))):
            if self._entries[row].id in entry_ids:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._entries[row]
                self.endRemoveRows()

    def entry(self, row: int) -> Entry:
        return self._entries[row]

    def standing(self, entry: Entry) -> Standing | None:
        """How things stand with its files; None while that is not known."""
        return self._standings.get(entry.id)

    def refresh_texts(self) -> None:
        """Says everything again: the language, the colours or the day are others."""
        if self._entries:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._entries) - 1, Column.STATE))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, Column.STATE)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[Column(section)]()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(Column(section))
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry, column = self._entries[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(entry, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(entry, column))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(entry, column)
        if role == SORT_ROLE:
            return self._rank(entry, column)
        return None

    def _text(self, entry: Entry, column: Column) -> str:
        if column == Column.SONG:
            return printable(Path(entry.song).stem)
        if column == Column.LENGTH:
            return clock_text(entry.length_s)
        if column == Column.WHEN:
            return when_text(entry.separated, QDateTime.currentDateTime())
        if column == Column.MODEL:
            model = self._models.get(entry.model)
            return model_name(model) if model else printable(entry.model)
        if column == Column.STEMS:
            return ", ".join(printable(stem_name(stem)) for stem in entry.stems)
        return state_text(self.standing(entry))

    def _tip(self, entry: Entry, column: Column) -> str:
        if column == Column.SONG:
            return QDir.toNativeSeparators(entry.song)
        if column == Column.WHEN:
            return QLocale().toString(_moment(entry.separated), QLocale.FormatType.LongFormat)
        standing = self.standing(entry)
        return standing_text(standing) if column == Column.STATE and standing else self._text(entry, column)

    def _rank(self, entry: Entry, column: Column) -> Any:
        if column == Column.LENGTH:
            return entry.length_s
        if column == Column.WHEN:
            return entry.separated
        return self._text(entry, column).casefold()

    def _colour(self, entry: Entry, column: Column) -> QColor | None:
        """Faint, but for the names, and for what can be opened."""
        standing, colours = self.standing(entry), theme.current()
        if column == Column.STATE and standing and standing.can_reopen:
            return QColor(colours.good)
        return None if column == Column.SONG else QColor(colours.faint)


def when_text(seconds: float, now: QDateTime) -> str:
    """A time since 1970 as people say it: “Today, 14:05”, “Yesterday, 9:30”, “Monday, 18:00”, else the date."""
    locale = QLocale()
    then = _moment(seconds)
    clock = locale.toString(then.time(), QLocale.FormatType.ShortFormat)
    days = then.daysTo(now)
    if days == 0:
        return translate("Today, {time}").format(time=clock)
    if days == 1:
        return translate("Yesterday, {time}").format(time=clock)
    if 1 < days < 7:
        day = locale.standaloneDayName(then.date().dayOfWeek())
        return translate("{day}, {time}").format(day=day, time=clock)
    return locale.toString(then.date(), QLocale.FormatType.ShortFormat)


def _moment(seconds: float) -> QDateTime:
    return QDateTime.fromMSecsSinceEpoch(round(seconds * 1000))


def state_text(standing: Standing | None) -> str:
    """A word or two about the files."""
    if standing is None:
        return "…"
    if standing.can_reopen:
        return translate("Can be opened")
    if standing.song == "missing":
        return translate("Song not found")
    if standing.stems == "missing":
        return translate("Stems not found")
    return translate("Stems changed") if standing.stems == "changed" else translate("Not exported")


def standing_text(standing: Standing) -> str:
    """A sentence about the files."""
    if standing.can_reopen:
        if standing.song == "here":
            return translate("Opens at once, from the stems that were exported.")
        if standing.song == "changed":
            return translate("Opens from the stems that were exported; the song itself was changed since.")
        return translate("Opens from the stems that were exported; the song itself is not where it was.")
    if standing.song == "missing":
        return translate("The song is not where it was, and there are no exported stems to open.")
    if standing.stems == "missing":
        return translate("The exported stems are not where they were; the song can be separated again.")
    if standing.stems == "changed":
        return translate("The exported stems were changed; the song can be separated again.")
    return translate("Its stems were not exported; the song can be separated again.")


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == Column.LENGTH else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
