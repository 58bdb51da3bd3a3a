"""A program that changes the queue without end, for tests in which it is killed.

Usage: ``python -m tests.support.queue_writer FOLDER``. Adds songs, runs and moves some, and prints the number of each song
after it is on the disk. The file is written anew every few songs.
"""

import sys
from pathlib import Path

from core import queue_journal
from core.queue import Queue
from core.queue_journal import Journal


def song(number: int) -> Path:
    return Path(f"/songs/गीत {number}.mp3")


def main() -> None:
    queue_journal._SPARE_LINES = 20
    queue = Queue(Journal(Path(sys.argv[1]) / "queue.jsonl", lambda error: None))
    number = 0
    while True:
        number += 1
        queue.add([song(number)])
        if number % 3 == 0:
            item = queue.take()
            assert item
            queue.done(item.id, {"vocals": Path(f"/out/{item.song.stem}/vocals.wav")})
        for length in range(3):
            queue.set_lengths({queue.items[0].id: float(length)})
        if number % 7 == 0:
            queue.move([queue.items[-1].id], 0)
        queue.flush()
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
