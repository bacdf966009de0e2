"""The hook yields every row of the table, quickly, and imports nothing heavy."""

import json
import subprocess
import sys

import optbench
import pytest

from optbench_pytorch_optimizer import plugin

HEAVY = ("torch", "numpy", "pytorch_optimizer")


def test_every_row_becomes_a_component_of_its_own_name():
    names = [component.name for component in plugin.optbench_optimizers()]
    assert names == [row["name"] for row in json.loads(plugin.TABLE.read_text())]
    assert len(set(names)) == len(names) > 130
    assert all(name.startswith("po.") for name in names)


def test_calling_the_hook_imports_nothing_heavy():
    code = (
        "import sys; from optbench_pytorch_optimizer import plugin; list(plugin.optbench_optimizers()); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_what_is_in_use_by_default_may_be_tuned():
    space = plugin.space(1e-3, {"betas": [0.9, 0.98], "momentum": 0.9, "weight_decay": 0.01})
    assert space["lr"] == optbench.LogUniform(1e-6, 1.0)
    assert space["betas"] == optbench.Choice(((0.9, 0.98), *plugin.PAIRS))
    assert space["momentum"] == optbench.LogitUniform(0.5, 0.999)
    assert space["weight_decay"] == optbench.LogUniform(1e-4, 1.0)


@pytest.mark.parametrize("defaults", [{}, {"betas": [0.98, 0.92, 0.99]}, {"momentum": 0.1}, {"weight_decay": 0.0}])
def test_what_is_not_in_use_or_means_something_else_is_not_tuned(defaults):
    assert list(plugin.space(1.0, defaults)) == ["lr"]
