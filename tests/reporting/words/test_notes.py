from __future__ import annotations

import dataclasses

import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.reporting.many import MANY
from optbench.reporting.words.notes import banner, changes, watermark, without
from optbench.suite.cell import Entry
from tests.support.campaign import OPTIMIZERS, Folder, campaign


@pytest.mark.parametrize(
    ("folder", "text"),
    [
        (Folder(), ""),
        (Folder(report_seeds=(1000, 1001)), "Exploratory: fewer than 5 report seeds."),
        (
            Folder(profile="smoke"),
            "Smoke profile: exploratory. It shows that everything runs, not which optimizer is better.",
        ),
    ],
    ids=["five seeds", "two seeds", "smoke"],
)
def test_what_is_no_evidence_is_called_exploratory(folder: Folder, text: str) -> None:
    assert banner(analyse(campaign(folder))) == text


def test_a_part_of_a_suite_is_called_one() -> None:
    part = Folder(left_out=("mnist-cnn", "adam"))
    partial, quick = (analyse(campaign(dataclasses.replace(part, profile=name))) for name in ("default", "smoke"))
    assert without(partial.results.sources[0].suite) == "Partial: suite standard without mnist-cnn and adam."
    assert banner(partial) == without(partial.results.sources[0].suite)
    assert banner(quick).endswith(f"which optimizer is better. {banner(partial)}")
    assert (watermark(partial), watermark(quick)) == ("partial", "exploratory")


def test_nothing_lies_across_the_page_of_a_whole_suite() -> None:
    assert watermark(analyse(campaign())) == without(campaign().sources[0].suite) == ""


def test_what_the_suite_changed_is_told(analysis: Analysis) -> None:
    assert changes(analysis.results.sources[0].suite) == (
        "Changed by the suite: adamw: weight_decay = 0.1 instead of 0.0."
    )


def test_where_nothing_was_changed_nothing_is_said() -> None:
    assert changes(campaign(Folder(optimizers=OPTIMIZERS[:1])).sources[0].suite) == ""


def test_changes_of_many_are_counted() -> None:
    entries = [Entry(name=f"o{i}", component="x", lr_ref=0.1, changed=("lr_ref = 0.1",)) for i in range(MANY + 1)]
    suite = campaign(Folder(optimizers=tuple(entries), protocol="defaults", report_seeds=(0,))).sources[0].suite
    assert changes(suite) == "The suite changed 21 of 21 entries; see tables/tuned.csv."
