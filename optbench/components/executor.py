"""`Executor`: where runs are carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optbench.components.component import Build, check_component
from optbench.errors import PluginError


@dataclass(frozen=True, kw_only=True)
class Executor:
    """Where runs are carried out: chosen by name, `local` unless a campaign says otherwise.

    `build(context, **options)` is called in the coordinator with an `optbench.ExecutionContext`, once to plan and once
    to carry out. `options` holds every option with its default, as `--executor FILE.toml` may give it; `argument` is
    the one that `--executor NAME:ARGUMENT` gives. What is built writes to the logger `optbench` what the user should
    know. It returns a context manager with `places`, where runs can happen (lists of `optbench.Place` by kind of
    device); `call(function, *args, timeout=None)`, which calls a function by its import string where runs happen; and
    `submit(groups)`, which yields a `concurrent.futures.Future` for each group, a sequence of `optbench.RunSpec` on one
    kind of device that may train side by side; its result is their `optbench.RunRecord`s in the same order, which is
    what `optbench.Slot.run` returns. Leaving it stops what is running.
    """

    name: str
    build: Build
    options: Mapping[str, Any] = field(default_factory=dict)
    argument: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        check_component(self, self.options)
        if self.argument and self.argument not in self.options:
            raise PluginError(f"executor {self.name!r}: argument {self.argument!r} is none of its options")
