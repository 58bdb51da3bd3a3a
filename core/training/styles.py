"""What the generated accompaniments are made of: styles with their tempos, harmonies, instruments and rhythms.

Rhythms are lines of steps, sixteen to a bar of four beats (twelve where a beat is in three): 1–9 is how hard, a dot a rest.
"""

from typing import NamedTuple

MAJOR, MINOR, DORIAN = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10)
MIXOLYDIAN, BHAIRAVI, BHAIRAV, KALYAN = (
    (0, 2, 4, 5, 7, 9, 10),
    (0, 1, 3, 5, 7, 8, 10),
    (0, 1, 4, 5, 7, 8, 11),
    (0, 2, 4, 6, 7, 9, 11),
)

# Sounds of a kit: (folder, pattern of file names).
KITS = {
    "acoustic": {
        "kick": ("muldjord_drums", "*-Kdrum?"),
        "snare": ("muldjord_drums", "*-Snare|*-Snare_"),
        "hat": ("muldjord_drums", "*-HihatClosed"),
        "open": ("muldjord_drums", "*-HihatOpen"),
        "ride": ("muldjord_drums", "*-RideR|*-RideL"),
        "crash": ("muldjord_drums", "*-Crash?"),
        "tom": ("muldjord_drums", "*-Tom?"),
    },
    "machine": {
        "kick": ("sonic_pi", "bd_*"),
        "snare": ("sonic_pi", "sn_*|elec_*snare|perc_snap*|drum_snare_*"),
        "hat": ("sonic_pi", "hat_*|drum_cymbal_closed|elec_tick"),
        "open": ("sonic_pi", "drum_cymbal_open|drum_cymbal_pedal|elec_cymbal"),
        "ride": ("sonic_pi", "ride_*|elec_triangle|perc_bell*"),
        "crash": ("sonic_pi", "drum_splash_*|drum_cymbal_hard|perc_swash"),
        "tom": ("sonic_pi", "drum_tom_*|elec_*tom|elec_wood"),
    },
    "tabla": {
        "na": ("sonic_pi", "tabla_na*|tabla_tas*"),
        "tin": ("sonic_pi", "tabla_tun*"),
        "ge": ("sonic_pi", "tabla_ghe*|tabla_dhec"),
        "te": ("sonic_pi", "tabla_te*|tabla_re"),
        "ke": ("sonic_pi", "tabla_ke3"),
    },
    "mridangam": {
        "na": ("mridangam", "nam*|na-*|na2-*|chaapu*"),
        "tin": ("mridangam", "dhin*|dhi-*"),
        "ge": ("mridangam", "thom*|gumki*"),
        "te": ("mridangam", "ki-*|ki2-*|ta-*|ta2-*"),
        "ke": ("mridangam", "ka-*|ka2-*|tha*"),
    },
    "hands": {
        "na": ("world_percussion", "0*"),
        "tin": ("world_percussion", "1*"),
        "ge": ("world_percussion", "2*"),
        "te": ("world_percussion", "*_*"),
        "ke": ("berklee", "hand_drum*|conga*|shaker*|tambourine*|woodblock*"),
    },
}


class Style(NamedTuple):
    """Chances of parts are the generator's. Chords and melodies are played by one of these (folder or synth, pattern)."""

    name: str
    tempo: tuple[int, int]  # beats a minute
    scales: tuple[tuple[int, ...], ...]
    progressions: tuple[str, ...]  # degrees, one a bar
    kits: tuple[str, ...]
    rhythms: tuple[dict[str, str], ...]
    chords: tuple[tuple[str, str], ...]
    comping: tuple[str, ...]  # when chords are struck; "=" lets them sound for the bar, "~" breaks them up
    bass: tuple[tuple[str, str], ...]
    bass_lines: tuple[str, ...]
    leads: tuple[tuple[str, str], ...]
    drone: bool = False


_PIANO = (("upright_piano", "*"), ("salamander_piano", "*"))
_GUITAR = (("spanish_guitar", "*"),)
_BASSES = (("electric_bass", "*"), ("double_bass", "pizz*"))
_SYNTH_BASS = (("synth:lead", ""), ("electric_bass", "*"), ("synth:organ", ""))
_LEADS = (("alto_sax", "*"), ("synth:flute", ""), ("synth:lead", ""), ("spanish_guitar", "*"), ("upright_piano", "*"))
_INDIAN = (
    ("sitar", "Str*"),
    ("sitar", "Ssld*"),
    ("shanai", "*"),
    ("synth:flute", ""),
    ("synth:harmonium", ""),
    ("synth:strings", ""),
)
_POP = ("1564", "1645", "6415", "1465", "4156", "1 4 ", "2516", "6543")
_ROCK_BEATS = (
    {"kick": "9.......9.......", "snare": "....8.......8...", "hat": "6.4.6.4.6.4.6.4."},
    {"kick": "9..7....9.7.....", "snare": "....8.......8..3", "hat": "6.5.6.5.6.5.6.5."},
    {"kick": "9.....7.9.......", "snare": "....8.......8...", "ride": "6...5.4.6...5.4."},
    {"kick": "9.9.....9.9...7.", "snare": "....9.......9...", "open": "7...6...7...6..."},
)
_DANCE_BEATS = (
    {"kick": "9...9...9...9...", "snare": "....7.......7...", "hat": "..6...6...6...6."},
    {"kick": "9...9...9...9...", "hat": "4.6.4.6.4.6.4.64", "open": "..7...7...7...7."},
    {"kick": "9.....9...9.....", "snare": "....8.......8...", "hat": "4444444444444444"},
)
_HIP_HOP_BEATS = (
    {"kick": "9......7..9.....", "snare": "....8.......8...", "hat": "6.6.6.6.6.6.6666"},
    {"kick": "9.........8.....", "snare": "........9.......", "hat": "6.4.6.446.4.6.44"},
    {"kick": "9..9..9...9.....", "snare": "....8..3.3..8...", "hat": "6.5.6.5.6.5.6.5."},
)
_KEHERWA = (
    {"ge": "8.....5.....6...", "na": "..7.....8.....7.", "te": "....4.....4.5...", "ke": "............5..5"},
    {"ge": "8.......6.....5.", "tin": "....7.......7...", "na": "..6...6...6...6.", "te": ".3.3.3.3.3.3.3.3"},
    {"ge": "9..5....7..5....", "na": "....8..5....8...", "tin": "..5.......5...6."},
)
_DADRA = ({"ge": "8.....5.....", "na": "..7...8.7.8.", "te": "....4.......", "tin": "......6....."},)
_ADI = (
    {"ge": "8...5...7...5...", "na": "..6.8.6...6.8.6.", "te": ".4...4.4.4...4.4", "tin": "......7.......7."},
    {"ge": "8.....6.8.......", "na": "...7..7....7..77", "ke": ".5..5....5..5..."},
)

