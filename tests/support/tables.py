"""The tables of docs/conformance.md, made from the checks and from what they find in the mutants."""

from __future__ import annotations

from collections.abc import Iterator

from optbench.components.optimizer import Optimizer
from optbench.testing.check import Finding, Outcome, examine
from optbench.testing.examination import CHECKS
from optbench.testing.optimizers import CHECKS as OPTIMIZER_CHECKS
from tests.support.mutants import MUTANTS

HEADINGS = {
    "optimizer": "Optimizers",
    "model": "Models",
    "dataset": "Data sets",
    "task": "Tasks",
    "schedule": "Schedules",
    "loss": "Losses",
    "metric": "Metrics",
}


def findings(component: Optimizer) -> list[Finding]:
    """Apply every check to an optimizer."""
    return [
        examine(check, "optimizer", component.name, lambda: component, component.limits) for check in OPTIMIZER_CHECKS
    ]


def caught_by(name: str) -> list[str]:
    """Names of the checks that a mutant fails."""
    _, component = MUTANTS[name]
    return [found.check for found in findings(component) if found.outcome is Outcome.FAILED]


def mutant_row(name: str) -> str:
    """One line of the table of mutants."""
    of, _, words = name.partition(": ")
    return f"| {of} | {words} | {', '.join(caught_by(name)) or '**not caught**'} |"


def check_lines() -> Iterator[str]:
    """The tables of all checks, by kind of component."""
    for kind, checks in CHECKS.items():
        yield from ("", f"### {HEADINGS[kind]}", "", "| check | expected | why |", "|---|---|---|")
        yield from (f"| `{check.name}` | {check.expected} | {check.why} |" for check in checks)
