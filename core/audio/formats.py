"""What can be written: the codecs, what each can be told, and the rates that each can carry."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from core.errors import ImpossibleFormatError

Codec = Literal["wav", "flac", "mp3", "m4a", "alac", "ogg", "opus", "wma"]  # as Spleeter names them; alac and opus are ours
Depth = Literal[16, 24, 32]  # bits; 32 is float

LOWEST_RATE, HIGHEST_RATE = 8000, 192_000  # of stems; other songs are resampled


@dataclass(frozen=True)
class Choices:
    """What a codec can be told: a depth, or else a bit rate or a VBR quality. What it does not know is empty."""

    extension: str
    depths: tuple[Depth, ...] = ()  # the first is the default
    bitrates: tuple[int, ...] = ()  # bit/s; the usual ones: any number from the first to the last will do
    default_bitrate: int | None = None
    vbr: tuple[int, ...] = ()  # the codec's own numbers, the best first


# Vorbis has qualities only: these are its nominal rates at qualities 0 to 10 for stereo at 44.1 kHz (libvorbis 1.3.7,
# lib/modes/setup_44.h: rate_mapping_44_stereo, for one channel there). Sparse music takes less.
VORBIS_BITRATES = (64_000, 80_000, 96_000, 112_000, 128_000, 160_000, 192_000, 224_000, 256_000, 320_000, 500_000)

_MP3_BITRATES = (32_000, 64_000, 96_000, 128_000, 160_000, 192_000, 224_000, 256_000, 320_000)
_AAC_BITRATES = (64_000, 96_000, 128_000, 160_000, 192_000, 256_000, 320_000)
_OPUS_BITRATES = (32_000, 64_000, 96_000, 128_000, 160_000, 192_000, 256_000)  # 256 kbit/s is the most for one channel
_WMA_BITRATES = (32_000, 64_000, 96_000, 128_000, 160_000, 192_000, 256_000, 320_000)

CHOICES: Mapping[Codec, Choices] = {
    "wav": Choices(".wav", depths=(16, 24, 32)),
    "flac": Choices(".flac", depths=(16, 24)),
    "mp3": Choices(".mp3", bitrates=_MP3_BITRATES, default_bitrate=320_000, vbr=tuple(range(10))),
    "m4a": Choices(".m4a", bitrates=_AAC_BITRATES, default_bitrate=256_000),
    "alac": Choices(".m4a", depths=(16, 24)),
    "ogg": Choices(".ogg", bitrates=VORBIS_BITRATES, default_bitrate=256_000, vbr=tuple(range(10, -1, -1))),
    "opus": Choices(".opus", bitrates=_OPUS_BITRATES, default_bitrate=192_000),
    "wma": Choices(".wma", bitrates=_WMA_BITRATES, default_bitrate=192_000),
}

# FFmpeg names no rates for these. A single number is the highest of all that are possible: FLAC 1.3 (2013), STREAMINFO;
# libvorbis 1.3.7, lib/modes; FFmpeg's wmaenc.c stops at 48 kHz, and Windows plays these rates (Windows Media Audio 9).
_HIGHEST_RATE: Mapping[Codec, int] = {"flac": 655_350, "ogg": 192_000}
_RATES: Mapping[Codec, tuple[int, ...]] = {
    "wma": (8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000),
    "opus": (48_000,),  # every decoder gives 48 kHz, whatever went in (RFC 7845, 5.1)
}
_FFMPEG_ENCODERS: Mapping[Codec, str] = {"mp3": "libmp3lame", "m4a": "aac"}


@dataclass(frozen=True)
class Format:
    """One way to write a file. What is left out is the codec's default; what the codec does not know stays None.

    ``bitrate``: bit/s; MP3 takes the nearest of those that it has. ``vbr``: LAME's 0 (best) to 9 or Vorbis's 10 (best) to 0,
    instead of a bit rate. Raises ImpossibleFormatError.
    """

    codec: Codec = "wav"
    depth: Depth | None = None
    bitrate: int | None = None
    vbr: int | None = None

    def __post_init__(self) -> None:
        choices = CHOICES[self.codec]
        if choices.depths and self.depth is None:
            object.__setattr__(self, "depth", choices.depths[0])
        if self.bitrate is None and self.vbr is None:
            object.__setattr__(self, "bitrate", choices.default_bitrate)
        if not self._is_possible(choices):
            raise ImpossibleFormatError(codec=self.codec, setting=self._setting(), known=_described(choices))

    def _is_possible(self, choices: Choices) -> bool:
        if choices.depths:
            return self.depth in choices.depths and self.bitrate is None and self.vbr is None
        if self.depth is not None:
            return False
        if self.vbr is not None:
            return self.vbr in choices.vbr and self.bitrate is None
        return self.bitrate is not None and choices.bitrates[0] <= self.bitrate <= choices.bitrates[-1]

    def _setting(self) -> str:
        depth = f"{self.depth} bit" if self.depth else ""
        bitrate = f"{self.bitrate / 1000:g} kbit/s" if self.bitrate is not None else ""
        vbr = f"VBR {self.vbr}" if self.vbr is not None else ""
        return " + ".join(filter(None, (depth, bitrate, vbr)))

    @property
    def extension(self) -> str:
        """Of the file's name, with its dot."""
        return CHOICES[self.codec].extension

    @property
    def is_lossy(self) -> bool:
        return not CHOICES[self.codec].depths

    @property
    def keeps_over_full_scale(self) -> bool:
        """Whether samples beyond ±1 come out as they went in; all other formats clip them, or their players do."""
        return self.depth == 32


def _described(choices: Choices) -> str:
    if choices.depths:
        return ", ".join(f"{depth} bit" for depth in choices.depths)
    bitrates = f"{choices.bitrates[0] // 1000}–{choices.bitrates[-1] // 1000} kbit/s"
    return f"{bitrates}, VBR {min(choices.vbr)}–{max(choices.vbr)}" if choices.vbr else bitrates


def parse_bitrate(text: str) -> int:
    """The bit/s of "192k", "192000" or "192": fewer than a thousand are meant as kbit/s. Raises ValueError."""
    number = text.strip().lower()
    value = int(number.removesuffix("k"))
    return value * 1000 if number.endswith("k") or value < 1000 else value


def rate_for(codec: Codec, rate: int) -> int:
    """The rate of a file of a song at ``rate``: the same where the codec has it, else the next higher, else the highest."""
    if codec in _HIGHEST_RATE:
        return min(rate, _HIGHEST_RATE[codec])
    rates = _RATES.get(codec) or _ffmpeg_rates(codec)
    return min((possible for possible in rates if possible >= rate), default=max(rates, default=rate))


@cache
def _ffmpeg_rates(codec: Codec) -> tuple[int, ...]:
    """Those of FFmpeg's encoder; none where it takes any."""
    if codec not in _FFMPEG_ENCODERS:
        return ()
    from av.codec import Codec as Encoder

    return tuple(Encoder(_FFMPEG_ENCODERS[codec], "w").audio_rates or ())
