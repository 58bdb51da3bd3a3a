"""The list of separated songs in the window: what it says, finds, opens and forgets."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QDateTime, QLocale, QPoint, Qt, QTime, QUrl
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QMessageBox, QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from core import history, paths
from core.history import Entry, Standing
from gui import theme
from gui.history_model import Column, HistoryModel, standing_text, state_text, when_text
from gui.history_page import HistoryPage
from tests.support.languages import marked

PATIENCE_MS = 60_000
STEMS = ("vocals", "accompaniment")
HOUR_NS = 3_600_000_000_000


@pytest.fixture
def add(tmp_path: Path) -> Callable[..., Entry]:
    """Puts a song into the history, exported or not."""

    def add(name: str, exported: bool = True, model: str = "builtin", stems: tuple[str, ...] = STEMS) -> Entry:
        song = tmp_path / "songs" / f"{name}.mp3"
        song.parent.mkdir(exist_ok=True)
        song.write_text(name)
        entry = history.add(song, 44_100 * 187, 44_100, model, stems)
        if exported:
            folder = tmp_path / "stems" / name
            folder.mkdir(parents=True)
            files = {stem: folder / f"{stem}.wav" for stem in stems}
            for path in files.values():
                path.write_text("a stem")
            history.exported(entry.id, files)
        return history.load()[0]

    return add


Add = Callable[..., Entry]


@pytest.fixture
def open_page(qtbot: QtBot) -> Callable[[], HistoryPage]:
    """Shows the page, when it knows everything."""

    def opened() -> HistoryPage:
        page = HistoryPage()
        page.resize(900, 500)
        qtbot.addWidget(page)
        with qtbot.waitSignal(page.refreshed, timeout=PATIENCE_MS):
            page.show()
        return page

    return opened


Open = Callable[[], HistoryPage]


def rows(page: HistoryPage, column: Column = Column.SONG) -> list[str]:
    """What is in a column, from the top down."""
    model = page.table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def path_of(entry: Entry, stem: str = "vocals") -> Path:
    return Path(entry.files[stem].path)


def touch(path: Path) -> None:
    now = path.stat().st_mtime_ns + HOUR_NS
    os.utime(path, ns=(now, now))


def select(page: HistoryPage, *names: str) -> None:
    page.table.clearSelection()
    page.table.setSelectionMode(page.table.SelectionMode.MultiSelection)
    for name in names:
        page.table.selectRow(rows(page).index(name))
    page.table.setSelectionMode(page.table.SelectionMode.ExtendedSelection)


def settled(page: HistoryPage, qtbot: QtBot, act: Callable[[], object]) -> None:
    """Does something, and waits until the list was read again."""
    with qtbot.waitSignal(page.refreshed, timeout=PATIENCE_MS):
        act()


def test_without_songs_it_says_what_will_be_here(open_page: Open) -> None:
    page = open_page()
    assert page.headline.isVisible()
    assert page.headline.text() == "No songs yet"
    assert not page.table.isVisible()
    assert not page.search.isVisible()
    assert not page.open_button.isVisible()


def test_songs_are_listed_the_last_one_first_with_all_there_is_to_say(add: Add, open_page: Open) -> None:
    add("First Rain")
    add("सावन", exported=False, model="spleeter:4stems", stems=("vocals", "drums", "bass", "other"))
    add("Old", model="of a <friend>")
    page = open_page()
    assert rows(page) == ["Old", "सावन", "First Rain"]
    assert rows(page, Column.LENGTH) == ["3:07"] * 3
    assert rows(page, Column.MODEL) == ["of a <friend>", "Spleeter, 4 stems", "Built-in, 2 stems"]
    assert rows(page, Column.STEMS)[1:] == ["Vocals, Drums, Bass, Other", "Vocals, Instrumental"]
    assert rows(page, Column.STATE) == ["Can be opened", "Not exported", "Can be opened"]
    assert all(text.startswith("Today, ") for text in rows(page, Column.WHEN))
    assert page.selected[0].song.endswith("Old.mp3")
    assert page.detail.text() == "Opens at once, from the stems that were exported."


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_return_opens_a_song_whose_stems_are_there(add: Add, open_page: Open, qtbot: QtBot, key: Qt.Key) -> None:
    entry = add("one")
    page = open_page()
    with qtbot.waitSignal(page.open_wanted) as wanted:
        qtbot.keyClick(page.table, key)
    assert wanted.args == [entry]
    with qtbot.waitSignal(page.open_wanted):
        page.open_button.click()


def test_a_double_click_opens(add: Add, open_page: Open, qtbot: QtBot) -> None:
    add("one")
    page = open_page()
    place = page.table.visualRect(page.table.model().index(0, 0)).center()
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(page.open_wanted):
        qtbot.mouseDClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_song_that_was_not_exported_can_only_be_separated_again(add: Add, open_page: Open, qtbot: QtBot) -> None:
    entry = add("one", exported=False)
    page = open_page()
    assert not page.open_button.isEnabled()
    assert page.detail.text() == "Its stems were not exported; the song can be separated again."
    with qtbot.assertNotEmitted(page.open_wanted):
        qtbot.keyClick(page.table, Qt.Key.Key_Return)
    with qtbot.waitSignal(page.separate_wanted) as wanted:
        page.separate_button.click()
    assert wanted.args == [entry]


def test_files_that_are_gone_or_changed_are_said_calmly(add: Add, open_page: Open) -> None:
    entries = {name: add(name) for name in ("stems gone", "stems changed", "song changed", "song gone", "all gone")}
    path_of(entries["stems gone"]).unlink()
    touch(path_of(entries["stems changed"]))
    touch(Path(entries["song changed"].song))
    Path(entries["song gone"].song).unlink()
    Path(entries["all gone"].song).unlink()
    path_of(entries["all gone"]).unlink()
    page = open_page()
    expected = {
        "stems gone": ("Stems not found", False, True),
        "stems changed": ("Stems changed", False, True),
        "song changed": ("Can be opened", True, True),
        "song gone": ("Can be opened", True, False),
        "all gone": ("Song not found", False, False),
    }
    assert dict(zip(rows(page), rows(page, Column.STATE), strict=True)) == {
        name: state for name, (state, *_) in expected.items()
    }
    for name, (_, can_open, can_separate) in expected.items():
        select(page, name)
        assert (page.open_button.isEnabled(), page.separate_button.isEnabled()) == (can_open, can_separate)
        assert page.detail.text().endswith(".")
    assert page.message.text == ""


def test_the_search_finds_in_every_column_and_says_when_there_is_nothing(add: Add, open_page: Open, qtbot: QtBot) -> None:
    add("Monsoon")
    add("सावन", model="spleeter:4stems")
    page = open_page()
    qtbot.keyClick(page.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(page.search.hasFocus, timeout=PATIENCE_MS)
    for text, found in (
        ("MONS", ["Monsoon"]),
        ("साव", ["सावन"]),
        (" spleeter", ["सावन"]),
        ("[", []),
        ("", ["सावन", "Monsoon"]),
    ):
        page.search.setText(text)
        assert rows(page) == found
        assert page.table.isVisible() == bool(found)
        assert [Path(entry.song).stem for entry in page.selected] == found[:1] or text == ""
    page.search.setText("nowhere")
    assert page.headline.text() == "Nothing here matches “nowhere”."
    assert page.search.isVisible()
    assert not page.open_button.isEnabled()


def test_delete_removes_what_is_chosen_and_the_next_one_is_chosen_then(add: Add, open_page: Open, qtbot: QtBot) -> None:
    entries = {name: add(name) for name in ("a", "b", "c", "d")}
    page = open_page()
    select(page, "c", "b")
    assert not page.open_button.isEnabled()
    settled(page, qtbot, lambda: qtbot.keyClick(page.table, Qt.Key.Key_Delete))
    assert rows(page) == ["d", "a"]
    assert page.selected == [entries["a"]]
    assert history.load() == (entries["d"], entries["a"])
    assert Path(entries["b"].song).exists()
    assert path_of(entries["b"]).exists()
    settled(page, qtbot, page.remove_button.click)
    settled(page, qtbot, page.remove_button.click)
    assert page.headline.text() == "No songs yet"


def answer(page: HistoryPage, text: str, qtbot: QtBot) -> None:
    page.clear_button.click()
    box = page.findChild(QMessageBox)
    assert "stay where they are" in box.informativeText()
    with qtbot.waitSignal(box.destroyed, timeout=PATIENCE_MS):
        next(button for button in box.buttons() if button.text() == text).click()


def test_the_history_is_cleared_after_one_question(add: Add, open_page: Open, qtbot: QtBot) -> None:
    entry = add("a")
    page = open_page()
    answer(page, "Keep", qtbot)
    assert history.load() == (entry,)
    settled(page, qtbot, lambda: answer(page, "Clear", qtbot))
    assert history.load() == ()
    assert page.headline.isVisible()


def test_a_list_that_cannot_be_written_is_said_and_shown_as_it_is(
    add: Add, open_page: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("a")
    page = open_page()

    def fail(path: Path, change: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(history, "rewrite_object", fail)
    settled(page, qtbot, page.remove_button.click)
    assert page.message.is_error
    assert "disk is full" in page.message.text
    assert rows(page) == ["a"]


def test_what_was_separated_meanwhile_is_there_when_the_page_is_shown_again(add: Add, open_page: Open, qtbot: QtBot) -> None:
    add("a")
    page = open_page()
    page.hide()
    add("b")
    settled(page, qtbot, page.show)
    assert rows(page) == ["b", "a"]
    assert Path(page.selected[0].song).stem == "a"


def test_a_refresh_during_another_one_comes_after_it(add: Add, open_page: Open, qtbot: QtBot) -> None:
    add("a")
    page = open_page()
    add("b")

    def refresh() -> None:
        for _ in range(5):
            page.refresh()

    settled(page, qtbot, refresh)
    assert rows(page) == ["b", "a"]


def test_a_page_that_is_gone_before_everything_is_read_is_not_missed(add: Add, qtbot: QtBot, qapp: QApplication) -> None:
    add("a")
    page = HistoryPage()
    page.show()
    with qtbot.waitSignal(page.destroyed, timeout=PATIENCE_MS):
        page.deleteLater()
    qapp.processEvents()


def test_the_folder_of_the_stems_is_shown_else_that_of_the_song(
    add: Add, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr("gui.history_page.QDesktopServices.openUrl", opened.append)
    entry, other = add("a"), add("b", exported=False)
    page = open_page()
    for name in ("a", "b"):
        select(page, name)
        page.folder_button.click()
    assert [Path(url.toLocalFile()) for url in opened] == [path_of(entry).parent, Path(other.song).parent]


def test_the_menu_has_what_the_buttons_have(add: Add, open_page: Open, qtbot: QtBot) -> None:
    add("a", exported=False)
    page = open_page()
    page.table.customContextMenuRequested.emit(QPoint(5, 5))
    menu = page.findChild(QMenu)
    actions = {action.text(): action for action in menu.actions()}
    assert {text: action.isEnabled() for text, action in actions.items()} == {
        "Open": False,
        "Separate again": True,
        "Show in folder": True,
        "Remove from the list": True,
    }
    with qtbot.waitSignal(page.separate_wanted):
        actions["Separate again"].trigger()
    menu.close()


def test_columns_are_sorted_by_what_they_mean(add: Add, open_page: Open) -> None:
    for name in ("b", "A", "c"):
        add(name)
    page = open_page()
    page.table.sortByColumn(Column.SONG, Qt.SortOrder.AscendingOrder)
    assert rows(page) == ["A", "b", "c"]
    page.table.sortByColumn(Column.WHEN, Qt.SortOrder.AscendingOrder)
    assert rows(page) == ["b", "A", "c"]


def test_every_text_follows_the_language(add: Add, open_page: Open, qapp: QApplication) -> None:
    add("a")
    page = open_page()
    titles = lambda: [page.table.model().headerData(column, Qt.Orientation.Horizontal) for column in Column]  # noqa: E731
    plain = titles()
    with marked(qapp):
        buttons = [page.open_button, page.separate_button, page.folder_button, page.remove_button, page.clear_button]
        said = [button.text() for button in buttons]
        said += [page.search.placeholderText(), page.detail.text(), *titles(), *rows(page, Column.STATE)]
        said += [*rows(page, Column.WHEN), page.table.accessibleName()]
        assert [text for text in said if not text.startswith("⟦")] == []
    assert titles() == plain


def test_every_control_has_a_name_for_screen_readers(add: Add, open_page: Open) -> None:
    add("a")
    page = open_page()
    for button in page.findChildren(QPushButton):
        assert button.text() or page.message.isAncestorOf(button)
    assert page.table.accessibleName() == "Separated songs"
    assert page.search.accessibleName() == "Search the history"


def test_tab_goes_from_the_search_to_the_songs_and_on_to_the_buttons(add: Add, open_page: Open, qtbot: QtBot) -> None:
    add("a")
    page = open_page()
    page.search.setFocus()
    order = [page.clear_button, page.table, page.open_button, page.separate_button, page.folder_button, page.remove_button]
    for expected in order:
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        assert page.focusWidget() is expected


def test_names_are_no_markup(add: Add, open_page: Open) -> None:
    add("<b>bold & co")
    page = open_page()
    index = page.table.model().index(0, Column.SONG)
    assert index.data() == "<b>bold & co"
    assert "&lt;b&gt;bold &amp; co" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert all(label.textFormat() != Qt.TextFormat.RichText for label in page.findChildren(QLabel))


def test_the_model_keeps_the_rules_of_models(add: Add, qtmodeltester: ModelTester) -> None:
    entries = [add(name) for name in ("a", "b", "c")]
    model = HistoryModel()
    watch = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    qtmodeltester.check(model)
    model.show_entries(entries)
    qtmodeltester.check(model)
    assert model.standing(entries[0]) is None
    model.show_standing(entries[1].id, Standing("here", "here"))
    model.show_standing("no such entry", Standing("here", "here"))
    assert model.index(1, Column.STATE).data(Qt.ItemDataRole.ForegroundRole).name() == theme.current().good
    model.remove_entries({entries[0].id, entries[2].id, "no such entry"})
    assert [model.entry(row) for row in range(model.rowCount())] == [entries[1]]
    qtmodeltester.check(model)
    model.refresh_texts()
    model.show_entries([])
    model.refresh_texts()
    assert watch.model() is model


def test_a_list_of_many_songs_is_shown(open_page: Open) -> None:
    stamp = history.Stamp(1, 1)
    entries = [
        Entry(id=str(i), song=f"/{i}.mp3", stamp=stamp, frames=1, rate=8000, model="x", stems=("a",), separated=i)
        for i in range(history.MOST)
    ]
    paths.history_file().parent.mkdir(parents=True, exist_ok=True)
    history._change(lambda old: entries)
    assert len(rows(open_page())) == history.MOST


def test_times_are_said_as_people_say_them() -> None:
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    try:
        now = QDateTime(QDate(2026, 11, 20), QTime(14, 5))  # a Friday

        def said(day: QDate, clock: QTime) -> str:
            return when_text(QDateTime(day, clock).toMSecsSinceEpoch() / 1000, now)

        assert said(QDate(2026, 11, 20), QTime(0, 1)) == "Today, 00:01"
        assert said(QDate(2026, 11, 19), QTime(23, 59)) == "Yesterday, 23:59"
        assert said(QDate(2026, 11, 14), QTime(9, 30)) == "Saturday, 09:30"
        assert said(QDate(2026, 11, 13), QTime(9, 30)) == "13/11/2026"
        assert said(QDate(2026, 11, 21), QTime(9, 30)) == "21/11/2026"
    finally:
        QLocale.setDefault(QLocale.system())


@pytest.mark.parametrize("song", ["here", "changed", "missing"])
@pytest.mark.parametrize("stems", ["here", "changed", "missing", "none"])
def test_there_is_a_word_and_a_sentence_for_every_standing(song: history.Files, stems: history.Files) -> None:
    standing = Standing(song, stems)
    assert state_text(standing)
    assert standing_text(standing).endswith(".")
    assert ("opened" in state_text(standing)) == ("Opens" in standing_text(standing)) == standing.can_reopen
    assert ("separated again" in standing_text(standing)) == (not standing.can_reopen and song != "missing")
