"""The memory between the feeder and PortAudio's callback: one writes, the other takes; neither ever waits for the other."""

import numpy as np

from core.arrays import FloatArray

BLOCK_FRAMES = 512  # what the callback is asked for at a time
RING_FRAMES = 1 << 18  # 1.4 s at 192 kHz


class Ring:
    """A ring of stereo frames at the device's rate, with plain integers and flags that one side writes and the other reads.

    Positions are in the ring's endless count of frames. ``take`` is the callback's; everything else is the feeder's.
    """

    def __init__(self) -> None:
        self._frames = np.zeros((RING_FRAMES, 2), np.float32)
        self._fade_in = np.linspace(0, 1, BLOCK_FRAMES, dtype=np.float32)[:, np.newaxis]
        self._fade_out = self._fade_in[::-1].copy()
        self._audible = False  # whether the callback's last block came from the ring
        self.written = 0
        self.skip_to = 0
        self.ended = False  # nothing comes after what is written
        self.holding = False  # more comes after what is written, but that can take a while
        self.read = 0  # the callback's, as are those below
        self.waiting = False  # silent, because the feeder holds
        self.starved = 0  # blocks that the feeder was too late for
        self.calls = 0

    @property
    def next(self) -> int:
        """The count of the frame that is heard next."""
        return max(self.read, self.skip_to)

    @property
    def ahead(self) -> int:
        """How many frames are ready to be heard."""
        return self.written - self.next

    def write(self, samples: FloatArray) -> None:
        """Appends (n, 2) frames; n is at most what is free."""
        count = len(samples)
        start = self.written % RING_FRAMES
        first = min(count, RING_FRAMES - start)
        self._frames[start : start + first] = samples[:first]
        self._frames[: count - first] = samples[first:]
        self.written += count

    def take(self, out: FloatArray, frames: int, playing: bool) -> None:
        """Fills ``out`` (frames, 2) with what comes next, or with silence; sound begins and stops with a fade of one block.

        Before a jump, a pause and the point where the feeder holds, a last block fades out.
        """
        self.calls += 1
        read, skip_to = self.read, self.skip_to
        jump = skip_to > read
        available = self.written - read
        self.waiting = playing and not jump and self.holding and available < 2 * frames
        wanted = playing and not jump and not self.waiting
        if (wanted or self._audible) and available >= frames:
            self._copy_out(out, read, frames)
            if not wanted:
                out *= self._fade_out[:frames]
            elif not self._audible:
                out *= self._fade_in[:frames]
            self.read = read + frames
        elif wanted and available > 0:
            self._copy_out(out, read, available)
            out[available:] = 0
            self.read = read + available
        else:
            out[:] = 0
        self._audible = wanted and available >= frames
        if wanted and available < frames and not self.ended:
            self.starved += 1
        if jump:
            self.read = skip_to

    def _copy_out(self, out: FloatArray, read: int, count: int) -> None:
        start = read % RING_FRAMES
        first = min(count, RING_FRAMES - start)
        out[:first] = self._frames[start : start + first]
        out[first:count] = self._frames[: count - first]
