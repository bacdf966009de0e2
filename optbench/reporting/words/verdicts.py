"""Who is best on each task, and the average ranks."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.analysis.failed_tasks import FailedTask
from optbench.analysis.verdict import Score, TaskVerdict
from optbench.components.task import Task
from optbench.reporting.many import LEADERS, many
from optbench.reporting.metric import factor, name, unit
from optbench.reporting.numbers import with_interval
from optbench.reporting.words.finding import Finding, listed, plural, subject


def verdicts(analysis: Analysis) -> tuple[Finding, ...]:
    """Per task the best entry and those it cannot be told apart from; a stand-in says for which task it stands."""
    tasks = analysis.results.tasks
    planned = (t for source in analysis.results.sources for t in source.suite.tasks if t.instead_of)
    instead = {t.task.name: f" (in place of {t.instead_of}, whose data is not available)" for t in planned}
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
            n, planned = int(table["n_tasks"].iloc[0]), condition.of(analysis.quality)["task"].nunique()
            ranks = list(zip(table["optimizer"], table["average_rank"], strict=True))
            shown = ", ".join(f"{optimizer} {rank:.2f}" for optimizer, rank in ranks[:most])
            more = f" and {len(ranks[most:])} more" if most and ranks[most:] else ""
            over = plural(n, "task") if n == planned else f"{n} of {planned} tasks"
            found.append(Finding(subject("average rank", condition), f"{shown}{more} (over {over})."))
    return tuple(found)


def score(result: Score, task: Task) -> str:
    """ "95.91 ± 0.41 %", and how many of the planned runs that is from where not all."""
    by = factor(task)
    text = with_interval(result.interval.center * by, result.interval.half_width * by) + unit(task)
    text = text.replace(" ", "\u00a0")
    return text if result.interval.n == result.planned else f"{text}, {result.interval.n} of {result.planned} runs"


def _verdict(verdict: TaskVerdict, task: Task) -> str:
    if verdict.failed:
        return _failed(verdict.failed)
    if verdict.best:
        parts = _best(verdict, verdict.best, task)
    elif verdict.only:
        only = "only " if verdict.without_result else ""
        parts = [f"{only}{verdict.only.optimizer} has a result (test {name(task)} {score(verdict.only, task)})"]
    else:
        return "no entry has completed a report run."
    if verdict.without_result:
        parts.append(f"no result from {listed(verdict.without_result)}")
    return "; ".join(parts) + "."


def _best(verdict: TaskVerdict, best: Score, task: Task) -> list[str]:
    parts = [f"{best.optimizer} is best (test {name(task)} {score(best, task)})"]
    if verdict.worse:
        parts[0] += f", clearly better than {plural(verdict.worse, 'other')}"
    if verdict.ties:
        shown = [f"{tie.optimizer} ({score(tie, task)})" for tie in verdict.ties]
        unknown = any(entry.interval.n < 2 for entry in (best, *verdict.ties))
        because = "the 95\u00a0% intervals overlap" + (" or are unknown" if unknown else "")
        parts.append(f"it cannot be told apart from {listed(shown)} because {because}")
    return parts


_SUSPECTS = {
    "diverged": "the task or the learning rates are at fault",
    "timeout": "the task or the suite's timeout is at fault",
}


def _failed(failed: FailedTask) -> str:
    if not failed.at_fault:
        (optimizer,) = failed.optimizers
        return f"every run of {optimizer}, the only entry that ran, failed: the task or {optimizer} may be at fault."
    n, suspect = len(failed.optimizers), _SUSPECTS.get(failed.status, "the task is at fault")
    return f"all {n} entries that ran failed in the same way, so {suspect} and no entry is ranked on it."
