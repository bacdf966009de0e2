"""Documents that are not what they were: values of other kinds, in other places, and other characters."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**30,
    10**400,
    -0.5,
    1e308,
    "NaN",
    "-Infinity",
    "",
    "text",
    "=1+1",
    "\x1b[31m",
    "../../elsewhere",
    [],
    [1, 2],
    ["text"],
    {},
    {"a": 1},
    {"a": {"b": [None]}},
    [[[[]]]],
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where in a document there are values, from the outside to the inside."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def mutate(document: Any, rng: random.Random) -> Any:
    """Return a copy with a few values replaced, removed, doubled, added or exchanged."""
    mutated = copy.deepcopy(document)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if not (found := list(places(mutated))):
            return mutated
        *outer, key = rng.choice(found)
        container = mutated
        for part in outer:
            container = container[part]
        what = rng.choice(("replace", "replace", "replace", "remove", "add", "copy"))
        if what == "remove":
            del container[key]
        elif what == "add" and isinstance(container[key], dict):
            container[key][rng.choice(("a", "", "lr", "machine", "\x1b[2J"))] = copy.deepcopy(rng.choice(ODD))
        elif what == "add" and isinstance(container[key], list):
            container[key].insert(0, copy.deepcopy(rng.choice([*ODD, *container[key]])))
        elif what == "copy":
            *other, last = rng.choice(found)
            source = mutated
            for part in other:
                source = source[part]
            container[key] = copy.deepcopy(source[last])
        else:
            container[key] = copy.deepcopy(rng.choice(ODD))
    return mutated


def mutated(
    text: str,
    rng: random.Random,
    loads: Callable[[str], Any] = json.loads,
    dumps: Callable[[Any], str] = json.dumps,
) -> str:
    """Return a document with other values in it, or with other characters."""
    if rng.random() < 0.05:
        start = rng.randrange(len(text))
        return text[:start] + rng.choice(("", "\x00", "{", '"', "9")) + text[start + rng.choice((0, 1, 100)) :]
    return dumps(mutate(loads(text), rng))
