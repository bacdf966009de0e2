"""The paragraph "Experimental setup" of each results folder: what was compared, how, with what, and on what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optbench.components.task import Task
from optbench.reporting.latex.bibliography import Citation
from optbench.reporting.latex.escape import Tex, escape
from optbench.reporting.many import MANY
from optbench.reporting.provenance import Provenance
from optbench.reporting.report import Report
from optbench.reporting.tables.table import Table
from optbench.store.results import Source
from optbench.wording import plural

_SOFTWARE = ("optbench", "python", "torch", "numpy")


@dataclass(frozen=True)
class Setup:
    """One paragraph: its title, its sentences, and what a reader has to be told besides."""

    title: str
    sentences: tuple[str, ...]
    notes: tuple[str, ...]


def setups(report: Report, cited: Mapping[str, Citation]) -> tuple[Setup, ...]:
    """What the page says of each source, with its optimizers, tasks, software and machines in sentences."""
    sources = report.results.sources
    return tuple(
        Setup(
            title="Experimental setup" + (f" ({source.label})" if len(sources) > 1 else ""),
            sentences=(*said.sentences, *_compared(source, said, cited), *_software(source), *_machines(source)),
            notes=said.notes,
        )
        for source, said in zip(sources, report.provenance, strict=True)
    )


def _compared(source: Source, said: Provenance, cited: Mapping[str, Citation]) -> Iterator[str]:
    tasks = [planned.task for planned in source.suite.tasks]
    optimizers = [_name(entry.name, entry.reference, cited) for entry in source.suite.optimizers]
    trained = [Tex(_name(task.name, task.reference, cited) + escape(_training(task))) for task in tasks]
    of_tasks, of_optimizers = said.tables
    yield _listed("optimizer", optimizers, of_optimizers)
    yield _listed("task", trained, of_tasks)


def _name(name: str, reference: str, cited: Mapping[str, Citation]) -> Tex:
    return Tex(escape(name) + (rf"~\cite{{{cited[reference].key}}}" if reference else ""))


def _training(task: Task) -> str:
    steps = f"{plural(task.steps, 'step')} with batches of {task.batch_size}"
    measured = f"{'metrics' if task.metrics else 'metric'} {', '.join(task.all_metrics)}"
    return f" ({task.model} on {task.dataset}, {steps}, schedule {task.schedule}, {measured})"


def _listed(noun: str, names: Sequence[Tex], table: Table) -> Tex:
    """ "The 2 optimizers are sgd [1]; adam [2]."; of many how many there are, and the table that lists them."""
    if len(names) > MANY:
        return Tex(rf"The {len(names)} {noun}s are in Table~\ref{{tab:{table.name}}}.")
    return Tex(f"The {plural(len(names), noun)} {'are' if len(names) > 1 else 'is'} {'; '.join(names)}.")


def _software(source: Source) -> Iterator[str]:
    """One sentence for each set of versions, however many machines had it."""
    sets = [
        {name: environment[name] for name in _SOFTWARE if environment.get(name)} | (environment.get("plugins") or {})
        for environment in source.environments
    ]
    for versions in dict.fromkeys(", ".join(f"{name} {version}" for name, version in one.items()) for one in sets):
        yield f"Software: {versions}."


def _machines(source: Source) -> Iterator[str]:
    for machine in dict.fromkeys(", ".join(_machine(environment)) for environment in source.environments):
        yield f"Machine: {machine}."


def _machine(environment: Mapping[str, Any]) -> Iterator[str]:
    yield from dict.fromkeys(str(environment[name]) for name in ("device_name", "cpu") if environment.get(name))
    if environment.get("cores"):
        yield plural(environment["cores"], "core")
    if environment.get("threads"):
        yield f"{plural(environment['threads'], 'thread')} for each run"
