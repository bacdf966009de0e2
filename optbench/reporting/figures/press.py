"""`Press`: drawings are drawn and encoded by other processes, while this one goes on with the report.

A press is a fresh interpreter, which forks its workers (where it cannot, it starts them) before it has threads. So it
works in notebooks, in daemonic processes and in scripts, whose `__main__` it does not import. Where it cannot be
started, or ends early, nothing is lost: a drawing that has not been encoded yet is encoded when it is asked for.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optbench.reporting.figures.drawing import Drawing

MOST_WORKERS = 8
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_START = "import sys; sys.path[:] = {path!r}; from optbench.reporting.figures.pressroom import main; main({workers})"


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

    def submit(self, drawings: Iterable[tuple[Drawing, Sequence[str]]]) -> None:
        """Have each encoded in its formats, if any, in this order. Only once."""
        if self._process is None:
            return
        jobs = [(it, tuple(formats)) for it, formats in drawings if formats]
        for place, (drawing, _) in enumerate(jobs):
            drawing.expect(partial(self._answer, place))
        sketches = [(replace(it, data=it.data[:0]), formats) for it, formats in jobs]
        with contextlib.suppress(OSError, pickle.PicklingError, AttributeError):  # it is gone, or cannot be told
            assert self._process.stdin is not None
            self._process.stdin.write(pickle.dumps(sketches))
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
