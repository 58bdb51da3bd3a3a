"""Long runs in one process: memory, handles, threads and temporary files stay what they are."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core import paths, settings
from core.playback.device import SHORTEST_LATENCY_S
from core.playback.feeder import Controls, Feeder, Loop
from core.playback.ring import BLOCK_FRAMES, Ring
from core.separation.separator import StemBlock
from core.session import Session
from gui.main_window import MainWindow
from tests.faults import gauges
from tests.faults.gauges import Gauge
from tests.support import songs

pytestmark = [pytest.mark.timeout(14_400), pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Linux only")]

_CLIPS = 20
_LOOKS = 100  # at the process, in a run


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    settings.save(settings.Settings(model="builtin", device="cpu", queue_folder=str(tmp_path / "out")))
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()


def test_a_thousand_songs_leave_the_process_as_it_was(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, figures: Path, full: bool
) -> None:
    count = 1000 if full else 25
    clips = [songs.write(tmp_path / f"clip {seed}.flac", 0.5 * songs.music(1, seed)) for seed in range(min(_CLIPS, count))]
    listed = []
    for number in range(count):
        (tmp_path / f"{number}").mkdir()
        listed.append(Path(shutil.copyfile(clips[number % len(clips)], tmp_path / f"{number}" / f"गीत {number}.flac")))
    own, found = [tmp_path / "tmp", paths.sessions_folder()], list[Gauge]()

    def look(item: object, files: object) -> None:
        done = sum(item.state == "done" for item in window.queue_page.model.items)
        if done % max(count // _LOOKS, 1) == 0:
            found.append(gauges.read(done, own))

    window.runner.done.connect(look)
    window.queue_page.add(listed)
    qtbot.waitUntil(lambda: len(window.queue_page.model.items) == count, timeout=600_000)
    with qtbot.waitSignal(window.runner.finished_all, timeout=14_000_000):
        window.runner.start()
    assert {item.state for item in window.queue_page.model.items} == {"done"}
    gauges.write(found, figures / "soak-queue", "songs")
    assert found[-1].files == 0
    if full:
        grown = gauges.growth(found)
        assert grown.memory_mb < 30, grown
        assert (grown.handles, grown.threads) == (0, 0), grown


def test_hours_of_playback_with_seeks_and_changes_never_starve(tmp_path: Path, figures: Path, full: bool) -> None:
    """Taken from as PortAudio takes, as fast as it goes; on a real device: tests/real/test_playback.py."""
    hours, rng = 3.0 if full else 0.02, np.random.default_rng(0)
    stems = {name: 0.3 * songs.music(60, seed) for seed, name in enumerate(("vocals", "accompaniment"))}
    found, out = list[Gauge](), np.empty((BLOCK_FRAMES, 2), np.float32)
    with closing(Session(tmp_path / "song.wav", list(stems), songs.RATE)) as session:
        session.append(StemBlock(0, stems))
        controls, ring = Controls(dict.fromkeys(stems, 1.0), playing=True), Ring()
        feeder = Feeder(session, controls, ring)
        blocks = round(hours * 3600 * songs.RATE / BLOCK_FRAMES)
        with closing(session.reader()) as reader:
            feeder.begin(reader, 48_000, SHORTEST_LATENCY_S)
            for block in range(blocks):
                if block % 100 == 0:
                    _change(feeder, controls, session.frames, rng)
                feeder.fill()
                ring.take(out, BLOCK_FRAMES, controls.playing)
                feeder.levels()
                assert np.isfinite(out).all()
                if block % max(blocks // _LOOKS, 1) == 0:
                    found.append(gauges.read(block * BLOCK_FRAMES / songs.RATE / 3600, [paths.sessions_folder()]))
        assert ring.starved == 0
    gauges.write(found, figures / "soak-playback", "hours")
    grown = gauges.growth(found)
    assert (grown.handles, grown.threads, grown.files) == (0, 0, 0), grown
    assert grown.memory_mb < 5, grown


def _change(feeder: Feeder, controls: Controls, frames: int, rng: np.random.Generator) -> None:
    """One of the things that a user does. He never pauses for good, and never ends the song."""
    deed = rng.integers(5)
    if deed == 0:
        feeder.seek(int(rng.integers(frames)))
    elif deed == 1:
        controls.gains = {name: float(rng.uniform(0, 1)) for name in controls.gains}
    elif deed == 2:
        controls.original = bool(rng.integers(2))
    elif deed == 3:
        start = int(rng.integers(frames - songs.RATE))
        controls.loop = Loop(start, start + int(rng.integers(songs.RATE // 10, songs.RATE)))
        feeder.seek(start)
    else:
        controls.loop = None
        controls.playing = bool(rng.integers(4))
