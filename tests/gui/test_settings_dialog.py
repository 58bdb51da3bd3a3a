"""The settings at work: shown, tried, refused, saved, given up."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core import paths, settings
from core.cancel import CancelToken
from core.engines import Place, hardware
from core.engines.survey import Survey
from core.output import Output
from core.settings import Settings
from gui import settings_dialog
from gui.choice_box import ChoiceBox
from gui.settings_dialog import SettingsDialog
from tests.support.languages import marked

PATIENCE_MS = 60_000

GPU, NPU = Place("gpu", "GeForce <b>", "CUDA"), Place("npu", "AI Boost", "NPU")
EVERYTHING = Survey({}, (GPU, NPU), True)
NOTHING = Survey({"openvino": "a library is missing", "pytorch": "", "tensorflow": ""}, (), False)

MANY = Settings(
    mirror="https://mirror.example/models/",
    output_device=("Speakers", "ALSA"),
    engine="onnx",
    device="cpu",
    precision="f32",
    mode="reference",
    threads=1,
    export_folder="/music/स्टेम",
    queue_folder="/queue",
    output=Output(
        "mp3", bitrate=192_000, rate=48_000, template="{artist}/{stem}", existing="number", loud="limit", tags=False
    ),
    language="hi",
    theme="dark",
    master_db=-6.5,
)

Found = Callable[[Survey], None]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Found:
    """Decides what a search for engines and devices finds."""

    def find(survey: Survey) -> None:
        monkeypatch.setattr(settings_dialog, "survey", lambda cancel: survey)

    find(EVERYTHING)
    return find


@pytest.fixture
def open_dialog(found: Found, qtbot: QtBot) -> Callable[[Settings], SettingsDialog]:
    """Shows a dialog that knows the devices already."""

    def opened(shown: Settings) -> SettingsDialog:
        dialog = SettingsDialog(shown)
        qtbot.addWidget(dialog)
        with qtbot.waitSignal(dialog.surveyed, timeout=PATIENCE_MS):
            dialog.open()
        return dialog

    return opened


Open = Callable[[Settings], SettingsDialog]


def texts(box: QComboBox) -> list[str]:
    return [box.itemText(row) for row in range(box.count())]


def enabled(box: QComboBox) -> list[str]:
    return [box.itemText(row) for row in range(box.count()) if box.model().item(row).isEnabled()]


def test_what_is_shown_is_saved_as_it_was(open_dialog: Open, qtbot: QtBot) -> None:
    settings.save(MANY)
    before = paths.settings_file().read_bytes()
    dialog = open_dialog(MANY)
    with qtbot.waitSignal(dialog.accepted):
        dialog.buttons.ok.click()
    assert dialog.settings() == MANY == settings.load()
    assert paths.settings_file().read_bytes() == before


def test_what_was_changed_is_saved_and_what_others_changed_meanwhile_stays(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(Settings())
    dialog.separation.engine.choose("openvino")
    dialog.separation.device.choose("gpu")
    dialog.separation.precision.choose("f32")
    dialog.separation.mode.choose("reference")
    dialog.separation.threads.choose(1)
    dialog.output.format.codec.choose("flac")
    dialog.output.existing.choose("number")
    dialog.output.loud.choose("clip")
    dialog.output.tags.setChecked(False)
    dialog.output.template.line.setText("{artist} - {stem}")
    dialog.output.queue_folder.line.setText("/queue")
    dialog.network.mirror.line.setText(" https://mirror.example ")
    settings.set_output_device(("Speakers", "ALSA"))
    with qtbot.waitSignal(dialog.accepted):
        dialog.buttons.ok.click()
    output = Output("flac", template="{artist} - {stem}", existing="number", loud="clip", tags=False)
    assert (
        settings.load()
        == dialog.settings()
        == Settings(
            engine="openvino",
            device="gpu",
            precision="f32",
            mode="reference",
            threads=1,
            queue_folder="/queue",
            mirror="https://mirror.example",
            output=output,
            output_device=("Speakers", "ALSA"),
        )
    )


def test_cancel_saves_nothing_and_brings_language_and_theme_back(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(Settings(language="en", theme="light"))
    languages: list[str] = []
    themes: list[str] = []
    dialog.language_changed.connect(languages.append)
    dialog.theme_changed.connect(themes.append)
    dialog.appearance.language.choose("hi")
    dialog.appearance.theme.choose("dark")
    assert (languages, themes) == (["hi"], ["dark"])
    with qtbot.waitSignal(dialog.rejected):
        dialog.buttons.cancel.click()
    assert (languages, themes) == (["hi", "en"], ["dark", "light"])
    assert dialog.settings() == Settings(language="en", theme="light")
    assert not paths.settings_file().exists()


def test_a_language_that_was_chosen_stays_when_the_dialog_is_accepted(open_dialog: Open) -> None:
    dialog = open_dialog(Settings())
    languages: list[str] = []
    dialog.language_changed.connect(languages.append)
    dialog.appearance.language.choose("hi")
    dialog.buttons.ok.click()
    assert languages == ["hi"]
    assert settings.load().language == "hi"


def test_escape_without_a_choice_tells_nothing(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(MANY)
    with qtbot.assertNotEmitted(dialog.language_changed), qtbot.assertNotEmitted(dialog.theme_changed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_defaults_are_shown_for_all_that_the_dialog_has_and_can_be_given_up(open_dialog: Open, qtbot: QtBot) -> None:
    settings.save(MANY)
    dialog = open_dialog(MANY)
    with qtbot.waitSignals([dialog.language_changed, dialog.theme_changed]):
        dialog.buttons.other.click()
    assert settings.load() == MANY
    dialog.buttons.ok.click()
    assert settings.load() == Settings(output_device=("Speakers", "ALSA"), master_db=-6.5)


def test_an_address_that_is_none_is_refused_where_it_stands(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(Settings())
    field = dialog.network.mirror
    field.line.setText("ftp://mirror.example")
    dialog.buttons.ok.click()
    assert dialog.isVisible()
    assert dialog.sections.currentItem().text() == "Network"
    assert field.remark.isVisible()
    assert field.remark.text().startswith("“ftp://mirror.example” is not an address")
    assert field.line.accessibleDescription() == field.remark.text()
    qtbot.waitUntil(field.line.hasFocus, timeout=PATIENCE_MS)
    assert not paths.settings_file().exists()
    field.line.clear()
    assert not field.remark.isVisible()
    dialog.buttons.ok.click()
    assert not dialog.isVisible()


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{song}/{nope}", "“nope” cannot be filled in"),
        ("{song", "a brace has no partner"),
        ("", "the name of a folder or file is missing"),
        ("{song}", "gives all stems the same name"),
    ],
)
def test_a_pattern_that_gives_no_names_is_refused(open_dialog: Open, template: str, said: str) -> None:
    dialog = open_dialog(Settings())
    dialog.output.template.line.setText(template)
    assert said in dialog.output.template.remark.text()
    dialog.buttons.ok.click()
    assert dialog.isVisible()
    assert dialog.sections.currentItem().text() == "Files"


def test_the_names_that_a_pattern_gives_are_shown_as_it_is_typed(open_dialog: Open) -> None:
    dialog = open_dialog(Settings())
    field = dialog.output.template
    field.line.setText("{artist}/{title} ({stem})")
    assert field.remark.text() == f"For example {Path('Asha Rao', 'First Rain (vocals).wav')}"
    dialog.output.format.codec.choose("alac")
    assert "First Rain (vocals).m4a" in field.remark.text()


@pytest.mark.parametrize("folder", ["music", "./music", "~nobody-of-this-name/music"])
def test_a_folder_needs_its_whole_path(open_dialog: Open, folder: str) -> None:
    dialog = open_dialog(Settings())
    dialog.output.export_folder.line.setText(folder)
    dialog.buttons.ok.click()
    assert dialog.isVisible()
    assert dialog.output.export_folder.remark.text().startswith("Give the whole path")


def test_a_folder_is_chosen_in_the_file_dialog(open_dialog: Open, tmp_path: Path, qtbot: QtBot) -> None:
    dialog = open_dialog(Settings())
    dialog.show_page(dialog.output)
    dialog.output.queue_folder.browse.click()
    chooser = dialog.findChild(QFileDialog)
    qtbot.waitUntil(chooser.isVisible)
    chooser.findChild(QLineEdit, "fileNameEdit").setText(str(tmp_path))
    qtbot.keyClick(chooser.findChild(QLineEdit, "fileNameEdit"), Qt.Key.Key_Return)
    assert dialog.output.queue_folder.folder == str(tmp_path)


def test_settings_that_cannot_be_saved_are_said_and_the_dialog_stays(open_dialog: Open) -> None:
    dialog = open_dialog(Settings())
    paths.settings_file().parent.parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().parent.write_text("in the way")
    dialog.separation.engine.choose("onnx")
    dialog.buttons.ok.click()
    assert dialog.isVisible()
    assert dialog.message.is_error
    assert "cannot be written" in dialog.message.text
    paths.settings_file().parent.unlink()
    dialog.buttons.ok.click()
    assert not dialog.isVisible()
    assert settings.load().engine == "onnx"


def test_devices_that_were_found_are_offered_by_name(open_dialog: Open) -> None:
    page = open_dialog(Settings()).separation
    assert texts(page.device) == ["Automatic (a GPU if there is one)", "CPU", "GPU: GeForce <b>", "NPU: AI Boost"]
    assert enabled(page.device) == texts(page.device)
    assert page.device_remark.text() == "Found: GeForce <b>, AI Boost"


def test_what_is_not_here_cannot_be_chosen_and_says_why(open_dialog: Open, found: Found) -> None:
    found(NOTHING)
    page = open_dialog(Settings()).separation
    assert enabled(page.engine) == ["Automatic (the fastest one)", "ONNX Runtime"]
    tips = {text: page.engine.itemData(row, Qt.ItemDataRole.ToolTipRole) for row, text in enumerate(texts(page.engine))}
    assert tips["OpenVINO (does not start)"] == "It does not start: a library is missing"
    assert tips["TensorFlow (not installed)"] == "Its package is not installed."
    assert enabled(page.device) == ["Automatic (a GPU if there is one)", "CPU"]
    assert "GPU (not found)" in texts(page.device)
    assert page.device_remark.text().startswith("No GPU")
    assert page.precision_remark.text() == "This processor has no bf16, so both are the same here."


def test_what_was_chosen_elsewhere_is_kept_though_it_is_not_here(open_dialog: Open, found: Found) -> None:
    found(NOTHING)
    chosen = Settings(model="<gone>", engine="tensorflow", device="npu", precision="bf16", threads=999)
    settings.save(chosen)
    dialog = open_dialog(chosen)
    page = dialog.separation
    shown = [box.currentText() for box in (page.model, page.engine, page.device, page.precision, page.threads)]
    assert shown == ["<gone> (not installed)", "TensorFlow (not installed)", "NPU (not found)", "Always bf16", "999"]
    dialog.buttons.ok.click()
    assert settings.load() == chosen


def test_models_that_are_not_installed_cannot_be_chosen(open_dialog: Open) -> None:
    page = open_dialog(Settings()).separation
    assert enabled(page.model) == ["Best available (Built-in, 2 stems)", "Built-in, 2 stems"]
    assert "Spleeter, 4 stems (not installed)" in texts(page.model)


def test_there_are_as_many_threads_as_processors(open_dialog: Open) -> None:
    processors = hardware.processors()
    numbers = [str(number) for number in range(1, processors + 1)]
    assert texts(open_dialog(Settings()).separation.threads) == [f"Automatic ({processors})", *numbers]


def test_of_gpus_that_are_used_by_different_things_one_kind_can_be_chosen(open_dialog: Open, found: Found) -> None:
    several = Place("gpu", "GeForce (CUDA)", "cuda:0", "cuda"), Place("gpu", "Arc (XPU)", "xpu:0", "xpu")
    found(Survey({}, several, True))
    page = open_dialog(Settings(device="xpu")).separation
    everything = "GPU: GeForce (CUDA), Arc (XPU)"
    assert texts(page.device)[2:] == [everything, "GPU: GeForce (CUDA)", "GPU: Arc (XPU)"]
    assert page.fields()["device"] == "xpu"
    found(Survey({}, several[:1], True))
    assert texts(open_dialog(Settings()).separation.device)[2:] == ["GPU: GeForce (CUDA)"]
    gone = open_dialog(Settings(device="rocm")).separation
    assert gone.device.currentText() == "ROCm (not found)"
    assert gone.fields()["device"] == "rocm"


def test_devices_are_looked_for_in_the_background_and_what_was_chosen_meanwhile_stays(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    go_on = threading.Event()
    threads: list[threading.Thread] = []

    def survey(cancel: CancelToken) -> Survey:
        threads.append(threading.current_thread())
        go_on.wait(PATIENCE_MS / 1000)
        return EVERYTHING

    monkeypatch.setattr(settings_dialog, "survey", survey)
    dialog = SettingsDialog(Settings())
    qtbot.addWidget(dialog)
    dialog.open()
    assert dialog.separation.device_remark.text() == "Looking for GPUs…"
    dialog.separation.device.choose("cpu")
    dialog.separation.engine.choose("tensorflow")
    with qtbot.waitSignal(dialog.surveyed, timeout=PATIENCE_MS):
        go_on.set()
    assert threads[0] is not threading.main_thread()
    assert (dialog.separation.device.value, dialog.separation.engine.value) == ("cpu", "tensorflow")


def test_a_dialog_that_is_gone_before_the_devices_are_found_is_not_missed(
    monkeypatch: pytest.MonkeyPatch, qapp: QApplication, qtbot: QtBot
) -> None:
    go_on, done = threading.Event(), threading.Event()

    def survey(cancel: CancelToken) -> Survey:
        go_on.wait(PATIENCE_MS / 1000)
        done.set()
        return EVERYTHING

    monkeypatch.setattr(settings_dialog, "survey", survey)
    dialog = SettingsDialog(Settings())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    with qtbot.waitSignal(dialog.destroyed, timeout=PATIENCE_MS):
        dialog.reject()
    go_on.set()
    qtbot.waitUntil(done.is_set, timeout=PATIENCE_MS)
    qapp.processEvents()
    assert not shiboken6.isValid(dialog)


def shown_texts(dialog: SettingsDialog) -> Iterator[str]:
    """All that is written on the dialog, but for what is no text of ours."""
    for label in dialog.findChildren(QLabel):
        yield label.text()
    for button in dialog.findChildren(QPushButton):
        yield button.text()
    for box in dialog.findChildren(ChoiceBox):
        yield box.accessibleName()
    yield from texts(dialog.appearance.theme)
    yield from texts(dialog.output.existing)
    listed = dialog.findChild(QListWidget)
    yield from (listed.item(row).text() for row in range(listed.count()))
    yield dialog.windowTitle()


def test_every_text_follows_the_language_and_every_choice_stays(open_dialog: Open, qapp: QApplication) -> None:
    dialog = open_dialog(MANY)
    before = dialog.appearance.theme.value
    plain = list(shown_texts(dialog))
    with marked(qapp):
        left = {text for text in shown_texts(dialog) if text and not text.startswith("⟦")}
        assert left == set()
        assert dialog.appearance.theme.currentText() == "⟦Dark⟧"
        assert texts(dialog.appearance.language) == ["⟦As the system⟧", "English", "हिन्दी"]
        assert dialog.appearance.theme.value == before
    assert list(shown_texts(dialog)) == plain


def controls(dialog: QWidget) -> list[QWidget]:
    kinds = (QAbstractButton, QComboBox, QLineEdit, QListWidget)
    return [control for kind in kinds for control in dialog.findChildren(kind)]


def test_every_control_has_a_name_for_screen_readers(open_dialog: Open) -> None:
    dialog = open_dialog(Settings())
    qts = (dialog.message, *dialog.findChildren(QLineEdit))  # in which Qt puts buttons of its own
    ours = [control for control in controls(dialog) if not any(part.isAncestorOf(control) for part in qts)]
    assert len(ours) > 15
    for control in ours:
        name = control.accessibleName() or (control.text() if isinstance(control, QAbstractButton) else "")
        assert name, control


def test_tab_goes_through_a_section_from_the_top_to_the_buttons(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(Settings())
    dialog.show_page(dialog.output)
    dialog.sections.setFocus()
    page = dialog.output
    order = [page.export_folder.line, page.export_folder.browse, page.queue_folder.line, page.queue_folder.browse]
    order += [page.format.codec, page.format.quality, page.template.line, page.template.insert]
    order += [page.existing, page.loud, page.tags, dialog.buttons.other, dialog.buttons.ok, dialog.buttons.cancel]
    for expected in order:
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        assert dialog.focusWidget() is expected


def test_the_wheel_over_a_choice_does_not_change_it(open_dialog: Open, qapp: QApplication) -> None:
    box = open_dialog(Settings()).appearance.theme
    place, nothing = QPointF(5, 5), QPoint()
    wheel = QWheelEvent(
        place,
        place,
        nothing,
        QPoint(0, -240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    qapp.sendEvent(box, wheel)
    assert box.value == "system"
