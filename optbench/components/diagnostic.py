"""`Diagnostic`: numbers about the inside of a run."""

from __future__ import annotations

from dataclasses import dataclass

from optbench.components.component import Build, check_named


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """Numbers about the inside of a run, taken at its evaluation points where a campaign asks for them by name.

    `build(model, optimizer)` is called once in the worker, before the first step, and returns a function of the
    number of steps made, which returns a number, or several by name. It is called within evaluation mode, on the
    evaluation clock, and finds in `.grad` the gradients of the last step (none before the first). One that remembers
    something from call to call has methods `state_dict()` and `load_state_dict(state)`, by which it goes on in a run
    that is resumed.
    """

    name: str
    build: Build
    description: str = ""

    def __post_init__(self) -> None:
        check_named(self)
