"""Building an optimizer: from its defaults, and from anywhere in its declared space."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from optbench.components.optimizer import Optimizer
from optbench.testing.check import Violation, check
from optbench.testing.trial import Network, Problem, Trial, finite
from optbench.training.small_model import LENGTH, WORDS, SmallModel

POINTS = 5
"""Random points of the space that are built."""


class Assortment(Problem):
    """The small model, which has one of each kind of layer that methods treat differently."""

    def __init__(self) -> None:
        super().__init__()
        self.model = SmallModel()

    def loss(self, step: int) -> Tensor:
        """Something smooth that every parameter takes part in."""
        logits: Tensor = self.model((torch.arange(WORDS * LENGTH) % WORDS).reshape(WORDS, LENGTH))
        return (logits - 1).square().mean()


@check("builds", why="Parameters that no group holds are never trained; a group without lr follows no schedule.")
def builds(component: Optimizer) -> None:
    """From its defaults it builds an optimizer whose groups hold each trainable parameter once, with its lr."""
    problem = Assortment()
    trial = Trial(component, problem)
    held = [id(p) for group in trial.optimizer.param_groups for p in group["params"]]
    for name, parameter in problem.named_parameters():
        if held.count(id(parameter)) != 1:
            raise Violation(
                f"parameter {name} of shape {tuple(parameter.shape)} is in {held.count(id(parameter))} groups"
            )
    for i, group in enumerate(trial.optimizer.param_groups):
        if not _is_rate(group.get("lr")):
            raise Violation(f"group {i} has lr = {group.get('lr')!r}")
    if not finite(trial.run(3).weights):
        raise Violation("weights are not finite after three steps at lr_ref on a small network")


@check("builds-from-space", why="A tuner that draws a point of the declared space would see every such run fail.")
def builds_from_its_space(component: Optimizer) -> None:
    """It builds, and makes a step, at random points of its declared space."""
    rng = np.random.default_rng(0)
    for _ in range(POINTS):
        point = {name: space.at(rng.random()) for name, space in component.space.items()}
        try:
            Trial(component, Network(), **point).run(2)
        except Exception as error:
            raise Violation(f"at {point}: {type(error).__name__}: {error}") from error


def _is_rate(value: object) -> bool:
    """Whether it is a number, or a tensor of one."""
    return value.numel() == 1 if isinstance(value, Tensor) else isinstance(value, float | int)


CHECKS = (builds, builds_from_its_space)
