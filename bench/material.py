"""What is measured: generated songs, and checkpoints of the official format with random weights.

``python -m bench.material FOLDER MINUTES STEMS…`` makes it all in a process of its own, whose memory is gone afterwards.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

SONG_S = 180
PARITY_S = 20
_CALIBRATION_S = 12


@dataclass(frozen=True)
class Material:
    """Where it lies. ``models`` is what Spleeter calls ``MODEL_PATH``."""

    folder: Path

    @property
    def song(self) -> Path:
        """A three-minute MP3, stereo, 44.1 kHz, 256 kbit/s."""
        return self.folder / "song.mp3"

    @property
    def long_song(self) -> Path:
        """The same song again and again."""
        return self.folder / "long.mp3"

    @property
    def samples(self) -> Path:
        """Twenty seconds of another song as float32 (n, 2) in .npy."""
        return self.folder / "samples.npy"

    @property
    def models(self) -> Path:
        return self.folder / "models"


def make(material: Material, minutes: int, configurations: list[str]) -> None:
    """Makes the songs, the long one ``minutes`` long, and one full-size checkpoint a configuration (``2stems``, …)."""
    import numpy as np

    from tests.support import songs, spleeter_reference

    songs.write(material.song, songs.music(SONG_S, seed=1))
    repeat(material.song, material.long_song, minutes * 60 // SONG_S)
    np.save(material.samples, songs.music(PARITY_S, seed=2))
    music = songs.music(_CALIBRATION_S, seed=3)
    for name in configurations:
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
    make(Material(Path(sys.argv[1])), int(sys.argv[2]), sys.argv[3:])
