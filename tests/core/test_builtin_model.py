"""The built-in model as the user gets it: the right network, and its measured quality on songs kept apart."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.audio.reader import read_blocks
from core.cancel import CancelToken
from core.engines import EngineOptions, choice
from core.evaluation.evaluate import Evaluation, evaluate_song
from core.evaluation.truth import open_song
from core.models import catalogue
from core.separation.separator import separate

ON_CPU = EngineOptions(device="cpu")
MODEL = catalogue.find("builtin")


def test_the_first_built_in_models_network_gives_its_test_vector(shared: Path) -> None:
    first = shared / "models" / "builtin-v0"
    vector = np.load(first / "test_vector.npz")
    filters = {"conv_n_filters": [8, 16, 32, 64, 128, 256]}
    model = dataclasses.replace(
        MODEL, chunk_frames=len(vector["mix"]), function_params=filters, weights_file=first / "weights.npz"
    )
    engine = choice.choose(model, EngineOptions(precision="f32"))
    (estimates,) = engine.estimates([np.ascontiguousarray(vector["mix"].transpose(2, 0, 1))])
    np.testing.assert_allclose(estimates[0].transpose(1, 2, 0), vector["vocals"], atol=1e-5)


# The figures measured when the weights were taken in, less 0.1 dB.
@pytest.mark.parametrize(("song", "vocals_db", "accompaniment_db"), [("lithium", 4.93, 9.6), ("rubidium", 6.91, 9.58)])
def test_the_measured_quality_holds(song: str, vocals_db: float, accompaniment_db: float, shared: Path) -> None:
    what = Evaluation((MODEL,), ("plain",), duration_s=60)
    true = open_song(shared / "data" / "songs_eval" / song)
    found = evaluate_song(true, what, lambda model: choice.choose(model, ON_CPU), CancelToken(), lambda progress: None)
    assert found.median(MODEL.name, "vocals", "plain") > vocals_db
    assert found.median(MODEL.name, "accompaniment", "plain") > accompaniment_db


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
