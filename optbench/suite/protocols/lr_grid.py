"""`LrGrid`: the same grid of learning rates for every entry, around its own recommendation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, PositiveInt

from optbench.components.spaces import four_digits
from optbench.runs.spec import RunSpec
from optbench.suite.cell import Cell, Entry, Setting
from optbench.suite.protocols.protocol import Choice
from optbench.suite.protocols.search import Search, Trial, ranked
from optbench.suite.protocols.walk import GivenUp, Walk
from optbench.wording import plural


class LrGrid(Search):
    """Tries `decades` decades of learning rates around `lr_ref`, `points_per_decade` a decade.

    A winner at the end of the grid extends it by `edge_points`, at most `edge_extensions` times. An entry may have a
    grid of its own.
    """

    heeds: ClassVar[frozenset[str]] = frozenset({"lr_grid"})
    name: Literal["lr-grid"] = "lr-grid"
    decades: int = Field(default=4, ge=1, le=20)
    points_per_decade: int = Field(default=2, ge=1, le=50)
    edge_points: PositiveInt = 3
    edge_extensions: int = Field(default=2, ge=0)

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
        middle = len(grid) // 2
        self._probe(walk, _settings([grid[middle], *grid[:middle], *grid[middle + 1 :]]))
        extensions = 0 if walk.cell.entry.lr_grid else self.edge_extensions
        for extensions_left in range(extensions, -1, -1):
            settings = _settings(grid)
            trials = self._first_look(walk, settings)
            winner = ranked(trials)[0]
            if winner.failed and any(trial.broken for trial in trials):
                raise GivenUp
            if not (extensions_left and _at_edge(winner, settings)):
                if winner.failed:
                    raise GivenUp
                winner = ranked(self._second_look(walk, ranked(trials)[: self.finalists]))[0]
            if not (extensions_left and _at_edge(winner, settings)):
                break
            grid = self._extended(grid, at_start=winner.setting == settings[0])
        if winner.failed:
            raise GivenUp
        return Choice((winner.setting,), _at_edge(winner, settings))

    def first_run(self, cell: Cell) -> RunSpec:
        """Return the trial in the middle of the grid."""
        grid = self.grid(cell.entry)
        return cell.spec(_settings(grid)[len(grid) // 2], self.tune_seeds[0], "tune")

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
            f"Protocol {self.name}: {self._grid_in_words()}; a winner at the end of the grid extends it by "
            f"{self.edge_points}, at most {plural(self.edge_extensions, 'time')}. The winner, chosen on validation "
            f"data, runs with {self._report_seeds_in_words()}; only these see the test set."
        )

    def summary(self) -> str:
        """Say "protocol lr-grid (9 learning rates, …), n = 5 report seeds"."""
        tried = f"{self.grid_size} learning rates{self._again_in_short()}"
        return f"protocol {self.name} ({tried}), {self._report_seeds_in_short()}"

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

    def mistakes_in_effort(self, own: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """A grid of another length than everyone's has to be meant."""
        yield from super().mistakes_in_effort(own)
        tried = len(own.get("lr_grid", ()))
        if tried not in (0, self.grid_size) and not self.unequal_effort:
            yield (
                "lr_grid",
                f"has {tried} learning rates, everyone else tries {self.grid_size}; give as many, or set "
                "protocol.unequal_effort = true",
            )

    def _grid_in_words(self) -> str:
        return (
            f"{self.grid_size} learning rates over {self.decades} decades around lr_ref with tuning seed "
            f"{self.tune_seeds[0]}{self._again_in_words()}"
        )

    def _extended(self, grid: list[float], at_start: bool) -> list[float]:
        """Add points on the winner's side of the grid."""
        factor = 10 ** (1 / self.points_per_decade)
        steps = range(1, self.edge_points + 1)
        if at_start:
            return [grid[0] / factor**i for i in reversed(steps)] + grid
        return grid + [grid[-1] * factor**i for i in steps]


def _settings(grid: Sequence[float]) -> list[Setting]:
    return [{"lr": four_digits(lr)} for lr in grid]


def _at_edge(winner: Trial, settings: Sequence[Setting]) -> bool:
    return len(settings) > 1 and winner.setting in (settings[0], settings[-1])
