from __future__ import annotations

import pandas as pd
import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.reporting.tables.across import across_table
from optbench.reporting.tables.main import main_table
from optbench.reporting.words.control import noise_floor
from tests.support.campaign import OPTIMIZERS, Folder, campaign

CONTROL = OPTIMIZERS[0].model_copy(update={"name": "sgd-control", "control_of": "sgd"})


@pytest.fixture(scope="module")
def without() -> Analysis:
    return analyse(campaign())


@pytest.fixture(scope="module")
def controlled() -> Analysis:
    return analyse(campaign(Folder(optimizers=(*OPTIMIZERS, CONTROL), places={"sgd-control": 0})))


def test_a_control_takes_part_in_no_comparison(without: Analysis, controlled: Analysis) -> None:
    pd.testing.assert_frame_equal(controlled.average_ranks, without.average_ranks)
    pd.testing.assert_frame_equal(controlled.across[0].table, without.across[0].table)
    pd.testing.assert_frame_equal(controlled.transfer, without.transfer)
    assert controlled.verdicts == without.verdicts
    assert controlled.quality.query("optimizer == 'sgd-control'")["rank"].isna().all()
    assert not any(row[0].text == "sgd-control" for row in across_table(controlled).rows)


def test_a_control_has_its_row_in_the_main_table_with_a_mark(controlled: Analysis) -> None:
    table = main_table(controlled)
    (row,) = (row for row in table.rows if row[0].text == "sgd-control")
    assert all("¤" in cell.text for cell in row[1:-1]) and not any(cell.best for cell in row)
    assert "¤ a control" in table.caption


def test_the_noise_floor_is_how_far_apart_the_two_end(without: Analysis, controlled: Analysis) -> None:
    floor = controlled.noise_floor.set_index("task")["difference"]
    means = controlled.quality.set_index(["optimizer", "task"])["mean"]
    for task in floor.index:
        assert floor[task] == pytest.approx(abs(means["sgd", task] - means["sgd-control", task]))
    (finding,) = noise_floor(controlled)
    assert finding.sentence.startswith(
        "the means of sgd and sgd-control, which differ in nothing but their seeds, are "
    )
    assert "percentage points on digits-mlp" in finding.sentence
    assert noise_floor(without) == ()


def test_a_control_without_a_result_has_no_noise_floor() -> None:
    crashed = analyse(
        campaign(
            Folder(
                optimizers=(*OPTIMIZERS, CONTROL),
                protocol="defaults",
                endings={"sgd-control": "crashed"},
                crashing=frozenset(),
            )
        )
    )
    assert crashed.noise_floor.empty and noise_floor(crashed) == ()
    assert any(failure.optimizer == "sgd-control" for failure in crashed.failures), "its failures are told"
