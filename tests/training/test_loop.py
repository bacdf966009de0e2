"""The training loop against a plain one, and what it promises about evaluation, closures and test data."""

from __future__ import annotations

import itertools
import math
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from optbench.components.dataset import Split, Splits
from optbench.components.task import Task
from optbench.errors import PluginError
from optbench.registry.registry import Registry
from optbench.training.batches import batches
from optbench.training.clock import Clock
from optbench.training.diagnostics import Diagnosis
from optbench.training.evaluation import evaluate, evenly
from optbench.training.loop import train, update
from optbench.training.metrics import accuracy
from optbench.training.objective import training_objective
from optbench.training.parallel import SINGLE
from optbench.training.seeding import Streams, seeds_for
from optbench.training.state import TrainingState
from optbench.training.training import Training
from tests.support.built_in import find_factor, find_loss, find_metric

CPU = torch.device("cpu")


def split(size: int, seed: int) -> Split:
    generator = torch.Generator().manual_seed(seed)
    return Split(torch.randn(size, 5, generator=generator), torch.randint(3, (size,), generator=generator))


def model() -> nn.Module:
    torch.manual_seed(7)
    return nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Dropout(0.2), nn.Linear(16, 3))


def training(optimizer: Any, network: nn.Module, is_report: bool = False, **changes: Any) -> Training:
    small: dict[str, Any] = {"name": "t", "model": "m", "dataset": "d", "steps": 30, "batch_size": 8, "evaluations": 4}
    task = Task(**small | changes)
    splits = Splits(split(100, 0), split(41, 1), split(37, 2), outputs=3)
    return Training(
        task=task,
        model=network,
        optimizer=optimizer,
        takes_closure=isinstance(optimizer, torch.optim.LBFGS),
        create_graph=False,
        objective=training_objective(task, find_loss(task.loss), network, network),
        predict=network,
        loss=find_loss(task.loss),
        metrics=(find_metric(task.metric),),
        splits=splits,
        evaluation_steps=task.evaluation_steps(),
        batches=partial(batches, splits.train, task.batch_size, task.sampling, 5),
        factor=find_factor(task.schedule, task.steps, task.warmup),
        streams=Streams(seeds_for("t", 0), CPU),
        group=SINGLE,
        diagnosis=Diagnosis((), Registry(), network, optimizer),
        device=CPU,
        is_report=is_report,
    )


def carry_out(run: Training) -> TrainingState:
    state = TrainingState(Clock(CPU))
    train(run, state, lambda point: None)
    return state


def test_it_is_a_plain_loop_bit_for_bit() -> None:
    network = model()
    run = training(torch.optim.Adam(network.parameters(), lr=0.01), network, schedule="warmup-cosine")
    state = carry_out(run)

    plain = model()
    optimizer = torch.optim.Adam(plain.parameters(), lr=0.01)
    factor = find_factor("warmup-cosine", 30, 0.05)
    streams, losses = Streams(seeds_for("t", 0), CPU), []
    plain.train()
    for step, (inputs, targets) in enumerate(itertools.islice(batches(run.splits.train, 8, "shuffle", 5), 30)):
        optimizer.param_groups[0]["lr"] = 0.01 * factor(step)
        optimizer.zero_grad()
        streams.forward(step)
        loss = F.cross_entropy(plain(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    assert state.losses == losses
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), plain.parameters(), strict=True))
    plain.eval()
    with torch.no_grad():
        expected = F.cross_entropy(plain(run.splits.validation.inputs), run.splits.validation.targets).item()
    assert state.final.validation_loss == pytest.approx(expected, rel=1e-6)


def test_the_training_loss_of_a_report_run_is_measured_on_as_many_examples_as_the_validation_loss() -> None:
    network = model()
    run = training(torch.optim.SGD(network.parameters(), lr=0.1), network, is_report=True)
    state = carry_out(run)
    some = evenly(run.splits.train, len(run.splits.validation))
    network.eval()
    with torch.no_grad():
        expected = F.cross_entropy(network(some.inputs), some.targets).item()
    assert state.evaluations[-1].train_eval_loss == pytest.approx(expected, rel=1e-6)
    assert state.final.train_eval_loss == pytest.approx(expected, rel=1e-6)
    tuning = carry_out(training(torch.optim.SGD(network.parameters(), lr=0.1), network))
    assert {point.train_eval_loss for point in tuning.evaluations} == {None}


