"""Why a record is not one of the experiment that its suite asks for now: the first true cause, in plain words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from optbench.runs.spec import NOT_THE_EXPERIMENT, RunSpec

UNRECORDED = hashlib.sha256(b"").hexdigest()[:16]
"""What earlier records have as the checksum of data without declared files."""
_MISSING = object()


def cause(then: RunSpec, now: RunSpec) -> str:
    """Say what changed between a recorded run and the one of the same rate and seed that is asked for now.

    Empty where they are the same experiment. Of several causes that one is told which the others may follow from.
    """
    return next(iter(causes(then, now)), "")


def causes(then: RunSpec, now: RunSpec) -> tuple[str, ...]:
    """Say all that changed between the two, that first which the rest may follow from."""
    return () if then.run_id == now.run_id else tuple(_causes(then, now)) or ("it is another experiment",)


def changes_in_sources(then: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]) -> str:
    """Say which files of the user's own changed, came or went; empty where none did."""
    before, after = _merged(then), _merged(now)
    changed = [name for name in before if name in after and before[name] != after[name]]
    if releases := [name for name in changed if "." not in name]:
        name = releases[0]
        return f"{name} is version {after[name]} now (was {before[name]})"
    if changed:
        return f"{_listed(changed)} changed"
    if new := [name for name in after if name not in before]:
        return (
            f"{_listed(new)} {'are' if len(new) > 1 else 'is'} new"
            if before
            else f"the content of {_listed(new)} was not recorded"
        )
    gone = [name for name in before if name not in after]
    return f"{_listed(gone)} {'are' if len(gone) > 1 else 'is'} gone" if gone else ""


def _causes(then: RunSpec, now: RunSpec) -> Iterator[str]:
    """Yield the causes, names before what they stand for."""
    task = f"task {now.task.name!r}"
    yield from _differences(f"{task}: ", _hashed(then), _hashed(now))
    entry = f"optimizer {now.optimizer!r}"
    if then.component != now.component:
        yield f"{entry} is {now.component} now (was {then.component})"
    if then.schedule != now.schedule:
        yield f"{entry}: schedule changed from {then.schedule} to {now.schedule}"
    if then.lr_factors != now.lr_factors:
        yield f"{entry}: lr_factors changed from {then.lr_factors} to {now.lr_factors}"
    if words := changes_in_sources(then.sources, now.sources):
        yield words
    if then.data_checksum != now.data_checksum:
        name = f"data set {now.task.dataset!r}"
        yield f"the content of {name} was not recorded" if then.data_checksum == UNRECORDED else f"{name} changed"
    for role, name in _names(now).items():
        before, after = (spec.revisions.get(role, 1) for spec in (then, now))
        if before != after:
            yield f"{name} is revision {after} now (was {before})"
    yield from _differences(f"{entry}: ", then.hyperparameters, now.hyperparameters)


def _names(spec: RunSpec) -> dict[str, str]:
    """What the components of a run are called, by role."""
    task = spec.task
    metrics = {f"metric {name}" if i else "metric": f"metric {name!r}" for i, name in enumerate(task.all_metrics)}
    return {
        "optimizer": f"optimizer {spec.optimizer!r}",
        "model": f"model {task.model!r}",
        "dataset": f"data set {task.dataset!r}",
        "loss": f"loss {task.loss!r}",
        "schedule": f"schedule {spec.schedule!r}",
        **metrics,
    }


def _hashed(spec: RunSpec) -> dict[str, Any]:
    return spec.task.model_dump(mode="json", exclude=NOT_THE_EXPERIMENT)


def _differences(prefix: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*then, *now)):
        before, after = then.get(name, _MISSING), now.get(name, _MISSING)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _differences(f"{prefix}{name}.", before, after)
        elif before is _MISSING or after is _MISSING:
            yield f"{prefix}{name} is {f'gone (was {before})' if after is _MISSING else f'new ({after})'}"
        else:
            yield f"{prefix}{name} changed from {before} to {after}"


def _merged(sources: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: digest for files in sources.values() for name, digest in files.items()}


def _listed(names: list[str]) -> str:
    if len(names) > 3:
        return f"{names[0]} and {len(names) - 1} other files"
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
