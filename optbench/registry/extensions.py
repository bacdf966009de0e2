"""What plugins provide besides components: diagnostics, executors, reporters. Each is a name and an import string."""

from __future__ import annotations

from dataclasses import dataclass

from optbench.registry.components import Build, check_named


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """Numbers about the inside of a run, taken at its evaluation points where a campaign asks for them by name.

    `build(model, optimizer)` is called once in the worker, before the first step, and returns a function of the
    number of steps made, which returns a number, or several by name. It is called within evaluation mode, on the
    evaluation clock, and finds in `.grad` the gradients of the last step (none before the first).
    """

    name: str
    build: Build
    description: str = ""

    def __post_init__(self) -> None:
        check_named(self)


@dataclass(frozen=True, kw_only=True)
class Executor:
    """Where runs are carried out: chosen by name, `local` unless a campaign says otherwise.

    `build(work)` is called in the coordinator with an `optbench.Work`, and returns a context manager whose
    `submit(spec)` returns a `concurrent.futures.Future` of the run's `RunRecord`. Leaving it stops what is running.
    """

    name: str
    build: Build
    description: str = ""

    def __post_init__(self) -> None:
        check_named(self)


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Another form of the report, written where it is asked for by name.

    `build(frame, tables, folder)` is called in the coordinator once the page is there. `frame` is the tidy table of
    `optbench.load_results`, `tables` the tables of the report by name, as `pandas.DataFrame`s, `folder` the
    report's folder, where it writes its files.
    """

    name: str
    build: Build
    description: str = ""

    def __post_init__(self) -> None:
        check_named(self)
