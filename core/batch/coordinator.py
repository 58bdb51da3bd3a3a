"""Hands songs to workers, a bounded number at a time, and writes down how each one ended."""

import itertools
import math
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from distributed import Client, as_completed

from core.batch import worker
from core.batch.job import Job, Outcome
from core.batch.ledger import Ledger
from core.batch.sources import Entry
from core.cancel import CancelToken
from core.decoding import from_json
from core.errors import CancelledError, SchedulerError, WorkerLostError
from core.queue_items import Failure
from core.recipe import Recipe

_POLL_S = 0.05
_TELL_EVERY_S = 0.25
_COUNT_EVERY_S = 5.0
_ALONE_ATTEMPTS = 2  # of a song that has ended a worker, which may have been another one's doing
_FEWEST_IN_FLIGHT, _IN_FLIGHT_PER_THREAD = 64, 8

Resolve = Callable[[str | None], str]  # the name of a model that is here; raises what is wrong with it


class Asked(msgspec.Struct, frozen=True):
    """What a song is to become: as the ledger keeps it."""

    model: str
    recipe: Recipe


@dataclass
class Tally:
    """How far a run is. ``music_s`` counts what was separated in it."""

    began: float
    done: int = 0
    skipped: int = 0
    failed: int = 0
    music_s: float = 0.0
    total: int | None = None

    @property
    def ended(self) -> int:
        return self.done + self.skipped + self.failed

    @property
    def elapsed_s(self) -> float:
        return time.time() - self.began

    @property
    def left_s(self) -> float | None:
        """By the songs that were separated, not by those that were done before."""
        worked = self.done + self.failed
        if self.total is None or not worked:
            return None
        return max(self.total - self.ended, 0) * self.elapsed_s / worked


@dataclass(frozen=True)
class Plan:
    """What all songs of a run have in common."""

    output: str
    recipe: Recipe
    redo: bool
    retries: int


@dataclass(frozen=True)
class _Flight:
    """A song that a worker has, or will have."""

    job: Job
    attempt: int = 1
    avoid: tuple[str, ...] = ()  # workers on which it failed


Work = Callable[[str, Job], Outcome]


