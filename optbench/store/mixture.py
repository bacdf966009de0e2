"""Versions that can move numbers, where the records of one report were made with several of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from optbench.runs.record import RunRecord

OWN = ("torch", "optbench", "numpy", "python")


def mixed_versions(records: Iterable[RunRecord]) -> Iterator[str]:
    """Say of each package of which there were several versions how many records each made.

    Of all but the most common one it is said which tasks and optimizers they are of.
    """
    made: dict[str, dict[str, list[RunRecord]]] = {}
    for record in records:
        for name, version in versions(record.environment).items():
            made.setdefault(name, {}).setdefault(version, []).append(record)
    for name, by_version in made.items():
        if len(by_version) > 1:
            (common, most), *others = sorted(by_version.items(), key=lambda item: -len(item[1]))
            parts = [f"{version} ({len(few)}: {_where(few)})" for version, few in others]
            yield f"runs were made with different versions of {name}: {common} ({len(most)} runs), {', '.join(parts)}"


def versions(environment: Mapping[str, Any]) -> dict[str, str]:
    """Return the versions that a record's environment names, by package, those first that are likeliest to matter."""
    own = {name: environment[name] for name in OWN if name in environment}
    others = environment.get("plugins", {}) | environment.get("libraries", {})
    return {name: str(version) for name, version in (own | others).items()}


def _where(records: Iterable[RunRecord]) -> str:
    """Name the optimizers and the tasks of some records: `adam and sgd on mnist-cnn; adam on quadratic`."""
    optimizers: dict[str, dict[str, None]] = {}
    for record in records:
        optimizers.setdefault(record.spec.task.name, {})[record.spec.optimizer] = None
    return "; ".join(f"{' and '.join(names)} on {task}" for task, names in optimizers.items())
