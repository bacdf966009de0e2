"""What the optimizers do, built as optbench builds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schedulefree
import torch
from optbench import Optimizer
from optbench.training.loop import update
from optbench.training.optimizers import build_optimizer
from torch import Tensor, nn

from optbench_schedulefree.build import builder
from optbench_schedulefree.table import OPTIMIZERS

STEPS = 8
TOTAL = 40
BY_NAME = {component.name: component for component in OPTIMIZERS}
DECAYING_AT_Y = ["sf.adamw", "sf.adamw-paper", "sf.radam", "sf.wrapped-adagrad"]


class Small(nn.Module):
    """A matrix, biases, a convolution's weight and an embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(5, 4)
        self.convolution = nn.Conv2d(1, 2, 3)
        self.linear = nn.Linear(12, 3)

    def loss(self) -> Tensor:
        image = self.embedding.weight.reshape(1, 1, 5, 4)
        return (self.linear(self.convolution(image).flatten(1)) - 1).square().sum()


def trained(component: Optimizer, steps: int = STEPS, **changes: Any) -> tuple[Small, Any, list[float]]:
    """Train a small model as the loop does; return it, its optimizer and the losses."""
    torch.manual_seed(0)
    model = Small().double()
    optimizer: Any = build_optimizer(component, model, TOTAL, {**component.defaults, "lr": component.lr_ref, **changes})

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = model.loss()
        loss.backward()
        return loss.detach()

    losses = [float(update(optimizer, closure, component.closure)) for _ in range(steps)]
    return model, optimizer, losses


def weights(model: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


@pytest.mark.parametrize("component", OPTIMIZERS, ids=lambda component: component.name)
def test_each_takes_finite_steps_that_lower_the_loss(component: Optimizer) -> None:
    model, _, losses = trained(component, steps=20, lr=0.02 * component.lr_ref if "sgd" in component.name else 0.01)
    assert weights(model).isfinite().all()
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    ("name", "reference"),
    [("sf.sgd", schedulefree.SGDScheduleFreeReference), ("sf.adamw", schedulefree.AdamWScheduleFreeReference)],
)
def test_the_fast_and_the_reference_form_are_one_method(
    name: str, reference: type, capsys: pytest.CaptureFixture[str]
) -> None:
    component = BY_NAME[name]
    slow = Optimizer(name="slow", build=builder(reference), lr_ref=component.lr_ref, defaults=component.defaults)
    one, another = (trained(c, weight_decay=0.1, warmup=0.1, lr=0.01)[0] for c in (component, slow))
    torch.testing.assert_close(weights(one), weights(another), rtol=1e-9, atol=1e-12)


def test_wrapping_plain_sgd_is_schedule_free_sgd() -> None:
    def wrapped(model: nn.Module, *, total_steps: int, lr: float) -> Any:
        wrapper = schedulefree.ScheduleFreeWrapperReference(torch.optim.SGD(model.parameters(), lr=lr))
        wrapper.train()
        return wrapper

    one, another = (
        trained(component, lr=0.01)[0]
        for component in (BY_NAME["sf.sgd"], Optimizer(name="wrapped", build=wrapped, lr_ref=1.0))
    )
    torch.testing.assert_close(weights(one), weights(another), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("base", ["RMSprop", "Adam", "AdamW", "NAdam", "Adadelta", "Adafactor", "Rprop", "ASGD"])
def test_the_wrapper_takes_no_base_that_sets_up_its_state_in_its_first_step(base: str) -> None:
    parameter = nn.Parameter(torch.ones(3, 2))
    wrapper = schedulefree.ScheduleFreeWrapperReference(getattr(torch.optim, base)([parameter], lr=0.01))
    wrapper.train()
    parameter.grad = torch.ones(3, 2)
    with pytest.raises(KeyError):
        wrapper.step()


@pytest.mark.parametrize("name", DECAYING_AT_Y)
def test_weight_decay_shrinks_z_by_the_rate_times_y(name: str) -> None:
    decay, lr = 0.1, 0.01
    paths = [_z_and_y(BY_NAME[name], lr, weight_decay) for weight_decay in (0.0, decay)]
    for step, (plain, decayed) in enumerate(zip(*paths, strict=True)):
        rate = decayed.rate
        torch.testing.assert_close(decayed.move, plain.move - rate * decay * decayed.y, rtol=0, atol=1e-12)
        assert rate > 0 or (name == "sf.radam" and step < 5)


@pytest.mark.parametrize("name", ["sf.sgd", "sf.adamw", "sf.adamw-paper", "sf.sgd-closure", "sf.adamw-closure"])
def test_the_warm_up_is_a_share_of_all_steps(name: str) -> None:
    _, optimizer, _ = trained(BY_NAME[name], steps=1, warmup=0.1)
    assert {group["warmup_steps"] for group in optimizer.param_groups} == {round(0.1 * TOTAL)}
    assert optimizer.param_groups[0]["scheduled_lr"] <= BY_NAME[name].lr_ref / round(0.1 * TOTAL)


class _Step:
    def __init__(self, move: Tensor, y: Tensor, rate: float) -> None:
        self.move, self.y, self.rate = move, y, rate


def _z_and_y(component: Optimizer, lr: float, weight_decay: float) -> list[_Step]:
    """How z moves, and where from y, on a loss whose gradient ignores the weights."""
    torch.manual_seed(0)
    model = nn.Linear(4, 3, bias=False).double()
    slopes = torch.randn(10, 3, 4, dtype=torch.float64)
    changes = {"lr": lr, "weight_decay": weight_decay}
    optimizer: Any = build_optimizer(component, model, TOTAL, {**component.defaults, **changes})
    z: Callable[[], Tensor] = lambda: optimizer.state[model.weight].get("z", model.weight).detach().clone()  # noqa: E731
    steps = []
    for slope in slopes:
        before, y = z(), model.weight.detach().clone()
        model.weight.grad = slope.clone()
        optimizer.step()
        steps.append(_Step(z() - before, y, optimizer.param_groups[0].get("scheduled_lr", lr)))
    return steps
