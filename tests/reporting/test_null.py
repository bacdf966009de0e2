"""Reports of simulated suites whose truth is known: what they say is true, and they find what they promise to find."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.analysis.power import POWER, power_table
from optbench.components.task import Task
from optbench.reporting.words.verdicts import verdicts
from optbench.store.results import Results
from optbench.suite.cell import Entry
from tests.support.campaign import Folder, campaign

ENTRIES = tuple(Entry(name=f"entry-{i}", component="x", lr_ref=0.1) for i in range(6))
TASKS = tuple(Task(name=f"task-{i}", model="mlp", dataset="digits", steps=10, evaluations=2) for i in range(4))
FOLDER = Folder(protocol="defaults", optimizers=ENTRIES, tasks=TASKS, crashing=frozenset())


def simulated(template: Results, rng: np.random.Generator, difference: float = 0.0) -> Results:
    """The results with other test losses: of each task normal, half of it common to a seed; entry 0 may be better."""
    frame = template.frame
    common = {key: rng.normal() for key in frame[["task", "seed"]].drop_duplicates().itertuples(index=False, name=None)}
    own = {run: rng.normal() for run in frame["run_id"].unique()}
    shared = frame[["task", "seed"]].apply(tuple, axis="columns").map(common)
    values = 50 + math.sqrt(0.5) * (shared + frame["run_id"].map(own))
    values -= difference * frame["optimizer"].eq("entry-0")
    return dataclasses.replace(template, frame=frame.assign(final_test_metric=values))


def said_worse(analysis: Analysis) -> bool:
    return any("clearly worse" in finding.sentence for finding in verdicts(analysis))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_at_most_one_report_of_equal_entries_in_twenty_says_that_something_is_worse() -> None:
    template, rng, rounds = campaign(FOLDER), np.random.default_rng(0), 500
    false = sum(said_worse(analyse(simulated(template, rng))) for _ in range(rounds))
    assert false / rounds <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / rounds)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_known_difference_is_found_with_the_power_that_is_stated() -> None:
    template, rng = campaign(FOLDER), np.random.default_rng(1)
    stated = pd.concat(power_table(analyse(simulated(template, rng))) for _ in range(10))["resolved"].mean()
    found = []
    for _ in range(60):
        quality = analyse(simulated(template, rng, stated)).quality
        found.append((~quality.loc[quality["optimizer"] != "entry-0", "best"].astype(bool)).mean())
    assert np.mean(found) == pytest.approx(POWER, abs=0.08)


def test_what_is_clearly_worse_is_said_so() -> None:
    found = analyse(simulated(campaign(FOLDER), np.random.default_rng(2), 20.0))
    assert said_worse(found)
    assert all(finding.sentence.startswith("entry-0 is best") for finding in verdicts(found))
