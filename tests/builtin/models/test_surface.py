from __future__ import annotations

import pytest
import torch

from optbench import UsageError
from optbench.builtin.models.surface import Surface
from optbench.builtin.surfaces import SURFACES

ONE = torch.zeros(1, 1, dtype=torch.float64)


def at(*point: float, **options: object) -> Surface:
    return Surface((1,), 1, start=point, **options).double()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SURFACES)
def test_it_starts_where_the_function_does(name: str) -> None:
    point = Surface((1,), 1, function=name).point
    assert point.tolist() == pytest.approx(SURFACES[name].start, rel=1e-7)


def test_every_example_gets_the_value() -> None:
    assert at(3.0, 4.0, function="booth")(torch.zeros(5, 1)).tolist() == [16.0 + 25.0] * 5


def test_seeds_move_the_start_as_far_as_spread_says() -> None:
    starts = []
    for seed in range(2000):
        torch.manual_seed(seed)
        starts.append(Surface((1,), 1, function="rosenbrock", spread=0.1).point.detach())
    around = torch.stack(starts)
    assert around.std(0).tolist() == pytest.approx([0.1, 0.1], rel=0.1)
    assert around.mean(0).tolist() == pytest.approx([-1.2, 1.0], abs=0.01)


def test_the_gradient_is_exact() -> None:
    """Of Rosenbrock's function: (-2 (1 - x) - 400 x (y - x²), 200 (y - x²))."""
    model = at(0.5, 2.0, function="rosenbrock")
    model(ONE).mean().backward()
    assert model.point.grad is not None
    assert model.point.grad.tolist() == pytest.approx([-1 - 200 * 1.75, 200 * 1.75], rel=1e-14)


def test_forward_differences_replace_the_gradient_and_not_the_value() -> None:
    """Of Booth's function, a quadratic, they are the gradient plus h/2 times the diagonal of the Hessian, 10 and 10."""
    model = at(3.0, 4.0, function="booth", forward_difference=0.125)
    value = model(ONE).mean()
    value.backward()
    assert value.item() == 41.0
    assert model.point.grad is not None
    gradient = [2 * 4 + 4 * 5, 4 * 4 + 2 * 5]
    assert model.point.grad.tolist() == [derivative + 0.125 / 2 * 10 for derivative in gradient]


def test_what_is_no_function_or_has_another_dimension_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^surface: function='boot' must be one of parabola, .* did you mean 'booth'"):
        Surface((1,), 1, function="boot")
    with pytest.raises(UsageError, match=r"^surface: start=.* must be a list of 1 numbers, one for each variable of"):
        at(1.0, 2.0, function="parabola")
