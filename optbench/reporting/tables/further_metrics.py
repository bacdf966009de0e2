"""What tasks report beside the metric that selects."""

from __future__ import annotations

import math
from collections.abc import Callable

from optbench.analysis.analysis import Analysis
from optbench.reporting.metric import of_measure
from optbench.reporting.numbers import with_interval
from optbench.reporting.tables.per_cell import Row, cell_table
from optbench.reporting.tables.table import Table
from optbench.store.frame import SPLITS


def further_metrics_table(analysis: Analysis) -> Table:
    """One row per cell and metric."""
    tasks = analysis.results.tasks
    measures = {(name, measure.name): measure for name, task in tasks.items() for measure in task.measures}

    def shown(split: str) -> Callable[[Row], str]:
        def show(row: Row) -> str:
            if math.isnan(row[split]):
                return ""
            by, unit = of_measure(measures[row["task"], row["metric"]])
            return with_interval(row[split] * by, row[f"{split}_half_width"] * by) + unit

        return show

    return cell_table(
        analysis,
        "further-metrics",
        "Further metrics",
        "What tasks report beside the metric that selects, of the same weights: means over the completed report runs ± "
        "half width of their 95 % Student t interval.",
        analysis.further_metrics,
        {
            "metric": lambda row: str(row["metric"]).replace("_", " "),
            "better": lambda row: "higher" if measures[row["task"], row["metric"]].higher_is_better else "lower",
            "runs": lambda row: str(row["n"]),
            **{split: shown(split) for split in reversed(SPLITS)},
        },
        text=("metric", "better"),
    )
