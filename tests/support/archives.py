"""Archives of models, good and odd ones, and catalogues that offer them."""

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


@dataclass(frozen=True)
class Member:
    """One entry of a tar file; ``size`` is what it declares, if not the size of ``data``."""

    name: str
    data: bytes = b""
    kind: bytes = tarfile.REGTYPE
    target: str = ""
    size: int | None = None


def directory(name: str) -> Member:
    return Member(name, kind=tarfile.DIRTYPE)


def symlink(name: str, target: str) -> Member:
    return Member(name, kind=tarfile.SYMTYPE, target=target)


def hard_link(name: str, target: str) -> Member:
    return Member(name, kind=tarfile.LNKTYPE, target=target)


def device(name: str) -> Member:
    return Member(name, kind=tarfile.CHRTYPE)


def pipe(name: str) -> Member:
    return Member(name, kind=tarfile.FIFOTYPE)


def tar(members: Iterable[Member], end: bool = True) -> bytes:
    """Without compression; ``end`` False leaves out the blocks that say that there is no more."""
    written = io.BytesIO()
    for member in members:
        info = tarfile.TarInfo(member.name)
        info.type, info.linkname, info.mtime = member.kind, member.target, 1_572_000_000
        info.size = len(member.data) if member.size is None else member.size
        written.write(info.tobuf(tarfile.PAX_FORMAT))
        written.write(member.data)
        written.write(bytes(-len(member.data) % tarfile.BLOCKSIZE))
    return written.getvalue() + bytes(2 * tarfile.BLOCKSIZE if end else 0)


def packed(members: Iterable[Member], level: int = 1) -> bytes:
    """A .tar.gz file."""
    return gzip.compress(tar(members), level, mtime=0)


def bomb(name: str, parts: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A .tar.gz file with one member of ``parts`` times 16 MiB of zeros, which take 16 kB each; its end is missing."""
    head = tar([Member(name, kind=kind, size=parts << 24)], end=False)
    return _GZIP_HEADER + _deflated(head) + parts * _deflated(bytes(1 << 24))


def _deflated(data: bytes) -> bytes:
    """A piece of a compressed stream that can follow any other one."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush(zlib.Z_FULL_FLUSH)


def files_of(folder: Path, top: str = "") -> list[Member]:
    """The files of a checkpoint folder, without what Antara or Spleeter put beside them; ``top`` goes before their names."""
    wanted = (path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith("."))
    return [Member(top + path.name, path.read_bytes()) for path in wanted if path.name != "antara.json"]


def unpacked_size(archive: bytes) -> int:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return sum(member.size for member in opened)


@dataclass(frozen=True)
class TinyModel:
    """A model with a network of a few kB, and its archive of 2 MB, which a download takes in several parts."""

    configuration: Path
    folder: Path
    archive: bytes = field(repr=False)
    unpacked: int

    @property
    def size(self) -> int:
        return len(self.archive)


def make_tiny_model(root: Path) -> None:
    """In a folder of its own, which must not exist; takes TensorFlow some seconds."""
    from tests.support import songs, spleeter_reference

    params = spleeter_reference.configuration("2stems") | {"model_dir": "tiny", "T": 64, "F": 64}
    params["model"] = {"type": "unet.unet", "params": {"conv_n_filters": [1] * 6}}
    root.mkdir()
    (root / "tiny.json").write_text(json.dumps(params), "utf-8")
    folder = spleeter_reference.make_checkpoint(root / "tiny", params, songs.music(2, seed=1))
    (folder / "noise.bin").write_bytes(np.random.default_rng(0).bytes(2_000_000))


def tiny_model(root: Path) -> TinyModel:
    """What ``make_tiny_model`` made in ``root``."""
    members = files_of(root / "tiny")
    return TinyModel(root / "tiny.json", root / "tiny", packed(members), sum(len(member.data) for member in members))


def offer(archive: bytes, *urls: str, **changes: object) -> dict[str, object]:
    """What the catalogue says of an archive; ``changes`` are lies or gaps in it."""
    right = {
        "urls": urls,
        "sha256": hashlib.sha256(archive).hexdigest(),
        "size": len(archive),
        "about": len(archive),
        "unpacked": 1 << 28,
    }
    return right | changes


def catalogue_text(archives: Mapping[str, Mapping[str, object]], tiny: TinyModel | None = None) -> str:
    """The text of Antara's own catalogue with these archives in it, and with the model ``tiny`` if it is given."""
    catalogue: dict[str, Any] = json.loads(files("resources").joinpath("models.json").read_text("utf-8"))
    catalogue["archives"] |= archives
    if tiny:
        entry = {"name": "tiny", "configuration": str(tiny.configuration), "folder": "tiny", "masks": "ratio"}
        catalogue["models"].append(entry)
    return json.dumps(catalogue)


def tree(folder: Path) -> dict[str, bytes]:
    """The contents of all files below a folder by their names."""
    found = (Path(root) / name for root, _, names in os.walk(folder) for name in names)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
