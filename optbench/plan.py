"""`Plan`: a campaign ready to be carried out; from a suite, options, and what is recorded already."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from optbench.data.checksum import content_checksum
from optbench.data.files import locate, obtain
from optbench.data.folders import data_folders
from optbench.engine.campaign import Campaign, Outlook
from optbench.engine.devices import Hardware, worker_slots
from optbench.engine.executor import Work
from optbench.engine.isolation import Isolate, WorkerDied, WorkerTimeout
from optbench.engine.surroundings import Surroundings
from optbench.errors import UnknownName, UsageError, closest
from optbench.registry.components import Dataset
from optbench.registry.discovery import load_registry
from optbench.registry.extensions import Executor
from optbench.registry.listeners import Listeners
from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import Phase
from optbench.store.environment import git_commit
from optbench.store.store import Store
from optbench.suite.load import load_suite_file, merged_task
from optbench.suite.resolve import Imported, resolve_suite, select
from optbench.suite.schema import SuiteFile
from optbench.suite.suite import Profile, Suite

INSPECTION_TIMEOUT = 120.0
"""Seconds that a look at the user's own module may take."""


class Observer(Protocol):
    """Is told what happens during a campaign."""

    def note(self, line: str) -> None:
        """Something that the user should know: one line."""

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        """A run was recorded; none at the start."""


class LoggingObserver:
    """Sends notes to the logger `optbench` and is silent otherwise."""

    def note(self, line: str) -> None:
        """Log the line as a warning."""
        logging.getLogger("optbench").warning(line)

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        """Say nothing."""


