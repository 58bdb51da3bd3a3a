"""Synthesise Antara's bundled demo song, "Sun Re Mana" (27.5 s, 96 bpm, raga Bhimpalasi on D).

Every sound is computed by this script (numpy and scipy, fixed seed): no recording, sample, model or existing
composition is used. The song and this script's output are dedicated to the public domain under CC0 1.0.
"""

from __future__ import annotations

import argparse
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile as sf
from numpy.typing import NDArray
from scipy import ndimage, signal

Array = NDArray[np.float64]
Pluck = tuple[float, float, float, float]  # beat, MIDI note, gain, pan

SR, HOP, FRAMES = 44100, 128, 9474  # sample rate, samples per control frame, frames in the song
TOTAL, BEAT, SA = FRAMES * HOP, 60 / 96, 146.83  # samples, seconds, the tonic (D3) in Hz

# A line is (first beat in the song, notes); a note is syllable:semitones above Sa:sixteenths. "-" slides on.
VOICE = ((8, "sun:0:3 re:3:3 ma:5:2 na:7:5 -:5:1 -:7:2 ye:10:2 su:9:2 -r:7:4 mi:5:2 le:3:1 -:2:3"),
    (16, "sun:0:3 re:3:3 ma:5:2 na:7:3 -:10:3 -:7:2 ye:5:2 g*i:7:2 -:5:2 -t*:3:2 k*i:2:2 -:3:1 -:2:1 le:0:6"),
    (28, "mi:7:2 t*i:10:2 d*un:12:6 ye:12:2 ga:14:2 -:12:1 -:14:1 ye:15:4 -:14:1 -:12:1 o:10:2 re:9:1 -:7:4"),
    (36, "sun:9:2 re:7:2 ma:5:2 na:3:1 -:5:1 mi:3:1 -:2:3 -:0:1 -:-2:3 le:0:12"))  # fmt: skip
FLUTE = ((4, "d:0:2 d:3:1 -:5:1 d:7:4 d:10:2 -:7:1 -:5:1 d:3:2 -:2:1"),
         (24.75, "d:5:1 d:7:2 d:10:1 -:12:3 -:10:1 -:9:1 d:7:2 d:5:1 -:3:1"))  # fmt: skip
TANPURA = ((45, 0.5, -0.5), (50, 0.5, 0.3), (50.03, 0.5, -0.2), (38, 0.5, 0.45))  # Pa, Sa, Sa, low Sa
SANTOOR = ((1, "0 3 5 7 10 12 15 12 10 7 10 12"), (15, "14 12 10 7"), (19.5, "2 5"), (24.5, "0 3"),
           (27, "12 10 9 7"), (35.5, "9 7"), (40, "0 7 12 15 19"))  # fmt: skip
CHORDS = {"Dm": (38, 50, 57, 62, 65), "F": (41, 53, 57, 60, 65), "C": (36, 52, 55, 60, 64),
          "G": (43, 50, 55, 59, 62), "Am": (45, 52, 57, 60, 64)}  # fmt: skip
HARMONY = "Dm 4 Dm 2 C 2 Dm 4 F 2 C 2 Dm 4 G 2 Am 1 Dm 1 Dm 2 F 1 C 1 Dm 2 G 2 F 2 Am 2 G 2 C 2 Dm 4"
DRUMS = ("............k.kk D.g.n.t.n.k.d.nt D.g.n.t.n.k.d.nt D.g.n.tkn.k.d.nn "  # a letter a sixteenth
         "D.g.n.t.n.k.d.nt D.g.n.t.n.kkdtkn D.g.n.tkDtknDtkn D.g.n.t.n.k.d.nt "
         "D.g.n.tkn.k.dtkn D.g.n.t.ntDntDnt D")  # fmt: skip


class Note(NamedTuple):
    """One sung or blown note, in seconds."""

    start: float
    end: float
    semis: float
    syllable: str


