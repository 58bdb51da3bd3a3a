"""What can be done with the selected songs of the queue."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from core.models import catalogue
from core.queue_items import Item
from gui.i18n import Source, Text, mark, say
from gui.messages import model_name


class Actions(Protocol):
    """What the menu asks for."""

    def open_item(self) -> None: ...
    def show_in_folder(self) -> None: ...
    def cancel_selected(self) -> None: ...
    def retry_selected(self) -> None: ...
    def remove_selected(self) -> None: ...
    def move_selected(self, step: int) -> None: ...
    def set_model(self, name: str | None) -> None: ...
    def choose_care(self) -> None: ...
    @property
    def careful(self) -> Sequence[Item]: ...


def build(items: Sequence[Item], actions: Actions, parent: QWidget) -> QMenu:
    """A menu for these items; what fits none of them is greyed out."""
    menu = QMenu(parent)
    states = {item.state for item in items}

    def add(text: Source, action: Callable[[], None], enabled: bool, key: QKeySequence | None = None) -> None:
        entry = menu.addAction("", action)
        say(entry.setText, text)
        entry.setEnabled(enabled)
        if key:
            entry.setShortcut(key)

    single_done = len(items) == 1 and states == {"done"}
    add("Open", actions.open_item, single_done, QKeySequence("Return"))
    add("Show in folder", actions.show_in_folder, single_done)
    menu.addSeparator()
    add("Cancel", actions.cancel_selected, bool(states & {"waiting", "running"}))
    add("Retry", actions.retry_selected, bool(states & {"failed", "cancelled"}))
    _add_models(menu, items, actions)
    add("Quality…", actions.choose_care, bool(actions.careful))
    menu.addSeparator()
    add("Move up", lambda: actions.move_selected(-1), bool(items), QKeySequence("Alt+Up"))
    add("Move down", lambda: actions.move_selected(1), bool(items), QKeySequence("Alt+Down"))
    add("Remove", actions.remove_selected, bool(items), QKeySequence("Del"))
    return menu


def _add_models(menu: QMenu, items: Sequence[Item], actions: Actions) -> None:
    """The models that are here; the check mark is at the one that all the waiting songs have."""
    waiting = [item for item in items if item.state == "waiting"]
    models = menu.addMenu("")
    say(models.setTitle, "Model")
    models.setEnabled(bool(waiting))
    chosen = {item.model for item in waiting}
    entries: list[tuple[Text, str | None]] = [(mark("As in the settings"), None)]
    entries += [(partial(model_name, model), model.name) for model in catalogue.models().values() if model.installed]
    for text, name in entries:
        entry = models.addAction("", partial(actions.set_model, name))
        say(entry.setText, text)
        entry.setCheckable(True)
        entry.setChecked(chosen == {name})
