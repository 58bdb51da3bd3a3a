"""``train``: trains a model on songs with known stems."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from core.cancel import CancelToken
from core.cli.console import say
from core.errors import ModelConfigurationError, TrainingStoppedError

if TYPE_CHECKING:
    from core.models.weights import Weights
    from core.training.config import Configuration
    from core.training.trainer import Progress


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    """Adds the command to a parser."""
    parser = commands.add_parser(
        "train", parents=[shared], help="train a model of your own (needs PyTorch: requirements-train.txt)"
    )
    parser.set_defaults(run=_run)
    parser.add_argument("configuration", type=Path, metavar="CONFIG.json", help="in Spleeter's format for training")
    parser.add_argument(
        "-d", "--data", type=Path, required=True, metavar="FOLDER",
        help="what the paths in the CSV files start at; or a folder of songs and pools of stems; or a packed set",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("training"), metavar="FOLDER", help="for the result (training)")
    parser.add_argument(
        "--start", metavar="MODEL",
        help="begin with the weights of this model (a name, or a configuration file) instead of random ones",
    )  # fmt: skip
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps (auto)")
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after so long, to be gone on with")
    parser.add_argument("--threads", type=int, help="of the CPU; default: as PyTorch chooses")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in the folder")
    parser.add_argument("--pack-only", action="store_true", help="only decode the songs into a packed set")
    parser.add_argument(
        "--composed-minutes", type=float, default=120, metavar="N",
        help="of accompaniments composed from sampled instruments, where FOLDER is laid out as the project's own data (120)",
    )  # fmt: skip
    parser.add_argument(
        "--song-minutes", type=float, default=15, metavar="N",
        help="there, too: of whole songs, voices over accompaniments composed in their key (15)",
    )  # fmt: skip
    parser.add_argument("--spleeter", action="store_true", help="at the end write a checkpoint for Spleeter, too")


def _run(options: argparse.Namespace, cancel: CancelToken) -> bool:
    from core.training import torch_runtime

    torch_runtime.require()  # packing needs only SciPy of what the same file of requirements brings
    from core.training.config import read_configuration  # which needs SciPy, too
    from core.training.export import spleeter_problem

    configuration = read_configuration(options.configuration)
    if options.spleeter and (problem := spleeter_problem(configuration)):  # now, not after the training
        raise ModelConfigurationError(path=options.configuration, detail=problem)
    start = _starting_weights(options, configuration) if options.start else None
    folder = _packed(options, configuration, cancel)
    if not options.pack_only:
        _train(options, configuration, folder, start, cancel)
    return True


def _starting_weights(options: argparse.Namespace, configuration: "Configuration") -> "Weights":
    from core.models import catalogue, weights
    from core.training.network import shape_of

    model, network = catalogue.find(options.start), configuration.model
    theirs = shape_of(len(model.networks), model.function, model.function_params)
    ours = shape_of(len(configuration.instrument_list), network.type, network.params)
    if model.bag or (model.networks, theirs) != (configuration.instrument_list, ours):
        raise ModelConfigurationError(path=options.configuration, detail=f"its networks are not those of {options.start}")
    return weights.load(model)


def _packed(options: argparse.Namespace, configuration: "Configuration", cancel: CancelToken) -> Path:
    """The packed set: the given one, the one made before, or a new one."""
    from core.training import corpus, data
    from core.training.pack import is_pack, pack_rate

    root, folder = options.data, options.out / "pack"
    if is_pack(root):
        return Path(root)
    if not is_pack(folder):
        stems, mix = configuration.stems, configuration.mix_name
        rate = pack_rate(configuration.sample_rate, configuration.frame_length, configuration.F)
        say(f"Decoding the songs into {folder} …")
        if corpus.is_corpus(root) and stems == corpus.STEMS:
            corpus.write_pack(folder, root, rate, options.composed_minutes, options.song_minutes, cancel)
        else:
            data.write_pack(folder, data.songs(configuration, root), rate, stems, mix, cancel)
    return Path(folder)


def _train(
    options: argparse.Namespace,
    configuration: "Configuration",
    folder: Path,
    start: "Weights | None",
    cancel: CancelToken,
) -> None:
    from core.models import weights
    from core.models.catalogue import read_configuration
    from core.training import export, torch_runtime
    from core.training.pack import Pack
    from core.training.trainer import STATE, Trainer

    device = torch_runtime.device(options.device, options.threads)
    trainer = Trainer(configuration, Pack(folder), options.out, device, options.resume, start)
    say(f"Training on {device}, from step {trainer.step} …")
    trainer.run(cancel, options.minutes * 60, _said)
    if cancel.cancelled:
        raise TrainingStoppedError(step=trainer.step, path=options.out / STATE)
    say(f"Step {trainer.step}; the state is in {options.out}, the best model in {options.out / 'model'}.")
    if options.spleeter:
        best = options.out / "model" / "config.json"  # the same weights for both, where there was a validation
        arrays = weights.load(read_configuration(best, "trained")) if best.is_file() else trainer.averaged_weights()
        path = export.write_spleeter_model(options.out / "spleeter", configuration, arrays)
        say(f"For Spleeter: spleeter separate -p {path}")


def _said(progress: "Progress") -> None:
    """A line for each validation."""
    if progress.scores is not None:
        scores = ", ".join(f"{stem} {value:.2f} dB" for stem, value in progress.scores.items())
        say(f"step {progress.step} of {progress.steps}: loss {progress.loss:.5f}, {scores}, {progress.speed:.2f} steps/s")
