"""The training itself: batches by (seed, step), AdamW, averaged weights, checkpoints to go on from bit for bit.

Masks are direct: the share of each bin of the mix that a network gives is its stem, and what is left of a model with a
residual stem is that. The loss is the L1 between the stems' magnitudes, as builtin-v0 had it, and between their spectra,
which also counts what the mix's phase costs.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import Tensor

from core.arrays import FloatArray
from core.cancel import CancelToken
from core.errors import TrainingBegunError, TrainingDataError
from core.separation.geometry import Geometry
from core.training import export, state, validation
from core.training.config import Configuration
from core.training.log import Log
from core.training.network import UNets, new_weights, shape_of
from core.training.pack import Pack
from core.training.remix import Remixer
from core.training.spectra import Transform

STATE = "state.npz"
_STRETCH = 32  # frames: 0.74 s of Spleeter's; a segment has a multiple of 64
_MAGNITUDE_FLOOR = 1e-12  # under the root: its gradient at 0 is infinite
_GROUPS = ("weights", "ema", "first", "second")  # what a checkpoint holds of each array: Adam's two moments are the last


@dataclass(frozen=True)
class Progress:
    """After a step. ``scores`` are the SDRs in dB by stem, where the step had a validation."""

    step: int
    steps: int
    loss: float
    speed: float  # steps a second
    scores: Mapping[str, float] | None = None


def sizes_of(configuration: Configuration, rate: int) -> Geometry:
    """The transform at a pack's rate: frames as long in time as the configuration's, and with magnitudes like theirs."""
    factor = configuration.sample_rate / rate
    length, hop = round(configuration.frame_length / factor), round(configuration.frame_step / factor)
    return Geometry(length, hop, configuration.segment_frames, configuration.F, configuration.frame_length / length)


class Trainer:
    """One training in a folder: ``state.npz``, ``log.csv``, ``log.svg``, and ``model`` with the best weights so far.

    ``start`` are weights of the same networks to begin with, under Spleeter's names; without them these are random.
    Raises TrainingDataErrors and OutputErrors; TrainingBegunError where one was begun and is not to be gone on with.
    """

    def __init__(
        self,
        configuration: Configuration,
        pack: Pack,
        folder: Path,
        device: str = "cpu",
        resume: bool = False,
        start: Mapping[str, FloatArray] | None = None,
    ) -> None:
        self._configuration, self._options, self._folder = configuration, configuration.training, folder
        self._device = device
        self._sizes = sizes_of(configuration, pack.rate)
        self._transform = Transform(self._sizes, device)
        samples = Transform.samples(self._sizes, configuration.segment_frames)
        mixing = configuration.training.mixing
        stems, seed = configuration.stems, configuration.random_seed
        self._remixer = Remixer(pack, "train", stems, samples, seed, mixing)
        self._judge = validation.Judge(
            Remixer(pack, "validation", stems, samples, seed, msgspec.structs.replace(mixing, silence=0.0)),
            self._options.validation_examples,
            self._transform,
            pack.rate,
        )
        begun = (folder / STATE).is_file()
        if begun and not resume:
            raise TrainingBegunError(path=folder)
        try:
            self._begin(state.read(folder / STATE) if begun else None, start)
        except (KeyError, ValueError) as error:  # of another network
            raise TrainingDataError(path=folder / STATE, detail=str(error)) from error
        self._log = Log(folder, self.step)

    def _begin(self, before: state.State | None, start: Mapping[str, FloatArray] | None) -> None:
        shape = shape_of(
            len(self._configuration.instrument_list), self._configuration.model.type, self._configuration.model.params
        )
        if before:
            weights = _group(before.arrays, "weights")
        else:
            weights = dict(start or new_weights(shape, self._configuration.random_seed))
        self.nets = UNets(shape, weights, self._device, self._options.dropout)
        averaged = UNets(shape, _group(before.arrays, "ema") if before else weights, self._device)
        self._averaged = averaged
        parameters = list(self.nets.parameters.values())
        self._optimiser = torch.optim.AdamW(
            parameters, lr=self._configuration.learning_rate, weight_decay=self._options.weight_decay, fused=True
        )
        numbers = before.numbers if before else {}
        self.step = int(numbers.get("step", 0))
        self._best, self._since_best = float(numbers.get("best", -math.inf)), int(numbers.get("since_best", 0))
        self._losses: list[float] = list(numbers.get("losses", ()))
        self._seconds = float(numbers.get("seconds", 0.0))
        if before:
            self._restore_optimiser(before)

    def _restore_optimiser(self, before: state.State) -> None:
        for name, parameter in self.nets.parameters.items():
            if f"first/{name}" in before.arrays:
                # In the memory order of the parameter: the fused steps go through all of them side by side.
                first, second = (
                    torch.empty_like(parameter, requires_grad=False).copy_(torch.from_numpy(before.arrays[f"{kind}/{name}"]))
                    for kind in _GROUPS[2:]
                )
                self._optimiser.state[parameter] = {
                    "step": torch.tensor(float(self.step)),
                    "exp_avg": first,
                    "exp_avg_sq": second,
                }

    def run(
        self,
        cancel: CancelToken | None = None,
        seconds: float = math.inf,
        report: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        """Trains up to the last step, until ``seconds`` have passed, it gets no better, or ``cancel``; then saves."""
        token = cancel or CancelToken()
        begun = time.monotonic()
        last_step = self._configuration.train_max_steps
        with self._batches() as batches:
            while self.step < last_step and time.monotonic() - begun < seconds and not token.cancelled:
                started = time.monotonic()
                loss = self._advance(next(batches))
                self._losses.append(loss)
                self.step += 1
                took = time.monotonic() - started
                self._seconds += took
                scores = None
                if self.step % self._options.validate_steps == 0 or self.step == last_step:
                    scores = self._validate()
                report(Progress(self.step, last_step, loss, 1 / took, scores))
                if self.step % self._configuration.save_checkpoints_steps == 0:
                    self.save()
                if 0 < self._options.patience <= self._since_best:
                    break
        self.save()

    def save(self) -> None:
        """Writes the checkpoint."""
        arrays = {f"weights/{name}": array for name, array in self.nets.weights().items()}
        arrays |= {f"ema/{name}": array for name, array in self._averaged.weights().items()}
        for name, parameter in self.nets.parameters.items():
            moments = self._optimiser.state.get(parameter)
            if moments:
                arrays[f"first/{name}"] = moments["exp_avg"].cpu().numpy()
                arrays[f"second/{name}"] = moments["exp_avg_sq"].cpu().numpy()
        numbers = {
            "step": self.step,
            "best": self._best if math.isfinite(self._best) else -1e9,
            "since_best": self._since_best,
            "losses": self._losses,
            "seconds": self._seconds,
        }
        state.write(self._folder / STATE, state.State(arrays, numbers))

    def averaged_weights(self) -> dict[str, FloatArray]:
        """The averaged weights as they are now, under Spleeter's names."""
        return self._averaged.weights()

    def _advance(self, stems: FloatArray) -> float:
        """One step on stems (batch, stems, n, 2); returns the loss."""
        # What is dropped is the same when the step is done again.
        torch.manual_seed(self._configuration.random_seed * 1_000_003 + self.step)
        for group in self._optimiser.param_groups:
            group["lr"] = self._configuration.learning_rate * self._schedule()
        self._optimiser.zero_grad(set_to_none=True)
        loss = self._loss(torch.from_numpy(stems).to(self._device))
        loss.backward()
        trained = [parameter for parameter in self.nets.parameters.values() if parameter.grad is not None]
        torch.nn.utils.clip_grad_norm_(trained, self._options.clip)
        self._optimiser.step()
        self._average()
        return float(loss.detach())

    def _loss(self, stems: Tensor) -> Tensor:
        samples = stems.permute(1, 0, 3, 2).contiguous()  # (stems, batch, 2, n)
        spectra = self._transform.forward(samples)[..., : self._sizes.bins]
        mix = spectra.sum(0)
        magnitudes = (mix.real**2 + mix.imag**2 + _MAGNITUDE_FLOOR).sqrt()
        with torch.autocast(torch.device(self._device).type, torch.bfloat16, enabled=self._in_bf16()):
            masks = self.nets.activated(self.nets.logits(magnitudes, training=True), len(spectra))
        options, error = self._options, masks * mix - spectra
        power = error.real**2 + error.imag**2
        loss = torch.zeros((), device=self._device)
        if options.magnitude_weight:
            true = (spectra.real**2 + spectra.imag**2 + _MAGNITUDE_FLOOR).sqrt()
            loss = loss + options.magnitude_weight * (masks * magnitudes - true).abs().mean()
        if options.spectrum_weight:
            loss = loss + options.spectrum_weight * (power + _MAGNITUDE_FLOOR).sqrt().mean()
        if options.error_weight:
            loss = loss + options.error_weight * _relative_level(power, magnitudes)
        if options.waveform_weight:
            padded = torch.nn.functional.pad(error, (0, self._sizes.half - self._sizes.bins))
            loss = loss + options.waveform_weight * self._transform.inverse(padded).abs().mean()
        return loss

    def _in_bf16(self) -> bool:
        """Where it helps: on GPUs. On CPUs only when asked for."""
        precision = self._options.precision
        return precision == "bf16" or (precision == "auto" and torch.device(self._device).type == "cuda")

    def _schedule(self) -> float:
        """The factor of the learning rate: a linear warm-up, then a cosine down to ``final_rate``."""
        warm = min(1.0, (self.step + 1) / max(self._options.warm_up_steps, 1))
        done = min(1.0, self.step / self._configuration.train_max_steps)
        final = self._options.final_rate
        return warm * (final + (1 - final) * 0.5 * (1 + math.cos(math.pi * done)))

    def _average(self) -> None:
        """Exponential moving averages; at first over fewer steps."""
        weight = 1 - min(self._options.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for averaged, current in (
                (self._averaged.parameters, self.nets.parameters),
                (self._averaged.statistics, self.nets.statistics),
            ):
                torch._foreach_lerp_(list(averaged.values()), list(current.values()), weight)

    def _validate(self) -> dict[str, float]:
        judged = self._averaged
        if self._options.calibrate:
            judged = UNets(judged.shape, self._judge.calibrated(judged), self._device)
        scores = self._judge.scores(judged, self._configuration.stems)
        mean = float(np.mean(list(scores.values())))
        self._since_best += 1
        if mean > self._best:
            self._best, self._since_best = mean, 0
            export.write_model(self._folder / "model", self._configuration, judged.weights())
        row = {"step": self.step, "minutes": self._seconds / 60, "loss": float(np.mean(self._losses))}
        row |= {"learning_rate": self._configuration.learning_rate * self._schedule()}
        self._log.add({**row, **{f"sdr_{stem}": value for stem, value in scores.items()}})
        self._losses = []
        return scores

    @contextmanager
    def _batches(self) -> Iterator[Iterator[FloatArray]]:
        """Batches from the present step on, made ahead in threads."""
        size = self._configuration.batch_size
        workers = self._options.workers
        with ThreadPoolExecutor(workers) as pool:
            waiting: deque[Future[FloatArray]] = deque()

            def ahead() -> Iterator[FloatArray]:
                step = self.step
                while True:
                    while len(waiting) < workers + 1:
                        waiting.append(pool.submit(self._remixer.batch, step, size))
                        step += 1
                    yield waiting.popleft().result()

            try:
                yield ahead()
            finally:
                for future in waiting:
                    future.cancel()


def _relative_level(power: Tensor, magnitudes: Tensor) -> Tensor:
    """The mean over stems and stretches of the root of the error's energy over the mix's.

    Power (stems, batch, 2, frames, bins) of the error, magnitudes (batch, 2, frames, bins) of the mix. An L1 leaves a bin to
    the more likely stem; energy gives each its share, as the SDR wants it. The mix counts as a tenth of its mean at least.
    """
    errors = _energies(power)
    mix = _energies(magnitudes**2)
    return (errors / (mix + 0.1 * mix.mean(-1, keepdim=True) + _MAGNITUDE_FLOOR) + _MAGNITUDE_FLOOR).sqrt().mean()


def _energies(power: Tensor) -> Tensor:
    """(…, stretches) of power (…, 2, frames, bins)."""
    frames = power.shape[-2] // _STRETCH * _STRETCH
    energies: Tensor = power[..., :frames, :].sum((-3, -1)).unflatten(-1, (-1, _STRETCH)).sum(-1)
    return energies


def _group(arrays: Mapping[str, FloatArray], group: str) -> dict[str, FloatArray]:
    prefix = f"{group}/"
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
