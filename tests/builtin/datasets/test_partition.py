from __future__ import annotations

import numpy as np

from optbench.builtin.datasets.partition import partition


def test_parts_are_disjoint_and_cover_everything() -> None:
    parts = partition(100, (60, 25), seed=0)
    assert [len(part) for part in parts] == [60, 25, 15]
    assert sorted(np.concatenate(parts).tolist()) == list(range(100))


def test_the_split_is_frozen() -> None:
    assert partition(8, (5,), seed=0)[0].tolist() == [6, 2, 1, 7, 3]
    assert partition(8, (5,), seed=1)[0].tolist() != [6, 2, 1, 7, 3]
