"""`Plan`: what a campaign is going to do; from a suite, options, and what is recorded already. Nothing is done yet."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from optbench.components.component import resolve
from optbench.components.device import DEVICE_KINDS
from optbench.components.executor import Executor
from optbench.components.task import Task
from optbench.data.folders import data_folders
from optbench.errors import PluginError, SuiteError, UnknownName, UsageError
from optbench.execution.campaign import Campaign
from optbench.execution.choice import chosen_executor
from optbench.execution.environment import comparable_versions, git_commit
from optbench.execution.validation.trials import EntryTrials, patience, refused_tasks
from optbench.observers import Observer
from optbench.options import Options
from optbench.progress import duration
from optbench.registry.discovery import load_registry
from optbench.registry.listeners import Listeners
from optbench.registry.registry import Registry
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.store.stale_records import in_lines, stale
from optbench.store.store import Store
from optbench.suite.cell import Cell, Entry, SuiteTask
from optbench.suite.control import with_control
from optbench.suite.load import Examined, examine_suite_file
from optbench.suite.merged import merged_task
from optbench.suite.resolve import Imported, left_out, renewed, resolve_suite, select
from optbench.suite.schema import SuiteFile
from optbench.suite.shard import Shard
from optbench.suite.suite import Suite
from optbench.wording import plural

VALIDATION_TIMEOUT = 120.0
"""Seconds that a look at the user's own module may take."""
ESTIMATE = "optbench.execution.queries:estimate_seconds"
MEASUREMENT_TIMEOUT = 60.0
"""Seconds that measuring how long the runs of one task take may take."""
START_UP = 5.0
"""Seconds for which the first run may be delayed in order to say how long all will take."""
PLAIN_SGD = Entry(name="sgd", component="torch.optim:SGD", lr_ref=1.0)
"""What tasks are tried with where a suite has no optimizer without mistakes."""
PLAIN_TASK = "quadratic"
"""What optimizers are tried with where a suite has no task without mistakes."""


@dataclass(frozen=True)
class Plan:
    """What a campaign is going to do; `session.carry_out` does it."""

    suite: Suite
    whole: Suite
    """What the results folder is to hold: the suite, or with a narrowed one what it has beside that."""
    stale: Mapping[str, str]
    """Why older records are ignored, by their run ids."""
    store: Store
    campaign: Campaign
    cells: tuple[Cell, ...]
    """What is carried out."""
    set_aside: Mapping[Path, int]
    """Records that cannot be read or are to be made again, moved away before the first run: when each was changed."""
    leftover: tuple[str, ...]
    """Runs whose checkpoints nobody needs any more, by their ids."""
    executor: Executor
    context: ExecutionContext
    places: Mapping[str, Sequence[Place]]
    shard: Shard | None
    """The part of the suite that is to be carried out; all of it where there is none."""
    finished: Listeners
    """The hook `optbench_run_finished`."""
    seconds: Mapping[str, float]
    """How long a run takes here, by task, measured by a few steps; some may not be known."""

    def __repr__(self) -> str:
        outlook = self.campaign.outlook()
        runs, recorded = plural(sum(outlook.expected.values()), "run"), sum(outlook.done.values())
        left = self.seconds_left
        time = "" if left is None else f", about {duration(left)} on {plural(self.workers, 'worker')}"
        return f"Plan of {self.suite.name}: {runs}, {recorded} of them recorded in {self.store.root}{time}"

    def _repr_html_(self) -> str:
        from optbench.reporting.html import as_html
        from optbench.reporting.tables.planned import planned_table

        outlook = self.campaign.outlook()
        return as_html(repr(self), planned_table(outlook.expected, outlook.done, outlook.left, self.seconds))

    @property
    def workers(self) -> int:
        """Runs at a time."""
        return sum(map(len, self.places.values()))

    @property
    def seconds_left(self) -> float | None:
        """How long it will take, as far as is known by now; none where the time of a task is not known."""
        left = {task: count for task, count in self.campaign.outlook().left.items() if count}
        if not left.keys() <= self.seconds.keys():
            return None
        return sum(count * self.seconds[task] for task, count in left.items()) / self.workers


