"""The export dialog: each choice of the user is in what it gives, and the files are shown before they are written."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core import export
from core.audio import tags as song_tags
from core.audio.formats import CHOICES, Codec, Format, rate_for
from core.audio.tags import Tags
from core.export import ExportChoice
from core.output import Output
from gui import theme
from gui.export_dialog import Exportable, ExportDialog
from gui.export_what import levels_text, region_text
from tests.support.languages import marked

TWO = ("vocals", "accompaniment")
FOUR = ("vocals", "drums", "bass", "other")

Open = Callable[..., ExportDialog]


def settle(dialog: ExportDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not dialog.pending)


@pytest.fixture
def open_dialog(qtbot: QtBot, tmp_path: Path, qapp: QApplication) -> Open:
    """Opens a dialog for a song of these stems, and waits until it knows what lies in the folder."""
    theme.apply(qapp)

    def open_it(
        stems: tuple[str, ...] = TWO, output: Output | None = None, *, settled: bool = True, **more: Any
    ) -> ExportDialog:
        material = Exportable(tmp_path / "गीत.mp3", **{"rate": 44_100, "gains": dict.fromkeys(stems, 1.0), **more})
        dialog = ExportDialog(material, tmp_path / "out", output or Output())
        qtbot.addWidget(dialog)
        dialog.show()
        if settled:
            settle(dialog, qtbot)
        return dialog

    return open_it


def names(dialog: ExportDialog) -> list[str]:
    """Of the choice's files, as seen from the folder."""
    choice = dialog.choice()
    return [path.relative_to(choice.folder).as_posix() for path in choice.targets.values()]


def make(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"there")


def pick(box: QComboBox, text: str) -> None:
    index = box.findText(text)
    assert index >= 0, [box.itemText(row) for row in range(box.count())]
    box.setCurrentIndex(index)


def test_it_begins_with_all_stems_and_what_was_proposed(open_dialog: Open, tmp_path: Path) -> None:
    dialog = open_dialog(output=Output("mp3", bitrate=192_000, rate=48_000, template="{stem}", loud="limit", tags=False))
    choice = dialog.choice()
    assert choice.output == Output("mp3", bitrate=192_000, rate=48_000, template="{stem}", loud="limit", tags=False)
    assert (choice.what, choice.folder, choice.region_s, choice.replaces) == ("stems", tmp_path / "out", None, frozenset())
    assert choice.targets == {stem: tmp_path / "out" / f"{stem}.mp3" for stem in TWO}
    assert dialog.loud.isVisible()  # what is unusual is not hidden


def test_only_the_stems_that_are_ticked_are_written(open_dialog: Open) -> None:
    dialog = open_dialog(FOUR)
    for stem in ("drums", "other"):
        dialog.what.stems[stem].click()
    assert names(dialog) == ["गीत/vocals.wav", "गीत/bass.wav"]
    for stem in ("vocals", "bass"):
        dialog.what.stems[stem].click()
    assert dialog.preview.text.text() == "Choose a stem."
    assert not dialog.export_button.isEnabled()
    dialog.what.kinds["mix"].click()
    assert dialog.export_button.isEnabled()


def test_the_mix_is_one_file_at_the_gains_as_heard(open_dialog: Open) -> None:
    gains = {"vocals": 0.0, "accompaniment": 10 ** (-6 / 20)}
    dialog = open_dialog(gains=gains)
    dialog.what.kinds["mix"].click()
    choice = dialog.choice()
    assert (choice.what, choice.gains, names(dialog)) == ("mix", gains, ["गीत/mix.wav"])
    assert levels_text(gains) == "Vocals off · Instrumental −6.0 dB"


def test_a_mix_of_nothing_is_not_written(open_dialog: Open) -> None:
    dialog = open_dialog(gains=dict.fromkeys(TWO, 0.0))
    assert dialog.export_button.isEnabled()
    dialog.what.kinds["mix"].click()
    assert "silent" in dialog.preview.text.text()
    assert not dialog.export_button.isEnabled()


