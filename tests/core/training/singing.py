"""Melodies that tests sing: voices of harmonics, and a folder of recordings to compose songs of."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile


def melody(notes: Sequence[float], tempo: float, rate: int) -> np.ndarray:
    """Notes (MIDI numbers; NaN: a rest) of a beat each, as a voice (n, 2) of ten harmonics."""
    frames = round(60 / tempo * rate)
    time = np.arange(frames) / rate
    shape = np.minimum(1, np.minimum(time / 0.02, (time[-1] - time) / 0.08))
    sung = []
    for note in notes:
        turns = 440 * 2 ** ((note - 69) / 12) * time if np.isfinite(note) else 0 * time
        sung.append(shape * sum(np.sin(2 * np.pi * n * turns) / n for n in range(1, 11)))
    voice = 0.2 * np.concatenate(sung)
    return np.stack([voice, voice], axis=1).astype(np.float32)


def walk(root: float, scale: Sequence[int], beats: int, seed: int) -> list[float]:
    """A melody of the tones of a scale, most often the tonic and the fifth."""
    rng = np.random.default_rng(seed)
    tones = rng.choice([0, 0, 0, 4, 4, 2, 1, 3, 5, 6], size=beats)
    return [root + scale[tone] + 12 * float(rng.integers(2)) for tone in tones]


def recordings(folder: Path, rate: int) -> Path:
    """Data to compose songs of: two singers, each in a key of their own, and a few drums."""
    singers = {"low": (45.2, (0, 2, 3, 5, 7, 8, 10), 100), "high": (54.8, (0, 2, 4, 5, 7, 9, 11), 120)}
    for name, (root, scale, tempo) in singers.items():
        (folder / "vocals" / name).mkdir(parents=True)
        for number in range(3):
            samples = melody(walk(root, scale, 8, number), tempo, rate)
            soundfile.write(folder / "vocals" / name / f"{number}.wav", samples, rate)
    drums = folder / "instruments" / "sonic_pi"
    drums.mkdir(parents=True)
    for name in ("bd_test", "sn_test", "hat_test", "tabla_na", "tabla_ghe"):
        noise = np.random.default_rng(len(name)).standard_normal((rate // 10, 2)) * np.linspace(0.5, 0, rate // 10)[:, None]
        soundfile.write(drums / f"{name}.wav", noise.clip(-1, 1), rate)
    return folder
