"""The tidy frame: the order of its columns."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from optbench.store.curves import Curves
from optbench.store.frame import COLUMNS, DIAGNOSTIC, tidy_frame


def order(*runs: list[str]) -> list[str]:
    curves = Curves()
    for i, names in enumerate(runs):
        curves.add(("", i), [{f"{DIAGNOSTIC}{name}": 1.0 for name in names}])
    facts = [{"source": "", "run_id": i, "chosen": False, "edge": False} for i in range(len(runs))]
    frame = tidy_frame(facts, curves)
    assert list(frame)[: len(COLUMNS)] == list(COLUMNS)
    return [str(column).removeprefix(DIAGNOSTIC) for column in list(frame)[len(COLUMNS) :]]


def test_layers_of_one_network_stay_between_each_other_where_another_has_other_ones() -> None:
    """A plain network's layers are 0, 2, 4, …; with batch normalisation they are 0, 3, 6, …"""
    plain, normalised = ["0", "2", "4", "6", "8", "out"], ["0", "3", "6", "9", "out"]
    for runs in ([plain, normalised], [normalised, plain], [["0"], plain, normalised]):
        merged = order(*runs)
        assert [name for name in merged if name in plain] == plain
        assert [name for name in merged if name in normalised] == normalised


@given(st.permutations("abcdefgh"), st.lists(st.sets(st.sampled_from("abcdefgh")), min_size=1))
def test_every_runs_own_order_is_kept(order_of_all: Any, subsets: list[Any]) -> None:
    runs = [[name for name in order_of_all if name in subset] for subset in subsets]
    merged = order(*runs)
    assert sorted(merged) == sorted(set().union(*subsets))
    for names in runs:
        assert [name for name in merged if name in names] == names


def test_two_networks_that_contradict_each_other_leave_the_others_in_order() -> None:
    """GPT's last norm comes after its blocks, BERT's first one before them."""
    gpt, bert, deep = ["emb", "block0", "block1", "norm"], ["norm", "block0", "block1"], ["l0", "l2", "l4", "out"]
    merged = order(bert, ["l0", "out"], gpt, deep)
    for names in (gpt, deep, ["l0", "out"]):
        assert [name for name in merged if name in names] == names


@pytest.mark.parametrize("runs", [(["a", "b"], ["b", "a"]), (["a", "b"], ["b", "c"], ["c", "a"])])
def test_orders_that_contradict_each_other_still_give_every_column(runs: tuple[list[str], ...]) -> None:
    assert sorted(order(*runs)) == sorted({name for names in runs for name in names})


def test_rows_are_the_runs_in_their_order_with_their_points() -> None:
    curves = Curves()
    curves.add(("", "a"), [{"step": 0, "validation_loss": 2.0}, {"step": 5, "validation_loss": None}])
    curves.add(("", "unused"), [{"step": 7, f"{DIAGNOSTIC}odd": 1.0}])
    curves.add(("", "b"), [{"step": 1, "validation_loss": 3.0, f"{DIAGNOSTIC}norm": 4.0}])
    curves.add(("", "empty"), [])
    facts = [{"source": "", "run_id": i, "lr": lr, "chosen": 1, "edge": 0} for lr, i in enumerate(("b", "empty", "a"))]
    frame = tidy_frame(facts, curves)
    assert list(frame)[len(COLUMNS) :] == [f"{DIAGNOSTIC}norm"]
    rows = frame[["run_id", "lr", "step", "validation_loss", f"{DIAGNOSTIC}norm"]].astype(object)
    assert rows.where(rows.notna(), None).to_numpy().tolist() == [
        ["b", 0.0, 1.0, 3.0, 4.0],
        ["empty", 1.0, None, None, None],
        ["a", 2.0, 0.0, 2.0, None],
        ["a", 2.0, 5.0, None, None],
    ]
    assert tidy_frame([], Curves()).empty
