"""What a reader must know about a figure, generated from the suite: n, interval, protocol, marks, changes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from optbench.analysis.across.rank_tests import LEAST_TASKS
from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import Condition
from optbench.analysis.marks import footnotes
from optbench.reporting.many import many
from optbench.reporting.words.finding import listed
from optbench.reporting.words.notes import changes, without

_BANDS = "bands are 95 % Student t intervals (where fewer than three runs completed, each is a thin line)"
_CURVES = (
    f"Mean over the completed report runs, one panel per task; {_BANDS}. A start that would flatten the rest is cut,"
    " and its value is in the corner. A thin line that ends in a cross is a run that did not complete. Where the "
    "optimum is known, y is the suboptimality (f − f*) / (f₀ − f*) of the training loss. Its means and intervals, "
    "and all on logarithmic axes, are taken of the logarithms; an open triangle at the lower edge is a mean of "
    "zero. With a decaying schedule only the last point is a result."
)
_CAPTIONS = {
    "heatmap": "Mean test value of the completed report runs; hatched cells have none.",
    "fit": (
        "Training loss (thin lines) and validation loss (thick lines) at the same weights, in evaluation mode, on "
        "equally many examples (on all of them where the optimum is known): means over the completed report runs, one "
        "panel per task, with the labels of the table Fit. Panels end at a twentieth of the lowest validation loss, "
        "and a start that would flatten the rest is cut, with its value in the corner. A dotted line marks the step "
        "whose weights are reported where that is not the last one (median over runs)."
    ),
    "learning-curves": _CURVES,
    "learning-curves-seconds": (
        f"{_CURVES} x is the training time (median over seeds), without data loading and evaluation."
    ),
    "paths": (
        "Parameters at the evaluation points of one report run of each optimizer, the median one by final loss, on "
        "contours of the training loss. The contours are equally spaced in the logarithm of the height above the "
        "lowest point; darker is lower. For a function of one parameter, the first points are drawn on its curve, "
        "with a copy of the curve for each optimizer. Circles are starts and stars are minima; a path that ends in a "
        "cross did not complete."
    ),
    "lr-sensitivity": (
        "Final value on the whole validation split against the learning rate: points are tuning runs, lines connect "
        "the medians over tuning seeds where nothing else is tuned, and the large outlined marker is the selected "
        "learning rate. Where the "
        "optimum is known, the suboptimality of the training loss is shown, but the selection still uses validation. "
        "Crosses in the grey strip are runs that did not complete; most of them diverged. Open triangles are runs "
        "that ended worse than before training."
    ),
    "tuning-effort": (
        "The best final validation value to be expected of k trials: the mean over all subsets of k of an entry's "
        "trials, each with its first tuning run. Trials that did not complete, or ended worse than before training, "
        "count as the value before training. The right end is the best of all trials, which flatters it: report runs "
        "have fresh seeds."
    ),
    "final-values": (
        "Test values at the end of training: one point per completed report seed, the mean (tick) and its 95 % "
        "Student t interval (line). A fraction beside a panel gives completed / planned runs where some did not "
        "complete. Open triangles at the edge are values far outside the panel, with their mean; a line that goes on "
        "beyond the edge ends in an arrow."
    ),
    "steps-to-target": (
        "Steps until the first evaluation point that is at least as good as the target: small points are report runs, "
        "large markers are their median; an open marker at the right edge means that the median run never reaches the "
        "target. Fractions are runs that reach it / report runs. A target that no run reaches is in the table only."
    ),
    "reached": (
        "Kaplan and Meier's estimate of the share of report runs that have reached the target, one panel per target; "
        "a run that diverges never reaches it. A target that no run reaches is in the table only."
    ),
    "across-tasks": (
        "Average rank, interquartile mean of the scores, and probability of improvement, as in the table Across tasks: "
        "points with 95 % percentile intervals of a stratified bootstrap, where every entry has at least five runs on "
        "every task."
    ),
    "performance-profile": (
        "Share of the tasks whose target the median run reaches within so many times the steps of the fastest entry. "
        "A task that no entry solves stays in the denominator. The score in the table Across tasks is the area up to "
        "the dashed line. Ratios depend on which entries take part."
    ),
    "costs": (
        "One marker per task, and a tick at the median over tasks. Left: the time of a step, as `optbench time` "
        "measured it; where nothing was timed, that of the training runs, which other work on the machine disturbs. "
        "Right: bytes of the tensors in the optimizer's state per parameter."
    ),
    "diagnostics": (
        "Measurements inside the report runs at their evaluation points: means over the completed runs, one panel per "
        f"task; {_BANDS}. Of a diagnostic that measures each layer, only the number for the whole model is shown; the "
        "tidy table of the results has every number."
    ),
    "gradients-by-depth": (
        "Root mean square of the gradient of each layer's weight; the first layer is next to the input. Medians over "
        "the first tenth of the report runs' evaluation points, after gradient clipping where the task clips. "
        "Vanishing: the first layer's gradient is less than a thousandth of the last layer's. Exploding: it is more "
        "than a thousand times the last layer's, or any gradient is above 1,000 or not finite, or every run diverged "
        "before a gradient was measured."
    ),
    "layers": (
        "Each layer's weight at the evaluation points; the first layer, next to the input, is at the bottom. The "
        "colour is the root mean square of the gradient, after gradient clipping where the task clips, or that of one "
        "step's change divided by that of the weight: medians over the report runs. Grey cells were not measured; "
        "values that are not finite have the highest colour."
    ),
}
_RANKS = (
    "Colours show the rank within the task: the darkest is best, and ranks count failures. Rows are ordered by the "
    "average rank, in brackets."
)
_EVEN = (
    "The mean over subsets is that of independent draws. These were drawn more evenly, so that it is an approximation: "
    "a search with only k trials would have drawn these evenly too."
)
_LEADING = "the winner of each task, then the best by average rank"


def caption(name: str, analysis: Analysis, condition: Condition, shown: Sequence[str]) -> str:
    """The caption of the drawing `name` for one condition, which shows these of its optimizers."""
    suite = next(source.suite for source in analysis.results.sources if source.label == condition.source)
    where = f"{condition.label}: " if condition.label else ""
    profile = f"{suite.profile} profile" + (": exploratory" if suite.profile == "smoke" else "")
    made = f"Suite {suite.name}, {profile}, {suite.protocol.summary()}."
    said = (
        f"{where}{_CAPTIONS[name]}",
        *_heatmap(name, analysis, condition),
        *_across(name, analysis, condition),
        *([_EVEN] if name == "tuning-effort" and suite.protocol.draws == "even" else []),
        _whom(name, analysis, condition, shown),
        *coinciding(name, analysis, condition, shown),
        made,
        without(suite),
        changes(suite),
    )
    return " ".join(filter(None, said))


def _heatmap(name: str, analysis: Analysis, condition: Condition) -> list[str]:
    """What colours, brackets and marks of the heat map mean, where it has them."""
    if name != "heatmap":
        return []
    ranks = [_RANKS] if len(condition.of(analysis.average_ranks)) else []
    return [*ranks, *(f"{line}." for line in footnotes("".join(condition.of(analysis.quality)["flags"])))]


def _across(name: str, analysis: Analysis, condition: Condition) -> list[str]:
    """What grey bars mean, or why no critical difference is drawn; and the tasks of a profile."""
    found = next((found for found in analysis.across if found.condition == condition), None)
    if found and name == "performance-profile":
        return [f"Tasks: {', '.join(found.timed)}."]
    if not found or name != "across-tasks":
        return []
    if math.isnan(found.critical_difference):
        return [f"With {len(found.tasks)} tasks, fewer than {LEAST_TASKS}, there is no critical difference of ranks."]
    return ["Average ranks whose grey bars do not touch differ (Nemenyi, 5 %)."]


def coinciding(name: str, analysis: Analysis, condition: Condition, shown: Sequence[str]) -> list[str]:
    """Which of the shown curves hide each other, and where: a sentence for each group of entries."""
    if name != "learning-curves":
        return []
    tasks: dict[tuple[str, ...], list[str]] = {}
    for found in analysis.coinciding:
        names = tuple(optimizer for optimizer in found.optimizers if optimizer in shown)
        if len(names) > 1 and (found.source, found.device) == (condition.source, condition.device):
            tasks.setdefault(names, []).append(found.task)
    order = list(analysis.results.tasks)
    return [f"{listed(names)} coincide on {listed(sorted(where, key=order.index))}." for names, where in tasks.items()]


def _whom(name: str, analysis: Analysis, condition: Condition, names: Sequence[str]) -> str:
    """Which of many optimizers are shown, and where the others are; empty where there are few."""
    shown, total = len(names), len(condition.of(analysis.totals))
    if name == "layers":
        return f"Only {names[0]} is shown; the CSV file has all optimizers."
    if name == "fit" and shown < total:
        return f"{shown} of {total} optimizers are shown: {_LEADING}; the CSV file has all."
    if not many(analysis):
        return ""
    if shown >= total:
        return f"All {total} optimizers are shown, best first by average rank."
    if name.startswith(("learning-curves", "diagnostics")):
        drawn = condition.of(analysis.curves)["optimizer"].nunique()
        return (
            f"{shown} of {total} optimizers are in colour: {_LEADING}. Grey lines are the means of the others where a "
            f"run completed ({total - drawn} of the {total} completed none); their failed runs are not drawn. "
            f"{'The axes end with those in colour. ' if name.endswith('seconds') else ''}The CSV file has every mean."
        )
    colours = f" Colours end at rank {shown}." if name == "heatmap" else ""
    return f"{shown} of {total} optimizers are shown: {_LEADING}; the CSV file has all.{colours}"
