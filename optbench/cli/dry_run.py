"""`optbench run --dry-run`: what would be run, on what, and how long it would take."""

from __future__ import annotations

from typing import Any

import click

from optbench.cli.progress import ProgressBar
from optbench.options import parse_options
from optbench.plan import prepare
from optbench.progress import duration


def describe(suite: str, options: dict[str, Any]) -> int:
    """Print the plan and return the exit code."""
    plan = prepare(suite, parse_options(options), ProgressBar(), download=False)
    outlook = plan.campaign.outlook()
    done, expected, most = sum(outlook.done.values()), sum(outlook.expected.values()), plan.campaign.most()
    resolved = plan.suite
    click.echo(f"Suite {resolved.name}, profile {resolved.profile}, protocol {resolved.protocol.name}")
    click.echo(f"Results in {plan.store.root}")
    click.echo(f"Optimizers: {', '.join(entry.name for entry in resolved.optimizers)}")
    for kind, places in plan.places.items():
        names = ", ".join(dict.fromkeys(place.hardware for place in places))
        click.echo(f"Device {kind}: {names}; {len(places)} runs at a time")
    click.echo("")
    seconds = plan.seconds
    width = max(map(len, outlook.expected))
    for task, left in outlook.left.items():
        known = f", about {seconds[task]:.1f} s each" if task in seconds else ", time unknown until its data is here"
        each = known if left else ""
        click.echo(
            f"{task:{width}}  {outlook.expected[task]:5d} runs, {outlook.done[task]} recorded, {left} to do{each}"
        )
    extra = f" (up to {most} if grids are extended)" if most > expected else ""
    click.echo(f"\n{expected} runs{extra}, {done} of them recorded already")
    if plan.seconds_left is not None:
        took = f"about {duration(plan.seconds_left)} on {plan.workers} workers"
        click.echo(f"Time: {took}, measured by a few steps of each task")
    return 0
