"""What is said of all tasks together."""

from __future__ import annotations

from dataclasses import replace

from optbench.analysis.analysis import analyse
from optbench.reporting.words.overall import overall
from tests.support.campaign import TASKS, Folder, campaign


def test_it_counts_the_tasks_on_which_each_entry_may_be_the_best() -> None:
    analysis = analyse(campaign())
    (finding,) = overall(analysis)
    counts: dict[str, int] = {}
    for verdict in analysis.verdicts:
        for score in verdict.best:
            counts[score.optimizer] = counts.get(score.optimizer, 0) + 1
    most = max(counts.values())
    assert most == len(TASKS) and f"may be the best on all {len(TASKS)} tasks" in finding.sentence
    for name, n in counts.items():
        part = next(part for part in finding.sentence.rstrip(".").split("; ") if name in part)
        assert n == most or part.endswith(f" on {n}")


def test_it_says_where_not_all_tasks_were_judged() -> None:
    analysis = analyse(campaign())
    first, *others = analysis.verdicts
    (finding,) = overall(replace(analysis, verdicts=(replace(first, best=()), *others)))
    assert "that were judged" in finding.sentence


def test_two_tasks_are_both_and_of_one_there_is_nothing_to_say() -> None:
    (finding,) = overall(analyse(campaign(Folder(tasks=TASKS[:2]))))
    assert "on both tasks" in finding.sentence
    assert overall(analyse(campaign(Folder(tasks=TASKS[:1])))) == ()
