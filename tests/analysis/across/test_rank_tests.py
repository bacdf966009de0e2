from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from optbench.analysis.across.rank_tests import (
    average_ranks_of,
    bonferroni_dunn,
    friedman,
    holm,
    nemenyi,
    wilcoxon,
)

# Demšar 2006, Table 6: ranks by the area under the curve of C4.5, with tuned m, with tuned cf, with both.
C45 = np.array(
    [
        (4, 3, 2, 1),
        (1, 2, 3, 4),
        (4, 1, 2, 3),
        (4, 1, 3, 2),
        (4, 2, 3, 1),
        (1, 2.5, 4, 2.5),
        (3, 2, 4, 1),
        (2.5, 2.5, 4, 1),
        (4, 3, 2, 1),
        (2.5, 2.5, 2.5, 2.5),
        (4, 2.5, 1, 2.5),
        (3, 2, 4, 1),
        (4, 1, 2, 3),
        (3, 1, 4, 2),
    ]
)


def test_the_worked_example_of_demsar() -> None:
    assert C45.mean(axis=0) == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    found = friedman(C45)
    assert found.chi2 == pytest.approx(9.28, abs=0.005)
    assert found.f == pytest.approx(3.69, abs=0.005) and found.freedom == (3, 39)
    assert found.p < 0.05 and stats.f.ppf(0.95, 3, 39) == pytest.approx(2.85, abs=0.005)
    assert nemenyi(14, 4) == pytest.approx(1.25, abs=0.005)
    assert nemenyi(14, 4, alpha=0.10) == pytest.approx(1.12, abs=0.005)


def test_critical_values_are_those_of_demsars_table_5() -> None:
    unit = math.sqrt(4 * 5 / (6 * 14))
    assert nemenyi(14, 4) / unit == pytest.approx(2.569, abs=5e-4)
    assert bonferroni_dunn(14, 4) / unit == pytest.approx(2.394, abs=5e-4)


def test_with_fewer_than_six_tasks_nothing_is_told_apart() -> None:
    assert math.isnan(nemenyi(5, 4)) and math.isnan(bonferroni_dunn(5, 4))
    assert math.isnan(wilcoxon([1.0] * 5)) and wilcoxon([1.0] * 6) == pytest.approx(1 / 32)
    assert wilcoxon([0.0] * 6) == 1.0


@given(st.integers(3, 6), st.integers(2, 12), st.randoms(use_true_random=False))
def test_without_ties_friedmans_statistic_is_scipys(k: int, n: int, random: object) -> None:
    rng = np.random.default_rng(getattr(random, "randrange")(2**32))  # noqa: B009
    scores = rng.permuted(np.tile(np.arange(float(k)), (n, 1)), axis=1)
    expected = stats.friedmanchisquare(*scores.T)
    assert friedman(stats.rankdata(scores, axis=1)).chi2 == pytest.approx(expected.statistic)


def test_all_tied_is_no_difference_and_always_the_same_order_the_largest() -> None:
    assert friedman(np.full((5, 3), 2.0)).p == 1
    assert friedman(np.tile([1.0, 2.0, 3.0], (5, 1))).f == math.inf
    assert friedman(np.tile([1.0, 2.0, 3.0], (5, 1))).p == 6 / 6**5
    assert friedman(np.tile([1.0, 2.0], (6, 1))).p == wilcoxon([1.0] * 6)


def test_holm_adjusts_step_by_step() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == [] and holm([0.9, 0.8]) == [1.0, 1.0]


def test_average_ranks_of_samples_task_by_task() -> None:
    task_1, task_2 = ([1.0, 3.0], [4.0, 4.0], [math.inf] * 2), ([5.0, 5.0], [5.0, 5.0], [1.0, 1.0])
    samples = [np.array(runs) for runs in (*task_1, *task_2)]
    assert average_ranks_of(*samples, tasks=2).tolist() == [(1 + 2.5) / 2, (2 + 2.5) / 2, (3 + 1) / 2]
