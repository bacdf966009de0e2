from __future__ import annotations

from optbench.analysis.analysis import analyse
from optbench.reporting.tables.main import main_table
from tests.support.campaign import TASKS, Folder, campaign


def test_it_says_where_the_best_weights_count_and_not_the_last() -> None:
    tasks = (TASKS[1], TASKS[2].model_copy(update={"primary": "best"}))
    sentence = (
        "On chars the weights with the best validation value at an evaluation point count, elsewhere the last ones."
    )
    last, best = (
        main_table(analyse(campaign(Folder(tasks=chosen, protocol="defaults")))) for chosen in (TASKS[1:], tasks)
    )
    assert sentence in best.caption
    assert "the last ones" not in last.caption
