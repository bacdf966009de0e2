"""The optimizers do what optbench's conformance kit expects, but for the limits that the table declares."""

import pytest

from optbench_pytorch_optimizer.plugin import optbench_optimizers

BUILT_HERE = [c.name for c in optbench_optimizers() if str(c.build).startswith("optbench_pytorch_optimizer")]


@pytest.mark.optbench(*BUILT_HERE)
def test_what_is_built_here_conforms(conformance):
    conformance()


@pytest.mark.slow
@pytest.mark.optbench("optbench-pytorch-optimizer")
def test_all_conform(conformance):
    conformance()
