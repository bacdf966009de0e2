"""The table of differences from the reference, as it is read."""

from __future__ import annotations

import dataclasses

import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.reporting.tables.differences import differences_table
from optbench.reporting.tables.table import Table
from tests.support.campaign import campaign


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analyse(campaign())


def as_rows(table: Table) -> dict[str, dict[str, str]]:
    """The texts of a table by those of its first column, and by the columns' names."""
    names = [column.text for column in table.columns]
    return {row[0].text: dict(zip(names, (cell.text for cell in row), strict=True)) for row in table.rows}


def test_a_sign_stands_where_the_interval_decides(analysis: Analysis) -> None:
    data = analysis.differences.assign(difference=0.5, low=0.3, high=0.7)
    table = differences_table(dataclasses.replace(analysis, differences=data))
    assert table.title == "Differences from sgd"
    momentum = as_rows(table)["momentum"]
    assert momentum["quadratic: test loss"] == "+0.50 ± 0.20 ▼"
    assert momentum["digits-mlp: test accuracy (%)"] == "+50 ± 20 ▲"


@pytest.mark.parametrize("difference", [-0.01, 0.01])
def test_what_rounds_to_zero_has_no_sign(analysis: Analysis, difference: float) -> None:
    data = analysis.differences.assign(difference=difference, low=difference - 30, high=difference + 30)
    table = differences_table(dataclasses.replace(analysis, differences=data))
    assert as_rows(table)["momentum"]["quadratic: test loss"] == "0 ± 30"


def test_what_could_not_be_compared_is_a_dash_and_the_reference_has_no_row(analysis: Analysis) -> None:
    rows = as_rows(differences_table(analysis))
    assert "sgd" not in rows
    assert rows["adamw"]["chars: test loss"] == "–"
