"""The checks of optimizers, by what they are about."""

from optbench.testing.optimizers import building, decay, declared, descent, groups, manners, precision, state, tensors

CHECKS = (
    *building.CHECKS,
    *descent.CHECKS,
    *state.CHECKS,
    *groups.CHECKS,
    *tensors.CHECKS,
    *precision.CHECKS,
    *manners.CHECKS,
    *decay.CHECKS,
    *declared.CHECKS,
)
