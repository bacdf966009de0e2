"""`CONFORMANCE.md`: which optimizers pass which checks of the kit, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version

from optbench_heavyball.limits import causes, limits_of

COMMON = ("gradients-untouched", "pickling")
"""What nearly all of them do not pass, for the same reason."""


def page(names: Iterable[str]) -> str:
    """Return the page for these optimizers."""
    declared = {name: limits_of(name, causes()) for name in names}
    others = {name: [check for check in limits if check not in COMMON] for name, limits in declared.items()}
    plain = [name for name, checks in others.items() if not checks]
    parts = [
        "# Conformance",
        f"What optbench's conformance kit (`optbench check optbench-heavyball`) finds of the {len(declared)} "
        f"optimizers, with heavyball {version('heavyball')} on a CPU; written by `python -m "
        "optbench_heavyball.generate` from the declared limits. The tests apply every check: they fail where a limit "
        "does not hold any more, and where a failure is not declared.",
        "None passes all checks, since none can be pickled.",
        f"**{len(plain)} pass everything but {' and '.join(COMMON)}:** {_listed(plain)}.",
        f"**{len(others) - len(plain)} have other limits**, those two left out:",
        _table({name: checks for name, checks in others.items() if checks}),
        "## Causes",
        _causes(declared),
    ]
    return "\n\n".join(parts) + "\n"


def _table(checks: Mapping[str, list[str]]) -> str:
    return "\n".join(
        ["| optimizer | checks that it does not pass |", "|---|---|"]
        + [f"| `{name}` | {', '.join(sorted(failing))} |" for name, failing in checks.items()]
    )


def _causes(names: Iterable[str]) -> str:
    everybody = list(names)
    return "\n".join(
        f"- **{', '.join(cause.checks)}**: {cause.because} ({len(found)}{'' if cause.all else ': ' + _listed(found)})."
        for cause in causes()
        if (found := [name for name in everybody if cause.holds_for(name)])
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
