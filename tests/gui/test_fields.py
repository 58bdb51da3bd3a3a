"""Fields of forms by themselves."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from gui.fields import FolderField, TemplateField


def test_a_placeholder_is_put_where_the_cursor_is(qtbot: QtBot) -> None:
    field = TemplateField(lambda: "Names")
    qtbot.addWidget(field)
    field.line.setText("{song}/{stem}")
    field.line.setCursorPosition(7)
    actions = {action.text(): action for action in field.insert.menu().actions()}
    assert "{filename}" not in actions
    actions["{model}"].trigger()
    assert field.text == "{song}/{model}{stem}"


def test_a_folder_in_the_users_own_is_found(qtbot: QtBot) -> None:
    field = FolderField(lambda: "Folder", "/music")
    qtbot.addWidget(field)
    assert field.folder is None
    field.line.setText("~/stems")
    assert field.folder == str(Path.home() / "stems")
    assert not field.problem()
