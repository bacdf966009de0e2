"""`optbench report` on recorded campaigns whose truth is known: what it says is true, and it finds what it promises."""

from __future__ import annotations

import html
import math
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner

from optbench.analysis.intervals import CONFIDENCE
from optbench.analysis.power import DRAWS, POWER
from optbench.cli.main import optbench
from optbench.components.task import Task
from optbench.runs.spec import RunSpec
from optbench.suite.cell import Entry
from tests.support.campaign import Folder, campaign
from tests.support.recorded import recorded

ENTRIES = tuple(Entry(name=f"entry-{i}", component="x", lr_ref=0.1) for i in range(4))
TASKS = tuple(Task(name=f"task-{i}", model="mlp", dataset="digits", steps=10, evaluations=2) for i in range(2))
SENTENCE = re.compile(r'<p class="sentence">(.*?)</p>', re.DOTALL)
ROW = re.compile(r'<tr class="(\w*)"><th scope="row" title="([\w-]+)">')


def command(*arguments: object) -> str:
    """Carry out an `optbench` command and return what it prints."""
    done = CliRunner().invoke(optbench, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def campaigns(folder: Path, rounds: int, rng: np.random.Generator, difference: float = 0.0) -> Iterator[Path]:
    """Write one results folder after the other; entry 0 is better by a difference, the others are equal."""
    given = Folder(protocol="defaults", optimizers=ENTRIES, tasks=TASKS, crashing=frozenset())
    suite = campaign(given).sources[0].suite
    for number in range(rounds):
        results = recorded(folder / str(number), suite, simulated(rng, difference))
        yield results
        shutil.rmtree(results)


def simulated(rng: np.random.Generator, difference: float) -> Callable[[RunSpec], float]:
    """Losses: on each task normal with variance 1, half of it common to a seed; those of entry 0 are less."""
    common: defaultdict[tuple[str, int], float] = defaultdict(rng.normal)

    def loss(spec: RunSpec) -> float:
        noise = math.sqrt(0.5) * (common[spec.task.name, spec.seed] + rng.normal())
        return 50 + noise - difference * (spec.optimizer == "entry-0")

    return loss


class Said(NamedTuple):
    """What a report says of a campaign."""

    worse: bool
    """Whether anything is clearly worse."""
    found: float
    """Share of the entries but the first that are not the best, over all tasks."""


def reported(results: Path) -> Said:
    """Report a results folder; the page and the command's output must say the same."""
    printed = " ".join(command("report", results).split())
    page = (results / "report" / "index.html").read_text(encoding="utf-8")
    sentences = [" ".join(html.unescape(sentence).split()) for sentence in SENTENCE.findall(page)]
    assert len(sentences) == len(TASKS) and all(sentence in printed for sentence in sentences)
    judged = ROW.findall(page)
    assert len(judged) == len(TASKS) * len(ENTRIES)
    worse = any("clearly worse" in sentence for sentence in sentences)
    assert worse == any(judgement == "worse" for judgement, _ in judged)
    return Said(worse, float(np.mean([judgement != "best" for judgement, name in judged if name != "entry-0"])))


def stated(results: Path) -> float:
    """The difference that `optbench power` says is found, on average over the tasks."""
    rows = re.findall(r"^task-\d +loss +4 +5 +(\S+)", command("power", results), re.MULTILINE)
    assert len(rows) == len(TASKS)
    return float(np.mean([float(row) for row in rows]))


def margin(share: float, *trials: int) -> float:
    """Two standard errors of the difference between shares, each of so many trials; of one share from its truth."""
    return 2 * math.sqrt(share * (1 - share) * sum(1 / n for n in trials))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_at_most_one_report_of_equal_entries_in_twenty_says_that_something_is_worse(
    tmp_path: Path, no_figures: None
) -> None:
    """The suites are small, four entries on two tasks, and without figures: the whole test takes ten minutes."""
    rounds, level = 500, 1 - CONFIDENCE
    false = sum(reported(results).worse for results in campaigns(tmp_path, rounds, np.random.default_rng(0)))
    assert false / rounds <= level + margin(level, rounds)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_known_difference_is_found_with_the_power_that_is_stated(tmp_path: Path, no_figures: None) -> None:
    """The difference is the mean of what `power` states for 100 campaigns. The entries of a task share their rival,
    so that tasks are the trials; the statement rests on simulated tasks too."""
    rng, rounds = np.random.default_rng(1), 200
    difference = float(np.mean([stated(results) for results in campaigns(tmp_path, 100, rng)]))
    found = [reported(results).found for results in campaigns(tmp_path, rounds, rng, difference)]
    assert np.mean(found) == pytest.approx(POWER, abs=margin(POWER, rounds * len(TASKS), DRAWS))


def test_what_is_clearly_worse_is_said_so(tmp_path: Path, no_figures: None) -> None:
    (said,) = [reported(results) for results in campaigns(tmp_path, 1, np.random.default_rng(2), 20.0)]
    assert said == Said(worse=True, found=1.0)