class Options(BaseModel):
    """What may be said about a campaign besides its suite: the options of `optbench run`, under the same names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    results: Path = Path("results")
    """Root of all results folders; the campaign's own is `<root>/<suite>[-<profile>]`."""
    profile: Profile = "default"
    """`smoke`, `default` or `paper`."""
    optimizers: Sequence[str] = ()
    """Only these: names in the suite, other registered ones, or `module:Class`."""
    tasks: Sequence[str] = ()
    """Only these: names in the suite, or other registered ones."""
    devices: Sequence[str] = ()
    """`auto` (the default), `cpu`, `cuda`, `cuda:1`, `mps`; the suite runs on each."""
    jobs: PositiveInt | None = None
    """Runs at the same time, per kind of device (default: the cores, or one per GPU)."""
    timeout: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Seconds that one run may take (default: the suite's)."""
    retry: Sequence[RunStatus] = ()
    """Statuses whose records are set aside and run again."""
    data: Path | None = None
    """Folder with data files, looked at before `$OPTBENCH_DATA` and the user's cache."""
    plugins: Sequence[Path] = ()
    """Files with hooks."""
    executor: str = "local"
    """Where runs are carried out: the name of an executor."""
    diagnostics: Sequence[str] = ()
    """What is measured inside the runs, besides: names of diagnostics."""
    reporters: Sequence[str] = ()
    """Other forms of the report to write, besides the page: names of reporters."""

    @property
    def narrowed(self) -> bool:
        """Whether they choose a part of the suite, or devices: the campaign is then extended, not stated anew."""
        return bool(self.optimizers or self.tasks or self.devices)

    def results_folder(self, suite: str) -> Path:
        """Return the folder of this suite's campaign."""
        return self.results / (suite if self.profile == "default" else f"{suite}-{self.profile}")


def parse_options(given: dict[str, Any]) -> Options:
    """Validate options; raises `UsageError` with one line for each mistake."""
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        lines = [
            f"option {name}: unknown{closest(name, Options.model_fields)}"
            if details["type"] == "extra_forbidden"
            else f"option {name}: {details['msg'].removeprefix('Input ')}, not {details['input']!r}"
            for details in error.errors()
            for name in [str(details["loc"][0])]
        ]
        raise UsageError("\n".join(lines)) from error


@dataclass(frozen=True)
class Plan:
    """A campaign, ready to be carried out."""

    suite: Suite
    narrowed: bool
    store: Store
    campaign: Campaign
    work: Work
    executor: Executor
    finished: Listeners
    """The hook `optbench_run_finished`."""


def prepare(suite: str | Path | SuiteFile, options: Options, observer: Observer, dry: bool = False) -> Plan:
    """Resolve a suite and look up what is recorded of it; a dry plan downloads and moves nothing."""
    registry = load_registry(options.plugins)
    file = suite if isinstance(suite, SuiteFile) else load_suite_file(suite, registry)
    folders = data_folders(options.data)
    executor = registry.executors[options.executor].component
    for name in options.reporters:
        registry.reporters[name]  # raises now what would otherwise be found out at the end
    asked = (*file.diagnostics, *options.diagnostics)
    diagnostics = tuple(dict.fromkeys(registry.diagnostics[name].component.name for name in asked))
    surroundings = Surroundings(
        registry.files, folders, tuple(sys.path), git_commit(Path.cwd()), registry.distributions, diagnostics
    )
    scout = Isolate()
    try:
        hardware: Hardware = scout.call("optbench.engine.worker:hardware")
        chosen = select(file, registry, options.optimizers, options.tasks)
        processes = max(merged_task(item, registry).processes for item in chosen.tasks)
        slots = worker_slots(options.devices or ("auto",), options.jobs, hardware, processes)
        resolved = resolve_suite(
            chosen,
            registry,
            profile=options.profile,
            devices=tuple(slots),
            obtain=_obtainer(folders, observer, dry),
            inspect=_Inspection(scout, surroundings),
        )
        store = Store(options.results_folder(resolved.name))
        campaign = Campaign(resolved.protocol, resolved.cells(), _recorded(store, observer, dry))
        if impossible := list(_impossible(resolved, campaign, scout, surroundings)):
            raise UsageError("\n".join(impossible))
    finally:
        scout.close()
    if "mps" in slots and any(t.task.precision == "float64" for t in resolved.tasks):
        raise UsageError("--device mps: it has no float64, which this suite asks for; use cpu")
    if options.timeout is not None:
        resolved = resolved.model_copy(update={"timeout": options.timeout})
    for note in resolved.notes:
        observer.note(note)
    for record in campaign.forget(options.retry):
        if not dry:
            store.set_aside(store.path(record))
    return Plan(
        suite=resolved,
        narrowed=options.narrowed,
        store=store,
        campaign=campaign,
        work=Work(slots, hardware, surroundings, resolved.timeout),
        executor=executor,
        finished=Listeners(registry.listening("optbench_run_finished"), observer.note),
    )


def estimate_seconds(plan: Plan) -> dict[str, float]:
    """Measure a few steps of each task of a plan; return seconds per run, by task, for those that can be built."""
    worker = Isolate()
    seconds = {}
    try:
        for cell in {cell.task.name: cell for cell in reversed(list(plan.suite.cells()))}.values():
            device = plan.work.slots[cell.device][0]
            phase: Phase = "report" if plan.suite.protocol.name == "defaults" else "tune"
            spec = cell.spec(cell.entry.lr_ref, plan.suite.protocol.tune_seeds[0], phase)
            with contextlib.suppress(Exception):  # a run will record what is wrong
                seconds[cell.task.name] = worker.call(
                    "optbench.engine.worker:estimated_seconds", spec, device, plan.work.surroundings, timeout=60.0
                )
    finally:
        worker.close()
    return seconds


def _impossible(suite: Suite, campaign: Campaign, scout: Isolate, surroundings: Surroundings) -> Iterator[str]:
    """Say which of the tasks that have runs to do cannot be trained as their options are."""
    left = campaign.outlook().left
    first = {cell.task.name: cell for cell in reversed(list(suite.cells()))}
    for cell in (first[name] for name in left if left[name]):
        spec = cell.spec(cell.entry.lr_ref, suite.protocol.tune_seeds[0], "tune")
        with contextlib.suppress(WorkerDied, WorkerTimeout):  # its runs will record that
            reason = scout.call("optbench.engine.worker:rehearse", spec, surroundings, timeout=INSPECTION_TIMEOUT)
            if reason:
                yield f"task {cell.task.name!r} cannot run: {reason}"


def _recorded(store: Store, observer: Observer, dry: bool) -> dict[str, RunRecord]:
    def unreadable(path: Path, reason: str) -> None:
        where = "" if dry else f"; set aside as {store.set_aside(path)} and run again"
        observer.note(f"record {path} cannot be read: {reason}{where}")

    return store.records(unreadable)


def _obtainer(folders: Sequence[Path], observer: Observer, dry: bool) -> Callable[[Dataset], str]:
    def have(dataset: Dataset) -> str:
        if not dry:
            obtain(dataset, folders, observer.note)
        elif len(locate(dataset, folders)) < len(dataset.files):
            observer.note(f"data set {dataset.name!r} is not on this machine yet: a run would download it first")
        return content_checksum(dataset)

    return have


@dataclass(frozen=True)
class _Inspection:
    """Looks into the user's module in an isolated worker, where it can do no harm."""

    scout: Isolate
    surroundings: Surroundings

    def __call__(self, import_string: str) -> Imported:
        module = import_string.partition(":")[0]
        try:
            found: Imported = self.scout.call(
                "optbench.engine.worker:inspect_import", import_string, self.surroundings, timeout=INSPECTION_TIMEOUT
            )
        except UnknownName as error:
            raise UsageError(f"optimizer {import_string!r}: {error}") from error
        except ModuleNotFoundError as error:
            if not f"{module}.".startswith(f"{error.name}."):
                return Imported(None, 1)
            raise UsageError(
                f"optimizer {import_string!r}: there is no module {error.name!r} in the current folder or installed"
            ) from error
        except Exception:
            return Imported(None, 1)  # its runs will show what is wrong, each as a record
        return found
