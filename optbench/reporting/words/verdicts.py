"""Which entries may be the best of each task, and the average ranks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from optbench.analysis.analysis import Analysis
from optbench.analysis.failed_tasks import FailedTask
from optbench.analysis.verdict import Score, TaskVerdict
from optbench.components.task import Task
from optbench.reporting.many import LEADERS, many
from optbench.reporting.metric import factor, name, unit
from optbench.reporting.numbers import with_interval
from optbench.reporting.words.finding import Finding, listed, subject
from optbench.wording import plural


def verdicts(analysis: Analysis) -> tuple[Finding, ...]:
    """Per task the entries that may be the best, and those that are worse; a stand-in says for which task it stands."""
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
    if not (verdict.best or verdict.only or verdict.unreliable):
        return "no entry has completed a report run."
    return "; ".join((*_judged(verdict, task), *_left_out(verdict))) + "."


def _judged(verdict: TaskVerdict, task: Task) -> Iterator[str]:
    """What is known of the entries all of whose report runs completed."""
    if verdict.only:
        entry, result = verdict.only.optimizer, f"(test {name(task)} {score(verdict.only, task)})"
        if verdict.unreliable:
            yield f"{entry} alone completed all of its report runs {result}"
        else:
            yield f"{'only ' if verdict.without_result else ''}{entry} has a result {result}"
    elif not verdict.best:
        yield "no entry completed all of its report runs, so none is best"
    elif len(verdict.best) == 1:
        (best,) = verdict.best
        yield f"{best.optimizer} is best (test {name(task)} {score(best, task)}) {_sure(verdict)}"
    else:
        first, *others = verdict.best
        number = "value" if verdict.seeds == 1 else "mean"
        yield f"{first.optimizer} has the best {number} (test {name(task)} {score(first, task)})"
        if verdict.behind:
            yield f"{_sure(verdict)}, the best is {_one_of(_names(verdict.best))}"
        else:
            runs = "one report run" if verdict.seeds == 1 else f"{verdict.seeds} report runs"
            yield f"{runs} of each cannot tell {first.optimizer} from {listed(_names(others))}"
    if verdict.worse:
        yield f"{listed(_names(verdict.worse))} {'is' if len(verdict.worse) == 1 else 'are'} clearly worse"


def _left_out(verdict: TaskVerdict) -> Iterator[str]:
    if verdict.unreliable:
        shown = [f"{s.optimizer} ({s.interval.n} of {s.planned} report runs completed)" for s in verdict.unreliable]
        yield f"not judged: {listed(shown)}"
    if verdict.without_result:
        yield f"no result from {listed(verdict.without_result)}"


def _sure(verdict: TaskVerdict) -> str:
    if verdict.exploratory:
        return f"as far as {plural(verdict.seeds, 'report run')} of each can tell"
    return "with 95\u00a0% confidence"


def _names(scores: Iterable[Score]) -> list[str]:
    return [score.optimizer for score in scores]


def _one_of(names: list[str]) -> str:
    """ "a or b"; of many "one of a, b, c and 4 more"."""
    return " or ".join(names) if len(names) < 3 else f"one of {listed(names)}"


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
