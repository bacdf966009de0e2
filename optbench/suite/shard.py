"""`Shard`: one of several parts of a campaign, for job arrays: whole cells, whose runs depend on each other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from optbench.suite.cell import Cell


class Shard(NamedTuple):
    """The part `number`, from 1, of so many."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def part(self, cells: Iterable[Cell]) -> list[Cell]:
        """Return the cells of this part, each of which is in no other one; their order does not matter."""
        cells = list(cells)
        dealt = {id(cell) for cell in sorted(cells, key=_name)[self.number - 1 :: self.of]}
        return [cell for cell in cells if id(cell) in dealt]


def parse_shard(written: Any) -> Any:
    """Return the shard that a text such as `2/8` means; raises `ValueError`."""
    if not isinstance(written, str):
        return written
    numbers = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", written)
    number, of = map(int, numbers.groups()) if numbers else (0, 0)
    if not 1 <= number <= of:
        raise ValueError("must be I/N, the part I of N, counted from 1, such as 2/8")
    return Shard(number, of)


def _name(cell: Cell) -> tuple[object, ...]:
    return *cell.key, cell.fold.index if cell.fold else 0
