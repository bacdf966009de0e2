from __future__ import annotations

import subprocess
import sys

from optbench.builtin import plugin


def test_the_hooks_provide_every_table() -> None:
    assert {o.name for o in plugin.optbench_optimizers()} >= {"sgd", "adam", "muon"}
    assert {m.name for m in plugin.optbench_models()} >= {"lenet", "transformer"}
    assert {d.name for d in plugin.optbench_datasets()} >= {"mnist", "digits"}
    assert {t.name for t in plugin.optbench_tasks()} >= {"mnist-cnn", "digits-cnn"}


def test_the_tables_import_nothing_heavy() -> None:
    command = "import sys, optbench.builtin.plugin; print([m for m in sys.argv[1:] if m in sys.modules])"
    heavy = ["torch", "sklearn", "scipy", "pandas", "matplotlib"]
    done = subprocess.run([sys.executable, "-c", command, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
