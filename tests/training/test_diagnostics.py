"""Diagnostics measure, and nothing that they do shows in the run: not what they cost, draw, or break."""

from __future__ import annotations

import dataclasses
import json
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import optbench
from optbench.components.component import resolve
from optbench.observers import LoggingObserver
from optbench.options import parse_options
from optbench.plan import prepare
from optbench.registry.registry import Registry
from optbench.runs.record import Evaluation, RunRecord
from optbench.session import carry_out
from optbench.training.clock import Clock
from optbench.training.diagnostics import Diagnosis
from optbench.training.loop import train
from optbench.training.state import TrainingState
from optbench.training.training import Training
from tests.training.test_loop import CPU, model, training

Measure = Callable[[int], Any]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in a worker; tensors this small lose most of their time to a second one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def diagnosis(run: Training, **probes: Any) -> Diagnosis:
    """Diagnostics by name, each a function of the steps made, or a whole `build`."""
    registry = Registry()
    for name, build in probes.items():
        registry.diagnostics.add(optbench.Diagnostic(name=name, build=build), "test", "")
    return Diagnosis(tuple(probes), registry, run.model, run.optimizer)


def plain(measure: Measure) -> Callable[..., Measure]:
    """The `build` of a diagnostic that needs neither model nor optimizer."""
    return lambda model, optimizer: measure


class Noisy(torch.optim.SGD):
    """Adds noise from each of the global generators that third-party optimizers draw from."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        for weight in self.param_groups[0]["params"]:
            noise = random.gauss() + np.random.standard_normal() + torch.randn(()).item()  # noqa: NPY002
            weight.add_(1e-3 * noise)
        return super().step(closure)


def curve(optimizer: type = torch.optim.SGD, **probes: Any) -> tuple[list[float], list[Evaluation], Diagnosis]:
    """Losses of all steps, evaluation points and diagnosis of one and the same run, with these diagnostics."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    network = model()
    run = training(optimizer(network.parameters(), lr=0.1), network)
    run = dataclasses.replace(run, diagnosis=diagnosis(run, **probes))
    state = TrainingState(Clock(CPU))
    train(run, state, lambda point: None)
    return state.losses, state.evaluations, run.diagnosis


def without(points: list[Evaluation]) -> list[dict[str, Any]]:
    """Evaluation points without diagnostics and clocks."""
    return [point.model_dump(exclude={"diagnostics", "train_seconds", "data_seconds"}) for point in points]


def raises_at_build(model: nn.Module, optimizer: Any) -> Measure:
    raise LookupError("no such layer")


def raises_at_the_third_call(model: nn.Module, optimizer: Any) -> Measure:
    calls = []

    def measure(step: int) -> float:
        calls.append(step)
        if len(calls) == 3:
            raise ArithmeticError("three is too many\nand more of it")
        return float(step)

    return measure


def exits(model: nn.Module, optimizer: Any) -> Measure:
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("build", "note", "calls"),
    [
        (raises_at_build, "LookupError: no such layer", 0),
        (raises_at_the_third_call, "ArithmeticError: three is too many", 2),
        (exits, "SystemExit: 3", 0),
        (plain(lambda step: "large"), "could not convert string to float: 'large'", 0),
        (plain(lambda step: None), "TypeError: ", 0),
        (plain(lambda step: torch.ones(2)), "Error: ", 0),
        (plain(lambda step: {"good": 1.0, "bad": "text"}), "could not convert string to float: 'text'", 0),
        (lambda model, optimizer: None, "TypeError: ", 0),
        ("no_such_module_anywhere:build", "ModuleNotFoundError: No module named 'no_such_module_anywhere'", 0),
    ],
    ids=[
        "at build",
        "at the third call",
        "exits",
        "text",
        "none",
        "two numbers",
        "half text",
        "no function",
        "no module",
    ],
)
def test_one_that_fails_is_noted_once_and_neither_the_run_nor_another_diagnostic_notices(
    build: Callable[..., Any] | str, note: str, calls: int
) -> None:
    losses, points, _ = curve()
    seen: list[int] = []
    broken: dict[str, Any] = {"broken": build, "sound": plain(lambda step: seen.append(step) or len(seen))}
    losses_with, points_with, found = curve(**broken)

    assert losses_with == losses
    assert without(points_with) == without(points)
    assert len(found.notes) == 1
    assert found.notes[0].startswith("diagnostic broken failed: ")
    assert note in found.notes[0]
    assert "\n" not in found.notes[0]
    assert [point.diagnostics.get("sound") for point in points_with] == [1, 2, 3, 4]
    assert [set(point.diagnostics) for point in points_with] == [{"broken", "sound"}] * calls + [{"sound"}] * (
        4 - calls
    )


