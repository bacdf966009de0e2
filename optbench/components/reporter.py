"""`Reporter`: another form of the report."""

from __future__ import annotations

from dataclasses import dataclass

from optbench.components.component import Build, check_named


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Another form of the report, written where it is asked for by name.

    `build(report, folder)` is called in the coordinator once the page is there. `report` is an `optbench.Report`:
    tables, figures, captions and findings as the page shows them, and the records behind them; `folder` is the report's
    folder, where it writes its files.
    """

    name: str
    build: Build
    description: str = ""

    def __post_init__(self) -> None:
        check_named(self)
