"""The straight line: from a suite to records to a report. What the command line does, a notebook does with these."""

from __future__ import annotations

import inspect
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optbench.errors import UsageError
from optbench.execution.sharing import Sharing
from optbench.notebook import show_figures
from optbench.observers import Observer
from optbench.options import parse_options
from optbench.plan import Plan, opened, prepare
from optbench.progress import BarObserver
from optbench.registry.discovery import load_registry
from optbench.reporting.formats import FORMATS
from optbench.runs.record import RunRecord, RunStatus
from optbench.store.completeness import is_unfinished
from optbench.store.frame import POINT_COLUMNS, RUN_COLUMNS, described
from optbench.store.stale_records import unasked_in_a_line
from optbench.suite.load import load_suite_file
from optbench.suite.schema import SuiteFile
from optbench.wording import plural

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from optbench.reporting.write import Written
    from optbench.store.results import Results

CONTOURS = "optbench.execution.queries:contours"

Folder = str | os.PathLike[str]
"""A results folder: its path, or the campaign that was `Finished` in it."""


@dataclass(frozen=True)
class Finished:
    """A campaign that was carried out: its folder, its page, and how many of its runs ended how.

    A shard has no page unless it is the last to finish.

    It stands for its folder: `optbench.plot(finished, "costs")`. A notebook shows its main table and a figure.
    """

    folder: Path
    written: Written | None
    statuses: Counter[RunStatus]

    @property
    def page(self) -> Path | None:
        """Of its report; a shard that others outlast has none."""
        return self.written.page if self.written else None

    @property
    def broken(self) -> int:
        """Runs that failed unexpectedly."""
        return sum(count for status, count in self.statuses.items() if status.unexpected)

    def __fspath__(self) -> str:
        return str(self.folder)

    def __repr__(self) -> str:
        ended = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in self.statuses.items() if count)
        return f"Finished: {plural(self.statuses.total(), 'run')} ({ended}) in {self.folder}; {self.about_page}"

    @property
    def about_page(self) -> str:
        """Where the report is, in words."""
        if self.page is None:
            return f"the shard that finishes last writes the report, or optbench report {self.folder}"
        return f"the report is {self.page}"

    def _repr_html_(self) -> str:
        from optbench.reporting.html import results_html
        from optbench.store.load import read_results

        return results_html(read_results([self.folder]), repr(self))


def load_suite(suite: str | Path, plugins: Sequence[str | Path] = ()) -> SuiteFile:
    """Find and validate a suite file: a path, or the name of a packaged suite.

    Raises `SuiteError` with all its mistakes, or `UnknownName`.
    """
    return load_suite_file(suite, load_registry(plugins))


def run(
    suite: str | Path | SuiteFile, observer: Observer | None = None, *, progress: bool = True, **given: Any
) -> Finished:
    """Run a suite, or what is left of it, and write its report.

    Notebooks and terminals show a bar, unless `progress` is off; an `observer` is told what happens in its place.

    The options are those of `optbench run`, listed in `optbench.options.Options`: `results`, `name`, `profile`,
    `optimizers`, `tasks`, `report_seeds`, `devices`, `jobs`, `timeout`, `checkpoint_every`, `memory_limit`,
    `fail_fast`, `retry`, `data`, `plugins`, `control`, `shard`, `executor`, `diagnostics`, `reporters`. Calling it
    again continues: only runs without a record are carried out. Raises `UsageError` for whatever is wrong before or
    while running (a full disk); a run that fails is a record, not an exception.
    """
    options = parse_options(given)
    with BarObserver(wanted=progress) as bar:
        plan = prepare(suite, options, observer or bar)
        carry_out(plan, observer or bar, options.fail_fast)
    if plan.shard and is_unfinished(plan.store, plan.suite):
        return Finished(plan.store.root, None, plan.campaign.statuses)
    formats = () if plan.suite.profile == "smoke" else FORMATS
    written = _up_to_date(plan.store.root, formats, options.reporters, options.plugins)
    return Finished(plan.store.root, written, plan.campaign.statuses)


