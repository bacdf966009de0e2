"""Tables of what can be named, each concept in one: a name that is checked against its table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from optbench.components.component import IMPORT_STRING
from optbench.errors import closest


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def table(rows: Iterable[N]) -> dict[str, N]:
    """Return rows by their names."""
    return {row.name: row for row in rows}


def named_in(kind: str, known: Mapping[str, object], or_import_string: bool = False) -> Callable[[str], str]:
    """Return a validator of names: raises `ValueError` with the closest name for one that the table does not have."""

    def check(name: str) -> str:
        if name in known or (or_import_string and IMPORT_STRING.match(name)):
            return name
        hint = " (or an import string, module:function)" if or_import_string else ""
        raise ValueError(f"unknown {kind} {name!r}{closest(name, known)}{hint}")

    return check
