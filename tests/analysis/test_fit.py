"""Fit and fairness: labels and gaps of runs whose curves are made up."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from optbench.analysis.classes import classes
from optbench.analysis.fit import GOOD, NO_PROGRESS, OVERFIT, UNDERFIT, fit, fit_runs
from optbench.components.task import Task
from optbench.store.load import _by_class

TASK = Task(name="t", model="m", dataset="d", steps=30, metric="accuracy", train_target=0.9)


def campaign(*validation: list[float], train: list[float], accuracy: float = 0.95, **facts: Any) -> pd.DataFrame:
    """The label and numbers of one cell, whose runs have these validation losses at the evaluation points."""
    where = {"source": "s", "device": "cpu", "task": "t", "optimizer": "adam"}
    runs, points = [], []
    for i, losses in enumerate(validation):
        run = where | {"run_id": str(i)}
        runs.append(
            run
            | {"is_report": True, "completed": True, "no_progress": False, "final_train_eval_metric": accuracy}
            | {"final_validation_loss": losses[-1], "final_train_eval_loss": train[-1]}
            | facts
        )
        for step, (loss, train_loss) in enumerate(zip(losses, train, strict=True)):
            points.append(
                run | {"step": float(step), "validation_loss": loss, "train_eval_loss": train_loss, "final_step": 3}
            )
    return fit(pd.DataFrame(points), pd.DataFrame(runs), {"t": TASK})


FALLING = [2.0, 1.0, 0.5, 0.2]


@pytest.mark.parametrize(
    ("validation", "changes", "label"),
    [
        ([[2.0, 1.0, 0.8, 0.7], [2.0, 1.1, 0.8, 0.7]], {}, GOOD),
        ([[2.0, 1.0, 1.2, 1.5], [2.0, 1.1, 1.2, 1.4]], {}, OVERFIT),
        ([[2.0, 1.0, 1.2, 1.5], [2.0, 1.1, 1.2, 1.4]], {"accuracy": 0.8}, UNDERFIT),
        ([[2.0, 1.0, 1.2, 1.5], [2.0, 1.1, 1.2, 1.4]], {"no_progress": True}, NO_PROGRESS),
        ([[2.0, 1.0, 1.0, 1.04], [2.0, 1.0, 1.0, 1.04]], {}, GOOD),  # less than 5 %
        (
            [[2.0, 1.0, 1.0, 1.0], [2.0, 1.0, 1.0, 1.4], [2.0, 1.0, 1.0, 1.0]],
            {},
            GOOD,
        ),  # one of three: within the error
        ([[2.0, 1.0, 1.2, 1.5], [2.0, 1.1, 1.2, 1.4]], {"train": [2.0, 1.0, 1.5, 1.6]}, GOOD),  # a rate too high
    ],
)
def test_label(validation: list[list[float]], changes: dict[str, Any], label: str) -> None:
    table = campaign(*validation, **({"train": FALLING} | changes))
    assert table.label.tolist() == [label]


def test_what_comes_after_the_weights_that_count_is_not_looked_at() -> None:
    rising = [2.0, 1.0, 1.2, 1.5]
    table = campaign(rising[:2], rising[:2], train=FALLING[:2])
    assert (table.label.item(), table["rise"].item()) == (GOOD, 0.0)


def test_gap_is_validation_less_training_loss() -> None:
    table = campaign([2.0, 1.0, 0.8, 0.7], [2.0, 1.0, 0.8, 0.9], train=FALLING).iloc[0]
    assert (table.train_loss, table.validation_loss) == (0.2, pytest.approx(0.8))
    assert table.gap == pytest.approx(0.6)
    assert table.gap_half_width == pytest.approx(12.706204736 * 0.1)  # t with one degree of freedom, error 0.1


def test_both_sides_of_every_report_run_are_drawn() -> None:
    where = {"source": "s", "device": "cpu", "task": "t", "optimizer": "adam", "seed": 0, "status": "completed"}
    losses = {"train_eval_loss": [2.0, 0.1], "validation_loss": [2.5, 0.7], "step": [0.0, 30.0]}
    frame = pd.concat(
        pd.DataFrame(where | {"run_id": run, "train_seconds": 0.0} | losses) for run in ("report", "tune")
    )
    facts = ({"run_id": run, "is_report": run == "report", "completed": True} for run in frame.run_id)
    runs = pd.DataFrame([where | fact for fact in facts])
    found = fit_runs(frame, runs.drop_duplicates())
    assert found.run_id.unique().tolist() == ["report"]
    assert found.groupby("quantity")["value"].apply(list).to_dict() == {
        "training loss": [2.0, 0.1],
        "validation loss": [2.5, 0.7],
    }


def test_worst_class_and_spread_are_of_each_run_and_then_averaged() -> None:
    assert _by_class((0.9, 0.5, 0.7), True) == {
        "final_test_worst_class": 0.5,
        "final_test_class_spread": pytest.approx(0.4),
    }
    assert _by_class((0.1, 0.4), False)["final_test_worst_class"] == 0.4
    assert _by_class((), True) == {}
    where = {"source": "s", "device": "cpu", "task": "t", "optimizer": "adam", "is_report": True, "completed": True}
    runs = pd.DataFrame(
        [
            where | {"final_test_metric": 0.8, "final_test_worst_class": w, "final_test_class_spread": 0.3}
            for w in (0.4, 0.6)
        ]
        + [where | {"optimizer": "of-no-classes"}]
    )
    (row,) = classes(runs).to_dict("records")
    assert (row["optimizer"], row["n"], row["worst"], row["spread"]) == ("adam", 2, 0.5, pytest.approx(0.3))