class Phone(NamedTuple):
    """A speech sound: five formants, the lips' low-pass (Hz), and how long it takes before a vowel."""

    formants: tuple[int, int, int, int, int]
    gain: float = 1.0
    mouth: float = 12000.0
    seconds: float = 0.06
    hiss: float = 0.0
    burst: float = 0.0


PHONES = {
    "a": Phone((740, 1180, 2600, 3150, 3850)), "e": Phone((470, 1950, 2620, 3300, 3950)),
    "i": Phone((320, 2200, 2850, 3400, 4050)), "o": Phone((490, 900, 2500, 3100, 3800)),
    "u": Phone((370, 860, 2450, 3100, 3800)), "y": Phone((290, 2250, 2900, 3400, 4000), 0.6, 3000),
    "m": Phone((260, 1050, 2250, 3000, 3700), 0.5, 450), "n": Phone((270, 1500, 2450, 3100, 3800), 0.5, 500),
    "l": Phone((350, 1200, 2750, 3300, 3900), 0.6, 900), "r": Phone((430, 1400, 1950, 3000, 3800), 0.4, 1500),
    "d": Phone((280, 1700, 2600, 3300, 3900), 0.18, 350), "t": Phone((350, 1750, 2650, 3300, 3900), 0.0),
    "g": Phone((280, 1900, 2300, 3200, 3900), 0.18, 350), "k": Phone((350, 1900, 2300, 3200, 3900), 0.0),
    "s": Phone((350, 1600, 2600, 3300, 4000), 0, 9999, 0.12, 1), "h": Phone((560, 1500, 2500, 3400, 4100), 0),
    "*": Phone((400, 1750, 2500, 3300, 3900), 0.15, 9999, 0.014, 0, 1),  # "*" is a stop's release
}  # fmt: skip


def ramp(times: Array, start: float, length: float) -> Array:
    """A smooth 0-to-1 step that begins at `start` and takes `length` seconds."""
    x = np.clip((times - start) / length, 0, 1)
    return np.asarray(x * x * (3 - 2 * x))


def smooth(values: Array, seconds: float) -> Array:
    """Control frames smoothed with a Hann window of about the given length."""
    window = signal.windows.hann(max(3, round(seconds * SR / HOP) | 1) + 2)
    return np.asarray(ndimage.convolve1d(values, window / window.sum(), axis=0, mode="nearest"))


def wander(rng: np.random.Generator, seconds: float) -> Array:
    """A random curve at the control rate, slow or quick, of unit variance."""
    curve = smooth(rng.standard_normal(FRAMES + 1), seconds)
    return np.asarray(curve / curve.std())


def upsample(frames: NDArray[Any]) -> NDArray[Any]:
    """FRAMES + 1 control values, linearly interpolated to TOTAL samples."""
    weight = np.arange(HOP) / HOP
    return (frames[:-1, None] * (1 - weight) + frames[1:, None] * weight).ravel()


def band(x: Array, low: float, high: float) -> Array:
    """Gentle band-pass along the first axis."""
    return signal.sosfilt(signal.butter(1, (low, high), "bandpass", fs=SR, output="sos"), x, axis=0)


def place(bus: Array, sound: Array, time: float, gain: float, pan: float) -> None:
    """Add a mono sound to a stereo bus with constant-power panning (-1 left, 1 right)."""
    first, angle = max(0, round(time * SR)), (pan + 1) * np.pi / 4
    sound = sound[: max(0, TOTAL - first)]
    bus[first : first + sound.size] += gain * np.outer(sound, (np.cos(angle), np.sin(angle)))


def reverb(dry: Array, rng: np.random.Generator, seconds: float, low: float, high: float) -> Array:
    """Wet signal only, through decorrelated decaying noise whose treble dies away sooner."""
    t = np.arange(round(seconds * SR))[:, None] / SR
    tail = rng.standard_normal((t.size, 2)) * np.exp(-6.9 * t / seconds) * ramp(t, 0.02, 0.012)
    impulse = band(tail, low, high / 3) + 0.6 * band(tail * np.exp(-4 * t / seconds), high / 3, high)
    return signal.oaconvolve(dry, impulse / np.sqrt(np.sum(impulse**2, axis=0)), axes=0)[:TOTAL]


