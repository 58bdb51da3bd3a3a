"""A file of Demucs' kind from anywhere: it makes nothing while it is read, and takes no more memory than it is long."""

import importlib
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ModelConfigurationError, ModelDamagedError
from core.models import bags, catalogue
from tests.support import bags as repositories

pytestmark = pytest.mark.skipif(not bags.can_run(), reason="Demucs is not installed (requirements-demucs.txt)")

SMALL = {"sources": ["vocals", "drums"], "channels": 4, "depth": 2}


class Calls:
    """Is pickled as a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def written(path: Path, **changes: Any) -> Path:
    """A file of a small network of the oldest kind, with something else in it."""
    import torch
    from demucs.demucs import Demucs

    repositories.save(path, Demucs, SMALL, 0)
    package = torch.load(path, "cpu", weights_only=False)
    torch.save({**package, **changes}, path)
    return path


def add(path: Path) -> None:
    """As far as adding it goes."""
    from core.models import bag_files

    bag_files.check(catalogue.find(str(path)), path.parent)


def test_the_file_of_these_tests_is_one(tmp_path: Path) -> None:
    add(written(tmp_path / "good.th"))
    add(written(tmp_path / "numbers.th", more=[np.float64(1.5), np.int64(3), np.float32(2), Fraction(39, 5)]))


def calls() -> dict[str, Calls]:
    if not bags.can_run():
        return {}
    from demucs.htdemucs import HTDemucs
    from torch import Tensor

    return {
        "a number of a billion digits": Calls(Fraction, "1e999999999"),
        "a long number": Calls(Fraction, 10**5000, 1),
        "a network": Calls(HTDemucs, ["vocals", "drums"]),
        "a type of numbers of 8 GB": Calls(np.dtype, "V8000000000"),
        "a number of 8 GB": Calls(np.float64().__reduce__()[0], np.dtype("f8")),
        "a file": Calls(Path.touch, Path("sprung")),
        "an import": Calls(importlib.import_module, "os"),
        "a tensor's method": Calls(getattr, Tensor, "data_ptr"),
    }


@pytest.mark.parametrize("name", calls())
def test_nothing_is_called_while_a_file_is_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from demucs.htdemucs import HTDemucs

    path = written(tmp_path / "trap.th", more=calls()[name])
    made: list[object] = []
    monkeypatch.setattr(HTDemucs, "__init__", lambda self, *_: made.append(self))
    with pytest.raises(ModelDamagedError):
        add(path)
    assert made == []


@pytest.mark.parametrize(
    "arguments",
    [
        SMALL | {"channels": 10**6},
        SMALL | {"channels": 2**70},
        SMALL | {"depth": 10**9},
        SMALL | {"depth": 60},
        SMALL | {"growth": 1e300},
        SMALL | {"lstm_layers": 10**8},
        SMALL | {"channels": "many"},
        SMALL | {"audio_channels": -1},
        SMALL | {"kernel_size": 0},
    ],
    ids=str,
)
def test_a_network_that_is_larger_than_its_file_is_not_made(arguments: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ModelDamagedError):
        add(written(tmp_path / "huge.th", kwargs=arguments))


@pytest.mark.parametrize("kind", ["Fraction", "str", None, ["HTDemucs"], Fraction(1), np.float64(1)], ids=str)
def test_what_is_no_network_of_the_package_is_refused(kind: object, tmp_path: Path) -> None:
    with pytest.raises(ModelDamagedError):
        add(written(tmp_path / "odd.th", klass=kind))


def test_weights_that_are_few_numbers_many_times_are_refused(tmp_path: Path) -> None:
    import torch

    package = torch.load(written(tmp_path / "bomb.th"), "cpu", weights_only=False)  # of the tests' own making
    state = {name: torch.zeros(1).expand(part.shape) for name, part in package["state"].items()}
    with pytest.raises(ModelDamagedError, match="overlap"):
        add(written(tmp_path / "bomb.th", state=state))


def test_a_compressed_file_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = written(tmp_path / "good.th", more=b"\0" * 1_000_000)
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(tmp_path / "bomb.th", "w", zipfile.ZIP_DEFLATED) as bomb:
        for name in good.namelist():
            bomb.writestr(name, good.read(name))
    with pytest.raises(ModelDamagedError, match="more than it is long"):
        add(tmp_path / "bomb.th")


@pytest.mark.parametrize(
    "text",
    [
        "models: " + "[" * 9000,
        "a: &a [1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nmodels: [good]\nweights: *c\n",
        "models: [good]\nweights: [" + "1," * 6000 + "]\n",
        "models: ['../good']\n",
        "models: ['/etc/passwd']\n",
        "!!python/object/apply:os.system ['touch sprung']\n",
        "models: [good]\nsegment: .inf\n",
        "models: [good]\nsegment: .nan\n",
        "models: [good]\nsegment: 1e300\n",
    ],
    ids=range(9),
)
def test_a_bag_that_makes_no_sense_is_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "good.th")
    (tmp_path / "bag.yaml").write_text(text)
    with pytest.raises(ModelConfigurationError):
        catalogue.find(str(tmp_path / "bag.yaml"))
    assert not (tmp_path / "sprung").exists()