def test_evaluation_points_are_equally_spaced_and_losses_between_them_are_means() -> None:
    network = model()
    state = carry_out(training(torch.optim.SGD(network.parameters(), lr=0.1), network))
    assert [point.step for point in state.evaluations] == [0, 10, 20, 30]
    assert [point.samples for point in state.evaluations] == [0, 80, 160, 240]
    assert state.evaluations[0].train_loss is None
    assert state.evaluations[2].train_loss == pytest.approx(sum(state.losses[10:20]) / 10)
    assert state.final.smoothed_train_loss == state.losses[-1]


def test_evaluating_more_often_does_not_change_the_training() -> None:
    losses = []
    for evaluations in (2, 16):
        network = model()
        run = training(torch.optim.SGD(network.parameters(), lr=0.1), network, evaluations=evaluations)
        losses.append(carry_out(run).losses)
    assert losses[0] == losses[1]


def test_a_tuning_run_has_no_test_values() -> None:
    network = model()
    tune = carry_out(training(torch.optim.SGD(network.parameters(), lr=0.1), network)).final
    assert (tune.test_loss, tune.test_metric) == (None, None)
    network = model()
    report = carry_out(training(torch.optim.SGD(network.parameters(), lr=0.1), network, is_report=True)).final
    assert report.test_loss is not None


def test_evaluations_of_a_closure_are_counted_and_charged() -> None:
    network = model()
    run = training(torch.optim.LBFGS(network.parameters(), lr=0.1, max_iter=4), network, batch_size="full", steps=5)
    state = carry_out(run)
    assert state.step == 5
    assert state.gradient_evaluations > 5
    assert state.evaluations[-1].gradient_evaluations == state.gradient_evaluations
    assert state.losses[-1] < state.losses[0]


def test_the_best_weights_are_what_counts_where_the_task_says_so() -> None:
    network = model()
    run = training(
        torch.optim.SGD(network.parameters(), lr=2.0), network, primary="best", evaluations=31, is_report=True
    )
    state = carry_out(run)
    values = [point.validation_metric for point in state.evaluations]
    assert state.final.step == state.evaluations[values.index(min(values))].step < 30
    assert state.final.validation_metric == pytest.approx(min(values), rel=1e-6)


def test_clipping_bounds_the_step() -> None:
    network = model()
    before = [p.detach().clone() for p in network.parameters()]
    run = training(torch.optim.SGD(network.parameters(), lr=1.0), network, clip_norm=1e-3, steps=1, evaluations=2)
    carry_out(run)
    after = [p.detach() for p in network.parameters()]
    moved = sum(float((a - b).square().sum()) for a, b in zip(before, after, strict=True)) ** 0.5
    assert moved == pytest.approx(1e-3, rel=1e-3)


def test_divergence_stops_the_run_with_the_step() -> None:
    network = model()
    state = carry_out(training(torch.optim.SGD(network.parameters(), lr=1e20), network))
    assert "at step 2" in state.diverged
    assert state.final is None
    assert state.step == 2


def test_a_penalty_far_above_the_loss_is_no_divergence() -> None:
    network = model()
    state = carry_out(training(torch.optim.SGD(network.parameters(), lr=1e-6), network, l2=1e4))
    assert state.losses[0] > 100 * state.evaluations[0].validation_loss
    assert state.diverged == ""


def test_an_optimizer_whose_step_returns_nothing_is_trained_by_its_closure() -> None:
    class Silent(torch.optim.LBFGS):
        def step(self, closure: Any) -> None:  # type: ignore[override]
            super().step(closure)

    losses = []
    for kind in (torch.optim.LBFGS, Silent):
        network = model()
        losses.append(carry_out(training(kind(network.parameters(), lr=0.1, max_iter=4), network, steps=5)).losses)
    assert losses[0] == losses[1]


