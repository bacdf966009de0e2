from __future__ import annotations

import pytest

from optbench.analysis.analysis import analyse
from optbench.reporting.tables.tuned import tuned_table
from optbench.suite.cell import Entry
from tests.reporting.test_effort import column
from tests.support.campaign import TASKS, Folder, campaign


@pytest.mark.parametrize("mode", ["l2", "decoupled_lr", "mode not declared"])
def test_weight_decay_stands_with_its_meaning_and_its_product_with_the_rate(mode: str) -> None:
    entries = (
        Entry(name="without", component="sgd", lr_ref=0.1),
        Entry(name="off", component="o", lr_ref=0.1, hyperparameters={"weight_decay": 0.0}, weight_decay_mode=mode),
        Entry(name="on", component="o", lr_ref=0.01, hyperparameters={"weight_decay": 0.2}, weight_decay_mode=mode),
    )
    table = tuned_table(analyse(campaign(Folder(tasks=TASKS[:1], optimizers=entries, protocol="defaults"))))
    assert column(table, "weight decay") == ["", "0", f"0.2 ({mode})"]
    assert column(table, "lr × decay") == ["", "", "0.002"]
