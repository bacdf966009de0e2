"""The main result: what is marked in it."""

from __future__ import annotations

import dataclasses

from optbench.analysis.analysis import analyse
from optbench.analysis.marks import MIXED
from tests.support.campaign import campaign


def test_what_another_version_of_torch_made_is_marked() -> None:
    results = campaign()
    frame = results.frame.assign(torch="2.13.0")
    assert not analyse(dataclasses.replace(results, frame=frame)).quality["mixed"].any()
    here = (frame.optimizer == "adamw") & (frame.task == "digits-mlp") & (frame.phase == "report")
    frame.loc[here & (frame.seed == frame.loc[here, "seed"].min()), "torch"] = "2.14.0"
    quality = analyse(dataclasses.replace(results, frame=frame)).quality
    marked = quality[quality["mixed"]]
    assert marked[["optimizer", "task"]].to_numpy().tolist() == [["adamw", "digits-mlp"]]
    assert quality["flags"].str.contains(MIXED.sign).equals(quality["mixed"])


def test_runs_that_name_no_version_are_not_marked() -> None:
    assert not analyse(campaign()).quality["mixed"].any()
