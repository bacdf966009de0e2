"""Shards of a campaign: each cell in exactly one, whatever the order, and as even as can be."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.errors import UsageError
from optbench.options import parse_options
from optbench.suite.cell import Cell, Entry, SuiteTask
from optbench.suite.protocols.kfold import KFold
from optbench.suite.shard import Shard
from tests.suite.test_protocol import TASK


def cells(tasks: int, entries: int) -> list[Cell]:
    return [
        Cell(
            suite_task=SuiteTask(
                task=TASK.model_copy(update={"name": f"t{task}"}),
                data_checksum="0",
                revisions={"model": 1, "dataset": 1},
            ),
            entry=Entry(name=f"o{entry}", component="o", lr_ref=0.1),
            device="cpu",
            fold=fold,
        )
        for task in range(tasks)
        for entry in range(entries)
        for fold in KFold(folds=2).each_fold()
    ]


def names(found: list[Cell]) -> set[tuple[object, ...]]:
    return {(*cell.key, cell.fold.index) for cell in found}


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 12), st.integers(0, 9))
def test_every_cell_is_in_one_shard_whatever_their_order(tasks: int, entries: int, of: int, seed: int) -> None:
    whole = cells(tasks, entries)
    parts = [Shard(i, of).part(whole) for i in range(1, of + 1)]
    assert Counter(name for part in parts for name in names(part)) == Counter(names(whole))
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    shuffled = random.Random(seed).sample(whole, len(whole))
    assert [names(Shard(i, of).part(shuffled)) for i in range(1, of + 1)] == [names(part) for part in parts]


def test_the_cells_of_a_shard_keep_their_order() -> None:
    whole = cells(3, 3)
    part = Shard(2, 4).part(whole)
    assert part == [cell for cell in whole if cell in part]


@pytest.mark.parametrize("written", ["0/4", "5/4", "1", "1/0", "a/b", "-1/4", "1/4/2", ""])
def test_what_is_no_shard_is_one_line(written: str) -> None:
    with pytest.raises(
        UsageError, match="option shard: must be I/N, the part I of N, counted from 1, such as 2/8, not"
    ):
        parse_options({"shard": written})


def test_a_shard_is_written_as_it_is_read() -> None:
    assert str(parse_options({"shard": "2/8"}).shard) == "2/8"
