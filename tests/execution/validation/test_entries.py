"""Entries are tried before anything runs: what cannot work is refused in a line, and what works is not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optbench.execution.process import ThisProcess, WorkerDied, WorkerTimeout
from optbench.execution.validation.entries import inspect_import, mistake_in_entry, why_no_schedule
from optbench.execution.validation.trials import EntryTrials
from optbench.registry.registry import Registry
from optbench.runs.context import ExecutionContext
from optbench.runs.spec import RunSpec

OPTIMIZERS = '''
import random
import sys
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter -= self.rate(group) * parameter.grad

    def rate(self, group):
        return group["lr"]

class Hessian(Plain):
    def step(self, closure=None):
        print("a banner")
        (parameter, *_) = self.param_groups[0]["params"]
        torch.autograd.grad(parameter.grad.sum(), parameter)
        super().step()

class Named(Plain):
    def __init__(self, named_parameters, lr=0.1):
        super().__init__([parameter for _, parameter in named_parameters], lr)

class Wants(Plain):
    def step(self, closure):
        closure()
        super().step()

class Exits(Plain):
    def step(self, closure=None):
        sys.exit(3)

class Stubborn(Plain):
    """Keeps its rate to itself."""
    def __init__(self, params, lr=0.1):
        super().__init__(params, lr)
        self.lr = lr

    def rate(self, group):
        return self.lr

class Rateless(Stubborn):
    def __init__(self, params, lr=0.1):
        torch.optim.Optimizer.__init__(self, params, {})
        self.lr = lr

class Late(Plain):
    """Begins with its sixth step, and then uses the rate of the step before."""
    steps, previous = 0, 0.0
    def rate(self, group):
        self.steps, previous, self.previous = self.steps + 1, self.previous, group["lr"]
        return previous if self.steps > 50 else 0.0

class Few(Plain):
    def __init__(self, params, lr=0.1):
        params = list(params)
        assert len(params) < 3
        super().__init__(params, lr)

class Decays(torch.optim.AdamW):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01, foreach=None, maximize=False):
        super().__init__(params, lr, betas, weight_decay=weight_decay)

class Unseeded(torch.optim.SGD):
    def step(self, closure=None):
        for group in self.param_groups:
            group["lr"] *= random.SystemRandom().uniform(0.9, 1.1)
        super().step()

def of_the_head(model, *, total_steps, lr):
    return torch.optim.SGD(model.weight_of_the_task, lr)
'''
MODULE = "tried_optimizers"
CREATE_GRAPH = f"optbench.Optimizer(name='hessian', build='{MODULE}:Hessian', lr_ref=0.1, create_graph=True)"


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"{MODULE}.py").write_text(OPTIMIZERS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, MODULE, raising=False)


@pytest.fixture
def spec(registry: Registry) -> Callable[..., RunSpec]:
    """A run by an optimizer with its defaults and some changes."""

    def make(name: str, task: str = "linear-regression", schedule: str = "constant", **changes: Any) -> RunSpec:
        component = name if name in registry.optimizers or ":" in name else f"{MODULE}:{name}"
        imported = None if ":" not in component else inspect_import(component, ExecutionContext())
        declared = registry.optimizer(component).component
        defaults = dict(declared.defaults) if imported is None else dict(imported.defaults)
        lr = declared.lr_ref if imported is None else imported.lr or 1e-3
        return RunSpec(
            task=registry.tasks[task].component,
            data_checksum="",
            optimizer=name,
            component=component,
            revisions={},
            hyperparameters=defaults | {"lr": lr} | changes,
            schedule=schedule,
            seed=0,
            phase="tune",
            device="cpu",
        )

    return make


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        (
            "adam",
            {"betas": 0.9},
            "betas = 0.9: TypeError: 'float' object is not subscriptable "
            "(give betas as it is by default: [0.9, 0.999])",
        ),
        (
            "Decays",
            {"betass": 0.9},
            f"{MODULE}:Decays has no hyper-parameter 'betass'; did you mean 'betas'?",
        ),
        (
            "Hessian",
            {},
            "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn; "
            f"declare create_graph=True in a plugin file: {CREATE_GRAPH}",
        ),
        (
            "Named",
            {},
            "ValueError: too many values to unpack (expected 2); name a function that calls it instead: "
            "def build(model, *, total_steps, lr): return Named(model.named_parameters(), lr=lr)",
        ),
        (
            "Wants",
            {},
            "TypeError: Wants.step() missing 1 required positional argument: 'closure'; declare closure=True in a "
            f"plugin file: optbench.Optimizer(name='wants', build='{MODULE}:Wants', lr_ref=0.1, closure=True)",
        ),
        ("Exits", {}, "SystemExit: 3"),
        ("Few", {}, f"AssertionError in {MODULE}.py, line 64: assert len(params) < 3"),
    ],
)
def test_what_an_optimizer_raises_is_one_line(
    name: str,
    changes: dict[str, Any],
    expected: str,
    spec: Callable[..., RunSpec],
    capfd: pytest.CaptureFixture[str],
) -> None:
    mistake = mistake_in_entry(spec(name, **changes), ExecutionContext())
    assert mistake is not None
    assert mistake.line == expected
    assert capfd.readouterr() == ("", "")


def test_every_built_in_optimizer_works(registry: Registry, spec: Callable[..., RunSpec]) -> None:
    mistakes = {name: mistake_in_entry(spec(name), ExecutionContext()) for name in registry.optimizers}
    assert set(mistakes.values()) == {None}


def test_an_optimizer_whose_steps_do_not_follow_the_rate_is_found(spec: Callable[..., RunSpec]) -> None:
    assert why_no_schedule(spec("Rateless"), ExecutionContext()) == (
        "its groups have no lr; runs use its rate throughout"
    )
    for name in ("Stubborn", "rprop"):
        assert why_no_schedule(spec(name), ExecutionContext()) == (
            "its steps do not depend on its groups' lr; runs use its rate throughout"
        )


@pytest.mark.parametrize("name", ["Plain", "Late", "adam", "asgd", "lbfgs", "sparse-adam"])
def test_an_optimizer_that_follows_it_early_or_late_is_not_blamed(name: str, spec: Callable[..., RunSpec]) -> None:
    assert why_no_schedule(spec(name), ExecutionContext()) == ""


def test_a_bare_class_has_the_defaults_of_its_signature() -> None:
    found = inspect_import(f"{MODULE}:Decays", ExecutionContext())
    assert (found.lr, found.defaults) == (1e-3, {"betas": [0.9, 0.98], "weight_decay": 0.01})


def mistakes(*specs: RunSpec, live: Any = None) -> list[str]:
    return list(EntryTrials(specs, ExecutionContext(), live or ThisProcess()).mistakes())


def test_an_optimizer_made_for_the_models_of_its_tasks_is_tried_on_those(spec: Callable[..., RunSpec]) -> None:
    """The linear model has a weight and a bias, which is few enough for `Few`; the small model has more."""
    assert mistakes(spec("Few")) == []
    (line,) = mistakes(spec("of_the_head"))
    assert line == (
        "optimizer 'of_the_head': AttributeError: 'SmallModel' object has no attribute 'weight_of_the_task'"
    )


class Scripted:
    """An executor whose answers are given."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), []  # type: ignore[var-annotated]

    def call(self, function: str, *args: Any, timeout: float | None = None) -> Any:
        self.asked.append((function.partition(":")[2], args[0].optimizer, timeout))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_an_optimizer_that_kills_its_worker_or_hangs_is_a_line_too(spec: Callable[..., RunSpec]) -> None:
    live = Scripted(WorkerDied("its process was killed by SIGSEGV"), WorkerTimeout("still running after 120 s"))
    assert mistakes(spec("Plain"), spec("adam"), live=live) == [
        "optimizer 'Plain': its process was killed by SIGSEGV, in its first steps on a small model",
        "optimizer 'adam': still running after 120 s, in its first steps on a small model",
    ]


