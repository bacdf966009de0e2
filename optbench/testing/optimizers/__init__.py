"""The checks of optimizers, by what they are about."""

from optbench.testing.optimizers import building, declared, descent, groups, manners, state, tensors

CHECKS = (
    *building.CHECKS,
    *descent.CHECKS,
    *state.CHECKS,
    *groups.CHECKS,
    *tensors.CHECKS,
    *manners.CHECKS,
    *declared.CHECKS,
)
