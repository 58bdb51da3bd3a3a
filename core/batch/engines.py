"""The engine of a worker: kept from song to song, and used by one song at a time while others are read and written.

So the beginning of the next song is decoded and transformed while the networks are busy with this one, and they turn to it
while this one is still being written.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.arrays import FloatArray
from core.cancel import CancelToken
from core.engines import EngineOptions, Notify, Place, Precision
from core.engines.cache import EngineCache
from core.engines.choice import ChosenEngine
from core.models.catalogue import Model
from core.separation.segments import Network
from core.turns import Turns


class WorkerEngines(EngineCache):
    """For any number of threads. Songs of one model follow each other without a pause; another model is loaded anew."""

    def __init__(self) -> None:
        super().__init__()
        self._turns, self._lock = Turns(), threading.Lock()

    def get(self, model: Model, options: EngineOptions, notify: Notify, cancel: CancelToken | None = None) -> ChosenEngine:
        """See EngineCache.get; the engine waits for its turn when it is used."""
        with self._lock:
            engine = super().get(model, options, notify, cancel)
        return _InTurn(engine, self._turns, cancel or CancelToken())


class _InTurn(ChosenEngine):
    """An engine that is shared with other threads: it answers one of them to the end, then the next."""

    def __init__(self, engine: ChosenEngine, turns: Turns, cancel: CancelToken) -> None:
        self._shared, self._turns, self._cancel = engine, turns, cancel
        self.reason = engine.reason

    @property
    def name(self) -> str:
        return self._shared.name

    @property
    def place(self) -> Place:
        return self._shared.place

    @property
    def precision(self) -> Precision:
        return self._shared.precision

    @property
    def networks(self) -> Sequence[Network]:
        return self._shared.networks

    def estimates(self, magnitudes: Iterable[Any]) -> Iterator[FloatArray]:
        """See Estimator.estimates. Raises CancelledError, too."""
        with self._turns.take(self._cancel):
            yield from self._shared.estimates(magnitudes)
