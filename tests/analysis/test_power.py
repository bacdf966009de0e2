"""What seeds resolve: the power that is stated is the power that verdicts have."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optbench.analysis.analysis import analyse
from optbench.analysis.confidence_set import p_values, task_level
from optbench.analysis.power import POWER, deviations, power, power_table, resolved_difference, seeds_needed
from tests.support.campaign import TASKS, Folder, campaign
from tests.support.verdicts import Truth, simulated


def test_the_stated_difference_is_found_in_four_of_five_cases() -> None:
    """With noise of its own draws, from a truth of which a campaign is only one sample."""
    truth, level = Truth(10, 6, 0.5), task_level(4)
    rng = np.random.default_rng(0)
    found, stated = [], []
    for _ in range(60):
        (sample,) = simulated(truth, 1, 0.0, rng)
        stated.append(difference := resolved_difference(deviations(sample), 10, level))
        values = simulated(truth, 200, difference, rng)
        found.append((p_values(values).best <= level)[:, 1:].mean())
    assert np.mean(found) == pytest.approx(POWER, abs=0.06)
    assert np.std(stated) / np.mean(stated) < 0.2


def test_more_seeds_find_less_and_a_difference_needs_the_seeds_that_find_it() -> None:
    noise, level = np.array([1.0, 1.0, 2.0, 1.0]), task_level(2)
    few, many = (resolved_difference(noise, seeds, level) for seeds in (5, 20))
    assert many < 0.6 * few
    needed = seeds_needed(many, noise, level)
    assert 17 <= needed <= 21
    assert power(many, noise, int(needed), level) >= POWER
    assert math.isinf(seeds_needed(0.0, noise, level)) and math.isinf(seeds_needed(1e-3, noise, level))


def test_noise_is_split_among_entries_and_what_seeds_share_is_not_in_it() -> None:
    rng = np.random.default_rng(1)
    truth = np.array([1.0, 2.0, 4.0, 1.0, 3.0])
    values = truth[:, None] * rng.standard_normal((5, 4000)) + 10 * rng.standard_normal(4000)
    assert deviations(values) == pytest.approx(truth, rel=0.1)
    pair = np.stack([values[0], values[1]])
    assert deviations(pair)[0] == pytest.approx(np.std(pair[0] - pair[1], ddof=1) / math.sqrt(2))


def test_the_table_has_a_row_for_each_task_that_can_be_judged() -> None:
    table = power_table(analyse(campaign()))
    assert list(table["task"]) == ["quadratic", "digits-mlp", "chars"]
    assert (table["seeds"] == 5).all() and (table["resolved_20"] < table["resolved"]).all()
    assert power_table(analyse(campaign(Folder(report_seeds=(7,))))).empty
    asked = power_table(analyse(campaign()), difference=0.5)
    assert (asked["difference"] == 0.5).all() and (asked["seeds_needed"] <= 20).all()


def test_each_condition_has_the_level_of_its_own_tasks() -> None:
    """The same runs resolve less where more tasks share the level."""
    table = power_table(analyse(campaign(Folder(), Folder(label="alone", tasks=TASKS[:1]))))
    resolved = table[table["task"] == "quadratic"].set_index("source")["resolved"]
    assert resolved["alone"] < resolved["standard"]
