"""The main result and what is said of it as plain data, for programs: what a summary is for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from optbench.analysis.analysis import analyse
from optbench.analysis.condition import CELL
from optbench.reporting.words.control import noise_floor
from optbench.reporting.words.failures import failures
from optbench.reporting.words.finding import Finding
from optbench.reporting.words.notes import banner
from optbench.reporting.words.verdicts import average_ranks, verdicts
from optbench.store.results import Results

COLUMNS = (*CELL, "lr", "planned", "completed", "mean", "half_width", "rank", "best", "worse")
"""What is said of each cell; see `analysis.cells` and `analysis.quality`. No metric is in per cent."""


def outcome(results: Results) -> dict[str, Any]:
    """A row for each cell, and the sentences. Raises `ResultsError` where there is no run at all."""
    analysis = analyse(results)
    tasks = results.tasks
    rows = [{"metric": tasks[row["task"]].metric} | row for row in analysis.quality[list(COLUMNS)].to_dict("records")]
    return {
        "about": banner(analysis),
        "results": rows,
        "verdicts": _sentences(verdicts(analysis)),
        "average_ranks": _sentences((*average_ranks(analysis), *noise_floor(analysis))),
        "failures": _sentences(failures(analysis, brief=True)),
    }


def _sentences(findings: Iterable[Finding]) -> list[dict[str, str]]:
    return [{"subject": finding.subject, "sentence": finding.sentence} for finding in findings]
