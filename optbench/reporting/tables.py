"""The tables of a report, made from those of the analysis: chosen columns, numbers as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import CELL, CONDITION, varying
from optbench.analysis.quality import EDGE, INCOMPLETE
from optbench.components.task import Task
from optbench.reporting.many import many
from optbench.reporting.metric import factor, label, name, unit
from optbench.reporting.numbers import MISSING, count, number, seconds, short, with_interval
from optbench.reporting.table import Column, Table, TableCell
from optbench.runs.record import RunStatus

Row = Mapping[Any, Any]
FOOTNOTES = {
    EDGE: "the selected learning rate is at the end of its grid, which was extended no further",
    INCOMPLETE: "not every report run completed and improved on the initial loss; the mean is over (completed/planned)",
}


def anchors(analysis: Analysis) -> dict[tuple[str, ...], str]:
    """Id of every cell's list of runs on the page, by (source, device, task, optimizer)."""
    cells = analysis.quality[CELL].itertuples(index=False, name=None)
    return {cell: f"cell-{i}" for i, cell in enumerate(cells, start=1)}


def tunes(analysis: Analysis) -> bool:
    """Whether any of the suites searched for learning rates."""
    return any(source.suite.protocol.tunes for source in analysis.results.sources)


def main_result(analysis: Analysis) -> Table:
    """T1: optimizer x task, mean test metric ± half width of its interval, and the average rank.

    Many optimizers are ordered by it, with their place.
    """
    where, tasks, ids = varying(analysis.conditions), analysis.results.tasks, anchors(analysis)
    cells = {tuple(row[part] for part in CELL): row for row in analysis.quality.to_dict("records")}
    rows = []
    for entry in _leaderboard(analysis).to_dict("records"):
        keys = [(entry["source"], entry["device"], task, entry["optimizer"]) for task in tasks]
        results = [result(cells[key], tasks[key[2]], ids) if key in cells else TableCell("") for key in keys]
        names = [TableCell(str(entry[column])) for column in [*where, "optimizer"]]
        place = [TableCell(short(entry["place"]))] if many(analysis) else []
        rank = float(entry["average_rank"])
        rows.append((*place, *names, *results, TableCell(f"{rank:.2f}" if rank == rank else MISSING)))
    used = [
        f"{flag} {words}" for flag, words in FOOTNOTES.items() if analysis.quality["flags"].str.contains(flag).any()
    ]
    return Table(
        name="main-result",
        title="Main result",
        caption=". ".join(
            (
                "Mean over the completed report runs ± half width of its 95 % Student t interval",
                "Bold: the best of its task by a mean that counts failed runs at the value before training",
                "The average rank is over the tasks that all entries were run on",
                *used,
            )
        )
        + ".",
        columns=(
            *([Column("place")] if many(analysis) else []),
            *(Column(name, numeric=False) for name in [*where, "optimizer"]),
            *(Column(f"{name}: {label(task, 'test')}") for name, task in tasks.items()),
            Column("average rank"),
        ),
        rows=tuple(rows),
        data=_with_leaderboard(analysis) if many(analysis) else analysis.quality,
    )


def footnotes(rows: Iterable[Iterable[TableCell]]) -> list[str]:
    """The footnotes of the flags that these rows show."""
    shown = "".join(cell.text for row in rows for cell in row)
    return [f"{flag} {words}" for flag, words in FOOTNOTES.items() if flag in shown]


def suboptimality(analysis: Analysis) -> Table:
    """How far from the known optimum the report runs ended."""
    return _long(
        analysis,
        "suboptimality",
        "Distance to the known optimum",
        "Suboptimality (f − f*) / (f₀ − f*) of the training loss at the end of the completed report runs.",
        analysis.suboptimality,
        {
            "median": lambda row: number(row["median"]),
            "quartiles": lambda row: f"{number(row['lower_quartile'])} – {number(row['upper_quartile'])}",
            "runs": lambda row: count(row["n"]),
        },
        best="median",
        per=[*CONDITION, "task"],
    )


