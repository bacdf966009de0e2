"""What a record says of where it was made: a table whose known entries have their types, whatever else is in it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, ValidationInfo

from optbench.runs.numbers import Count


class _Known(BaseModel):
    """The entries that readers of records rely on."""

    model_config = ConfigDict(extra="allow")

    machine: str = ""
    optbench: str = ""
    python: str = ""
    torch: str = ""
    numpy: str = ""
    platform: str = ""
    cpu: str = ""
    cores: Count | None = None
    device_name: str = ""
    threads: Count = 1
    git_commit: str = ""
    plugins: dict[str, str] = {}
    libraries: dict[str, str] = {}
    said_by_plugins: dict[str, dict[str, str]] = {}
    plugin_notes: list[str] = []


def _checked(environment: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    """Check the entries that are known; where many records are read, equal ones are looked at once, and shared."""
    if info.context is None:
        return _valid(environment)
    key = repr(environment)
    if key not in info.context:
        info.context[key] = _valid(environment)
    known: dict[str, Any] = info.context[key]
    return known


def _valid(environment: dict[str, Any]) -> dict[str, Any]:
    try:
        _Known.model_validate(environment)
    except ValidationError as error:
        details = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, details['loc']))}: {details['msg']}") from error
    return environment


Environment = Annotated[dict[str, Any], AfterValidator(_checked)]
