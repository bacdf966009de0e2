"""`Reporter`: another form of the report."""

from __future__ import annotations

from dataclasses import dataclass

from optbench.components.component import Build, check_named


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Another form of the report, written where it is asked for by name.

    `build(frame, tables, folder)` is called in the coordinator once the page is there. `frame` is the tidy table of
    `optbench.load_results`, `tables` the tables of the report by name, as `pandas.DataFrame`s, `folder` the
    report's folder, where it writes its files.
    """

    name: str
    build: Build
    description: str = ""

    def __post_init__(self) -> None:
        check_named(self)