def test_a_stem_file_is_offered_for_four_stems_with_its_own_formats(open_dialog: Open) -> None:
    small = open_dialog(TWO)
    assert not small.what.kinds["ni_stems"].isVisible()
    dialog = open_dialog(FOUR, Output("mp3"))
    dialog.more.click()
    dialog.what.kinds["ni_stems"].click()
    assert not any(
        box.isVisible()
        for box in (dialog.format.fields.codec, dialog.format.fields.quality, dialog.format.rate, dialog.loud)
    )
    pick(dialog.format.ni_codec, "ALAC, lossless: not for Traktor on Windows")
    choice = dialog.choice()
    assert (choice.what, choice.ni_codec, names(dialog)) == ("ni_stems", "alac", ["गीत.stem.mp4"])
    assert choice.output.codec == "mp3"  # for the next time that stems are wanted
    dialog.what.kinds["stems"].click()
    assert dialog.format.fields.codec.isVisible()
    assert not dialog.format.ni_codec.isVisible()


def test_a_region_can_be_chosen_where_there_is_one(open_dialog: Open) -> None:
    plain = open_dialog()
    assert not plain.region.isVisible()
    dialog = open_dialog(region_s=(12.34, 3725.0))
    assert dialog.region.region.text() == "Looped region, 0:12.3 – 1:02:05.0"
    assert dialog.choice().region_s is None
    dialog.region.region.click()
    assert dialog.choice().region_s == (12.34, 3725.0)
    assert region_text((59.96, 60.0)) == "Looped region, 1:00.0 – 1:00.0"


@pytest.mark.parametrize("codec", CHOICES)
def test_each_format_offers_what_it_can_and_begins_with_what_is_usual(open_dialog: Open, codec: Codec) -> None:
    dialog = open_dialog(output=Output("wav"))
    dialog.format.fields.codec.setCurrentIndex(list(CHOICES).index(codec))
    assert dialog.choice().output.format == Format(codec)
    for row in range(dialog.format.fields.quality.count()):
        dialog.format.fields.quality.setCurrentIndex(row)
        for place in range(dialog.format.rate.count()):
            dialog.format.rate.setCurrentIndex(place)
            output = dialog.choice().output
            assert output.codec == codec
            assert output.rate is None or rate_for(codec, output.rate) == output.rate


def test_quality_and_rate_are_in_the_output(open_dialog: Open) -> None:
    dialog = open_dialog()
    pick(dialog.format.fields.quality, "32 bit float")
    pick(dialog.format.rate, "88.2 kHz")
    assert dialog.choice().output == Output("wav", depth=32, rate=88_200)
    pick(dialog.format.fields.codec, "MP3")
    pick(dialog.format.fields.quality, "Variable, quality 2")
    assert dialog.choice().output == Output("mp3", vbr=2)
    pick(dialog.format.fields.quality, "Variable, best")
    assert dialog.choice().output == Output("mp3", vbr=0)
    pick(dialog.format.fields.codec, "WAV")
    assert dialog.choice().output == Output("wav")


def test_an_unusual_quality_and_rate_of_the_settings_are_offered_too(open_dialog: Open) -> None:
    dialog = open_dialog(output=Output("mp3", bitrate=100_000, rate=32_000))
    assert dialog.format.fields.quality.currentText() == "100 kbit/s"
    assert dialog.format.rate.currentText() == "32 kHz"
    assert dialog.choice().output == Output("mp3", bitrate=100_000, rate=32_000)


def test_the_rate_is_that_of_the_song_or_the_nearest_that_the_format_has(open_dialog: Open) -> None:
    dialog = open_dialog(rate=44_100)
    assert dialog.format.rate.currentText() == "As the song (44.1 kHz)"
    pick(dialog.format.fields.codec, "Opus")
    assert dialog.format.rate.currentText() == "Nearest (48 kHz)"
    assert dialog.choice().output.rate is None


