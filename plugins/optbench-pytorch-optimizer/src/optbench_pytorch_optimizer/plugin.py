"""The hook: every optimizer of the generated table, read without importing torch or pytorch-optimizer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import optbench

TABLE = Path(__file__).with_name("table.json")
PAIRS = ((0.9, 0.99), (0.9, 0.999), (0.95, 0.99), (0.95, 0.999))
"""Betas that are tried, besides those of the class, where they are two and mean what Adam's do."""
PERIODS = ("precondition_frequency", "preconditioning_compute_steps", "update_interval", "update_period")
"""Arguments that say after how many steps what a step costs repeats."""
FIELDS = ("build", "lr_ref", "defaults", "weight_decay_mode", "closure", "create_graph", "limits")


@optbench.hookimpl
def optbench_optimizers() -> Iterable[optbench.Optimizer]:
    """Every optimizer of pytorch-optimizer that the training loop can step, as `po.<name>`."""
    for row in json.loads(TABLE.read_text(encoding="utf-8")):
        yield component(row)


def component(row: Mapping[str, Any]) -> optbench.Optimizer:
    """Make a component of a row of the table, which leaves out what is the default of a component."""
    return optbench.Optimizer(
        name=row["name"],
        space=space(row["lr_ref"], row.get("defaults", {})),
        period=next((name for name in PERIODS if name in row.get("defaults", {})), 1),
        reference=row.get("reference", ""),
        description=row["description"],
        **{field: row[field] for field in FIELDS if field in row},
    )


def space(lr_ref: float, defaults: Mapping[str, Any]) -> dict[str, optbench.Space]:
    """Return what may be tuned: the rate, and betas, momentum and weight decay where they are in use by default."""
    found: dict[str, optbench.Space] = {"lr": optbench.LogUniform(lr_ref * 1e-3, lr_ref * 1e3)}
    betas = tuple(defaults.get("betas", ()))
    if len(betas) == 2 and betas[0] >= 0.8 and betas[1] >= 0.9:
        found["betas"] = optbench.Choice(tuple(dict.fromkeys((betas, *PAIRS))))
    if defaults.get("momentum", 0.0) >= 0.5:
        found["momentum"] = optbench.LogitUniform(0.5, 0.999)
    if defaults.get("weight_decay"):
        found["weight_decay"] = optbench.LogUniform(1e-4, 1.0)
    return found
