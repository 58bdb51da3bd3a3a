"""Accompaniments composed by chance within a style, played by sampled and computed instruments; the same for a seed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from core.arrays import FloatArray, summed
from core.cancel import CancelToken
from core.training import augment, synths
from core.training.instruments import Bank, Instrument, seed_of
from core.training.keys import Key
from core.training.styles import KITS, STYLES, Style

_BARS_A_SECTION = 4
_MOST_LATE_S = 0.008  # nobody plays exactly on time
_ROOTS = range(40, 52)  # of the key, as MIDI numbers
_LOWEST_BASS = 28
# Levels of the parts in dB as root mean squares, before the chance of ± 3 dB.
_LEVELS = {"drums": -18.0, "bass": -20.0, "chords": -22.0, "lead": -21.0, "drone": -27.0}

Rng = np.random.Generator


class Plan(NamedTuple):
    """What all parts of an accompaniment agree on. Times in samples; a bar has ``steps`` steps."""

    style: Style
    rate: int
    root: float  # a MIDI number, between whole ones where a singer is
    scale: tuple[int, ...]
    progressions: tuple[str, str]
    step: float
    steps: int
    bars: int
    swing: float

    @property
    def bar(self) -> float:
        return self.steps * self.step

    @property
    def frames(self) -> int:
        return round(self.bars * self.bar)

    def at(self, bar: int, step: int) -> float:
        late = self.swing * self.step if step % 2 else 0.0
        return (bar * self.steps + step) * self.step + late

    def turn(self, bar: int) -> int:
        """Which of the two progressions a bar has: the second is that of every other pair of sections."""
        return (bar // (2 * _BARS_A_SECTION)) % 2

    def degree(self, bar: int) -> int:
        """The chord of a bar: 0 is the tonic."""
        progression = self.progressions[self.turn(bar)].replace(" ", "")
        return int(progression[bar % len(progression)]) - 1

    def pitch(self, degree: int, octave: int = 0) -> float:
        """The MIDI number of a degree of the scale, on from the tonic."""
        more, index = divmod(degree, len(self.scale))
        return self.root + self.scale[index] + 12 * (more + octave)


def compose(bank: Bank, seed: int, seconds: float, style: str | None = None) -> dict[str, FloatArray]:
    """Stems (n, 2) of an accompaniment of about ``seconds``: drums, bass, chords, lead, drone, as the style has them.

    Their sum stays below full scale. It is the same for the same seed and bank.
    """
    rng = np.random.default_rng(seed_of("song", seed))
    plan = planned(rng, bank.rate, seconds, [known for known in STYLES if style in (None, known.name)])
    stems = played(plan, bank, seed)
    gain = limiting([summed(list(stems.values()))], bank.rate, float(rng.uniform(0, 8)))
    return {name: part * gain for name, part in stems.items()}


def planned(
    rng: Rng, rate: int, seconds: float, styles: Sequence[Style], key: Key | None = None, tempo: float | None = None
) -> Plan:
    """In one of the styles, and in a key and a tempo (in beats a minute) of its own where none is given."""
    style = styles[int(rng.integers(len(styles)))]
    drawn = rng.uniform(*style.tempo)
    steps = max(len(line) for rhythm in style.rhythms for line in rhythm.values())
    step = 60 / (tempo or drawn) / 4 * rate
    bars = max(round(seconds * rate / (steps * step)), 1)
    progressions = (str(rng.choice(style.progressions)), str(rng.choice(style.progressions)))
    scale = style.scales[int(rng.integers(len(style.scales)))]
    swing = float(rng.choice((0.0, 0.0, rng.uniform(0.1, 0.33))))
    root = float(rng.choice(_ROOTS))
    if key:
        root, scale = _ROOTS[0] + (key.root - _ROOTS[0]) % 12, key.scale
    return Plan(style, rate, root, scale, progressions, step, steps, bars, swing)


def played(plan: Plan, bank: Bank, seed: int, cancel: CancelToken | None = None) -> dict[str, FloatArray]:
    """The stems as they come from the players, at their levels but not yet below full scale. Raises CancelledError."""
    token = cancel or CancelToken()
    players = {"drums": _drums, "bass": _bass, "chords": _chords, "lead": _lead, "drone": _drone}
    stems: dict[str, FloatArray] = {}
    for name, player in players.items():
        token.raise_if_cancelled()
        rng = np.random.default_rng(seed_of(name, seed))
        part = player(plan, bank, rng)
        if part.any():
            stems[name] = _produced(part, name, bank.rate, rng)
    return stems


def _drums(song: Plan, bank: Bank, rng: Rng) -> FloatArray:
    """Two of the style's rhythms in turns, with fills and crashes between sections; now and then a section rests."""
    bus = np.zeros((song.frames, 2), np.float32)
    if rng.random() < 0.08:
        return bus
    kit = KITS[str(rng.choice(song.style.kits))]
    sounds = {voice: struck for voice, files in kit.items() if (struck := bank.struck(*files)).sounds}
    if not sounds:
        return bus
    chosen = {voice: int(rng.integers(1000)) for voice in sounds}
    places = {voice: 0.0 if voice == "kick" else float(rng.uniform(-0.4, 0.4)) for voice in sounds}
    rhythms = [song.style.rhythms[int(rng.integers(len(song.style.rhythms)))] for _ in range(2)]
    rests = _resting(song, rng, 0.12)
    for bar in range(song.bars):
        section = bar // _BARS_A_SECTION
        if section in rests:
            continue
        rhythm = rhythms[section % 2]
        if "crash" in sounds and bar % _BARS_A_SECTION == 0 and rng.random() < 0.5:
            _hit(bus, song.at(bar, 0), sounds["crash"].hit(chosen["crash"]), 0.5, places["crash"])
        fill = bar % _BARS_A_SECTION == _BARS_A_SECTION - 1 and rng.random() < 0.4
        for voice, step, force in _struck(rhythm, song.steps):
            if voice not in sounds:
                continue
            if fill and step >= song.steps - 4 and voice != "kick":
                continue
            variant = chosen[voice] + (int(rng.integers(3)) if len(sounds[voice].sounds) > 6 else 0)
            late = rng.uniform(0, _MOST_LATE_S) * song.rate
            _hit(
                bus,
                song.at(bar, step) + late,
                sounds[voice].hit(variant, 1.5),
                force * rng.uniform(0.85, 1.1),
                places[voice],
            )
        for step in range(song.steps - 4, song.steps) if fill else ():
            voice = str(rng.choice(list(sounds)))
            _hit(
                bus,
                song.at(bar, step),
                sounds[voice].hit(int(rng.integers(99)), 1.0),
                rng.uniform(0.4, 0.9),
                places[voice],
            )
    return bus


