"""What is measured: generated songs, and checkpoints of the official format with random weights.

``python -m bench.material FOLDER quick|full PARTS`` makes it in a process of its own, whose memory is gone afterwards.
PARTS, separated by commas: names of configurations (``2stems``, …) and ``long``, ``longest`` for those songs.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

CONFIGURATIONS = ("2stems", "4stems", "5stems")
PARITY_S = 20
_CALIBRATION_S = 12
_RATE = 44100


@dataclass(frozen=True)
class Song:
    """A file and how long it lasts."""

    path: Path
    seconds: int

    @property
    def length(self) -> str:
        """For a reader: ``3 minutes``."""
        if self.seconds % 3600 == 0:
            return f"{self.seconds // 3600} hours"
        return f"{self.seconds // 60} minutes" if self.seconds >= 120 else f"{self.seconds} seconds"


@dataclass(frozen=True)
class Material:
    """Where it lies. ``models`` is what Spleeter calls ``MODEL_PATH``."""

    folder: Path
    quick: bool  # everything shorter

    @property
    def song(self) -> Song:
        """An MP3, stereo, 44.1 kHz, 256 kbit/s."""
        return Song(self.folder / "song.mp3", 60 if self.quick else 180)

    @property
    def short(self) -> Song:
        """Its beginning."""
        return Song(self.folder / "short.mp3", 20 if self.quick else 60)

    @property
    def long(self) -> Song:
        """The song again and again."""
        return Song(self.folder / "long.mp3", 180 if self.quick else 1800)

    @property
    def longest(self) -> Song:
        """The same, longer."""
        return Song(self.folder / "longest.mp3", 600 if self.quick else 10800)

    @property
    def samples(self) -> Path:
        """Twenty seconds of another song as float32 (n, 2) in .npy."""
        return self.folder / "samples.npy"

    @property
    def models(self) -> Path:
        return self.folder / "models"


def make(material: Material, parts: list[str]) -> None:
    """Makes the song, and what ``parts`` names."""
    import numpy as np

    from tests.support import songs, spleeter_reference

    song = material.song
    samples = songs.music(song.seconds, seed=1)
    songs.write(song.path, samples)
    songs.write(material.short.path, samples[: material.short.seconds * _RATE])
    for name, longer in (("long", material.long), ("longest", material.longest)):
        if name in parts:
            repeat(song.path, longer.path, longer.seconds // song.seconds)
    np.save(material.samples, songs.music(PARITY_S, seed=2))
    music = songs.music(_CALIBRATION_S, seed=3)
    for name in CONFIGURATIONS:
        if name in parts:
            spleeter_reference.make_checkpoint(material.models / name, spleeter_reference.configuration(name), music)


def repeat(source: Path, target: Path, times: int) -> None:
    """Writes the packets of an audio file ``times`` over, without coding them anew."""
    import av

    with av.open(str(source)) as container:
        stream = container.streams.audio[0]
        packets = [(bytes(packet), packet.duration) for packet in container.demux(stream) if packet.size]
        with av.open(str(target), "w") as output:
            copy = output.add_stream_from_template(stream)
            position = 0
            for data, duration in packets * times:
                packet = av.Packet(data)
                packet.stream, packet.time_base = copy, stream.time_base
                packet.pts = packet.dts = position
                packet.duration = duration
                position += duration or 0
                output.mux(packet)


if __name__ == "__main__":
    make(Material(Path(sys.argv[1]), sys.argv[2] == "quick"), sys.argv[3].split(","))
