"""A training configuration: Spleeter's own JSON format, and under the key ``training`` what that does not say."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from core.decoding import from_json
from core.errors import ModelConfigurationError
from core.models.catalogue import input_roots
from core.training.remix import Mixing

_FRAMES_STEP = 64  # what the networks' six halvings need


class Network(msgspec.Struct, frozen=True):
    """Spleeter's ``model``."""

    type: Literal["unet.unet", "unet.softmax_unet"] = "unet.unet"
    params: dict[str, Any] = {}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What Spleeter's format does not say. Steps are batches."""

    residual: str | None = None  # the stem that is what the others leave; of a single network "accompaniment"
    segment_frames: int = 0  # STFT frames of an example; T if 0
    warm_up_steps: int = 200
    final_rate: float = 0.02  # of the learning rate, at the end of the cosine
    weight_decay: float = 0.0
    ema: float = 0.999
    dropout: float = 0.5  # in the first layers of the decoder
    clip: float = 1.0  # the most that the norm of the gradients may be
    magnitude_weight: float = 1.0  # of the L1 between magnitudes
    spectrum_weight: float = 1.0  # of the L1 between complex spectra
    error_weight: float = 0.0  # of the error's level against the mix's, over stretches of 32 frames: what the SDR counts
    waveform_weight: float = 0.0  # of the L1 between samples
    precision: Literal["auto", "f32", "bf16"] = "auto"
    validate_steps: int = 500
    validation_examples: int = 24
    expander: bool = False  # the model is to be run with one: see core/separation/expander
    calibrate: bool = False  # shift and scale the logits to what separates the validation examples best
    patience: int = 0  # validations without a better one before it ends; 0: never
    workers: int = 1  # threads that make batches
    mixing: Mixing = Mixing()


class Configuration(msgspec.Struct, frozen=True):
    """Spleeter's format, as far as a training needs it."""

    instrument_list: tuple[str, ...]
    sample_rate: int = 44100
    frame_length: int = 4096
    frame_step: int = 1024
    T: int = 512
    F: int = 1024
    mix_name: str = "mix"
    train_csv: str = ""
    validation_csv: str = ""
    learning_rate: float = 1e-4
    batch_size: int = 4
    train_max_steps: int = 100_000
    save_checkpoints_steps: int = 300
    random_seed: int = 0
    n_channels: Literal[2] = 2
    separation_exponent: float = 2.0
    mask_extension: Literal["zeros", "average"] = "zeros"
    model: Network = Network()
    training: Options = Options()

    def __post_init__(self) -> None:
        if not self.instrument_list or self.segment_frames % _FRAMES_STEP or self.F % _FRAMES_STEP:
            raise ValueError(f"T and F must be multiples of {_FRAMES_STEP}, and instrument_list not empty")
        if self.training.expander and len(self.instrument_list) > 1:
            raise ValueError("an expander needs one network, and the stem that it leaves")
        input_roots(self.model.params)

    @property
    def segment_frames(self) -> int:
        return self.training.segment_frames or self.T

    @property
    def residual(self) -> str | None:
        """The stem without a network: of one network alone there is always one."""
        return self.training.residual or ("accompaniment" if len(self.instrument_list) == 1 else None)

    @property
    def stems(self) -> tuple[str, ...]:
        """All stems, those with a network first."""
        return self.instrument_list if self.residual is None else (*self.instrument_list, self.residual)


def read_configuration(path: Path) -> Configuration:
    """Raises ModelConfigurationError."""
    try:
        return from_json(path.read_bytes(), Configuration)
    except (OSError, ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise ModelConfigurationError(path=path, detail=str(error)) from error
