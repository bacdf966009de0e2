"""A report's files: the page, the figures, the tables. Each is written beside its place, then moved there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optbench.analysis.analysis import Analysis, analyse
from optbench.components.component import resolve
from optbench.components.reporter import Reporter
from optbench.errors import PluginError
from optbench.reporting.figures.kept import Kept
from optbench.reporting.figures.press import Press
from optbench.reporting.formats import wanted
from optbench.reporting.outcome import outcome
from optbench.reporting.page.page import page
from optbench.reporting.report import Report, build
from optbench.reporting.text import summary
from optbench.store.results import Results
from optbench.store.store import refuse_outside, write


@dataclass(frozen=True)
class Written:
    """A report that was written, and what is said of it: to people, and to programs."""

    page: Path
    summary: str
    """The main result and the verdicts as text, for a terminal."""
    _analysis: Callable[[], Analysis]

    @property
    def outcome(self) -> dict[str, Any]:
        """The same as plain data."""
        return outcome(self._analysis())


def write_report(
    results: Results, out: Path, formats: Iterable[str] = (), reporters: Sequence[Reporter] = ()
) -> Written:
    """Write `index.html`, `figures/<name>.<format>` and `tables/<name>.csv` under `out`.

    Figures are drawn in the `formats` that are asked for, and in those that the folder has of an earlier report. The
    page is written after these, so that where there is one, the files that it names are there too; then it is the
    `reporters`' turn. Raises, before anything is written, `ResultsError` where there is no run at all and
    `UnknownName` for another format; `PluginError`, after everything else, where a reporter fails.
    """
    formats = wanted(formats, out)
    for folder in ("figures", "tables"):
        refuse_outside(out / folder, out)
    with Press(formats) as press:
        report = build(analysis := analyse(results))
        kept = Kept(out)
        pictures = {it.name for it in report.pictures}
        press.submit(
            kept.take((it, {*formats, *(["svg"] if it.name in pictures else [])}) for it in report.drawings),
            report.pictures,
        )
        content = page(report, formats)
        _write_files(report, out, formats)
        kept.note(report.drawings, formats)
    index = out / "index.html"
    write(index, content.encode())
    for reporter in reporters:
        try:
            resolve(reporter.build)(report, out)
        except Exception as error:
            rest = f"the rest of the report is in {out}"
            raise PluginError(f"reporter {reporter.name!r} failed: {error!r}; {rest}") from error
    return Written(index, summary(analysis), lambda: analysis)


def _write_files(report: Report, out: Path, formats: Sequence[str]) -> None:
    for drawing in report.drawings:
        for format in formats:
            write(out / "figures" / f"{drawing.name}.{format}", drawing.encoded(format))
    for name, content in report.csv.items():
        write(out / "tables" / name, content.encode())