class Coordinator:
    """One run. ``tell`` hears now and then how far it is, and of each failure at once."""

    def __init__(
        self,
        client: Client,
        ledger: Ledger,
        plan: Plan,
        resolve: Resolve,
        cancel: CancelToken,
        tell: Callable[[Tally], None],
        failed: Callable[[str, Failure], None],
        work: Work = worker.work,
    ) -> None:
        self._client, self._ledger, self._plan, self._resolve = client, ledger, plan, resolve
        self._cancel, self._tell, self._say_failed, self._work = cancel, tell, failed, work
        self._run = uuid.uuid4().hex
        self._flights: dict[str, _Flight] = {}
        self._futures: dict[str, Any] = {}
        self._bound: dict[str, frozenset[str]] = {}  # the only workers that may have a song, by its flight
        self._again: deque[_Flight] = deque()
        self._numbers = itertools.count()
        self._told = self._counted = -math.inf
        self._threads, self._address = 0, str(client.scheduler.address)
        self.tally = Tally(time.time())

    def run(self, entries: Iterable[Entry]) -> None:
        """Does all songs, and has it in the ledger. Raises CancelledError, SchedulerError and what ``entries`` raises."""
        try:
            self._wave((_Flight(job) for job in self._jobs(entries)), None)
            self._wave(self._lost(), 1)
        except BaseException:
            self._stop()
            raise
        finally:
            self._ledger.commit()
            self._tell(self.tally)

    def _jobs(self, entries: Iterable[Entry]) -> Iterator[Job]:
        """The songs that can be given to a worker; what is wrong with the others is written down."""
        from core.errors import AntaraError

        for entry in entries:
            asked, problem = Asked("", self._plan.recipe), entry.problem
            if problem is None:
                try:
                    asked = Asked(self._resolve(entry.model), entry.recipe(self._plan.recipe))
                except CancelledError:
                    raise
                except AntaraError as error:
                    problem = error
            if problem is not None:
                asked = Asked(str(problem), self._plan.recipe)
            entered = self._ledger.enter(entry.source, entry.name, msgspec.json.encode(asked).decode())
            if entered is None:
                continue  # it is listed twice
            key, name = entered
            if problem is None:
                yield Job(key, entry.source, name, self._plan.output, asked.model, asked.recipe, self._plan.redo)
            else:
                now = time.time()
                self._end(_Flight(Job(key, entry.source, name, "", "", asked.recipe)), _failure(key, problem, now))

    def _lost(self) -> Iterator[_Flight]:
        """The songs that ended a worker, each to be tried without others beside it."""
        for key, source, name, asked_text, attempts in self._ledger.lost():
            asked = from_json(asked_text, Asked)
            job = Job(key, source, name, self._plan.output, asked.model, asked.recipe, self._plan.redo)
            yield _Flight(job, attempts + 1)

    def _wave(self, flights: Iterator[_Flight], most: int | None) -> None:
        """Does these songs, at most so many at once."""
        finished = as_completed(with_results=True, raise_errors=False, loop=self._client.loop)
        while True:
            self._fill(flights, finished, most or self._window())
            if not self._flights:
                return
            while not finished.has_ready():
                self._pause()
            for future, result in finished.next_batch(block=False):
                self._settle(future.key, future.status, result, alone=most == 1)
            self._report()

    def _window(self) -> int:
        """How many songs the scheduler has at once: enough to keep all workers busy, and few beside a million."""
        self._count()
        return max(_FEWEST_IN_FLIGHT, _IN_FLIGHT_PER_THREAD * self._threads)

    def _count(self) -> None:
        """Looks now and then which workers there are; songs that only workers might have that are gone all may have."""
        if time.monotonic() - self._counted < _COUNT_EVERY_S:
            return
        try:
            here = self._client.nthreads()
        except (OSError, TimeoutError) as error:
            raise SchedulerError(address=self._address, detail="it went away") from error
        self._threads, self._counted = sum(here.values()), time.monotonic()
        for key in [key for key, workers in self._bound.items() if not workers & here.keys()]:
            del self._bound[key]
            self._again.append(replace(self._flights.pop(key), avoid=()))
            self._client.cancel([self._futures.pop(key)])

    def _fill(self, flights: Iterator[_Flight], finished: Any, most: int) -> None:
        new: list[_Flight] = []
        while len(self._flights) + len(new) < most:
            self._cancel.raise_if_cancelled()
            flight = self._again.popleft() if self._again else next(flights, None)
            if flight is None:
                break
            new.append(flight)
        if not new:
            return
        self._ledger.commit()  # which folder is whose, before anything is put into one
        for flight in new:
            self._submit(flight, finished)

    def _submit(self, flight: _Flight, finished: Any) -> None:
        options: dict[str, Any] = {}
        key = f"antara-{self._run}-{next(self._numbers)}"
        if flight.avoid:
            others = [address for address in self._client.nthreads() if address not in flight.avoid]
            if others:
                options["workers"], self._bound[key] = others, frozenset(others)
        future = self._client.submit(self._work, self._run, flight.job, key=key, pure=False, **options)
        self._flights[key], self._futures[key] = flight, future
        finished.add(future)

    def _settle(self, key: str, status: str, result: Any, alone: bool) -> None:
        """What comes of a song that its worker has ended with, or that has ended its worker."""
        flight = self._flights.pop(key, None)
        if flight is None:  # it was given to others
            return
        self._bound.pop(key, None)
        self._futures.pop(key).release()
        if status != "finished" or not isinstance(result, Outcome):
            self._settle_lost(flight, alone)
        elif result.state == "failed" and not result.final and flight.attempt <= self._plan.retries:
            self._again.append(replace(flight, attempt=flight.attempt + 1, avoid=(*flight.avoid, result.worker)))
        elif result.state != "cancelled":
            self._end(flight, result)

    def _settle_lost(self, flight: _Flight, alone: bool) -> None:
        now = time.time()
        if not alone:
            self._ledger.ended(Outcome(flight.job.key, "lost", now, now), flight.attempt)
        elif flight.attempt < 1 + _ALONE_ATTEMPTS:
            self._again.append(replace(flight, attempt=flight.attempt + 1))
        else:
            error = WorkerLostError(path=_shown(flight.job.source), times=flight.attempt)
            self._end(flight, _failure(flight.job.key, error, now))

    def _end(self, flight: _Flight, outcome: Outcome) -> None:
        self._ledger.ended(outcome, flight.attempt)
        if outcome.state == "done":
            self.tally.done += 1
            self.tally.music_s += outcome.length_s
        elif outcome.state == "skipped":
            self.tally.skipped += 1
        else:
            self.tally.failed += 1
            assert outcome.failure is not None
            self._say_failed(flight.job.source, outcome.failure)

    def _pause(self) -> None:
        """Waits a moment. Raises CancelledError and SchedulerError."""
        self._cancel.raise_if_cancelled()
        if self._client.status in ("closed", "closing"):
            raise SchedulerError(address=self._address, detail="it went away")
        time.sleep(_POLL_S)
        self._count()
        self._report()

    def _report(self) -> None:
        if time.monotonic() - self._told > _TELL_EVERY_S:
            self._told = time.monotonic()
            self._tell(self.tally)

    def _stop(self) -> None:
        """Ends what workers do, so that they can be used for something else; what cannot be reached ends by itself."""
        if self._client.status != "running":
            return
        try:
            self._client.run(worker.cancel_run, self._run, on_error="ignore")
            self._client.cancel(list(self._futures.values()))
        except (OSError, TimeoutError):
            return


def _failure(key: str, error: Any, now: float) -> Outcome:
    return Outcome(key, "failed", now, now, failure=Failure.of(error))


def _shown(source: str) -> str:
    """Its name."""
    return source.rpartition("/")[2] or source
