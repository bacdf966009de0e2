"""Parameter groups and learning rates: what a schedule, and a user, sets from outside."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from optbench.components.optimizer import Optimizer
from optbench.testing.check import NotApplicable, Violation, check
from optbench.testing.optimizers.variants import off_and_on, off_and_on_with_the_rate
from optbench.testing.trial import PATIENCE, Network, Slope, Trial, Weights, distance, size


class Pair(Weights):
    """Two matrices; the second takes part in the steps from `begins` up to `ends` only."""

    def __init__(self, begins: int = 0, ends: float = math.inf) -> None:
        super().__init__((4, 3), (3, 4))
        self.begins, self.ends = begins, ends

    def loss(self, step: int) -> Tensor:
        """Half the squared distance to somewhere else at each step, of those that take part."""
        taking_part = 2 if self.begins <= step < self.ends else 1
        pairs = list(zip(self.weights, self.draws[step % len(self.draws)], strict=False))[:taking_part]
        return 0.5 * torch.stack([(weight - centre).square().sum() for weight, centre in pairs]).sum()


@check("none-gradients", why="Heads and experts that a batch does not use have no gradient at that step.")
@off_and_on
def leaves_parameters_without_a_gradient_alone(component: Optimizer) -> None:
    """A parameter stays as it is while its gradient is None, before its first gradient and after its last one."""
    trial = Trial(component, Pair(begins=2, ends=2 + PATIENCE))
    before, between, after = trial.moves(2), trial.moves(PATIENCE), trial.moves(2)
    for step, (_, late) in (*enumerate(before, 1), *enumerate(after, 3 + PATIENCE)):
        if size([late]):
            raise Violation(f"step {step} moves the parameter without a gradient by up to {size([late]):.3g}")
    if not any(size([used]) for used, _ in between):
        raise Violation(f"{PATIENCE} steps do not move the parameter that always has a gradient")
    if not any(size([late]) for _, late in between):
        raise Violation(f"{PATIENCE} steps after its first gradient the late parameter has not moved")


@check("frozen-parameters", why="Fine-tuning freezes most of a model and must leave it bit for bit.")
@off_and_on
def leaves_frozen_parameters_alone(component: Optimizer) -> None:
    """A model with frozen parameters can be trained, and they stay as they are."""
    problem = Network()
    problem.layers[0].requires_grad_(False)
    trial = Trial(component, problem)
    before = trial.weights
    moved = [size([b - a]) for a, b in zip(before, trial.run(PATIENCE).weights, strict=True)]
    if moved[0] or moved[1]:
        raise Violation(f"{PATIENCE} steps move a frozen parameter by up to {max(moved[:2]):.3g}")
    if not moved[2]:
        raise Violation(f"{PATIENCE} steps do not move the parameters that are not frozen")


@check("add-param-group", why="Layers that are unfrozen later are added as a group of their own.")
@off_and_on
def trains_an_added_group(component: Optimizer) -> None:
    """A group that is added in the middle of a run is trained, at its own learning rate."""
    trial = _with_second_group(component, lr=component.lr_ref)
    if "lr" not in trial.optimizer.param_groups[-1]:
        raise Violation("the added group has no lr")
    if not any(size([added]) for _, added in trial.moves(PATIENCE)):
        raise Violation(f"{PATIENCE} steps do not move the parameter of the added group")


@check("group-lr", why="Layer-wise rates and fine-tuning give each group its own learning rate.")
@off_and_on_with_the_rate
def follows_each_groups_rate(component: Optimizer) -> None:
    """A group with learning rate 0 stays as it is while another one moves, and its rate is its own."""
    moves = _with_second_group(component, lr=0.0).moves(PATIENCE)
    for _, added in moves:
        if size([added]):
            raise Violation(f"a step moves the group with lr = 0 by up to {size([added]):.3g}")
    if not any(size([first]) for first, _ in moves):
        raise Violation(f"{PATIENCE} steps do not move the other group, whose lr is not 0")
    once, twice = (_with_second_group(component, lr=k * component.lr_ref).run(PATIENCE).weights[1:] for k in (1, 2))
    if not distance(once, twice):
        raise Violation("twice its learning rate does not change the group's steps")


@check("group-weight-decay", why="Biases and norms are kept from decaying by a group of their own.")
def follows_each_groups_decay(component: Optimizer) -> None:
    """A group whose weight decay is 0 takes the steps that it takes where nothing decays."""
    if "weight_decay" not in component.defaults:
        raise NotApplicable("it has no hyper-parameter weight_decay")
    paths = []
    for weight_decay in (0.0, 0.1):
        trial = Trial(component, Slope((4, 3)), weight_decay=weight_decay)
        second = nn.Parameter(trial.problem.draws[1][0].clone())
        trial.problem.weights.append(second)
        trial.problem.draws = [[draw, -draw] for (draw,) in trial.problem.draws]
        trial.optimizer.add_param_group({"params": [second], "lr": component.lr_ref, "weight_decay": 0.0})
        paths.append(trial.ready().run(4).weights[1:])
    if (apart := distance(*paths)) > 1e-9 * size(paths[0]):
        raise Violation(f"four steps with the other group decaying differ by up to {apart:.3g}")


@check("lr-zero", why="A warm-up from 0 and a cosine to 0 have steps that must not move the weights.")
@off_and_on_with_the_rate
def stands_still_at_rate_zero(component: Optimizer) -> None:
    """With every learning rate at 0 the weights stay as they are, unless they decay whatever the rate is."""
    trial = Trial(component, Network()).run(2)
    trial.set_lr(0.0)
    for step, moved in enumerate(trial.moves(3), 1):
        if size(moved):
            raise Violation(f"step {step} moves the weights by up to {size(moved):.3g}")


@check("lr-schedule", why="An optimizer that keeps the rate it was built with ignores the task's schedule.")
@off_and_on_with_the_rate
def follows_a_schedule(component: Optimizer) -> None:
    """A learning rate that is lowered in the middle of a run makes the next step smaller."""
    normal, lowered = (Trial(component, Network()).begin(3) for _ in range(2))
    lowered.set_lr(0.1 * component.lr_ref)
    (step,), (smaller,) = normal.moves(1), lowered.moves(1)
    if not size(smaller) < size(step):
        raise Violation(f"a tenth of the learning rate gives a step of {size(smaller):.3g}, the whole {size(step):.3g}")


def _with_second_group(component: Optimizer, lr: float) -> Trial[Pair]:
    """Begin on the first matrix only, and add the second one as a group."""
    problem = Pair(begins=2)
    second = problem.weights[1]
    problem.weights = nn.ParameterList([problem.weights[0]])
    trial = Trial(component, problem)
    problem.weights.append(second)
    trial.run(2)
    trial.optimizer.add_param_group({"params": [second], "lr": lr})
    return trial.ready()


CHECKS = (
    leaves_parameters_without_a_gradient_alone,
    leaves_frozen_parameters_alone,
    trains_an_added_group,
    follows_each_groups_rate,
    follows_each_groups_decay,
    stands_still_at_rate_zero,
    follows_a_schedule,
)