def test_what_diagnostics_draw_at_random_moves_nothing_else() -> None:
    drawn: list[float] = []

    def draws(step: int) -> float:
        drawn.append(random.random() + np.random.random() + torch.rand(()).item())  # noqa: NPY002
        return drawn[-1]

    losses, points, _ = curve(Noisy)
    losses_with, points_with, _ = curve(Noisy, dice=plain(draws))
    assert len(drawn) == 4
    assert losses_with == losses
    assert without(points_with) == without(points)


def test_the_comparison_of_noisy_runs_can_fail() -> None:
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    network = model()
    run = training(Noisy(network.parameters(), lr=0.1), network)
    random.random()
    state = TrainingState(Clock(CPU))
    train(run, state, lambda point: None)
    assert state.losses != curve(Noisy)[0]


def test_several_numbers_come_under_the_name_of_their_diagnostic_and_none_is_none() -> None:
    answers: dict[int, Any] = {0: {}, 10: {"a": 1, "b": torch.tensor(2.5)}, 20: math.inf, 30: True}
    _, points, found = curve(d=plain(answers.__getitem__))
    assert [point.diagnostics for point in points] == [{}, {"d.a": 1.0, "d.b": 2.5}, {"d": math.inf}, {"d": 1.0}]
    assert found.notes == []


def test_it_sees_the_model_in_evaluation_mode_without_gradients_recorded() -> None:
    seen = []

    def build(model: nn.Module, optimizer: Any) -> Measure:
        return lambda step: seen.append((model.training, torch.is_grad_enabled())) or 0.0

    curve(d=build)
    assert seen == [(False, False)] * 4


def test_the_gradients_that_it_finds_are_those_of_the_last_step() -> None:
    norms: list[float | None] = []

    def build(model: nn.Module, optimizer: Any) -> Measure:
        def measure(step: int) -> dict[str, float]:
            weight = next(model.parameters())
            norms.append(None if weight.grad is None else float(weight.grad.norm()))
            return {}

        return measure

    spied: list[float] = []

    class Spy(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            spied.append(float(self.param_groups[0]["params"][0].grad.norm()))
            return super().step(closure)

    curve(Spy, d=build)
    assert norms == [None, spied[9], spied[19], spied[29]]


def test_the_gradient_norm_is_that_of_each_layer_and_of_all() -> None:
    network = model()
    run = training(torch.optim.SGD(network.parameters(), lr=0.1), network)
    measure = resolve("optbench.builtin.diagnostics:gradient_norm")(network, run.optimizer)
    assert measure(0) == {}
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, 2.0)
    sizes = {"0": 5 * 16 + 16, "3": 16 * 3 + 3}
    expected = {name: 2 * math.sqrt(size) for name, size in sizes.items()} | {"all": 2 * math.sqrt(sum(sizes.values()))}
    assert measure(1) == pytest.approx(expected, rel=1e-6)


SUITE = """
name = "small"
protocol = { name = "defaults", report_seeds = [1000, 1001] }
optimizers = ["adam"]
[[tasks]]
name = "small-quadratic"
task = "quadratic"
steps = 20
evaluations = 3
"""

PLUGIN = """
import optbench

def late(model, optimizer):
    calls = []
    def measure(step):
        calls.append(step)
        if len(calls) == 3:
            raise ValueError("the third is beyond me")
        return len(calls)
    return measure

@optbench.hookimpl
def optbench_diagnostics():
    yield optbench.Diagnostic(name="late", build=late)
    yield optbench.Diagnostic(name="never", build="no_such_module_anywhere:build")
    yield optbench.Diagnostic(name="text", build=lambda model, optimizer: lambda step: "a lot")
    yield optbench.Diagnostic(name="infinite", build=lambda model, optimizer: lambda step: float("-inf"))
"""


