"""The straight line: from a suite to records to a report. What the command line does, a notebook does with these."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypedDict, Unpack

from optbench.data.checksum import content_checksum
from optbench.data.files import locate, obtain
from optbench.data.folders import data_folders
from optbench.engine.campaign import Campaign, Outlook
from optbench.engine.devices import Hardware, worker_slots
from optbench.engine.executor import LocalExecutor
from optbench.engine.isolation import Isolate, WorkerDied, WorkerTimeout
from optbench.engine.surroundings import Surroundings
from optbench.errors import DataUnavailable, UnknownName, UsageError
from optbench.registry.components import Dataset
from optbench.registry.discovery import load_registry
from optbench.runs.record import RunRecord, RunStatus
from optbench.store.environment import git_commit
from optbench.store.store import Store
from optbench.suite.load import load_suite_file
from optbench.suite.resolve import resolve_suite, select
from optbench.suite.schema import SuiteFile
from optbench.suite.suite import DeviceKind, Profile, Suite

if TYPE_CHECKING:
    import pandas as pd

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


class Options(TypedDict, total=False):
    """What may be said about a campaign besides its suite: the options of `optbench run`."""

    results: str | Path
    """Root of all results folders (default `results`); the campaign's own is `<root>/<suite>[-<profile>]`."""
    profile: Profile
    """`smoke`, `default` or `paper`."""
    optimizers: Sequence[str]
    """Only these: names in the suite, other registered ones, or `module:Class`."""
    tasks: Sequence[str]
    """Only these: names in the suite, or other registered ones."""
    devices: Sequence[str]
    """`auto` (default), `cpu`, `cuda`, `cuda:1`, `mps`; the suite runs on each."""
    jobs: int | None
    """Runs at the same time, per kind of device (default: the cores, or one per GPU)."""
    timeout: float | None
    """Seconds that one run may take (default: the suite's)."""
    retry: Sequence[str]
    """Statuses whose records are set aside and run again."""
    data: str | Path | None
    """Folder with data files, looked at before `$OPTBENCH_DATA` and the user's cache."""
    plugins: Sequence[str | Path]
    """Files with hooks."""


@dataclass(frozen=True)
class Plan:
    """A campaign, ready to be carried out."""

    suite: Suite
    narrowed: bool
    store: Store
    campaign: Campaign
    hardware: Hardware
    slots: dict[DeviceKind, list[str]]
    surroundings: Surroundings


@dataclass(frozen=True)
class Finished:
    """A campaign that was carried out: its folder, its page, and how many of its runs ended how."""

    folder: Path
    page: Path
    statuses: Counter[RunStatus]

    @property
    def broken(self) -> int:
        """Runs that failed unexpectedly, or were skipped because such ones did."""
        return sum(count for status, count in self.statuses.items() if status.unexpected)


def load_suite(suite: str | Path, plugins: Sequence[str | Path] = ()) -> SuiteFile:
    """Find and validate a suite file: a path, or the name of a packaged suite.

    Raises `SuiteError` with all its mistakes, or `UnknownName`.
    """
    return load_suite_file(suite, load_registry(plugins))


def run(suite: str | Path | SuiteFile, observer: Observer | None = None, **options: Unpack[Options]) -> Finished:
    """Run a suite, or what is left of it, and write its report.

    Calling it again continues: only runs without a record are carried out. Raises `UsageError` for whatever is wrong
    before or while running (a full disk); a run that fails is a record, not an exception.
    """
    observer = observer or LoggingObserver()
    plan = prepare(suite, observer, **options)
    carry_out(plan, observer)
    folder = plan.store.root
    page = report(folder, formats=("svg",) if plan.suite.profile == "smoke" else FORMATS)
    return Finished(folder, page, plan.campaign.statuses)


def carry_out(plan: Plan, observer: Observer) -> None:
    """Have every run that the plan owes carried out, and store each record as it comes."""
    plan.store.open(plan.suite, extend=plan.narrowed)
    observer.progressed(None, plan.campaign.outlook())
    with LocalExecutor(plan.slots, plan.hardware, plan.surroundings, plan.suite.timeout) as executor:
        for record in plan.campaign.run(executor.submit):
            plan.store.add(record)
            observer.progressed(record, plan.campaign.outlook())
    if plan.campaign.unasked and not plan.narrowed:
        observer.note(
            f"{plan.campaign.unasked} records in {plan.store.runs} are not asked for by this suite: left alone"
        )


