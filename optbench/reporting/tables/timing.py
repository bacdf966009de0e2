"""What one call of `optbench time` measured on one task."""

from __future__ import annotations

import pandas as pd

from optbench.analysis.timings import timing_rows
from optbench.reporting.numbers import count, number, rounded_seconds, seconds, within
from optbench.reporting.tables.costs import NOISY
from optbench.reporting.tables.table import Column, Table, TableCell
from optbench.runs.timing import Timing


def timing_table(timing: Timing) -> Table:
    """One row per optimizer that was timed."""
    rows = list(timing_rows(timing))
    texts = [
        (
            str(row["optimizer"]),
            rounded_seconds(row["step_seconds"], row["step_high"] - row["step_low"]) + NOISY * row["noisy"],
            f"{seconds(row['step_low'], 2)} to {seconds(row['step_high'], 2)}",
            within(row["ratio"], row["ratio_low"], row["ratio_high"]),
            rounded_seconds(row["update_seconds"], row["update_high"] - row["update_low"]),
            number(row["update_ratio"], 2),
            count(row["block"]),
        )
        for row in rows
    ]
    ratio = f"ratio to {timing.reference}"
    headings = (
        "step: median",
        "step: quartiles",
        f"step: {ratio}",
        "update: median",
        f"update: {ratio}",
        "round: steps",
    )
    return Table(
        name="timing",
        title=f"{timing.task} on {timing.device}",
        caption=_caption(timing, any(row["noisy"] for row in rows)),
        columns=(Column("optimizer", numeric=False), *map(Column, headings)),
        rows=tuple(tuple(map(TableCell, row)) for row in texts),
        data=pd.DataFrame(rows),
    )


def _caption(timing: Timing, noisy: bool) -> str:
    """How it was measured, and what disturbed it."""
    device, threads, torch = (timing.environment.get(name, "unknown") for name in ("device_name", "threads", "torch"))
    how = (
        f"Medians over {timing.rounds} rounds on {device}, threads: {threads}, torch {torch}; "
        "ratios with 95 % intervals."
    )
    if timing.is_loaded:
        return f"{how} {NOISY} noisy: {timing.load:.1f} processes wanted to run on {timing.cores} cores."
    return f"{how} {NOISY} noisy: quartiles more than a tenth of the median apart." if noisy else how
