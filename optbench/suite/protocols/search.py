"""`Search`: what protocols have in common that try settings with one tuning seed and the best of them with others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

from pydantic import Field, PositiveInt, model_validator

from optbench.runs.record import RunRecord
from optbench.suite.cell import Setting
from optbench.suite.protocols.protocol import Protocol, Seeds, spoken_seeds
from optbench.suite.protocols.walk import GivenUp, Walk, score

PROBES = 3
"""A cell whose first runs all break (raise, crash, hang) is given up after so many of them."""


@dataclass(frozen=True)
class Trial:
    """A setting, and the tuning runs made with it."""

    setting: Setting
    records: tuple[RunRecord, ...]

    @property
    def value(self) -> float:
        """What it is judged by: the median of its runs' scores, infinite where most did not complete."""
        return median(map(score, self.records))

    @property
    def failed(self) -> bool:
        """Whether it is of no use."""
        return math.isinf(self.value)

    @property
    def broken(self) -> bool:
        """Whether a run raised, crashed, hung or ran out of memory, which is more than to diverge."""
        return any(record.status.unexpected for record in self.records)


class Search(Protocol):
    """Tries settings with the first of the `tune_seeds`, and the best `finalists` again with the others.

    The median decides, and the winner is run with the fresh `report_seeds`. An entry that tries another number of
    settings than everyone is refused unless `unequal_effort` says that this is meant.
    """

    finalists: PositiveInt = 3
    tune_seeds: Seeds = Field(default=(0, 1, 2), min_length=1)
    unequal_effort: bool = False

    @model_validator(mode="after")
    def _seeds_are_fresh(self) -> Self:
        if shared := sorted(set(self.tune_seeds) & set(self.report_seeds)):
            raise ValueError(f"report_seeds: {shared} are tuning seeds too; a report needs fresh seeds")
        return self

    def _used_seeds(self) -> Seeds:
        return (*self.report_seeds, *self.tune_seeds)

    def _probe(self, walk: Walk, settings: Iterable[Setting]) -> None:
        """Run single trials until one does not break; give up after `PROBES`."""
        for setting, _ in zip(settings, range(PROBES), strict=False):
            (record,) = walk.ask([(setting, self.tune_seeds[0])])
            if not record.status.unexpected:
                return
        raise GivenUp

    def _first_look(self, walk: Walk, settings: Sequence[Setting]) -> list[Trial]:
        """Run every setting with the first tuning seed."""
        records = walk.ask((setting, self.tune_seeds[0]) for setting in settings)
        return [Trial(setting, (record,)) for setting, record in zip(settings, records, strict=True)]

    def _second_look(self, walk: Walk, trials: Sequence[Trial]) -> list[Trial]:
        """Run the settings of these trials with the other tuning seeds too."""
        others = self.tune_seeds[1:]
        records = walk.ask((trial.setting, seed) for seed in others for trial in trials)
        more = [records[i :: len(trials)] for i in range(len(trials))]
        return [Trial(trial.setting, (*trial.records, *own)) for trial, own in zip(trials, more, strict=True)]

    def _again_in_words(self) -> str:
        others = self.tune_seeds[1:]
        return (
            f", the best {self.finalists} again with {spoken_seeds(others)} and judged by the median" if others else ""
        )

    def _again_in_short(self) -> str:
        return f", the best {self.finalists} on {len(self.tune_seeds)} tuning seeds" if self.tune_seeds[1:] else ""


def ranked(trials: Sequence[Trial]) -> list[Trial]:
    """Trials from best to worst; ties within 1e-12 relative go to the smaller learning rate."""
    return sorted(trials, key=lambda trial: (float(f"{trial.value:.12e}"), trial.setting["lr"]))
