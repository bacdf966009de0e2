"""What notebooks show is whole by itself, and says what the page says."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from optbench.analysis.analysis import analyse
from optbench.reporting.html import as_html, results_html
from optbench.reporting.report import build
from optbench.reporting.tables.main import main_table
from optbench.reporting.tables.table import TableCell
from tests.support.campaign import Folder, campaign, zoo


def test_results_are_shown_with_the_main_table_and_a_figure_and_need_nothing_else() -> None:
    results = campaign()
    html = results_html(results, "Finished: all of it")
    root = ElementTree.fromstring(f"<div>{html.replace('xmlns:xlink', 'xmlns:x')}</div>".replace("xlink:", "x:"))
    texts = ["".join(cell.itertext()) for cell in root.iter("td")]
    assert texts == [cell.text for row in main_table(analyse(results)).rows for cell in row]
    assert html.count("<svg") == 1
    assert not re.search(r"<script|<link|src=|@import|on\w+=", html)
    assert not re.findall(r'href="(?!#)', html)
    assert set(re.findall(r"var\((--[\w-]+)\)", html)) <= set(re.findall(r"(--[\w-]+): #", html))


def test_a_report_is_shown_as_its_results_are() -> None:
    report = build(analyse(campaign(Folder(report_seeds=(1000, 1001, 1002)))))
    assert repr(report) == f"Report of standard: {len(report.drawings)} figures, {len(report.tables)} tables"
    html = report._repr_html_()
    assert report.drawings[0].title in html and report.banner.split(";")[0] in html


def test_hostile_names_are_text() -> None:
    table = main_table(analyse(campaign(Folder(report_seeds=(1000, 1001)))))
    odd = replace(table, rows=((TableCell("<script>alert(1)</script>"), *table.rows[0][1:]),))
    assert "<script" not in as_html("<b>", odd) and "&lt;script&gt;" in as_html("<b>", odd)


@pytest.mark.parametrize("folder", [zoo(40), Folder(devices=("cpu", "cuda"))], ids=["many", "devices"])
def test_odd_campaigns_are_shown_too(folder: Folder) -> None:
    assert "<table>" in results_html(campaign(folder), "")
