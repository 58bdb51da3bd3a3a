"""Generated sound for tests: deterministic, music-like enough to exercise networks, with a known structure."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile

RATE = 44100


def music(seconds: float, seed: int = 0, rate: int = RATE, channels: int = 2) -> np.ndarray:
    """(n, channels) float32: a few gliding harmonic voices, plucks and noise bursts, peak 0.7."""
    rng = np.random.default_rng(seed)
    n = round(seconds * rate)
    t = np.arange(n) / rate
    total = np.zeros((n, channels))
    for _ in range(4):
        pitch = rng.uniform(80, 700) * (1 + 0.03 * np.sin(2 * np.pi * rng.uniform(0.1, 6) * t))
        phase = 2 * np.pi * np.cumsum(pitch) / rate
        tone = sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 9))
        envelope = 0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(0.2, 2) * t + rng.uniform(0, 6))
        total += (tone * envelope)[:, None] * rng.uniform(0.2, 1, channels)
    for beat in np.arange(0, seconds, 0.5):
        start, length = int(beat * rate), min(int(0.1 * rate), n - int(beat * rate))
        decay = np.exp(-np.arange(length) / (0.02 * rate))[:, None]
        total[start : start + length] += 2 * decay * rng.standard_normal((length, channels))
    return (0.7 * total / max(np.abs(total).max(), 1e-9)).astype(np.float32)


def sine(seconds: float, rate: int = RATE, channels: int = 2, pitch: float = 440.0) -> np.ndarray:
    """(n, channels) float32: a sine at half of full scale, the same in all channels, from phase 0."""
    return at_time(np.arange(round(seconds * rate)) / rate, channels, pitch)


def at_time(seconds: np.ndarray, channels: int = 2, pitch: float = 440.0) -> np.ndarray:
    """What ``sine`` is at these times."""
    return np.repeat(0.5 * np.sin(2 * np.pi * pitch * seconds), channels).reshape(-1, channels).astype(np.float32)


def clicks(seconds: float, rate: int = RATE, seed: int = 5) -> np.ndarray:
    """(n, 2) float32: bursts of noise of 4 ms each, in silence, at uneven distances."""
    rng = np.random.default_rng(seed)
    samples = np.zeros((round(seconds * rate), 2))
    length = rate // 250
    for start in np.cumsum(rng.integers(rate // 4, rate // 2, int(2 * seconds))):
        if start + length < len(samples):
            samples[start : start + length] = 0.2 * rng.standard_normal((length, 2)) * np.hanning(length)[:, None]
    return samples.astype(np.float32)


def write(
    path: Path,
    samples: np.ndarray,
    rate: int = RATE,
    codec: str | None = None,
    bit_rate: int = 256_000,
    start_s: float = 0.0,
    **options: str,
) -> Path:
    """Encodes samples (n, channels) with FFmpeg; the container follows from the name, the codec too unless given.

    ``start_s`` is when the sound begins, ``options`` are the container's.

    Ogg Vorbis is written by libsndfile: PyAV has no encoder for it.
    """
    if path.suffix == ".ogg":
        return _write_vorbis(path, samples, rate)
    codecs = {
        ".wav": "pcm_f32le",
        ".mp3": "libmp3lame",
        ".m4a": "aac",
        ".mp4": "aac",
        ".aac": "aac",
        ".mkv": "aac",
        ".flac": "flac",
        ".opus": "libopus",
        ".wma": "wmav2",
        ".aiff": "pcm_s16be",
    }
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec or codecs[path.suffix], rate=rate, layout=LAYOUTS[samples.shape[1]])
        if stream.codec_context.name in ("libmp3lame", "aac", "wmav2", "libopus"):
            stream.codec_context.bit_rate = bit_rate
        encode(container, stream, samples, rate, start_s)
    return path


def write_video(path: Path, samples: np.ndarray | None, seconds: float = 1.0, start_s: float = 0.0) -> Path:
    """A film: the picture is the first track, the sound (n, 2), if any, from ``start_s`` on the second."""
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("mpeg4", rate=25)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        audio = None if samples is None else container.add_stream("aac", rate=RATE, layout="stereo")
        for index in range(round(25 * seconds)):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), index % 256, np.uint8), "rgb24")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if samples is not None:
            encode(container, audio, samples, RATE, start_s)
    return path


def write_picture(path: Path, codec: str) -> Path:
    """One picture, ``codec`` being png or mjpeg, whatever the name says."""
    with av.open(str(path), "w", format="image2") as container:
        stream: Any = container.add_stream(codec)
        stream.width = stream.height = 64
        stream.pix_fmt = {"png": "rgb24", "mjpeg": "yuvj420p"}[codec]
        noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, "rgb24")))
        container.mux(stream.encode(None))
    return path


def joined(blocks: Iterable[np.ndarray]) -> np.ndarray:
    """The blocks (n, 2) as one array."""
    return np.concatenate([*blocks, np.zeros((0, 2), np.float32)])


LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 6: "5.1", 8: "7.1"}


def encode(container: Any, stream: Any, samples: np.ndarray, rate: int, start_s: float = 0.0) -> None:
    """All of samples (n, channels) as the packets of a stream of a container."""
    layout = LAYOUTS[samples.shape[1]]
    resampler = av.AudioResampler(stream.codec_context.format, layout, stream.codec_context.rate)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32).reshape(1, -1), "flt", layout)
    frame.sample_rate = rate
    # Without a time MP4 does not learn of the encoder's delay.
    frame.pts, frame.time_base = round(start_s * rate), Fraction(1, rate)
    for source in (frame, None) if len(samples) else ():
        for ready in resampler.resample(source):
            container.mux(stream.encode(ready))
    container.mux(stream.encode(None))


def _write_vorbis(path: Path, samples: np.ndarray, rate: int) -> Path:
    # In blocks: libsndfile's stack overflows on long ones.
    with (
        path.open("wb") as file,
        soundfile.SoundFile(file, "w", rate, samples.shape[1], format="OGG", subtype="VORBIS") as song,
    ):
        for start in range(0, len(samples), 4096):
            song.write(samples[start : start + 4096])
    return path
