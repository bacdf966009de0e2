"""`Across`: what all tasks of one condition together say about its optimizers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from optbench.analysis.across.bootstrap import Numbers, bootstrap_interval
from optbench.analysis.across.improvement import probability_of_improvement
from optbench.analysis.across.profiles import benchmark_score, profile, ratios, speed_ups
from optbench.analysis.across.rank_tests import Friedman, average_ranks_of, friedman, holm, nemenyi, wilcoxon
from optbench.analysis.across.samples import ByCell, costs_of, scales_of, scores_of, times_of
from optbench.analysis.across.scores import interquartile_mean
from optbench.analysis.condition import CONDITION, Condition
from optbench.analysis.ranks import rank_matrix
from optbench.store.results import Results

COLUMNS = {
    **dict.fromkeys([*CONDITION, "optimizer"], "the optimizer within a condition"),
    "n_tasks": "tasks that every optimizer has report runs on",
    "average_rank": "over these tasks, see `ranks`",
    "average_rank_low": "lower end of its interval, see `bootstrap`",
    "average_rank_high": "upper end of it",
    "n_timed": "those of them with a target, see `Across.timed`",
    "solved": "how many of these the median run reaches",
    "score": "benchmark score of the median steps to the target, see `profiles`",
    "speed_up": "geometric mean of the reference's steps over the optimizer's",
    "speed_up_tasks": "over so many tasks, which both solve",
    "n_scored": "tasks with a score, see `Across.scored`",
    "iqm": "interquartile mean of the scores of all runs, see `scores`",
    "iqm_low": "lower end of its interval",
    "iqm_high": "upper end of it",
    "reference": "the entry that `speed_up`, `improvement` and `wilcoxon_p` compare with",
    "improvement": "probability of improvement over the reference, see `improvement`",
    "improvement_low": "lower end of its interval",
    "improvement_high": "upper end of it",
    "wilcoxon_p": "of mean scores against the reference's, adjusted by Holm; NaN with fewer than six tasks",
}


@dataclass(frozen=True)
class Across:
    """All tasks that every entry of a condition has report runs on; at least two of them, and two entries."""

    condition: Condition
    reference: str
    tasks: tuple[str, ...]
    left_out: tuple[str, ...]
    """Tasks that some entry has no report run on, or that are at fault."""
    timed: Mapping[str, str]
    """The target of each task that has one, the last that it lists."""
    unsolved: tuple[str, ...]
    """Those of `timed` that no entry solves."""
    met_before: tuple[str, ...]
    """Tasks without a place in `timed` because an entry is there before training."""
    scored: Mapping[str, str]
    """Where 1 is on the scale of each task: at its target, or at the best mean of any entry."""
    friedman: Friedman
    critical_difference: float
    """Nemenyi's; NaN with fewer than six tasks."""
    table: pd.DataFrame
    """`COLUMNS` for each optimizer, in the suite's order."""
    profile: pd.DataFrame
    """source, device and the columns of `profiles.profile`."""


def across(
    results: Results,
    scored_runs: pd.DataFrame,
    ranks: pd.DataFrame,
    targets: pd.DataFrame,
    conditions: tuple[Condition, ...],
) -> tuple[Across, ...]:
    """One for each condition with at least two optimizers that have a result, on two tasks in common."""
    found = []
    for condition in conditions:
        own = condition.of(ranks)
        matrix = rank_matrix(own)
        if len(matrix) > 1 and own.dropna(subset=["score"])["optimizer"].nunique() > 1:
            found.append(_of(condition, results, matrix, condition.of(scored_runs), condition.of(targets)))
    return tuple(found)


