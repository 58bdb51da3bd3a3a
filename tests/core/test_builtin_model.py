"""The built-in model as the user gets it: the right network, and its measured quality on songs kept apart."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.audio.reader import read_blocks
from core.engines import EngineOptions, choice
from core.models import catalogue
from core.separation.separator import separate

ON_CPU = EngineOptions(device="cpu")
MODEL = catalogue.find("builtin")


def test_the_network_gives_the_test_vector(shared: Path) -> None:
    vector = np.load(shared / "models" / "builtin-v0" / "test_vector.npz")
    engine = choice.choose(dataclasses.replace(MODEL, chunk_frames=len(vector["mix"])), EngineOptions(precision="f32"))
    (estimates,) = engine.estimates([np.ascontiguousarray(vector["mix"].transpose(2, 0, 1))])
    np.testing.assert_allclose(estimates[0].transpose(1, 2, 0), vector["vocals"], atol=1e-5)


def median_sdr(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Median over 1-second frames of the plain SDR in dB, where the reference's mean square is above 1e-5."""
    values = []
    for start in range(0, len(reference) - MODEL.sample_rate + 1, MODEL.sample_rate):
        part = reference[start : start + MODEL.sample_rate]
        error = estimate[start : start + MODEL.sample_rate] - part
        if np.mean(part**2) > 1e-5:
            values.append(10 * np.log10(np.sum(part**2) / np.sum(error**2)))
    return float(np.median(values))


# The figures measured when the weights were taken in, less 0.1 dB.
@pytest.mark.parametrize(("song", "vocals_db", "accompaniment_db"), [("lithium", 4.66, 8.89), ("rubidium", 2.42, 5.21)])
def test_the_measured_quality_holds(song: str, vocals_db: float, accompaniment_db: float, shared: Path) -> None:
    folder = shared / "data" / "songs_eval" / song
    parts = (np.concatenate(list(read_blocks(folder / name, 44100, 0, 60))) for name in ("vocals.opus", "backing.opus"))
    vocals, backing = parts
    mix = vocals + backing
    blocks = list(separate(iter([mix]), choice.choose(MODEL, ON_CPU), MODEL))
    stems = {stem: np.concatenate([block.stems[stem] for block in blocks]) for stem in MODEL.stems}
    assert median_sdr(vocals, stems["vocals"]) > vocals_db
    assert median_sdr(mix - vocals, stems["accompaniment"]) > accompaniment_db


def test_the_demo_song_is_separated_into_two_different_stems() -> None:
    demo = Path(__file__).parents[2] / "resources" / "demo" / "antara-demo.ogg"
    song = np.concatenate(list(read_blocks(demo, MODEL.sample_rate)))
    blocks = list(separate(iter([song]), choice.choose(MODEL, ON_CPU), MODEL))
    vocals, accompaniment = (np.concatenate([block.stems[stem] for block in blocks]) for stem in MODEL.stems)
    assert 20 <= len(song) / MODEL.sample_rate <= 30
    # The first bars are instrumental, and the model hears that.
    intro = slice(0, 4 * MODEL.sample_rate)
    assert np.mean(vocals[intro] ** 2) < 0.2 * np.mean(accompaniment[intro] ** 2)
    sung = slice(6 * MODEL.sample_rate, 14 * MODEL.sample_rate)
    assert np.mean(vocals[sung] ** 2) > 0.3 * np.mean(accompaniment[sung] ** 2)
