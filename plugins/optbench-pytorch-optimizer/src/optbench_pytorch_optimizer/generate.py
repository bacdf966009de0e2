"""Rewrite `table.json` and `CONFORMANCE.md` from the installed pytorch-optimizer.

    python -m optbench_pytorch_optimizer.generate            # all, some ten minutes on two cores
    python -m optbench_pytorch_optimizer.generate lion sam   # these only; the other rows stay

Rates and defaults are read from the classes, descriptions and references from `catalogue.toml`; what weight decay
means and which checks of the conformance kit are not passed is measured. It ends with status 1, and writes nothing,
where a name lacks an entry in the catalogue or a failed check a cause in `limits.toml`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tomllib
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from optbench_pytorch_optimizer import declared, measured
from optbench_pytorch_optimizer.conformance import page
from optbench_pytorch_optimizer.limits import explained, known_causes
from optbench_pytorch_optimizer.plugin import TABLE, component

CATALOGUE = TABLE.with_name("catalogue.toml")
PAGE = Path(__file__).parents[2] / "CONFORMANCE.md"
Row = dict[str, Any]


def catalogue() -> dict[str, Row]:
    """Read what is written by hand, by the lower-case name of the class."""
    return tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))


def listed(entries: Mapping[str, Row]) -> list[str]:
    """Return the names that become optimizers; raises `SystemExit` where package and catalogue differ."""
    found = set(declared.optimizers())
    if found ^ set(entries):
        raise SystemExit(f"not in the catalogue: {sorted(found - set(entries))}; gone: {sorted(set(entries) - found)}")
    return sorted(name for name in found if "cannot_run" not in entries[name])


def declaration(name: str, entry: Row) -> Row:
    """Return the row of an optimizer as far as nothing has to be measured."""
    kind = declared.optimizers()[name]
    rate = entry.get("lr_ref", declared.default_rate(kind))
    own = declared.defaults(kind)
    package = kind.__module__.partition(".")[0]
    return {
        "name": f"po.{name.replace('_', '-')}",
        "build": entry.get("build", f"{'torch.optim' if package == 'torch' else package}:{kind.__name__}"),
        "lr_ref": rate,
        "lr_source": entry.get("lr_source", "the class's default"),
        "defaults": {k: v for k, v in own.items() if k not in entry.get("without", ())} | entry.get("defaults", {}),
        "weight_decay_mode": entry.get("weight_decay_mode"),
        **{flag: True for flag in ("closure", "create_graph") if entry.get(flag)},
        "reference": entry.get("reference", ""),
        "description": entry["description"],
    }


def examination(row: Row) -> tuple[Row, dict[str, str]]:
    """Return the row with what its weight decay was measured to mean, and what the kit saw of each failed check.

    Where no mode fits, or two do, the catalogue says which it is; the kit then examines that.
    """
    warnings.simplefilter("ignore")
    if row["weight_decay_mode"] is None:
        fitting = measured.weight_decay_modes(component({**row, "weight_decay_mode": "none"}))
        if not fitting:
            raise SystemExit(f"{row['name']}: no mode of weight decay fits; say the nearest one in the catalogue")
        row = {**row, "weight_decay_mode": fitting[0]}
    return row, measured.failures(component(row))


def rows(names: Iterable[str]) -> list[Row]:
    """Examine optimizers, one in each core's process; raises `SystemExit` where a failure has no known cause."""
    entries, causes = catalogue(), known_causes()
    unmeasured = [declaration(name, entries[name]) for name in names]
    made, puzzles = [], []
    with multiprocessing.get_context("spawn").Pool(os.cpu_count(), maxtasksperchild=10) as pool:
        for row, failures in pool.imap(examination, unmeasured):
            limits, unexplained = explained(row["name"], failures, causes)
            made.append({**row, "limits": limits} if limits else row)
            puzzles += unexplained
            print(f"{row['name']}: {len(failures)} checks failed", file=sys.stderr)
    if puzzles:
        raise SystemExit("\n".join([f"{len(puzzles)} failures without a cause in limits.toml:", *puzzles]))
    return made


def as_text(table: Sequence[Row]) -> str:
    """Write the table as JSON with one line per field, for readable diffs."""
    fields = [[f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in row.items()] for row in table]
    blocks = [",\n".join(lines) for lines in fields]
    return "[\n" + ",\n".join(f" {{\n{block}\n }}" for block in blocks) + "\n]\n"


def main(names: Sequence[str]) -> None:
    """Write both files, or only the rows of these names anew."""
    kept = {} if not names else {row["name"]: row for row in json.loads(TABLE.read_text(encoding="utf-8"))}
    made = {row["name"]: row for row in rows(names or listed(catalogue()))}
    table = [row for _, row in sorted({**kept, **made}.items())]
    TABLE.write_text(as_text(table), encoding="utf-8")
    PAGE.write_text(page(table), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
