"""A report's files: the page, the figures, the tables. Each is written beside its place, then moved there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optbench.components.component import resolve
from optbench.components.reporter import Reporter
from optbench.errors import PluginError
from optbench.reporting.as_csv import as_csv
from optbench.reporting.figures.press import Press
from optbench.reporting.page.page import page
from optbench.reporting.report import Report, build
from optbench.store.results import Results
from optbench.store.store import refuse_outside, write


def write_report(
    results: Results,
    out: Path,
    formats: Sequence[str] = ("svg", "pdf", "png"),
    reporters: Sequence[Reporter] = (),
) -> Path:
    """Write `index.html`, `figures/<name>.<format>` and `tables/<name>.csv` under `out`; return the page's path.

    The page is written after these, so that where there is one, the files that it names are there too; then it is the
    `reporters`' turn. Raises `ResultsError`, before anything is written, where there is no run at all, and
    `PluginError`, after everything else, where a reporter fails.
    """
    for folder in ("figures", "tables"):
        refuse_outside(out / folder, out)
    with Press() as press:
        report = build(results)
        press.submit(report.drawings, dict.fromkeys(("svg", *formats)))
        content = page(report, formats)
        _write_files(report, out, formats)
    index = out / "index.html"
    write(index, content.encode())
    for reporter in reporters:
        try:
            resolve(reporter.build)(report, out)
        except Exception as error:
            rest = f"the rest of the report is in {out}"
            raise PluginError(f"reporter {reporter.name!r} failed: {error!r}; {rest}") from error
    return index


def _write_files(report: Report, out: Path, formats: Sequence[str]) -> None:
    for drawing in report.drawings:
        for format in formats:
            write(out / "figures" / f"{drawing.name}.{format}", drawing.encoded(format))
        write(out / "tables" / f"figure-{drawing.name}.csv", as_csv(drawing.data).encode())
    for table in report.tables:
        write(out / "tables" / f"{table.name}.csv", as_csv(table.data).encode())
