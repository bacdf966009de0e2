"""Which components are meant by the names that a user or a plugin's test gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from optbench.components.component import IMPORT_STRING
from optbench.errors import UnknownName
from optbench.registry.registry import Registry
from optbench.testing.check import KINDS, Kind


def examined(names: Iterable[str], registry: Registry) -> Iterator[tuple[Kind, str]]:
    """Yield the components that are meant by names of components and of distributions.

    Raises `UnknownName` where a name is neither, and is no import string.
    """
    known = {(kind, key): provided for kind in KINDS for key, provided in registry.shelf(kind).items()}
    for name in names:
        found = [at for at, provided in known.items() if name in (at[1], provided.distribution)]
        if not found and not IMPORT_STRING.match(name):
            distributions = {provided.distribution for provided in known.values()}
            raise UnknownName("component or distribution", name, {key for _, key in known} | distributions)
        yield from found or [("optimizer", name)]
