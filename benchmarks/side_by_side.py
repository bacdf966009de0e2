"""Runs side by side against the same runs one after the other, in the form that the trial chooses."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import Any

from benchmarks.pairs import Pair, compare
from benchmarks.runs import built, spec_of, trained
from optbench.registry.discovery import load_registry
from optbench.runs.spec import RunSpec
from optbench.training.clock import Clock
from optbench.training.side_by_side.loop import Member, train_side_by_side
from optbench.training.side_by_side.trial import why_apart
from optbench.training.state import TrainingState
from optbench.training.training import Training

TASKS: dict[str, tuple[str, dict[str, Any]]] = {
    "quadratic": ("quadratic", {"steps": 300}),
    "linear regression": ("linear-regression", {"steps": 300}),
    "perceptron on digits": ("digits-few", {"steps": 100, "dataset_options": {}, "model_options": {"hidden": [32]}}),
    "CNN on digits": ("digits-cnn", {"steps": 40}),
    "Transformer": ("markov-transformer", {"steps": 10}),
    "RNN": ("shakespeare-rnn", {"steps": 10}),
}
MEMBERS = (1, 5, 13, 25, 100)
ARITHMETIC = {"CNN on digits", "Transformer", "RNN"}
"""Tasks whose steps are arithmetic: only one size of group is measured."""


def measure(rounds: int) -> Iterator[Pair]:
    """Measure each task at each size of group; the trial, building excluded, is part of the time."""
    for name, (task, changes) in TASKS.items():
        for members in (8,) if name in ARITHMETIC else MEMBERS:
            yield _compared(name, task, changes, members, rounds if members < max(MEMBERS) else max(2, rounds // 3))


def specs_of(task: str, members: int, changes: dict[str, Any]) -> list[RunSpec]:
    """Describe runs of Adam at five rates with several seeds, hardly evaluated."""
    changes = changes | {"evaluations": 2, "eval_examples": 100, "final_examples": 100}
    return [spec_of(task, "adam", 10 ** (-1 + (i % 5) / 4), i // 5, **changes) for i in range(members)]


def _compared(name: str, task: str, changes: dict[str, Any], members: int, rounds: int) -> Pair:
    specs = specs_of(task, members, changes)
    component = load_registry().optimizers["adam"].component
    alone = ""

    def together() -> float:
        nonlocal alone
        runs = [built(spec) for spec in specs]
        begun = perf_counter()
        alone = why_apart(runs, specs, component) if members > 1 else "it is one"
        if alone:
            for run in runs:
                trained(run)
        else:
            train_side_by_side([_member(spec, run) for spec, run in zip(specs, runs, strict=True)], component)
        return perf_counter() - begun

    def one_by_one() -> float:
        runs = [built(spec) for spec in specs]
        begun = perf_counter()
        for run in runs:
            trained(run)
        return perf_counter() - begun

    pair = compare(f"{name}, {members} runs in a group", together, "one by one", one_by_one, rounds)
    form = f"alone: {alone}" if alone else "side by side"
    return Pair(f"{pair.name} ({form})", pair.against, pair.ours, pair.theirs)


def _member(spec: RunSpec, run: Training) -> Member:
    return Member(spec.seed, run, TrainingState(Clock(run.device)), lambda point: None)
