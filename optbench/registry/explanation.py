"""What a plugin's exception says, in one line, and where in the plugin it came from."""

from __future__ import annotations

import reprlib
from collections.abc import Collection
from pathlib import Path
from traceback import walk_tb

from pydantic import ValidationError
from pydantic_core import ErrorDetails


def one_line(error: BaseException) -> str:
    """Return an exception's type with the first line of its text, or the first mistake in a `Task`.

    Lone surrogates, which neither a record nor a terminal can hold, are replaced.
    """
    if isinstance(error, ValidationError):
        return f"{error.title}: {_mistake(error.errors(include_url=False)[0])}"
    text = str(error).encode("utf-8", "replace").decode().strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def place_of(error: BaseException, packages: Collection[str]) -> str:
    """Return ` (file.py, line 7)`: the last line of these packages that led to an exception; "" if there is none."""
    cause = error.__cause__ or error
    frames = [
        (Path(frame.f_code.co_filename).name, line)
        for frame, line in walk_tb(cause.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] in packages
    ]
    return f" ({frames[-1][0]}, line {frames[-1][1]})" if frames else ""


def _mistake(details: ErrorDetails) -> str:
    place = "".join(f"{part}: " for part in details["loc"])
    has_value = place and details["type"] not in ("missing", "value_error")
    value = f", not {reprlib.repr(details['input'])}" if has_value else ""
    return f"{place}{details['msg'].removeprefix('Value error, ')}{value}"
