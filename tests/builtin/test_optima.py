from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from sklearn.linear_model import LinearRegression

from optbench import Splits
from optbench.builtin import optima
from optbench.builtin.datasets import line
from optbench.builtin.models.linear import Linear
from optbench.builtin.models.quadratic import Quadratic

Built = Callable[[str], Splits]


def shape_of(splits: Splits) -> tuple[int, ...]:
    """The shape of an example, which is one tensor."""
    return tuple(splits.train.inputs.shape[1:])


def test_the_quadratics_optimum_is_what_minimisation_finds(built: Built) -> None:
    splits = built("quadratic")
    model = Quadratic(shape_of(splits), splits.outputs).double()
    samples = splits.train.inputs.double()
    method = torch.optim.LBFGS(model.parameters(), max_iter=500, line_search_fn="strong_wolfe", tolerance_change=0.0)

    def closure() -> float:
        method.zero_grad()
        loss = model(samples).mean()
        loss.backward()
        return float(loss.detach())

    method.step(closure)
    least = closure()
    assert optima.quadratic(splits, model) == pytest.approx(least, rel=1e-9)
    assert optima.quadratic(splits, model) <= least


def test_the_quadratics_optimum_is_near_its_expectation(built: Built) -> None:
    """0.5 * 0.6² * trace = 85.970 in expectation; 1,000 samples leave a few per cent."""
    splits = built("quadratic")
    assert optima.quadratic(splits, Quadratic(shape_of(splits), 1)) == pytest.approx(85.970, rel=0.03)


def test_least_squares_through_zero_has_the_slope_of_the_formula() -> None:
    splits = line.build({}, slope=2.0, intercept=0.3, noise=0.5, examples=50, seed=3)
    x, y = splits.train.inputs.double().numpy(), splits.train.targets.double().numpy()
    least = optima.least_squares_through_zero(splits, Linear((1,), 1, bias=False))
    assert least == pytest.approx(((y - x * (x * y).sum() / (x**2).sum()) ** 2).mean(), rel=1e-12)


def test_least_squares_agrees_with_scikit_learn(built: Built) -> None:
    splits = built("diabetes")
    inputs, targets = splits.train.inputs.double().numpy(), splits.train.targets.double().numpy()
    residuals = targets - LinearRegression().fit(inputs, targets).predict(inputs)
    least = optima.least_squares(splits, Linear(shape_of(splits), splits.outputs))
    assert least == pytest.approx((residuals**2).mean(), rel=1e-10)
