"""Arguments that several commands take."""

import argparse


def add_engine_arguments(parser: argparse.ArgumentParser) -> None:
    """What runs the networks, and where: engine, device, precision, threads."""
    parser.add_argument(
        "--engine",
        choices=("auto", "openvino", "onnx", "pytorch", "tensorflow"),
        default="auto",
        help="default: the fastest one here",
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "gpu", "npu", "cuda", "rocm", "mps", "xpu"),
        default="auto",
        help="default: a GPU if there is one that works; cuda to xpu: NVIDIA's, AMD's, Apple's, Intel's GPU",
    )
    parser.add_argument(
        "--precision",
        choices=("auto", "f32", "bf16"),
        default="auto",
        help="default: bf16 where the CPU computes in it and the difference cannot be heard, except in reference mode",
    )
    parser.add_argument("--threads", type=positive, metavar="N", help="for the network; default: all processors")


def positive(text: str) -> int:
    """A whole number from 1 up."""
    value = number(text)
    if not value:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return value


def number(text: str) -> int:
    """A whole number from 0 up."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def seconds(text: str) -> float:
    """Not negative, and finite."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value
