"""`Curves`: the evaluation points of many runs as columns of numbers, which take far less room than objects."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Order = tuple[str, ...]
"""The names of a point's values, in its order."""


class Curves:
    """The points of runs, added run by run; what a point does not have is missing in its column."""

    def __init__(self) -> None:
        self._size = 0
        self._points: dict[Hashable, range] = {}
        self._columns: dict[str, tuple[array[int], array[float]]] = defaultdict(lambda: (array("q"), array("d")))
        self._orders: dict[Hashable, list[Order]] = {}
        self._known: dict[Order, Order] = {}

    def add(self, run: Hashable, points: Iterable[Mapping[str, float | None]]) -> None:
        """Add the points of a run, each as its values by the names of columns."""
        start, orders = self._size, dict[Order, None]()
        for point in points:
            orders[tuple(point)] = None
            for name, value in point.items():
                if value is not None:
                    places, values = self._columns[name]
                    places.append(self._size)
                    values.append(value)
            self._size += 1
        self._points[run] = range(start, self._size)
        self._orders[run] = [self._known.setdefault(order, order) for order in orders]

    def orders(self, runs: Iterable[Hashable]) -> set[Order]:
        """Return the names of columns as points of these runs had them."""
        return {order for run in runs for order in self._orders.get(run, ())}

    def rows(self, runs: Sequence[Hashable]) -> NDArray[np.int64]:
        """How many rows each of some runs has: one for each point, and one for a run that has none."""
        return np.array([max(len(self._points.get(run, ())), 1) for run in runs], np.int64)

    def columns(self, runs: Sequence[Hashable]) -> dict[str, NDArray[np.float64]]:
        """Return the columns of these runs' rows, NaN where a value is missing."""
        nowhere = range(self._size, self._size + 1)
        parts = [np.asarray(self._points.get(run) or nowhere) for run in runs]
        chosen = np.concatenate(parts) if parts else np.empty(0, np.int64)
        found = {}
        for name, (places, values) in self._columns.items():
            column = np.full(self._size + 1, np.nan)
            column[np.frombuffer(places, np.int64)] = np.frombuffer(values)
            found[name] = column[chosen]
        return found
