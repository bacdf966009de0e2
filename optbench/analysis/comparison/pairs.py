"""Which cells are set side by side: those of one condition with those of another, or one entry with another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

from optbench.analysis.condition import Condition
from optbench.components.task import Task
from optbench.runs.spec import NOT_THE_EXPERIMENT
from optbench.store.results import Question, Results
from optbench.suite.cell import SuiteTask
from optbench.suite.suite import Suite

Key = tuple[str, ...]
"""A cell: (source, device, task, optimizer)."""


@dataclass(frozen=True)
class Pair:
    """A cell before and after, under the labels of what differs."""

    task: Task
    optimizer: str
    labels: tuple[str, str]
    before: Key
    after: Key


@dataclass(frozen=True)
class Unpaired:
    """A task or an entry that only one side has, or a task that is another one on each side."""

    name: str
    labels: tuple[str, str]
    reason: str


def pairs(results: Results, conditions: tuple[Condition, ...]) -> tuple[Pair, ...]:
    """Return the cells that both sides have, tasks in their order; tasks that differ are not compared."""
    return tuple(
        found for side in _sides(results, conditions) for found in _of(results, side) if isinstance(found, Pair)
    )


def unpaired(results: Results, conditions: tuple[Condition, ...]) -> tuple[Unpaired, ...]:
    """Return what is left out of the comparison."""
    sides = _sides(results, conditions)
    return tuple(found for side in sides for found in _of(results, side) if isinstance(found, Unpaired))


@dataclass(frozen=True)
class _Side:
    """Two conditions, with the name of each entry before and after."""

    before: Condition
    after: Condition
    labels: tuple[str, str]
    entries: Mapping[str, str]


def _sides(results: Results, conditions: tuple[Condition, ...]) -> list[_Side]:
    names = {source.label: _names(source.suite) for source in results.sources}
    sides = []
    for before, after in _conditions(results.question, conditions):
        question = results.question
        common = {name: name for name in names[before.source] if name in names[after.source]}
        entries = {question.before_entry: question.after_entry} if question and question.before_entry else common
        labels = (before.label, after.label)
        if question and before == after:
            labels = (question.before_entry, question.after_entry)
        sides.append(_Side(before, after, labels, entries))
    return sides


def _conditions(question: Question | None, conditions: tuple[Condition, ...]) -> list[tuple[Condition, Condition]]:
    """Return all pairs of conditions; where a question is asked, those of its folders, on the same devices if any."""
    if question is None:
        return list(combinations(conditions, 2))
    before, after = ([c for c in conditions if c.source == label] for label in (question.before, question.after))
    found = list(product(before, after))
    return [pair for pair in found if pair[0].device == pair[1].device] or found


def _of(results: Results, side: _Side) -> Iterator[Pair | Unpaired]:
    suites = {source.label: source.suite for source in results.sources}
    before, after = suites[side.before.source], suites[side.after.source]
    tasks = [{planned.task.name: planned for planned in suite.tasks} for suite in (before, after)]
    yield from (Unpaired(name, side.labels, reason) for name, reason in _only(*(list(t) for t in tasks)))
    if results.question is None or not results.question.before_entry:
        entries = [_names(suite) for suite in (before, after)]
        yield from (Unpaired(name, side.labels, reason) for name, reason in _only(*entries))
    for name in (name for name in tasks[0] if name in tasks[1]):
        first, second = tasks[0][name], tasks[1][name]
        if differs := _differences(first, second):
            yield Unpaired(name, side.labels, f"another task after: {differs}")
            continue
        for old, new in side.entries.items():
            yield Pair(
                task=first.task,
                optimizer=old if old == new else f"{old} → {new}",
                labels=side.labels,
                before=(side.before.source, side.before.device, name, old),
                after=(side.after.source, side.after.device, name, new),
            )


def _names(suite: Suite) -> list[str]:
    """Return the entries of a suite; its controls are no entries of their own."""
    return [entry.name for entry in suite.optimizers if not entry.control_of]


def _only(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    yield from ((name, "only before") for name in before if name not in after)
    yield from ((name, "only after") for name in after if name not in before)


def _differences(before: SuiteTask, after: SuiteTask) -> str:
    """Say in what a task is not the same experiment on both sides: "steps 200 instead of 100"."""
    first, second = (
        planned.task.model_dump(exclude=NOT_THE_EXPERIMENT) | {"data checksum": planned.data_checksum}
        for planned in (before, after)
    )
    return ", ".join(
        f"{name.replace('_', ' ')} {second[name]} instead of {first[name]}"
        for name in first
        if first[name] != second[name]
    )
