"""Generated sound for tests: deterministic, music-like enough to exercise networks, with a known structure."""

from pathlib import Path

import av
import numpy as np

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


def write(path: Path, samples: np.ndarray, rate: int = RATE, codec: str | None = None, **options: str) -> Path:
    """Encodes samples (n, channels) with FFmpeg; the container follows from the name, the codec too unless given."""
    codecs = {
        ".wav": "pcm_f32le",
        ".mp3": "libmp3lame",
        ".m4a": "aac",
        ".mp4": "aac",
        ".mkv": "aac",
        ".flac": "flac",
        ".opus": "libopus",
        ".wma": "wmav2",
        ".aiff": "pcm_s16be",
    }
    layouts = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
    layout = layouts[samples.shape[1]]
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec or codecs[path.suffix], rate=rate, layout=layout)
        if stream.codec_context.name in ("libmp3lame", "aac", "wmav2", "libopus"):
            stream.codec_context.bit_rate = 256_000
        resampler = av.AudioResampler(stream.codec_context.format, layout, stream.codec_context.rate)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), "flt", layout)
        frame.sample_rate = rate
        for source in (frame, None):
            for ready in resampler.resample(source):
                container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return path
