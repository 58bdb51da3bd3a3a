"""Reference mode against Spleeter itself: its own graph over the whole song, on the same random checkpoint."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.engines import EngineName, EngineOptions, choice
from core.models import catalogue
from core.separation.separator import separate
from tests.support import songs, spleeter_reference

ENGINES: list[EngineName] = ["tensorflow", "openvino", "onnx"]
FIRST_CHUNK = 512 * 1024 - 4096  # what of the song the first chunk of frames covers
SHORT = [13230, FIRST_CHUNK, FIRST_CHUNK + 1]  # 0.3 s and 11.8 s
LONG = [512 * 1024 - 1, 512 * 1024 + 1, 26 * songs.RATE]  # 11.9 s less and more one sample, three chunks
LONGEST = [61 * songs.RATE]
FEW, TWO_CHUNKS = SHORT[:1], SHORT[2:]


@pytest.mark.parametrize(
    ("name", "lengths", "others"),  # what more of a model takes minutes: ``python3 dev.py soak tests/core/test_parity.py``
    [
        ("2stems", SHORT + LONG, LONGEST),
        ("4stems", TWO_CHUNKS, SHORT[:2] + LONG + LONGEST),
        ("5stems", FEW, SHORT[1:] + LONG + LONGEST),
        ("2stems-16kHz", FEW, SHORT[1:]),
    ],
)
def test_reference_mode_equals_spleeter_with_every_engine(
    name: str,
    lengths: list[int],
    others: list[int],
    full: bool,
    checkpoints: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = checkpoints(name)
    monkeypatch.setenv("MODEL_PATH", str(root))
    params = spleeter_reference.configuration(name)
    model = catalogue.find(name)
    engines = [choice.choose(model, EngineOptions(name, "cpu", "f32")) for name in ENGINES]
    mono = np.repeat(songs.music(7.7, seed=7, channels=1), 2, axis=1)  # as both readers make it
    cases = [songs.music(n / songs.RATE, seed=n) for n in lengths + (others if full else [])] + [mono]
    with spleeter_reference.separator(params, root / params["model_dir"]) as separate_with_spleeter:
        for song in cases:
            expected = separate_with_spleeter(song)
            for engine in engines:
                blocks = list(separate(iter([song]), engine, model, "reference"))
                assert list(blocks[0].stems) == params["instrument_list"]
                for stem, samples in expected.items():
                    ours = np.concatenate([block.stems[stem] for block in blocks])
                    assert ours.shape == samples.shape
                    assert np.abs(ours - samples).max() <= 1e-4
            assert_masks_do_something(expected, song)


def assert_masks_do_something(stems: dict[str, np.ndarray], song: np.ndarray) -> None:
    """Equal shares of the mix would make parity easy, and say nothing."""
    share = song / len(stems)
    for samples in stems.values():
        assert np.sqrt(np.mean((samples - share) ** 2)) > 0.1 * np.sqrt(np.mean(share**2))
