"""`LrGrid`: the same grid of learning rates for every entry, around its own recommendation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Literal, Self

from pydantic import Field, PositiveInt, model_validator

from optbench.runs.spec import RunSpec
from optbench.suite.cell import Cell, Entry
from optbench.suite.protocols.protocol import Choice, Protocol, Seeds, plural, spoken_seeds
from optbench.suite.protocols.walk import GivenUp, Walk, round_lr, score

PROBES = 3
"""A cell whose first runs all break (raise, crash, hang) is given up after so many of them."""


class LrGrid(Protocol):
    """Tries `decades` decades of learning rates around `lr_ref`, `points_per_decade` a decade, with one tuning seed.

    The best `finalists` are tried again with the other tuning seeds, and the median decides; a winner at the end of the
    grid extends it by `edge_points`, at most `edge_extensions` times; the winner is run with the fresh `report_seeds`.
    An entry with a grid of its own, of another length than everyone's, is refused unless `unequal_effort` says that
    this is meant.
    """

    name: Literal["lr-grid"] = "lr-grid"
    decades: int = Field(default=4, ge=1, le=20)
    points_per_decade: int = Field(default=2, ge=1, le=50)
    finalists: PositiveInt = 3
    edge_points: PositiveInt = 3
    edge_extensions: int = Field(default=2, ge=0)
    tune_seeds: Seeds = Field(default=(0, 1, 2), min_length=1)
    unequal_effort: bool = False

    @property
    def grid_size(self) -> int:
        """How many learning rates every entry tries at first: 9 by default."""
        return self.decades * self.points_per_decade + 1

    def grid(self, entry: Entry) -> list[float]:
        """Return the learning rates that an entry tries at first, ascending: nine over four decades by default."""
        if entry.lr_grid:
            return sorted(set(entry.lr_grid))
        half = self.decades * self.points_per_decade / 2
        return [entry.lr_ref * 10 ** ((i - half) / self.points_per_decade) for i in range(self.grid_size)]

    def choose(self, walk: Walk) -> Choice:
        """Probe, try the grid, look again at the finalists, extend the grid where the winner is at its end."""
        grid = self.grid(walk.cell.entry)
        first, *others = self.tune_seeds
        _probe(grid, first, walk)
        extensions = 0 if walk.cell.entry.lr_grid else self.edge_extensions
        for extensions_left in range(extensions, -1, -1):
            tried = walk.ask((lr, first, "tune") for lr in grid)
            scores = {lr: [score(record)] for lr, record in zip(grid, tried, strict=True)}
            winner = _best(scores, grid)[0]
            if math.isinf(scores[winner][0]) and any(record.status.unexpected for record in tried):
                raise GivenUp
            if not (extensions_left and _at_edge(winner, grid)):
                if math.isinf(scores[winner][0]):
                    raise GivenUp
                finalists = _best(scores, grid)[: self.finalists]
                looks = [(lr, seed) for seed in others for lr in finalists]
                for (lr, _), record in zip(looks, walk.ask((lr, s, "tune") for lr, s in looks), strict=True):
                    scores[lr].append(score(record))
                winner = _best({lr: scores[lr] for lr in finalists}, grid)[0]
            if not (extensions_left and _at_edge(winner, grid)):
                break
            grid = self._extended(grid, winner)
        if math.isinf(median(scores[winner])):
            raise GivenUp
        return Choice(winner, _at_edge(winner, grid))

    def first_run(self, cell: Cell) -> RunSpec:
        """Return the trial in the middle of the grid."""
        grid = self.grid(cell.entry)
        return cell.spec(round_lr(grid[len(grid) // 2]), self.tune_seeds[0], "tune")

    def expected_trials(self, entry: Entry, tried: int) -> int:
        """Return the size of the grid as it is by now, and the second looks."""
        grid = max(len(self.grid(entry)), tried)
        return grid + min(self.finalists, grid) * (len(self.tune_seeds) - 1)

    def most_extra_trials(self) -> int:
        """Return what extending the grid as often as is allowed would take."""
        return self.edge_extensions * (self.edge_points + self.finalists * (len(self.tune_seeds) - 1))

    def describe(self) -> str:
        """Describe grid, second look, extension and report."""
        return (
            f"Protocol {self.name}: {self._search()}; a winner at the end of the grid extends it by "
            f"{self.edge_points}, at most {plural(self.edge_extensions, 'time')}. The winner, chosen on validation "
            f"data, runs with {self._report_seeds_in_words()}; only these see the test set."
        )

    def summary(self) -> str:
        """Say "protocol lr-grid (9 learning rates, …), n = 5 report seeds"."""
        again = f", the best {self.finalists} on {len(self.tune_seeds)} tuning seeds" if self.tune_seeds[1:] else ""
        return f"protocol {self.name} ({self.grid_size} learning rates{again}), {self._report_seeds_in_short()}"

    def smoke(self) -> Self:
        """One learning rate a decade, one tuning seed, two report seeds, no extension."""
        return self._changed(
            points_per_decade=1,
            finalists=1,
            edge_extensions=0,
            tune_seeds=self.tune_seeds[:1],
            report_seeds=self.report_seeds[:2],
        )

    def paper(self) -> Self:
        """At least three learning rates a decade and ten report seeds."""
        return super().paper()._changed(points_per_decade=max(3, self.points_per_decade))

    def mistake_in_grid(self, grid: Sequence[float]) -> str:
        """A grid of another length than everyone's has to be meant."""
        if self.unequal_effort or len(grid) == self.grid_size:
            return ""
        return (
            f"has {len(grid)} learning rates, everyone else tries {self.grid_size}; give as many, or set "
            "protocol.unequal_effort = true"
        )

    @model_validator(mode="after")
    def _seeds_are_fresh(self) -> Self:
        if shared := sorted(set(self.tune_seeds) & set(self.report_seeds)):
            raise ValueError(f"report_seeds: {shared} are tuning seeds too; a report needs fresh seeds")
        return self

    def _used_seeds(self) -> Seeds:
        return (*self.report_seeds, *self.tune_seeds)

    def _search(self) -> str:
        again = (
            f", the best {self.finalists} again with {spoken_seeds(self.tune_seeds[1:])} and judged by the median"
            if self.tune_seeds[1:]
            else ""
        )
        return (
            f"{self.grid_size} learning rates over {self.decades} decades around lr_ref with tuning seed "
            f"{self.tune_seeds[0]}{again}"
        )

    def _extended(self, grid: list[float], winner: float) -> list[float]:
        """Add points on the winner's side of the grid."""
        factor = 10 ** (1 / self.points_per_decade)
        steps = range(1, self.edge_points + 1)
        if winner == grid[0]:
            return [winner / factor**i for i in reversed(steps)] + grid
        return grid + [winner * factor**i for i in steps]


def _probe(grid: list[float], seed: int, walk: Walk) -> None:
    """Run single trials, from the middle of the grid, until one does not break; give up after `PROBES`."""
    middle = len(grid) // 2
    for lr in [grid[middle], *grid[:middle], *grid[middle + 1 :]][:PROBES]:
        (record,) = walk.ask([(lr, seed, "tune")])
        if not record.status.unexpected:
            return
    raise GivenUp


def _best(scores: Mapping[float, list[float]], grid: list[float]) -> list[float]:
    """Learning rates from best to worst median; ties within 1e-12 relative go to the smaller rate."""
    medians = {lr: median(values) for lr, values in scores.items()}
    return sorted(scores, key=lambda lr: (float(f"{medians[lr]:.12e}"), grid.index(lr)))


def _at_edge(lr: float, grid: list[float]) -> bool:
    return len(grid) > 1 and lr in (grid[0], grid[-1])
