"""The table that shows the queue: painted rows, and keys and drags that change their order."""

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from core.queue_items import Item
from gui import theme
from gui.i18n import say, translate
from gui.messages import percent_text
from gui.queue_model import FRACTION_ROLE, Column, QueueModel

_ROW_HEIGHT = 38
_BAR_HEIGHT = 6
_PADDING = 11  # of cells and header, in the style sheet too
_MARK = 3  # width of the line beside the row that has the keyboard

_MOVES: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class RowDelegate(QStyledItemDelegate):
    """Paints the progress as a bar with its number, and marks the row that the keyboard is in."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        fraction = index.data(FRACTION_ROLE) if index.column() == Column.PROGRESS else None
        if index.column() == Column.PROGRESS:
            self._paint_empty(painter, option, index)
        else:
            super().paint(painter, option, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if fraction is not None:
            colours = theme.current()
            chosen = option.state & QStyle.StateFlag.State_Selected  # its background is of the colour of lines
            _paint_progress(painter, QRectF(option.rect), fraction, colours.surface if chosen else colours.line)
        view = option.widget
        if (
            isinstance(view, QTableView)
            and index.column() == 0
            and view.hasFocus()
            and view.currentIndex().row() == index.row()
        ):
            painter.setBrush(QColor(theme.current().accent))
            painter.drawRect(QRectF(option.rect).adjusted(0, 0, _MARK - option.rect.width(), 0))
        painter.restore()

    def _paint_empty(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The row's background alone."""
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text = ""
        view = option.widget
        assert view
        view.style().drawControl(view.style().ControlElement.CE_ItemViewItem, plain, painter, view)


def _paint_progress(painter: QPainter, cell: QRectF, fraction: float, ground: str) -> None:
    """``fraction`` below 0: it is not known how far it is."""
    colours = theme.current()
    digits = painter.fontMetrics().horizontalAdvance(percent_text(1.0))
    number = QRectF(cell.right() - digits - _PADDING, cell.top(), digits, cell.height())
    bar = QRectF(cell.left() + _PADDING, cell.center().y() - _BAR_HEIGHT / 2, 0, _BAR_HEIGHT)
    bar.setRight(number.left() - _PADDING)
    round_ = _BAR_HEIGHT / 2
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(bar, round_, round_)
    if fraction < 0:
        return
    painter.setBrush(QColor(colours.accent))
    painter.drawRoundedRect(
        QRectF(bar.topLeft(), bar.bottomRight()).adjusted(0, 0, (fraction - 1) * bar.width(), 0), round_, round_
    )
    painter.setPen(QColor(colours.text))
    painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, percent_text(fraction))


class QueueTable(QTableView):
    """Shows the rows and says what is wanted with those that are selected; the page does it."""

    open_wanted = Signal()  # of the current row
    remove_wanted = Signal()
    selection_changed = Signal()

    def __init__(self, model: QueueModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setItemDelegate(RowDelegate(self))
        say(self.setAccessibleName, "Queue")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        self.fit_columns()
        self.doubleClicked.connect(lambda index: self.open_wanted.emit())
        self.selectionModel().selectionChanged.connect(lambda *ranges: self.selection_changed.emit())
        self.selectionModel().currentRowChanged.connect(lambda *indexes: self.viewport().update())

    def fit_columns(self) -> None:
        """Columns as wide as what they are going to hold, in the language of the interface; the song has the rest."""
        samples = {
            Column.LENGTH: ["1:02:03"],
            Column.MODEL: [self._model.model_text(None)],
            Column.STATE: [f"     {text}" for text in (translate("Separating"), translate("Interrupted"))],
            Column.PROGRESS: ["0" * 12],
            Column.SPEED: ["100 ×"],
            Column.LEFT: ["1:02:03"],
        }
        self.ensurePolished()  # else the font is not the one of the style sheet
        header, metrics = self.horizontalHeader(), self.fontMetrics()
        header.setMinimumSectionSize(60)
        header.setSectionResizeMode(Column.SONG, QHeaderView.ResizeMode.Stretch)
        for column, texts in samples.items():
            title = self._model.headerData(column, Qt.Orientation.Horizontal)
            widest = max(metrics.horizontalAdvance(text) for text in (title, *texts))
            header.resizeSection(column, widest + 2 * _PADDING + 4)

    @property
    def selected(self) -> list[Item]:
        """In the order of the queue."""
        stretches = self.selectionModel().selection()  # asking for each row takes long
        rows = {row for stretch in stretches for row in range(stretch.top(), stretch.bottom() + 1)}
        return [self._model.item(row) for row in sorted(rows)]

    @property
    def current(self) -> Item | None:
        """The one that the keyboard is at."""
        row = self.currentIndex().row()
        return self._model.item(row) if row >= 0 else None

    def select(self, ids: Sequence[int]) -> None:
        """Selects these, with the keyboard at the first."""
        rows = [row for row in map(self._model.row_of, ids) if row is not None]
        chosen = QItemSelection()
        for row in rows:
            chosen.select(self._model.index(row, 0), self._model.index(row, len(Column) - 1))
        if rows:
            self.setCurrentIndex(self._model.index(rows[0], 0))
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def move_selected(self, step: int) -> None:
        """The selected ones one place up (−1) or down (1), keeping together."""
        rows = [self._model.row_of(item.id) for item in self.selected]
        known = [row for row in rows if row is not None]
        if known:
            self._model.move_rows(known, known[0] - 1 if step < 0 else known[-1] + 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, keys = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in _MOVES and keys == Qt.KeyboardModifier.AltModifier:
            self.move_selected(_MOVES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not keys:
            self.open_wanted.emit()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not keys:
            self.remove_wanted.emit()
        else:
            super().keyPressEvent(event)
