"""`TestFunction`: the loss of a task with one or two parameters, as something that a report can draw paths on."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from optbench.components.component import IMPORT_STRING

Point = tuple[float, ...]


class TestFunction(BaseModel):
    """The training loss as a function of the task's one or two parameters.

    `function` is the import string of a function that takes one numpy array for each parameter, all of one shape, and
    returns the loss in that shape; it must not need torch, which reports do without. `window` is the range
    `(low, high)` of each parameter that is drawn, `minima` are the points where the loss is least.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    __test__: ClassVar[bool] = False  # pytest takes it for tests otherwise

    function: str
    window: tuple[tuple[float, float], ...] = Field(min_length=1, max_length=2)
    minima: tuple[Point, ...] = ()

    def __str__(self) -> str:
        ranges = " x ".join(f"[{low:g}, {high:g}]" for low, high in self.window)
        return f"{self.function} on {ranges}"

    @field_validator("function")
    @classmethod
    def _function_is_an_import_string(cls, function: str) -> str:
        if not IMPORT_STRING.match(function):
            raise ValueError(f"{function!r} is no import string (module:function)")
        return function

    @model_validator(mode="after")
    def _ranges_are_some_and_points_have_their_dimension(self) -> TestFunction:
        for low, high in self.window:
            if not low < high:
                raise ValueError(f"window: [{low:g}, {high:g}] is no range")
        for point in self.minima:
            if len(point) != len(self.window):
                raise ValueError(f"minima: {list(point)} does not fit a window of {len(self.window)} parameters")
        return self
