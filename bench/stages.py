"""Each part of a separation by itself. ``python -m bench.stages MODEL ENGINE PRECISION SONG FOLDER`` prints JSON.

Everything but the network runs in one thread here. Seconds are those of one chunk (512 frames, 11.9 s of music), the clock's
and the processor's, which for the network is that of all its threads. ``limit_s`` is what ``limits.py`` measures for the
bare operation.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench import limits
from core.arrays import FloatArray
from core.audio.naming import stem_paths
from core.audio.reader import read_blocks
from core.audio.writer import Sound, StemWriter
from core.engines import Engine, EngineOptions, choice
from core.engines.hardware import processors
from core.models import catalogue
from core.models.catalogue import Model
from core.separation import masks
from core.separation.geometry import geometry
from core.separation.separator import MaskFilter, StemBlock, _Inverse
from core.separation.stft import TILE, Chunk, Samples, framed, transformed

_CHUNKS = 6
_REPEATS = 3
_INT16_STEREO_BYTES = 4


@dataclass(frozen=True)
class Part:
    """One part of the work, a chunk of it."""

    name: str
    wall_s: float
    cpu_s: float
    limit: str  # what the limit is
    limit_s: float


def main(model_name: str, engine_name: str, precision: str, song: str, folder: str) -> None:
    model = catalogue.find(model_name)
    engine = choice.choose(model, EngineOptions(engine_name, "cpu", precision))
    chunk_s = model.chunk_frames * model.hop / model.sample_rate
    reading = _decoding(model, Path(song), chunk_s)
    blocks = list(read_blocks(Path(song), model.sample_rate, duration_s=(_CHUNKS + 1) * chunk_s))
    transforming, chunks = _transforming(model, blocks)
    gemm = limits.gemm_rate(precision)
    operations = limits.network_operations(model)
    network, estimates = _network(engine, chunks, operations / gemm)
    inverting, stems = _inverting(model, chunks, estimates)
    writing = _writing(model, stems, Path(folder))
    parts = [reading, *transforming, network, *inverting, *writing]
    facts = {"chunk_s": chunk_s, "gemm": gemm, "operations": operations, "processors": processors()}
    print(json.dumps({**facts, "parts": [asdict(part) for part in parts]}))


def _timed(work: Callable[[], object], chunks: float, repeats: int = _REPEATS) -> tuple[float, float]:
    """Seconds and processor seconds a chunk, the medians of some repeats; a run before them does not count."""
    found = []
    for _ in range(repeats + 1):
        start, cpu_start = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - start, time.process_time() - cpu_start))
    wall_s, cpu_s = (median(column) / chunks for column in zip(*found[1:], strict=True))
    return wall_s, cpu_s


def _exhaust(items: Iterable[object]) -> None:
    """As the pipeline does, keeps nothing of what it takes."""
    for _ in items:
        pass


def _decoding(model: Model, song: Path, chunk_s: float) -> Part:
    samples = sum(len(block) for block in read_blocks(song, model.sample_rate))
    chunks = samples / model.sample_rate / chunk_s
    seconds = _timed(lambda: _exhaust(read_blocks(song, model.sample_rate)), chunks)
    return Part("decode", *seconds, "FFmpeg alone", limits.decode_s(song) / chunks)


def _transforming(model: Model, blocks: list[FloatArray]) -> tuple[list[Part], list[Chunk]]:
    """Framing and STFT, and whole chunks to go on with."""
    sizes = geometry(model)
    parts: list[Samples] = [part for part in framed(blocks, sizes) if part.frames == model.chunk_frames][:_CHUNKS]
    samples = sum(len(block) for block in blocks)
    framing = _timed(lambda: _exhaust(framed(blocks, sizes)), samples / model.hop / model.chunk_frames)
    transform = _timed(lambda: _exhaust(transformed(parts, sizes)), len(parts))
    found = [
        Part("frame", *framing, "a copy", limits.copy_s(parts[0].samples)),
        Part("STFT", *transform, "FFT", limits.transform_s(model)),
    ]
    return found, list(transformed(parts, sizes))


def _network(engine: Engine, chunks: list[Chunk], limit_s: float) -> tuple[Part, list[FloatArray]]:
    magnitudes = [chunk.magnitude for chunk in chunks]
    seconds = _timed(lambda: _exhaust(engine.estimates(magnitudes)), len(chunks))
    return Part("network", *seconds, "GEMM", limit_s), list(engine.estimates(magnitudes))


def _inverting(model: Model, chunks: list[Chunk], estimates: list[FloatArray]) -> tuple[list[Part], list[StemBlock]]:
    """Masks alone, and what the inverse takes on top of them."""
    sizes = geometry(model)
    inverse = _Inverse(model, sizes, "full", MaskFilter(model, sizes, "full"))
    inverted = len(model.stems) - 1

    def stems() -> list[StemBlock]:
        return [inverse.stems(chunk, estimate) for chunk, estimate in zip(chunks, estimates, strict=True)]

    whole = _timed(lambda: _exhaust(stems()), len(chunks))
    masking = _timed(lambda: _mask_all(model, chunks, estimates), len(chunks))
    rest = (whole[0] - masking[0], whole[1] - masking[1])
    found = [
        Part("masks", *masking, "a copy", limits.tile_copies_s(estimates[0])),
        Part("inverse", *rest, "FFT" if inverted == 1 else f"{inverted} FFTs", inverted * limits.transform_s(model)),
    ]
    return found, stems()


def _mask_all(model: Model, chunks: list[Chunk], estimates: list[FloatArray]) -> None:
    for chunk, estimate in zip(chunks, estimates, strict=True):
        for first in range(0, chunk.frames, TILE):
            tile = slice(first, first + TILE)
            masks.stem_masks(model, estimate[:, :, tile], chunk.magnitude[:, tile])


def _writing(model: Model, blocks: list[StemBlock], folder: Path) -> list[Part]:
    """Encoding to files of 16 bits, and what it takes to bring them to the disk under their names."""
    chunks, clock = len(blocks), time.perf_counter
    found = []
    for number in range(_REPEATS):
        with StemWriter(stem_paths(Path("song"), model.stems, folder / str(number)), Sound(model.sample_rate)) as writer:
            start, cpu_start = clock(), time.process_time()
            for block in blocks:
                writer.write(block.stems)
            written, cpu_written = clock(), time.process_time()
        ended, cpu_ended = clock(), time.process_time()
        found.append((written - start, cpu_written - cpu_start, ended - written, cpu_ended - cpu_written))
    write_s, write_cpu_s, commit_s, commit_cpu_s = (median(column) / chunks for column in zip(*found, strict=True))
    total = sum(block.end - block.start for block in blocks) * len(model.stems) * _INT16_STEREO_BYTES
    pieces = chunks * len(model.stems)
    copies = [limits.write_s(folder, total, pieces) for _ in range(_REPEATS)]
    copy_s, sync_s = (median(column) / chunks for column in zip(*copies, strict=True))
    return [
        Part("encode", write_s, write_cpu_s, "a write", copy_s),
        Part("to the disk", commit_s, commit_cpu_s, "fsync", sync_s),
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
