"""Several results folders of one suite to one: each run once; where two say different things of it, both are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from optbench.errors import ResultsError
from optbench.runs.record import content_checksum
from optbench.runs.spec import NOT_THE_EXPERIMENT
from optbench.store.store import Store, extended, read
from optbench.suite.suite import Suite

_SHOWN = {"description", "reference", "distribution", "changed", "instead_of"}
"""Fields of tasks and entries that change no run."""


@dataclass
class Merged:
    """What became of the records and the other files of all sources."""

    added: int = 0
    already_there: int = 0
    conflicts: list[str] = field(default_factory=list)
    """Runs, timings and contours that a source has with another content than the folder, which keeps its own."""
    unreadable: list[str] = field(default_factory=list)


def merge(sources: Sequence[Path], into: Path) -> Merged:
    """Copy what results folders hold into one folder, which is made where there is none; sources stay as they are.

    Raises `ResultsError`, before anything is written, for what is no results folder or of another suite.
    """
    target, stores = Store(into), [Store(source) for source in sources]
    twice = [store.root for store in stores if store.root.resolve() == into.resolve()]
    if twice:
        raise ResultsError(f"{str(into)!r} is a source and the folder to merge into; name another one with --into")
    suite = _joined([*([target] if target.manifest.exists() else []), *stores])
    target.open(suite, extend=False)
    done = Merged()
    for store in stores:
        _merge_one(store, target, done)
    return done


def _joined(stores: Sequence[Store]) -> Suite:
    """Return the suite of which all folders hold parts."""
    first, *others = stores
    joined = first.suite()
    for store in others:
        suite = store.suite()
        if mismatch := next(_mismatches(joined, suite), ""):
            raise ResultsError(f"{str(store.root)!r} does not belong to {str(first.root)!r}: {mismatch}")
        missing = {*joined.left_out, *suite.left_out}
        joined = extended(joined, suite)
        there = {task.task.name for task in joined.tasks} | {entry.name for entry in joined.optimizers}
        joined = joined.model_copy(update={"left_out": tuple(sorted(missing - there))})
    return joined


def _mismatches(one: Suite, other: Suite) -> Iterator[str]:
    """Say why two folders cannot hold parts of one campaign."""
    for name in ("name", "profile", "protocol"):
        before, after = getattr(one, name), getattr(other, name)
        if before != after:
            words = "another protocol" if name == "protocol" else f"{name} {after!r}, not {before!r}"
            yield f"it is of {words}"
    tasks = {planned.task.name: planned for planned in one.tasks}
    for planned in other.tasks:
        if planned.task.name in tasks:
            yield from _changes(f"task {planned.task.name!r}", tasks[planned.task.name], planned)
    entries = {entry.name: entry for entry in one.optimizers}
    for entry in other.optimizers:
        if entry.name in entries:
            yield from _changes(f"optimizer {entry.name!r}", entries[entry.name], entry)


def _changes(what: str, one: BaseModel, other: BaseModel) -> Iterator[str]:
    before, after = (_defining(model) for model in (one, other))
    yield from (f"{what} has another {name}" for name in after if before.get(name) != after[name])


def _defining(model: BaseModel) -> dict[str, Any]:
    """Return the fields that define runs, those of a task among those of its place in the suite."""
    fields = model.model_dump(mode="json", exclude=_SHOWN)
    task = fields.pop("task", {})
    return fields | {name: value for name, value in task.items() if name not in NOT_THE_EXPERIMENT}


def _merge_one(source: Store, target: Store, done: Merged) -> None:
    def unreadable(path: Path, reason: str) -> None:
        done.unreadable.append(f"{path}: {reason}")

    for path in source.paths():
        if source.record(path, unreadable) is not None:
            place = target.root / path.relative_to(source.root)
            if place.exists() and target.record(place, lambda path, reason: None) is None:
                target.set_aside(place)
            _copy(path, place, target, done)
    others = (*sorted(source.timings.glob("*/*.json")), *sorted(source.contours.glob("*.json")))
    source.read_timings(unreadable)
    source.read_contours(unreadable)
    for path in others:
        if not any(line.startswith(f"{path}: ") for line in done.unreadable):
            _copy(path, target.root / path.relative_to(source.root), target, done)


def _copy(path: Path, place: Path, target: Store, done: Merged) -> None:
    content = read(path)
    if not place.exists():
        target.write(place, content)
        done.added += 1
    elif _is_the_same(content, read(place)):
        done.already_there += 1
    else:
        done.conflicts.append(f"{path}: is not what {place} says, which is kept")


def _is_the_same(content: bytes, there: bytes) -> bool:
    try:
        return content == there or content_checksum(content) == content_checksum(there)
    except (ValueError, RecursionError):  # what is there is damaged
        return False