def read_lines(lines: tuple[tuple[float, str], ...], rng: np.random.Generator) -> list[Note]:
    """Written lines to notes, with a few milliseconds of human timing."""
    notes = []
    for first, line in lines:
        beat, start = first, first * BEAT
        for syllable, semis, length in (word.split(":") for word in line.split()):
            beat += int(length) / 4
            end = beat * BEAT + 0.012 + rng.normal(0, 0.006)
            notes.append(Note(start, end, int(semis), syllable))
            start = end
    return notes


def pitch_curve(notes: list[Note], times: Array, rng: np.random.Generator, depth: float) -> Array:
    """Semitones above Sa: meend glides, scoops into phrases, delayed vibrato, slow drift."""
    semis = np.full(times.size, float(notes[0].semis)) + 0.07 * wander(rng, 0.25)
    vibrato = np.sin(2 * np.pi * np.cumsum(5.5 + 0.25 * wander(rng, 0.5)) * HOP / SR)
    for before, note in pairwise([Note(0, 0, notes[0].semis, ""), *notes]):
        glide = 0.15 if note.syllable.startswith("-") else 0.09
        semis += (note.semis - before.semis) * ramp(times, note.start - 0.6 * glide, glide)
        if note.start > before.end:
            since = times - note.start + 0.12
            semis -= 1.2 * (since > 0) * np.exp(-np.maximum(since, 0) / 0.08)
        if note.end - note.start > 0.5:
            swell = ramp(times, note.start + 0.22, 0.4) * (1 - ramp(times, note.end - 0.1, 0.1))
            semis += depth * swell * vibrato
    return semis


def phone_timeline(notes: list[Note]) -> list[tuple[float, str, float]]:
    """(time, phone, level) breakpoints; consonants come before the beat, so that vowels land on it."""
    points, vowel, coda = [(0.0, "h", 0.0)], "a", ""
    for i, note in enumerate(notes):
        core = next(c for c in note.syllable if c in "aeiou-")
        head, _, tail = note.syllable.partition(core)
        vowel = vowel if core == "-" else core
        level, length = 0.84 + 0.012 * note.semis, note.end - note.start
        sounds = [*coda, *head] if i and notes[i - 1].end == note.start else ["h", *head]
        time = note.start - sum(PHONES[phone].seconds for phone in sounds)
        for phone in sounds:
            points.append((time, phone, level))
            time += PHONES[phone].seconds
        long = ((0.0, 1.04), (0.3, 0.92), (0.55, 1.06), (0.85, 0.88))  # swell and ease
        swell = long if length > 0.5 else ((0.0, 1.05), (0.4, 0.92))
        points += [(note.start + at * length, vowel, level * force) for at, force in swell]
        coda = tail
        if i + 1 == len(notes) or notes[i + 1].start > note.end:
            points += [(note.end - 0.24 + 0.06 * k, vowel, level * (0.85 - 0.2 * k)) for k in range(4)]
            points.append((note.end, "h", 0.0))
    return sorted(points)


def tract(freqs: Array, formants: Array) -> NDArray[Any]:
    """Vocal-tract response at `freqs` (frames or 1, bins) for moving formants (frames, 5)."""
    response = np.ones((len(formants), freqs.shape[1]), dtype=complex)
    for centre, width in zip(formants.T[:, :, None], (80, 95, 125, 190, 280), strict=True):
        response *= centre**2 / (centre**2 - freqs**2 + 1j * freqs * width)
    treble = formants[:, :1] * formants[:, 1:2] / 200e3  # stands for the poles above the fifth
    rise = (freqs / 5200) ** 4
    return response * (1 + (freqs / 4600) ** 2) ** 3 + treble * rise / (1 + rise)


