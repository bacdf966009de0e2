"""Runs side by side come to the same as each by itself, whatever they are made of; what cannot be is found out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from optbench.builtin.optimizers import OPTIMIZERS
from optbench.components.optimizer import Optimizer
from optbench.components.task import Task
from optbench.errors import PluginError
from optbench.registry.discovery import load_registry
from optbench.registry.registry import Registry
from optbench.runs.spec import RunSpec
from optbench.training.build import build_training
from optbench.training.clock import Clock
from optbench.training.loop import train
from optbench.training.side_by_side.gradients import gradients
from optbench.training.side_by_side.loop import Member, train_side_by_side
from optbench.training.side_by_side.stack import Stack
from optbench.training.side_by_side.trial import operations, why_apart
from optbench.training.state import TrainingState
from optbench.training.training import Training, loss_of
from tests.conftest import SUPPORT

CPU = torch.device("cpu")
BY_NAME = {optimizer.name: optimizer for optimizer in OPTIMIZERS}
PLAIN = sorted(name for name, o in BY_NAME.items() if not (o.closure or o.sparse or o.create_graph))
SCALE_FREE = {"adafactor", "rprop", "adagrad", "muon"}
"""They magnify gradients however small: those of a bias before a normalisation are zero but for rounding."""
TASKS: dict[str, dict[str, Any]] = {
    "quadratic": {"model": "quadratic", "dataset": "quadratic", "loss": "mean_output", "batch_size": 16},
    "regression": {"model": "linear", "dataset": "diabetes", "loss": "mse", "batch_size": "full"},
    "perceptron": {"model": "mlp", "dataset": "digits", "model_options": {"hidden": [12]}, "clip_norm": 0.5},
    "penalised": {"model": "mlp", "dataset": "digits", "model_options": {"hidden": [12]}, "l1": 1e-4, "l2": 1e-3},
    "normalised": {
        "model": "mlp",
        "dataset": "digits",
        "model_options": {"hidden": [12], "normalisation": "batch"},
        "label_smoothing": 0.1,
    },
    "convolutional": {
        "model": "lenet",
        "dataset": "digits",
        "model_options": {"channels": [2, 3], "hidden": 8, "padding": 2, "activation": "tanh"},
        "batch_size": 8,
    },
}
ODD = {"complex": {}, "lazy": {}, "tied": {}, "scalars": {}, "unused": {}, "two-inputs": {"dataset": "several-inputs"}}


@cache
def registry() -> Registry:
    return load_registry((str(SUPPORT / "odd_models.py"),))


def spec_of(fields: dict[str, Any], optimizer: Optimizer, lr: float, seed: int, steps: int, **values: Any) -> RunSpec:
    task = Task.model_validate(
        {"name": "t", "steps": steps, "evaluations": 3, "precision": "float64", "batch_size": 8} | fields
    )
    return RunSpec(
        task=task,
        data_checksum="",
        optimizer=optimizer.name,
        component=optimizer.name,
        revisions={},
        hyperparameters={**optimizer.defaults, "lr": lr * optimizer.lr_ref, **values},
        schedule="warmup-cosine",
        seed=seed,
        phase="report",
        device="cpu",
    )


def built(specs: Sequence[RunSpec]) -> list[Training]:
    return [build_training(spec, registry(), (), CPU) for spec in specs]


def singly(specs: Sequence[RunSpec]) -> list[TrainingState]:
    states = []
    for run in built(specs):
        states.append(TrainingState(Clock(CPU)))
        train(run, states[-1], lambda point: None)
    return states


def together(specs: Sequence[RunSpec], change: Callable[[list[Training]], object] = lambda runs: None) -> list[Member]:
    runs = built(specs)
    change(runs)
    members = [
        Member(spec.seed, run, TrainingState(Clock(CPU)), lambda point: None)
        for spec, run in zip(specs, runs, strict=True)
    ]
    train_side_by_side(members, registry().optimizers[specs[0].component].component)
    return members


def assert_same(members: Sequence[Member], states: Sequence[TrainingState], rel: float = 1e-9) -> None:
    for member, expected in zip(members, states, strict=True):
        assert member.error is None
        found = member.state
        assert bool(found.diverged) == bool(expected.diverged)
        assert (found.step, found.samples, found.gradient_evaluations) == (
            (expected.step, expected.samples, expected.gradient_evaluations)
        )
        if found.diverged:
            continue
        assert found.losses == pytest.approx(expected.losses, rel=rel, abs=1e-12)
        assert found.final is not None and expected.final is not None
        for name in ("validation_loss", "test_loss", "train_eval_loss"):
            assert getattr(found.final, name) == pytest.approx(getattr(expected.final, name), rel=rel, abs=1e-12)


@settings(max_examples=25)
@given(
    task=st.sampled_from(sorted(TASKS)),
    optimizer=st.sampled_from(PLAIN),
    members=st.lists(st.tuples(st.sampled_from([0.03, 0.3, 1.0, 3.0]), st.integers(0, 2)), min_size=1, max_size=6),
    decay=st.sampled_from([0.0, 0.01]),
)
def test_curves_and_ends_are_those_of_single_runs(
    task: str, optimizer: str, members: list[tuple[float, int]], decay: float
) -> None:
    assume(task != "normalised" or optimizer not in SCALE_FREE)
    component = BY_NAME[optimizer]
    values = {"weight_decay": decay} if decay and "weight_decay" in component.defaults else {}
    specs = [spec_of(TASKS[task], component, lr, seed, 20, **values) for lr, seed in members]
    assert_same(together(specs), singly(specs))


@pytest.mark.parametrize("task", ["quadratic", "regression", "perceptron"])
def test_in_single_precision_fifty_steps_agree_to_five_digits(task: str) -> None:
    fields = TASKS[task] | {"precision": "float32"}
    for optimizer in ("momentum", "adam"):
        specs = [spec_of(fields, BY_NAME[optimizer], lr, seed, 50) for lr in (0.1, 1.0) for seed in range(2)]
        assert_same(together(specs), singly(specs), rel=1e-5)


@pytest.mark.parametrize("model", sorted(ODD))
@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_models_as_people_write_them(model: str, optimizer: str) -> None:
    if (model, optimizer) == ("complex", "muon"):
        pytest.skip("Muon does not support complex parameters")
    fields = {"model": model, "dataset": "one-input"} | ODD[model]
    specs = [spec_of(fields, BY_NAME[optimizer], lr, seed, 12) for lr, seed in ((1.0, 0), (0.1, 0), (1.0, 1))]
    assert_same(together(specs), singly(specs))


def test_other_scalars_than_the_rate_may_differ() -> None:
    specs = [
        spec_of(TASKS["perceptron"], BY_NAME["adam"], 1.0, 0, 20, betas=[beta, 0.99], eps=eps)
        for beta, eps in ((0.5, 1e-8), (0.9, 1e-3))
    ]
    assert_same(together(specs), singly(specs))


@pytest.mark.parametrize("task", ["quadratic", "regression", "perceptron", "normalised", "penalised"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["adam", "muon"])
def test_how_many_there_are_changes_no_bit(task: str, precision: str, optimizer: str) -> None:
    if (task, optimizer) == ("normalised", "adam"):
        pytest.skip("batch normalisation sums over all members' channels in one vectorised loop")
    component, fields = BY_NAME[optimizer], TASKS[task] | {"precision": precision}
    specs = [spec_of(fields, component, lr, seed, 15) for lr in (0.03, 1.0) for seed in range(4)]
    eight = together(specs)
    for chosen in ([0], [3, 6], [1, 2, 3, 4, 7]):
        for index, member in zip(chosen, together([specs[i] for i in chosen]), strict=True):
            assert member.state.losses == eight[index].state.losses
            assert member.state.final == eight[index].state.final


@pytest.mark.parametrize("optimizer", ["sgd", "muon"])
def test_one_that_diverges_leaves_without_a_trace(optimizer: str) -> None:
    rates = (0.01, 1e5, 0.1) if optimizer == "sgd" else (0.01, 1e8, 0.1)
    specs = [spec_of(TASKS["quadratic"], BY_NAME[optimizer], lr, 0, 20) for lr in rates]
    all_three, two = together(specs), together([specs[0], specs[2]])
    assert [bool(member.state.diverged) for member in all_three] == [False, True, False]
    assert 0 < all_three[1].state.step < 20
    for left, without in zip([all_three[0], all_three[2]], two, strict=True):
        assert left.state.losses == without.state.losses and left.state.final == without.state.final


def test_the_state_of_a_shared_optimizer_is_counted_for_each(registry: Callable[[], Registry] = registry) -> None:
    specs = [spec_of(TASKS["perceptron"], BY_NAME["adam"], lr, 0, 5) for lr in (0.1, 1.0)]
    for member in together(specs):
        parameters = list(member.run.model.parameters())
        state = member.run.optimizer.state
        assert [state[p]["exp_avg"].shape for p in parameters] == [p.shape for p in parameters]


def test_one_that_raises_leaves_and_says_what() -> None:
    specs = [spec_of(TASKS["perceptron"], BY_NAME["muon"], 1.0, seed, 10) for seed in range(3)]

    def spoil(runs: list[Training]) -> None:
        def raises() -> None:
            raise ValueError("not today")

        runs[1].optimizer.step = raises

    members = together(specs, spoil)
    assert [repr(member.error) for member in members] == ["None", "ValueError('not today')", "None"]
    assert_same([members[0], members[2]], singly([specs[0], specs[2]]))


class _Replaces(torch.optim.SGD):
    def step(self, closure: Any = None) -> Any:
        super().step(closure)
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.data = parameter.data.clone()


class _Changes(torch.optim.SGD):
    def step(self, closure: Any = None) -> Any:
        super().step(closure)
        torch.set_default_dtype(torch.float64)


@pytest.mark.parametrize(
    ("kind", "reason"), [(_Replaces, "replaces the data of parameters"), (_Changes, "changes settings of torch")]
)
def test_what_would_go_wrong_unseen_is_refused(kind: type[torch.optim.SGD], reason: str) -> None:
    specs = [spec_of(TASKS["perceptron"], BY_NAME["muon"], 1.0, seed, 6) for seed in range(2)]

    def spoil(runs: list[Training]) -> None:
        for run in runs:
            object.__setattr__(run, "optimizer", kind(run.model.parameters(), lr=0.1))

    before = torch.get_default_dtype()
    try:
        with pytest.raises(PluginError, match=reason):
            together(specs, spoil)
    finally:
        torch.set_default_dtype(before)


class _Draws(nn.Linear):
    def forward(self, inputs: Tensor) -> Tensor:
        return nn.functional.dropout(super().forward(inputs), 0.5, training=True)


class _Decides(nn.Linear):
    def forward(self, inputs: Tensor) -> Tensor:
        outputs = super().forward(inputs)
        return outputs if float(outputs.sum()) > 0 else -outputs


class _Remembers(nn.Linear):
    """Its gradient depends on how often it was called."""

    calls = 0

    def forward(self, inputs: Tensor) -> Tensor:
        type(self).calls += 1
        return super().forward(inputs) * type(self).calls


@pytest.mark.filterwarnings("ignore:Converting a tensor")
@pytest.mark.parametrize(
    ("kind", "reason"),
    [(_Draws, "random operation"), (_Decides, "item()"), (_Remembers, "is another one when it is computed together")],
)
def test_models_that_cannot_be_batched_are_found_out(
    kind: type[nn.Linear], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nn, "Linear", kind)
    fields = {"model": "mlp", "dataset": "digits", "model_options": {"hidden": [4]}}
    specs = [spec_of(fields, BY_NAME["adam"], 1.0, seed, 6) for seed in range(3)]
    assert reason in why_apart(built(specs), specs, BY_NAME["adam"])


class SharesItsCounter(torch.optim.Optimizer):
    """Its steps shrink with those that all objects of the class have made."""

    made = 0

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        type(self).made += 1
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.sub_(parameter.grad, alpha=group["lr"] / (type(self).made % 7 + 1))


@pytest.mark.parametrize("task", sorted(TASKS))
def test_gradients_lie_in_memory_as_those_of_single_runs(task: str) -> None:
    """An optimizer may take a view of them as vectors, say."""
    runs = built([spec_of(TASKS[task], BY_NAME["sgd"], lr, 0, 6) for lr in (0.1, 1.0)])
    batches = [next(run.batches(0)) for run in runs]
    loss_of(runs[0], *batches[0]).backward()
    expected = {name: parameter.grad.stride() for name, parameter in runs[0].model.named_parameters()}
    _, found = gradients(runs[0], Stack([run.model for run in runs]), batches)
    assert {name: gradient[0].stride() for name, gradient in found.items()} == expected


class HasToBeSwitched(torch.optim.SGD):
    """Steps in its training mode only, into which a run puts it after the evaluation that it begins with."""

    trains = False

    def train(self) -> None:
        self.trains = True

    def eval(self) -> None:
        self.trains = False

    def step(self, closure: Any = None) -> Any:
        assert self.trains
        return super().step(closure)


def test_an_optimizer_that_has_to_be_switched_to_training_trains_side_by_side() -> None:
    component = Optimizer(name="switched", build=HasToBeSwitched, lr_ref=0.1)
    specs = [spec_of(TASKS["perceptron"], BY_NAME["sgd"], lr, 0, 6) for lr in (0.1, 1.0)]
    bare = [spec.model_copy(update={"hyperparameters": {"lr": spec.lr}}) for spec in specs]
    assert why_apart(built(specs), bare, component) == ""


class KeepsGradients(torch.optim.SGD):
    """Momentum without a buffer: each gradient is added to what is left of the earlier ones."""

    def zero_grad(self, set_to_none: bool = True) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.grad.mul_(0.9)


def test_an_optimizer_whose_memory_are_the_gradients_is_found_out() -> None:
    component = Optimizer(name="keeps", build=KeepsGradients, lr_ref=0.1)
    specs = [spec_of(TASKS["perceptron"], BY_NAME["sgd"], lr, 0, 6) for lr in (0.1, 1.0)]
    bare = [spec.model_copy(update={"hyperparameters": {"lr": spec.lr}}) for spec in specs]
    assert why_apart(built(specs), bare, component) == "its optimizer keeps gradients from one step to the next"


def test_optimizers_that_share_what_they_keep_are_found_out() -> None:
    component = Optimizer(name="counts", build=SharesItsCounter, lr_ref=0.1)
    specs = [spec_of(TASKS["perceptron"], BY_NAME["sgd"], lr, 0, 6) for lr in (0.1, 1.0)]
    bare = [spec.model_copy(update={"hyperparameters": {"lr": spec.lr}}) for spec in specs]
    assert why_apart(built(specs), bare, component) == "optimizers of this class disturb each other"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"closure": True}, "more than gradients"), ({"create_graph": True}, "more than gradients")],
)
def test_optimizers_that_need_more_than_gradients_stay_apart(changes: dict[str, Any], reason: str) -> None:
    component = Optimizer(name="needs", build="torch.optim:LBFGS", lr_ref=0.1, **changes)
    specs = [spec_of(TASKS["perceptron"], BY_NAME["sgd"], 1.0, 0, 6)]
    assert reason in why_apart(built(specs), specs, component)


def test_where_a_step_is_arithmetic_runs_stay_apart() -> None:
    wide = {"model": "mlp", "dataset": "digits", "model_options": {"hidden": [300, 300]}, "batch_size": 32}
    for fields, expected in ((TASKS["perceptron"], ""), (wide, "arithmetic")):
        specs = [spec_of(fields, BY_NAME["adam"], 1.0, seed, 6) for seed in range(2)]
        reason = why_apart(built(specs), specs, BY_NAME["adam"])
        assert expected in reason and bool(expected) == bool(reason)


def test_operations_are_those_of_products_forward_and_twice_backward() -> None:
    fields = {"model": "mlp", "dataset": "digits", "model_options": {"hidden": [12]}, "batch_size": 8}
    (run,) = built([spec_of(fields, BY_NAME["adam"], 1.0, 0, 6)])
    forward = 2 * 8 * (64 * 12 + 12 * 10)
    assert operations(run) == 3 * forward - 2 * 8 * 64 * 12  # of the inputs no gradient is asked for


def test_trying_moves_neither_weights_nor_statistics_nor_streams() -> None:
    specs = [spec_of(TASKS["normalised"], BY_NAME["adam"], 1.0, seed, 6) for seed in range(3)]
    runs = built(specs)
    before = [{name: tensor.clone() for name, tensor in run.model.state_dict().items()} for run in runs]
    stream = torch.get_rng_state()
    why_apart(runs, specs, BY_NAME["adam"])
    assert torch.equal(torch.get_rng_state(), stream)
    for run, kept in zip(runs, before, strict=True):
        assert all(torch.equal(tensor, kept[name]) for name, tensor in run.model.state_dict().items())
        assert all(parameter.grad is None for parameter in run.model.parameters())
