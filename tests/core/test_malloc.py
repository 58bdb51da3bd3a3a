"""Large blocks of memory are kept while a network runs, whatever thread it runs in, and go back to the system afterwards."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core import malloc

_SIZE = 64_000_000
_PAGES = _SIZE // 4096

_PROGRAM = f"""
import json, resource, threading
from pathlib import Path
from core import malloc

malloc.share()
malloc.keep_large()
found = {{}}

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])

def work():
    bytearray({_SIZE})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        bytearray({_SIZE})
    found["faults"] = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

thread = threading.Thread(target=work)
thread.start()
thread.join()
kept = resident()
malloc.give_back()
found["given_back"] = kept - resident()
print(json.dumps(found))
"""


@pytest.mark.skipif(malloc._glibc() is None, reason="glibc only")
def test_a_large_block_is_used_again_in_any_thread_until_it_is_given_back() -> None:
    root = Path(__file__).resolve().parents[2]
    printed = subprocess.run([sys.executable, "-c", _PROGRAM], cwd=root, capture_output=True, check=True).stdout
    found = json.loads(printed)
    assert found["faults"] < _PAGES / 10  # and 5 times as many as it has pages where each is new
    assert found["given_back"] > _PAGES / 2
