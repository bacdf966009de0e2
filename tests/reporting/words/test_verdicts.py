from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import Condition
from optbench.analysis.failed_tasks import FailedTask
from optbench.analysis.intervals import Interval
from optbench.analysis.verdict import Score, TaskVerdict
from optbench.reporting.words.verdicts import average_ranks, verdicts

HERE = Condition("standard", "cpu", "")


def score(optimizer: str, value: float, half_width: float = 0.01, n: int = 5, planned: int = 5) -> Score:
    return Score(optimizer, Interval(n, value, value - half_width, value + half_width), planned)


def failed(status: str, *optimizers: str) -> FailedTask:
    return FailedTask(HERE, "chars", status, 9, ("made up",), optimizers)


def sentence(analysis: Analysis, **given: Any) -> str:
    """What is said of a verdict on `chars`, a task whose metric is the loss, unless another is given."""
    facts: dict[str, Any] = {"condition": HERE, "task": "chars", "best": None, "only": None, "ties": (), "worse": 0}
    facts |= {"without_result": (), "exploratory": False, "failed": None}
    (finding,) = verdicts(replace(analysis, verdicts=(TaskVerdict(**(facts | given)),)))
    return finding.sentence.replace("\u00a0", " ")


BEST = score("adam", 0.4)
BEST_IS = "adam is best (test loss 0.400 ± 0.010)"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"best": BEST, "worse": 1}, f"{BEST_IS}, clearly better than 1 other."),
        ({"best": BEST, "worse": 2}, f"{BEST_IS}, clearly better than 2 others."),
        (
            {"best": BEST, "ties": (score("sgd", 0.41),)},
            f"{BEST_IS}; it cannot be told apart from sgd (0.410 ± 0.010) because the 95 % intervals overlap.",
        ),
        (
            {"best": BEST, "ties": (score("sgd", 0.41), score("lion", 0.412)), "worse": 1},
            f"{BEST_IS}, clearly better than 1 other; it cannot be told apart from sgd (0.410 ± 0.010) and lion "
            "(0.412 ± 0.010) because the 95 % intervals overlap.",
        ),
        (
            {"best": BEST, "ties": (score("sgd", 0.41, math.nan, n=1),)},
            f"{BEST_IS}; it cannot be told apart from sgd (0.410, 1 of 5 runs) because the 95 % intervals overlap or "
            "are unknown.",
        ),
        (
            {"best": BEST, "worse": 1, "without_result": ("lbfgs", "lion")},
            f"{BEST_IS}, clearly better than 1 other; no result from lbfgs and lion.",
        ),
        ({"best": score("adam", 0.4, n=4), "worse": 1}, "adam is best (test loss 0.400 ± 0.010, 4 of 5 runs), clearly "
            "better than 1 other."),
        ({"only": BEST}, "adam has a result (test loss 0.400 ± 0.010)."),
        (
            {"only": BEST, "without_result": ("sgd",)},
            "only adam has a result (test loss 0.400 ± 0.010); no result from sgd.",
        ),
        ({"without_result": ("adam", "sgd")}, "no entry has completed a report run."),
        (
            {"failed": failed("failed", "adam", "sgd")},
            "all 2 entries that ran failed in the same way, so the task is at fault and no entry is ranked on it.",
        ),
        (
            {"failed": failed("diverged", "adam", "sgd")},
            "all 2 entries that ran failed in the same way, so the task or the learning rates are at fault and no "
            "entry is ranked on it.",
        ),
        (
            {"failed": failed("timeout", "adam", "sgd")},
            "all 2 entries that ran failed in the same way, so the task or the suite's timeout is at fault and no "
            "entry is ranked on it.",
        ),
        (
            {"failed": failed("failed", "adam")},
            "every run of adam, the only entry that ran, failed: the task or adam may be at fault.",
        ),
    ],
)  # fmt: skip
def test_each_verdict_is_a_plain_sentence(analysis: Analysis, given: dict[str, Any], text: str) -> None:
    assert sentence(analysis, **given) == text


def test_shares_are_in_per_cent_and_a_stand_in_names_its_task(analysis: Analysis) -> None:
    verdict = next(verdict for verdict in analysis.verdicts if verdict.task == "digits-mlp")
    verdict = replace(verdict, best=None, only=score("adam", 0.95), ties=(), worse=0, without_result=())
    (finding,) = verdicts(replace(analysis, verdicts=(verdict,)))
    assert finding.subject == "digits-mlp (in place of mnist-mlp, whose data is not available)"
    assert finding.sentence.replace("\u00a0", " ") == "adam has a result (test accuracy 95.0 ± 1.0 %)."


def ranks(n_tasks: int, **values: float) -> pd.DataFrame:
    table = pd.DataFrame({"optimizer": list(values), "average_rank": list(values.values())})
    return table.assign(source="standard", device="cpu", n_tasks=n_tasks)


@pytest.mark.parametrize(
    ("n_tasks", "over"), [(3, "3 tasks"), (2, "2 of 3 tasks"), (1, "1 of 3 tasks")], ids=["all", "some", "one"]
)
def test_average_ranks_say_over_how_many_tasks_they_are(analysis: Analysis, n_tasks: int, over: str) -> None:
    (finding,) = average_ranks(replace(analysis, average_ranks=ranks(n_tasks, adam=1.25, sgd=1.75)))
    assert (finding.subject, finding.sentence) == ("average rank", f"adam 1.25, sgd 1.75 (over {over}).")


def test_without_average_ranks_nothing_is_said(analysis: Analysis) -> None:
    assert average_ranks(replace(analysis, average_ranks=ranks(1))) == ()
