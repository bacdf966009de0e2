"""`Draws`: the same number of random settings for every entry, drawn from its search space."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar, Self

from pydantic import Field, PositiveInt, model_validator

from optbench.components.component import is_import_string
from optbench.components.spaces import Choice as Values
from optbench.components.spaces import Space
from optbench.errors import UsageError, closest
from optbench.runs.spec import RunSpec
from optbench.suite.cell import Cell, Entry, Setting
from optbench.suite.protocols.protocol import Choice
from optbench.suite.protocols.search import Search, Trial, ranked
from optbench.suite.protocols.walk import GivenUp, Walk
from optbench.suite.spaces import SpaceTable
from optbench.wording import plural

EDGE = 0.05
"""A winner is at the edge of its space where a number lies in this share of its range at either end."""


class Draws(Search):
    """Tries `trials` settings from the search space of each entry, or from the part of it that `tune` names.

    An optimizer's space is what its author declares; `space` changes it for everyone. With several `studies` the search
    is made so many times, each with draws and a winner of its own, and the report seeds are dealt to them in turn.
    The winner at an edge extends nothing.
    """

    heeds: ClassVar[frozenset[str]] = frozenset({"space", "trials"})
    trials: PositiveInt = 20
    studies: PositiveInt = 1
    tune: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="hyper-parameters that are tuned; default: the whole declared space"
    )
    space: dict[str, SpaceTable] = Field(default={}, description="ranges in place of everyone's declared ones")
    seed: int = Field(default=0, ge=0, le=2**62, description="of the draws")

    @abstractmethod
    def units(self, study: int, trials: int, dimensions: int) -> list[list[float]]:
        """Return a study's draws from the unit cube, trials x dimensions, each number in [0, 1)."""

    def settings(self, entry: Entry, study: int) -> list[Setting]:
        """Return the settings that an entry tries in a study, in the order of their draws."""
        names = [name for name in self.tuned(entry) if self._is_tuned(name, entry)]
        draws = self.units(study, entry.trials or self.trials, len(names))
        return [
            entry.start | {name: entry.space[name].at(unit) for name, unit in zip(names, draw, strict=True)}
            for draw in draws
        ]

    def tuned(self, entry: Entry) -> tuple[str, ...]:
        """Return the learning rate, then the other hyper-parameters that are tuned, by name."""
        return ("lr", *sorted(name for name in entry.space if name != "lr" and self._is_tuned(name, entry)))

    def choose(self, walk: Walk) -> Choice:
        """Probe, try the draws of all studies, look again at the finalists of each."""
        entry = walk.cell.entry
        studies = [self.settings(entry, study) for study in range(self.studies)]
        self._probe(walk, chain(*studies))
        self._first_look(walk, [*chain(*studies)])  # of all studies at once, before any is judged
        pools = [ranked(self._first_look(walk, settings)) for settings in studies]
        finalists = [[] if pool[0].failed else pool[: self.finalists] for pool in pools]
        self._second_look(walk, [*chain(*finalists)])
        winners = tuple(self._winner(walk, trials) for trials in finalists)
        if not any(winners):
            raise GivenUp
        return Choice(winners, any(_at_edge(winner, self.tuned(entry), entry.space) for winner in winners if winner))

    def first_run(self, cell: Cell) -> RunSpec:
        """Return the first draw at the usual learning rate: it shows what is wrong, a rate that is too high apart."""
        return cell.spec(self.settings(cell.entry, 0)[0] | cell.entry.start, self.tune_seeds[0], "tune")

    def expected_trials(self, entry: Entry, tried: int) -> int:
        """Return the first and second looks of all studies."""
        trials = entry.trials or self.trials
        return self.studies * (trials + min(self.finalists, trials) * (len(self.tune_seeds) - 1))

    def most_extra_trials(self) -> int:
        """None."""
        return 0

    def describe(self) -> str:
        """Describe search, second look and report."""
        return (
            f"Protocol {self.name}: {self._drawn_in_words()} with tuning seed {self.tune_seeds[0]}"
            f"{self._again_in_words()}. {'Each' if self.studies > 1 else 'The'} winner, chosen on validation data, "
            f"runs with {self._seeds_of_a_winner()}; only these see the test set."
        )

    def summary(self) -> str:
        """Say "protocol qmc (20 settings of lr and weight_decay, …), n = 5 report seeds"."""
        return (
            f"protocol {self.name} ({self._drawn_in_words()}{self._again_in_short()}), {self._report_seeds_in_short()}"
        )

    def smoke(self) -> Self:
        """Four settings, one study, one tuning seed, two report seeds."""
        return self._changed(
            trials=min(4, self.trials),
            studies=1,
            finalists=1,
            tune_seeds=self.tune_seeds[:1],
            report_seeds=self.report_seeds[:2],
        )

    def paper(self) -> Self:
        """At least fifty settings and ten report seeds."""
        return super().paper()._changed(trials=max(50, self.trials))

    def with_report_seeds(self, count: int) -> Self:
        """Refuse fewer than there are studies."""
        if count < self.studies:
            raise UsageError(f"{plural(count, 'report seed')} for {self.studies} studies: each needs one")
        return super().with_report_seeds(count)

    def spaces(self) -> dict[str, Space]:
        """Return the ranges in place of everyone's declared ones."""
        return self.space

    def mistakes_in_effort(self, own: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Another number of trials than everyone's has to be meant, and what is tuned cannot be fixed."""
        yield from super().mistakes_in_effort(own)
        if own.get("trials", self.trials) != self.trials and not self.unequal_effort:
            yield (
                "trials",
                f"tries {own['trials']} settings, everyone else {self.trials}; leave it out, or set "
                "protocol.unequal_effort = true",
            )
        for name in own.get("fixed", {}):
            if name in (self.tune or ()) or name in own.get("space", {}):
                yield f"fixed.{name}", "is to be tuned as well; leave it out here or there"
        for name in _left_out(own.get("space", {}), self.tune):
            yield f"space.{name}", "is not among what protocol.tune names; leave it out, or name it there"

    def mistakes_in_entry(self, entry: Entry) -> Iterator[str]:
        """What is to be tuned must be there and have a range."""
        known = ["lr", *entry.hyperparameters]
        for where, names in (("tune", self.tune or ()), ("space", self.space)):
            for name in names:
                if name not in known and not is_import_string(entry.component):
                    yield f"has no hyper-parameter {name!r}, which protocol.{where} names{closest(name, known)}"
                elif where == "tune" and name not in entry.space:
                    yield (
                        f"declares no range for {name!r}, which protocol.tune names; give it one: "
                        f'space = {{ {name} = {{ low = …, high = …, scale = "log" }} }}'
                    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.trials < self.finalists:
            raise ValueError(
                f"finalists: {self.finalists} of {plural(self.trials, 'trial')}; give more trials or fewer finalists"
            )
        if len(self.report_seeds) < self.studies:
            raise ValueError(
                f"studies: {self.studies} have {plural(len(self.report_seeds), 'report seed')}; each needs one"
            )
        for name in _left_out(self.space, self.tune):
            raise ValueError(f"space.{name}: is not among what tune names; leave it out, or name it there")
        return self

    def _winner(self, walk: Walk, finalists: Sequence[Trial]) -> Setting | None:
        """Return the setting that is best on all tuning seeds, if any is usable."""
        best = ranked(self._second_look(walk, finalists))[:1]
        return next((trial.setting for trial in best if not trial.failed), None)

    def _is_tuned(self, name: str, entry: Entry) -> bool:
        return name in entry.space and (self.tune is None or name in self.tune)

    def _drawn_in_words(self) -> str:
        several = f"{self.studies} studies of " if self.studies > 1 else ""
        return f"{several}{plural(self.trials, 'setting')} of {_listed(self.tune)}"

    def _seeds_of_a_winner(self) -> str:
        return self._report_seeds_in_words() if self.studies == 1 else f"its share of {self._report_seeds_in_words()}"


def _left_out(space: Mapping[str, Space], tune: tuple[str, ...] | None) -> list[str]:
    """Return what has a range although it is not tuned."""
    return [] if tune is None else [name for name in space if name not in tune]


def _listed(names: tuple[str, ...] | None) -> str:
    if names is None:
        return "each entry's search space"
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _at_edge(setting: Setting, names: tuple[str, ...], spaces: Mapping[str, Space]) -> bool:
    ranges = ((setting[name], spaces[name]) for name in names if name in spaces)
    return any(
        not space.at(EDGE) < value < space.at(1 - EDGE) for value, space in ranges if not isinstance(space, Values)
    )
