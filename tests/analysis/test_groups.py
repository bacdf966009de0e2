from __future__ import annotations

import math

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from optbench.analysis.groups import positions

keys = st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([1.0, 2.0, math.nan]))


@given(st.lists(keys, max_size=12))
def test_positions_are_those_of_the_groups_in_the_order_in_which_they_appear(rows: list[tuple[str, float]]) -> None:
    found = positions(pd.DataFrame(rows, columns=["name", "number"]).astype({"number": float}), ["name", "number"])
    there = list(dict.fromkeys(row for row in rows if not math.isnan(row[1])))
    assert {key: own.tolist() for key, own in found.items()} == {
        key: [i for i, row in enumerate(rows) if row == key] for key in there
    }
    assert list(found) == there
