"""Exports through the window: what the dialog was told is in the files."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from core import jobs
from core.audio.mixdown import Region
from core.audio.ni_stems import NAMES
from core.audio.reader import probe, read_blocks
from core.audio.resample import Resampler
from core.export import ExportChoice
from core.output import Output
from core.playback.mixer import gain_of
from core.progress import Progress
from core.separation.separator import StemBlock
from core.session import Session
from gui import ruler, show_file, song_work
from gui.export_dialog import ExportDialog
from gui.main_window import MainWindow
from tests.support import songs
from tests.support.songs import RATE, joined

PATIENCE_MS = 60_000
FRAMES = 6 * RATE


@pytest.fixture
def four_stems() -> dict[str, np.ndarray]:
    return {stem: 0.3 * songs.music(6, seed) for seed, stem in enumerate(NAMES)}


@pytest.fixture
def separated(window: MainWindow, four_stems: dict[str, np.ndarray], tmp_path: Path) -> MainWindow:
    """A window whose song is separated into four stems."""
    song = songs.write(tmp_path / "song.flac", songs.music(6), sample_fmt="s16")
    session = Session(song, NAMES, RATE)
    session.append(StemBlock(0, four_stems))
    window.work._show_song(probe(song))
    window.work._session = session
    window.song_page.lanes.set_stems(NAMES)
    window.work._show_state()
    return window


def export(window: MainWindow, folder: Path, qtbot: QtBot, choose: Callable[[ExportDialog], None]) -> None:
    """Through the dialog, and to its end."""
    window.work.choose_export()
    dialog = window.findChild(ExportDialog)
    dialog.folder.line.setText(str(folder))
    choose(dialog)
    with qtbot.waitSignal(dialog.accepted):
        dialog.export_button.click()
    qtbot.waitUntil(lambda: window.work.running_job is None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.findChildren(ExportDialog))
    assert window.message.text.startswith("Exported to"), window.message.text


def read(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0]


def as_float(dialog: ExportDialog) -> None:
    dialog.format.fields.quality.setCurrentText("32 bit float")


def test_the_mix_is_written_as_the_lanes_have_it(
    separated: MainWindow, four_stems: dict[str, np.ndarray], tmp_path: Path, qtbot: QtBot
) -> None:
    drums, bass, _, _ = separated.song_page.lanes.lanes
    drums.volume.setValue(-60)
    bass.mute.click()

    def choose(dialog: ExportDialog) -> None:
        as_float(dialog)
        dialog.what.kinds["mix"].click()

    export(separated, tmp_path / "out", qtbot, choose)
    expected = np.float32(gain_of(-6)) * four_stems["drums"] + four_stems["other"] + four_stems["vocals"]
    assert np.abs(read(tmp_path / "out" / "song" / "mix.wav") - expected).max() < 1e-6


def test_stems_are_written_at_another_rate_and_stay_together(
    separated: MainWindow, four_stems: dict[str, np.ndarray], tmp_path: Path, qtbot: QtBot
) -> None:
    def choose(dialog: ExportDialog) -> None:
        as_float(dialog)
        dialog.format.rate.setCurrentText("48 kHz")

    export(separated, tmp_path / "out", qtbot, choose)
    for stem, samples in four_stems.items():
        resampler = Resampler(RATE, 48_000)
        expected = joined([*resampler.push(samples), *resampler.drain()])
        found = read(tmp_path / "out" / "song" / f"{stem}.wav")
        assert len(found) == 6 * 48_000
        np.testing.assert_array_equal(found, expected)


def test_only_the_region_is_written_where_it_is_wanted(
    separated: MainWindow, four_stems: dict[str, np.ndarray], tmp_path: Path, qtbot: QtBot
) -> None:
    transport = separated.song_page.transport
    transport.show_length(6)
    transport.ruler.set_region(ruler.Region(1500, 2750))
    transport.loop.setChecked(True)

    def choose(dialog: ExportDialog) -> None:
        as_float(dialog)
        dialog.region.region.click()

    export(separated, tmp_path / "out", qtbot, choose)
    first, end, fade = round(1.5 * RATE), round(2.75 * RATE), round(0.005 * RATE)
    gains = Region(first, end, fade, fade).gains(0, end - first)
    assert gains is not None
    for stem, samples in four_stems.items():
        found = read(tmp_path / "out" / "song" / f"{stem}.wav")
        assert len(found) == end - first
        assert np.abs(found - samples[first:end] * gains).max() < 1e-6


def test_a_stem_file_for_djs_is_written(
    separated: MainWindow, four_stems: dict[str, np.ndarray], tmp_path: Path, qtbot: QtBot
) -> None:
    def choose(dialog: ExportDialog) -> None:
        dialog.what.kinds["ni_stems"].click()
        dialog.format.ni_codec.setCurrentIndex(1)

    export(separated, tmp_path / "out", qtbot, choose)
    path = tmp_path / "out" / "song.stem.mp4"
    with av.open(str(path)) as container:
        assert [stream.codec_context.name for stream in container.streams.audio] == ["alac"] * 5
    for track, stem in enumerate(NAMES, 1):
        assert np.abs(joined(read_blocks(path, RATE, track=track)) - four_stems[stem]).max() < 2**-22


def test_what_was_chosen_is_proposed_the_next_time(separated: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    def choose(dialog: ExportDialog) -> None:
        dialog.format.fields.codec.setCurrentText("FLAC")
        dialog.names.line.setText("{song} {stem}")

    export(separated, tmp_path / "out", qtbot, choose)
    separated.work.choose_export()
    dialog = separated.findChild(ExportDialog)
    qtbot.waitUntil(lambda: not dialog.pending)
    assert dialog.choice().output == Output("flac", template="{song} {stem}")
    assert dialog.choice().folder == tmp_path / "out"
    dialog.reject()


@pytest.fixture
def cancelling(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancel is pressed in the middle of an export, from which the export goes on when that has happened."""
    reporter = jobs._reporter

    def reporting(length_s: float, report: Callable[[Progress], None]) -> Callable[[float], None]:
        tell = reporter(length_s, report)

        def tell_and_cancel(done_s: float) -> None:
            tell(done_s)
            window.work.cancel()

        return tell_and_cancel

    monkeypatch.setattr(jobs, "_reporter", reporting)


