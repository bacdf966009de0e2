"""What a step costs, and what the seconds and the memory of a run went into; a table for each machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.reporting.numbers import MISSING, memory, number, rounded_seconds, within
from optbench.reporting.tables.per_cell import Row, cell_table
from optbench.reporting.tables.table import Table
from optbench.runs.machine import differences

NOISY = "~"
_TIMED = (
    "Times and ratios of a step are medians over rounds of optbench time, with the 95 % interval of the ratio; times "
    "have as many digits as the quartiles leave. Update alone is optimizer.step without forward and backward. "
    f"{NOISY} marks a noisy measurement: its quartiles are more than a tenth of the median apart, or more processes "
    "wanted to run than there are cores."
)
_NOT_TIMED = "optbench time {suite} measures the time of a step, which is missing here."
_NOT_ALL_TIMED = f"{MISSING}: not measured; optbench time {{suite}} measures the time of a step."
_COUNTED = (
    "Counts and bytes are medians over the completed report runs. State: bytes of the tensors in the optimizer's "
    "state per parameter, without step counters."
)
_SPENT = (
    "Seconds of a run, medians over the completed report runs, with as many digits as their spread leaves (one where "
    "there is a single run). Warm-up is the first step; forward and backward, update and schedule are the parts of all "
    "other steps. Resident memory is the worker's, at its evaluation points; growth is counted from where the training "
    "began."
)


def costs_tables(analysis: Analysis) -> tuple[Table, ...]:
    """A step's costs, then a run's, on each machine: seconds from two machines are never in one table."""
    machines = list(dict.fromkeys(analysis.costs["machine"]))
    several = len(machines) > 1
    return tuple(
        table
        for machine in machines
        for table in _of_machine(analysis, analysis.costs[analysis.costs["machine"] == machine], machine, several)
    )


def _of_machine(analysis: Analysis, costs: pd.DataFrame, machine: str, several: bool) -> Iterator[Table]:
    suffix, where = (f"-{machine}", f" on machine {machine}") if several else ("", "")
    yield cell_table(
        analysis,
        f"costs{suffix}",
        f"Costs of a step{where}",
        " ".join(filter(None, (*_timed(analysis, costs), _elsewhere(analysis, costs, machine), _COUNTED))),
        costs,
        _STEP,
        text=("relative to",),
    )
    ran = costs[costs["n"] > 0]
    timed = ran[ran["train_seconds"].notna()]
    if len(timed):
        words = " ".join(filter(None, (_SPENT, _side_by_side(ran[ran["train_seconds"].isna()]))))
        yield cell_table(analysis, f"seconds{suffix}", f"What runs spent{where}", words, timed, _RUN)


def _side_by_side(untimed: pd.DataFrame) -> str:
    """Whose runs have no seconds."""
    tasks = list(dict.fromkeys(untimed["task"]))
    return f"Runs of {' and '.join(tasks)} trained side by side: they have no seconds of their own." if tasks else ""


def _timed(analysis: Analysis, costs: pd.DataFrame) -> Iterator[str]:
    """How times were measured, and where they were not."""
    missing = costs["timed_step_seconds"].isna()
    if not missing.all():
        yield _TIMED
    suites = [source.suite.name for source in analysis.results.sources if source.label in set(costs["source"][missing])]
    words = _NOT_TIMED if missing.all() else _NOT_ALL_TIMED
    yield from (words.format(suite=suite) for suite in dict.fromkeys(suites))


def _elsewhere(analysis: Analysis, costs: pd.DataFrame, machine: str) -> str:
    """In what the machine of times differs from that of the runs, where no run was made on it."""
    if costs["n"].gt(0).any():
        return ""
    for source in analysis.results.sources:
        for timing in source.timings:
            if timing.machine == machine and source.environments:
                words = differences(timing.environment, source.environments[0]) or "it is another one"
                return f"No run was made on this machine: {words}."
    return ""


def _clock(name: str) -> Callable[[Row], str]:
    return lambda row: rounded_seconds(row[name], row[f"{name}_spread"])


def _bytes(name: str) -> Callable[[Row], str]:
    return lambda row: memory(row[name])


def _median(row: Row, part: str) -> str:
    return rounded_seconds(row[f"timed_{part}_seconds"], row[f"timed_{part}_spread"])


_STEP: dict[str, Callable[[Row], str]] = {
    "step": lambda row: _median(row, "step") + NOISY * bool(row["timed_noisy"]),
    "ratio": lambda row: within(row["timed_ratio"], row["timed_ratio_low"], row["timed_ratio_high"]),
    "relative to": lambda row: str(row["timed_reference"]) if row["timed_rounds"] > 0 else MISSING,
    "update alone": lambda row: _median(row, "update"),
    "forward and backward passes": lambda row: number(row["gradient_evaluations_per_step"]),
    "state per parameter": lambda row: memory(row["state_per_parameter"]),
}
_RUN: dict[str, Callable[[Row], str]] = {
    "training": _clock("train_seconds"),
    "per step": _clock("seconds_per_step"),
    "warm-up": _clock("first_step_seconds"),
    "forward, backward": _clock("gradient_seconds"),
    "update": _clock("update_seconds"),
    "schedule": _clock("schedule_seconds"),
    "data": _clock("data_seconds"),
    "evaluation": _clock("eval_seconds"),
    "peak on the GPU": lambda row: memory(row["peak_device_bytes"]) if row["peak_device_bytes"] > 0 else "",
    "peak resident": _bytes("peak_resident_bytes"),
    "growth": _bytes("resident_growth_bytes"),
}
