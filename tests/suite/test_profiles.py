"""Profiles change how much is run, never what is compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.components.task import Task
from optbench.errors import UsageError
from optbench.suite.profiles import profiled_protocol, profiled_task
from optbench.suite.protocols.defaults import Defaults
from optbench.suite.protocols.kfold import KFold
from optbench.suite.protocols.lr_grid import LrGrid
from optbench.suite.protocols.protocol import Protocol
from optbench.suite.protocols.qmc import Qmc
from optbench.suite.protocols.random_search import RandomSearch

TASK = Task(name="t", model="m", dataset="d", steps=1000, evaluations=20, eval_examples=500, final_examples="all")
PROTOCOLS = [LrGrid(), Defaults(), KFold(), Qmc(studies=2), RandomSearch()]


@pytest.mark.parametrize("profile", ["default", "paper"])
def test_only_smoke_changes_a_task(profile: str) -> None:
    assert profiled_task(TASK, profile) is TASK  # type: ignore[arg-type]


def test_smoke_trains_for_an_eighth_and_evaluates_three_times_on_no_more_examples() -> None:
    quick = profiled_task(TASK, "smoke")
    assert (quick.steps, quick.evaluations, quick.final_examples) == (125, 3, 500)
    unchanged = TASK.model_dump().keys() - {"steps", "evaluations", "final_examples"}
    assert quick.model_dump(include=unchanged) == TASK.model_dump(include=unchanged)


@given(st.integers(1, 10_000))
def test_a_quick_look_makes_a_step_or_two_however_short_the_task_is(steps: int) -> None:
    quick = profiled_task(TASK.model_copy(update={"steps": steps}), "smoke")
    assert 2 <= quick.steps <= max(2, steps // 8)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_the_default_profile_is_the_suite_as_it_stands(protocol: Protocol) -> None:
    assert profiled_protocol(protocol, "default") is protocol


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_smoke_has_no_more_seeds_than_the_suite_and_paper_no_fewer(protocol: Protocol) -> None:
    smoke, paper = (profiled_protocol(protocol, profile) for profile in ("smoke", "paper"))
    seeds = [len(one.report_seeds) for one in (smoke, protocol, paper)]
    assert seeds == sorted(seeds)
    assert {type(smoke), type(paper)} == {type(protocol)}


def test_a_paper_has_a_finer_grid_over_the_same_decades() -> None:
    paper = profiled_protocol(LrGrid(), "paper")
    assert isinstance(paper, LrGrid)
    assert paper.decades == LrGrid().decades
    assert paper.grid_size > LrGrid().grid_size


def test_report_seeds_are_extended_by_fresh_ones_and_cut_from_the_end() -> None:
    protocol = LrGrid(report_seeds=(1000, 1001))
    assert protocol.with_report_seeds(4).report_seeds == (1000, 1001, 1002, 1003)
    assert protocol.with_report_seeds(1).report_seeds == (1000,)
    assert LrGrid(report_seeds=(1, 2), tune_seeds=(7,)).with_report_seeds(3).report_seeds == (1, 2, 8)
    with pytest.raises(UsageError, match=r"protocol kfold reports one run of each fold; set protocol\.folds instead"):
        KFold().with_report_seeds(7)
