"""The workers: those of a scheduler that runs somewhere, or of a cluster on this computer that lives as long as the run."""

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Nanny, Scheduler, Security, SpecCluster, Status
from distributed.scheduler import DEFAULT_EXTENSIONS
from distributed.utils import silence_logging_cmgr

from core.batch import worker
from core.engines.hardware import processors
from core.errors import SchedulerError

SONGS_AT_ONCE = 2  # in a worker: one is separated while the next one is read and the one before is written
HOST = "127.0.0.1"

_CONFIGURATION = {
    "distributed.worker.memory.target": False,  # songs are not Dask's to put on a disk
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": 0.85,
    "distributed.worker.memory.terminate": 0.95,  # of what a worker may take; then it is started anew
    "distributed.worker.memory.monitor-interval": "500ms",
    "distributed.worker.profile.enabled": False,
    # Dask would have memory given back to the system all the time, which costs songs half as much again.
    "distributed.nanny.pre-spawn-environ": {},
    "distributed.admin.tick.interval": "1s",  # songs take seconds: nobody needs to look fifty times a second
    "distributed.scheduler.worker-saturation": 1.0,  # no song waits at a worker that may be ended by another one
    "distributed.comm.timeouts.connect": "60s",
}
_PATIENCE_S = 20
_LOOK_S = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Layout:
    """How a computer is shared out: so many workers, with so many threads for the network of each."""

    workers: int
    threads: int


def spread(workers: int) -> Layout:
    """So many workers, with all processors."""
    return Layout(workers, max(processors() // workers, 1))


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of a scheduler that runs already. Raises SchedulerError."""
    try:
        client = Client(address, timeout=_PATIENCE_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise SchedulerError(address=address, detail=str(error).splitlines()[0]) from error
    with client, silence_logging_cmgr(logging.CRITICAL):  # what is wrong is said by SchedulerError
        worker.equip(client)
        yield client


@contextmanager
def embedded(layout: Layout) -> Iterator[Client]:
    """A client of a scheduler and workers on this computer, which only this run can reach.

    A worker that dies is started anew; all of them end with this process, however it ends.
    """
    security = Security.temporary()
    scheduler: dict[str, Any] = {"host": HOST, "port": 0, "protocol": "tls://", "dashboard": False, "security": security}
    # What Dask would note of each task, and keep for its dashboard: half a kilobyte a song. The workers must not tell of it.
    scheduler["extensions"] = {name: kind for name, kind in DEFAULT_EXTENSIONS.items() if name != "spans"}
    scheduler["dashboard_address"] = f"{HOST}:0"  # what is left of it without a dashboard, for nobody else either
    # A song that has ended a worker is not given to another one: the coordinator sees to it, later and alone.
    scheduler["allowed_failures"] = 0
    memory = memory_bytes()
    options: dict[str, Any] = {
        "host": HOST,
        "protocol": "tls://",
        "security": security,
        "nthreads": SONGS_AT_ONCE,
        "memory_limit": memory // layout.workers if memory else "auto",
        "dashboard": False,
        "extensions": {},
        "silence_logs": logging.CRITICAL,
        "preload": ["core.batch.worker"],
    }
    devices = gpus()
    specifications = {}
    for number in range(layout.workers):
        specifications[number] = {"cls": Nanny, "options": options | {"env": worker_environment(number, devices)}}
    with (
        dask.config.set(_CONFIGURATION),
        SpecCluster(
            workers=specifications,
            scheduler={"cls": Scheduler, "options": scheduler},
            security=security,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        cluster.loop.add_callback(_keep_alive, cluster)
        worker.equip(client)
        yield client


async def _keep_alive(cluster: SpecCluster) -> None:
    """Starts workers again that have ended while they were starting, which Dask gives up."""
    before: set[int] = set()
    while cluster.status == Status.running:
        await asyncio.sleep(_LOOK_S)
        ended = {number for number, nanny in cluster.workers.items() if _has_ended(nanny)}
        for number in ended & before:
            try:
                await cluster.workers[number].instantiate()
            except Exception:  # noqa: BLE001 - it is tried again
                _log.warning("a worker cannot be started", exc_info=True)
        before = ended


def _has_ended(nanny: Nanny) -> bool:
    """Whether its process is gone although it should be there."""
    return nanny.status == Status.running and nanny.process and nanny.process.status in (Status.stopped, Status.failed)


def worker_environment(number: int, devices: list[str]) -> dict[str, str]:
    """Of a worker: it finds Antara, and sees one GPU where there are several."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {"PYTHONPATH": os.pathsep.join(paths)}
    if len(devices) > 1:
        environment["CUDA_VISIBLE_DEVICES"] = devices[number % len(devices)]
    return environment


def gpus(root: Path = Path("/")) -> list[str]:
    """NVIDIA's GPUs that may be used, as CUDA numbers them."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        return [device for device in allowed.split(",") if device.strip()]
    return [str(number) for number, _ in enumerate((root / "proc/driver/nvidia/gpus").glob("*"))]


def memory_bytes() -> int | None:
    """What there is for workers: what is free now, as far as Linux says."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")), None)
