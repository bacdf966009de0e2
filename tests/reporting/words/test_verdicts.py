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
    facts: dict[str, Any] = {"condition": HERE, "task": "chars", "best": (), "behind": (), "worse": (), "only": None}
    facts |= {"unreliable": (), "without_result": (), "seeds": 5, "failed": None}
    (finding,) = verdicts(replace(analysis, verdicts=(TaskVerdict(**(facts | given)),)))
    return finding.sentence.replace("\u00a0", " ")


BEST = score("adam", 0.4)
SGD, LION, MUON = score("sgd", 0.41), score("lion", 0.412), score("muon", 0.5)
RESULT = "(test loss 0.400 ± 0.010)"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"best": (BEST,), "behind": (SGD,), "worse": (SGD,)},
            f"adam is best {RESULT} with 95 % confidence; sgd is clearly worse.",
        ),
        (
            {"best": (BEST, SGD), "behind": (LION, MUON), "worse": (LION, MUON)},
            f"adam has the best mean {RESULT}; with 95 % confidence, the best is adam or sgd; lion and muon are "
            "clearly worse.",
        ),
        (
            {"best": (BEST, SGD, LION), "behind": (LION, MUON), "worse": (MUON,)},
            f"adam has the best mean {RESULT}; with 95 % confidence, the best is one of adam, sgd and lion; "
            "muon is clearly worse.",
        ),
        (
            {"best": (BEST, SGD)},
            f"adam has the best mean {RESULT}; 5 report runs of each cannot tell adam from sgd.",
        ),
        (
            {"best": (BEST, SGD), "behind": (LION,), "worse": (LION,), "seeds": 2},
            f"adam has the best mean {RESULT}; as far as 2 report runs of each can tell, the best is adam or sgd; "
            "lion is clearly worse.",
        ),
        (
            {"best": (score("adam", 0.4, math.nan, n=1, planned=1), SGD), "seeds": 1},
            "adam has the best value (test loss 0.400); one report run of each cannot tell adam from sgd.",
        ),
        (
            {"best": (BEST,), "behind": (SGD,), "worse": (SGD,), "unreliable": (score("lion", 0.3, n=4),)}
            | {"without_result": ("muon",)},
            f"adam is best {RESULT} with 95 % confidence; sgd is clearly worse; not judged: lion (4 of 5 report runs "
            "completed); no result from muon.",
        ),
        (
            {"only": BEST, "unreliable": (score("sgd", 0.3, n=4),)},
            f"adam alone completed all of its report runs {RESULT}; not judged: sgd (4 of 5 report runs completed).",
        ),
        (
            {"unreliable": (score("adam", 0.3, n=4), score("sgd", 0.3, n=3))},
            "no entry completed all of its report runs, so none is best; not judged: adam (4 of 5 report runs "
            "completed) and sgd (3 of 5 report runs completed).",
        ),
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
    verdict = replace(verdict, best=(), only=score("adam", 0.95), behind=(), worse=(), without_result=())
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
