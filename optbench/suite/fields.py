"""The fields of a suite file that are wrong by themselves, whatever the names in it mean: found all at once."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from optbench.errors import closest
from optbench.suite.protocols import PROTOCOLS
from optbench.suite.schema import OptimizerItem, SuiteFile, TaskItem

Location = tuple[str | int, ...]
UNNAMED = "unnamed"
"""What a file, a task or an optimizer is called whose name is wrong, so that the rest of it can be looked at."""
SOME_RANGE = {"low": 1, "high": 2, "scale": "log"}
"""What everyone's range is where it is wrong, so that no optimizer is said to lack it."""


def without_wrong_fields(raw: Mapping[str, Any]) -> tuple[SuiteFile, dict[Location, str]]:
    """Return the file without its wrong fields, and what is wrong, by location.

    What a wrong field hides is found as well: the file is validated again until nothing is wrong any more. Items keep
    their places.
    """
    left: dict[str, Any] = copy.deepcopy(dict(raw))
    wrong: dict[Location, str] = {}
    while True:
        try:
            return SuiteFile.model_validate(left), wrong
        except ValidationError as error:
            for details in error.errors():
                wrong.setdefault(details["loc"], in_words(details))
                _leave_out(left, details["loc"])


def in_words(details: ErrorDetails) -> str:
    """Turn one of pydantic's errors into `tasks[1].steps: …`."""
    location: Location = details["loc"]
    place = in_brackets(location)
    if details["type"] == "extra_forbidden":
        return f"{place}: unknown field{closest(str(location[-1]), _fields_at(location))}"
    if details["type"] == "union_tag_invalid":
        name = details["ctx"]["tag"]
        return f"{place}.name: unknown protocol {name!r}{closest(name, PROTOCOLS)}"
    if details["type"] == "missing":
        return f"{place}: is missing"
    message = details["msg"].removeprefix("Value error, ").removeprefix("Input ")
    value = details["input"]
    shown = "" if details["type"] == "value_error" or isinstance(value, dict | list) else f", not {value!r}"
    return f"{place}: {message}{shown}" if place else f"{message}{shown}"


def in_brackets(location: Location) -> str:
    """Write a location as `tasks[1].targets[0].value`; which class of protocol it is about goes without saying."""
    text = ""
    for part in location[:1] + location[2:] if _in_protocol(location) else location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _leave_out(left: dict[str, Any], location: Location) -> None:
    """Leave out the field of the file, the protocol or an item that a location is in; give what must be there."""
    part = str(location[0])
    if part == "name":
        left[part] = UNNAMED
    elif part in ("tasks", "optimizers"):
        _leave_out_of_items(left, part, location[1:])
    elif _in_protocol(location) and len(location) > 3 and location[2] == "space":
        left[part]["space"][location[3]] = SOME_RANGE
    elif _in_protocol(location) and len(location) > 2:
        left[part].pop(location[2], None)
    else:
        left.pop(part, None)


def _leave_out_of_items(left: dict[str, Any], part: str, location: Location) -> None:
    if not location:
        left[part] = [UNNAMED]
        return
    (i, *rest), items = location, left[part]
    if not (rest and isinstance(items[i], dict)):
        items[i] = UNNAMED
    elif rest[0] == "name":
        items[i]["name"] = UNNAMED
    else:
        items[i].pop(rest[0], None)


def _fields_at(location: Location) -> Iterable[str]:
    """Names of the fields that may stand where an unknown one does."""
    model: type[BaseModel] = SuiteFile
    if location[0] == "tasks" and len(location) > 1:
        model = TaskItem
    elif location[0] == "optimizers" and len(location) > 1:
        model = OptimizerItem
    elif _in_protocol(location):
        model = PROTOCOLS[str(location[1])]
    return model.model_fields


def _in_protocol(location: Location) -> bool:
    return len(location) > 1 and location[0] == "protocol" and location[1] in PROTOCOLS
