"""The cause of a stale record, in words."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from optbench.runs.spec import RunSpec
from optbench.runs.staleness import UNRECORDED, cause, changes_in_sources
from tests.runs.test_spec import SPEC, changed

FOUR = ("a.py", "b.py", "c.py", "d.py")
Sources = Mapping[str, Mapping[str, str]]


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        ({"m": {"a.py": "0"}}, {"m": {"a.py": "0"}}, ""),
        ({"m": {"a.py": "0"}}, {"m": {"a.py": "1"}}, "a.py changed"),
        ({"m": {"a.py": "0"}, "o": {"b.py": "0"}}, {"m": {"a.py": "1"}, "o": {"b.py": "1"}}, "a.py and b.py changed"),
        ({"m": dict.fromkeys(FOUR, "0")}, {"m": dict.fromkeys(FOUR, "1")}, "a.py and 3 other files changed"),
        ({"m": {"a.py": "0"}}, {"m": {"a.py": "0", "b.py": "0"}}, "b.py is new"),
        ({"m": {"a.py": "0", "b.py": "0"}}, {"m": {"a.py": "0"}}, "b.py is gone"),
        ({"m": {"a.py": "0"}}, {}, "a.py is gone"),
        ({}, {"m": {"a.py": "0"}}, "the content of a.py was not recorded"),
        ({"o": {"lion_pytorch": "0.1"}}, {"o": {"lion_pytorch": "0.2"}}, "lion_pytorch is version 0.2 now (was 0.1)"),
    ],
)  # fmt: skip
def test_changes_in_sources(then: Sources, now: Sources, words: str) -> None:
    assert changes_in_sources(then, now) == words


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        (SPEC, SPEC, ""),
        (SPEC, changed(data_checksum="1"), "data set 'diabetes' changed"),
        (changed(data_checksum=UNRECORDED), SPEC, "the content of data set 'diabetes' was not recorded"),
        (SPEC, changed(revisions={"optimizer": 2}), "optimizer 'adam' is revision 2 now (was 1)"),
        (SPEC, changed(component="sgd"), "optimizer 'adam' is sgd now (was adam)"),
        (SPEC, changed(schedule="warmup-cosine"), "optimizer 'adam': schedule changed from constant to warmup-cosine"),
        (SPEC, changed(hyperparameters={"lr": 0.1, "beta": 0.9}), "optimizer 'adam': beta is new (0.9)"),
        (changed(hyperparameters={"lr": 0.1, "beta": 0.9}), SPEC, "optimizer 'adam': beta is gone (was 0.9)"),
        (SPEC, changed(task=SPEC.task.model_copy(update={"steps": 4})), "task 't': steps changed from 3 to 4"),
        (SPEC, changed(task=SPEC.task.model_copy(update={"model_options": {"width": 4}})),
         "task 't': model_options.width is new (4)"),
        (SPEC, changed(task=SPEC.task.model_copy(update={"dataset": "line"}), data_checksum="1"),
         "task 't': dataset changed from diabetes to line"),
        (SPEC, changed(task=SPEC.task.model_copy(update={"description": "words"})), ""),
    ],
)  # fmt: skip
def test_causes(then: RunSpec, now: RunSpec, words: str) -> None:
    assert cause(then, now) == words
