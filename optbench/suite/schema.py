"""The suite file's schema: what may stand in the TOML, before any name in it is looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    create_model,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from optbench.components.component import IMPORT_STRING, NAME_PATTERN
from optbench.components.task import Task
from optbench.suite.protocols import AnyProtocol
from optbench.suite.protocols.lr_grid import LrGrid
from optbench.suite.spaces import LearningRate, SpaceTable


class _NameOrTable:
    """Lets a plain name stand for a table that has only a name."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(core)]}


def _named(item: Any) -> Any:
    return {"name": item} if isinstance(item, str) else item


class _TaskItemBase(BaseModel):
    """A task of the suite.

    A registered task by its name; the same under another name (`task = "mnist-cnn"`); or a new one from `model`
    and `dataset`. Every other field changes that field of the task.
    """

    model_config = ConfigDict(extra="forbid", title="Task", allow_inf_nan=False)

    name: str = Field(pattern=NAME_PATTERN)
    task: str | None = Field(
        default=None, description="the registered task to start from; default: the one of this name"
    )
    fallback: str | None = Field(default=None, description="the registered task that runs where the data cannot be had")

    @field_validator("metrics", check_fields=False)
    @classmethod
    def _metric_is_not_there_too(cls, metrics: tuple[str, ...] | None, given: ValidationInfo) -> tuple[str, ...] | None:
        if metrics and given.data.get("metric") is not None:
            raise ValueError("is there beside metric; give metrics alone, whose first one selects")
        return metrics


if TYPE_CHECKING:

    class TaskItem(_TaskItemBase):
        """The fields of a `Task` as well, each of them optional."""
else:
    TaskItem = create_model(
        "TaskItem",
        __base__=_TaskItemBase,
        __doc__=_TaskItemBase.__doc__,
        **{
            name: (Annotated[info.annotation, *info.metadata] | None if info.metadata else info.annotation | None, None)
            for name, info in Task.model_fields.items()
            if name not in ("name", "measures")
        },
    )


class OptimizerItem(BaseModel):
    """An optimizer of the suite: a registered one, or `module:Class`, with what this suite changes about it."""

    model_config = ConfigDict(extra="forbid", title="Optimizer", allow_inf_nan=False)

    name: str = Field(pattern=NAME_PATTERN)
    optimizer: str | None = Field(
        default=None, description="registered optimizer or import string; default: of this name"
    )
    fixed: dict[str, Any] = Field(default={}, description="hyper-parameters that replace the declared defaults")
    lr_ref: LearningRate | None = Field(default=None, description="centre of the learning-rate grid")
    lr_grid: list[LearningRate] | None = Field(
        default=None, min_length=1, description="the learning rates to try, in place of the grid around lr_ref"
    )
    space: dict[str, SpaceTable] = Field(default={}, description="ranges in place of the declared ones")
    trials: PositiveInt | None = Field(default=None, description="settings to try, where not as many as everyone")
    schedule: str | None = Field(default=None, description="schedule in place of the task's")
    lr_factors: str | None = Field(
        default=None, pattern=IMPORT_STRING.pattern, description="factors of the learning rate in place of the task's"
    )

    def effort(self) -> dict[str, Any]:
        """Return what it says about its own search: `lr_grid`, `space`, `trials` and `fixed`, where it gives them."""
        return {name: value for name in ("lr_grid", "space", "trials", "fixed") if (value := getattr(self, name))}


class SuiteFile(BaseModel):
    """An optbench suite: tasks x optimizers x protocol."""

    model_config = ConfigDict(extra="forbid", title="optbench suite", allow_inf_nan=False)

    name: str = Field(pattern=NAME_PATTERN)
    description: str = ""
    timeout: PositiveFloat = Field(default=600.0, description="seconds that one run may take")
    plugins: list[str] = Field(default=[], description="distributions that provide what the suite names")
    diagnostics: list[str] = Field(default=[], description="what is measured inside the runs, besides")
    reference: str = Field(default="", description="the optimizer that others are compared with; default: the first")
    protocol: AnyProtocol = LrGrid()
    tasks: list[Annotated[TaskItem, BeforeValidator(_named), _NameOrTable()]] = Field(min_length=1)
    optimizers: list[Annotated[OptimizerItem, BeforeValidator(_named), _NameOrTable()]] = Field(min_length=1)


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a suite file, for editors."""
    schema: dict[str, Any] = _without_null(SuiteFile.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _without_null(schema: Any) -> Any:
    """Drop `null`, which TOML cannot say: an optional field is one that may be left out."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema if item != {"type": "null"}]
    if isinstance(schema, dict):
        return {key: _without_null(value) for key, value in schema.items() if (key, value) != ("default", None)}
    return schema
