"""`CONFORMANCE.md`: which optimizers pass every check of the kit, and what the others do not pass, by cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

Table = Sequence[Mapping[str, Any]]


def page(table: Table) -> str:
    """Write the page for a table of rows with their `limits`."""
    whole = [row["name"] for row in table if not row.get("limits")]
    pickled = [row["name"] for row in table if set(row.get("limits", ())) == {"pickling"}]
    others = [row for row in table if set(row.get("limits", ())) - {"pickling"}]
    parts = [
        "# Conformance",
        f"What optbench's conformance kit (`optbench check optbench-pytorch-optimizer`) finds of the {len(table)} "
        f"optimizers, written by `python -m optbench_pytorch_optimizer.generate` with pytorch-optimizer "
        f"{version('pytorch-optimizer')} and torch {version('torch')} on a CPU. `optbench check` shows each cause as a "
        "declared limit, and fails where one does not hold any more.",
        f"**{len(whole)} pass every check that applies to them:** {_names(whole)}.",
        f"**{len(pickled)} pass every check but pickling:** {_names(pickled)}.",
        f"**{len(others)} have other limits.** By optimizer, pickling left out:",
        _by_optimizer(others),
        "## Causes, by check",
        *_by_cause(table),
    ]
    return "\n\n".join(parts) + "\n"


def _by_optimizer(rows: Table) -> str:
    lines = ["| optimizer | checks that it does not pass |", "|---|---|"]
    lines += [f"| `{r['name']}` | {', '.join(c for c in r['limits'] if c != 'pickling')} |" for r in rows]
    return "\n".join(lines)


def _by_cause(table: Table) -> Iterable[str]:
    names: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in table:
        for check, because in row.get("limits", {}).items():
            names[check][because].append(row["name"])
    for check, causes in sorted(names.items()):
        yield f"### {check}"
        yield "\n".join(f"- {because} ({len(found)}): {_names(found)}" for because, found in causes.items())


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
