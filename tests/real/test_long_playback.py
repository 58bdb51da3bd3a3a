"""Playback for long on a real device: seconds of it with the other tests, an hour by ``python3 dev.py soak``."""

import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from core.playback.device import LONGEST_LATENCY_S
from core.playback.player import Player
from core.separation.separator import StemBlock
from core.session import Session
from tests.faults import gauges
from tests.faults.gauges import Gauge
from tests.real.conftest import RATE
from tests.real.test_playback import open_player
from tests.support import songs

pytestmark = pytest.mark.timeout(7200)


def test_playback_for_long_with_seeks_and_changes_never_runs_dry(
    sound: None, tmp_path: Path, figures: Path, full: bool
) -> None:
    seconds, rng, found = 3600 if full else 10, np.random.default_rng(0), list[Gauge]()
    stems = {name: np.tile(0.3 * songs.music(20, seed), (15, 1)) for seed, name in enumerate(("vocals", "accompaniment"))}
    with closing(Session(tmp_path / "song.wav", list(stems), RATE)) as session:
        session.append(StemBlock(0, stems))
        with closing(open_player(session, dict.fromkeys(stems, 1.0), LONGEST_LATENCY_S)) as player:
            player.play()
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                found.append(gauges.read((seconds - left) / 3600, [tmp_path]))
                _change(player, session, rng)
                time.sleep(float(rng.uniform(0.2, 10.0 if full else 1.0)))
            playing, troubles = player.playing, (player.underruns, player.starved, player.error)
    gauges.write(found, figures / "soak-device", "hours")
    assert playing
    assert troubles == (0, 0, None)
    if full:
        grown = gauges.growth(found)
        assert (grown.handles, grown.threads, grown.files) == (0, 0, 0), grown
        assert grown.memory_mb < 5, grown


def _change(player: Player, session: Session, rng: np.random.Generator) -> None:
    """A seek where the song would end soon; else one of the things that a user does while it plays."""
    last = session.frames - 15 * RATE
    if player.position > last or rng.integers(2):
        player.seek(int(rng.integers(last)))
    else:
        player.set_gains({stem: float(rng.uniform(0, 1)) for stem in session.stems})
