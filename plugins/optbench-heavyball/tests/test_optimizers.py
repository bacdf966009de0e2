"""What the optimizers do, built as optbench builds them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import heavyball
import optbench
import pytest
import torch
from heavyball import utils
from optbench.testing import Problem, Trial, distance, size
from torch import Tensor, nn

from optbench_heavyball import optimizers
from optbench_heavyball.plugin import optbench_optimizers

COMPONENTS = {component.name: component for component in optbench_optimizers()}
DOUBLE = [name for name in COMPONENTS if "storage_dtype" in COMPONENTS[name].defaults]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:heavyball")


class Small(Problem):
    """A matrix, biases, a convolution's weight and an embedding; it counts the gradients that are computed."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embedding = nn.Embedding(5, 4)
        self.convolution = nn.Conv2d(1, 2, 3)
        self.linear = nn.Linear(12, 3)
        self.gradients = 0

    def loss(self, step: int) -> Tensor:
        self.gradients += 1
        image = self.embedding.weight.reshape(1, 1, 5, 4)
        return (self.linear(self.convolution(image).flatten(1)) - 1).square().sum()


def trial(name: str, **changes: Any) -> Trial[Small]:
    """An optimizer at work on the small model, as the training loop steps it."""
    return Trial(COMPONENTS[name], Small(), **changes)


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
def test_each_moves_every_weight_by_finite_steps(component: optbench.Optimizer, compiled: list[str]) -> None:
    work = trial(component.name)
    before = {name: parameter.detach().clone() for name, parameter in work.problem.named_parameters()}
    work.run(6)
    assert math.isfinite(size(work.weights))
    assert {name for name, parameter in work.problem.named_parameters() if parameter.equal(before[name])} == set()
    assert compiled == []


@pytest.mark.parametrize("name", ["hb.adamw", "hb.psgd-kron", "hb.split-muon-adamw", "hb.sf-adamw"])
def test_it_compiles_where_it_is_told_to_and_leaves_the_setting_as_it_was(name: str, compiled: list[str]) -> None:
    setting = utils.compile_mode
    assert setting is not None
    trial(name, compile=True).run(2)
    assert compiled
    assert utils.compile_mode == setting


def test_a_step_that_fails_leaves_the_setting_as_it_was(compiled: list[str]) -> None:
    with pytest.raises(ValueError, match="requires closure"):
        trial("hb.sam-adamw").optimizer.step()
    assert utils.compile_mode is not None


def test_it_takes_the_steps_of_heavyball_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utils, "compile_mode", None)
    ours, its = trial("hb.soap", weight_decay=0.0), trial("hb.soap")
    its.optimizer = heavyball.SOAP(its.problem.parameters(), lr=3e-3, weight_decay=0.0)
    assert distance(ours.run(5).weights, its.run(5).weights) == 0


@pytest.mark.parametrize("name", DOUBLE)
def test_weights_in_double_precision_get_a_state_in_double_precision(name: str) -> None:
    work = Trial(COMPONENTS[name], Small().double()).run(3)
    assert {weight.dtype for weight in work.weights} == {torch.float64}
    assert {kept.dtype for kept in _floats(dict(work.optimizer.state))} == {torch.float64}


def test_a_storage_type_that_was_asked_for_is_kept() -> None:
    weight = nn.Parameter(torch.ones(3, 2, dtype=torch.float64))
    optimizer = optimizers.AdamW([weight], lr=0.1, storage_dtype="bfloat16")
    assert optimizer.param_groups[0]["storage_dtype"] == "bfloat16"


@pytest.mark.parametrize("name", ["hb.psgd-kron", "hb.psgd-pro", "hb.lather", "hb.adamw"])
def test_a_state_that_is_loaded_is_the_one_that_was_saved_to_the_last_digit(name: str) -> None:
    saved, loaded = trial(name).run(3).optimizer, trial(name).optimizer
    loaded.load_state_dict(saved.state_dict())
    tensors = [list(_floats(list(optimizer.state.values()))) for optimizer in (saved, loaded)]
    assert torch.float64 in {kept.dtype for kept in tensors[0]} or name == "hb.adamw"
    for one, other in zip(*tensors, strict=True):
        assert one.dtype == other.dtype
        assert one.equal(other)
        assert one.data_ptr() != other.data_ptr()


def test_the_rank_is_the_same_for_parameters_and_for_groups_of_them() -> None:
    plain, grouped = (trial("hb.psgd-lra", weight_decay=decay).optimizer for decay in (0.0, 0.1))
    assert len(grouped.param_groups) == 2
    assert {group["rank"] for group in (*plain.param_groups, *grouped.param_groups)} == {6}


def test_sharpness_aware_steps_take_two_gradients_and_follow_the_schedule() -> None:
    work = trial("hb.sam-adamw").run(1)
    assert work.problem.gradients == 2
    work.set_lr(0.0)
    before = work.weights
    assert distance(work.run(1).weights, before) == 0


def test_hessian_vector_products_are_exact_and_make_a_difference() -> None:
    plain, curved = trial("hb.psgd-kron").run(5), trial("hb.psgd-kron-hvp").run(5)
    assert curved.problem.gradients == 5
    assert distance(plain.weights, curved.weights) > 0


def test_embeddings_and_vectors_go_to_adamw_at_its_own_rate() -> None:
    work = trial("hb.split-muon-adamw")
    muon, adamw = work.optimizer.param_groups
    model = work.problem
    assert (muon["lr"], adamw["lr"]) == (0.02, pytest.approx(1e-3))
    assert {id(p) for p in muon["params"]} == {id(model.convolution.weight), id(model.linear.weight)}
    assert {id(p) for p in adamw["params"]} >= {id(model.embedding.weight), id(model.linear.bias)}
    work.run(2)
    assert set(work.optimizer.state) == set(model.parameters())


def test_scion_replaces_the_initial_weights_whatever_the_rate() -> None:
    work = trial("hb.scion", lr=1e-12)
    linear = work.problem.linear
    before = linear.weight.detach().clone()
    work.run(1)
    assert (linear.weight - before).abs().max() > 0.1
    assert linear.bias.abs().max() < 1e-6


def test_weight_decay_of_nadam_has_the_wrong_sign() -> None:
    decay, lr = 0.1, 0.01
    start = Small().linear.weight.detach()
    plain, decayed = (
        trial("hb.nadam", lr=lr, weight_decay=value).run(1).problem.linear.weight.detach() for value in (0.0, decay)
    )
    torch.testing.assert_close(decayed - plain, lr * decay * start, rtol=0, atol=1e-5)


def _floats(value: Any) -> Iterator[Tensor]:
    if torch.is_tensor(value):
        if value.ndim and value.is_floating_point():
            yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _floats(item)
