"""A report's files: the page, the figures, the tables. Each is written beside its place, then moved there."""

from __future__ import annotations

from pathlib import Path

from optbench.reporting.figures.drawing import encode
from optbench.reporting.page import page
from optbench.reporting.report import build
from optbench.store.results import Results

FORMATS = ("svg", "pdf", "png")


def write_report(results: Results, out: Path, formats: tuple[str, ...] = FORMATS) -> Path:
    """Write `index.html`, `figures/<name>.<format>` and `tables/<name>.csv` under `out`; return the page's path.

    The page is written last, so that where there is one, the files that it names are there too. Raises
    `ResultsError`, before anything is written, where there is no run at all.
    """
    report = build(results)
    content = page(report)
    for drawing in report.drawings:
        for format in formats:
            _replace(out / "figures" / f"{drawing.name}.{format}", encode(drawing.figure, format))
        _replace(out / "tables" / f"figure-{drawing.name}.csv", drawing.data.to_csv(index=False).encode())
    for table in report.tables:
        _replace(out / "tables" / f"{table.name}.csv", table.data.to_csv(index=False).encode())
    index = out / "index.html"
    _replace(index, content.encode())
    return index


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
