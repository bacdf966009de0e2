"""Everything that optbench provides conforms; and each check of models, data sets and tasks can fail."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from optbench import Dataset, Model, Optimizer, RemoteFile, Split, Splits, Task
from optbench.errors import UnknownName
from optbench.registry.registry import Registry
from optbench.runs.context import ExecutionContext
from optbench.testing.check import Check, Outcome, Violation, check, examine
from optbench.testing.components import examined
from optbench.testing.datasets import CHECKS as DATASET_CHECKS
from optbench.testing.datasets import dataset_case
from optbench.testing.models import CHECKS as MODEL_CHECKS
from optbench.testing.models import model_case
from optbench.testing.tasks import CHECKS as TASK_CHECKS
from optbench.testing.tasks import task_case
from optbench.training.content import content_of


@pytest.mark.optbench("optbench")
def test_conforms(conformance: Callable[[], None]) -> None:
    conformance()


@check("even", why="Odd numbers are odd.")
def is_even(number: int) -> None:
    """The number is
    even.

    More words.
    """
    if number % 2:
        raise Violation(f"{number} is odd")


def test_a_finding_says_what_was_expected_what_was_seen_and_why_it_matters() -> None:
    found = examine(is_even, "task", "three", lambda: 3)
    assert str(found).splitlines() == [
        "task three: even failed",
        "  expected: The number is even.",
        "  seen:     3 is odd",
        "  why:      Odd numbers are odd.",
    ]
    assert examine(is_even, "task", "two", lambda: 2).outcome is Outcome.PASSED


def test_a_declared_limit_is_no_failure_unless_the_check_passes() -> None:
    limits = {"even": "it is a prime"}
    assert examine(is_even, "task", "three", lambda: 3, limits).outcome is Outcome.LIMIT
    stale = examine(is_even, "task", "two", lambda: 2, limits)
    assert stale.outcome is Outcome.FAILED
    assert "it passes, though it is declared as a limit (it is a prime)" in stale.seen


def test_whatever_a_check_raises_is_what_was_seen() -> None:
    found = examine(is_even, "task", "none", lambda: 1 // 0)
    assert (found.outcome, found.seen) == (Outcome.FAILED, "ZeroDivisionError: integer division or modulo by zero")


def test_names_of_components_and_distributions_are_examined(registry: Registry) -> None:
    assert list(examined(["adam"], registry)) == [("optimizer", "adam")]
    assert list(examined(["quadratic"], registry)) == [(k, "quadratic") for k in ("model", "dataset", "task")]
    assert len(list(examined(["optbench"], registry))) > 30
    assert list(examined(["mylib:Lion"], registry)) == [("optimizer", "mylib:Lion")]
    with pytest.raises(UnknownName, match="unknown component or distribution 'adan'; did you mean 'adam'"):
        list(examined(["adan"], registry))


def failed(checks: tuple[Check, ...], subject: Any) -> dict[str, str]:
    findings = [examine(one, "task", "it", subject) for one in checks]
    return {found.check: found.seen for found in findings if found.outcome is Outcome.FAILED}


class Net(nn.Module):
    """A correct model of one layer, on which the broken ones below are built."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


class Batch(Net):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x - x.mean(0))


class Unused(Net):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.never = nn.Parameter(torch.zeros(3))


class Unseeded(Net):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        nn.init.normal_(self.layer.weight, generator=torch.Generator().manual_seed(torch.seed() % 2**31))


class Hidden(Net):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.offset = torch.randn(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + self.offset.to(x.dtype)


class Single(Net):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).float()


class Sums(Net):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).sum(0)


class Half(Net):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.scale = nn.Parameter(torch.ones(1, dtype=torch.float16))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * self.scale


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (Net, set()),
        (Batch, {"examples-apart"}),
        (Unused, {"gradients"}),
        (Unseeded, {"determinism"}),
        (Hidden, {"state-dict"}),
        (Single, {"float64"}),
        (Sums, {"outputs", "examples-apart"}),
        (Half, {"builds"}),
    ],
)
def test_a_broken_model_is_caught(broken: type[Net], expected: set[str]) -> None:
    model = Model(name="it", build=lambda input_shape, outputs: broken(input_shape[0], outputs))
    assert set(failed(MODEL_CHECKS, lambda: model_case(model, Registry(), ()))) == expected


def test_a_model_that_takes_no_usual_input_says_so() -> None:
    def build(input_shape: tuple[int, ...], outputs: int) -> nn.Module:
        raise ValueError("wants graphs")

    found = failed(MODEL_CHECKS, lambda: model_case(Model(name="it", build=build), Registry(), ()))
    assert "none of the usual inputs, fits it; it said (16,) torch.float32: ValueError: wants graphs" in found["builds"]


