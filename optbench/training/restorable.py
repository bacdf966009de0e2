"""Whether an optimizer goes on from its `state_dict` as if nothing had happened: tried on a small model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import torch

from optbench.components.optimizer import Optimizer
from optbench.registry.explanation import one_line
from optbench.training.checkpoint import NotRestored, restore, snapshot
from optbench.training.clock import Clock
from optbench.training.digests import Digests, digests, module_digests
from optbench.training.loop import train
from optbench.training.small_model import small_training
from optbench.training.state import TrainingState
from optbench.training.training import Training

BEFORE, AFTER = 13, 30
"""Steps before and after the interruption: no multiple of the usual periods, and time for last digits to show."""
EVALUATED = (0, 4, BEFORE, BEFORE + 6, BEFORE + AFTER)
"""When weights are evaluated, for which some optimizers exchange them."""

Reloaded = Callable[[dict[str, Any]], dict[str, Any]]
"""Saves a snapshot and loads it again."""

_CPU = torch.device("cpu")


def why_not_restorable(
    component: Optimizer, hyperparameters: Mapping[str, Any], total_steps: int, reloaded: Reloaded
) -> str:
    """Say why an optimizer cannot be restored in the middle of a run; empty where it can be.

    A small run is compared bit for bit with one that is interrupted, and the optimizer must not keep anything that
    changes from step to step anywhere but in its `state_dict`.
    """
    if reason := component.limits.get("state-dict"):
        return f"its optimizer does not go on from its state_dict: {reason}"

    def built() -> tuple[Training, TrainingState]:
        run = small_training(component, hyperparameters, total_steps, BEFORE + AFTER, lambda step: 1 / (1 + step))
        return dataclasses.replace(run, evaluation_steps=EVALUATED), TrainingState(Clock(_CPU))

    seen: dict[int, Digests] = {}
    content: dict[str, Any] = {}
    try:
        run, state = built()
        modules = module_digests(run.model)

        def look() -> None:
            if state.step in (1, BEFORE):
                seen[state.step] = digests(vars(run.optimizer), run.model.parameters())
            if state.step == BEFORE:
                content.update(reloaded(snapshot(run, state, modules)))

        train(run, state, lambda point: None, look)
        again, restored = built()
        restore(again, restored, content)
        now = digests(vars(again.optimizer), again.model.parameters())
        moved = [place for place, digest in seen[BEFORE].items() if seen[1].get(place) != digest]
        if lost := [place for place in moved if now.get(place) != seen[BEFORE][place]]:
            return f"its optimizer keeps {lost[0]} outside of its state_dict"
        train(again, restored, lambda point: None)
    except NotRestored as error:
        return f"on a small model {error}"
    except Exception as error:
        return f"its optimizer cannot be tried on a small model ({one_line(error)})"
    ends = [
        (digests(of.losses), digests(trained.model.state_dict())) for trained, of in ((run, state), (again, restored))
    ]
    return "" if ends[0] == ends[1] else "on a small model its optimizer goes on otherwise from its state_dict"
