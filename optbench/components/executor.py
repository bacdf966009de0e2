"""`Executor`: where runs are carried out."""

from __future__ import annotations

from dataclasses import dataclass

from optbench.components.component import Build, check_named


@dataclass(frozen=True, kw_only=True)
class Executor:
    """Where runs are carried out: chosen by name, `local` unless a campaign says otherwise.

    `build(context)` is called in the coordinator with an `optbench.ExecutionContext`, once to plan and once to carry
    out. It returns a context manager with `places`, where runs can happen (lists of `optbench.Place` by kind of
    device); `call(function, *args, timeout=None)`, which calls a function by its import string where runs happen; and
    `submit(groups)`, which yields a `concurrent.futures.Future` for each group, a sequence of `optbench.RunSpec` on one
    kind of device that may train side by side; its result is their `optbench.RunRecord`s in the same order, which is
    what `optbench.Slot.run` returns. Leaving it stops what is running.
    """

    name: str
    build: Build
    description: str = ""

    def __post_init__(self) -> None:
        check_named(self)
