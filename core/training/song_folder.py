"""Composed songs as folders of WAV files, which ``evaluate`` and ``train`` both take for songs with true stems."""

from pathlib import Path

import numpy as np

from core.arrays import FloatArray, peak_of, summed
from core.audio.formats import Format
from core.audio.writer import Sound, StemWriter
from core.cancel import CancelToken
from core.errors import NothingToComposeError
from core.songs import SOUND_EXTENSIONS
from core.training.instruments import Bank
from core.training.songs import VOICE, Singers, compose_song

RATE = 44100

_OTHER = "other"
_PARTS = ("drums", "bass", _OTHER)  # as MUSDB has them
_FORMAT = Format("wav", depth=24)
_STEPS = np.float32(2**23)  # in which the files are exact, and so are sums of stems


class Composer:
    """Composes from recordings in a folder: of single voices below ``vocals``, of single notes in ``instruments``.

    Voices of multitrack songs (``songs/*/vocals__*``) sing, too. What a style wants and ``instruments`` has not is replaced
    by computed sounds, or silent. Raises NothingToComposeError where the folder does not have both.
    """

    def __init__(self, data: Path) -> None:
        voices = [*(data / "vocals").rglob("*"), *(data / "songs").glob("*/vocals__*")]
        voices = [path for path in voices if path.suffix.lower() in SOUND_EXTENSIONS]
        if not voices or not (data / "instruments").is_dir():
            raise NothingToComposeError(path=data)
        self._singers = Singers(voices, RATE)
        self._bank = Bank(data / "instruments", RATE)

    def write(
        self,
        folder: Path,
        seed: int,
        seconds: float,
        style: str | None = None,
        parts: bool = False,
        overwrite: bool = False,
        cancel: CancelToken | None = None,
    ) -> Path:
        """The song of a seed, in a folder of its own in ``folder``: vocals, accompaniment, mixture, and if wanted its parts.

        Raises InputErrors, OutputErrors (OutputExistsError before the work) and CancelledError.
        """
        place = folder / f"song {seed}"
        names = (VOICE, "accompaniment", "mixture", *(_PARTS if parts else ()))
        writer = StemWriter({name: place / f"{name}.wav" for name in names}, Sound(RATE, format=_FORMAT), overwrite)
        with writer:
            writer.write(stems_of(compose_song(self._bank, self._singers, seed, seconds, style, cancel)))
        return place


def stems_of(song: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Vocals, drums, bass, other, their sum without and with vocals, of a composed song; sums are exact in 24 bits."""
    silence = np.zeros_like(song[VOICE])
    parts = {name: song.get(name, silence) for name in (VOICE, *_PARTS)}
    others = [part for name, part in song.items() if name not in parts]
    parts[_OTHER] = summed([silence, *others])
    # The mix and the accompaniment are below full scale, but a part can be above it where another is opposite.
    gain = np.float32(min(1, 0.98 / max(map(peak_of, parts.values()))))
    parts = {name: np.rint(part * (gain * _STEPS)) / _STEPS for name, part in parts.items()}
    accompaniment = summed([parts[name] for name in _PARTS])
    return {**parts, "accompaniment": accompaniment, "mixture": parts[VOICE] + accompaniment}
