from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import optbench
from optbench.analysis.analysis import analyse
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.latex.document import contents, write_latex
from optbench.reporting.latex.escape import escape
from optbench.reporting.report import Report, build
from optbench.suite.cell import Entry
from tests.support.campaign import CRASHING, OPTIMIZERS, TASKS, Folder, campaign

EVIL = "50%_of $x & #~^\\ {a} }{ ±†‡§–×→ Жé優 [x] *y --z 10⁻⁵ f₀ “q” `<|>` " + "X" * 70
REFERENCE = "Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, arXiv:1412.6980"


@pytest.fixture(scope="module")
def report() -> Report:
    return build(analyse(campaign()))


@pytest.fixture(scope="module")
def evil() -> Report:
    entries = (
        Entry(name="a_b", component="x", lr_ref=0.1, reference=EVIL, description=EVIL, changed=(EVIL,)),
        Entry(name="adam", component="x", lr_ref=0.1, reference=REFERENCE, distribution=EVIL),
    )
    crashing = frozenset({("adam", TASKS[0].name)})
    return build(analyse(campaign(Folder(EVIL, optimizers=entries, tasks=TASKS[:1], notes=(EVIL,), crashing=crashing))))


def test_the_document_puts_every_part_in_order_once(report: Report) -> None:
    files = contents(report)
    parts = re.findall(r"\\input{(.*)}", files["report.tex"])
    assert {f"{part}.tex" for part in parts} | {"report.tex"} == {name for name in files if name.endswith(".tex")}
    assert len(set(parts)) == len(parts)
    assert parts[:2] == ["findings", "tables/main-result"]
    assert {f"tables/{table.name}" for table in report.tables} < set(parts)
    assert {f"figures/{drawing.name}" for drawing in report.drawings} < set(parts)


def test_the_main_result_is_that_of_the_page(report: Report) -> None:
    text = contents(report)["tables/main-result.tex"]
    shown = text.replace(r"$\pm$", "±").replace(r"\textdagger{}", "†").replace(r"\textdaggerdbl{}", "‡")
    for row in report.main.rows:
        cells = [rf"\textbf{{\boldmath {cell.text}}}" if cell.best else cell.text for cell in row]
        assert f"{' & '.join(cells)} \\\\\n" in shown
    assert shown.count(r"\textbf") == sum(cell.best for row in report.main.rows for cell in row) > 0
    assert "failed in tuning (0/5)" in shown and CRASHING[0] in shown
    assert r"test accuracy (\%)" in shown
    assert escape(report.main.caption) in text


def test_negative_numbers_have_a_minus_sign_and_every_sign_of_ours_is_set(report: Report) -> None:
    text = "".join(contents(report).values())
    assert not re.search(r"& -\d", text)
    assert "U+" not in text


def test_the_setup_says_what_was_compared_how_with_what_and_on_what(evil: Report) -> None:
    files = contents(evil)
    text = files["setup.tex"]
    assert r"adam~\cite{kingma2015adam}" in text and r"a\_b~\cite{50-" in text
    assert "quadratic (parameters on quadratic, 200 steps with batches of 16, schedule constant, metric loss)" in text
    assert "5 fresh report seeds (1000--1004)" in text
    assert "Software: python 3.12.1, torch 2.13.0, optbench-lion 1.0." in text
    assert "Machine: Imaginary CPU 9000." in text
    keys = re.findall(r"@misc{(.*),", files["references.bib"])
    assert set(re.findall(r"\\cite{(.*?)}", text)) == set(keys)


def test_several_sources_have_a_paragraph_and_tables_each() -> None:
    files = contents(
        build(
            analyse(campaign(*(Folder(label, tasks=TASKS[2:], protocol="defaults") for label in ("before", "after/x"))))
        )
    )
    assert r"\paragraph{Experimental setup (before)}" in files["setup.tex"]
    assert {"tables/tasks-1.tex", "tables/tasks-2.tex", "tables/optimizers-2.tex"} < set(files)


def test_the_same_results_give_the_same_bytes_and_figures_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Drawing, "encoded", lambda self, format: f"{self.name} as {format}".encode())
    few = Folder(tasks=TASKS[2:], optimizers=OPTIMIZERS[:2], protocol="defaults")
    report = build(analyse(campaign(few)))
    write_latex(report, tmp_path)
    again = contents(build(analyse(campaign(few))))
    assert {name: (tmp_path / "latex" / name).read_text(encoding="utf-8") for name in again} == again
    figures = {path.stem: path.read_text() for path in (tmp_path / "latex/figures").glob("*.pdf")}
    assert figures == {drawing.name: f"{drawing.name} as pdf" for drawing in report.drawings}


def test_it_is_a_reporter_like_any_other() -> None:
    assert optbench.load_registry().reporters["latex"].distribution == "optbench"


@pytest.fixture(scope="module")
def written(evil: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paper")
    write_latex(evil, folder)
    return folder


def log_of(document: Path) -> str:
    """What TeX says of a document, which compiles without a mistake."""
    done = subprocess.run(
        ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", document.name],
        cwd=document.parent,
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return document.with_suffix(".log").read_text(encoding="utf-8", errors="replace")


needs_tex = pytest.mark.skipif(not shutil.which("latexmk"), reason="needs latexmk, which TeX Live has")


@needs_tex
def test_the_document_compiles_whatever_a_campaign_brings_and_stays_on_its_pages(written: Path) -> None:
    log = log_of(written / "latex/report.tex")
    assert "undefined" not in log
    assert [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(points) > 15] == []


@needs_tex
def test_parts_go_into_a_paper_with_the_lines_that_the_docs_give(written: Path) -> None:
    page = Path(optbench.__file__).parents[1] / "docs" / "papers.md"
    if not page.is_file():
        pytest.skip("needs a checkout")
    (block,) = re.findall(r"```latex\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    preamble, body = block.split("…\n")
    paper = written / "paper.tex"
    paper.write_text(
        rf"\documentclass[twocolumn]{{article}}{preamble}\begin{{document}}{body}\bibliographystyle{{plain}}\end{{document}}"
    )
    assert "undefined" not in log_of(paper)
