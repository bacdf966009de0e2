"""Who is best on each task, and the average ranks."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.analysis.verdict import Score, TaskVerdict
from optbench.components.task import Task
from optbench.reporting.many import LEADERS, many
from optbench.reporting.metric import factor, name, unit
from optbench.reporting.numbers import with_interval
from optbench.reporting.words.finding import Finding, listed, plural, subject


def verdicts(analysis: Analysis) -> tuple[Finding, ...]:
    """Per task the best entry and those it cannot be told from; a stand-in says for which task it stands."""
    tasks = analysis.results.tasks
    planned = (t for source in analysis.results.sources for t in source.suite.tasks if t.instead_of)
    instead = {t.task.name: f" (in place of {t.instead_of}, whose data could not be had)" for t in planned}
    return tuple(
        Finding(
            subject(verdict.task + instead.get(verdict.task, ""), verdict.condition),
            _verdict(verdict, tasks[verdict.task]),
        )
        for verdict in analysis.verdicts
    )


def average_ranks(analysis: Analysis) -> tuple[Finding, ...]:
    """The average ranks of each condition; of many optimizers those of the leading ones."""
    found = []
    most = LEADERS if many(analysis) else None
    for condition in analysis.conditions:
        table = condition.of(analysis.average_ranks)
        if len(table):
            n = int(table["n_tasks"].iloc[0])
            ranks = list(zip(table["optimizer"], table["average_rank"], strict=True))
            shown = ", ".join(f"{optimizer} {rank:.2f}" for optimizer, rank in ranks[:most])
            more = f" and {len(ranks[most:])} more" if most and ranks[most:] else ""
            found.append(Finding(subject("average rank", condition), f"{shown}{more} (over {plural(n, 'task')})."))
    return tuple(found)


def score(result: Score, task: Task) -> str:
    """ "95.91 ± 0.41 %", and how many of the planned runs that is from where not all."""
    by = factor(task)
    text = with_interval(result.interval.center * by, result.interval.half_width * by) + unit(task)
    text = text.replace(" ", "\u00a0")
    return text if result.interval.n == result.planned else f"{text}, {result.interval.n} of {result.planned} runs"


def _verdict(verdict: TaskVerdict, task: Task) -> str:
    if verdict.best is None:
        return "no entry completed a report run."
    parts = [f"{verdict.best.optimizer} is best (test {name(task)} {score(verdict.best, task)})"]
    if verdict.ties:
        shown = [f"{tie.optimizer} ({score(tie, task)})" for tie in verdict.ties]
        unknown = any(entry.interval.n < 2 for entry in (verdict.best, *verdict.ties))
        because = "95\u00a0% intervals overlap" + (" or are unknown" if unknown else "")
        parts.append(f"cannot be told from {listed(shown)}: {because}")
    if verdict.worse:
        parts.append(f"its interval lies apart from {plural(verdict.worse, 'other')}")
    if verdict.without_result:
        parts.append(f"no result from {listed(verdict.without_result)}")
    return "; ".join(parts) + "."
