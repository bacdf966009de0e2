"""What a `Press` runs: a process that encodes drawings with workers of its own."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import pkgutil
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING

import pandas as pd

from optbench.reporting import figures
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.figures.panels import grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def main(workers: int) -> None:
    """Encode what comes through standard input, and send it through standard output as it is finished."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    _warm_up()
    jobs = pickle.load(sys.stdin.buffer)
    method = "fork" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(max(1, min(workers, len(jobs))), context) as pool:
        tasks = [pool.submit(_encoded, *job) for job in jobs]
        for place, task in enumerate(tasks):
            with contextlib.suppress(Exception):  # whoever asks for it meets it again
                pickle.dump((place, task.result()), answers)
                answers.flush()


def _encoded(drawing: Drawing, formats: Sequence[str]) -> dict[str, bytes]:
    return {format: drawing.encoded(format) for format in formats}


def _warm_up() -> None:
    """Import what draws, and encode a small figure: fonts are read once for all workers."""
    for module in pkgutil.iter_modules(figures.__path__):
        import_module(f"{figures.__name__}.{module.name}")
    drawing = Drawing("", "", "", _small, pd.DataFrame())
    for format in ("svg", "pdf", "png"):
        drawing.encoded(format)


def _small() -> Figure:
    return grid(["title"], 1.0, ["legend"])[0]
