"""Stopwatches: of the host, and of an accelerator's own time line."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from types import TracebackType
from typing import Any, Self


class Stopwatch:
    """Adds up the time spent inside `with` blocks, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._started = 0.0

    def __enter__(self) -> Self:
        self._started = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds += perf_counter() - self._started

    def settle(self) -> None:
        """Add what a device has measured meanwhile; the device must have been waited for."""

    def reset(self) -> None:
        """Begin at zero again."""
        self.seconds = 0.0


class EventStopwatch(Stopwatch):
    """Adds up how long an accelerator takes from one end of `with` blocks to the other, without waiting for it.

    Each end is an event in the device's queue (`event` makes one, such as `torch.cuda.Event`); they are read when the
    queue is settled.
    """

    def __init__(self, event: Callable[..., Any]) -> None:
        super().__init__()
        self._event = event
        self._ends: list[Any] = []

    def __enter__(self) -> Self:
        self._mark()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._mark()

    def _mark(self) -> None:
        end = self._event(enable_timing=True)
        end.record()
        self._ends.append(end)

    def settle(self) -> None:
        """Read the events, which tell milliseconds."""
        pairs = zip(self._ends[::2], self._ends[1::2], strict=True)
        self.seconds += sum(begin.elapsed_time(end) for begin, end in pairs) / 1000
        self._ends.clear()

    def reset(self) -> None:
        """Begin at zero again, and forget the events."""
        super().reset()
        self._ends.clear()
