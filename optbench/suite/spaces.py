"""Search spaces as suite files and manifests write them: `{ low = 1e-4, high = 1, scale = "log" }` or `choices`."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from optbench.components.component import is_plain
from optbench.components.spaces import SCALES, Choice, Space, is_number
from optbench.errors import PluginError, closest

LearningRate = Annotated[float, Field(gt=0, le=1e100)]
"""Of a suite file or a manifest; a grid around it is still one of finite numbers."""
_FORM = '{ low = 1e-4, high = 1, scale = "log" } or { choices = [0.9, 0.99] }'


def read_space(written: Any) -> Space:
    """Return the space that a table describes, with lists for tuples; raises `ValueError` with the reason."""
    table = space_table(written) if isinstance(written, Space) else written
    if not isinstance(table, Mapping):
        raise ValueError(f"{table!r} is no range; write {_FORM}")
    if table.keys() == {"choices"}:
        return _choice(table["choices"])
    if table.keys() != {"low", "high", "scale"}:
        raise ValueError(f"has {', '.join(table) or 'nothing'}; write {_FORM}")
    if table["scale"] not in list(SCALES):
        raise ValueError(f"unknown scale {table['scale']!r}{closest(str(table['scale']), SCALES)}")
    try:
        return SCALES[table["scale"]](table["low"], table["high"])
    except PluginError as error:
        raise ValueError(f"{space_in_words(table)}: {str(error).rpartition(': ')[2]}") from None


def space_table(space: Space) -> dict[str, Any]:
    """Return the table that describes a space."""
    if isinstance(space, Choice):
        return {"choices": json.loads(json.dumps(space.values))}
    (scale,) = (name for name, kind in SCALES.items() if kind is type(space))
    return {"low": space.low, "high": space.high, "scale": scale}


def space_in_words(table: Mapping[str, Any]) -> str:
    """Say "0.0001 to 1 (log)", or "one of 8, 16"."""
    if "choices" in table:
        return f"one of {', '.join(map(str, table['choices']))}"
    low, high = (f"{bound:g}" if is_number(bound) else reprlib.repr(bound) for bound in (table["low"], table["high"]))
    return f"{low} to {high} ({table['scale']})"


def _choice(values: Any) -> Choice:
    if not (isinstance(values, list) and values and all(map(is_plain, values))):
        raise ValueError(f"choices = {values!r} must be a list of at least one number, text, or list of these")
    return Choice(tuple(values))


if TYPE_CHECKING:
    SpaceTable = Space
else:
    SpaceTable = Annotated[
        Space,
        PlainValidator(read_space),
        PlainSerializer(space_table),
        WithJsonSchema(
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "low": {"type": "number"},
                    "high": {"type": "number"},
                    "scale": {"enum": list(SCALES), "description": "logit: 1 - x is on a logarithmic scale"},
                    "choices": {"type": "array", "minItems": 1},
                },
                "oneOf": [{"required": ["low", "high", "scale"]}, {"required": ["choices"]}],
            }
        ),
    ]
    """A space in a suite file or a manifest."""