def test_levels_and_tags_are_among_more_options(open_dialog: Open) -> None:
    dialog = open_dialog()
    assert not dialog.loud.isVisible()
    height = dialog.height()
    dialog.more.click()
    pick(dialog.loud, "Only the loud moments quieter")
    dialog.tags.click()
    assert (dialog.choice().output.loud, dialog.choice().output.tags) == ("limit", False)
    dialog.more.click()
    assert not dialog.loud.isVisible()
    assert dialog.height() == height


def test_the_preview_follows_what_is_typed(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog()
    assert dialog.preview.text.text() == "गीत/vocals.wav\nगीत/accompaniment.wav"
    dialog.names.line.setText("A ")
    assert "all stems the same name" in dialog.preview.text.text()
    assert not dialog.export_button.isEnabled()
    qtbot.keyClicks(dialog.names.line, "{stem}")
    assert dialog.preview.text.text() == "A vocals.wav\nA accompaniment.wav"
    assert dialog.export_button.isEnabled()
    assert names(dialog) == ["A vocals.wav", "A accompaniment.wav"]
    assert dialog.choice().output.template == "A {stem}"


def test_of_many_files_the_first_are_shown(open_dialog: Open) -> None:
    dialog = open_dialog(FOUR)
    assert dialog.preview.text.text() == "गीत/vocals.wav\nगीत/drums.wav\nand 2 more"
    dialog.what.stems["other"].click()
    assert dialog.preview.text.text() == "गीत/vocals.wav\nगीत/drums.wav\nगीत/bass.wav"


def test_long_names_are_shortened_in_the_preview_and_do_not_widen_the_dialog(open_dialog: Open) -> None:
    dialog = open_dialog()
    width = dialog.minimumSizeHint().width()
    dialog.names.line.setText("many words " * 20 + "{stem}")
    assert "…" in dialog.preview.text.text()
    assert dialog.minimumSizeHint().width() == width
    assert "…" not in names(dialog)[0]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{nobody}/{stem}", "“nobody” cannot be filled in"),
        ("{stem", "a brace has no partner"),
        ("a//{stem}", "the name of a folder or file is missing"),
        ("", "the name of a folder or file is missing"),
        ("{song}", "all stems the same name"),
    ],
)
def test_what_is_wrong_with_the_names_is_said_and_nothing_can_be_written(
    open_dialog: Open, template: str, words: str, qtbot: QtBot
) -> None:
    dialog = open_dialog()
    dialog.names.line.setText(template)
    settle(dialog, qtbot)
    assert words in dialog.preview.text.text()
    assert not dialog.export_button.isEnabled()
    qtbot.keyClick(dialog.names.line, Qt.Key.Key_Return)
    assert dialog.isVisible()
    dialog.names.line.setText("{stem}")
    assert dialog.export_button.isEnabled()


def test_placeholders_are_inserted_where_the_cursor_is(open_dialog: Open) -> None:
    dialog = open_dialog()
    dialog.names.line.setText("x/{stem}")
    dialog.names.line.setCursorPosition(2)
    artist = next(action for action in dialog.names.insert.menu().actions() if action.text() == "{artist}")
    artist.trigger()
    assert dialog.names.line.text() == "x/{artist}{stem}"
    assert not dialog.names.remark.isVisible()  # no example beside the real names


def test_without_a_whole_path_to_a_folder_nothing_can_be_written(open_dialog: Open, tmp_path: Path) -> None:
    dialog = open_dialog()
    dialog.folder.line.setText("somewhere")
    assert dialog.folder.remark.text() == "Give the whole path of the folder, from its beginning."
    assert dialog.preview.text.text() == ""
    assert not dialog.export_button.isEnabled()
    dialog.folder.line.setText(" ")  # the one that was proposed, which is shown there
    assert dialog.export_button.isEnabled()
    assert dialog.choice().folder == tmp_path / "out"


