"""`KFold`: cross-validation, tuned anew in each fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Self

from pydantic import Field

from optbench.components.task import Task
from optbench.errors import UsageError
from optbench.runs.spec import Fold, Splitter
from optbench.suite.protocols.lr_grid import LrGrid
from optbench.suite.protocols.protocol import Seeds

INNER_SHARE = 0.2
"""Share of a fold's training part that is held out for tuning."""

_KINDS: dict[Splitter, str] = {
    "k-fold": "folds in the data's order",
    "stratified": "stratified folds",
    "shuffled": "shuffled splits",
}


class KFold(LrGrid):
    """Splits a task's data into training, validation and test data `folds` times, for tasks that say they are `small`.

    By scikit-learn's KFold (`k-fold`), StratifiedKFold (`stratified`) or ShuffleSplit (`shuffled`). In each fold it
    tunes as `lr-grid` does, on a fifth of the training part, and reports one run.
    """

    name: Literal["kfold"] = "kfold"  # type: ignore[assignment]
    folds: int = Field(default=5, ge=2, le=100)
    splitter: Splitter = "stratified"

    def each_fold(self) -> tuple[Fold | None, ...]:
        """Return the folds."""
        return tuple(Fold(splitter=self.splitter, index=i, of=self.folds) for i in range(self.folds))

    def report_runs(self) -> int:
        """One for each fold."""
        return self.folds

    def with_report_seeds(self, count: int) -> Self:
        """Refuse: each fold reports one run."""
        raise UsageError(
            f"{count} report seeds: protocol kfold reports one run of each fold; set protocol.folds instead"
        )

    def overlap(self) -> float:
        """Return test examples per training example of a fold."""
        return 1 / ((1 - INNER_SHARE) * (self.folds - 1))

    def seeds_to_report(self, fold: Fold | None) -> Seeds:
        """Return one seed for each fold, in turn."""
        assert fold is not None
        return (self.report_seeds[fold.index % len(self.report_seeds)],)

    def mistakes(self, tasks: Sequence[Task]) -> Iterator[str]:
        """Refuse tasks that do not say they are small."""
        for task in tasks:
            if not task.small:
                yield f"task {task.name!r}: protocol kfold trains it a hundred times; if it is small, say small = true"

    def describe(self) -> str:
        """Describe folds, search and report."""
        return (
            f"Protocol kfold: {self._folds_in_words()}; in each, {self._grid_in_words()}, chosen on a fifth of its "
            "training part; then one run. Intervals are corrected for the overlap of training sets (Nadeau and Bengio "
            "2003)."
        )

    def summary(self) -> str:
        """Say how many folds of which kind."""
        return f"protocol kfold, n = {self._folds_in_words()}"

    def smoke(self) -> Self:
        """Two folds, in each as `lr-grid` does."""
        return super().smoke()._changed(folds=2)

    def _folds_in_words(self) -> str:
        return f"{self.folds} {_KINDS[self.splitter]}"
