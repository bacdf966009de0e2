"""What a reader must know about a figure, generated from the suite: n, interval, protocol, marks, changes."""

from __future__ import annotations

from collections.abc import Sequence

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import Condition
from optbench.reporting.many import many
from optbench.reporting.words.notes import changes

SECONDS = "x is the train clock (median over seeds): data loading and evaluation are not in it."

_CURVES = (
    "Mean over the completed report runs, one panel per task; bands are 95 % Student t intervals (thin lines for fewer "
    "than three runs). Panels end at the highest initial value. Thin lines that end in a cross are runs that did not "
    "complete. Where the optimum is known, y is the suboptimality (f − f*) / (f₀ − f*) of the training loss, averaged "
    "as logarithms. With a decaying schedule only the last point is a result."
)
DRAWN = {
    "fit": (
        "Loss on the training split (thin lines) and on the validation split (thick), at the same weights, in "
        "evaluation mode, on as many training examples as validation ones (where the optimum is known, on all): means "
        "over the completed report runs, one panel per task, with the labels of the table Fit. Panels end at a "
        "twentieth of the lowest validation loss. A dotted line is the step whose weights count where that is not the "
        "last one (median over runs)."
    ),
    "learning-curves": _CURVES,
    "learning-curves-seconds": f"{_CURVES} {SECONDS}",
    "paths": (
        "The parameters at the evaluation points of one report run of each optimizer, the median one by final loss, on "
        "contours of the training loss, which are equally spaced in the logarithm of the height above the lowest point "
        "(darker is lower). Of one parameter the first points are drawn on the curve of the loss, of which each "
        "optimizer has a copy. Circles are starts, stars minima; a path that ends in a cross did not complete."
    ),
    "lr-sensitivity": (
        "Final value on the whole validation split against the learning rate: points are tuning runs, lines "
        "go through the medians over tuning seeds, the large outlined marker is the selected learning rate. Where the "
        "optimum is known, suboptimality of the training loss is shown; selection still looks at validation. Crosses "
        "in the grey strip did not complete (mostly diverged). Open triangles are worse than before training."
    ),
    "heatmap": (
        "Mean test value of the completed report runs; the colour is the rank within the task (darkest is best, ranks "
        "count failures), hatched cells have no completed report run. In brackets the average rank, by which rows are "
        "ordered. † learning rate at the end of the grid; ‡ not every report run completed and improved."
    ),
    "final-values": (
        "Test values at the end of training: a point per completed report seed, the mean (tick) and its 95 % Student t "
        "interval (line). Fractions beside a panel are completed / planned runs where these differ. Open triangles at "
        "the edge stand for values far off, with their mean."
    ),
    "steps-to-target": (
        "Steps until the first evaluation point at least as good as the target: small points are report runs, large "
        "markers their median; an open marker at the right edge says that the median run never reaches it. Fractions: "
        "runs that do / report runs. A target that no run reaches is in the table only."
    ),
    "costs": (
        "A marker per task, a tick at the median over tasks. Left: train clock per step, without what came before the "
        "first evaluation point. Right: bytes of tensors in the optimizer's state per byte of parameters."
    ),
    "diagnostics": (
        "What was measured inside the report runs at their evaluation points: the mean over those that completed, one "
        "panel per task; bands are 95 % Student t intervals (thin lines for fewer than three runs). A measurement of "
        "each layer is shown for the whole model only; the tidy table of the results has every number."
    ),
    "gradients-by-depth": (
        "Root mean square of the gradient of each layer's weight, the first being next to the input: medians over the "
        "first tenth of the report runs' evaluation points, after clipping where there is any. Vanishing: the first "
        "layer's is less than a thousandth of the last one's; exploding: more than a thousand times it, or any above "
        "1,000 or not finite, or every run diverged before one was seen."
    ),
    "layers": (
        "Each layer's weight at the evaluation points, the first layer, next to the input, at the bottom: the root "
        "mean square of its gradient, after clipping where there is any, or of the change that one step makes over "
        "that of the weight; medians over the report runs. Grey: not measured; what is not finite has the highest "
        "colour."
    ),
}


_LEADING = "the winner of each task, then the best by average rank"


def caption(name: str, analysis: Analysis, condition: Condition, shown: Sequence[str]) -> str:
    """The caption of the drawing `name` for one condition, which shows these of its optimizers."""
    suite = next(source.suite for source in analysis.results.sources if source.label == condition.source)
    where = f"{condition.label}: " if condition.label else ""
    profile = f"{suite.profile} profile" + (": exploratory" if suite.profile == "smoke" else "")
    made = f"Suite {suite.name}, {profile}, {suite.protocol.summary()}."
    return " ".join(
        filter(None, (f"{where}{DRAWN[name]}", _whom(name, analysis, condition, shown), made, changes(suite)))
    )


def _whom(name: str, analysis: Analysis, condition: Condition, names: Sequence[str]) -> str:
    """Which of many optimizers are shown, and where the others are; empty where there are few."""
    shown, total = len(names), len(condition.of(analysis.totals))
    if name == "layers":
        return f"Shown is {names[0]}; the CSV file has all optimizers."
    if name == "fit" and shown < total:
        return f"Shown are {shown} of {total} optimizers: {_LEADING}; the CSV file has all."
    if not many(analysis):
        return ""
    if shown >= total:
        return f"All {total} optimizers, best first by average rank."
    if name.startswith(("learning-curves", "diagnostics")):
        drawn = condition.of(analysis.curves)["optimizer"].nunique()
        return (
            f"In colour {shown} of {total} optimizers: {_LEADING}. Grey: the means of the others, where a run "
            f"completed ({total - drawn} of the {total} completed none); their failed runs are not drawn. "
            f"{'Axes end with those in colour. ' if name.endswith('seconds') else ''}The CSV file has every mean."
        )
    colours = f" Colours end at rank {shown}." if name == "heatmap" else ""
    return f"Shown are {shown} of {total} optimizers: {_LEADING}; the CSV file has all.{colours}"