STYLES = (
    Style("pop", (84, 128), (MAJOR, MINOR), _POP, ("acoustic", "machine"), _ROCK_BEATS + _DANCE_BEATS[:1],
          (*_PIANO, *_GUITAR, ("synth:pad", "")), ("=", "7...5...7...5...", "7.....6...5.....", "~"),
          _BASSES, ("8.......7.......", "8.6.8.6.8.6.8.6.", "8..7....8..7...."), _LEADS),
    Style("rock", (96, 168), (MINOR, MIXOLYDIAN, MAJOR), ("1674", "1 4 5 4", "1745", "6415"), ("acoustic",), _ROCK_BEATS,
          (*_GUITAR, ("synth:lead", ""), ("synth:organ", "")), ("8.7.8.7.8.7.8.7.", "8...8...8..7..7.", "8.....8.8....."),
          _BASSES[:1], ("8.8.8.8.8.8.8.8.", "8...8...8...8..."), _LEADS),
    Style("ballad", (60, 84), (MAJOR, MINOR), _POP, ("acoustic", "machine"), _ROCK_BEATS[:3],
          (*_PIANO, ("synth:strings", ""), *_GUITAR), ("~", "=", "6...6...6...6..."),
          _BASSES, ("8.......5.......", "8..............."), _LEADS),
    Style("house", (118, 132), (MINOR, DORIAN), ("1 6 3 7", "1 1 4 4", "6415"), ("machine",), _DANCE_BEATS,
          (("synth:pad", ""), ("synth:organ", ""), *_PIANO), ("..7...7...7...7.", "=", "7..7..7.....7..."),
          _SYNTH_BASS, ("..8...8...8...8.", "8.88..8.8.88..8.", "8...8...8...8..."), _LEADS),
    Style("hip hop", (72, 100), (MINOR, DORIAN), ("1 1 6 6", "1 4 1 5", "1672"), ("machine", "acoustic"), _HIP_HOP_BEATS,
          (*_PIANO, ("synth:pad", ""), *_GUITAR), ("=", "~", "7......6........"),
          _SYNTH_BASS, ("9......7..9.....", "9.........8....."), _LEADS),
    Style("bossa", (100, 140), (MAJOR, DORIAN), ("2511", "1625", "3625"), ("acoustic", "hands"),
          ({"kick": "8..58..58..58..5", "hat": "5.4.5.4.5.4.5.4.", "ge": "7..5..7...5.7...", "na": "..5...5...5...5."},),
          (*_GUITAR, *_PIANO), ("7..6..7...6..6..",), _BASSES, ("8.....6.8.....6.",), _LEADS),
    Style("film song", (76, 132), (MINOR, MAJOR, BHAIRAVI), ("1 7 6 7", "1 4 7 1", "1 1 6 5", "1 6 4 5"),
          ("tabla", "hands"), _KEHERWA, (("synth:strings", ""), ("synth:harmonium", ""), *_GUITAR, *_PIANO),
          ("=", "..6...6...6...6.", "~"), _BASSES, ("8.......6.......", "8.....6...6....."), _INDIAN),
    Style("ghazal", (66, 96), (KALYAN, MINOR, BHAIRAVI), ("1 4 1 5", "1 7 4 1"), ("tabla",), _DADRA,
          (("synth:harmonium", ""), *_GUITAR), ("=", "~"), _BASSES[1:], ("8.....6.....",), _INDIAN, True),
    Style("hindustani", (60, 160), (KALYAN, BHAIRAV, BHAIRAVI, DORIAN), ("1111",), ("tabla",), _KEHERWA,
          (("synth:harmonium", ""),), ("=",), (), ("",), _INDIAN, True),
    Style("carnatic", (70, 150), (BHAIRAV, MAJOR, MIXOLYDIAN), ("1111",), ("mridangam",), _ADI,
          (("synth:strings", ""),), ("=",), (), ("",), (("synth:strings", ""), ("synth:flute", ""), ("shanai", "*")), True),
)  # fmt: skip
