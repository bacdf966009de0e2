"""All tasks together: average rank, score, speed-up, interquartile mean and probability of improvement."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pandas as pd

from optbench.analysis.across.bootstrap import LEAST
from optbench.analysis.across.profiles import R_MAX
from optbench.analysis.across.rank_tests import LEAST_TASKS
from optbench.analysis.across.samples import BEST, TARGET
from optbench.analysis.across.summary import COLUMNS, Across
from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import CONDITION, varying
from optbench.reporting.numbers import MISSING, number
from optbench.reporting.tables.per_cell import Row
from optbench.reporting.tables.table import Column, Table, TableCell
from optbench.reporting.words.finding import listed
from optbench.wording import plural


def across_table(analysis: Analysis) -> Table:
    """One row per optimizer that is compared; none where no two tasks can be put together."""
    columns: dict[str, Callable[[Row], str]] = {
        "average rank": lambda row: _with_ends(row, "average_rank", 2),
        "score": lambda row: _places(row["score"], 3),
        "solved": lambda row: f"{row['solved']:.0f}/{row['n_timed']:.0f}" if row["n_timed"] else "",
        "speed-up": lambda row: (
            f"{number(row['speed_up'])} ({row['speed_up_tasks']:.0f})" if row["speed_up_tasks"] else ""
        ),
        "IQM": lambda row: _with_ends(row, "iqm", 3),
        "P(improvement)": lambda row: _with_ends(row, "improvement", 2),
        "p": lambda row: _places(row["wilcoxon_p"], 3),
    }
    tables = [found.table for found in analysis.across]
    data = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))
    order = analysis.leaderboard[[*CONDITION, "optimizer"]]
    data = order.merge(data, on=[*CONDITION, "optimizer"])
    shown = {name: [show(row) for row in data.to_dict("records")] for name, show in columns.items()}
    shown = {name: texts for name, texts in shown.items() if any(texts)}
    names = [*varying(analysis.conditions), "optimizer"]
    return Table(
        name="across-tasks",
        title="Across tasks",
        caption=" ".join(sentence for found in analysis.across for sentence in _sentences(found)),
        columns=(*(Column(name, numeric=False) for name in names), *map(Column, shown)),
        rows=tuple(
            (
                *(TableCell(str(row[name])) for name in names),
                *(TableCell(texts[i] or MISSING) for texts in shown.values()),
            )
            for i, row in enumerate(data.to_dict("records"))
        ),
        data=data,
        names=len(names),
    )


def _places(value: float, places: int) -> str:
    return f"{value:.{places}f}" if math.isfinite(value) else ""


def _with_ends(row: Row, column: str, places: int) -> str:
    low, high = (_places(row[f"{column}_{end}"], places) for end in ("low", "high"))
    return f"{_places(row[column], places)} ({low} – {high})" if low else _places(row[column], places)


def _sentences(found: Across) -> Iterator[str]:
    """What each column means, and what is left out of it."""
    yield (f"{found.condition.label}: over" if found.condition.label else "Over") + (
        f" the {plural(len(found.tasks), 'task')} that every entry has report runs on"
        + (f", without {listed(found.left_out)}." if found.left_out else ".")
    )
    if found.table["average_rank_low"].notna().any():
        yield (
            "In brackets: 95 % percentile intervals of a bootstrap that resamples the runs of each task by themselves "
            f"(only with at least {LEAST} runs everywhere; with 5 they cover about 90 %, with 10 about 94 %)."
        )
    yield _ranks(found)
    if found.timed:
        yield from _times(found)
    if found.scored:
        yield from _scores(found)
    if found.table["improvement"].notna().any():
        yield (
            f"P(improvement): the probability that a run is better than a run of {found.reference}, the mean over the "
            "tasks; ties count half."
        )
    if found.table["wilcoxon_p"].notna().any():
        yield (
            f"p: Wilcoxon's signed ranks of the mean scores against those of {found.reference}, adjusted by Holm for "
            "the number of entries."
        )


def _ranks(found: Across) -> str:
    test = found.friedman
    said = (
        f"Average rank: 1 is best; that all are equal has p = {number(test.p, 2)} (Friedman's test, Iman and "
        f"Davenport's F({test.freedom[0]}, {test.freedom[1]}) = {number(test.f) if math.isfinite(test.f) else '∞'})"
    )
    if math.isnan(found.critical_difference):
        return f"{said}; with fewer than {LEAST_TASKS} tasks no two ranks can be told apart."
    return f"{said}; two differ if they are {found.critical_difference:.2f} apart (Nemenyi, 5 %)."


def _times(found: Across) -> Iterator[str]:
    said = ", ".join(f"{task} ({target})" for task, target in found.timed.items())
    yield (
        f"Score: area under the performance profile up to {R_MAX:g} times the steps of the fastest, 0 to 1; of the "
        f"median steps to the last target of {said}. It depends on which entries take part."
    )
    if found.unsolved:
        yield f"No entry solves {listed(found.unsolved)}, which count as 0 for all."
    if found.met_before:
        yield f"Left out: {listed(found.met_before)}, whose target is met before training."
    yield (
        f"Speed-up: geometric mean of the steps of {found.reference} over those of the entry, over as many tasks as "
        "stand in brackets, which both solve."
    )


def _scores(found: Across) -> Iterator[str]:
    ones = {kind: [task for task, one in found.scored.items() if one == kind] for kind in (TARGET, BEST)}
    meant = [
        f"{words} ({listed(ones[kind])})"
        for kind, words in ((TARGET, "the last target"), (BEST, "the best mean of an entry"))
        if ones[kind]
    ]
    yield (
        "IQM: mean of the middle half of the scores of all runs; 0 is the value before training, which failed runs "
        f"have, 1 is {' or '.join(meant)}, and no score is below −1."
    )
