"""The queue as a table: a row for each song."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QByteArray,
    QDir,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QIcon

from core.messages import printable
from core.models import catalogue
from core.models.catalogue import Model
from core.progress import Progress, clock_text
from core.queue import Queue
from core.queue_items import Change, Item, State
from gui import icons, theme
from gui.i18n import translate
from gui.messages import model_name, percent_text
from gui.queue_texts import failure_text, state_text
from gui.widgets import plain_tip

Index = QModelIndex | QPersistentModelIndex

ITEM_ROLE = Qt.ItemDataRole.UserRole
FRACTION_ROLE = Qt.ItemDataRole.UserRole + 1  # 0–1 of the song that is running; −1 where it is not known

_ROWS = "application/x-antara-queue"  # what is dragged: ids
_UPDATE_MS = 100  # more is not seen


class Column(IntEnum):
    SONG = 0
    LENGTH = 1
    MODEL = 2
    STATE = 3
    PROGRESS = 4
    SPEED = 5
    LEFT = 6


_NUMBERS = (Column.LENGTH, Column.SPEED, Column.LEFT)


class QueueModel(QAbstractTableModel):
    """Follows the queue, whichever thread changes it, one turn of the event loop later."""

    _news = Signal()

    def __init__(self, queue: Queue, parent: QObject) -> None:
        super().__init__(parent)
        self._queue = queue
        self._changes: deque[Change] = deque()
        self._news.connect(self._follow, Qt.ConnectionType.QueuedConnection)
        self._items = queue.listen(self._hear)
        self._rows: dict[int, int] | None = None  # by id; None: to be counted again
        self._progress: dict[int, Progress] = {}
        self._fresh: set[int] = set()  # ids with progress that is not shown yet
        self._timer = QTimer(self, singleShot=True, interval=_UPDATE_MS)
        self._timer.timeout.connect(self._show_progress)
        self._own_model: str | None = None
        self._icons: dict[State, QIcon] = {}
        self._models: Mapping[str, Model] = {}
        self._names: dict[str, str] = {}
        self.refresh_icons()
        self.refresh_models()

    def close(self) -> None:
        """Follows no longer."""
        self._queue.unlisten(self._hear)

    # What is shown

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own way to say "no parent"
        return 0 if parent.isValid() else len(self._items)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as above
        return 0 if parent.isValid() else len(Column)

    def item(self, row: int) -> Item:
        return self._items[row]

    @property
    def items(self) -> list[Item]:
        """All that is shown, in its order."""
        return list(self._items)

    def row_of(self, item_id: int) -> int | None:
        if self._rows is None:
            self._rows = {item.id: row for row, item in enumerate(self._items)}
        return self._rows.get(item_id)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        item, column = self._items[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(item, column)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(QDir.toNativeSeparators(str(item.song)), failure_text(item))
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(item, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
                return int(side | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.ForegroundRole:
                return _colour(item, column)
            case Qt.ItemDataRole.DecorationRole:
                return self._icons.get(item.state) if column is Column.STATE else None
            case _ if role == ITEM_ROLE:
                return item
            case _ if role == FRACTION_ROLE:
                return self._fraction(item)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _titles()[Column(section)]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in _NUMBERS else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _text(self, item: Item, column: Column) -> str:
        progress = self._progress.get(item.id)
        match column:
            case Column.SONG:
                return printable(item.song.name)
            case Column.LENGTH:
                return clock_text(item.length_s) if item.length_s is not None else ""
            case Column.MODEL:
                return self.model_text(item.model)
            case Column.STATE:
                return state_text(item)
            case Column.PROGRESS if progress and progress.fraction is not None:
                return percent_text(progress.fraction)
            case Column.SPEED if progress and progress.speed is not None:
                return translate("{speed:.0f} ×").format(speed=progress.speed)
            case Column.LEFT if progress and progress.left_s is not None:
                return clock_text(progress.left_s)
        return ""

    def model_text(self, name: str | None) -> str:
        """What people call a model; None is the one of the settings."""
        name = name or self._own_model or ""
        return self._names.get(name) or self._names.get(f"spleeter:{name}") or printable(name)

    def model_of(self, item: Item) -> Model | None:
        """What it is to be separated with, if that is known."""
        return self._models.get(item.model or self._own_model or "")

    def _spoken(self, item: Item, column: Column) -> str:
        """Each cell says what it is; that of the song says everything that does not change all the time."""
        if column is not Column.SONG:
            text = self._text(item, column)
            return translate("{what}: {text}").format(what=_titles()[column], text=text) if text else ""
        told = (self._text(item, other) for other in (Column.SONG, Column.LENGTH, Column.MODEL, Column.STATE))
        return ", ".join(filter(None, (*told, failure_text(item), printable(str(item.song)))))

    def _fraction(self, item: Item) -> float | None:
        if item.state != "running":
            return None
        progress = self._progress.get(item.id)
        return -1.0 if progress is None or progress.fraction is None else progress.fraction

    # What changes

    def refresh_models(self, own: str | None = None) -> None:
        """The models as they are now; ``own`` is the name of the one that songs without a choice are separated with."""
        self._own_model = own or catalogue.default().name
        self._models = catalogue.models()
        self._names = {name: model_name(model) for name, model in self._models.items()}
        self._tell_all()

    def refresh_icons(self) -> None:
        """Once more in the colours of the theme."""
        colours = theme.current()
        self._icons = {"done": icons.icon("done", colours.good), "failed": icons.icon("warning", colours.bad)}
        self._tell_all()

    def retranslate(self) -> None:
        """Once more in the language of the interface."""
        self._names = {name: model_name(model) for name, model in self._models.items()}
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._tell_all()

    def show_progress(self, item_id: int, progress: Progress) -> None:
        """How far the song is; shown a few times a second."""
        row = self.row_of(item_id)
        if row is None or self._items[row].state != "running":
            return
        self._progress[item_id] = progress
        self._fresh.add(item_id)
        if not self._timer.isActive():
            self._timer.start()

    def _show_progress(self) -> None:
        for row in map(self.row_of, self._fresh):
            if row is not None:
                self._tell(row, Column.PROGRESS, Column.LEFT)
        self._fresh.clear()

    def _tell(self, row: int, first: Column, last: Column) -> None:
        self.dataChanged.emit(self.index(row, first), self.index(row, last))

    def _tell_all(self) -> None:
        if self._items:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._items) - 1, len(Column) - 1))

    def _hear(self, change: Change) -> None:
        """Called by the queue, in any thread."""
        self._changes.append(change)
        if len(self._changes) == 1:
            self._news.emit()

    def _follow(self) -> None:
        while self._changes:
            change = self._changes.popleft()
            self._show(change.items)
            self._remove(change.removed)
            if change.order is not None:
                self._reorder(change.order)

    def _show(self, items: Iterable[Item]) -> None:
        new, changed = [], []
        for item in items:
            row = self.row_of(item.id)
            if row is None:
                new.append(item)
                continue
            self._items[row] = item
            changed.append(row)
            if item.state != "running":
                self._progress.pop(item.id, None)
        for first, last in _runs(sorted(changed)):
            self.dataChanged.emit(self.index(first, Column.SONG), self.index(last, Column.LEFT))
        if new:
            self.beginInsertRows(QModelIndex(), len(self._items), len(self._items) + len(new) - 1)
            self._items += new
            self._rows = None
            self.endInsertRows()

    def _remove(self, ids: Iterable[int]) -> None:
        """In one stretch: views need seconds for hundreds of them."""
        gone = {item_id for item_id in ids if self.row_of(item_id) is not None}
        if not gone:
            return
        rows = sorted(row for row in map(self.row_of, gone) if row is not None)
        if rows[-1] - rows[0] >= len(rows):
            self._reorder(item.id for item in self._items if item.id not in gone)
            rows = list(range(len(self._items) - len(gone), len(self._items)))
        self.beginRemoveRows(QModelIndex(), rows[0], rows[-1])
        del self._items[rows[0] : rows[-1] + 1]
        self._rows = None
        self.endRemoveRows()

    def _reorder(self, order: Iterable[int]) -> None:
        places = {item_id: place for place, item_id in enumerate(order)}
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self._items[index.row()].id for index in before]
        self._items.sort(key=lambda item: places.get(item.id, len(places)))  # those that are not named come last
        self._rows = None
        after = [self.index(self.row_of(item_id) or 0, index.column()) for item_id, index in zip(ids, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    # Moving

    def move_rows(self, rows: Iterable[int], index: int) -> None:
        """Puts these before what is in row ``index`` now."""
        self._queue.move([self._items[row].id for row in rows], index)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled  # between the rows, not on them
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return plain | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_ROWS]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:
        ids = dict.fromkeys(self._items[index.row()].id for index in indexes)
        data = QMimeData()
        data.setData(_ROWS, QByteArray(" ".join(map(str, ids)).encode()))
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        """Moves what was dragged to where it was dropped. The queue does that, so the view has nothing left to remove."""
        if action != Qt.DropAction.MoveAction or not data.hasFormat(_ROWS) or parent.isValid():
            return False
        ids = [int(part) for part in bytes(data.data(_ROWS).data()).split()]
        self._queue.move(ids, len(self._items) if row < 0 else row)
        return True


def _titles() -> dict[Column, str]:
    return {
        Column.SONG: translate("Song"),
        Column.LENGTH: translate("Length"),
        Column.MODEL: translate("Model"),
        Column.STATE: translate("State"),
        Column.PROGRESS: translate("Progress"),
        Column.SPEED: translate("Speed"),
        Column.LEFT: translate("Time left"),
    }


def _colour(item: Item, column: Column) -> QColor | None:
    colours = theme.current()
    if column is Column.STATE and item.state in ("done", "failed"):
        return QColor(colours.good if item.state == "done" else colours.bad)
    quiet = item.state == "cancelled" or (column is not Column.SONG and item.state != "running")
    return QColor(colours.faint) if quiet else None


def _runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each stretch of numbers without a gap."""
    first = last = None
    for row in rows:
        if first is None or last is None:
            first = row
        elif row != last + 1:
            yield first, last
            first = row
        last = row
    if first is not None and last is not None:
        yield first, last