def _bass(song: Plan, bank: Bank, rng: Rng) -> FloatArray:
    """Root and now and then fifth or octave of the chord, on one of the style's lines."""
    bus = np.zeros((song.frames, 2), np.float32)
    if not song.style.bass:
        return bus
    instrument = _instrument(song.style.bass, bank, rng)
    lines = [str(rng.choice(song.style.bass_lines)) for _ in range(2)]
    rests = _resting(song, rng, 0.08)
    for bar in range(song.bars):
        section = bar // _BARS_A_SECTION
        line = list(_steps(lines[section % 2]))
        for index, (step, force) in enumerate(line if section not in rests else ()):
            until = line[index + 1][0] if index + 1 < len(line) else song.steps
            pitch = _LOWEST_BASS + (song.pitch(song.degree(bar)) - _LOWEST_BASS) % 12
            pitch += int(rng.choice((0, 0, 0, 7, 12))) if index else 0
            seconds = (until - step) * song.step / song.rate * rng.uniform(0.7, 1)
            _hit(bus, song.at(bar, step), instrument.note(pitch, seconds, rng), force, 0)
    return bus


def _chords(song: Plan, bank: Bank, rng: Rng) -> FloatArray:
    """One or two instruments that comp, hold or break up the chords."""
    bus = np.zeros((song.frames, 2), np.float32)
    for player in range(1 + int(rng.integers(2))):
        instrument = _instrument(song.style.chords, bank, rng)
        comping = str(rng.choice(song.style.comping)) if player == 0 else "="
        place, octave = float(rng.uniform(-0.6, 0.6)), int(rng.integers(1, 3))
        rests = _resting(song, rng, 0.1 + 0.3 * player)
        for bar in range(song.bars):
            if bar // _BARS_A_SECTION not in rests:
                _comp(bus, song, bar, instrument, comping, (place, octave), rng)
    return bus


def _comp(
    bus: FloatArray, song: Plan, bar: int, instrument: Instrument, how: str, where: tuple[float, int], rng: Rng
) -> None:
    """One bar of chords on a bus."""
    place, octave = where
    root = song.degree(bar)
    degrees = [root, root + 2, root + 4] + ([root + 6] if rng.random() < 0.2 else [])
    # Close voicing: every tone within the octave from the key's root.
    pitches = sorted((song.pitch(degree) - song.root) % 12 + song.root + 12 * octave for degree in degrees)
    bar_s = song.steps * song.step / song.rate
    if how == "~":
        order = [0, 1, 2, len(pitches) - 1, 1, 2, 1, 2]
        for index, step in enumerate(range(0, song.steps, 2)):
            note = instrument.note(pitches[order[index % 8] % len(pitches)], bar_s / 3, rng)
            _hit(bus, song.at(bar, step), note, rng.uniform(0.5, 0.8), place)
        return
    strokes = [(0, 0.7)] if how == "=" else list(_steps(how))
    spread = rng.uniform(0, 0.025) * song.rate
    for index, (step, force) in enumerate(strokes):
        until = strokes[index + 1][0] if index + 1 < len(strokes) else song.steps
        for number, pitch in enumerate(pitches):
            note = instrument.note(pitch, (until - step) * song.step / song.rate, rng)
            _hit(bus, song.at(bar, step) + number * spread, note, force * rng.uniform(0.8, 1), place)