def fit(analysis: Analysis) -> Table:
    """T7: training against validation, and what that says of each cell."""
    return _long(
        analysis,
        "fit",
        "Fit",
        "Losses at the end of the completed report runs, in evaluation mode, of validation and of as many training "
        "examples; the gap is the one less the other, ± half width of its 95 % Student t interval. Under-fitted: the "
        "training metric misses the task's train_target. Over-fitted: the validation loss has risen again, by more "
        "than 5 % and two standard errors, while the training loss fell on.",
        analysis.fit,
        {
            "training loss": lambda row: number(row["train_loss"]),
            "validation loss": lambda row: number(row["validation_loss"]),
            "gap": lambda row: with_interval(row["gap"], row["gap_half_width"]),
            "risen by": lambda row: number(row["rise"]),
            "fit": lambda row: str(row["label"]),
        },
        words=("fit",),
    )


def classes(analysis: Analysis) -> Table:
    """Worst-class metric and spread over classes, beside the mean."""
    tasks = analysis.results.tasks

    def shown(row: Row, part: str) -> str:
        by = factor(tasks[row["task"]])
        return with_interval(row[part] * by, row[f"{part}_half_width"] * by) + unit(tasks[row["task"]])

    return _long(
        analysis,
        "classes",
        "Classes",
        "Test metric of the class that fares worst, and how far the best is from it: means over the completed report "
        "runs ± half width of their 95 % Student t interval.",
        analysis.classes,
        {
            "metric": lambda row: name(tasks[row["task"]]),
            "mean": lambda row: number(row["mean"] * factor(tasks[row["task"]]), 4) + unit(tasks[row["task"]]),
            "worst class": lambda row: shown(row, "worst"),
            "spread": lambda row: shown(row, "spread"),
        },
        words=("metric",),
    )


def tuned(analysis: Analysis) -> Table:
    """T3: what was selected, from what range, with how many trials; without tuning, what every entry ran with."""
    search: dict[str, Callable[[Row], str]] = {
        "range tried": lambda row: f"{short(row['lr_low'])} – {short(row['lr_high'])}" if row["n_trials"] else "",
        "trials": lambda row: count(row["n_trials"]),
        "tuning runs": lambda row: count(row["tune_runs"]),
        "diverged": lambda row: count(row["tune_diverged"]),
        "broken": lambda row: count(row["tune_broken"]),
    }
    return _long(
        analysis,
        "tuned",
        "Selected hyper-parameters" if tunes(analysis) else "Hyper-parameters",
        "Every entry has the same number of trials, unless the winner stood at the end of its grid, which was then "
        f"extended. {EDGE} {FOOTNOTES[EDGE]}."
        if tunes(analysis)
        else "Nothing is tuned: every entry runs at its own learning rate.",
        analysis.tuned,
        {
            "learning rate": lambda row: short(row["lr"]) + (EDGE if row["edge"] else ""),
            **(search if tunes(analysis) else {}),
            "weight decay": _decay,
            "lr × decay": lambda row: short(row["lr_times_weight_decay"]) if row["weight_decay"] > 0 else "",
            "schedule": lambda row: str(row["schedule"]),
            "changed by the suite": lambda row: str(row["changed"]),
        },
        words=("weight decay", "schedule", "changed by the suite"),
    )


def targets(analysis: Analysis) -> Table:
    """T2: steps and seconds to each target, with the hit rate."""
    tasks = analysis.results.tasks
    return _long(
        analysis,
        "targets",
        "Steps and training time to target",
        "Median over the report seeds of the first evaluation point at least as good as the target, a run that never "
        "is counting as infinite; nothing is interpolated, so that the resolution is the distance between two "
        "evaluation points. Hit rate with its 95 % Wilson interval.",
        analysis.targets,
        {
            "target": lambda row: f"{row['target']} ({_target(row, tasks)})",
            "hits": lambda row: f"{row['hits']}/{row['n']}",
            "hit rate": lambda row: f"{100 * row['rate_low']:.0f} – {100 * row['rate_high']:.0f} %",
            "steps": lambda row: count(row["steps"]),
            "resolution": lambda row: count(row["resolution"]),
            "training time": lambda row: seconds(row["seconds"]),
        },
        best="steps",
        per=[*CONDITION, "task", "target"],
        words=("target",),
    )


