"""A scheduler and workers of Dask as real processes on loopback, for tests in which some of them are killed."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from distributed import Client

ROOT = Path(__file__).parents[2]
PATIENCE_S = 200.0  # on a machine that is busy with other things


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Until it holds."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


@contextlib.contextmanager
def scheduler(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Its address, and the process."""
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    with _process("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file),
                  environment=environment) as process:  # fmt: skip
        wait_for(lambda: bool(_address(file)), "the scheduler")
        yield _address(file), process


@contextlib.contextmanager
def worker(address: str, name: str, folder: Path, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """One process with two threads, which nobody starts anew."""
    options = f"--name {name} --nthreads 2 --no-nanny --no-dashboard --host 127.0.0.1 --memory-limit 0".split()
    with _process("dask_worker", address, *options, "--local-directory", str(folder), environment=environment) as process:
        yield process


def wait_for_workers(address: str, count: int) -> None:
    """Until so many are there: songs are handed out to those that are."""
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=PATIENCE_S)


@contextlib.contextmanager
def _process(module: str, *arguments: str, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _address(file: Path) -> str:
    try:
        return str(json.loads(file.read_text())["address"])
    except (OSError, ValueError):
        return ""
