"""Profiles: the same suite as a quick look, as the default, or for a paper."""

from __future__ import annotations

from optbench.registry.task import Task
from optbench.suite.suite import Profile, Protocol

SMOKE_STEPS_DIVISOR = 8


def profiled_protocol(protocol: Protocol, profile: Profile) -> Protocol:
    """Return the protocol under a profile.

    `smoke`: one learning rate a decade, one tuning seed, two report seeds, two folds, no edge extension.
    `paper`: at least three learning rates a decade and ten report seeds.
    """
    if profile == "smoke":
        changes = {
            "points_per_decade": 1,
            "finalists": 1,
            "edge_extensions": 0,
            "tune_seeds": protocol.tune_seeds[:1],
            "report_seeds": protocol.report_seeds[:2],
            "folds": 2,
        }
    elif profile == "paper":
        first_fresh = max(*protocol.report_seeds, *protocol.tune_seeds) + 1
        missing = max(0, 10 - len(protocol.report_seeds))
        changes = {
            "points_per_decade": max(3, protocol.points_per_decade),
            "report_seeds": (*protocol.report_seeds, *range(first_fresh, first_fresh + missing)),
        }
    else:
        changes = {}
    return Protocol.model_validate(protocol.model_dump() | changes)


def profiled_task(task: Task, profile: Profile) -> Task:
    """Return the task under a profile.

    `smoke` trains for an eighth of the steps and evaluates three times, no more examples at the end than in between.
    """
    if profile != "smoke":
        return task
    steps = max(2, task.steps // SMOKE_STEPS_DIVISOR)
    return task.model_copy(update={"steps": steps, "evaluations": 3, "final_examples": task.eval_examples})