def sing_harmonics(f0: Array, curves: dict[str, Array]) -> tuple[Array, Array]:
    """Band-limited voiced sound, harmonic by harmonic, and the phase of the glottal pulses."""
    phase = np.cumsum(upsample(f0)) * 2 * np.pi / SR
    freqs = f0[:, None] * np.arange(1, int(12000 / f0.min()))
    x, tilt = freqs / (1.15 * f0[:, None]), 800 + 1600 * curves["level"][:, None]
    # The glottal flow derivative: an anticausal resonance, then spectral tilt.
    spectrum = np.conj(1j * x / (1 - x * x + 1j * x / 0.9)) / (1 + 1j * freqs / tilt)
    spectrum = spectrum * tract(freqs, curves["formants"]) * np.clip((12500 - freqs) / 2500, 0, 1)
    loudness = np.sqrt(np.sum(np.abs(spectrum) ** 2, axis=1, keepdims=True))
    spectrum /= loudness**0.7 * (1 + 1j * freqs / curves["mouth"][:, None]) ** 1.5
    spectrum *= (curves["level"] * curves["gain"])[:, None]
    turn = np.exp(1j * phase)
    carrier, voice = turn.copy(), np.zeros(TOTAL)
    for partial in spectrum.T:
        voice += np.real(upsample(partial) * carrier)
        carrier *= turn
    return voice, phase


def control_curves(points: list[tuple[float, str, float]], times: Array) -> dict[str, Array]:
    """What the phones ask for, as smooth control-rate curves."""
    index = np.searchsorted([p[0] for p in points], times, side="right") - 1
    phones = [PHONES[p[1]] for p in points]
    curves = {"level": smooth(np.array([p[2] for p in points])[index], 0.1)}
    lengths = {"formants": 0.075, "gain": 0.045, "mouth": 0.05, "hiss": 0.05, "burst": 0.012}
    for name, seconds in lengths.items():
        curves[name] = smooth(np.array([getattr(p, name) for p in phones], dtype=float)[index], seconds)
    return curves


