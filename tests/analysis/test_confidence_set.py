"""The set of entries that may be the best: how often it says something false, and what it finds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from optbench.analysis.confidence_set import p_values, task_level
from optbench.analysis.intervals import interval_of_picked, mean_interval
from optbench.analysis.moderation import moderated
from tests.support.verdicts import TASKS, Truth, coverage_of_best, false_shares, power, simulated

CAMPAIGNS = 1500
CHANCE = 3 * math.sqrt(0.05 * 0.95 / CAMPAIGNS)
"""Three standard errors of a share of 5 % over so many campaigns."""


@pytest.mark.parametrize("seeds", [5, 10])
@pytest.mark.parametrize(
    ("entries", "correlation", "spread", "heavy"),
    [
        (2, 0.0, 1, False),
        (8, 0.0, 1, False),
        (20, 0.9, 1, False),
        (8, 0.0, 10**0.5, False),
        (8, 0.7, 10**0.5, False),
        (20, 0.3, 10, False),
        (8, 0.7, 10**0.5, True),
        (20, 0.0, 1, True),
    ],
)
def test_at_most_one_campaign_in_twenty_says_anything_false(
    seeds: int, entries: int, correlation: float, spread: float, heavy: bool
) -> None:
    truth = Truth(seeds, entries, correlation, spread, heavy)
    said = false_shares(truth, CAMPAIGNS, np.random.default_rng(entries))
    assert said.worse <= 0.05 + CHANCE
    assert said.missed <= 0.05 + CHANCE


def test_common_seeds_give_power_and_no_common_seeds_cost_none() -> None:
    common = power(Truth(5, 8, 0.7), 2000, np.random.default_rng(1))
    assert common["set"] >= common["worse"] >= 0.8 * common["paired"]
    apart = power(Truth(5, 8, 0.0), 2000, np.random.default_rng(2))
    assert apart["set"] >= 0.9 * apart["welch"] and apart["worse"] >= 0.9 * apart["welch, all tasks"]


def test_the_best_stays_in_the_set_whatever_the_others_are() -> None:
    """Means in steps of a deviation: not only all alike, or all worse."""
    truth, tasks = Truth(5, 8, 0.3), 4000
    values = simulated(truth, tasks, 0.0, np.random.default_rng(3)) + np.arange(8)[:, None] * 0.5
    assert (p_values(values).best[:, 0] <= task_level(TASKS)).mean() <= 1 - 0.95**0.25 + 0.005


def test_the_interval_of_the_best_covers_its_mean() -> None:
    truth = Truth(5, 8, 0.0)
    rng = np.random.default_rng(4)
    assert coverage_of_best(truth, 4000, rng) >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / 4000)
    values = simulated(truth, 2000, 0.0, rng)
    best = values[np.arange(2000), values.mean(axis=-1).argmin(axis=-1)]
    assert np.mean([(i := mean_interval(own)).low <= 0 <= i.high for own in best]) < 0.9, "alone it covers too little"


def test_two_entries_are_judged_by_the_paired_t_test() -> None:
    values = np.random.default_rng(5).normal(loc=[[0.0], [1.0]], size=(2, 7))
    found, both = p_values(values), stats.ttest_rel(*values).pvalue
    assert found.best.min() == pytest.approx(both / 2, rel=1e-4), "one of them is the best: one side counts"
    assert found.worse.min() == pytest.approx(both, rel=1e-4)
    assert found.best.max() == found.worse.max() == 1


def test_folds_that_overlap_count_for_less() -> None:
    values = np.random.default_rng(5).normal(loc=[[0.0], [2.0]], size=(2, 5))
    t = stats.ttest_rel(*values).statistic / math.sqrt(1 + 5 * 0.25)
    assert p_values(values, overlap=0.25).best.min() == pytest.approx(stats.t.sf(abs(t), 4), rel=1e-4)


@settings(max_examples=50)
@given(st.integers(2, 9), st.integers(2, 12), st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3))
def test_neither_order_nor_units_matter_and_the_best_mean_stays(
    entries: int, seeds: int, seed: int, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(entries, seeds)) + rng.normal(size=(entries, 1))
    p = np.stack(p_values(values))
    order = rng.permutation(entries)
    assert np.stack(p_values(values[order])) == pytest.approx(p[:, order], rel=1e-6)
    assert np.stack(p_values(scale * values)) == pytest.approx(p, rel=1e-3, abs=1e-9)
    assert ((p >= 0) & (p <= 1)).all() and (p[:, values.mean(axis=-1).argmin()] == 1).all()
    assert (p[1] >= p[0]).all(), "what is clearly worse is not the best"
    assert np.stack(p_values(values + rng.normal(size=seeds))) == pytest.approx(p, rel=1e-2, abs=1e-6)


def test_results_that_no_seed_changes_are_told_apart_beyond_rounding() -> None:
    exact = np.full((3, 5), 1.0) * [[1.0], [1.0 + 1e-12], [1.1]]
    p = p_values(exact).worse
    assert p[0] > 0.5 and p[1] > 0.5 and p[2] < 1e-6


def test_one_run_or_one_entry_says_nothing() -> None:
    assert p_values(np.zeros((3, 1))).best.tolist() == [1, 1, 1]
    assert p_values(np.zeros((1, 5))).worse.tolist() == [1]


def test_variances_that_are_alike_are_pooled_and_others_stay() -> None:
    rng = np.random.default_rng(6)
    alike = rng.normal(size=(40, 5)).var(axis=-1, ddof=1)
    apart = alike * np.geomspace(1, 1e6, 40)
    pooled, freedom = moderated(alike, 4, sources=40, most=160)
    assert np.ptp(np.log(pooled)) < 0.5 * np.ptp(np.log(alike)) and freedom > 12
    own, freedom = moderated(apart, 4, sources=40, most=160)
    assert np.median(own / apart) == pytest.approx(1, abs=0.5) or freedom < 5


def test_the_interval_of_the_picked_is_bonferronis() -> None:
    values = [1.0, 2.0, 3.0, 4.0]
    half = stats.t.ppf(1 - 0.025 / 8, 3) * np.std(values, ddof=1) / 2
    assert interval_of_picked(values, 8).half_width == pytest.approx(half)