def test_equal_optimizers_are_tried_once_and_named_each(spec: Callable[..., RunSpec]) -> None:
    one = spec("adam", betas=0.9)
    live = Scripted(WorkerDied("gone"))
    lines = mistakes(one, one.model_copy(update={"optimizer": "also"}), live=live)
    assert [line.partition(":")[0] for line in lines] == ["optimizer 'adam'", "optimizer 'also'"]
    assert live.asked == [("mistake_in_entry", "adam", 120.0)]


def test_a_rate_that_stays_is_noted_where_the_schedule_is_not_constant(spec: Callable[..., RunSpec]) -> None:
    specs = [spec(name, schedule=s) for name in ("rprop", "adam") for s in ("constant", "warmup-cosine")]
    notes = list(EntryTrials(specs, ExecutionContext(), ThisProcess()).notes())
    note = (
        "optimizer 'rprop' does not follow the schedule warmup-cosine: "
        "its steps do not depend on its groups' lr; runs use its rate throughout"
    )
    assert notes == [("rprop", "linear-regression", note)]


def test_an_optimizer_that_takes_other_steps_each_time_is_noted(spec: Callable[..., RunSpec]) -> None:
    specs = [spec("Unseeded"), spec("sgd"), spec("sgd", lr=1e30), spec("lbfgs")]
    notes = list(EntryTrials(specs, ExecutionContext(), ThisProcess()).notes())
    said = "optimizer 'Unseeded': with the same seed it takes other steps when it is run again"
    assert notes == [("Unseeded", "linear-regression", said)]
