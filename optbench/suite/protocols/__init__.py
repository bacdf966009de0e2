"""How entries are tuned and reported, one class for each protocol."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Tag

from optbench.suite.protocols.defaults import Defaults
from optbench.suite.protocols.kfold import KFold
from optbench.suite.protocols.lr_grid import LrGrid
from optbench.suite.protocols.protocol import Protocol
from optbench.suite.protocols.qmc import Qmc
from optbench.suite.protocols.random_search import RandomSearch

PROTOCOLS: dict[str, type[Protocol]] = {
    "lr-grid": LrGrid,
    "qmc": Qmc,
    "random": RandomSearch,
    "kfold": KFold,
    "defaults": Defaults,
}
"""By the name that a suite file gives; the first where it gives none."""


def _name(value: Any) -> str:
    name = value.get("name") if isinstance(value, Mapping) else getattr(value, "name", None)
    return next(iter(PROTOCOLS)) if name is None else str(name)


if TYPE_CHECKING:
    AnyProtocol = Protocol
else:
    AnyProtocol = Annotated[
        reduce(or_, (Annotated[protocol, Tag(name)] for name, protocol in PROTOCOLS.items())),
        Discriminator(_name),
    ]
    """A protocol as suite files and manifests hold it: its name says which class it is."""