def recorded(folder: Path, suite: str = SUITE, **options: Any) -> dict[str, RunRecord]:
    """Carry out a suite without a report, and return what is in its files, by run."""
    path = folder / "suite.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(suite, encoding="utf-8")
    plan = prepare(
        path, parse_options({"results": folder, "devices": ["cpu"], "jobs": 1, **options}), LoggingObserver()
    )
    carry_out(plan, LoggingObserver())
    files = plan.store.runs.rglob("*.json")
    return {path.stem: RunRecord.model_validate_json(path.read_bytes()) for path in files}


def numbers(record: RunRecord) -> Any:
    """All that is measured in a run, but for clocks and diagnostics."""
    assert record.final is not None
    return record.status, without(list(record.evaluations)), record.final


def test_a_campaign_with_broken_diagnostics_is_the_campaign_without_them(tmp_path: Path) -> None:
    plugin = tmp_path / "broken_diagnostics.py"
    plugin.write_text(PLUGIN)
    names = ["late", "never", "gradient-norm", "text", "infinite"]
    before = recorded(tmp_path / "without")
    after = recorded(tmp_path / "with", plugins=[plugin], diagnostics=names)

    assert after.keys() == before.keys()
    for run_id, record in after.items():
        assert numbers(record) == numbers(before[run_id])
        assert before[run_id].notes == ()
        assert sorted(note.partition(" failed: ")[0] for note in record.notes) == [
            f"diagnostic {name}" for name in ("late", "never", "text")
        ]
        assert "diagnostic late failed: ValueError: the third is beyond me" in record.notes
        assert [point.diagnostics.get("late") for point in record.evaluations] == [1, 2, None]
        assert [point.diagnostics["infinite"] for point in record.evaluations] == [-math.inf] * 3
        assert ["gradient-norm.all" in point.diagnostics for point in record.evaluations] == [False, True, True]


def test_a_suite_may_name_diagnostics_and_whether_it_does_makes_no_run_anew(tmp_path: Path) -> None:
    asks = f'diagnostics = ["gradient-norm"]\n{SUITE}'
    before = recorded(tmp_path)
    assert all(point.diagnostics == {} for record in before.values() for point in record.evaluations)
    assert recorded(tmp_path, asks) == before
    after = recorded(tmp_path / "anew", asks)
    assert after.keys() == before.keys()
    for record in after.values():
        assert record.evaluations[-1].diagnostics["gradient-norm.all"] > 0


def test_diagnostics_survive_the_death_of_their_run(tmp_path: Path) -> None:
    module = tmp_path / "dies_after_step_15.py"
    module.write_text(
        "import os, torch\n"
        "class Dies(torch.optim.SGD):\n"
        "    steps = 0\n"
        "    def step(self, closure=None):\n"
        "        self.steps += 1\n"
        "        if self.steps == 15: os._exit(3)\n"
        "        return super().step(closure)\n"
    )
    plugin = tmp_path / "dies.py"
    plugin.write_text(
        "import optbench\n"
        "@optbench.hookimpl\n"
        "def optbench_optimizers():\n"
        "    yield optbench.Optimizer(name='dies', build='dies_after_step_15:Dies', lr_ref=1e-3)\n"
    )
    chosen: dict[str, Any] = {"plugins": [plugin], "optimizers": ["dies"], "diagnostics": ["gradient-norm"]}
    crashed = [record for record in recorded(tmp_path, **chosen).values() if record.evaluations]
    assert crashed
    for record in crashed:
        assert record.status == "crashed"
        assert [("gradient-norm.all" in point.diagnostics) for point in record.evaluations] == [False, True]


def test_records_hold_infinite_diagnostics_as_valid_json(tmp_path: Path) -> None:
    plugin = tmp_path / "infinite_diagnostics.py"
    plugin.write_text(PLUGIN)
    recorded(tmp_path, plugins=[plugin], diagnostics=["infinite"])
    texts = [path.read_text() for path in tmp_path.rglob("runs/**/*.json")]

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    assert texts
    for text in texts:
        points = json.loads(text, parse_constant=refuse)["evaluations"]
        assert {point["diagnostics"]["infinite"] for point in points} == {"-Infinity"}
