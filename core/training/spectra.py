"""The STFT in PyTorch, as ``core.separation.stft`` defines it, for training."""

import torch
from torch import Tensor

from core.separation.geometry import Geometry


class Transform:
    """Both ways between samples (…, n) and spectra (…, frames, half) complex64, on one device."""

    def __init__(self, sizes: Geometry, device: str) -> None:
        self._sizes = sizes
        self._window = torch.hann_window(sizes.frame_length, periodic=True, device=device)

    @property
    def bins(self) -> int:
        """Those that the networks see."""
        return self._sizes.bins

    @property
    def hop(self) -> int:
        return self._sizes.hop

    @staticmethod
    def samples(sizes: Geometry, frames: int) -> int:
        """How many samples ``frames`` frames span."""
        return (frames - 1) * sizes.hop + sizes.frame_length

    def forward(self, samples: Tensor) -> Tensor:
        """The transform of whole frames alone, without padding; times the geometry's gain."""
        sizes = self._sizes
        flat = samples.reshape(-1, samples.shape[-1])
        spectrum = torch.stft(flat, sizes.frame_length, sizes.hop, window=self._window, center=False, return_complex=True)
        spectrum = spectrum.transpose(1, 2) * sizes.gain
        return spectrum.reshape(*samples.shape[:-1], *spectrum.shape[1:])

    def inverse(self, spectrum: Tensor) -> Tensor:
        """Samples by overlap-add; right where four frames overlap, which the first and last three hops have not."""
        sizes = self._sizes
        framed = torch.fft.irfft(spectrum / sizes.gain, sizes.frame_length) * (self._window * (2 / 3))
        flat = framed.reshape(-1, *framed.shape[-2:])
        frames = flat.shape[1]
        length = self.samples(sizes, frames)
        folded = torch.nn.functional.fold(flat.transpose(1, 2), (1, length), (1, sizes.frame_length), stride=(1, sizes.hop))
        return folded.reshape(*spectrum.shape[:-2], length)