def judging(registry: Registry) -> Registry:
    """Return a registry with nothing but the schedules, losses and metrics of another one."""
    own = Registry()
    for kind in ("schedules", "losses", "metrics"):
        for provided in getattr(registry, kind).values():
            getattr(own, kind).add(provided.component, "t", "1")
    return own


def test_a_model_whose_data_is_elsewhere_is_not_judged(registry: Registry) -> None:
    def build(input_shape: tuple[int, ...], outputs: int) -> nn.Module:
        raise ValueError("wants graphs")

    own = judging(registry)
    file = RemoteFile(path="graphs.gz", checksum="sha256:0", urls=())
    own.datasets.add(Dataset(name="graphs", build="nowhere:build", files=(file,)), "t", "1")
    own.tasks.add(Task(name="it", model="it", dataset="graphs", steps=1), "t", "1")
    for one in MODEL_CHECKS:
        found = examine(one, "model", "it", lambda: model_case(Model(name="it", build=build), own, ()))
        assert (found.outcome, found.seen) == (
            Outcome.NOT_APPLICABLE,
            "data set 'graphs' is not on this machine, and none of the usual inputs fits it",
        )


def splits(seed: int = 0, **changes: Any) -> Splits:
    generator = torch.Generator().manual_seed(seed)

    def part(n: int) -> Split:
        return Split(torch.randn(n, 4, generator=generator), torch.arange(n) % 3)

    return dataclasses.replace(Splits(part(30), part(12), part(12), outputs=3), **changes)


def not_finite() -> Splits:
    s = splits()
    s.test.inputs[0] = torch.inf
    return s


def as_arrays() -> Splits:
    """What a run converts: numpy arrays in double precision and lists of small whole numbers."""
    s = splits()

    def arrays(part: Split) -> Any:
        assert isinstance(part.inputs, torch.Tensor)
        return Split(part.inputs.double().numpy(), part.targets.tolist())  # type: ignore[arg-type]

    return Splits(arrays(s.train), arrays(s.validation), arrays(s.test), outputs=s.outputs)


def words() -> Splits:
    s = splits()
    return dataclasses.replace(s, test=Split(["a"] * len(s.test), s.test.targets))


def too_few() -> Splits:
    s = splits()
    return dataclasses.replace(s, test=Split(s.test.inputs[:3], s.test.targets))


def masked(value: int) -> Splits:
    s = splits()
    s.test.targets[0] = value
    return s


def leaking() -> Splits:
    s = splits()
    return dataclasses.replace(s, test=Split(s.train.inputs[:12], s.train.targets[:12]))


def transcribed(padding: int = -100) -> Splits:
    """Splits whose targets are transcripts, classes [N, 2], of which every other one has a single character."""
    s = splits()
    for part in (s.train, s.validation, s.test):
        part.targets[::2] = 1
    train, validation, test = (
        Split(part.inputs, torch.stack((part.targets, part.targets.where(part.targets == 1, padding)), 1))
        for part in (s.train, s.validation, s.test)
    )
    return Splits(train, validation, test, outputs=3)


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (splits, set()),
        (transcribed, set()),
        (lambda: transcribed(padding=-1), {"classes"}),
        (as_arrays, set()),
        (not_finite, {"builds"}),
        (words, {"builds", "determinism", "disjoint-splits", "classes"}),
        (too_few, {"builds", "disjoint-splits"}),
        (leaking, {"disjoint-splits"}),
        (lambda: splits(seed=torch.initial_seed()), {"determinism"}),
        (lambda: splits(outputs=2), {"classes"}),
        (lambda: splits(outputs=4), {"classes"}),
        (lambda: masked(-100), set()),
        (lambda: masked(-1), {"classes"}),
    ],
)
def test_a_broken_data_set_is_caught(build: Callable[..., Any], expected: set[str]) -> None:
    dataset = Dataset(name="it", build=lambda files: build())
    assert set(failed(DATASET_CHECKS, lambda: dataset_case(dataset, ()))) == expected


def test_a_data_set_whose_content_changes_is_caught() -> None:
    dataset = Dataset(name="it", build=lambda files: splits(), content=content_of(splits()))
    assert failed(DATASET_CHECKS, lambda: dataset_case(dataset, ())) == {}
    changed = dataclasses.replace(dataset, build=lambda files: splits(seed=1))
    assert "it declares content=" in failed(DATASET_CHECKS, lambda: dataset_case(changed, ()))["content"]
    last_digits = splits()
    last_digits.train.inputs.mul_(1 + 1e-8)
    assert content_of(last_digits) == content_of(splits())
    relabelled = splits()
    relabelled.test.targets[0] = 2
    assert content_of(relabelled) != content_of(splits())


CONTEXT = ExecutionContext(folders=(Path(),))


