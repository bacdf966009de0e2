"""Write `table.json` from the installed heavyball, and `CONFORMANCE.md`: `python -m optbench_heavyball.generate`.

Names, descriptions and references come from the catalogue, learning rates and hyper-parameters from heavyball's
classes, and how weight decay acts, how large the state is and what changes nothing from trying it out.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import heavyball
import optbench
import torch

from optbench_heavyball import conformance, measure
from optbench_heavyball.catalogue import CATALOGUE, Item

TABLE = Path(__file__).with_name("table.json")
PAGE = Path(__file__).parents[2] / "CONFORMANCE.md"
NOT_HYPERPARAMETERS = ("params", "kwargs", "lr", "orig_shapes")


def classes() -> set[str]:
    """Return the names of all optimizers that heavyball exports."""
    exported = ((name, getattr(heavyball, name)) for name in heavyball.__all__)
    return {name for name, found in exported if inspect.isclass(found) and issubclass(found, torch.optim.Optimizer)}


def read(item: Item) -> dict[str, Any]:
    """Return the part of an item's row that can be read off heavyball's classes, and the catalogue's."""
    arguments = {name: default for part in (item.wraps, item.library_class) if part for name, default in _own(part)}
    plain = {name: default for name, default in arguments.items() if name not in NOT_HYPERPARAMETERS}
    return {
        "name": item.name,
        "build": f"optbench_heavyball.optimizers:{item.build or item.library_class}",
        "lr_ref": item.lr_ref or arguments["lr"],
        "defaults": {"compile": False, **plain, **item.changes},
        "closure": item.closure,
        "description": item.description,
        "reference": item.reference,
    }


def _own(library_class: str) -> Iterator[tuple[str, Any]]:
    """Names and defaults of a class's arguments, as far as they are plain data."""
    for name, argument in inspect.signature(getattr(heavyball, library_class)).parameters.items():
        if argument.default is not argument.empty and optbench.is_plain(argument.default):
            yield name, argument.default


def _measured(item: Item) -> dict[str, Any]:
    row = read(item)
    component = optbench.Optimizer(**row)
    return row | {
        "weight_decay_mode": item.weight_decay_mode or measure.weight_decay_mode(component),
        "state_bytes": measure.bytes_per_weight(component),
        "invariances": measure.invariances(component),
    }


def main() -> None:
    """Write the table and the page."""
    rows = [_measured(item) for item in CATALOGUE]
    TABLE.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(conformance.page(row["name"] for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