def test_the_home_folder_can_be_written_as_its_sign(open_dialog: Open) -> None:
    dialog = open_dialog()
    dialog.folder.line.setText("~/Music")
    assert dialog.choice().folder == Path.home() / "Music"


@pytest.fixture
def slow_tags(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The song's tags are not read before this is set."""
    gate = threading.Event()

    def read(path: Path) -> Tags:
        gate.wait()
        return Tags(artist="लता", title="Title")

    monkeypatch.setattr(song_tags, "read", read)
    yield gate
    gate.set()


def test_tags_that_arrive_late_are_in_the_names(open_dialog: Open, slow_tags: threading.Event, qtbot: QtBot) -> None:
    dialog = open_dialog(output=Output(template="{artist}/{title} ({stem})"), settled=False)
    assert dialog.preview.text.text().startswith("Unknown artist/")
    dialog.what.stems["accompaniment"].click()
    slow_tags.set()
    settle(dialog, qtbot)
    assert dialog.preview.text.text() == "लता/Title (vocals).wav"
    assert names(dialog) == ["लता/Title (vocals).wav"]


def test_export_waits_for_the_tags_and_is_not_forgotten(open_dialog: Open, slow_tags: threading.Event, qtbot: QtBot) -> None:
    dialog = open_dialog(output=Output(template="{artist}/{stem}"), settled=False)
    accepted: list[ExportChoice] = []
    dialog.accepted.connect(lambda: accepted.append(dialog.choice()))
    dialog.export_button.click()
    assert dialog.isVisible()
    slow_tags.set()
    qtbot.waitUntil(lambda: bool(accepted))
    assert [path.parent.name for path in accepted[0].targets.values()] == ["लता", "लता"]


def test_an_export_that_is_waited_for_does_not_begin_after_something_was_changed(
    open_dialog: Open, slow_tags: threading.Event, qtbot: QtBot
) -> None:
    dialog = open_dialog(settled=False)
    dialog.export_button.click()
    dialog.what.stems["vocals"].click()
    slow_tags.set()
    settle(dialog, qtbot)
    assert dialog.isVisible()


def test_the_disk_is_never_asked_by_the_windows_thread(
    open_dialog: Open, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    asked: list[threading.Thread] = []
    look, read = export.look, song_tags.read
    monkeypatch.setattr(export, "look", lambda *question: asked.append(threading.current_thread()) or look(*question))
    monkeypatch.setattr(song_tags, "read", lambda path: asked.append(threading.current_thread()) or read(path))
    dialog = open_dialog(output=Output(existing="number"))
    for key in "abc":
        qtbot.keyClicks(dialog.names.line, key)
    settle(dialog, qtbot)
    assert len(asked) >= 3
    assert threading.main_thread() not in asked


def test_a_drive_that_does_not_answer_holds_up_neither_typing_nor_another_folder(
    open_dialog: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = open_dialog()
    gate, entered, look = threading.Event(), threading.Event(), export.look

    def stalled(targets: Any, existing: Any) -> export.Looked:
        if "slow" in str(targets["vocals"]):
            entered.set()
            gate.wait()
        return look(targets, existing)

    monkeypatch.setattr(export, "look", stalled)
    make(tmp_path / "fast", "गीत/vocals.wav")
    dialog.folder.line.setText(str(tmp_path / "slow"))
    qtbot.waitUntil(entered.is_set)
    dialog.folder.line.setText(str(tmp_path / "fast"))
    settle(dialog, qtbot)
    assert dialog.preview.bar.isVisible()
    gate.set()  # the answer about the other folder comes too late to count
    qtbot.wait(50)
    assert dialog.preview.bar.isVisible()
    assert names(dialog) == ["गीत/vocals.wav", "गीत/accompaniment.wav"]


def test_files_that_exist_are_named_and_nothing_is_written_unless_the_user_says_how(
    open_dialog: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    make(tmp_path / "out", "गीत/vocals.wav")
    dialog = open_dialog()
    assert dialog.preview.warning.text() == "“vocals.wav” exists already."
    assert not dialog.export_button.isEnabled()
    pick(dialog.preview.existing, "Keep both")
    settle(dialog, qtbot)
    assert dialog.export_button.isEnabled()
    assert names(dialog) == ["गीत/vocals (2).wav", "गीत/accompaniment (2).wav"]
    assert dialog.preview.text.text() == "गीत/vocals (2).wav\nगीत/accompaniment (2).wav"
    pick(dialog.preview.existing, "Replace")
    settle(dialog, qtbot)
    assert dialog.export_button.isEnabled()
    choice = dialog.choice()
    assert choice.replaces == {tmp_path / "out" / "गीत" / "vocals.wav"}
    assert names(dialog) == ["गीत/vocals.wav", "गीत/accompaniment.wav"]
    pick(dialog.preview.existing, "Do not write")
    settle(dialog, qtbot)
    assert not dialog.export_button.isEnabled()
    assert dialog.choice().replaces == frozenset()


def test_several_files_that_exist_are_counted(open_dialog: Open, tmp_path: Path) -> None:
    make(tmp_path / "out", "गीत/vocals.wav", "गीत/accompaniment.wav")
    dialog = open_dialog()
    assert dialog.preview.warning.text() == "2 of these files exist already."


def test_export_pressed_before_the_folder_is_known_asks_about_files_that_exist(
    open_dialog: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    make(tmp_path / "out", "गीत/vocals.wav")
    dialog = open_dialog(settled=False)
    dialog.export_button.click()
    settle(dialog, qtbot)
    assert dialog.isVisible()
    assert dialog.preview.bar.isVisible()


def test_a_consent_to_replace_is_for_the_files_that_were_shown(open_dialog: Open, tmp_path: Path, qtbot: QtBot) -> None:
    make(tmp_path / "out", "गीत/vocals.wav")
    make(tmp_path / "other", "गीत/vocals.wav")
    dialog = open_dialog()
    pick(dialog.preview.existing, "Replace")
    settle(dialog, qtbot)
    dialog.what.stems["accompaniment"].click()  # fewer files: still agreed to
    settle(dialog, qtbot)
    assert dialog.export_button.isEnabled()
    dialog.folder.line.setText(str(tmp_path / "other"))
    settle(dialog, qtbot)
    assert dialog.preview.existing.currentText() == "Do not write"
    assert not dialog.export_button.isEnabled()
    assert dialog.choice().replaces == frozenset()


@pytest.mark.parametrize(
    ("before", "picked", "after"),
    [
        ("refuse", "Replace", "refuse"),
        ("number", "Replace", "number"),
        ("refuse", "Keep both", "number"),
        ("number", "Do not write", "refuse"),
        ("replace", "Keep both", "number"),
        ("replace", "Replace", "replace"),
    ],
)
def test_what_becomes_of_files_is_remembered_but_a_consent_to_replace_is_not(
    open_dialog: Open, tmp_path: Path, qtbot: QtBot, before: Any, picked: str, after: str
) -> None:
    make(tmp_path / "out", "गीत/vocals.wav")
    dialog = open_dialog(output=Output(existing=before))
    pick(dialog.preview.existing, picked)
    settle(dialog, qtbot)
    assert dialog.choice().output.existing == after


def test_the_bar_stays_while_its_choice_is_looked_up_and_goes_with_the_files(
    open_dialog: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    make(tmp_path / "out", "गीत/vocals.wav")
    dialog = open_dialog()
    pick(dialog.preview.existing, "Keep both")
    assert dialog.preview.bar.isVisible()
    settle(dialog, qtbot)
    dialog.folder.line.setText(str(tmp_path / "empty"))
    settle(dialog, qtbot)
    assert not dialog.preview.bar.isVisible()
    assert dialog.export_button.isEnabled()


def test_return_exports_and_escape_leaves(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog()
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.folder.line, Qt.Key.Key_Return)
    dialog = open_dialog()
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_tab_goes_through_all_controls_from_top_to_bottom(open_dialog: Open, tmp_path: Path, qtbot: QtBot) -> None:
    make(tmp_path / "out", "गीत/vocals.wav")
    dialog = open_dialog(FOUR, region_s=(1.0, 2.0))
    dialog.more.click()
    pick(dialog.preview.existing, "Keep both")
    settle(dialog, qtbot)
    dialog.what.kinds["stems"].setFocus()
    seen: list[QWidget] = []
    while (focused := dialog.focusWidget()) not in seen:
        seen.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert seen == [
        dialog.what.kinds["stems"],
        *dialog.what.stems.values(),
        dialog.region.whole,
        dialog.format.fields.codec,
        dialog.format.fields.quality,
        dialog.format.rate,
        dialog.folder.line,
        dialog.folder.browse,
        dialog.names.line,
        dialog.names.insert,
        dialog.preview.existing,
        dialog.loud,
        dialog.tags,
        dialog.more,
        dialog.export_button,
        dialog.cancel_button,
    ]


def test_every_control_has_a_name_for_screen_readers(open_dialog: Open) -> None:
    dialog = open_dialog(FOUR, region_s=(1.0, 2.0))
    controls = [control for kind in (QAbstractButton, QComboBox, QLineEdit) for control in dialog.findChildren(kind)]
    ours = [control for control in controls if not isinstance(control.parent(), QLineEdit)]  # Qt's own, to clear it
    assert len(ours) > 20
    for control in ours:
        assert control.accessibleName() or (isinstance(control, QAbstractButton) and control.text())


def test_it_fits_a_small_window_with_everything_open(open_dialog: Open, tmp_path: Path) -> None:
    make(tmp_path / "out", "गीत/vocals.wav")
    dialog = open_dialog(FOUR, region_s=(1.0, 2.0))
    dialog.more.click()
    assert dialog.preview.bar.isVisible()
    assert dialog.minimumSizeHint().width() <= 900
    assert dialog.minimumSizeHint().height() <= 560


def shown_texts(dialog: ExportDialog) -> list[str]:
    """All but names of files and of formats."""
    labels = [label.text() for label in dialog.findChildren(QLabel) if label is not dialog.preview.text]
    buttons = [button.text() for button in dialog.findChildren(QAbstractButton) if button is not dialog.region.region]
    boxes = [box for box in dialog.findChildren(QComboBox) if box is not dialog.format.fields.codec]
    items = [box.itemText(row) for box in boxes for row in range(box.count())]
    spoken = [control.accessibleName() for control in dialog.findChildren(QComboBox)]
    rest = [dialog.preview.text.text().splitlines()[-1], dialog.windowTitle(), dialog.region.region.text()]
    return [text for text in (*labels, *buttons, *items, *spoken, *rest) if text]


def test_all_texts_follow_the_language(open_dialog: Open, tmp_path: Path, qapp: QApplication) -> None:
    make(tmp_path / "out", "गीत/vocals.wav")
    dialog = open_dialog(FOUR, region_s=(1.0, 2.0))
    dialog.more.click()
    before = shown_texts(dialog)
    assert len(before) > 50
    with marked(qapp):
        assert [text for text in shown_texts(dialog) if not text.startswith("⟦")] == []
        assert "⟦Vocals⟧ 0.0 dB · ⟦Drums⟧ 0.0 dB · ⟦Bass⟧ 0.0 dB · ⟦Other⟧ 0.0 dB" in shown_texts(dialog)
        dialog.names.line.setText("{nobody}")
        assert dialog.preview.text.text().startswith("⟦")
    assert dialog.preview.text.text().startswith("“nobody” cannot")
    dialog.names.line.setText(Output().template)
    assert dialog.preview.text.text().startswith("गीत/vocals.wav")