def render_voice(rng: np.random.Generator) -> Array:
    """The sung lead: mono, dry, lightly compressed."""
    notes, times = read_lines(VOICE, rng), np.arange(FRAMES + 1) * HOP / SR
    curves = control_curves(phone_timeline(notes), times)
    f0 = SA * 2 ** (pitch_curve(notes, times, rng, 0.4) / 12)
    curves["formants"][:, 0] = np.maximum(curves["formants"][:, 0], 1.05 * f0)
    curves["level"] *= 1 + 0.035 * wander(rng, 0.01)  # shimmer, then jitter
    voice, phase = sing_harmonics(f0 * (1 + 0.0035 * wander(rng, 0.01)), curves)
    noise = rng.standard_normal(TOTAL)
    air = upsample(curves["level"] * curves["gain"]) * (0.45 + 0.55 * np.cos(phase))
    for beat, _ in VOICE:  # a quick breath before each line
        inhale = ramp(times, beat * BEAT - 0.46, 0.2) * (1 - ramp(times, beat * BEAT - 0.24, 0.1))
        air += 7 * upsample(inhale)
    grid, _, bins = signal.stft(noise * air, SR, nperseg=1024, noverlap=1024 - 2 * HOP)
    bins = bins[:, : FRAMES // 2] * np.abs(tract(grid[None, :], curves["formants"][: FRAMES // 2 * 2 : 2])).T
    air = signal.istft(bins, SR, nperseg=1024, noverlap=1024 - 2 * HOP)[1]
    voice[: air.size] += 0.009 * band(air, 800, 5500)[:TOTAL]
    voice += 0.48 * band(noise, 5200, 9000) * upsample(curves["hiss"] * curves["level"])
    voice += 0.3 * band(noise, 1500, 4800) * upsample(curves["burst"] * curves["level"])
    envelope = np.sqrt(ndimage.uniform_filter1d(voice**2, 4001).clip(0)) / np.std(voice)
    return np.asarray(voice / np.std(voice) * (envelope + 0.4) ** -0.2)


@lru_cache(maxsize=256)
def pluck(midi: float, tone: tuple[float, ...]) -> Array:
    """A plucked or struck string as a sum of decaying partials; jvari is the tanpura's sweeping buzz."""
    (seconds, bright, decay, position, jvari), freq = tone, 440 * 2 ** ((midi - 69) / 12)
    t = np.arange(round(seconds * SR)) / SR
    out = np.zeros(t.size)
    for k in range(1, max(3, min(40, int(9000 / freq)))):
        partial = np.sin(np.pi * k * position) / k * np.exp(-k / bright - t * (1 + 0.22 * k) / decay)
        partial *= 1 + jvari * k * np.exp(-((k - 3 - 9 * np.exp(-1.2 * t)) ** 2) / 18)
        out += partial * np.sin(2 * np.pi * freq * k * np.sqrt(1 + 6e-5 * k * k) * t)
    out *= ramp(t, 0, 0.003) * (1 - ramp(t, seconds - 0.06, 0.06))
    return np.asarray(out / np.max(np.abs(out)))


def chord_spans() -> list[tuple[float, float, tuple[int, ...]]]:
    """(start beat, beats, MIDI notes) of every chord."""
    names, beats = HARMONY.split()[::2], [float(word) for word in HARMONY.split()[1::2]]
    return list(zip(accumulate([0.0, *beats[:-1]]), beats, (CHORDS[name] for name in names), strict=True))


def render_plucked(rng: np.random.Generator, notes: list[Pluck], tone: tuple[float, ...]) -> Array:
    """A plucked instrument's bus, with human timing and touch."""
    bus = np.zeros((TOTAL, 2))
    for beat, midi, gain, pan in notes:
        when = beat * BEAT + abs(rng.normal(0, 0.005))
        place(bus, pluck(midi, tone), when, gain * rng.uniform(0.85, 1.1), pan)
    return bus


def guitar_notes() -> list[Pluck]:
    """Two gentle arpeggiated guitars, left and right, and a last strum."""
    *spans, (end, _, (_, *strum)) = chord_spans()
    notes = [(end + 0.06 * i, float(midi), 0.5, 0.3 * i - 0.5) for i, midi in enumerate(strum)]
    for start, beats, (_, *voicing) in spans:
        for i in range(int(beats * 2)):
            notes.append((start + i / 2, voicing[(0, 2, 1, 3, 2, 3, 1, 2)[i]], 0.4, -0.7))
            if i % 2 and start >= 4:
                notes.append((start + i / 2, voicing[(3, 1, 2, 3)[i // 2]] + 12, 0.18, 0.75))
    return notes


def bass_notes() -> list[Pluck]:
    """The root, then root, fifth and octave pick-ups while the chord lasts."""
    steps = ((0.0, 0, 0.5), (0.75, 0, 0.3), (1.5, 7, 0.38), (2.0, 0, 0.45), (3.0, 7, 0.35), (3.5, 12, 0.3))
    *spans, (end, _, (home, *_)) = chord_spans()[1:]
    notes = [(t + at, root + up, gain, at < n) for t, n, (root, *_) in spans for at, up, gain in steps]
    return [(end, home, 0.5, 0.0), *((beat, midi, gain, 0.0) for beat, midi, gain, played in notes if played)]


def render_strings(rng: np.random.Generator) -> Array:
    """A soft film-string section: detuned band-limited saws, wide, following the chords."""
    bus, t = np.zeros((TOTAL, 2)), np.arange(TOTAL) / SR
    order = np.arange(1, 22)[:, None]
    table = np.sum(np.sin(2 * np.pi * order * np.arange(4096) / 4096) / order * np.exp(-order / 9), axis=0)
    for start, beats, (_, *voicing) in chord_spans():
        span = slice(max(0, round((start * BEAT - 0.12) * SR)), round(((start + beats) * BEAT + 0.25) * SR))
        local = t[span]
        shape = 0.1 * ramp(local, local[0], 0.35) * (1 - ramp(local, local[-1] - 0.45, 0.45))
        for i, midi in enumerate(voicing[1:] * 4):
            freq = 440 * 2 ** ((midi - 57 + rng.uniform(-0.07, 0.07)) / 12)
            cycle = freq * (local + 0.0003 * np.sin(2 * np.pi * 5.1 * local + i)) + rng.random()
            bus[span, i % 2] += shape * table[(cycle % 1 * 4096).astype(int)]
    return bus * (0.35 + 0.65 * ramp(t, 2.5, 3.0))[:, None]


def render_flute(rng: np.random.Generator) -> Array:
    """A bansuri: a few harmonics and breath noise, with the same meend and vibrato as the voice."""
    notes, times = read_lines(FLUTE, rng), np.arange(FRAMES + 1) * HOP / SR
    shape = np.zeros(times.size)
    for note in notes:
        attack = note.start - (0.05 if note.syllable == "-" else 0.02)
        shape += ramp(times, attack, 0.05) * (1 - ramp(times, note.end - 0.05, 0.05))
    shape = np.minimum(shape, 1) * (1 + 0.06 * wander(rng, 0.03))
    phase = np.cumsum(upsample(4 * SA * 2 ** (pitch_curve(notes, times, rng, 0.25) / 12))) * 2 * np.pi / SR
    tone = np.array([1, 0.3, 0.16, 0.05, 0.025]) @ np.sin(np.arange(1, 6)[:, None] * phase)
    tone += 0.15 * band(rng.standard_normal(TOTAL), 900, 5000)
    return np.outer(upsample(shape) * tone, (0.26, 0.15))


def drum_strokes(rng: np.random.Generator, t: Array) -> dict[str, tuple[Array, Array]]:
    """Each stroke letter as (treble drum, bass drum)."""
    slap = band(rng.standard_normal(t.size), 500, 3500) * np.exp(-t / 0.012) * ramp(t, 0, 0.001)
    ratios, wave = np.array([1, 2.0, 3.01, 4.02, 5.04])[:, None], 2 * np.pi * 2 * SA * t
    ring = np.sin(ratios * wave) * np.exp(-t * ratios**0.6 / 0.22)
    rim = np.array([0.15, 0.7, 0.6, 0.3, 0.2]) @ ring + 0.25 * slap
    tone = np.array([0.9, 0.4, 0.2, 0.08, 0.04]) @ ring + 0.25 * slap
    glide = np.cumsum(74 + 26 * ramp(t, 0.04, 0.3) + 70 * np.exp(-t / 0.012)) * 2 * np.pi / SR
    bayan = np.exp(-t / 0.22) * (np.sin(glide) + 0.35 * np.sin(2 * glide) + 0.1 * np.sin(3 * glide))
    bayan, none = bayan * ramp(t, 0, 0.002) + 0.15 * slap, 0 * t
    treble = {"n": (rim, none), "t": (0.7 * tone, none), "k": (0.8 * slap, none)}
    return treble | {"D": (rim, bayan), "d": (tone, bayan), "g": (none, bayan)}


def render_drums(rng: np.random.Generator) -> Array:
    """Tabla in keherwa with a tihai to lead home, a shaker on the sixteenths and finger cymbals."""
    bus, t = np.zeros((TOTAL, 2)), np.arange(round(0.8 * SR)) / SR
    strokes = drum_strokes(rng, t)
    grain = np.diff(band(rng.standard_normal(t.size), 5000, 10000), prepend=0.0) * np.exp(-t / 0.025)
    cymbal = sum(np.sin(2 * np.pi * f * t) * np.exp(-t * f / 1600) for f in (2637.0, 2652.0, 5310.0, 7130.0))
    for i, stroke in enumerate(DRUMS.replace(" ", "")):
        when = (i / 4 + 0.02 * (i % 2)) * BEAT + abs(rng.normal(0, 0.003))
        force = (1.0, 0.6, 0.78, 0.6)[i % 4] * rng.uniform(0.9, 1.05)
        for drum, gain, pan in zip(strokes.get(stroke, ()), (0.5, 0.8), (0.25, -0.1), strict=False):
            place(bus, drum, when, gain * force, pan)
        if 16 <= i < 160:
            place(bus, grain * ramp(t, 0, 0.01), when, (0.12, 0.07, 0.2, 0.08)[i % 4], 0.5)
        if 32 <= i <= 160 and (i % 8 == 4 or i == 160):
            place(bus, cymbal * ramp(t, 0, 0.002) * (1 - ramp(t, 0.6, 0.2)), when, 0.06, -0.45)
    return bus


def mix_stems(seed: int = 7) -> tuple[Array, Array]:
    """(Vocals, instrumental): balanced, faded and limited alike, so that their sum is the song."""
    rng = np.random.default_rng(seed)
    lead = render_voice(rng)
    vocals = np.repeat(0.7 * lead[:, None], 2, axis=1)
    echo = np.pad(band(vocals, 300, 3500), ((round(0.75 * BEAT * SR), 0), (0, 0)))[:TOTAL]
    vocals = vocals + 0.1 * echo + 0.2 * reverb(vocals, rng, 1.5, 250, 9000)
    drone = [(1.25 * i, *TANPURA[i % 4]) for i in range(33)]
    runs = [(beat + i / 4, 62 + int(semis) + detune, 0.2 if i % 4 else 0.28, 0.6) for beat, run in SANTOOR
            for i, semis in enumerate(run.split()) for detune in (-0.015, 0.015)]  # fmt: skip
    parts = (  # bus, gain, reverb send; a plucked tone is seconds, brightness, decay, plucking point, jvari
        (render_plucked(rng, drone, (3.6, 14, 2.6, 0.31, 0.5)), 0.5, 0.25),
        (render_plucked(rng, guitar_notes(), (2.0, 9, 1.0, 0.17, 0)), 1.0, 0.2),
        (render_plucked(rng, runs, (1.3, 8, 0.8, 0.09, 0)), 1.7, 0.35),
        (render_plucked(rng, bass_notes(), (1.4, 2.2, 0.8, 0.25, 0)), 0.9, 0.0),
        (render_strings(rng), 0.5, 0.4), (render_flute(rng), 0.8, 0.45), (render_drums(rng), 0.9, 0.12),
    )  # fmt: skip
    music, send = np.zeros((TOTAL, 2)), np.zeros((TOTAL, 2))
    for bus, gain, amount in parts:
        music += gain * bus
        send += gain * amount * bus
    music += reverb(send, rng, 2.2, 180, 8000)
    sung = ndimage.uniform_filter1d(lead**2, SR // 10) > 0.1
    vocals *= 10 ** (1.0 / 20) * np.sqrt(np.mean(music[sung] ** 2) / np.mean(vocals[sung] ** 2))
    t = np.arange(TOTAL) / SR
    fade = (ramp(t, 0, 0.15) * (1 - ramp(t, 25.6, 1.85)))[:, None]
    mix = (vocals + music) * fade
    peaks = np.max(np.abs(mix), axis=1)
    ceiling = np.percentile(ndimage.maximum_filter1d(peaks, SR // 20), 90)
    duck = np.minimum(1, ceiling / np.maximum(ndimage.maximum_filter1d(peaks, 1601), 1e-9))
    duck = ndimage.uniform_filter1d(ndimage.minimum_filter1d(duck, 801), 801)[:, None]
    scale = fade * duck * 0.86 / np.max(np.abs(mix * duck))  # -1.3 dBFS: coding adds a little
    return vocals * scale, music * scale


def main() -> None:
    """Render the song and write the files."""
    parser = argparse.ArgumentParser(description="Synthesise Antara's demo song.")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("antara-demo.ogg"))
    parser.add_argument("--stems", type=Path, help="also write vocals.wav and instrumental.wav here")
    args = parser.parse_args()
    vocals, music = mix_stems()
    with sf.SoundFile(args.out, "w", SR, 2, format="OGG", subtype="VORBIS") as file:
        for block in np.array_split((vocals + music).astype(np.float32), 100):
            file.write(block)
    if args.stems:
        args.stems.mkdir(parents=True, exist_ok=True)
        sf.write(args.stems / "vocals.wav", vocals.astype(np.float32), SR, subtype="FLOAT")
        sf.write(args.stems / "instrumental.wav", music.astype(np.float32), SR, subtype="FLOAT")


if __name__ == "__main__":
    main()
