"""Runs of different lengths never stand side by side."""

from __future__ import annotations

import pytest

from optbench.errors import ResultsError
from optbench.store.horizons import refuse_mixed_horizons
from tests.support.campaign import TASKS, Folder, campaign


def test_a_task_that_is_not_as_long_in_two_folders_is_refused() -> None:
    short = TASKS[0].model_copy(update={"steps": TASKS[0].steps // 2})
    with pytest.raises(ResultsError, match=r"task 'quadratic' has 200 steps in 'standard' and 100 in 'other'"):
        refuse_mixed_horizons(campaign(Folder(), Folder(label="other", tasks=(short,))).sources)


def test_tasks_of_one_length_may_differ_otherwise() -> None:
    other = TASKS[0].model_copy(update={"batch_size": 32})
    refuse_mixed_horizons(campaign(Folder(), Folder(label="other", tasks=(other,))).sources)
