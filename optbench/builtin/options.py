"""Options of models and data sets, checked where they are used: one line with the value, the rule and the way out."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from optbench import UsageError


def check_name(owner: str, option: str, value: object, known: Collection[str]) -> None:
    """Raise `UsageError` for a value that is none of the known names; says which is the closest."""
    if isinstance(value, str) and value in known:
        return
    close = get_close_matches(str(value).lower(), known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise UsageError(f"{owner}: {option}={value!r} must be one of {', '.join(known)}{hint}")


def check_positive(owner: str, **options: object) -> None:
    """Raise `UsageError` for the first of the options that is no positive whole number."""
    for option, value in options.items():
        if type(value) is not int or value < 1:
            raise UsageError(f"{owner}: {option}={value!r} must be a positive whole number")


def check_dropout(owner: str, dropout: object) -> None:
    """Raise `UsageError` for what is no probability below 1."""
    if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise UsageError(f"{owner}: dropout={dropout!r} must be a number of at least 0 and less than 1")


def check_heads(owner: str, heads: int, width: int) -> None:
    """Raise `UsageError` for heads that do not divide the width; says which number near them does."""
    if width % heads:
        near = min((n for n in range(1, width + 1) if width % n == 0), key=lambda n: abs(n - heads))
        raise UsageError(f"{owner}: heads={heads} must divide width={width}; {near} does")
