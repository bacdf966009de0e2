"""What the page tells of each run once it is opened: its view in words, and its curve."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from optbench.components.task import Task
from optbench.reporting.charts.chart import Values, values
from optbench.reporting.metric import factor, label
from optbench.reporting.run_view import RunView, run_view
from optbench.store.results import Results

_CURVE = ("train_loss", "validation_loss", "validation_metric")


def details(results: Results) -> dict[str, Any]:
    """Views and curves by run id, for JSON; headings and names, which most runs share, are there once, as `forms`."""
    tasks = results.tasks
    sources = {source.label: source for source in results.sources}
    forms: dict[tuple[tuple[str, tuple[str, ...]], ...], int] = {}
    views = {}
    for run in results.frame.drop_duplicates(["source", "run_id"]).to_dict("records"):
        source, place = sources[run["source"]], int(run["environment"])
        environment = source.environments[place] if 0 <= place < len(source.environments) else {}
        view = run_view(run, tasks[run["task"]], environment, source.path)
        form = tuple((heading, tuple(name for name, _ in pairs)) for heading, pairs in view.groups)
        views[run["run_id"]] = _view(view, forms.setdefault(form, len(forms)), tasks[run["task"]])
    return {"forms": list(forms), "views": views, "curves": _curves(results.frame, tasks)}


def _view(view: RunView, form: int, task: Task) -> dict[str, Any]:
    texts = [text for _, pairs in view.groups for _, text in pairs]
    shown: dict[str, Any] = {"title": view.title, "form": form, "texts": texts, "metric": label(task, "validation")}
    return shown | ({"ends": dict(view.ends)} if view.ends else {})


def _curves(frame: pd.DataFrame, tasks: dict[str, Task]) -> dict[str, tuple[Values | None, ...]]:
    """Steps, training losses, validation losses and, where it is not the loss, the validation metric of each run."""
    points = frame.dropna(subset=["step"]).sort_values(["source", "run_id", "step"], kind="stable")
    points = points.assign(
        validation_metric=points["validation_metric"] * points["task"].map({n: factor(t) for n, t in tasks.items()})
    )
    columns = [values(points[column]) for column in ("step", *_CURVE)]
    ids, names = points["run_id"].to_numpy(), points["task"].to_numpy()
    starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]][: len(ids)])
    found: dict[str, tuple[Values | None, ...]] = {}
    for start, end in pairwise([*starts, len(ids)]):
        steps, train, validation, metric = (column[start:end] for column in columns)
        found[str(ids[start])] = (steps, train, validation, None if tasks[names[start]].metric == "loss" else metric)
    return found
