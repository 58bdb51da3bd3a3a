"""The combo box of the models."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox

from core.models import catalogue
from core.models.catalogue import Model
from gui.i18n import on_language_change, say, translate
from gui.messages import model_name

_NAME_LENGTH = 16
_BROWSING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End)


class ModelBox(QComboBox):
    """Holds a model that can run, always: choosing another one, or “Manage models…”, only tells that it is wanted."""

    chosen = Signal()
    others_wanted = Signal(str)  # the name of a model that is not installed, or nothing

    def __init__(self) -> None:
        super().__init__()
        say(self.setAccessibleName, "Model")
        say(self.setToolTip, "The model that separates the song")
        on_language_change(self._name_items)
        # As wide as a name, not as the longest one with its remark; the list that opens may be wider.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_NAME_LENGTH)
        self.setMaxVisibleItems(20)
        self._row = -1
        self.refresh()
        self.currentIndexChanged.connect(self._on_row)

    @property
    def model_in_use(self) -> Model:
        model: Model = self.itemData(self._row)
        return model

    def refresh(self) -> None:
        """The models as they are now; the one in use stays if it can, else the default one is."""
        models = catalogue.models()
        installed = {name: model for name, model in models.items() if model.installed}
        before = self.model_in_use.name if self._row >= 0 else ""
        use = installed.get(before) or catalogue.default()
        self.blockSignals(True)
        self.clear()
        for model in installed.values():
            self.addItem("", model)
        self._row = list(installed).index(use.name)
        self.setCurrentIndex(self._row)
        missing = [model for name, model in models.items() if name not in installed]
        if missing:
            self.insertSeparator(self.count())
        for model in missing:
            self.addItem("", model)
        self.insertSeparator(self.count())
        self.addItem("")
        self._name_items()
        self.blockSignals(False)
        if use.name != before:
            self.chosen.emit()

    def _name_items(self) -> None:
        for row in range(self.count() - 1):
            model = self.itemData(row)
            if model and model.installed:
                self.setItemText(row, model_name(model))
            elif model:
                self.setItemText(row, translate("{model} (not installed)").format(model=model_name(model)))
        self.setItemText(self.count() - 1, translate("Manage models…"))
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 60)

    def choose(self, name: str) -> None:
        """Uses the model ``name``, if it is installed."""
        for row in range(self.count()):
            model = self.itemData(row)
            if model and model.name == name and model.installed:
                self.setCurrentIndex(row)

    def show_model(self, name: str) -> None:
        """As ``choose``, for the song that is shown: it is not what the user chose for all."""
        self.blockSignals(True)
        self.choose(name)
        self._row = self.currentIndex()
        self.blockSignals(False)

    def _on_row(self, row: int) -> None:
        model = self.itemData(row)
        if model and model.installed:
            self._row = row
            self.chosen.emit()
            return
        self.blockSignals(True)
        self.setCurrentIndex(self._row)
        self.blockSignals(False)
        self.others_wanted.emit(model.name if model else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that would walk through the list open it: on the way past the others nothing is to be asked for."""
        if event.key() in _BROWSING:
            self.showPopup()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
