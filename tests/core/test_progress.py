"""Progress by an injected clock, and the cancel token."""

import threading

import pytest

from core.cancel import CancelToken
from core.errors import CancelledError
from core.progress import Progress, ProgressMeter, Transfer, TransferMeter, clock_text


class Clock:
    """A clock that is set by hand. Monotonic clocks start anywhere."""

    def __init__(self) -> None:
        self.now = 1234.5

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_speed_and_time_left_follow_from_what_is_done(clock: Clock) -> None:
    meter = ProgressMeter(180.0, clock)
    assert meter.at(0.0) == Progress(0.0, 0.0, None, None)
    clock.now += 2
    assert meter.at(60.0) == Progress(60.0, pytest.approx(1 / 3), 30.0, 4.0)
    clock.now += 2
    assert meter.at(80.0) == Progress(80.0, pytest.approx(4 / 9), 20.0, 5.0)
    clock.now += 4
    assert meter.at(180.0) == Progress(180.0, 1.0, 22.5, 0.0)


def test_time_before_the_first_position_does_not_count(clock: Clock) -> None:
    meter = ProgressMeter(100.0, clock)
    clock.now += 1000  # the engine is loaded
    meter.at(0.0)
    clock.now += 1
    assert meter.at(10.0).speed == 10.0


def test_a_start_in_the_middle_counts_only_what_was_separated_since(clock: Clock) -> None:
    meter = ProgressMeter(100.0, clock)
    meter.at(40.0)
    clock.now += 2
    assert meter.at(60.0) == Progress(60.0, 0.6, 10.0, 4.0)


def test_an_unknown_length_gives_a_speed_but_no_fraction_and_no_time_left(clock: Clock) -> None:
    for total_s in (None, 0.0):
        meter = ProgressMeter(total_s, clock)
        meter.at(0.0)
        clock.now += 2
        assert meter.at(30.0) == Progress(30.0, None, 15.0, None)


def test_a_song_longer_than_it_said_is_never_more_than_done(clock: Clock) -> None:
    meter = ProgressMeter(10.0, clock)
    meter.at(0.0)
    clock.now += 1
    assert meter.at(12.0) == Progress(12.0, 1.0, 12.0, 0.0)


def test_no_time_and_no_progress_give_no_speed(clock: Clock) -> None:
    meter = ProgressMeter(10.0, clock)
    meter.at(0.0)
    assert meter.at(5.0) == Progress(5.0, 0.5, None, None)
    clock.now += 1
    assert meter.at(0.0) == Progress(0.0, 0.0, None, None)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (0.99, "0:00"),
        (59.99, "0:59"),
        (60, "1:00"),
        (187, "3:07"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (3723, "1:02:03"),
        (36000, "10:00:00"),
    ],
)
def test_times_read_like_a_clock(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def test_a_token_that_another_thread_cancels_raises_from_then_on() -> None:
    token = CancelToken()
    token.raise_if_cancelled()
    assert not token.cancelled
    thread = threading.Thread(target=token.cancel)
    thread.start()
    thread.join()
    assert token.cancelled
    for _ in range(2):
        with pytest.raises(CancelledError):
            token.raise_if_cancelled()


def test_the_rate_of_a_transfer_is_that_of_the_last_seconds(clock: Clock) -> None:
    seen: list[Transfer] = []
    meter = TransferMeter(seen.append, clock)
    meter.at(0, 1000)
    for _ in range(10):
        clock.now += 1
        meter.at(seen[-1].done + 10, 1000)
    for _ in range(6):
        clock.now += 1
        meter.at(seen[-1].done + 50, 1000)
    assert seen[-1] == Transfer("downloading", 400, 1000, 50.0, 12.0)
    assert seen[-1].fraction == 0.4


def test_a_transfer_of_unknown_size_has_no_end(clock: Clock) -> None:
    seen: list[Transfer] = []
    meter = TransferMeter(seen.append, clock)
    for done in (0, 100):
        meter.at(done, None)
        clock.now += 1
    assert seen[-1] == Transfer("downloading", 100, None, 100.0, None)
    assert seen[-1].fraction is None


def test_transfers_are_reported_no_faster_than_anybody_can_see_but_the_end_always_is(clock: Clock) -> None:
    seen: list[Transfer] = []
    meter = TransferMeter(seen.append, clock)
    for done in range(101):
        meter.at(done, 100)
        clock.now += 0.001
    assert [transfer.done for transfer in seen] == [0, 100]
