"""An optimizer with its weight decay off, and on: what it does in the one case it may not do in the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import wraps

from optbench.components.optimizer import Optimizer
from optbench.testing.check import NotApplicable, Violation

DECAY = 0.1
"""Weight decay of an optimizer that is examined with it on."""

Examination = Callable[[Optimizer], None]


def decaying(component: Optimizer, weight_decay: float) -> Optimizer:
    """Return an optimizer with this weight decay by default; itself where it has none."""
    if "weight_decay" not in component.defaults:
        return component
    space = {name: space for name, space in component.space.items() if name != "weight_decay"}
    return dataclasses.replace(component, defaults={**component.defaults, "weight_decay": weight_decay}, space=space)


def off_and_on(examination: Examination) -> Examination:
    """Examine an optimizer with its weight decay off, then on; a finding says so where it is seen with decay only."""

    @wraps(examination)
    def examined(component: Optimizer) -> None:
        examination(decaying(component, 0.0))
        if "weight_decay" not in component.defaults:
            return
        try:
            examination(decaying(component, DECAY))
        except (Violation, NotApplicable) as seen:
            raise type(seen)(f"with weight_decay={DECAY:g}: {seen}") from seen
        except Exception as error:
            raise Violation(f"with weight_decay={DECAY:g}: {type(error).__name__}: {error}") from error

    return examined


def off_and_on_with_the_rate(examination: Examination) -> Examination:
    """Examine an optimizer with its weight decay off, and on too where decay is declared to follow the rate."""
    both = off_and_on(examination)

    @wraps(examination)
    def examined(component: Optimizer) -> None:
        follows = component.weight_decay_mode in ("l2", "decoupled_lr")
        both(component) if follows else examination(decaying(component, 0.0))

    return examined