def costs(analysis: Analysis) -> Table:
    """T4: what a step costs in time and memory."""
    return _long(
        analysis,
        "costs",
        "Costs",
        "Medians over the completed report runs. Time per step leaves out what came before the first evaluation "
        "point; seconds compare only within one machine.",
        analysis.costs,
        {
            "time per step": lambda row: seconds(row["seconds_per_step"]),
            "ratio": lambda row: number(row["ratio"]),
            "relative to": lambda row: str(row["reference"]),
            "gradient evaluations per step": lambda row: number(row["gradient_evaluations_per_step"]),
            "training": lambda row: seconds(row["train_seconds"]),
            "evaluation": lambda row: seconds(row["eval_seconds"]),
            "state / parameters": lambda row: number(row["state_per_parameter"]),
            "machine": lambda row: str(row["machine"]),
        },
        words=("relative to", "machine"),
    )


def depth(analysis: Analysis) -> Table:
    """Whether gradients vanish or explode on their way through the layers."""
    return _long(
        analysis,
        "depth",
        "Gradients by depth",
        "From the root mean square of the first layer's gradient to that of the last one: log10 of the ratio, early in "
        "training.",
        analysis.depth,
        {
            "layers": lambda row: count(row["layers"]),
            "first layer": lambda row: number(row["first"]),
            "last layer": lambda row: number(row["last"]),
            "decades": lambda row: number(row["slope"]),
            "gradients": lambda row: str(row["label"]),
        },
        words=("gradients",),
    )


def comparison(analysis: Analysis) -> Table:
    """The same cells in different conditions, side by side."""
    tasks = analysis.results.tasks
    data = analysis.comparison

    def shown(row: Row, side: str) -> str:
        by = factor(tasks[row["task"]])
        return with_interval(row[f"{side}_mean"] * by, row[f"{side}_half_width"] * by)

    columns: dict[str, Callable[[Row], str]] = {
        "task": lambda row: str(row["task"]),
        "optimizer": lambda row: str(row["optimizer"]),
        "first": lambda row: str(row["first"]),
        "second": lambda row: str(row["second"]),
        "test, first": lambda row: shown(row, "first"),
        "test, second": lambda row: shown(row, "second"),
        "intervals overlap": lambda row: {True: "yes", False: "no"}.get(row["overlap"], "unknown"),
        "time per step, second / first": lambda row: number(row["seconds_ratio"]),
    }
    return Table(
        name="comparison",
        title="The same cells elsewhere",
        caption="Quality should agree wherever the same runs are made: do the 95 % intervals overlap? Of many pairs a "
        "few do not by chance. Seconds are only compared within one machine.",
        columns=tuple(Column(name, numeric=i in (4, 5, 7)) for i, name in enumerate(columns)),
        rows=tuple(tuple(TableCell(show(row)) for show in columns.values()) for row in data.to_dict("records")),
        data=data,
    )


def totals(analysis: Analysis) -> Table:
    """How the runs of each optimizer ended, over all tasks; of many, those first that completed fewest."""
    where = varying(analysis.conditions)
    data = analysis.totals.sort_values("completed", kind="stable") if many(analysis) else analysis.totals
    tuning = ("tune_runs", "tune_diverged") if tunes(analysis) else ()
    always = (*tuning, "planned", "completed")
    ended = [column for column in data.columns[3:] if column in always or data[column].any()]
    return Table(
        name="runs-by-status",
        title="How runs ended",
        caption=f"Summed over tasks{', fewest completed first' if many(analysis) else ''}."
        + (
            " A diverged tuning run is a result of the search; a report run is skipped where no tuning run of its "
            "cell completed."
            if tunes(analysis)
            else ""
        ),
        columns=(
            *(Column(name, numeric=False) for name in [*where, "optimizer"]),
            *(Column(_ending(column)) for column in ended),
        ),
        rows=tuple(
            (
                *(TableCell(str(row[name])) for name in [*where, "optimizer"]),
                *(TableCell(count(row[column]) if row[column] else MISSING) for column in ended),
            )
            for row in data.to_dict("records")
        ),
        data=data,
    )


