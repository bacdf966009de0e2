"""`Report`: words, tables, figures and provenance, put in order. It reads and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from optbench.analysis.analysis import Analysis
from optbench.reporting.allruns import AllRuns, all_runs
from optbench.reporting.answer import Answer, answers
from optbench.reporting.as_csv import as_csv
from optbench.reporting.charts.chart import Chart
from optbench.reporting.charts.charts import charts
from optbench.reporting.drawings import drawings
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.html import as_html
from optbench.reporting.many import many
from optbench.reporting.provenance import Provenance, provenance
from optbench.reporting.style import Look, looks
from optbench.reporting.tables.across import across_table
from optbench.reporting.tables.auc import auc_table
from optbench.reporting.tables.classes import classes_table
from optbench.reporting.tables.comparison import comparison_table
from optbench.reporting.tables.costs import costs_tables
from optbench.reporting.tables.depth import depth_table
from optbench.reporting.tables.differences import differences_table
from optbench.reporting.tables.effort import effort_table
from optbench.reporting.tables.fit import fit_table
from optbench.reporting.tables.further_metrics import further_metrics_table
from optbench.reporting.tables.main import main_table
from optbench.reporting.tables.rankings import ranking_tables
from optbench.reporting.tables.robustness import robustness_table, transfer_table
from optbench.reporting.tables.suboptimality import suboptimality_table
from optbench.reporting.tables.table import Table
from optbench.reporting.tables.targets import targets_table
from optbench.reporting.tables.totals import totals_table
from optbench.reporting.tables.tuned import tuned_table
from optbench.reporting.words.changes import changes
from optbench.reporting.words.control import noise_floor
from optbench.reporting.words.failures import failures
from optbench.reporting.words.finding import Finding
from optbench.reporting.words.notes import banner, watermark
from optbench.reporting.words.overall import overall
from optbench.reporting.words.verdicts import average_ranks, verdicts
from optbench.store.results import Results
from optbench.wording import plural


@dataclass(frozen=True)
class Section:
    """A part of the page: figures, then tables."""

    anchor: str
    title: str
    drawings: tuple[Drawing, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Report:
    """Everything that is to be told, ready to show and in order: what the page and every reporter read."""

    title: str
    banner: str
    watermark: str
    warnings: tuple[str, ...]
    """What is wrong with the records, in sentences: stale, unreadable or missing ones, mixed versions."""
    facts: tuple[tuple[str, str], ...]
    changes: tuple[Finding, ...]
    """What changed from one condition to the next, in sentences; empty where there is one condition."""
    comparison: tuple[Section, ...]
    """The same as a table, with the curves of both; none where there is one condition."""
    overall: tuple[Finding, ...]
    """What all tasks together say."""
    answers: tuple[Answer, ...]
    """What each task says, as a picture and a sentence."""
    verdicts: tuple[Finding, ...]
    average_ranks: tuple[Finding, ...]
    failures: tuple[Finding, ...]
    main: Table
    glance: tuple[Drawing, ...]
    """The main result as a figure, one for each condition."""
    rankings_by_task: tuple[Table, ...]
    """Of many optimizers only."""
    sections: tuple[Section, ...]
    charts: Mapping[str, Chart]
    """The interactive chart of each figure that has one, by the figure's name."""
    looks: Mapping[str, Look]
    runs: AllRuns
    provenance: tuple[Provenance, ...]
    results: Results
    """What it is about: the suites, and every record as a tidy frame."""

    def __repr__(self) -> str:
        figures, tables = (plural(len(of), kind) for of, kind in ((self.drawings, "figure"), (self.tables, "table")))
        return f"Report of {self.title}: {figures}, {tables}"

    def _repr_html_(self) -> str:
        return as_html(self.banner, self.main, self.drawings)

    @property
    def drawings(self) -> tuple[Drawing, ...]:
        """All figures, in order."""
        sections = (*self.comparison, *self.sections)
        return (*self.glance, *(drawing for section in sections for drawing in section.drawings))

    @property
    def pictures(self) -> tuple[Drawing, ...]:
        """Those of the sections' figures that no chart stands in for: the page shows them as they are."""
        covered = {name for chart in self.charts.values() for name in chart.figures}
        sections = (*self.comparison, *self.sections)
        return tuple(it for section in sections for it in section.drawings if it.name not in covered)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables that become CSV files, in order."""
        return (self.main, *(table for section in (*self.comparison, *self.sections) for table in section.tables))

    @cached_property
    def csv(self) -> dict[str, str]:
        """Content of each file of `tables/`: what every table and every figure is made of."""
        tables = {table.name: table.data for table in self.tables}
        figures = {f"figure-{drawing.name}": drawing.data for drawing in self.drawings}
        return {f"{name}.csv": as_csv(data) for name, data in (tables | figures).items()}


def build(analysis: Analysis) -> Report:
    """Put the report together."""
    results = analysis.results
    drawn = drawings(analysis)
    return Report(
        title=" and ".join(dict.fromkeys(source.suite.name for source in results.sources)),
        banner=banner(analysis),
        watermark=watermark(analysis),
        warnings=tuple(dict.fromkeys(note for source in results.sources for note in source.notes)),
        facts=_facts(analysis),
        changes=changes(analysis),
        comparison=_filled(
            [Section("comparison", "Comparison", drawn["overlaid-curves"], (comparison_table(analysis),))]
        ),
        overall=overall(analysis),
        answers=answers(analysis),
        verdicts=verdicts(analysis),
        average_ranks=(*average_ranks(analysis), *noise_floor(analysis)),
        failures=failures(analysis),
        main=main_table(analysis),
        glance=drawn["heatmap"],
        rankings_by_task=ranking_tables(analysis) if many(analysis) else (),
        sections=_sections(analysis, drawn),
        charts=charts(analysis),
        looks=looks(analysis.results.entries),
        runs=all_runs(analysis),
        provenance=provenance(results),
        results=results,
    )


def _facts(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    results, runs = analysis.results, analysis.runs
    suites = [source.suite for source in results.sources]
    environments = [environment for source in results.sources for environment in source.environments]
    said: dict[str, list[str]] = {
        "profile": [suite.profile for suite in suites],
        "protocol": [suite.protocol.name for suite in suites],
        "size": [
            f"{plural(len(results.tasks), 'task')} × {plural(len(results.entries), 'optimizer')}, "
            + plural(len(runs), "run")
        ],
        "device": [
            *(condition.device for condition in analysis.conditions),
            *(str(env["device_name"]) for env in environments if env.get("device_name")),
        ],
        "torch": [str(env["torch"]) for env in environments if env.get("torch")],
        "machine": [str(machine) for machine in runs["machine"].dropna() if machine],
        "date": sorted({str(moment)[:10] for moment in runs["started"].dropna() if moment}),
    }
    return tuple((name, ", ".join(dict.fromkeys(values))) for name, values in said.items() if values)


def _sections(analysis: Analysis, drawn: Mapping[str, tuple[Drawing, ...]]) -> tuple[Section, ...]:
    planned = (
        Section(
            "results",
            "Results",
            drawn["final-values"],
            (differences_table(analysis), further_metrics_table(analysis), suboptimality_table(analysis)),
        ),
        Section(
            "across", "Across tasks", drawn["across-tasks"] + drawn["performance-profile"], (across_table(analysis),)
        ),
        Section("fit", "Fit", drawn["fit"], (fit_table(analysis), classes_table(analysis))),
        Section(
            "curves",
            "Learning curves",
            drawn["learning-curves"] + drawn["learning-curves-seconds"],
            (auc_table(analysis),),
        ),
        Section("paths", "Paths", drawn["paths"], ()),
        Section(
            "tuning",
            "Tuning" if analysis.tunes else "Hyper-parameters",
            drawn["lr-sensitivity"] + drawn["tuning-effort"],
            (tuned_table(analysis), effort_table(analysis), robustness_table(analysis), transfer_table(analysis)),
        ),
        Section("targets", "Targets", drawn["steps-to-target"] + drawn["reached"], (targets_table(analysis),)),
        Section("costs", "Costs", drawn["costs"], costs_tables(analysis)),
        Section(
            "diagnostics",
            "Diagnostics",
            drawn["diagnostics"] + drawn["gradients-by-depth"] + drawn["layers"],
            (depth_table(analysis),),
        ),
        Section("runs", "All runs", (), (totals_table(analysis),)),
    )
    return _filled(planned)


def _filled(planned: Iterable[Section]) -> tuple[Section, ...]:
    """Leave out empty tables, then empty sections."""
    filled = (
        Section(part.anchor, part.title, part.drawings, tuple(table for table in part.tables if table.rows))
        for part in planned
    )
    return tuple(part for part in filled if part.drawings or part.tables)
