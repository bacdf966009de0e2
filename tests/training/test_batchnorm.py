"""Optimizers that evaluate other weights than they train: BatchNorm statistics are those of the weights evaluated."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from optbench.training.batchnorm import BATCHES
from tests.training.test_loop import carry_out, training


class Averaging(torch.optim.SGD):
    """Gradient descent that evaluates the mean of its iterates."""

    def __init__(self, params: Any, lr: float) -> None:
        super().__init__(params, lr=lr)
        self.weights: list[Tensor] = self.param_groups[0]["params"]
        self.mean = [weight.detach().clone() for weight in self.weights]
        self.kept: list[Tensor] = []
        self.steps = 1

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        super().step()
        self.steps += 1
        for mean, weight in zip(self.mean, self.weights, strict=True):
            mean += (weight.detach() - mean) / self.steps

    def eval(self) -> None:
        self.kept = [weight.detach().clone() for weight in self.weights]
        self._place(self.mean)

    def train(self) -> None:
        self._place(self.kept)

    @torch.no_grad()
    def _place(self, values: list[Tensor]) -> None:
        for weight, value in zip(self.weights, values, strict=True):
            weight.copy_(value)


def network(normalised: bool = True, dropout: float = 0.0) -> nn.Module:
    torch.manual_seed(7)
    norm = nn.BatchNorm1d(16, momentum=0.1) if normalised else nn.LayerNorm(16)
    return nn.Sequential(nn.Linear(5, 16), norm, nn.Tanh(), nn.Dropout(dropout), nn.Linear(16, 3))


def run_of(model: nn.Module, kind: Any = Averaging, **changes: Any) -> Any:
    return training(kind(model.parameters(), lr=0.3), model, is_report=True, **changes)


def test_an_evaluation_is_that_of_the_averaged_weights_with_the_mean_statistics_of_thirty_batches() -> None:
    model = network()
    run = run_of(model)
    state = carry_out(run)
    assert state.final is not None

    plain = network()
    with torch.no_grad():
        for weight, mean in zip(plain.parameters(), run.optimizer.mean, strict=True):
            weight.copy_(mean)
        stream = run.batches(0)
        hidden = [plain[0](next(stream)[0]) for _ in range(BATCHES)]
        plain[1].running_mean.copy_(torch.stack([h.mean(0) for h in hidden]).mean(0))
        plain[1].running_var.copy_(torch.stack([h.var(0) for h in hidden]).mean(0))
        plain.eval()
        loss = nn.functional.cross_entropy(plain(run.splits.test.inputs), run.splits.test.targets)
    assert state.final.test_loss == pytest.approx(loss.item(), rel=1e-5)
    assert state.evaluations[-1].validation_loss == pytest.approx(state.final.validation_loss, rel=1e-6)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_training_is_bit_for_bit_that_of_a_run_without_evaluations(dropout: float) -> None:
    often, seldom = network(dropout=dropout), network(dropout=dropout)
    losses = [carry_out(run_of(model, evaluations=n)).losses for model, n in ((often, 31), (seldom, 2))]
    assert losses[0] == losses[1]
    assert all(torch.equal(one, seldom.state_dict()[name]) for name, one in often.state_dict().items())
    assert int(often[1].num_batches_tracked) == 30
    assert often[1].momentum == 0.1


def test_the_time_is_charged_to_training() -> None:
    model = network()
    clock = carry_out(run_of(model)).clock
    assert 0 < clock.prepare.seconds < clock.train.seconds
    assert clock.eval.seconds > 0


def test_nothing_is_prepared_without_batch_norm_or_without_other_weights() -> None:
    assert carry_out(run_of(network(normalised=False))).clock.prepare.seconds == 0
    assert carry_out(run_of(network(), torch.optim.SGD)).clock.prepare.seconds == 0


def test_the_best_weights_carry_their_own_statistics() -> None:
    model = network()
    run = run_of(model, primary="best", evaluations=31, metric="loss")
    state = carry_out(run)
    assert state.final is not None
    values = [point.validation_metric for point in state.evaluations]
    assert state.final.validation_metric == pytest.approx(min(values), rel=1e-6)
    assert state.final.step == values.index(min(values))


def test_a_full_batch_gives_its_statistics_at_once() -> None:
    calls = []

    class Counting(nn.Linear):
        def forward(self, inputs: Tensor) -> Tensor:
            calls.append(len(inputs))
            return super().forward(inputs)

    model = network()
    model[0] = Counting(5, 16)
    run = run_of(model, batch_size="full", steps=1, evaluations=2)
    carry_out(run)
    assert calls.count(100) == 3 + 1 + 1  # statistics three times, the step, and the scale of its losses
