"""`Press`: drawings are drawn and encoded by other processes, while this one goes on with the report.

A press is a fresh interpreter, which forks its workers (where it cannot, it starts them) before it has threads. So it
works in notebooks, in daemonic processes and in scripts, whose `__main__` it does not import. Where it cannot be
started, or ends early, nothing is lost: a drawing that has not been encoded yet is encoded when it is asked for.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import pandas as pd

from optbench.reporting import figures
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.figures.panels import grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_WORKERS = 8
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_START = "import sys; sys.path[:] = {path!r}; from optbench.reporting.figures.press import main; main({workers})"


class Press:
    """A context; it is started when it is entered, so that it has imported what it needs when there is work."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._encoded: dict[int, dict[str, bytes]] = {}

    def __enter__(self) -> Press:
        workers = min(cores(), MOST_WORKERS)
        if workers > 1 and sys.executable:
            command = [sys.executable, "-c", _START.format(path=sys.path, workers=workers)]
            with contextlib.suppress(OSError):
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=os.environ | _ONE_THREAD,
                    start_new_session=True,
                )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if hasattr(os, "killpg"):
                    os.killpg(self._process.pid, signal.SIGKILL)  # its workers too
                else:
                    self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):  # of what it was not told in time
                    assert pipe is not None
                    pipe.close()

    def submit(self, drawings: Sequence[Drawing], formats: Iterable[str]) -> None:
        """Have these encoded in these formats, in this order. Only once."""
        if self._process is None:
            return
        for place, drawing in enumerate(drawings):
            drawing.expect(partial(self._answer, place))
        sketches = [Drawing(it.name, it.title, it.caption, it.draw, it.data[:0]) for it in drawings]
        with contextlib.suppress(OSError, pickle.PicklingError, AttributeError):  # it is gone, or cannot be told
            assert self._process.stdin is not None
            self._process.stdin.write(pickle.dumps((sketches, tuple(formats))))
            self._process.stdin.close()

    def _answer(self, place: int) -> dict[str, bytes]:
        """What has been encoded of the drawing at that place; nothing where the process has ended without it."""
        assert self._process is not None and self._process.stdout is not None
        while place not in self._encoded:
            try:
                found, encoded = pickle.load(self._process.stdout)
            except (EOFError, pickle.UnpicklingError, ValueError):
                return {}
            self._encoded[found] = encoded
        return self._encoded.pop(place)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main(workers: int) -> None:
    """Encode what comes through standard input, and send it through standard output as it is finished."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    _warm_up()
    drawings, formats = pickle.load(sys.stdin.buffer)
    method = "fork" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(max(1, min(workers, len(drawings))), context) as pool:
        tasks = [pool.submit(_encoded, drawing, formats) for drawing in drawings]
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
