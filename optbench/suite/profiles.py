"""Profiles: the same suite as a quick look, as the default, or for a paper."""

from __future__ import annotations

from optbench.components.task import Task
from optbench.suite.protocols.protocol import Protocol
from optbench.suite.suite import Profile

SMOKE_STEPS_DIVISOR = 8


def profiled_protocol(protocol: Protocol, profile: Profile) -> Protocol:
    """Return the protocol under a profile."""
    if profile == "smoke":
        return protocol.smoke()
    return protocol.paper() if profile == "paper" else protocol


def profiled_task(task: Task, profile: Profile) -> Task:
    """Return the task under a profile.

    `smoke` trains for an eighth of the steps and evaluates three times, no more examples at the end than in between.
    """
    if profile != "smoke":
        return task
    steps = max(2, task.steps // SMOKE_STEPS_DIVISOR)
    return task.model_copy(update={"steps": steps, "evaluations": 3, "final_examples": task.eval_examples})