def prepare(suite: str | Path | SuiteFile, observer: Observer, dry: bool = False, **options: Unpack[Options]) -> Plan:
    """Resolve a suite and look up what is recorded of it; a dry plan downloads and moves nothing."""
    plugins = tuple(str(Path(file).resolve()) for file in options.get("plugins", ()))
    registry = load_registry(plugins)
    file = suite if isinstance(suite, SuiteFile) else load_suite_file(suite, registry)
    if timeout := options.get("timeout"):
        file = file.model_copy(update={"timeout": timeout})
    chosen = options.get("optimizers", ()), options.get("tasks", ())
    folders = data_folders(Path(data) if (data := options.get("data")) else None)
    surroundings = Surroundings(plugins, folders, tuple(sys.path), git_commit(Path.cwd()))
    scout = Isolate()
    try:
        hardware: Hardware = scout.call("optbench.engine.worker:hardware")
        slots = worker_slots(options.get("devices") or ("auto",), options.get("jobs"), hardware)
        resolved = resolve_suite(
            select(file, registry, *chosen),
            registry,
            profile=options.get("profile", "default"),
            devices=tuple(slots),
            obtain=_obtainer(folders, observer, dry),
            suggest_lr=_LrSuggestion(scout, surroundings),
        )
    finally:
        scout.close()
    for note in resolved.notes:
        observer.note(note)
    store = Store(results_folder(options.get("results", "results"), resolved))
    records = _recorded(store, observer, dry)
    if not dry:
        records = store.retry(records, options.get("retry", ()))
    campaign = Campaign(resolved.protocol, resolved.cells(), records)
    return Plan(resolved, any(chosen), store, campaign, hardware, slots, surroundings)


FORMATS = ("svg", "pdf", "png")


def report(*results: str | Path, out: str | Path | None = None, formats: Sequence[str] = FORMATS) -> Path:
    """Write the report of one or several results folders and return the path of its page.

    Several are set side by side. It goes to `out`, or to `report/` in the (first) results folder.
    """
    from optbench.reporting.write import write_report
    from optbench.store.load import read_results

    target = Path(out) if out else Path(results[0]) / "report"
    return write_report(read_results([Path(folder) for folder in results]), target, tuple(formats))


def load_results(*results: str | Path) -> pd.DataFrame:
    """Return the records of results folders as one tidy table, one row per evaluation point.

    Its columns are described in `optbench.store.frame`.
    """
    from optbench.store.load import read_results

    return read_results([Path(folder) for folder in results]).frame


def results_folder(root: str | Path, suite: Suite) -> Path:
    """Return a campaign's folder under the root of all results."""
    return Path(root) / (suite.name if suite.profile == "default" else f"{suite.name}-{suite.profile}")


def _recorded(store: Store, observer: Observer, dry: bool) -> dict[str, RunRecord]:
    def unreadable(path: Path, reason: str) -> None:
        where = "" if dry else f"; set aside as {store.set_aside(path)} and run again"
        observer.note(f"record {path} cannot be read: {reason}{where}")

    return store.records(unreadable)


def _obtainer(folders: Sequence[Path], observer: Observer, dry: bool):  # type: ignore[no-untyped-def]
    def have(dataset: Dataset) -> str:
        if not dry:
            obtain(dataset, folders, observer.note)
        elif len(locate(dataset, folders)) < len(dataset.files):
            observer.note(f"data set {dataset.name!r} is not on this machine yet: a run would download it first")
        return content_checksum(dataset)

    return have


@dataclass(frozen=True)
class _LrSuggestion:
    """Looks into the user's module in an isolated worker, where it can do no harm."""

    scout: Isolate
    surroundings: Surroundings

    def __call__(self, import_string: str) -> float:
        fallback = 1e-3
        try:
            lr = self.scout.call(
                "optbench.engine.worker:suggested_lr", import_string, self.surroundings, timeout=INSPECTION_TIMEOUT
            )
        except UnknownName as error:
            raise UsageError(f"optimizer {import_string!r}: {error}") from error
        except ModuleNotFoundError as error:
            if error.name != import_string.partition(":")[0].partition(".")[0]:
                return fallback
            raise UsageError(
                f"optimizer {import_string!r}: there is no module {error.name!r} in the current folder or installed"
            ) from error
        except (WorkerDied, WorkerTimeout, Exception):
            return fallback  # its runs will show what is wrong, each as a record
        return lr or fallback


def estimate_seconds(plan: Plan) -> dict[str, float]:
    """Measure a few steps of each task of a plan whose data is here; return seconds per run, by task."""
    worker = Isolate()
    seconds = {}
    try:
        for cell in {cell.task.name: cell for cell in plan.suite.cells()}.values():
            device = plan.slots[cell.device][0]
            spec = cell.spec(cell.entry.lr_ref, plan.suite.protocol.tune_seeds[0], "tune")
            with contextlib.suppress(WorkerDied, WorkerTimeout, DataUnavailable):
                seconds[cell.task.name] = worker.call(
                    "optbench.engine.worker:estimated_seconds", spec, device, plan.surroundings, timeout=60.0
                )
    finally:
        worker.close()
    return seconds
