"""The hook through which optbench tells of finished runs; nothing heavy is imported before the first of them."""

from __future__ import annotations

import os
from pathlib import Path

import optbench

VARIABLE = "OPTBENCH_TENSORBOARD"
"""Environment variable with the folder to write to; nothing is written where it is empty."""
DEFAULT = "tensorboard"


@optbench.hookimpl
def optbench_run_finished(record: optbench.RunRecord) -> None:
    """Write a run that has a curve, however it ended; a skipped one has none."""
    root = os.environ.get(VARIABLE, DEFAULT)
    if root and record.evaluations:
        from optbench_tensorboard.files import write

        write(record, Path(root))