def _leaderboard(analysis: Analysis) -> pd.DataFrame:
    """Those of many optimizers best first, of few in the suite's order."""
    if many(analysis):
        return analysis.leaderboard
    on = [*CONDITION, "optimizer"]
    return analysis.totals[on].merge(analysis.leaderboard, on=on, how="left")


def _with_leaderboard(analysis: Analysis) -> pd.DataFrame:
    of_optimizer = analysis.leaderboard[[*CONDITION, "optimizer", "average_rank", "place"]]
    table = analysis.quality.merge(of_optimizer, on=[*CONDITION, "optimizer"], how="left")
    return table.sort_values(["place", "rank"], kind="stable", ignore_index=True)


def _ending(column: str) -> str:
    if column.startswith("tune_"):
        return f"tuning: {column.removeprefix('tune_')}"
    words = {"missing": "not made", "no_progress": "of these no progress"}.get(column, column.replace("_", " "))
    return f"report: {words}"


def result(row: Row, task: Task, ids: Mapping[tuple[str, ...], str]) -> TableCell:
    """Mean ± half width and marks of one row of `analysis.quality`, or how its runs ended."""
    anchor = ids[tuple(row[part] for part in CELL)]
    by = factor(task)
    if row["mean"] != row["mean"]:
        ended = [str(status).replace("_", " ") for status in RunStatus if row[str(status)]]
        return TableCell(f"{', '.join(ended) or 'not run'} (0/{row['planned']})", anchor=anchor)
    share = f" ({row['completed']}/{row['planned']})" if row["completed"] < row["planned"] else ""
    text = f"{with_interval(row['mean'] * by, row['half_width'] * by)}{share}{row['flags']}"
    return TableCell(text, best=bool(row["best"]), anchor=anchor)


def _decay(row: Row) -> str:
    decay = row["weight_decay"]
    if decay != decay:
        return ""
    return f"{short(decay)} ({row['weight_decay_mode']})" if decay else "0"


def _target(row: Row, tasks: Mapping[str, Task]) -> str:
    task = tasks[row["task"]]
    on = next(target.on for target in task.targets if target.name == row["target"])
    if on == "validation":
        sign = "≥" if task.higher_is_better else "≤"
        return f"validation {name(task)} {sign} {row['value'] * factor(task):g}{unit(task)}"
    return f"{on} ≤ {row['value']:g}"


def _long(
    analysis: Analysis,
    name: str,
    title: str,
    caption: str,
    data: pd.DataFrame,
    columns: Mapping[str, Callable[[Row], str]],
    best: str = "",
    per: Iterable[str] = (),
    words: Iterable[str] = (),
) -> Table:
    """One row per row of `data`, by task (and target); the smallest finite `best` of each group `per` is bold.

    Columns without a word in any row are left out. Many optimizers are in the order of `best` and of the leaderboard.
    """
    where, ids, words = [*varying(analysis.conditions), "task", "optimizer"], anchors(analysis), set(words)
    order = {"task": list(analysis.results.tasks)}
    order |= {"target": list(data["target"].unique())} if "target" in data else {}
    order |= {"optimizer": list(dict.fromkeys(_leaderboard(analysis)["optimizer"]))}
    keys = [*list(order)[:-1], *([best] if best and many(analysis) else []), "optimizer"]
    data = data.sort_values(
        keys,
        key=lambda by: by.map(order[str(by.name)].index) if by.name in order else by,
        ignore_index=True,
    )
    least = data.groupby(list(per))[best].transform("min") if best and len(data) else pd.Series(dtype=float)
    records = data.to_dict("records")
    texts = {key: [show(row) for row in records] for key, show in columns.items()}
    texts = {key: column for key, column in texts.items() if any(column)}
    rows = []
    for i, row in enumerate(records):
        wins = bool(best) and math.isfinite(row[best]) and row[best] == least.iloc[i]
        names = [TableCell(str(row[part])) for part in where[:-1]]
        names.append(TableCell(str(row["optimizer"]), anchor=ids[tuple(row[part] for part in CELL)]))
        rows.append((*names, *(TableCell(column[i], best=wins and key == best) for key, column in texts.items())))
    heads = [*(Column(part, numeric=False) for part in where), *(Column(key, key not in words) for key in texts)]
    return Table(name, title, caption, tuple(heads), tuple(rows), data)