def _of(
    condition: Condition, results: Results, matrix: pd.DataFrame, runs: pd.DataFrame, targets: pd.DataFrame
) -> Across:
    suite = next(source.suite for source in results.sources if source.label == condition.source)
    times = times_of(targets, results.tasks, matrix)
    solvable = times[(times > 0).all(axis=1)]
    relative = ratios(solvable)
    scales = scales_of(runs, results.tasks, matrix)
    costs, scores = costs_of(runs), scores_of(runs, scales)
    parts = (
        _ranked(matrix, costs),
        _timed(solvable, relative, suite.reference_entry),
        _scored(matrix, list(scales), scores, suite.reference_entry),
        _improved(matrix, costs, suite.reference_entry),
    )
    here = {"source": condition.source, "device": condition.device}
    table = pd.concat(parts, axis=1).rename_axis("optimizer").reset_index().assign(**here)
    return Across(
        condition=condition,
        reference=suite.reference_entry,
        tasks=tuple(map(str, matrix.index)),
        left_out=tuple(t.task.name for t in suite.tasks if t.task.name not in matrix.index),
        timed={str(task): results.tasks[str(task)].targets[-1].name for task in solvable.index},
        unsolved=tuple(map(str, solvable[np.isinf(solvable).all(axis=1)].index)),
        met_before=tuple(map(str, times.index.difference(solvable.index, sort=False))),
        scored={task: scale.one for task, scale in scales.items()},
        friedman=friedman(matrix.to_numpy(float)),
        critical_difference=nemenyi(*matrix.shape),
        table=table[list(COLUMNS)],
        profile=profile(relative).assign(**here),
    )


def _ranked(matrix: pd.DataFrame, costs: ByCell) -> pd.DataFrame:
    samples = [costs[task, name] for task in matrix.index for name in matrix.columns]
    low, high = bootstrap_interval(samples, partial(average_ranks_of, tasks=len(matrix)))
    table = pd.DataFrame({"average_rank": matrix.mean(), "average_rank_low": low, "average_rank_high": high})
    return table.assign(n_tasks=len(matrix))


def _timed(times: pd.DataFrame, relative: pd.DataFrame, reference: str) -> pd.DataFrame:
    solved = np.isfinite(times).sum()
    return speed_ups(times, reference).assign(n_timed=len(times), solved=solved, score=benchmark_score(relative))


def _scored(matrix: pd.DataFrame, tasks: Sequence[str], scores: ByCell, reference: str) -> pd.DataFrame:
    own = {name: [scores[task, name] for task in tasks] for name in matrix.columns}
    table = _intervals(own, interquartile_mean)
    table.columns = pd.Index(["iqm", "iqm_low", "iqm_high"])
    means = pd.DataFrame({name: [sample.mean() for sample in samples] for name, samples in own.items()})
    others = [name for name in matrix.columns if name != reference and reference in matrix.columns]
    p = holm([wilcoxon((means[name] - means[reference]).to_numpy(float)) for name in others])
    return table.assign(n_scored=len(tasks), wilcoxon_p=pd.Series(p, index=others, dtype=float))


def _improved(matrix: pd.DataFrame, costs: ByCell, reference: str) -> pd.DataFrame:
    samples = {}
    for name in matrix.columns:
        compared = name != reference and reference in matrix.columns
        samples[name] = [costs[task, one] for one in (name, reference) for task in matrix.index] if compared else []
    table = _intervals(samples, probability_of_improvement)
    table.columns = pd.Index(["improvement", "improvement_low", "improvement_high"])
    return table.assign(reference=reference)


def _intervals(samples: Mapping[Any, Sequence[Numbers]], statistic: Callable[..., Numbers]) -> pd.DataFrame:
    """The statistic and the ends of its interval for each name; all NaN where there is nothing to compute it of.

    Names whose samples have equal sizes are resampled together.
    """
    found = pd.DataFrame(math.nan, index=list(samples), columns=range(3))
    for sizes in {tuple(map(len, own)): None for own in samples.values() if own}:
        names = [name for name, own in samples.items() if tuple(map(len, own)) == sizes]
        stacked = [np.stack(parts) for parts in zip(*(samples[name] for name in names), strict=True)]
        found.loc[names] = np.stack([statistic(*stacked), *bootstrap_interval(stacked, statistic)], axis=-1)
    return found
