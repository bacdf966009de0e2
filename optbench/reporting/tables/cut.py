"""Tables that are wider than a line: which columns stand together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

GAP = 2
"""Characters between two columns."""


def cut(widths: Sequence[int], names: int, most: int) -> Iterator[list[int]]:
    """Columns of `widths` characters in groups of at most `most` characters, each beginning with the first `names`.

    A group has at least one column besides these, however wide it is.
    """
    group = list(range(names))
    for i in range(names, len(widths)):
        if len(group) > names and sum(widths[j] + GAP for j in [*group, i]) - GAP > most:
            yield group
            group = list(range(names))
        group.append(i)
    yield group
