"""Cross-validation: what each fold holds, what is refused, and a campaign over folds from one end to the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import optbench
from optbench.analysis.analysis import analyse
from optbench.components.dataset import Split, Splits
from optbench.errors import SuiteError, UsageError
from optbench.runs.spec import Fold
from optbench.store.load import read_results
from optbench.training.folds import refolded


def splits(size: int, classes: int | None = None) -> Splits:
    """Numbered examples, in three parts; of classes in turn, or with a real target."""
    number = torch.arange(size)
    targets = number.float()[:, None] if classes is None else number % classes
    cut = torch.split(number, [size // 2, size // 4, size - size // 2 - size // 4])
    train, validation, test = (Split(number[part], targets[part]) for part in cut)
    return Splits(train, validation, test, outputs=classes or 1)


def members(split: Split) -> set[int]:
    return set(split.inputs.tolist())


@given(size=st.integers(60, 120), of=st.integers(2, 5), splitter=st.sampled_from(["k-fold", "stratified"]))
def test_each_example_is_tested_once_and_no_part_shares_any(
    size: int, of: int, splitter: Literal["k-fold", "stratified"]
) -> None:
    data = splits(size, classes=4)
    tested: list[int] = []
    for index in range(of):
        fold = refolded(data, Fold(splitter=splitter, index=index, of=of))
        train, validation, test = (members(part) for part in (fold.train, fold.validation, fold.test))
        assert len(train) + len(validation) + len(test) == len(train | validation | test) == size
        assert len(validation) == pytest.approx(0.2 * (size - len(test)), abs=1)
        tested += test
    assert sorted(tested) == list(range(size))


def test_stratified_folds_keep_the_share_of_each_class_in_every_part() -> None:
    number = torch.arange(300)
    train, validation, test = (Split(part, (part % 10 == 0).long()) for part in number.split(100))
    data = Splits(train, validation, test, outputs=2)
    for index in range(5):
        fold = refolded(data, Fold(splitter="stratified", index=index, of=5))
        for part in (fold.train, fold.validation, fold.test):
            assert part.targets.double().mean().item() == pytest.approx(0.1, abs=0.011)


def test_shuffled_splits_draw_each_test_part_anew() -> None:
    folds = [refolded(splits(100), Fold(splitter="shuffled", index=i, of=5)) for i in range(5)]
    assert [len(fold.test) for fold in folds] == [20] * 5
    assert len(set().union(*(members(fold.test) for fold in folds))) < 100


def test_a_fold_is_the_same_each_time() -> None:
    one, again = (refolded(splits(60, 3), Fold(splitter="stratified", index=2, of=4)) for _ in range(2))
    assert torch.equal(one.train.inputs, again.train.inputs)
    assert torch.equal(one.train.targets, one.train.inputs % 3)


def test_several_inputs_stay_together() -> None:
    def pairs(part: Split) -> Split:
        return Split((part.inputs, 10 * part.inputs), part.targets)

    whole = splits(60, 3)
    both = Splits(pairs(whole.train), pairs(whole.validation), pairs(whole.test), outputs=whole.outputs)
    fold = Fold(splitter="stratified", index=2, of=4)
    one, several = refolded(whole, fold), refolded(both, fold)
    assert torch.equal(several.test.inputs[0], one.test.inputs)
    assert torch.equal(several.train.inputs[1], 10 * one.train.inputs)
    assert len(several.validation) == len(one.validation)


@pytest.mark.parametrize(
    ("data", "splitter", "of", "message"),
    [
        (splits(20), "k-fold", 21, "protocol.folds = 21: must not exceed the 20 examples; use fewer"),
        (splits(20, 4), "stratified", 6, "protocol.folds = 6: must not exceed the examples of the rarest class, 5"),
        (splits(20, 4), "stratified", 2, "'stratified': too few examples to hold some out: The test_size = 2"),
        (splits(20), "stratified", 2, "'stratified': needs one class for each example; use 'k-fold' or 'shuffled'"),
    ],
)
def test_what_cannot_be_split_is_the_users_mistake(
    data: Splits, splitter: Literal["k-fold", "stratified"], of: int, message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        refolded(data, Fold(splitter=splitter, index=0, of=of))
    assert message in str(raised.value)


SUITE = """
name = "cross"
protocol = { name = "kfold", folds = 3, decades = 2, points_per_decade = 1, tune_seeds = [0], edge_extensions = 0 }
tasks = [{ name = "digits", model = "linear", dataset = "digits", metric = "accuracy", steps = 60, small = true }]
optimizers = ["sgd", "adam"]
"""


def test_a_campaign_tunes_in_each_fold_and_reports_one_run_of_each(
    write_suite: Callable[[str], Path], tmp_path: Path, no_figures: None
) -> None:
    finished = optbench.run(write_suite(SUITE), results=tmp_path / "results", devices=["cpu"])
    runs = optbench.load_results(finished.folder).drop_duplicates("run_id")
    assert set(runs.status) == {"completed"}
    assert runs.groupby(["optimizer", "fold", "phase"]).size().unstack().to_dict("list") == {
        "report": [1] * 6,
        "tune": [3] * 6,
    }
    report, tuned = runs[runs.phase == "report"], runs[runs.phase == "tune"]
    best = tuned.loc[tuned.groupby(["optimizer", "fold"]).final_validation_metric.idxmax()]
    assert report.set_index(["optimizer", "fold"]).lr.to_dict() == best.set_index(["optimizer", "fold"]).lr.to_dict()
    assert report.chosen.all()
    assert tuned.final_test_metric.isna().all()

    page = finished.page.read_text()
    assert "3 stratified folds" in page
    adam = report[report.optimizer == "adam"].final_test_metric
    half = 4.302652729749464 * np.sqrt((1 / 3 + 1 / (0.8 * 2)) * adam.var(ddof=1))  # t with 2 degrees of freedom
    table = analyse(read_results([finished.folder])).quality.set_index("optimizer")
    assert table["half_width"]["adam"] == pytest.approx(half, rel=1e-9)


def test_a_task_that_is_not_small_is_refused(write_suite: Callable[[str], Path], tmp_path: Path) -> None:
    suite = write_suite(SUITE.replace(", small = true", ""))
    with pytest.raises(
        SuiteError, match="task 'digits': protocol kfold trains it a hundred times; if it is small, say"
    ):
        optbench.run(suite, results=tmp_path / "results", devices=["cpu"])
