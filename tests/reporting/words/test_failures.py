from __future__ import annotations

from dataclasses import replace

import pytest

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import Condition
from optbench.analysis.failed_tasks import FailedTask
from optbench.analysis.failures import Failure, SharedFailure
from optbench.reporting.many import MANY
from optbench.reporting.words.failures import failures
from optbench.suite.cell import Entry
from tests.support.campaign import OPTIMIZERS

HERE = Condition("standard", "cpu", "")


@pytest.fixture
def sound(analysis: Analysis) -> Analysis:
    """Everything has completed."""
    return replace(analysis, failures=(), shared_failures=(), failed_tasks=())


@pytest.fixture
def crowd(sound: Analysis) -> Analysis:
    """The same with more entries than are shown one by one."""
    (source,) = sound.results.sources
    others = tuple(Entry(name=f"o{i}", component="x", lr_ref=0.1) for i in range(MANY))
    suite = source.suite.model_copy(update={"optimizers": (*OPTIMIZERS, *others)})
    return replace(sound, results=replace(sound.results, sources=(replace(source, suite=suite),)))


def test_where_everything_completed_nothing_is_said(sound: Analysis, crowd: Analysis) -> None:
    assert failures(sound) == failures(crowd) == ()


@pytest.mark.parametrize(
    ("status", "one", "several"),
    [
        ("diverged", "1 report run diverged", "3 report runs diverged"),
        ("failed", "1 run failed", "3 runs failed"),
        ("crashed", "1 run crashed", "3 runs crashed"),
        ("timeout", "1 run ran out of time", "3 runs ran out of time"),
        ("out_of_memory", "1 run ran out of memory", "3 runs ran out of memory"),
        ("skipped", "1 report run skipped", "3 report runs skipped"),
    ],
)
def test_every_status_in_the_singular_and_the_plural(sound: Analysis, status: str, one: str, several: str) -> None:
    found = [Failure(HERE, "adam", status, n, ("boom.",), ("chars",)) for n in (1, 3)]
    sentences = [finding.sentence for finding in failures(replace(sound, failures=tuple(found)))]
    assert sentences == [f"{one} (boom) on chars.", f"{several} (boom) on chars."]


@pytest.mark.parametrize(
    ("reasons", "text"),
    [
        ((), "2 runs failed on chars."),
        (("boom", "bang"), "2 runs failed (boom and 1 other reason) on chars."),
        (("boom", "bang", "hiss"), "2 runs failed (boom and 2 other reasons) on chars."),
    ],
    ids=["none", "two", "three"],
)
def test_other_reasons_are_counted(sound: Analysis, reasons: tuple[str, ...], text: str) -> None:
    (finding,) = failures(replace(sound, failures=(Failure(HERE, "adam", "failed", 2, reasons, ("chars",)),)))
    assert (finding.subject, finding.sentence) == ("adam", text)


def test_a_failed_task_comes_first_with_its_error_once(sound: Analysis) -> None:
    task = FailedTask(HERE, "digits-mlp", "failed", 36, ("TypeError: no.",), ("adam", "sgd"))
    other = Failure(HERE, "adam", "crashed", 1, ("signal 11",), ("chars",))
    first, second = failures(replace(sound, failed_tasks=(task,), failures=(other,)))
    assert (first.subject, first.sentence) == ("digits-mlp", "36 runs of 2 entries failed (TypeError: no).")
    assert second.subject == "adam"


def test_a_diverged_task_does_not_speak_of_report_runs_only(sound: Analysis) -> None:
    task = FailedTask(HERE, "chars", "diverged", 8, ("nan at step 1", "nan at step 2"), ("adam", "sgd"))
    (finding,) = failures(replace(sound, failed_tasks=(task,)))
    assert finding.sentence == "8 runs of 2 entries diverged (nan at step 1, or the like)."


def test_a_task_that_failed_for_one_entry_alone_is_told_of_the_entry(sound: Analysis) -> None:
    task = FailedTask(HERE, "chars", "failed", 3, ("boom",), ("adam",))
    own = Failure(HERE, "adam", "failed", 3, ("boom",), ("chars",))
    (finding,) = failures(replace(sound, failed_tasks=(task,), failures=(own,)))
    assert finding.subject == "adam"


@pytest.mark.parametrize(
    ("missing", "text"),
    [(1, "1 of 6 report runs is still missing."), (4, "4 of 6 report runs are still missing.")],
)
def test_what_has_not_been_run_is_told(sound: Analysis, missing: int, text: str) -> None:
    totals = sound.totals.assign(missing=sound.totals["optimizer"].eq("adamw") * missing)
    (finding,) = failures(replace(sound, totals=totals))
    assert (finding.subject, finding.sentence) == ("adamw", text)


def test_failures_of_many_are_told_by_reason(crowd: Analysis) -> None:
    kind = SharedFailure(HERE, "failed", 7, ("boom",), ("a", "b", "c", "d", "e", "f"), ("chars",))
    overall, told = failures(replace(crowd, shared_failures=(kind,)))
    assert overall.sentence == "4 of 4 optimizers completed every report run."
    assert told.subject == "7 runs failed"
    assert told.sentence == "6 optimizers on chars (boom): a, b, c, d, e and f."
    brief = failures(replace(crowd, shared_failures=(kind,)), brief=True)[-1]
    assert brief.sentence == "6 optimizers on chars (boom): a, b, c, d and 2 more."


def test_long_reasons_of_many_are_shortened(crowd: Analysis) -> None:
    kind = SharedFailure(HERE, "failed", 1, ("word " * 100,), ("a",), ("chars",))
    sentence = failures(replace(crowd, shared_failures=(kind,)))[-1].sentence
    assert sentence.startswith("1 optimizer on chars (word word") and sentence.endswith(" [...]): a.")
    assert len(sentence) < 240
