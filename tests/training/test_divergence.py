"""The divergence detector, alone and in runs whose noise it must not take for divergence."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from optbench.builtin.models.quadratic import Quadratic
from optbench.components.dataset import Split, Splits
from optbench.components.task import Task
from optbench.registry.registry import Registry
from optbench.training.batches import batches
from optbench.training.clock import Clock
from optbench.training.diagnostics import Diagnosis
from optbench.training.divergence import DivergenceWatch
from optbench.training.loop import train
from optbench.training.objective import training_objective
from optbench.training.parallel import SINGLE
from optbench.training.seeding import Streams, seeds_for
from optbench.training.state import TrainingState
from optbench.training.training import Training
from tests.support.built_in import find_factor, find_loss, find_metric

CPU = torch.device("cpu")


def watch(scale: float) -> DivergenceWatch:
    started = DivergenceWatch()
    started.start(scale)
    return started


def test_it_stops_float32_gradient_descent_that_blows_up_before_it_overflows() -> None:
    """F3: with eta h = 3 the loss quadruples each step, 100 times the first is passed at step 5."""
    x, watching, reason = torch.tensor(1.0), watch(0.5), ""
    while not reason:
        reason = watching.look([float(0.5 * x**2)])
        x = x - 3 * x
    assert reason == "training loss 128 at step 5, over 100 times 0.5, the largest loss at its initial weights"


def test_anything_that_is_not_finite_is_divergence() -> None:
    for bad in (float("nan"), float("inf"), float("-inf")):
        for watching in (watch(1.0), watch(0.0), DivergenceWatch()):
            assert f"training loss {bad} at step 3" in watching.look([1.0, 1.0, bad])


def test_a_run_without_a_scale_takes_it_from_its_first_ten_steps() -> None:
    assert watch(0.0).look([0.0, 0.02, *[0.5] * 8, 49.0]) == ""
    assert "at step 11, over 100 times 0.5" in watch(0.0).look([0.0, 0.02, *[0.5] * 8, 51.0])
    assert watch(0.0).look([0.0] * 10 + [9e-7]) == ""
    assert watch(0.0).look([0.0] * 10 + [2e-6]) != ""


def test_a_loss_below_zero_is_no_divergence_however_low() -> None:
    assert watch(2.0).look([-1.0, -150.0, -1e30, 199.0]) == ""
    assert watch(2.0).look([-1.0, 201.0]) != ""


def test_looking_at_many_losses_at_once_is_the_same_as_one_by_one() -> None:
    for scale, losses in ((1.0, [1.0, 5.0, 99.0, 101.0, 3.0]), (0.0, [1.0] * 12 + [101.0])):
        watching = watch(scale)
        assert next(r for r in (watching.look([loss]) for loss in losses) if r) == watch(scale).look(losses)


def test_it_goes_on_from_its_state() -> None:
    one, other = watch(0.0), DivergenceWatch()
    one.look([0.1, 0.2, 0.3])
    other.load_state_dict(one.state_dict())
    rest = [0.1] * 7 + [29.0, 31.0]
    assert other.look(rest) == one.look(rest) != ""


class Slope(nn.Module):
    """`0.5 w^2 + w x` for each sample `x`: at its minimum, zero, each sample's loss is zero."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1))

    def forward(self, samples: Tensor) -> Tensor:
        return 0.5 * self.w.square() + self.w * samples[:, 0]


class Shifted(Quadratic):
    """A bowl whose mean loss at its minimum is zero."""

    def forward(self, samples: Tensor) -> Tensor:
        return super().forward(samples) - 0.5 * 0.36 * float(self.hessian.diagonal().sum())


def bowl(form: str) -> nn.Module:
    if form == "slope":
        return Slope()
    kind = Shifted if form == "shifted" else Quadratic
    eigenvalues = [1.0] if form != "wide" else [0.1, 0.5, 1.0]
    return kind((len(eigenvalues),), 1, eigenvalues=eigenvalues, rotation=False, start=0.0)


def state_after(form: str, lr: float, seed: int, steps: int = 200, **changes: Any) -> TrainingState:
    """Stochastic gradient descent on a noisy bowl from its minimum; the sharpest curvature is 1."""
    settings = {"name": "bowl", "model": "m", "dataset": "d", "loss": "mean_output", "batch_size": 1, "evaluations": 3}
    task = Task.model_validate(settings | {"steps": steps, "sampling": "replacement"} | changes)
    model = bowl(form)
    generator = torch.Generator().manual_seed(seed)
    train_split, validation, test = (
        Split(0.6 * torch.randn(size, 3 if form == "wide" else 1, generator=generator), torch.zeros(size))
        for size in (200, 50, 50)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    run = Training(
        task=task,
        model=model,
        optimizer=optimizer,
        takes_closure=False,
        create_graph=False,
        objective=training_objective(task, find_loss(task.loss), model, model),
        predict=model,
        loss=find_loss(task.loss),
        metrics=(find_metric(task.metric),),
        splits=Splits(train_split, validation, test, outputs=1),
        evaluation_steps=task.evaluation_steps(),
        batches=partial(batches, train_split, task.batch_size, task.sampling, seed),
        factor=find_factor("constant", task.steps, 0.0),
        streams=Streams(seeds_for("bowl", seed), CPU),
        group=SINGLE,
        diagnosis=Diagnosis((), Registry(), model, optimizer),
        device=CPU,
        is_report=True,
    )
    state = TrainingState(Clock(CPU))
    train(run, state, lambda point: None)
    return state


@pytest.mark.parametrize("form", ["bowl", "wide", "shifted", "slope"])
def test_noise_about_a_minimum_never_counts(form: str) -> None:
    """Batches of one, from the minimum: the first loss is as small as the first sample is near the mean."""
    for seed in range(5):
        for lr in (1.0, 1.8):
            assert state_after(form, lr, seed).diverged == ""


@pytest.mark.parametrize("form", ["bowl", "wide", "shifted", "slope"])
def test_above_twice_the_inverse_curvature_it_always_diverges(form: str) -> None:
    for seed in range(10):
        assert "at step" in state_after(form, 2.1, seed).diverged
