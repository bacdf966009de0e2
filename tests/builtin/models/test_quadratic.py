from __future__ import annotations

import numpy as np
import pytest
import torch

from optbench import UsageError
from optbench.builtin.models.quadratic import Quadratic, deepobs_spectrum, rotated


def test_the_spectrum_is_that_of_deepobs() -> None:
    spectrum = deepobs_spectrum(np.random.RandomState(42))
    assert spectrum.sum() == pytest.approx(477.612, abs=5e-4)
    assert ((spectrum[:90] > 0) & (spectrum[:90] < 1)).all()
    assert ((spectrum[90:] > 30) & (spectrum[90:] < 60)).all()


def test_rotation_keeps_the_spectrum_and_mixes_the_axes() -> None:
    spectrum = np.array([0.5, 1.0, 40.0])
    matrix = rotated(spectrum, np.random.RandomState(0))
    assert np.linalg.eigvalsh(matrix) == pytest.approx(spectrum, rel=1e-12)
    assert (abs(matrix[~np.eye(3, dtype=bool)]) > 1e-3).all()


def test_the_models_hessian_has_deepobs_trace() -> None:
    hessian = Quadratic((100,), 1).hessian
    assert torch.equal(hessian, hessian.T)
    assert hessian.double().trace().item() == pytest.approx(477.612, abs=1e-3)


def test_each_samples_loss_is_half_the_quadratic_form() -> None:
    model = Quadratic((2,), 1, eigenvalues=[2.0, 8.0], rotation=False)
    samples = torch.tensor([[1.0, 1.0], [0.0, 0.0], [3.0, 0.0]])
    assert model(samples).tolist() == [0.0, 5.0, 8.0]


def test_gradient_descent_follows_its_closed_form() -> None:
    """x_t = (1 - lr h)^t x_0; dyadic numbers, so that float32 eigenvalues are exact."""
    eigenvalues = [0.125, 0.5, 3.0]
    model = Quadratic((3,), 1, eigenvalues=eigenvalues, rotation=False, start=2.0).double()
    method = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(50):
        method.zero_grad()
        model(torch.zeros(4, 3, dtype=torch.float64)).mean().backward()
        method.step()
    assert model.theta.tolist() == pytest.approx([2 * (1 - 0.1 * h) ** 50 for h in eigenvalues], rel=1e-12)


def test_the_same_seed_gives_the_same_problem() -> None:
    assert torch.equal(Quadratic((100,), 1).hessian, Quadratic((100,), 1).hessian)
    assert not torch.equal(Quadratic((100,), 1).hessian, Quadratic((100,), 1, seed=1).hessian)


def test_a_spectrum_of_another_size_is_refused() -> None:
    with pytest.raises(UsageError, match="3 eigenvalues do not fit samples of shape"):
        Quadratic((2,), 1, eigenvalues=[1.0, 2.0, 3.0])
