"""Keeps the engine from song to song."""

import threading
from collections.abc import Callable

from core.cancel import CancelToken
from core.engines import EngineOptions, Notify, choice, ignore_notice
from core.engines.choice import ChosenEngine
from core.errors import CancelledError
from core.models.catalogue import Model

_POLL_S = 0.05


class EngineCache:
    """Keeps the last engine, so that the next song need not wait for it. For one thread at a time."""

    def __init__(self) -> None:
        self._key: tuple[Model, EngineOptions] | None = None
        self._loading: _Loading | None = None
        self._notify: Notify = ignore_notice

    def prepare(self, model: Model, options: EngineOptions) -> None:
        """Begins to load an engine, in the background, for a ``get`` that is to come soon."""
        if self._loading is None or self._key != (model, options):
            self._key = (model, options)
            self._loading = _Loading(lambda: choice.choose(model, options, lambda notice: self._notify(notice)))

    def get(self, model: Model, options: EngineOptions, notify: Notify, cancel: CancelToken | None = None) -> ChosenEngine:
        """The engine for ``model``; ``notify`` hears where it runs, and when that changes.

        Raises the errors of ``choose``, and CancelledError as soon as ``cancel`` is set: the loading, which nothing can
        interrupt, goes on in its own thread, and the next call takes what it makes.
        """
        self._notify = notify
        self.prepare(model, options)
        assert self._loading is not None
        try:
            engine = self._loading.result(cancel or CancelToken())
        except CancelledError:
            self._notify = ignore_notice  # whoever listened is going away; the loading goes on
            raise
        except BaseException:
            self._loading = None
            raise
        notify(engine.reason)
        return engine

    def close(self) -> None:
        """Lets go of the engine."""
        self._loading = None


class _Loading:
    """An engine that is being made in a thread."""

    def __init__(self, load: Callable[[], ChosenEngine]) -> None:
        self._load = load
        self._engine: ChosenEngine | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="engine-loader")
        self._thread.start()

    def _run(self) -> None:
        try:
            self._engine = self._load()
        except BaseException as error:  # noqa: BLE001 - all of them belong to the thread that waits
            self._error = error

    def result(self, cancel: CancelToken) -> ChosenEngine:
        while self._thread.is_alive():
            cancel.raise_if_cancelled()
            self._thread.join(_POLL_S)
        if self._engine is None:
            assert self._error is not None
            raise self._error
        return self._engine