def _up_to_date(
    folder: Path, formats: Sequence[str], reporters: Sequence[str], plugins: Sequence[str | Path]
) -> Written:
    """Write a campaign's report, unless it is there and would be the same; other reporters' is always written."""
    from optbench.reporting.unchanged import inputs_of, note, unchanged

    inputs = inputs_of(folder, formats)
    if not reporters and (there := unchanged(folder, folder / "report", inputs)):
        return there
    written = write(folder, formats=formats, reporters=reporters, plugins=plugins)
    note(written, inputs)
    return written


def carry_out(plan: Plan, observer: Observer, fail_fast: bool = False) -> None:
    """Have every pending run of the plan carried out, and store each record as it comes.

    With `fail_fast` the first run that fails unexpectedly is the last: those under way are killed, without a record.
    """
    with opened(plan.executor, plan.context) as live, closing(plan.store):
        plan.store.open(plan.whole, extend=False)
        plan.store.remove_checkpoints(plan.leftover)
        for path, changed in plan.set_aside.items():
            if path.exists() and path.stat().st_mtime_ns == changed:  # else another coordinator has done so
                plan.store.set_aside(path)
        _record_contours(plan, live, observer)
        if left := sum(plan.campaign.outlook().left.values()):
            observer.planned(left, plan.workers, plan.seconds_left, plan.seconds)
        observer.progressed(None, plan.campaign.outlook())
        places = [plan.store.cell(plan.suite.protocol.first_run(cell)) for cell in plan.cells]
        with Sharing(plan.store, live.submit, partial(_enough, live), observer.note, places) as shared:
            for record in plan.campaign.run(shared.submit, plan.workers, plan.seconds):
                _keep(plan, record, record.run_id not in shared.of_others, observer)
                if fail_fast and record.status.unexpected:
                    where = f"{record.spec.optimizer} on {record.spec.task.name}, run {record.run_id}"
                    observer.note(f"stopped at the first failure: {where}: {record.reason}")
                    return
    if plan.whole == plan.suite and plan.shard is None:
        for line in unasked_in_a_line(len(plan.campaign.unasked - plan.stale.keys()), str(plan.store.runs)):
            observer.note(line)


def _enough(live: Any) -> int:
    """How many groups of runs keep an executor busy: one for each place, which may come and go, and one more."""
    return sum(map(len, live.places.values())) + 1


def _keep(plan: Plan, record: RunRecord, is_new: bool, observer: Observer) -> None:
    """Store a record and tell of it; that of another coordinator is stored and told already."""
    if is_new:
        plan.store.add(record)
        if record.status is not RunStatus.CRASHED:
            plan.store.remove_checkpoints([record.run_id])
    outlook = plan.campaign.outlook()
    observer.progressed(record, outlook)
    if is_new:
        plan.finished.call(record=record, done=sum(outlook.done.values()), total=sum(outlook.expected.values()))


def _record_contours(plan: Plan, live: Any, observer: Observer) -> None:
    """Have the test functions that are not recorded yet called where runs happen: reports draw what is recorded."""
    recorded = plan.store.read_contours(lambda path, reason: None)
    for task in (suite_task.task for suite_task in plan.suite.tasks):
        known = recorded[task.name].function if task.name in recorded else None
        if task.test_function and task.test_function != known:
            try:
                found = live.call(CONTOURS, task.test_function, plan.context, timeout=plan.context.timeout)
            except Exception as error:  # the user's own function: its runs are worth having all the same
                observer.note(f"task {task.name!r} has no contours: {error}")
            else:
                plan.store.add_contours(task.name, found)


def report(
    *results: Folder,
    out: str | Path | None = None,
    formats: Sequence[str] = (),
    reporters: Sequence[str] = (),
    plugins: Sequence[str | Path] = (),
) -> Path:
    """Write the report of one or several results folders and return the path of its page.

    Several are set side by side. It goes to `out`, or to `report/` in the (first) results folder; with it what the
    named `reporters` write, some of which may come from plugin files. Figures for papers are drawn in the `formats`
    that are asked for (svg, pdf, png), and in those that are there of an earlier report.
    """
    return write(*results, out=out, formats=formats, reporters=reporters, plugins=plugins).page


def write(
    *results: Folder,
    out: str | Path | None = None,
    formats: Sequence[str] = (),
    reporters: Sequence[str] = (),
    plugins: Sequence[str | Path] = (),
) -> Written:
    """Do what `report` does, and return what there is to say of it."""
    from optbench.reporting.write import write_report
    from optbench.store.load import read_results
    from optbench.store.store import refuse_outside

    chosen = [load_registry(plugins).reporters[name].component for name in dict.fromkeys(reporters)]
    target = Path(out) if out else Path(results[0]) / "report"
    if not out:
        refuse_outside(target, Path(results[0]))
    return write_report(read_results([Path(folder) for folder in results]), target, formats, chosen)


