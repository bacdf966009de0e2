"""The files of `latex/`: `report.tex` and the parts that it puts in order, each ready for `\\input` into a paper."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from optbench.reporting.latex.bibliography import Citation, citations
from optbench.reporting.latex.escape import Tex, escape
from optbench.reporting.latex.layout import Block, Row, blocks
from optbench.reporting.latex.setup import setups
from optbench.reporting.report import Report
from optbench.store.store import write


def write_latex(report: Report, folder: Path) -> None:
    """Write `latex/` into the report's folder: the document, its parts, its figures as PDF, and its bibliography."""
    for name, content in contents(report).items():
        write(folder / "latex" / name, content)
    for drawing in report.drawings:
        write(folder / "latex" / "figures" / f"{drawing.name}.pdf", drawing.encoded("pdf"))


def contents(report: Report) -> dict[str, str]:
    """The text of every file by its name in `latex/`; the same report gives the same text."""
    templates, cited = _templates(), citations(report.results)

    def render(template: str, **context: object) -> str:
        return templates.get_template(template).render(report=report, **context)

    files = {
        "report.tex": render("report.tex.j2", cited=cited),
        "findings.tex": render("findings.tex.j2"),
        "setup.tex": render("setup.tex.j2", setups=setups(report, cited)),
    }
    if cited:
        files["references.bib"] = "\n".join(map(_bibtex, cited.values()))
    for drawing in report.drawings:
        files[f"figures/{drawing.name}.tex"] = render("figure.tex.j2", drawing=drawing)
    for table in (*report.tables, *(table for source in report.provenance for table in source.tables)):
        files[f"tables/{table.name}.tex"] = render("table.tex.j2", table=table, blocks=blocks(table))
    return files


def _templates() -> Environment:
    """What is printed with `<< >>` is escaped unless it is `Tex`."""
    environment = Environment(
        loader=PackageLoader("optbench.reporting.latex", ""),
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        finalize=lambda value: value if isinstance(value, Tex) else escape(str(value)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(tex=Tex, columns=_columns, heading=_heading, cells=_cells)
    return environment


def _columns(block: Block) -> Tex:
    return Tex(
        "".join(
            r">{\raggedright\arraybackslash}p{20em}" if wrapped else "r" if column.numeric else "l"
            for column, wrapped in zip(block.columns, block.wrapped, strict=True)
        )
    )


def _heading(line: tuple[str, ...]) -> Tex:
    return Tex(" & ".join(map(escape, line)))


def _cells(row: Row, block: Block) -> Tex:
    shown = []
    for cell, column in zip(row.cells, block.columns, strict=True):
        text = escape(_with_minus(cell.text) if column.numeric else cell.text)
        shown.append(rf"\textbf{{\boldmath {text}}}" if cell.best else text)
    return Tex(" & ".join(shown))


def _with_minus(text: str) -> str:
    """Hyphens before numbers as minus signs."""
    return re.sub(r"(?<![\w.])-(?=[\d∞])", "−", text)


def _bibtex(citation: Citation) -> str:
    fields = "".join(f"  {name} = {{{text}}},\n" for name, text in citation.fields.items())
    return f"@misc{{{citation.key},\n{fields}}}\n"
