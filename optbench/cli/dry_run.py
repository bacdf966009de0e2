"""`optbench run --dry-run`: what would be run, on what, and how long it would take."""

from __future__ import annotations

from typing import Any

import click

from optbench.cli.progress import ProgressBar, duration
from optbench.plan import estimate_seconds, parse_options, prepare


def describe(suite: str, options: dict[str, Any]) -> int:
    """Print the plan and return the exit code."""
    plan = prepare(suite, parse_options(options), ProgressBar(), dry=True)
    outlook = plan.campaign.outlook()
    done, expected, most = sum(outlook.done.values()), sum(outlook.expected.values()), plan.campaign.most()
    resolved = plan.suite
    click.echo(f"Suite {resolved.name}, profile {resolved.profile}, protocol {resolved.protocol.name}")
    click.echo(f"Results in {plan.store.root}")
    click.echo(f"Optimizers: {', '.join(entry.name for entry in resolved.optimizers)}")
    for kind, slots in plan.work.slots.items():
        click.echo(f"Device {kind}: {', '.join(dict.fromkeys(plan.work.hardware[kind]))}; {len(slots)} runs at a time")
    click.echo("")
    seconds, mistakes = estimate_seconds(plan)
    width = max(map(len, outlook.expected))
    for task, left in outlook.left.items():
        unknown = f"; runs will fail: {mistakes[task]}" if task in mistakes else ", time unknown until its data is here"
        each = f", about {seconds[task]:.1f} s each" if task in seconds else unknown
        click.echo(
            f"{task:{width}}  {outlook.expected[task]:5d} runs, {outlook.done[task]} recorded, {left} to do{each}"
        )
    extra = f" (up to {most} if grids are extended)" if most > expected else ""
    click.echo(f"\n{expected} runs{extra}, {done} of them recorded already")
    if all(task in seconds for task, left in outlook.left.items() if left):
        work = sum(left * seconds[task] for task, left in outlook.left.items() if left)
        workers = sum(map(len, plan.work.slots.values()))
        click.echo(f"Time: about {duration(work / workers)} on {workers} workers, measured by a few steps of each task")
    return 0