@pytest.fixture
def with_task(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Task, Registry]]:
    def registered(model: Any, **changes: Any) -> tuple[Task, Registry]:
        own = judging(registry)
        own.optimizers.add(registry.optimizers["adam"].component, "t", "1")
        own.datasets.add(Dataset(name="it", build=lambda files: splits()), "t", "1")
        own.models.add(Model(name="it", build=lambda shape, outputs: model(shape[0], outputs)), "t", "1")
        small: dict[str, Any] = {"name": "it", "model": "it", "dataset": "it", "steps": 40, "batch_size": 10}
        monkeypatch.setattr(ExecutionContext, "registry", lambda self: own)
        return Task(**small | changes), own

    return registered


class Loud(Net):
    def forward(self, x: Tensor) -> Tensor:
        return 50 * super().forward(x)


class Deaf(Net):
    def forward(self, x: Tensor) -> Tensor:
        return 0 * super().forward(x)


class Random(Net):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * (
            1 + 0.1 * torch.rand(1, generator=torch.Generator().manual_seed(torch.seed() % 999))
        )


def level(x: Any, y: Any) -> Any:
    return 0 * x


@pytest.mark.parametrize(
    ("model", "changes", "expected"),
    [
        (Net, {}, set()),
        (Net, {"test_function": {"function": f"{__name__}:level", "window": [[0, 1], [0, 1]]}}, {"test-function"}),
        (Loud, {}, {"initial-loss"}),
        (Deaf, {}, {"learns"}),
        (Random, {}, {"determinism"}),
        (Net, {"targets": [{"name": "easy", "value": 5.0}]}, {"targets"}),
        (Net, {"loss": "mse"}, {"trains", "initial-loss", "determinism", "learns"}),
    ],
)
def test_a_broken_task_is_caught(
    with_task: Callable[..., tuple[Task, Registry]], model: type[Net], changes: dict[str, Any], expected: set[str]
) -> None:
    task, _ = with_task(model, **changes)
    assert set(failed(TASK_CHECKS, lambda: task_case(task, CONTEXT))) == expected


class Spells(nn.Module):
    """Four numbers to the logits of as many frames [B, `frames`, 3]."""

    def __init__(self, inputs: int, outputs: int, frames: int, scale: float = 1.0) -> None:
        super().__init__()
        self.layer, self.frames, self.scale = nn.Linear(inputs, frames * outputs), frames, scale

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * self.layer(x).unflatten(1, (self.frames, -1))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({"frames": 6}, set()),
        ({"frames": 6, "scale": 50.0}, {"initial-loss"}),
        ({"frames": 2}, {"trains", "initial-loss", "determinism", "learns"}),
    ],
)
def test_a_broken_task_of_transcripts_is_caught(
    with_task: Callable[..., tuple[Task, Registry]], model: dict[str, Any], expected: set[str]
) -> None:
    task, own = with_task(lambda i, o: Spells(i, o, **model), loss="ctc", metric="character_error_rate")
    own.datasets.add(Dataset(name="transcribed", build=lambda files: transcribed()), "t", "1")
    task = task.model_copy(update={"dataset": "transcribed"})
    found = failed(TASK_CHECKS, lambda: task_case(task, CONTEXT))
    assert set(found) == expected
    if "trains" in expected:
        assert found["trains"].startswith("UsageError: the model gives 2 frames, but a transcript needs 3")


def test_a_task_whose_steps_are_long_is_not_waited_for(
    with_task: Callable[..., tuple[Task, Registry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step is three passes over ten examples, each of 2 * 4 * 3 operations."""
    task, _ = with_task(Net)
    monkeypatch.setattr("optbench.testing.tasks.OPERATIONS", 720)
    assert examine(TASK_CHECKS[0], "task", "it", lambda: task_case(task, CONTEXT)).outcome is Outcome.PASSED
    monkeypatch.setattr("optbench.testing.tasks.OPERATIONS", 719)
    found = [examine(one, "task", "it", lambda: task_case(task, CONTEXT)) for one in TASK_CHECKS]
    assert {one.outcome for one in found} == {Outcome.NOT_APPLICABLE}
    assert found[0].seen.startswith("a step takes 7.2e+02 operations")


def test_an_optimizer_from_an_import_string_is_examined_at_its_own_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from optbench.runs.context import ExecutionContext
    from optbench.testing.examination import examine_one

    (tmp_path / "my_conforming_sgd.py").write_text(
        "import torch\nclass Mine(torch.optim.SGD):\n    def __init__(self, params, lr=0.2):\n"
        "        assert lr == 0.2\n        super().__init__(params, lr=lr)\n"
    )
    context = ExecutionContext(search_path=(str(tmp_path),))
    found = examine_one("optimizer", "my_conforming_sgd:Mine", "builds", context)
    assert found.outcome is Outcome.PASSED


def test_limits_name_checks_that_exist(registry: Registry) -> None:
    from optbench.testing.optimizers import CHECKS

    known = {one.name for one in CHECKS}
    for provided in registry.optimizers.values():
        assert isinstance(provided.component, Optimizer)
        assert set(provided.component.limits) <= known
