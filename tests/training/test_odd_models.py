"""Models as people write them train with every built-in optimizer that can, or are refused in one line."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from torch import nn

from optbench.builtin.optimizers import OPTIMIZERS
from optbench.components.optimizer import Optimizer
from optbench.components.task import Task
from optbench.errors import UsageError
from optbench.execution.validation.tasks import validate_task
from optbench.registry.discovery import load_registry
from optbench.registry.registry import Registry
from optbench.runs.context import ExecutionContext
from optbench.runs.spec import RunSpec
from optbench.training.build import build_training
from optbench.training.clock import Clock
from optbench.training.loop import train
from optbench.training.seeding import seed_everything
from optbench.training.state import TrainingState
from optbench.training.training import Training
from tests.conftest import SUPPORT

CPU = torch.device("cpu")
BY_NAME = {optimizer.name: optimizer for optimizer in OPTIMIZERS}

ODD: dict[str, dict[str, Any]] = {
    "complex": {},
    "lazy": {},
    "tied": {},
    "scalars": {},
    "unused": {},
    "half": {},
    "two-inputs": {"dataset": "several-inputs"},
    "dict": {"model": "auxiliary", "output": "logits"},
    "named": {"model": "auxiliary", "model_options": {"returns": "named"}, "output": "logits"},
    "tuple": {"model": "auxiliary", "model_options": {"returns": "tuple"}, "output": 0},
}
REFUSED = {
    ("complex", "adafactor"): "Adafactor does not support complex parameters",
    ("complex", "muon"): "Muon does not support complex parameters",
    ("complex", "sparse-adam"): "SparseAdam does not support complex parameters",
}
UNMOVED = {"empty", "nothing", "layer.bias", "idle.weight", "idle.bias", "head.weight", "head.bias"}
UNMOVED |= {"layers.0.bias"}  # batch normalisation takes it out again


@cache
def registry() -> Registry:
    return load_registry((str(SUPPORT / "odd_models.py"),))


def spec_of(name: str, optimizer: Optimizer, decay: float = 0.01, **changes: Any) -> RunSpec:
    task = Task.model_validate(
        {"name": name, "model": name, "dataset": "one-input", "metric": "accuracy", "steps": 3, "batch_size": 8}
        | {"evaluations": 2, "clip_norm": 1.0, "l1": 1e-4, "l2": 1e-3}
        | ODD.get(name, {})
        | changes
    )
    decays = {"weight_decay": decay} if "weight_decay" in optimizer.defaults else {}
    return RunSpec(
        task=task,
        data_checksum="",
        optimizer=optimizer.name,
        component=optimizer.name,
        revisions={},
        hyperparameters={**optimizer.defaults, **decays, "lr": optimizer.lr_ref},
        schedule="constant",
        seed=0,
        phase="report",
        device="cpu",
    )


def prepared(name: str, optimizer: Optimizer, diagnostics: tuple[str, ...] = (), **changes: Any) -> Training:
    return build_training(spec_of(name, optimizer, **changes), registry(), (), CPU, diagnostics)


def trained(run: Training) -> TrainingState:
    seed_everything(0)
    state = TrainingState(Clock(CPU))
    train(run, state, lambda point: None)
    return state


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: optimizer.name)
@pytest.mark.parametrize("name", ODD)
def test_odd_models_train_or_are_refused_in_one_line(name: str, optimizer: Optimizer) -> None:
    reason = REFUSED.get((name, optimizer.name), "does not support dense gradients" if optimizer.sparse else "")
    if reason:
        with pytest.raises((UsageError, RuntimeError), match=reason) as caught:
            trained(prepared(name, optimizer))
        assert "\n" not in str(caught.value).strip()
        return
    run = prepared(name, optimizer, ("gradient-norm", "layers", "sparsity", "path"))
    before = {key: value.detach().clone() for key, value in run.model.named_parameters()}
    state = trained(run)
    assert state.diverged == ""
    assert state.final is not None
    assert run.diagnosis.notes == []
    assert all(torch.isfinite(torch.tensor(list(point.diagnostics.values()))).all() for point in state.evaluations)
    unmoved = {key for key, value in run.model.named_parameters() if torch.equal(value, before[key])}
    assert unmoved <= UNMOVED


def test_complex_weights_stay_complex_in_the_tasks_precision() -> None:
    for precision, expected in (("float32", torch.complex64), ("float64", torch.complex128)):
        run = prepared("complex", BY_NAME["adam"], precision=precision)
        assert {value.dtype for value in run.model.state_dict().values()} == {expected}
        assert trained(run).diverged == ""


def test_a_complex_model_is_trained_as_a_plain_loop_trains_it() -> None:
    run = prepared("complex", BY_NAME["adam"], decay=0.0, l1=0, l2=0, clip_norm=None)
    plain = prepared("complex", BY_NAME["adam"], decay=0.0, l1=0, l2=0, clip_norm=None)
    trained(run)
    optimizer = torch.optim.Adam(plain.model.parameters(), lr=BY_NAME["adam"].lr_ref)
    batches = plain.batches(0)
    for _ in range(3):
        inputs, targets = next(batches)
        optimizer.zero_grad()
        nn.functional.cross_entropy(plain.model(inputs), targets).backward()
        optimizer.step()
    for one, other in zip(run.model.parameters(), plain.model.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)


def test_lazy_layers_have_the_same_initial_weights_for_every_optimizer() -> None:
    first, *others = (prepared("lazy", BY_NAME[name]).model.state_dict() for name in ("adam", "muon", "lbfgs"))
    assert first["layers.0.weight"].shape == (8, 4)
    assert first["layers.1.num_batches_tracked"] == 0  # no batch has been seen
    for other in others:
        assert all(torch.equal(first[key], other[key]) for key in first)


def test_a_lazy_layer_that_is_never_called_is_refused() -> None:
    with pytest.raises(UsageError, match=r"parameter 'idle\.weight' of the model is lazy and not used"):
        prepared("lazy-and-idle", BY_NAME["adam"])


def test_the_task_says_the_precision_and_integers_stay() -> None:
    state = prepared("half", BY_NAME["adam"]).model.state_dict()
    assert {value.dtype for key, value in state.items() if key != "counter"} == {torch.float32}
    assert (state["counter"].dtype, int(state["counter"])) == (torch.int64, 7)


def test_a_tied_weight_is_in_one_group_and_an_embedding_there() -> None:
    groups = prepared("tied", BY_NAME["adamw"]).optimizer.param_groups
    assert [(group["weight_decay"], [tuple(p.shape) for p in group["params"]]) for group in groups] == [
        (0.01, [(6, 6)]),
        (0.0, [(5, 6), (6,)]),
    ]


def test_several_inputs_are_arguments_everywhere() -> None:
    run = prepared("two-inputs", BY_NAME["adam"], augmentation=f"{__name__}:marked", precision="float64")
    assert run.splits.input_shape == ((4,), ())
    assert [part.dtype for part in run.splits.train.inputs] == [torch.float64, torch.int64]
    state = trained(run)
    assert state.samples == 24
    assert state.final is not None
    seen.clear()
    trained(prepared("two-inputs", BY_NAME["lbfgs"], augmentation=f"{__name__}:marked", batch_size="full"))
    assert {tuple(map(len, inputs)) for inputs in seen} == {(24, 24)}


seen: list[tuple[torch.Tensor, ...]] = []


def marked(inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    seen.append(inputs)
    return inputs


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"output": "scores"}, "output='scores': the model returns a dict with the tensors 'logits', 'auxiliary'"),
        ({"output": 5, "model_options": {"returns": "named"}}, "output=5: the model returns a Answer with .* 0, 1"),
    ],
)
def test_an_output_that_is_not_there_is_named_with_those_that_are(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        trained(prepared("dict", BY_NAME["adam"], **changes))


def test_the_other_outputs_are_ignored() -> None:
    losses = [trained(prepared("dict", BY_NAME["adam"], **ODD[name])).losses for name in ("dict", "named", "tuple")]
    assert losses[0] == losses[1] == losses[2]


def test_an_output_changes_a_run_id_only_where_one_is_named() -> None:
    def spec(**changes: Any) -> RunSpec:
        return RunSpec(
            task=Task(name="t", model="m", dataset="d", steps=1, **changes),
            data_checksum="0",
            optimizer="o",
            component="o",
            revisions={},
            hyperparameters={"lr": 0.1},
            schedule="constant",
            seed=0,
            phase="tune",
            device="cpu",
        )

    assert spec().run_id == "b5cbbd818b94ca20"  # as before there were outputs to name
    assert spec(output="logits").run_id != spec().run_id


def test_an_optimizer_that_cannot_is_named_before_anything_runs() -> None:
    """The task's own trial is by gradient descent; the entries are looked at where parameters are complex."""
    context = ExecutionContext(plugins=(str(SUPPORT / "odd_models.py"),))
    specs = [spec_of("complex", BY_NAME[name]) for name in ("adam", "muon")]
    assert validate_task(specs[0], "cpu", context, specs[:1]) == ""
    refused = "optimizer 'muon' cannot train complex parameters: Muon does not support complex parameters"
    assert validate_task(specs[0], "cpu", context, specs) == refused