def prepare(suite: str | Path | SuiteFile, options: Options, observer: Observer, download: bool = True) -> Plan:
    """Resolve a suite and look up what is recorded of it; data that is missing is downloaded unless told otherwise.

    Raises `SuiteError` with every mistake in the suite file, and of the tasks that have runs to do, tried in a worker.
    """
    registry = load_registry(options.plugins)
    source, file, mistakes = _examined(suite, registry)
    executor = chosen_executor(options.executor, registry)
    for name in options.reporters:
        registry.reporters[name]  # raises now what would otherwise be found out at the end
    chosen = _selected(file, registry, options, mistakes)
    context = ExecutionContext(
        plugins=registry.files,
        distributions=registry.distributions,
        search_path=tuple(sys.path),
        data=options.data and options.data.expanduser().absolute(),
        folders=data_folders(options.data),
        versions=tuple(comparable_versions(registry.distributions).items()),
        diagnostics=tuple(
            dict.fromkeys(
                registry.diagnostics[name].component.name for name in (*file.diagnostics, *options.diagnostics)
            )
        ),
        commit=git_commit(Path.cwd()),
        devices=tuple(options.devices) or ("auto",),
        jobs=options.jobs,
        world_size=max((merged_task(item, registry).processes for item in chosen.tasks), default=1),
        timeout=options.timeout or file.timeout,
        memory_limit=options.memory_limit,
    )
    store = Store(options.results_folder(options.name or file.name))
    unreadable: list[Path] = []
    with opened(executor, context) as live:
        records = {} if mistakes else _recorded(store, observer, unreadable)  # while its first worker starts
        places: Mapping[str, Sequence[Place]] = live.places
        context = dataclasses.replace(context, devices=_decided(context.devices, places))
        resolved, found = resolve_suite(
            chosen,
            registry,
            profile=options.profile,
            devices=tuple(places),
            obtain=_Obtaining(live, context, observer, download and not mistakes),
            inspect=_Inspection(live, context),
            report_seeds=options.report_seeds,
        )
        changes = {"timeout": context.timeout, "left_out": left_out(file, chosen)}
        resolved = resolved.model_copy(update=changes | ({"name": options.name} if options.name else {}))
        resolved = with_control(resolved) if options.control else resolved
        mistakes = (*mistakes, *found, *_float64_that_is_not_there(resolved))
        if mistakes:
            tasks = refused_tasks(_first_runs(_with_some_entry(resolved)), places, context, live, download=False)
            entries = EntryTrials(_first_runs(_with_some_task(resolved, registry)), context, live).mistakes()
            raise SuiteError(source, [*mistakes, *tasks, *entries])
        whole = renewed(store.joined(resolved, extend=options.narrowed), registry)
        cells = tuple(options.shard.part(resolved.cells()) if options.shard else resolved.cells())
        campaign = Campaign(resolved.protocol, cells, records)
        again = [store.path(record) for record in campaign.forget(options.retry)]
        specs = [*map(resolved.protocol.first_run, campaign.unfinished())]
        trials = EntryTrials(specs, context, live)
        if mistakes := (*refused_tasks(specs, places, context, live, download), *trials.mistakes()):
            raise SuiteError(source, mistakes)
        plan = Plan(
            suite=resolved,
            whole=whole,
            stale=stale(whole, (records[run_id] for run_id in sorted(campaign.unasked & records.keys()))),
            store=store,
            campaign=campaign,
            cells=cells,
            set_aside={path: path.stat().st_mtime_ns for path in (*unreadable, *again) if path.exists()},
            leftover=tuple(_leftover(store, whole, records)),
            executor=executor,
            context=context,
            places=places,
            shard=options.shard,
            finished=Listeners(registry.listening("optbench_run_finished"), observer.note),
            seconds=_measured(specs, places, context, live, START_UP if download else math.inf),
        )
        notes = tuple(trials.notes())
    for note in dict.fromkeys((*resolved.notes, *in_lines(plan.stale), *(note for _, _, note in notes))):
        observer.note(note)
    context = dataclasses.replace(
        context,
        notes=notes,
        checkpoints=store.root.resolve() / "checkpoints",
        checkpoint_every=options.checkpoint_every,
    )
    return dataclasses.replace(plan, context=context)


@contextlib.contextmanager
def opened(executor: Executor, context: ExecutionContext) -> Iterator[Any]:
    """Start an executor and stop it in the end; raises `PluginError` where it cannot be used."""
    with contextlib.ExitStack() as stack:
        try:
            live = stack.enter_context(resolve(executor.build)(context, **executor.options))
            lacking = [name for name in ("places", "call", "submit") if not hasattr(type(live), name)]
        except UsageError as error:
            raise PluginError(f"executor {executor.name!r} cannot be used: {error}") from error
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise PluginError(f"executor {executor.name!r} cannot be used: {reason}") from error
        if lacking:
            raise PluginError(f"executor {executor.name!r} cannot be used: it has no {' and no '.join(lacking)}")
        yield live


def _decided(requested: Sequence[str], kinds: Iterable[str]) -> tuple[str, ...]:
    """Return what `--device` says with the kinds that were found in place of `auto`: machines may join and leave."""
    named = {device.partition(":")[0] for device in requested}
    found = [kind for kind in kinds if kind not in named]
    return tuple(dict.fromkeys(d for device in requested for d in (found if device == "auto" else [device])))


