"""What happens to a stem before it is mixed: pure functions of samples (n, 2), a generator and, where time counts, the rate.

Each gives samples of the same shape, float32, and leaves its input as it is. All randomness is the generator's.
"""

import tempfile
from pathlib import Path

import numpy as np
from scipy import signal

from core.arrays import FloatArray

Rng = np.random.Generator

_GRAIN_S = 0.06  # of the pitch shifter
_ENVELOPE_S = 0.046  # of the frames whose spectral envelopes are moved
_SMOOTH_S = 0.0015  # of the cepstrum is the envelope; the pitches of voices up to 660 Hz are beyond
_MOST_LIFT = 2.3  # 20 dB, in nepers


def gain(samples: FloatArray, rng: Rng, low_db: float = -10.0, high_db: float = 6.0) -> FloatArray:
    """The samples louder or softer, by an even chance in dB."""
    return samples * np.float32(10 ** (rng.uniform(low_db, high_db) / 20))


def pan(samples: FloatArray, rng: Rng, most: float = 0.7) -> FloatArray:
    """Moved to a side with constant power: gains √2·cos and √2·sin of an angle; ``most`` 1 is one side alone."""
    angle = np.pi / 4 * (1 + rng.uniform(-most, most))
    return samples * np.array([np.sqrt(2) * np.cos(angle), np.sqrt(2) * np.sin(angle)], np.float32)


def swap(samples: FloatArray) -> FloatArray:
    """Left for right."""
    return np.ascontiguousarray(samples[:, ::-1])


def mono(samples: FloatArray) -> FloatArray:
    """The middle on both sides."""
    return np.repeat(samples.mean(axis=1, keepdims=True), 2, axis=1)


def speed_ratio(rng: Rng, semitones: float) -> float:
    """How many times faster a stem is played, within ± ``semitones``: pitch and tempo go together."""
    return float(2 ** (rng.uniform(-semitones, semitones) / 12))