def _lead(song: Plan, bank: Bank, rng: Rng) -> FloatArray:
    """A melody in phrases that walk along the scale, with tones of the chord on the beats; in some sections only."""
    bus = np.zeros((song.frames, 2), np.float32)
    if rng.random() < 0.3:
        return bus
    instrument = _instrument(song.style.leads, bank, rng)
    place, octave = float(rng.uniform(-0.4, 0.4)), int(rng.integers(1, 3))
    rests = _resting(song, rng, 0.5)
    degree = 0
    for bar in range(song.bars):
        step = int(rng.choice((0, 0, 2, 4)))
        while bar // _BARS_A_SECTION not in rests and step < song.steps:
            length = int(rng.choice((1, 2, 2, 2, 4, 4, 8)))
            if rng.random() < 0.85:
                degree = int(np.clip(degree + rng.choice((-2, -1, -1, 0, 1, 1, 2, 4)), -2, 10))
                if step % 4 == 0:
                    degree = song.degree(bar) + 2 * round((degree - song.degree(bar)) / 2)
                seconds = length * song.step / song.rate * rng.uniform(0.7, 1.05)
                note = instrument.note(song.pitch(degree, octave), seconds, rng)
                _hit(bus, song.at(bar, step), note, rng.uniform(0.5, 0.9), place)
            step += length
    return bus


def _drone(song: Plan, bank: Bank, rng: Rng) -> FloatArray:
    """A tanpura's Pa, Sa, Sa, low Sa on sitar strings, or a held tonic and fifth, whatever the tempo."""
    bus = np.zeros((song.frames, 2), np.float32)
    if not song.style.drone:
        return bus
    instrument = _sampled("sitar", "Str*", bank, rng)
    every = rng.uniform(0.7, 1.3) * song.rate
    for index, start in enumerate(np.arange(0, song.frames, every)):
        pitch = song.root + (7, 12, 12, 0)[index % 4]
        _hit(bus, start, instrument.note(pitch, 4.0, rng), rng.uniform(0.5, 0.7), (-0.4, 0.2, 0.4, -0.1)[index % 4])
    return bus


def _produced(part: FloatArray, name: str, rate: int, rng: Rng) -> FloatArray:
    """At the part's level, with some equaliser and room."""
    if rng.random() < 0.5:
        part = augment.equalised(part, rng, rate, 5)
    if name != "bass" and rng.random() < 0.7:
        part = augment.reverberated(part, rng, rate, 0.4)
    level = 10 ** ((_LEVELS[name] + rng.uniform(-3, 3)) / 20)
    return part * np.float32(level / max(float(np.sqrt(np.mean(part.astype(np.float64) ** 2))), 1e-9))


def limiting(buses: Sequence[FloatArray], rate: int, louder_db: float) -> FloatArray:
    """The gain (n, 1) for all stems alike at which each of the buses, made louder, stays below full scale, as in masters.

    The least that the next 5 ms allow, smoothed over as long: it is down before a peak comes.
    """
    half = round(0.005 * rate)
    loud = np.float32(10 ** (louder_db / 20))
    peaks = ndimage.maximum_filter1d(np.max([np.abs(bus).max(axis=1) for bus in buses], axis=0) * loud, 4 * half + 1)
    allowed = 1 / np.maximum(peaks, 1)
    return (ndimage.uniform_filter1d(allowed, 2 * half + 1) * loud).astype(np.float32)[:, np.newaxis]


def _instrument(choices: tuple[tuple[str, str], ...], bank: Bank, rng: Rng) -> Instrument:
    name, pattern = choices[int(rng.integers(len(choices)))]
    if name.startswith("synth:"):
        return synths.synth(name.removeprefix("synth:"), bank.rate, rng)
    return _sampled(name, pattern, bank, rng)


def _sampled(name: str, pattern: str, bank: Bank, rng: Rng) -> Instrument:
    """An instrument of the bank, or a computed one where it has no such sounds."""
    instrument = bank.pitched(name, pattern)
    return instrument if instrument.sounds else synths.synth("harmonium", bank.rate, rng)


def _resting(song: Plan, rng: Rng, chance: float) -> set[int]:
    """The sections in which a part is silent."""
    return {section for section in range(song.bars // _BARS_A_SECTION + 1) if rng.random() < chance}


def _struck(rhythm: Mapping[str, str], steps: int) -> Iterator[tuple[str, int, float]]:
    for voice, line in rhythm.items():
        for step, force in _steps(line[:steps]):
            yield voice, step, force


def _steps(line: str) -> Iterator[tuple[int, float]]:
    return ((step, int(sign) / 9) for step, sign in enumerate(line) if sign.isdigit())


def _hit(bus: FloatArray, at: float, sound: FloatArray, force: float, place: float) -> None:
    """Adds a sound to a bus, at a place between −1 (left) and 1 (right) with constant power."""
    start = round(at)
    frames = min(len(sound), len(bus) - start)
    if frames > 0:
        angle = np.pi / 4 * (1 + place)
        sides = np.array([np.cos(angle), np.sin(angle)]) * np.sqrt(2) * force
        bus[start : start + frames] += sound[:frames] * sides.astype(np.float32)
