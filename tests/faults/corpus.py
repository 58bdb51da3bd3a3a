"""Bad and odd songs: all are made here, the same ones each time."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from tests.faults import headers, impostors, places
from tests.support import songs

Meanwhile = Literal["grow", "shrink", "vanish", "replace"]

SECONDS = 3.0

# Extension, codec, the container's options.
KINDS = (
    (".wav", "pcm_s16le", ""),
    (".wav", "pcm_s16le", "rf64=always"),
    (".wav", "pcm_mulaw", ""),
    (".wav", "adpcm_ms", ""),
    (".w64", "pcm_s32le", ""),
    (".caf", "pcm_s16le", ""),
    (".au", "pcm_s16be", ""),
    (".aifc", "pcm_s16le", ""),
    (".flac", "flac", ""),
    (".tta", "tta", ""),
    (".wv", "wavpack", ""),
    (".mp3", "libmp3lame", ""),
    (".mp3", "libmp3lame", "write_xing=0"),
    (".wma", "wmav2", ""),
    (".mka", "aac", ""),
    (".webm", "libopus", ""),
    (".m4a", "aac", ""),
    (".m4a", "aac", "movflags=faststart"),
    (".m4a", "alac", "movflags=faststart"),
    (".m4a", "aac", "movflags=frag_keyframe+empty_moov"),
    (".ogg", "", ""),
    (".oga", "flac", ""),
    (".opus", "libopus", ""),
    (".aac", "aac", ""),
    (".ac3", "ac3", ""),
    (".flv", "aac", ""),
    (".ts", "aac", ""),
    (".avi", "pcm_s16le", ""),
)
_CUTS = (0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.999)  # which part is left
_FLIPS = (1, 30, 1000)  # how many bits
_MEANWHILE: tuple[Meanwhile, ...] = ("grow", "shrink", "vanish", "replace")


@dataclass(frozen=True)
class Case:
    """A song as a user could hand it in. ``sound``: whether it is whole, or must be refused; None: either is right."""

    path: Path
    sound: bool | None = None
    meanwhile: Meanwhile | None = None  # what happens to the file while it is read
    long: bool = False  # hours of sound: only a part is asked for

    @property
    def name(self) -> str:
        return "/".join(self.path.parts[-2:])


def make(folder: Path, every: int = 1) -> list[Case]:
    """Every ``every``-th case, in folders of their own."""
    whole = {kind: _whole(folder / "whole", kind) for kind in KINDS}
    cases = [*_damaged(folder, whole, every)]
    cases += [Case(path, sound) for path, sound in impostors.make(folder / "impostors", whole[KINDS[8]])][::every]
    crafted = headers.make(folder / "headers")
    cases += [Case(path, sound, long=long) for path, sound, long in crafted][::every]
    cases += [Case(path, sound, long=long) for path, sound, long in places.make(folder / "places", whole[KINDS[8]])][::every]
    return cases + [*_changing(folder / "changing", whole)][:: (every + 1) // 2]


def _whole(folder: Path, kind: tuple[str, str, str]) -> Path:
    extension, codec, options = kind
    folder.mkdir(parents=True, exist_ok=True)
    named = dict(option.split("=", 1) for option in options.split())
    rate = 48000 if codec == "libopus" else songs.RATE
    samples = 0.5 * songs.music(SECONDS, _seed(kind), rate)
    name = "-".join(part for part in (codec or "vorbis", options.replace("=", "-")) if part)
    return songs.write(folder / f"{name}{extension}", samples, rate, codec or None, **named)


def _damaged(folder: Path, whole: Mapping[tuple[str, str, str], Path], every: int) -> Iterator[Case]:
    """Each kind as it is, cut off, with bits flipped, under another kind's name."""
    paths = list(whole.values())
    for index, path in enumerate(paths):
        found = [*_of_one(folder, path, paths[index - 5].suffix)]
        yield from found[index % every :: every]


def _of_one(folder: Path, path: Path, other: str) -> Iterator[Case]:
    data = path.read_bytes()
    yield Case(path, sound=True)
    for part in _CUTS:
        yield Case(_written(folder / "cut", f"{part}-{path.name}", data[: round(part * len(data))]))
    for count in _FLIPS:
        yield Case(_written(folder / "flipped", f"{count}-{path.name}", _flipped(data, count)))
    # An .aac has no beginning of its own, so that the wrong name may lead the reader elsewhere.
    yield Case(_written(folder / "renamed", f"{path.stem}{path.suffix.replace('.', '-')}{other}", data))


def _changing(folder: Path, whole: Mapping[tuple[str, str, str], Path]) -> Iterator[Case]:
    for meanwhile in _MEANWHILE:
        for kind in (KINDS[0], KINDS[8], KINDS[11], KINDS[16], KINDS[20]):
            path = whole[kind]
            yield Case(_written(folder / meanwhile, path.name, path.read_bytes()), meanwhile=meanwhile)


def _flipped(data: bytes, count: int) -> bytes:
    rng = np.random.default_rng(_seed((len(data), count)))
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    bits[rng.integers(0, len(bits), count)] ^= 1
    return np.packbits(bits).tobytes()


def _written(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path


def _seed(what: object) -> int:
    """The same in each process, as ``hash`` is not."""
    return zlib.crc32(repr(what).encode())