def resampled(samples: FloatArray, frames: int) -> FloatArray:
    """The samples played faster or slower so that they fill ``frames``, band-limited (in the frequency domain).

    A short fade at both ends hides that the transform takes the sound for periodic.
    """
    if frames == len(samples):
        return samples.copy()
    edge = min(256, len(samples) // 4)
    faded = samples.copy()
    ramp = np.linspace(0, 1, edge, dtype=np.float32)[:, np.newaxis]
    faded[:edge] *= ramp
    faded[len(faded) - edge :] *= ramp[::-1]
    spectrum = np.fft.rfft(faded, axis=0)
    return np.fft.irfft(spectrum, frames, axis=0).astype(np.float32) * np.float32(frames / len(samples))


def equalised(samples: FloatArray, rng: Rng, rate: int, most_db: float = 8.0) -> FloatArray:
    """Through a low shelf, a peak and a high shelf of random frequencies and gains within ± ``most_db``."""
    sections = [
        _biquad("low", rng.uniform(80, 300) / rate, rng.uniform(-most_db, most_db), 0.7),
        _biquad(
            "peak",
            np.exp(rng.uniform(np.log(300), np.log(5000))) / rate,
            rng.uniform(-most_db, most_db),
            rng.uniform(0.5, 2),
        ),
        _biquad("high", rng.uniform(3000, 7000) / rate, rng.uniform(-most_db, most_db), 0.7),
    ]
    return signal.sosfilt(np.array(sections), samples, axis=0).astype(np.float32)


def impulse_response(rng: Rng, rate: int) -> FloatArray:
    """A room (n, 2) made by code: no direct sound; a few early reflections and a tail of noise that falls by 60 dB in RT60.

    Its energy is 1 for each side, and the sides are independent, as in a wide room.
    """
    rt60 = float(np.exp(rng.uniform(np.log(0.25), np.log(2.5))))
    frames = round(min(rt60, 1.8) * rate)
    time = np.arange(frames) / rate
    tail = rng.standard_normal((frames, 2)) * (10 ** (-3 * time / rt60))[:, np.newaxis]
    tail[: round(rng.uniform(0.005, 0.04) * rate)] = 0  # the pre-delay
    for _ in range(rng.integers(3, 9)):
        tail[round(rng.uniform(0.003, 0.06) * rate), rng.integers(2)] += rng.uniform(2, 8) * rng.choice((-1, 1))
    dark = signal.butter(1, min(rng.uniform(1500, 8000), 0.45 * rate), fs=rate, output="sos")
    tail = signal.sosfilt(dark, tail, axis=0)
    response: FloatArray = (tail / np.sqrt(np.sum(tail**2, axis=0))).astype(np.float32)
    return response


def reverberated(samples: FloatArray, rng: Rng, rate: int, most: float = 0.6) -> FloatArray:
    """With a room's sound added, up to ``most`` of the dry one's level."""
    amount = np.float32(most * rng.uniform(0.1, 1) ** 2)
    wet = signal.fftconvolve(samples, impulse_response(rng, rate), axes=0)[: len(samples)]
    return (samples + amount * wet).astype(np.float32)


def delayed(samples: FloatArray, rng: Rng, rate: int) -> FloatArray:
    """With an echo that repeats after 0.12–0.6 s, each time softer, on alternating sides or in the middle."""
    step = round(rng.uniform(0.12, 0.6) * rate)
    feedback, level = rng.uniform(0.2, 0.6), rng.uniform(0.1, 0.45)
    crossing = bool(rng.integers(2))
    out = samples.copy()
    echo = samples
    for repeat in range(1, 5):
        if repeat * step >= len(samples):
            break
        echo = swap(echo) if crossing else echo
        out[repeat * step :] += np.float32(level * feedback ** (repeat - 1)) * echo[: len(samples) - repeat * step]
    return out


def shifted_pitch(samples: FloatArray, semitones: float, rate: int) -> FloatArray:
    """Another pitch at the same tempo: two read heads on a delay line, faded across each other every ``_GRAIN_S``."""
    frames = len(samples)
    grain = _GRAIN_S * rate
    time = np.arange(frames, dtype=np.float64)
    phase = (time * (1 - 2 ** (semitones / 12)) / grain) % 1.0
    out = np.zeros_like(samples)
    for head in (phase, (phase + 0.5) % 1.0):
        weight = np.sin(np.pi * head) ** 2  # the two sum to one
        position = time - head * grain
        for channel in range(2):
            out[:, channel] += weight * np.interp(position, time, samples[:, channel], left=0.0)
    return out


def retimbred(samples: FloatArray, rng: Rng, rate: int, most: float = 0.25) -> FloatArray:
    """As of a singer with a longer or shorter throat: the same pitches, the formants up to ``most`` higher or lower.

    The spectral envelope of each frame is that of its cepstrum's beginning (A. V. Oppenheim and R. W. Schafer, "Homomorphic
    analysis of speech", 1968).
    """
    size = 2 ** round(np.log2(_ENVELOPE_S * rate))
    _, _, spectra = signal.stft(samples.T, nperseg=size)
    cepstra = np.fft.irfft(np.log(np.abs(spectra).mean(axis=0) + np.float32(1e-6)), axis=0)
    smooth = round(_SMOOTH_S * rate)
    cepstra[smooth : size - smooth + 1] = 0
    envelope = np.fft.rfft(cepstra, axis=0).real
    ratio = (1 + most) ** rng.uniform(-1, 1)
    place = np.minimum(np.arange(size // 2 + 1) / ratio, size // 2)
    below = np.minimum(place.astype(int), size // 2 - 1)
    share = (place - below)[:, np.newaxis].astype(np.float32)
    lift = envelope[below] * (1 - share) + envelope[below + 1] * share - envelope
    moved = spectra * np.exp(np.clip(lift, -_MOST_LIFT, _MOST_LIFT))
    out: FloatArray = signal.istft(moved, nperseg=size)[1].T[: len(samples)].astype(np.float32)
    return out


def saturated(samples: FloatArray, rng: Rng) -> FloatArray:
    """Driven into a soft limit: denser, and with overtones of its own."""
    peak = np.abs(samples).max()
    if peak == 0:
        return samples.copy()
    drive = np.float32(rng.uniform(1, 6))
    out: FloatArray = np.tanh(samples * (drive / peak)) * (peak / np.tanh(drive))
    return out


def doubled(samples: FloatArray, rng: Rng, rate: int) -> FloatArray:
    """With a second take on each side: a few cents off, 12–40 ms late."""
    out = samples.copy()
    level = rng.uniform(0.2, 0.7)
    for side in range(2):
        late = round(rng.uniform(0.012, 0.04) * rate)
        take = shifted_pitch(samples, rng.uniform(-0.18, 0.18), rate).mean(axis=1)
        out[late:, side] += np.float32(level) * take[: len(take) - late]
    return out


def harmonised(samples: FloatArray, rng: Rng, rate: int) -> FloatArray:
    """With one or two more voices a third, fourth, fifth or octave away, softer and to the sides."""
    out = samples.copy()
    intervals = rng.choice((-12, -8, -5, 3, 4, 5, 7, 12), size=rng.integers(1, 3), replace=False)
    for interval in intervals:
        voice = mono(shifted_pitch(samples, float(interval), rate))
        out += pan(voice, rng, 0.9) * np.float32(rng.uniform(0.15, 0.6))
    return out


def coded(samples: FloatArray, rng: Rng, rate: int) -> FloatArray:
    """As an MP3 of a low bit rate sounds. Slow: for packs, not for every step."""
    from core.audio.reader import read_blocks
    from core.training.codec import write_mp3

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coded.mp3"
        write_mp3(path, samples, rate, int(rng.choice((32_000, 48_000, 64_000, 96_000))))
        decoded = np.concatenate(list(read_blocks(path, rate)))
    out = np.zeros_like(samples)
    frames = min(len(decoded), len(out))
    out[:frames] = decoded[:frames]
    return out


def _biquad(kind: str, frequency: float, gain_db: float, q: float) -> list[float]:
    """One section (b0, b1, b2, 1, a1, a2); ``frequency`` in cycles a sample. R. Bristow-Johnson's Audio EQ Cookbook."""
    amplitude = 10 ** (gain_db / 40)
    omega = 2 * np.pi * min(frequency, 0.45)
    cosine, alpha = np.cos(omega), np.sin(omega) / (2 * q)
    if kind == "peak":
        b = [1 + alpha * amplitude, -2 * cosine, 1 - alpha * amplitude]
        a = [1 + alpha / amplitude, -2 * cosine, 1 - alpha / amplitude]
    else:
        sign = 1 if kind == "low" else -1
        root = 2 * np.sqrt(amplitude) * alpha
        plus, minus = amplitude + 1, amplitude - 1
        b = [
            amplitude * (plus - sign * minus * cosine + root),
            sign * 2 * amplitude * (minus - sign * plus * cosine),
            amplitude * (plus - sign * minus * cosine - root),
        ]
        a = [
            plus + sign * minus * cosine + root,
            -sign * 2 * (minus + sign * plus * cosine),
            plus + sign * minus * cosine - root,
        ]
    return [float(value / a[0]) for value in (*b, *a)]
