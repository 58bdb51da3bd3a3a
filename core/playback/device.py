"""The system's sound devices. The only user of sounddevice."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

from core.errors import NoOutputDeviceError
from core.messages import Notice
from core.playback.ring import BLOCK_FRAMES
from core.quiet import stderr_into_log

SHORTEST_LATENCY_S = 0.05  # of what is handed over, so that a seek is heard within 100 ms
LONGEST_LATENCY_S = 0.4  # what a busy computer may be late by

Callback = Callable[[Any, int, object, Any], None]


class Device(NamedTuple):
    """A device as people know it; its number changes when others come and go."""

    name: str
    host_api: str


class Output(NamedTuple):
    """A running stream."""

    rate: int
    device: Device | None  # None: the system's default


def replaced(device: Device) -> Notice:
    """What is to be said when the default is played on in the place of ``device``."""
    return Notice("output_device_replaced", {"name": device.name})


class _Library:
    """PortAudio sees the devices that are there when it is initialised: it is again whenever no stream is open."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.streams = 0
        self.devices: list[Device] = []
        self._initialised = False

    def fresh(self) -> ModuleType:
        """sounddevice, which knows the devices of the moment if no stream is open. Raises NoOutputDeviceError."""
        try:
            import sounddevice

            if self._initialised and not self.streams:
                # WORKAROUND: the only way to see what was plugged in since, https://github.com/spatialaudio/python-sounddevice/issues/16
                sounddevice._terminate()
                sounddevice._initialize()
        except OSError as error:
            raise NoOutputDeviceError(detail=str(error)) from error
        self._initialised = True
        module: ModuleType = sounddevice
        self.devices = list(_indices(module))
        return module


_library = _Library()


def output_devices() -> list[Device]:
    """What can be chosen, as last seen: the devices are looked for whenever a stream is opened while there is no other."""
    return list(_library.devices)


@contextlib.contextmanager
def opened(
    chosen: Device | None, rate: int, latency_s: float, callback: Callback, on_finished: Callable[[], None]
) -> Iterator[Output]:
    """A stereo float32 stream on ``chosen``, or on the default if that cannot be had, at ``rate`` or else its own rate.

    The system asks for samples ``latency_s`` before they are heard, or thereabouts. Raises NoOutputDeviceError.
    """
    with contextlib.ExitStack() as cleaning:
        with _library.lock, stderr_into_log("PortAudio"):
            stream, output = _open(_library.fresh(), chosen, rate, latency_s, callback, on_finished)
            _library.streams += 1
            cleaning.callback(_close, stream)
        yield output


def _close(stream: Any) -> None:
    with _library.lock:
        stream.close(ignore_errors=True)
        _library.streams -= 1


def _open(
    sounddevice: ModuleType,
    chosen: Device | None,
    rate: int,
    latency_s: float,
    callback: Callback,
    on_finished: Callable[[], None],
) -> tuple[Any, Output]:
    problem: Exception | None = None
    index = _indices(sounddevice).get(chosen) if chosen else None
    for device, number in [(chosen, index), (None, None)] if index is not None else [(None, None)]:
        for offered in (rate, _own_rate(sounddevice, number)):
            if offered is None:
                continue
            try:
                stream = sounddevice.OutputStream(
                    samplerate=offered,
                    device=number,
                    channels=2,
                    dtype="float32",
                    blocksize=BLOCK_FRAMES,
                    latency=latency_s,
                    callback=callback,
                    finished_callback=on_finished,
                )
                with contextlib.ExitStack() as failed:
                    failed.callback(stream.close, ignore_errors=True)
                    stream.start()
                    failed.pop_all()
            except (sounddevice.PortAudioError, ValueError) as error:
                problem = error
            else:
                return stream, Output(offered, device)
    raise NoOutputDeviceError(detail=str(problem)) from problem


def _indices(sounddevice: ModuleType) -> dict[Device, int]:
    """The number of each device that can play stereo."""
    apis = [api["name"] for api in sounddevice.query_hostapis()]
    return {
        Device(device["name"], apis[device["hostapi"]]): device["index"]
        for device in sounddevice.query_devices()
        if device["max_output_channels"] >= 2
    }


def _own_rate(sounddevice: ModuleType, number: int | None) -> int | None:
    """The rate that a device has of itself; None where there is no device."""
    try:
        return int(sounddevice.query_devices(number, "output")["default_samplerate"])
    except (sounddevice.PortAudioError, ValueError):
        return None
