"""The stochastic quadratic of DeepOBS (`quadratic_deep`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from optbench import UsageError


class Quadratic(nn.Module):
    """`0.5 (theta - x)^T H (theta - x)` for each sample `x`, with one parameter vector `theta`.

    `eigenvalues` are those of H (DeepOBS' spectrum where none are given), turned by a random rotation unless
    `rotation` is false; `theta` starts at `start` in every coordinate. H and `theta` are float32, so closed
    forms hold to float64 precision after `.double()` only for a diagonal H of numbers that float32 has.
    Raises `UsageError` where there are not as many eigenvalues as coordinates.
    """

    hessian: Tensor

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        eigenvalues: Sequence[float] | None = None,
        rotation: bool = True,
        start: float = 1.0,
        seed: int = 42,
    ) -> None:
        super().__init__()
        rng = np.random.RandomState(seed)
        spectrum = deepobs_spectrum(rng) if eigenvalues is None else np.asarray(eigenvalues, dtype=np.float64)
        if input_shape != spectrum.shape:
            raise UsageError(f"quadratic: {spectrum.size} eigenvalues do not fit samples of shape {input_shape}")
        hessian = rotated(spectrum, rng) if rotation else np.diag(spectrum)
        self.register_buffer("hessian", torch.tensor(hessian, dtype=torch.float32))
        self.theta = nn.Parameter(torch.full(input_shape, float(start)))

    def forward(self, samples: Tensor) -> Tensor:
        """Map samples [B, D] to their losses [B]."""
        offsets = self.theta - samples
        return 0.5 * ((offsets @ self.hessian) * offsets).sum(-1)


def deepobs_spectrum(rng: np.random.RandomState) -> NDArray[np.float64]:
    """Draw 90 eigenvalues in (0, 1) and 10 in (30, 60), in the order of DeepOBS."""
    return np.concatenate((rng.uniform(0.0, 1.0, 90), rng.uniform(30.0, 60.0, 10)))


def rotated(spectrum: NDArray[np.float64], rng: np.random.RandomState) -> NDArray[np.float64]:
    """Return a symmetric matrix [D, D] with this spectrum and uniformly random eigenvectors.

    Source: Mezzadri, How to generate random matrices from the classical compact groups, 2007 (QR of a
    Gaussian matrix with the signs of R's diagonal).
    """
    q, r = np.linalg.qr(rng.standard_normal((spectrum.size, spectrum.size)))
    vectors = q * np.sign(np.diag(r))
    matrix: NDArray[np.float64] = (vectors * spectrum) @ vectors.T
    return (matrix + matrix.T) / 2
