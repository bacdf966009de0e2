"""What the optimizers do, built as optbench builds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import heavyball
import pytest
import torch
from heavyball import utils
from optbench import Optimizer
from optbench.training.loop import update
from optbench.training.optimizers import build_optimizer
from torch import Tensor, nn

from optbench_heavyball import optimizers
from optbench_heavyball.plugin import optbench_optimizers

COMPONENTS = {component.name: component for component in optbench_optimizers()}
DOUBLE = [name for name in COMPONENTS if "storage_dtype" in COMPONENTS[name].defaults]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:heavyball")


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


class Run:
    """An optimizer at work on the small model, as the training loop steps it."""

    def __init__(self, component: Optimizer, **changes: Any) -> None:
        torch.manual_seed(0)
        self.model, self.component = Small(), component
        hyperparameters = {**component.defaults, "lr": component.lr_ref, **changes}
        self.optimizer: Any = build_optimizer(component, self.model, 100, hyperparameters)
        self.gradients = 0

    def steps(self, number: int) -> list[float]:
        return [float(update(self.optimizer, self.closure, self.component.closure)) for _ in range(number)]

    def closure(self) -> Tensor:
        self.gradients += 1
        self.optimizer.zero_grad()
        loss = self.model.loss()
        loss.backward()
        return loss.detach()

    @property
    def weights(self) -> Tensor:
        return torch.cat([parameter.detach().flatten() for parameter in self.model.parameters()])


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of what heavyball compiles; nothing is compiled really."""
    names: list[str] = []

    def compile(function: Any, **_: Any) -> Any:
        names.append(function.__name__)
        return function

    monkeypatch.setattr(utils.fusions, "compile", compile)
    yield names


@pytest.mark.parametrize("component", COMPONENTS.values(), ids=lambda component: component.name)
def test_each_moves_every_weight_by_finite_steps(component: Optimizer, compiled: list[str]) -> None:
    run = Run(component)
    before = {name: parameter.detach().clone() for name, parameter in run.model.named_parameters()}
    run.steps(6)
    assert run.weights.isfinite().all()
    assert {name for name, parameter in run.model.named_parameters() if parameter.equal(before[name])} == set()
    assert compiled == []


@pytest.mark.parametrize("name", ["hb.adamw", "hb.psgd-kron", "hb.split-muon-adamw", "hb.sf-adamw"])
def test_it_compiles_where_it_is_told_to_and_leaves_the_setting_as_it_was(name: str, compiled: list[str]) -> None:
    setting = utils.compile_mode
    assert setting is not None
    run = Run(COMPONENTS[name], compile=True)
    run.steps(2)
    assert compiled
    assert utils.compile_mode == setting


def test_a_step_that_fails_leaves_the_setting_as_it_was(compiled: list[str]) -> None:
    run = Run(COMPONENTS["hb.sam-adamw"])
    with pytest.raises(ValueError, match="requires closure"):
        run.optimizer.step()
    assert utils.compile_mode is not None


def test_it_takes_the_steps_of_heavyball_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utils, "compile_mode", None)
    ours, its = Run(COMPONENTS["hb.soap"], weight_decay=0.0), Run(COMPONENTS["hb.soap"])
    its.optimizer = heavyball.SOAP(its.model.parameters(), lr=3e-3, weight_decay=0.0)
    ours.steps(5)
    its.steps(5)
    assert ours.weights.equal(its.weights)


@pytest.mark.parametrize("name", DOUBLE)
def test_weights_in_double_precision_get_a_state_in_double_precision(name: str) -> None:
    component = COMPONENTS[name]
    run = Run(component)
    run.model.double()
    hyperparameters = {**component.defaults, "lr": component.lr_ref}
    run.optimizer = build_optimizer(component, run.model, 100, hyperparameters)
    run.steps(3)
    assert run.weights.dtype == torch.float64
    assert {kept.dtype for kept in _floats(dict(run.optimizer.state))} == {torch.float64}


def test_a_storage_type_that_was_asked_for_is_kept() -> None:
    weight = nn.Parameter(torch.ones(3, 2, dtype=torch.float64))
    optimizer = optimizers.AdamW([weight], lr=0.1, storage_dtype="bfloat16")
    assert optimizer.param_groups[0]["storage_dtype"] == "bfloat16"


def test_the_rank_is_the_same_for_parameters_and_for_groups_of_them() -> None:
    plain, grouped = (Run(COMPONENTS["hb.psgd-lra"], weight_decay=decay).optimizer for decay in (0.0, 0.1))
    assert len(grouped.param_groups) == 2
    assert {group["rank"] for group in (*plain.param_groups, *grouped.param_groups)} == {6}


def test_sharpness_aware_steps_take_two_gradients_and_follow_the_schedule() -> None:
    run = Run(COMPONENTS["hb.sam-adamw"])
    (group,) = run.optimizer.param_groups
    run.steps(1)
    assert run.gradients == 2
    group["lr"] = 0.0
    before = run.weights
    run.steps(1)
    assert run.weights.equal(before)


def test_hessian_vector_products_are_exact_and_make_a_difference() -> None:
    plain, curved = Run(COMPONENTS["hb.psgd-kron"]), Run(COMPONENTS["hb.psgd-kron-hvp"])
    plain.steps(5)
    curved.steps(5)
    assert curved.gradients == 5
    assert not plain.weights.equal(curved.weights)


def test_embeddings_and_vectors_go_to_adamw_at_its_own_rate() -> None:
    run = Run(COMPONENTS["hb.split-muon-adamw"])
    muon, adamw = run.optimizer.param_groups
    model = run.model
    assert (muon["lr"], adamw["lr"]) == (0.02, pytest.approx(1e-3))
    assert {id(p) for p in muon["params"]} == {id(model.convolution.weight), id(model.linear.weight)}
    assert {id(p) for p in adamw["params"]} >= {id(model.embedding.weight), id(model.linear.bias)}
    run.steps(2)
    assert set(run.optimizer.state) == set(model.parameters())


def test_scion_replaces_the_initial_weights_whatever_the_rate() -> None:
    run = Run(COMPONENTS["hb.scion"], lr=1e-12)
    before = run.model.linear.weight.detach().clone()
    run.steps(1)
    assert (run.model.linear.weight - before).abs().max() > 0.1
    assert run.model.linear.bias.abs().max() < 1e-6


def test_weight_decay_of_nadam_has_the_wrong_sign() -> None:
    component, decay, lr = COMPONENTS["hb.nadam"], 0.1, 0.01
    runs = [Run(component, lr=lr, weight_decay=value) for value in (0.0, decay)]
    start = runs[0].model.linear.weight.detach().clone()
    for run in runs:
        run.steps(1)
    plain, decayed = (run.model.linear.weight.detach() for run in runs)
    torch.testing.assert_close(decayed - plain, lr * decay * start, rtol=0, atol=1e-5)


def _floats(value: Any) -> Iterator[Tensor]:
    if torch.is_tensor(value):
        if value.ndim and value.is_floating_point():
            yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _floats(item)
