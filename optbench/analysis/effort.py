"""What tuning is worth: the best value to be expected of fewer trials, from those there are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from optbench.analysis.condition import CELL
from optbench.analysis.sensitivity import validation_runs
from optbench.components.task import Task
from optbench.store.results import Results

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "quantity": "what `expected_best` is: validation loss, error or error rate; lower is better",
    "trials": "settings tried, n",
    "failed": "how many of them did not complete, or ended worse than before training",
    "k": "from 1 to n",
    "expected_best": "mean over all subsets of k trials of the best value in the subset",
}


def expected_best(values: Sequence[float], k: int) -> float:
    """Return the mean, over all subsets of `k` of the n `values`, of the least value in the subset.

    With v_1 <= ... <= v_n it is the sum over i of v_i C(n - i, k - 1) / C(n, k): of all C(n, k) subsets so many have
    v_i as their least value. It is infinite where more than n - k values are. It is an unbiased estimate of the best of
    k independent trials (Tang et al., Showing your work doesn't always work, ACL 2020, arXiv:2004.13705, section 3).
    """
    n = len(values)
    subsets = math.comb(n, k)
    return sum(v * (math.comb(n - i, k - 1) / subsets) for i, v in enumerate(sorted(values)[: n - k + 1], start=1))


def effort(results: Results, runs: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """`COLUMNS` for every cell whose trials are draws from a space, those of all its studies together.

    A trial counts with its first tuning run: runs with other seeds, which only the best have, would favour these. One
    that did not complete, or ended worse than before training, counts as the value before training, which the one who
    tunes has for nothing.
    """
    drawn = [source.label for source in results.sources if source.suite.protocol.draws != "none"]
    tune = validation_runs(runs[runs["source"].isin(drawn)], tasks)
    first = tune.drop_duplicates([*CELL, "setting"])  # runs are in the order in which protocols ask for them
    rows = [
        (*key, *row)
        for key, trials in first.dropna(subset=["initial"]).groupby([*CELL, "quantity"], sort=False)
        for row in _curve(trials["value"], float(trials["initial"].iloc[0]))
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _curve(values: pd.Series[float], initial: float) -> Iterator[tuple[float, ...]]:
    n, failed = len(values), int(values.gt(initial).sum())
    counted = values.clip(upper=initial).tolist()
    for k in range(1, n + 1):
        yield n, failed, k, expected_best(counted, k)
