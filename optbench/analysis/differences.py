"""How much each entry differs from the reference, with intervals that hold for all entries and tasks together."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from optbench.analysis.condition import CELL, CONDITION
from optbench.analysis.confidence_set import paired_variances
from optbench.analysis.contenders import values_of
from optbench.analysis.intervals import CONFIDENCE
from optbench.store.results import Results

COLUMNS = {
    **dict.fromkeys(CELL, "the cell; all of its planned report runs completed, and those of the reference"),
    "reference": "the entry that it is compared with: the suite's, or the first of its entries",
    "n": "report runs of each, by the same seeds or folds",
    "difference": "mean test metric minus that of the reference",
    "low": "lower end of its interval; those of a condition hold together with 95 %, by Bonferroni's inequality",
    "high": "upper end of it",
}


def differences(runs: pd.DataFrame, quality: pd.DataFrame, results: Results) -> pd.DataFrame:
    """`COLUMNS` for every contender of every task on which the reference contends as well, at least two runs each.

    Differences are taken seed by seed; their variances are moderated, as those behind verdicts are.
    """
    suites = {source.label: source.suite for source in results.sources}
    contending = quality.loc[quality["contends"], CELL]
    report = runs[runs["is_report"] & runs["completed"]].merge(contending, on=CELL)
    rows: list[tuple[object, ...]] = []
    for (source, device), condition in report.groupby(CONDITION, sort=False):
        reference = suites[str(source)].reference_entry
        tables = {task: values_of(group) for task, group in condition.groupby("task", sort=False)}
        tables = {task: values for task, values in tables.items() if reference in values.index and values.shape[1] > 1}
        compared = sum(len(values) - 1 for values in tables.values())
        overlap = suites[str(source)].protocol.overlap()
        for task, values in tables.items():
            at, n = list(values.index).index(reference), values.shape[1]
            variances, freedom = paired_variances(values.to_numpy())
            quantile = stdtrit(float(freedom.item()), 1 - (1 - CONFIDENCE) / (2 * max(compared, 1)))
            half = quantile * np.sqrt(variances[at] * (1 / n + overlap))
            means = values.mean(axis="columns")
            apart = means - means[reference]
            for optimizer, by, width in zip(values.index, apart, half, strict=True):
                if optimizer != reference:
                    rows.append((source, device, task, optimizer, reference, n, by, by - width, by + width))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def relation(low: float, high: float, higher_is_better: bool) -> str:
    """ "better" or "worse" where the interval leaves no doubt, else "undecided"."""
    if math.isnan(low) or low <= 0 <= high:
        return "undecided"
    return "better" if (low > 0) == higher_is_better else "worse"
