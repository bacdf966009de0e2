"""What is measured of each optimizer with optbench's conformance kit: what its weight decay does, what it lacks."""

from __future__ import annotations

import dataclasses
from typing import get_args

import optbench
import torch
from optbench.testing import CHECKS, Check, Finding, Outcome, examine


def weight_decay_modes(component: optbench.Optimizer) -> tuple[optbench.WeightDecayMode, ...]:
    """Return the modes that the kit finds its weight decay to have, on a linear loss in float64.

    None fits where weight decay means something else; two fit where they are the same, as for plain SGD.
    """
    (decay,) = (check for check in CHECKS["optimizer"] if check.name == "weight-decay")
    if "weight_decay" not in component.defaults:
        return ("none",)
    variants = (dataclasses.replace(component, weight_decay_mode=mode) for mode in get_args(optbench.WeightDecayMode))
    return tuple(v.weight_decay_mode for v in variants if _finding(decay, v).outcome is Outcome.PASSED)


def failures(component: optbench.Optimizer) -> dict[str, str]:
    """Return what the kit saw, by the name of the check, where the component does not do what is expected."""
    torch.set_num_threads(1)
    findings = [_finding(check, dataclasses.replace(component, limits={})) for check in CHECKS["optimizer"]]
    return {finding.check: finding.seen for finding in findings if finding.outcome is Outcome.FAILED}


def _finding(check: Check, component: optbench.Optimizer) -> Finding:
    return examine(check, "optimizer", component.name, lambda: component)