def plot(
    results: Folder | Sequence[Folder], name: str, tasks: Sequence[str] = (), optimizers: Sequence[str] = ()
) -> Figure:
    """Draw one of the report's figures of one or several results folders, for all or some tasks and optimizers.

    `name` is `heatmap`, `final-values`, `across-tasks`, `performance-profile`, `fit`, `learning-curves`,
    `learning-curves-seconds`, `paths`, `lr-sensitivity`, `tuning-effort`, `steps-to-target`, `reached`, `costs`,
    `diagnostics`, `gradients-by-depth` or `layers`; where the report has several of it, the name of a file in its
    `figures/`. Raises `UsageError` for names that are not known, and where the results have nothing to show.
    """
    from optbench.analysis.analysis import analyse
    from optbench.reporting.plot import drawing
    from optbench.store.load import read_results

    folders = [results] if isinstance(results, str | os.PathLike) else results
    chosen = read_results([Path(folder) for folder in folders]).only(tasks, optimizers)
    show_figures()
    return drawing(analyse(chosen), name).figure


@dataclass(frozen=True)
class Compared:
    """What changed between two sides: a table, the same in words, and a page that can be written."""

    changes: pd.DataFrame
    """A row for each measure of each cell; its columns are described in `optbench.analysis.comparison.change`."""
    summary: str
    """The table and its sentences as text."""
    _results: Results
    _folder: Path

    def __repr__(self) -> str:
        counts = [f"{count} {verdict}" for verdict, count in self.changes["verdict"].value_counts().items()]
        return f"Compared: {plural(len(self.changes), 'measure')}, {', '.join(counts)}"

    def _repr_html_(self) -> str:
        from optbench.reporting.html import comparison_html

        return comparison_html(self._results, repr(self))

    def count(self, verdict: str) -> int:
        """Return how many changes are `worse`, `better`, `undecided` or the `same`."""
        return int(self.changes["verdict"].eq(verdict).sum())

    def write(self, out: str | Path | None = None) -> Path:
        """Write the report of both with the changes on top, by default to `comparison/` in the folder after."""
        from optbench.reporting.write import write_report

        return write_report(self._results, Path(out) if out else self._folder / "comparison", formats=("svg",)).page

    @property
    def content(self) -> dict[str, Any]:
        """The changes and how many there are of each kind, as plain data."""
        counts = {str(name): int(count) for name, count in self.changes["verdict"].value_counts().items()}
        return {"counts": counts, "changes": self.changes.to_dict("records")}


def compare(before: str | Path, after: str | Path, margin: float = 0.01) -> Compared:
    """Compare two results folders, or two entries given as FOLDER:ENTRY.

    `margin` is the difference that does not matter: a share of the value before for losses, a difference for shares.
    Raises `UsageError` for sides that cannot be compared.
    """
    from optbench.analysis.analysis import analyse
    from optbench.reporting.text import comparison_summary
    from optbench.store.question import read_sides

    results = read_sides(before, after, margin)
    analysis = analyse(results)
    if not analysis.comparison.pairs:
        raise UsageError(f"{str(before)!r} and {str(after)!r} have no task and entry in common: nothing to compare")
    folder = Path(results.sources[-1].path)
    return Compared(analysis.comparison.changes, comparison_summary(analysis), results, folder)


def load_results(*results: Folder) -> pd.DataFrame:
    """Return the records of results folders as one tidy table, one row per evaluation point."""
    from optbench.store.load import read_results

    return read_results([Path(folder) for folder in results]).frame


load_results.__doc__ = f"""{inspect.getdoc(load_results)}

Metrics are as they are recorded: shares from 0 to 1. These columns say the same on each row of a run:

{described(RUN_COLUMNS)}

Those of its evaluation points; where a run has none, it has one row, and these are missing in it:

{described(POINT_COLUMNS)}

Behind them there is a column `final_<split>_metric:<name>` for each further metric that a task reports, and
`diagnostic:<name>` for each diagnostic that was recorded.
"""
