"""`optbench run --dry-run`: what would be run, on what, and how long it would take."""

from __future__ import annotations

from optbench.cli.output import Output
from optbench.plan import Plan
from optbench.progress import duration
from optbench.wording import plural


def describe(plan: Plan, output: Output) -> int:
    """Print the plan and return the exit code."""
    resolved, outlook = plan.suite, plan.campaign.outlook()
    done, expected, most = sum(outlook.done.values()), sum(outlook.expected.values()), plan.campaign.most()
    devices = {kind: [place.hardware for place in places] for kind, places in plan.places.items()}
    output.show(f"Suite {resolved.name}, profile {resolved.profile}, protocol {resolved.protocol.name}")
    output.show(f"Results in {plan.store.root}" + (f", shard {plan.shard}" if plan.shard else ""))
    output.show(f"Optimizers: {', '.join(entry.name for entry in resolved.optimizers)}")
    for kind, hardware in devices.items():
        output.show(f"Device {kind}: {', '.join(dict.fromkeys(hardware))}; {plural(len(hardware), 'run')} at a time")
    output.show()
    width = max(map(len, outlook.expected), default=0)
    for task, left in outlook.left.items():
        known = (
            f"about {plan.seconds[task]:.1f} s each" if task in plan.seconds else "time unknown until its data is here"
        )
        runs = f"{outlook.expected[task]:5d} run{'s' * (outlook.expected[task] != 1)}"
        output.show(f"{task:{width}}  {runs}, {outlook.done[task]} recorded, {left} to do" + f", {known}" * bool(left))
    extra = f" (up to {most} if grids are extended)" if most > expected else ""
    output.show(f"\n{plural(expected, 'run')}{extra}, {done} of them recorded already")
    if plan.seconds_left is not None:
        took = f"about {duration(plan.seconds_left)} on {plural(plan.workers, 'worker')}"
        output.show(f"Time: {took}, measured by a few steps of each task")
    output.document(
        {
            "suite": resolved.name,
            "profile": resolved.profile,
            "protocol": resolved.protocol.name,
            "folder": plan.store.root,
            "optimizers": [entry.name for entry in resolved.optimizers],
            "devices": devices,
            "tasks": [
                {"task": task, "runs": runs, "recorded": outlook.done[task], "seconds_each": plan.seconds.get(task)}
                for task, runs in outlook.expected.items()
            ],
            "runs": expected,
            "most_runs": most,
            "recorded": done,
            "seconds_left": plan.seconds_left,
        }
    )
    return 0
