"""Findings as sentences, the same in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import shorten

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import Condition
from optbench.analysis.failures import Failure, SharedFailure
from optbench.analysis.verdict import ENOUGH_SEEDS, Score, TaskVerdict
from optbench.components.task import Task
from optbench.reporting.many import LEADERS, MANY, many
from optbench.reporting.metric import factor, name, unit
from optbench.reporting.numbers import with_interval
from optbench.suite.suite import Suite

_SHOWN = 4
_LONGEST = 200
"""Characters of a reason that many optimizers share; their lists of runs have the whole."""

_STATUS = {
    "diverged": "report {runs} diverged",
    "failed": "{runs} failed",
    "crashed": "{runs} crashed",
    "timeout": "{runs} ran out of time",
    "out_of_memory": "{runs} ran out of memory",
    "skipped": "report {runs} skipped",
}


@dataclass(frozen=True)
class Finding:
    """One sentence about one subject (a task, an optimizer, the ranking)."""

    subject: str
    sentence: str


def verdicts(analysis: Analysis) -> tuple[Finding, ...]:
    """Per task the best entry and those it cannot be told from; a stand-in says for which task it stands."""
    tasks = analysis.results.tasks
    planned = (t for source in analysis.results.sources for t in source.suite.tasks if t.instead_of)
    instead = {t.task.name: f" (in place of {t.instead_of}, whose data could not be had)" for t in planned}
    return tuple(
        Finding(_subject(verdict.task + instead.get(verdict.task, ""), verdict.condition), _verdict(verdict, tasks))
        for verdict in analysis.verdicts
    )


def rankings(analysis: Analysis) -> tuple[Finding, ...]:
    """The average ranks of each condition; of many optimizers those of the leading ones."""
    found = []
    most = LEADERS if many(analysis) else None
    for condition in analysis.conditions:
        table = condition.of(analysis.average_ranks)
        if len(table):
            n = int(table["n_tasks"].iloc[0])
            ranks = list(zip(table["optimizer"], table["average_rank"], strict=True))
            listed = ", ".join(f"{optimizer} {rank:.2f}" for optimizer, rank in ranks[:most])
            more = f" and {len(ranks[most:])} more" if most and ranks[most:] else ""
            found.append(Finding(_subject("average rank", condition), f"{listed}{more} (over {_plural(n, 'task')})."))
    return tuple(found)


def failures(analysis: Analysis, brief: bool = False) -> tuple[Finding, ...]:
    """What failed, with counts and reasons, and what has not been run.

    Of many optimizers by reason, with all their names unless it has to be `brief`.
    """
    if many(analysis):
        return _shared_failures(analysis, brief)
    missing = analysis.totals[analysis.totals["missing"] > 0]
    return tuple(Finding(_subject(t.optimizer, t.condition), _failure(t)) for t in analysis.failures) + tuple(
        Finding(
            _subject(row["optimizer"], _condition(analysis, row)),
            f"{row['missing']} of {_plural(row['planned'], 'report run')} not made yet.",
        )
        for row in missing.to_dict("records")
    )


def banner(analysis: Analysis) -> str:
    """What stands above everything where results are not meant as evidence; empty otherwise."""
    if any(source.suite.profile == "smoke" for source in analysis.results.sources):
        return "Smoke profile: exploratory. It shows that everything runs, not which optimizer is better."
    if any(verdict.exploratory for verdict in analysis.verdicts):
        return f"Exploratory: fewer than {ENOUGH_SEEDS} report seeds."
    return ""


def changes(suite: Suite) -> str:
    """What the suite changed about its optimizers, or of how many; empty where nothing."""
    changed = [f"{entry.name}: {', '.join(entry.changed)}" for entry in suite.optimizers if entry.changed]
    if len(suite.optimizers) > MANY and changed:
        return f"Changed by the suite: {len(changed)} of {len(suite.optimizers)} entries; tables/tuned.csv says how."
    return f"Changed by the suite: {'; '.join(changed)}." if changed else ""


def score(result: Score, task: Task) -> str:
    """ "95.91 ± 0.41 %", and how many of the planned runs that is from where not all."""
    by = factor(task)
    text = with_interval(result.interval.center * by, result.interval.half_width * by) + unit(task)
    text = text.replace(" ", "\u00a0")
    return text if result.interval.n == result.planned else f"{text}, {result.interval.n} of {result.planned} runs"


def _verdict(verdict: TaskVerdict, tasks: Mapping[str, Task]) -> str:
    task = tasks[verdict.task]
    if verdict.best is None:
        return "no entry completed a report run."
    parts = [f"{verdict.best.optimizer} is best (test {name(task)} {score(verdict.best, task)})"]
    if verdict.ties:
        shown = [f"{tie.optimizer} ({score(tie, task)})" for tie in verdict.ties]
        unknown = any(entry.interval.n < 2 for entry in (verdict.best, *verdict.ties))
        because = "95\u00a0% intervals overlap" + (" or are unknown" if unknown else "")
        parts.append(f"cannot be told from {_listed(shown)}: {because}")
    if verdict.worse:
        parts.append(f"its interval lies apart from {_plural(verdict.worse, 'other')}")
    if verdict.without_result:
        parts.append(f"no result from {_listed(verdict.without_result)}")
    return "; ".join(parts) + "."


def _failure(failure: Failure) -> str:
    runs = _plural(failure.count, "run").split()
    words = f"{runs[0]} {_STATUS[failure.status].format(runs=runs[1])}"
    more = f" and {_plural(len(failure.reasons) - 1, 'other reason')}" if len(failure.reasons) > 1 else ""
    reason = f" ({failure.reasons[0].rstrip('.')}{more})" if failure.reasons else ""
    return f"{words}{reason} on {_listed(failure.tasks)}."


def _shared_failures(analysis: Analysis, brief: bool) -> tuple[Finding, ...]:
    kinds = [_shared_failure(failure, brief) for failure in analysis.shared_failures]
    left = len(kinds) - MANY // 2
    if brief and left > 1:
        kinds = [*kinds[: MANY // 2], Finding("more", f"{left} other kinds of failure: see the page.")]
    counted = [_in_all(condition, condition.of(analysis.totals)) for condition in analysis.conditions] if kinds else []
    return (*counted, *kinds, *_not_made(analysis, brief))


def _in_all(condition: Condition, totals: pd.DataFrame) -> Finding:
    every = int((totals["completed"] >= totals["planned"]).sum())
    none = int((totals["completed"] == 0).sum())
    return Finding(
        _subject("in all", condition),
        f"of {_plural(len(totals), 'optimizer')}, {every} completed every report run, "
        f"{len(totals) - every - none} some of them, {none} none.",
    )


def _shared_failure(failure: SharedFailure, brief: bool) -> Finding:
    runs = _plural(failure.count, "run").split()
    like = ", or the like" if len(failure.reasons) > 1 else ""
    reason = f" ({shorten(failure.reasons[0].rstrip('.'), _LONGEST)}{like})" if failure.reasons else ""
    names = _listed(failure.optimizers, _SHOWN if brief else None)
    return Finding(
        _subject(f"{runs[0]} {_STATUS[failure.status].format(runs=runs[1])}", failure.condition),
        f"{_plural(len(failure.optimizers), 'optimizer')} on {_listed(failure.tasks)}{reason}: {names}.",
    )


def _not_made(analysis: Analysis, brief: bool) -> Iterator[Finding]:
    for condition in analysis.conditions:
        table = condition.of(analysis.totals)
        owing = table[table["missing"] > 0]
        if len(owing):
            yield Finding(
                _subject(f"{_plural(int(owing['missing'].sum()), 'report run')} not made yet", condition),
                f"{_plural(len(owing), 'optimizer')}: {_listed(owing['optimizer'], _SHOWN if brief else None)}.",
            )


def _subject(name: str, condition: Condition) -> str:
    return f"{name} [{condition.label}]" if condition.label else name


def _condition(analysis: Analysis, row: Mapping[object, object]) -> Condition:
    return next(s for s in analysis.conditions if (s.source, s.device) == (row["source"], row["device"]))


def _listed(names: Iterable[str], most: int | None = _SHOWN) -> str:
    items = list(names)
    more = [f"{len(items) - most} more"] if most and len(items) > most + 1 else []
    items = items[:most] + more if more else items
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1])))


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