@pytest.mark.parametrize("what", ["stems", "ni_stems"])
def test_a_cancelled_export_leaves_nothing_behind(
    separated: MainWindow, cancelling: None, tmp_path: Path, qtbot: QtBot, what: str
) -> None:
    separated.work.choose_export()
    dialog = separated.findChild(ExportDialog)
    dialog.folder.line.setText(str(tmp_path / "out"))
    dialog.what.kinds[what].click()
    with qtbot.waitSignal(dialog.accepted):
        dialog.export_button.click()
    assert separated.song_page.cancel_button.isVisible()
    qtbot.waitUntil(lambda: separated.work.running_job is None, timeout=PATIENCE_MS)
    assert separated.message.text == "Export cancelled; nothing was written."
    assert not (tmp_path / "out").exists()
    assert separated.work.session is not None  # and can be exported again
    assert separated.song_page.export_button.isEnabled()


def test_a_file_that_turned_up_meanwhile_is_not_replaced(separated: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    target = tmp_path / "vocals.wav"
    choice = ExportChoice("stems", {"vocals": target}, tmp_path)
    target.write_bytes(b"precious")
    separated.work.export(choice)
    qtbot.waitUntil(lambda: separated.work.running_job is None, timeout=PATIENCE_MS)
    assert "exists already" in separated.message.text
    assert target.read_bytes() == b"precious"
    separated.work.export(replace(choice, replaces=frozenset({target})))
    qtbot.waitUntil(lambda: separated.work.running_job is None, timeout=PATIENCE_MS)
    assert soundfile.info(target).frames == FRAMES


def test_the_files_can_be_shown_in_their_folder(
    separated: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(song_work, "show_in_folder", shown.append)
    export(separated, tmp_path / "out", qtbot, lambda dialog: None)
    assert separated.message.action.text() == "Show in folder"
    separated.message.action.click()
    assert shown == [tmp_path / "out" / "song" / "drums.wav"]


@pytest.mark.skipif(show_file.sys.platform != "linux", reason="other systems have commands for it")
def test_without_a_desktop_bus_the_folder_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    show_file.show_in_folder(tmp_path / "गीत" / "vocals.wav")
    assert opened == [QUrl.fromLocalFile(str(tmp_path / "गीत"))]
