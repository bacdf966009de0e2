"""Run a plugin's code so that whatever it does, short of ending the process, comes back as a value."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from types import FrameType
from typing import Any, TextIO

OUTPUT_KEPT = 10_000
"""Bytes of a plugin's output that are kept."""


class TooSlow(BaseException):
    """Raised in a plugin's code when its time is up; no `Exception`, so that the plugin does not handle it."""


@dataclass
class Attempt:
    """How a plugin's code went: what it wrote, how long it took, and what it raised."""

    output: str = ""
    seconds: float = 0.0
    error: BaseException | None = None


@contextlib.contextmanager
def contained(limit: float | None) -> Iterator[Attempt]:
    """Run the block with its output captured, its exceptions kept, and ended after `limit` seconds.

    Only Ctrl-C gets out. The limit holds in the main thread of systems that have SIGALRM, and there as soon as the
    interpreter has its turn.
    """
    attempt, began = Attempt(), monotonic()
    try:
        with _captured(attempt), _time_limit(limit):
            yield attempt
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plugin may raise anything, SystemExit included
        attempt.error = error
    finally:
        attempt.seconds = monotonic() - began


@contextlib.contextmanager
def _captured(attempt: Attempt) -> Iterator[None]:
    """Divert standard output and error, of Python's streams and of the process, into the attempt."""
    with tempfile.TemporaryFile() as file, contextlib.ExitStack() as undo:
        undo.callback(_read_output, file.fileno(), attempt)
        _flush()
        for number, name in ((1, "stdout"), (2, "stderr")):
            if (stream := getattr(sys, name)) is not None:
                undo.callback(setattr, sys, name, stream)
                diverted = _Diverted(stream, file.fileno())
                undo.callback(diverted.release)
                setattr(sys, name, diverted)
            with contextlib.suppress(OSError):  # this process may have none
                undo.callback(_restore, number, os.dup(number))
                os.dup2(file.fileno(), number)
        yield


class _Diverted:
    """A text stream whose text goes to a file; once released, whoever kept it writes to the stream behind it."""

    def __init__(self, stream: TextIO, descriptor: int) -> None:
        self._stream, self._descriptor = stream, descriptor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text to wherever it goes now."""
        if self._descriptor < 0:
            return self._stream.write(text)
        os.write(self._descriptor, text.encode("utf-8", "replace"))
        return len(text)

    def release(self) -> None:
        """Stop diverting."""
        self._descriptor = -1


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # there may be none, or it may be closed
            stream.flush()


def _restore(number: int, saved: int) -> None:
    _flush()
    os.dup2(saved, number)
    os.close(saved)


def _read_output(descriptor: int, attempt: Attempt) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    attempt.output = os.read(descriptor, OUTPUT_KEPT).decode("utf-8", "replace").strip()


@contextlib.contextmanager
def _time_limit(limit: float | None) -> Iterator[None]:
    """Raise `TooSlow` in the block after `limit` seconds, and again each second, should it be swallowed."""
    main = threading.current_thread() is threading.main_thread()
    if limit is None or not main or not hasattr(signal, "setitimer"):
        yield
        return
    rung = False

    def ring(number: int, frame: FrameType | None) -> None:
        nonlocal rung
        rung = True
        raise TooSlow(f"its import took longer than {limit:g} s")

    handler, began = signal.signal(signal.SIGALRM, ring), monotonic()
    delay, interval = signal.setitimer(signal.ITIMER_REAL, limit, 1.0)
    try:
        yield
        if rung:
            raise TooSlow(f"its import took longer than {limit:g} s")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
        if delay:  # somebody else's alarm
            signal.setitimer(signal.ITIMER_REAL, max(delay - (monotonic() - began), 1e-3), interval)
