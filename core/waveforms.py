"""The waveforms of a session for a window to draw, at any zoom."""

import numpy as np

from core.arrays import FloatArray, summed
from core.peaks import Frames, columns_of, edges, level_for
from core.session import ORIGINAL, Session

Column = tuple[float, float]  # the lowest and the highest sample


class WaveformReader:
    """Reads columns of the stems and of their sum while the session grows. For one thread; ``close`` before the session."""

    def __init__(self, session: Session) -> None:
        self._session, self._reader = session, session.reader()

    def read(self, first: int, end: int, columns: int, skip: int = 0) -> dict[str, list[Column]]:
        """The columns of the frames from ``first`` to ``end``, which ``peaks.edges`` divides, by stem and of ORIGINAL.

        Without the first ``skip`` columns, and without those of which nothing is separated yet. Wide columns come from the
        peaks in memory; of narrow ones the samples are read, about a thousand frames a column at the most.
        """
        frames = self._session.frames
        all_edges = edges(first, end, columns)
        starts = all_edges[skip:-1]
        starts = starts[starts < frames]
        names = (ORIGINAL, *self._session.stems)
        if not len(starts):
            return {name: [] for name in names}
        stop = min(int(all_edges[-1]), frames)
        level = level_for(first, end, columns)
        if level is None:
            found = self._from_samples(starts, stop)
        else:
            found = {name: self._session.pyramids[name].columns(level, starts, stop) for name in names}
        return {name: list(map(tuple, lows_and_highs.T.tolist())) for name, lows_and_highs in found.items()}

    def close(self) -> None:
        self._reader.close()

    def _from_samples(self, starts: Frames, stop: int) -> dict[str, FloatArray]:
        first = int(starts[0])
        stems = {stem: np.empty((stop - first, 2), np.float32) for stem in self._session.stems}
        self._reader.read(first, stems)
        every = {ORIGINAL: summed(list(stems.values())), **stems}
        return {name: _columns_of_samples(samples, starts - first) for name, samples in every.items()}


def _columns_of_samples(samples: FloatArray, starts: Frames) -> FloatArray:
    left, right = samples.T
    return columns_of(np.minimum(left, right), np.maximum(left, right), starts)
