from __future__ import annotations

from optbench.analysis.analysis import analyse
from optbench.components.task import Target
from optbench.reporting.tables.targets import targets_table
from tests.support.campaign import TASKS, Folder, campaign


def test_targets_that_tell_nothing_apart_are_named_under_the_table() -> None:
    targets = (Target(name="easy", value=0.0), Target(name="good", value=0.957), Target(name="never", value=1.0))
    task = TASKS[1].model_copy(update={"targets": targets})
    caption = targets_table(analyse(campaign(Folder(tasks=(task,), protocol="defaults")))).caption
    assert "No run reaches digits-mlp (never), which tells entries not apart." in caption
    assert "reach at the first evaluation point digits-mlp (easy), which" in caption
    assert "(good)" not in caption


def test_times_of_several_machines_are_not_shown_together() -> None:
    def heads(*folders: Folder) -> list[str]:
        return [head.text for head in targets_table(analyse(campaign(*folders))).columns]

    one, other = Folder(protocol="defaults"), Folder(label="other", machine="d4e5f6", protocol="defaults")
    assert "training time" in heads(one)
    assert "training time" not in heads(one, other)
