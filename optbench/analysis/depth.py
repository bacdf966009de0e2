"""Gradients and updates of each layer, and whether gradients vanish or explode from the last layer to the first."""

from __future__ import annotations

import math

import pandas as pd

from optbench.analysis.condition import CELL
from optbench.analysis.runs import RUN
from optbench.store.frame import DIAGNOSTIC

MEASURES = ("gradient", "update")
PREFIXES = {measure: f"{DIAGNOSTIC}layers.{measure}." for measure in MEASURES}
EARLY = 0.1
"""Share of the evaluation points, at least the first with a gradient, that is looked at."""
SLOPE = 3.0
"""Decades from the last layer's gradient to the first's beyond which it vanishes or explodes."""
LARGEST = 1e3
"""Gradient of a layer, for a loss of order one, from which on it explodes, in all layers alike or not."""
VANISHING, EXPLODING, HEALTHY = "vanishing", "exploding", "healthy"

LAYER_COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "depth": "of the layer, the first being 1",
    "layer": "its name",
    "gradient": "root mean square of its gradient, the median over the first tenth of the report runs' evaluations",
}
TIME_COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "measure": "gradient, or update: the root mean square of a step's change over that of the weight",
    "depth": "of the layer, the first being 1",
    "layer": "its name",
    "step": "updates made",
    "value": "the median over the report runs",
}
COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "layers": "how many there are; 0 where every run diverged before there was a gradient to look at",
    "first": "gradient of the first layer",
    "last": "gradient of the last layer",
    "slope": "log10(first / last): decades",
    "label": "exploding above 3, where any layer's gradient is above 1,000 or not finite, and where every run diverged "
    "before one was seen; vanishing below -3; healthy otherwise",
}


def layer_gradients(frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """`LAYER_COLUMNS` of the report runs, failed ones included, that the diagnostic `layers` was asked of."""
    prefix = PREFIXES["gradient"]
    names = _names(frame, prefix)
    if not names:
        return pd.DataFrame(columns=list(LAYER_COLUMNS))
    report = runs.loc[runs["is_report"], RUN]
    points = frame[frame["step"] > 0].merge(report, on=RUN).sort_values("step", kind="stable")
    early = points.groupby(RUN)["step"].transform(lambda steps: steps.rank() <= max(1, EARLY * len(steps))).astype(bool)
    rows = []
    for key, group in points[early].groupby(CELL, sort=False):
        found = group[names].dropna(axis="columns", how="all").median()
        rows += [
            (*key, depth, str(name).removeprefix(prefix), float(gradient))
            for depth, (name, gradient) in enumerate(found.items(), start=1)
        ]
    return pd.DataFrame(rows, columns=list(LAYER_COLUMNS))


def layers_over_time(frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """`TIME_COLUMNS` of the report runs, failed ones included, that the diagnostic `layers` was asked of."""
    points = frame[frame["step"] > 0].merge(runs.loc[runs["is_report"], RUN], on=RUN)
    rows: list[tuple[object, ...]] = []
    for measure, prefix in PREFIXES.items():
        names = _names(frame, prefix)
        for key, group in points.groupby(CELL, sort=False) if names else ():
            found = group.groupby("step")[names].median().dropna(axis="columns", how="all")
            for depth, (name, values) in enumerate(found.items(), start=1):
                layer = str(name).removeprefix(prefix)
                rows += [(*key, measure, depth, layer, step, value) for step, value in values.items()]
    return pd.DataFrame(rows, columns=list(TIME_COLUMNS))


def _names(frame: pd.DataFrame, prefix: str) -> list[str]:
    return [str(column) for column in frame if str(column).startswith(prefix)]


def depth(layer_gradients: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` of every cell with at least two layers."""
    rows: list[tuple[object, ...]] = []
    for key, group in layer_gradients.groupby(CELL, sort=False):
        if len(group) > 1:
            first, last = float(group["gradient"].iloc[0]), float(group["gradient"].iloc[-1])
            slope = _decades(first, last)
            rows.append((*key, len(group), first, last, slope, _label(slope, float(group["gradient"].max()))))
    seen = {row[: len(CELL)] for row in rows}
    for key, group in runs[runs["is_report"]].groupby(CELL, sort=False) if rows else ():
        if key not in seen and group["status"].eq("diverged").all():
            rows.append((*key, 0, math.nan, math.nan, math.nan, EXPLODING))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _decades(first: float, last: float) -> float:
    if not (math.isfinite(first) and math.isfinite(last)):
        return math.inf
    if first == 0 or last == 0:
        return -math.inf if first <= last else math.inf
    return math.log10(first / last)


def _label(slope: float, largest: float) -> str:
    if slope > SLOPE or not largest < LARGEST:
        return EXPLODING
    return VANISHING if slope < -SLOPE else HEALTHY
