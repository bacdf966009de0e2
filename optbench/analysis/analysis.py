"""`Analysis`: every table that a report is made of, computed once from `Results`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from optbench.analysis.across.summary import Across, across
from optbench.analysis.auc import auc
from optbench.analysis.cells import one_row_per_cell, totals
from optbench.analysis.classes import classes
from optbench.analysis.coinciding import Coinciding, coinciding
from optbench.analysis.comparison.comparison import Comparison, compare
from optbench.analysis.condition import Condition, conditions
from optbench.analysis.contenders import contenders
from optbench.analysis.control import is_control, noise_floor
from optbench.analysis.costs import costs
from optbench.analysis.curves import curve_runs, curves
from optbench.analysis.depth import depth, layer_gradients, layers_over_time
from optbench.analysis.diagnostics import diagnostic_runs
from optbench.analysis.differences import differences
from optbench.analysis.effort import effort
from optbench.analysis.failed_tasks import FailedTask, failed_tasks, on_failed_task
from optbench.analysis.failures import Failure, SharedFailure, failures, shared_failures
from optbench.analysis.fit import fit, fit_runs
from optbench.analysis.further_metrics import further_metrics
from optbench.analysis.leaderboard import leaderboard
from optbench.analysis.paths import paths
from optbench.analysis.quality import quality, suboptimality
from optbench.analysis.ranks import average_ranks, ranks, scored_runs
from optbench.analysis.robustness import robustness
from optbench.analysis.runs import one_row_per_run
from optbench.analysis.sensitivity import sensitivity, sensitivity_runs
from optbench.analysis.surface import Surface, surfaces
from optbench.analysis.targets import reached_by, target_runs, targets
from optbench.analysis.timings import timings
from optbench.analysis.transfer import transfer
from optbench.analysis.tuned import tuned
from optbench.analysis.verdict import TaskVerdict, task_verdicts
from optbench.errors import ResultsError
from optbench.store.results import Results


@dataclass(frozen=True)
class Analysis:
    """Tidy tables; each one's columns are described in the module of its name."""

    results: Results
    conditions: tuple[Condition, ...]
    runs: pd.DataFrame
    totals: pd.DataFrame
    quality: pd.DataFrame
    differences: pd.DataFrame
    average_ranks: pd.DataFrame
    leaderboard: pd.DataFrame
    across: tuple[Across, ...]
    noise_floor: pd.DataFrame
    suboptimality: pd.DataFrame
    fit: pd.DataFrame
    fit_curves: pd.DataFrame
    classes: pd.DataFrame
    further_metrics: pd.DataFrame
    tuned: pd.DataFrame
    targets: pd.DataFrame
    target_runs: pd.DataFrame
    reached: pd.DataFrame
    sensitivity: pd.DataFrame
    sensitivity_runs: pd.DataFrame
    robustness: pd.DataFrame
    transfer: pd.DataFrame
    effort: pd.DataFrame
    curves: pd.DataFrame
    curve_runs: pd.DataFrame
    coinciding: tuple[Coinciding, ...]
    auc: pd.DataFrame
    paths: pd.DataFrame
    surfaces: Mapping[str, Surface]
    diagnostics: pd.DataFrame
    diagnostic_runs: pd.DataFrame
    layer_gradients: pd.DataFrame
    layers_over_time: pd.DataFrame
    depth: pd.DataFrame
    costs: pd.DataFrame
    comparison: Comparison
    verdicts: tuple[TaskVerdict, ...]
    failed_tasks: tuple[FailedTask, ...]
    failures: tuple[Failure, ...]
    shared_failures: tuple[SharedFailure, ...]

    @property
    def tunes(self) -> bool:
        """Whether any of the suites searched for hyper-parameters."""
        return any(source.suite.protocol.tunes for source in self.results.sources)


def analyse(results: Results) -> Analysis:
    """Compute every table. Raises `ResultsError` where there is no run at all."""
    if results.frame.empty:
        places = ", ".join(repr(source.path) for source in results.sources) or "the results given"
        raise ResultsError(f"no recorded runs in {places}; run the suite first")
    tasks, frame, where = results.tasks, results.frame, conditions(results)
    runs = one_row_per_run(frame)
    failed = failed_tasks(runs, where)
    judged = runs[~on_failed_task(runs, failed)]
    cells = one_row_per_cell(results, runs, failed)
    compared = judged[~is_control(judged, results)]
    scored = scored_runs(compared, tasks)
    ranked = ranks(scored, tasks)
    overlap = {source.label: source.suite.protocol.overlap() for source in results.sources}
    result = quality(runs, cells, ranked, contenders(compared, cells, tasks, overlap), overlap)
    hits = target_runs(frame, judged, tasks)
    reaching = targets(hits, tasks)
    tuning = sensitivity_runs(runs, tasks)
    rates = sensitivity(tuning)
    lr_only = rates[rates["alone"].eq(True)]
    learning = curve_runs(frame, runs)
    ways = paths(frame, runs, tasks)
    inside = diagnostic_runs(frame, runs, tasks)
    by_layer = layer_gradients(frame, runs)
    cost = costs(runs, timings(results))
    average = average_ranks(ranked)
    return Analysis(
        results=results,
        conditions=where,
        runs=runs,
        totals=totals(cells),
        quality=result,
        differences=differences(compared, result, results),
        average_ranks=average,
        leaderboard=leaderboard(result, average),
        across=across(results, scored, ranked, reaching, where),
        noise_floor=noise_floor(result, results),
        suboptimality=suboptimality(runs),
        fit=fit(frame, runs, tasks),
        fit_curves=curves(fit_runs(frame, runs)),
        classes=classes(runs),
        further_metrics=further_metrics(frame, runs, tasks, overlap),
        tuned=tuned(results, runs, cells),
        targets=reaching,
        target_runs=hits,
        reached=reached_by(hits, tasks),
        sensitivity=rates,
        sensitivity_runs=tuning,
        robustness=robustness(results, lr_only, runs, tuning),
        transfer=transfer(lr_only[~is_control(lr_only, results)]),
        effort=effort(results, runs, tasks),
        curves=curves(learning),
        curve_runs=learning,
        coinciding=coinciding(learning, results.entries),
        auc=auc(frame, runs, tasks),
        paths=ways,
        surfaces=surfaces((tasks[name] for name in dict.fromkeys(ways["task"])), results.contours),
        diagnostics=curves(inside),
        diagnostic_runs=inside,
        layer_gradients=by_layer,
        layers_over_time=layers_over_time(frame, runs),
        depth=depth(by_layer, runs),
        costs=cost,
        comparison=compare(results, runs, where),
        verdicts=task_verdicts(result[~result["control"]], where, failed),
        failed_tasks=failed,
        failures=failures(judged, where),
        shared_failures=shared_failures(judged, where),
    )
