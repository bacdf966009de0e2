"""The hook through which optbench finds heavyball's optimizers; it imports neither torch nor heavyball."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import optbench

from optbench_heavyball.limits import causes, limits_of

TABLE = Path(__file__).with_name("table.json")
PERIOD = "precondition_frequency"
"""The argument that says after how many steps what a step costs repeats."""
_BETAS = ((0.9, 0.99), (0.9, 0.999), (0.95, 0.99), (0.95, 0.999))


@optbench.hookimpl
def optbench_optimizers() -> Iterator[optbench.Optimizer]:
    """Every optimizer of heavyball, as `hb.<name>`."""
    known = causes()
    for row in json.loads(TABLE.read_text(encoding="utf-8")):
        invariances = tuple(row.pop("invariances"))
        yield optbench.Optimizer(
            **row,
            space=_space(row),
            period=PERIOD if PERIOD in row["defaults"] else 1,
            invariances=invariances,
            limits=limits_of(row["name"], known),
        )


def _space(row: Mapping[str, Any]) -> dict[str, optbench.Space]:
    """What may be tuned: the learning rate over six decades, momenta, and decoupled weight decay."""
    defaults = row["defaults"]
    space: dict[str, optbench.Space] = {"lr": optbench.LogUniform(row["lr_ref"] * 1e-3, row["lr_ref"] * 1e3)}
    if "betas" in defaults:
        space["betas"] = _betas(tuple(defaults["betas"]))
    elif defaults.get("beta") is not None:
        space["beta"] = optbench.LogitUniform(0.5, 0.999)
    if row["weight_decay_mode"] == "decoupled_lr":
        space["weight_decay"] = optbench.LogUniform(1e-4, 1.0)
    return space


def _betas(default: tuple[float, ...]) -> optbench.Choice:
    """The usual pairs and the method's own; where it has a third one, that stays."""
    pairs = dict.fromkeys((default[:2], *_BETAS))
    return optbench.Choice(tuple(pair + default[2:] for pair in pairs))
