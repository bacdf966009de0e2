"""`Protocol`: how entries are tuned and reported; every entry gets the same effort."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from optbench.components.spaces import Space
from optbench.components.task import Task
from optbench.runs.spec import Fold, RunSpec
from optbench.suite.cell import Cell, Entry, Setting
from optbench.suite.protocols.walk import Walk
from optbench.wording import plural

Seeds = tuple[Annotated[int, Field(le=2**62)], ...]


class Choice(NamedTuple):
    """What tuning came to."""

    winners: tuple[Setting | None, ...]
    """What the report runs are made with, in turn; `None` for a study in which no setting was usable."""
    edge: bool
    """Whether a winner is still at the edge of what was searched."""


class Protocol(BaseModel, ABC):
    """How entries are tuned and reported: its stages, what it expects to need, and what it says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tunes: ClassVar[bool] = True
    """Whether it searches for hyper-parameters."""
    draws: ClassVar[Literal["none", "independent", "even"]] = "none"
    """Whether its trials are random draws, from which the best of fewer trials can be told."""
    heeds: ClassVar[frozenset[str]] = frozenset()
    """Which of an entry's own `lr_grid`, `space` and `trials` it uses."""
    name: str
    report_seeds: Seeds = Field(default=(1000, 1001, 1002, 1003, 1004), min_length=1)

    @abstractmethod
    def choose(self, walk: Walk) -> Choice:
        """Ask for tuning runs, stage by stage, and return what is chosen.

        Raises `Pending` where runs are not recorded yet, and `GivenUp` where no setting is usable.
        """

    @abstractmethod
    def first_run(self, cell: Cell) -> RunSpec:
        """Return a run like those that a cell begins with: it is tried before anything runs."""

    @abstractmethod
    def expected_trials(self, entry: Entry, tried: int) -> int:
        """Return how many tuning runs an entry will have had in the end, having tried so many settings by now."""

    @abstractmethod
    def most_extra_trials(self) -> int:
        """Return how many more than expected an entry may at most need."""

    @abstractmethod
    def describe(self) -> str:
        """Say how entries are tuned and reported, in one or two sentences."""

    @abstractmethod
    def summary(self) -> str:
        """Say the same in a few words, without a full stop: for captions."""

    @abstractmethod
    def smoke(self) -> Self:
        """Return the protocol as a quick look."""

    def paper(self) -> Self:
        """Return the protocol as for a paper: at least ten report seeds."""
        return self._seeded(max(10, len(self.report_seeds)))

    def with_report_seeds(self, count: int) -> Self:
        """Return the protocol with so many report seeds: its own first, then ones that nothing else uses.

        Raises `UsageError` where it has no use for more.
        """
        return self._seeded(count)

    def _seeded(self, count: int) -> Self:
        first = max(self._used_seeds()) + 1
        further = range(first, first + count - len(self.report_seeds))
        return self._changed(report_seeds=(*self.report_seeds[:count], *further))

    def each_fold(self) -> tuple[Fold | None, ...]:
        """Return the folds that each cell is tuned and reported in; a single `None` without cross-validation."""
        return (None,)

    def report_runs(self) -> int:
        """Return how many report runs an entry has on each task."""
        return len(self.report_seeds)

    def overlap(self) -> float:
        """Return test examples per training example of a fold, whose training sets overlap; 0 without folds."""
        return 0.0

    def seeds_to_report(self, fold: Fold | None) -> Seeds:
        """Return the seeds of the report runs in a fold."""
        return self.report_seeds

    def mistakes(self, tasks: Sequence[Task]) -> Iterator[str]:
        """Yield why it cannot be used on some of the tasks, a line each."""
        yield from ()

    def tuned(self, entry: Entry) -> tuple[str, ...]:
        """Return the hyper-parameters that a setting of an entry consists of, the learning rate first."""
        return ("lr",)

    def spaces(self) -> dict[str, Space]:
        """Return what the suite gives everyone in place of the declared spaces."""
        return {}

    def mistakes_in_effort(self, own: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield which of an entry's own fields (`lr_grid`, `space`, `trials`, `fixed`) cannot be used, and why."""
        for name in ("lr_grid", "space", "trials"):
            if name in own and name not in self.heeds:
                yield name, f"protocol {self.name} does not use it; leave it out, or choose another protocol"

    def mistakes_in_entry(self, entry: Entry) -> Iterator[str]:
        """Yield why an entry cannot be tuned."""
        yield from ()

    def _used_seeds(self) -> Seeds:
        return self.report_seeds

    def _changed(self, **changes: object) -> Self:
        return type(self).model_validate(self.model_dump() | changes)

    @field_validator("report_seeds", "tune_seeds", check_fields=False)
    @classmethod
    def _seeds_differ(cls, seeds: Seeds) -> Seeds:
        if len(set(seeds)) < len(seeds) or min(seeds, default=0) < 0:
            raise ValueError(f"{list(seeds)} must be different non-negative integers")
        return seeds

    def _report_seeds_in_words(self) -> str:
        return f"{plural(len(self.report_seeds), 'fresh report seed')} ({spoken_seeds(self.report_seeds)})"

    def _report_seeds_in_short(self) -> str:
        return f"n = {plural(len(self.report_seeds), 'report seed')}"


def spoken_seeds(seeds: Seeds) -> str:
    """Return "1000–1004", or each of them."""
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]}–{seeds[-1]}"
    return ", ".join(map(str, seeds))