def _measured(
    specs: Iterable[RunSpec],
    places: Mapping[str, Sequence[Place]],
    context: ExecutionContext,
    live: Any,
    patience: float,
) -> dict[str, float]:
    """Measure a few steps of each task, as long as patience (seconds) lasts; return seconds per run, by task."""
    first: dict[str, RunSpec] = {}
    for spec in specs:
        first.setdefault(spec.task.name, spec)
    seconds: dict[str, float] = {}
    end = monotonic() + patience
    for name, spec in first.items():
        if (limit := min(end - monotonic(), MEASUREMENT_TIMEOUT)) > 0:
            with contextlib.suppress(Exception):  # its data may be missing; a run will record what is wrong
                seconds[name] = live.call(ESTIMATE, spec, places[spec.device][0].device, context, timeout=limit)
    return seconds


def _examined(suite: str | Path | SuiteFile, registry: Registry) -> Examined:
    if isinstance(suite, SuiteFile):
        return Examined(f"suite {suite.name}", suite)
    return examine_suite_file(suite, registry)


def _selected(file: SuiteFile, registry: Registry, options: Options, mistakes: Sequence[str]) -> SuiteFile:
    """Narrow a suite; one with mistakes, which may be in what was asked for, is looked at as a whole."""
    try:
        return select(file, registry, options.optimizers, options.tasks)
    except UnknownName:
        if mistakes:
            return file
        raise


def _float64_that_is_not_there(suite: Suite) -> Iterator[str]:
    for device in suite.devices:
        if not DEVICE_KINDS[device].float64 and any(t.task.precision == "float64" for t in suite.tasks):
            yield f"--device {device}: it has no float64, which this suite asks for; use cpu"


def _first_runs(suite: Suite) -> list[RunSpec]:
    return [*map(suite.protocol.first_run, suite.cells())]


def _with_some_entry(suite: Suite) -> Suite:
    """Return a suite whose tasks can be tried, even if each of its optimizers has a mistake."""
    return suite if suite.optimizers else suite.model_copy(update={"optimizers": (PLAIN_SGD,)})


def _with_some_task(suite: Suite, registry: Registry) -> Suite:
    """Return a suite whose optimizers can be tried, even if each of its tasks has a mistake."""
    if suite.tasks:
        return suite
    plain = SuiteTask(task=registry.tasks[PLAIN_TASK].component, data_checksum="", revisions={})
    return suite.model_copy(update={"tasks": (plain,)})


def _leftover(store: Store, whole: Suite, records: Mapping[str, RunRecord]) -> Iterator[str]:
    """Yield the runs with checkpoints that are not to be carried out any more; one that crashed may be retried."""
    if checkpoints := store.checkpoints_of():
        pending = Campaign(whole.protocol, whole.cells(), records).pending
        for run_id in checkpoints:
            record = records.get(run_id)
            if run_id not in pending and (record is None or record.status is not RunStatus.CRASHED):
                yield run_id


def _recorded(store: Store, observer: Observer, unreadable: list[Path]) -> dict[str, RunRecord]:
    def note(path: Path, reason: str) -> None:
        unreadable.append(path)
        observer.note(f"record {path} cannot be read: {reason}; it is set aside and run again")

    return store.outcomes(note)


@dataclass(frozen=True)
class _Obtaining:
    """Makes sure that data is where runs happen."""

    live: Any
    context: ExecutionContext
    observer: Observer
    download: bool

    def __call__(self, task: Task) -> str:
        """Return the checksum of a task's data; empty where it cannot be built, as trying the task will tell."""
        notes = self.live.call("optbench.execution.queries:obtain_data", task.dataset, self.context, self.download)
        for note in notes:
            self.observer.note(note)
        try:
            checksum = "optbench.execution.identity:data_checksum"
            return str(self.live.call(checksum, task, self.context, timeout=patience(self.context)))
        except Exception:
            return ""


@dataclass(frozen=True)
class _Inspection:
    """Looks into the user's module in a worker process, where it can do no harm."""

    live: Any
    context: ExecutionContext

    def __call__(self, import_string: str) -> Imported:
        module = import_string.partition(":")[0]
        try:
            found: Imported = self.live.call(
                "optbench.execution.validation.entries:inspect_import",
                import_string,
                self.context,
                timeout=VALIDATION_TIMEOUT,
            )
        except UnknownName as error:
            raise UsageError(f"optimizer {import_string!r}: {error}") from error
        except ModuleNotFoundError as error:
            if not f"{module}.".startswith(f"{error.name}."):
                return Imported(None)
            raise UsageError(
                f"optimizer {import_string!r}: there is no module {error.name!r} in the current folder or installed"
            ) from error
        except Exception:
            return Imported(None)  # its runs will show what is wrong, each as a record
        return found