def test_parameters_that_are_not_finite_at_the_end_are_divergence() -> None:
    class Spoils(torch.optim.SGD):
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            for parameter in self.param_groups[0]["params"]:
                parameter.data[...] = float("nan")

    network = model()
    state = carry_out(training(Spoils(network.parameters(), lr=0.1), network, steps=1, evaluations=2))
    assert "nan" in state.diverged


def test_an_optimizer_that_knows_train_and_eval_is_switched() -> None:
    calls = []

    class Averaging(torch.optim.SGD):
        def train(self) -> None:
            calls.append("train")

        def eval(self) -> None:
            calls.append("eval")

    network = model()
    carry_out(training(Averaging(network.parameters(), lr=0.1), network))
    assert calls == ["eval", "train"] * 5


def test_an_evaluation_is_weighted_by_sample_not_by_batch() -> None:
    """With 512 examples a chunk, 700 examples give chunks of 512 and 188."""
    data = split(700, 3)
    network = model().eval()
    score = evaluate(network, data, find_loss("cross_entropy"), [find_metric("accuracy")])
    with torch.no_grad():
        outputs = network(data.inputs)
    assert score.loss == pytest.approx(F.cross_entropy(outputs, data.targets).item(), rel=1e-6)
    assert score.metrics["accuracy"] == pytest.approx(
        (outputs.argmax(1) == data.targets).double().mean().item(), rel=1e-6
    )


def test_subsets_are_spread_over_the_split_and_always_the_same() -> None:
    data = Split(torch.arange(100), torch.arange(100))
    assert evenly(data, 10).inputs.tolist() == list(range(0, 100, 10))
    assert len(evenly(data, 33)) == 33
    assert evenly(data, "all") is evenly(data, 1000) is data


def test_losses_meet_their_closed_forms() -> None:
    """B15: with equal logits the cross entropy is ln C."""
    zeros = torch.zeros(4, 7, 65, dtype=torch.float64)
    targets = torch.randint(65, (4, 7))
    assert find_loss("cross_entropy")(zeros, targets).item() == pytest.approx(4.174387269895637, abs=1e-12)
    zeros, pixels = torch.zeros(2, 9), torch.rand(2, 1, 3, 3)
    assert find_loss("binary_cross_entropy")(zeros, pixels).item() == pytest.approx(math.log(2), rel=1e-6)
    assert find_loss("mse")(torch.tensor([[1.0], [3.0]]), torch.tensor([0.0, 0.0])).item() == 5.0
    assert find_loss("half_mse")(torch.tensor([1.0, 3.0]), torch.tensor([0.0, 0.0])).item() == 2.5
    assert accuracy(torch.eye(4), torch.tensor([0, 1, 2, 0])).tolist() == [[1, 1, 1, 0], [2, 1, 1, 0]]
    assert accuracy(torch.eye(4), torch.tensor([0, 1, -100, 0])).tolist() == [[1, 1, 0, 0], [2, 1, 0, 0]]


class _Says(torch.optim.SGD):
    """Evaluates its closure twice and returns what it is told to."""

    def __init__(self, params: Any, says: Any) -> None:
        super().__init__(params, lr=0.1)
        self.says = says

    def step(self, closure: Any = None) -> Any:
        closure()
        super().step()
        closure()
        return self.says


@pytest.mark.parametrize("says", [None, 7.0, torch.tensor(7.0)])
def test_a_step_that_returns_no_loss_has_the_one_before_the_update(says: Any) -> None:
    weight = nn.Parameter(torch.tensor(3.0))
    optimizer = _Says([weight], says)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = weight.square()
        loss.backward()
        return loss.detach()

    assert update(optimizer, closure, takes_closure=True, stopwatch=nullcontext()).item() == (
        9.0 if says is None else 7.0
    )


def test_a_step_that_neither_calls_its_closure_nor_returns_a_loss_is_told_so() -> None:
    class Idle(torch.optim.SGD):
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            pass

    with pytest.raises(PluginError, match=r"Idle.step\(closure\) never called the closure and returned no loss"):
        update(Idle([nn.Parameter(torch.zeros(1))], lr=0.1), lambda: torch.zeros(()), True, nullcontext())
