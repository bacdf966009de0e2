"""`python -m scripts.update_verdicts`: the table of simulated campaigns in docs/protocol.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import update_verdicts
from scripts.pages import ROOT


def test_the_table_has_a_row_for_every_number_of_seeds_and_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_verdicts, "SEEDS", (3, 5))
    monkeypatch.setattr(update_verdicts, "ENTRIES", (2,))
    page = tmp_path / "page.md"
    page.write_text("<!-- verdicts -->\nold\n<!-- /verdicts -->\n", encoding="utf-8")
    update_verdicts.update(page, campaigns=10)
    _, *lines, _ = page.read_text(encoding="utf-8").splitlines()
    assert [line.split("|")[1:3] for line in lines[2:]] == [[" 3 ", " 2 "], [" 5 ", " 2 "]]
    assert {line.count("|") for line in lines} == {len(update_verdicts.COLUMNS) + 1}


def test_the_page_has_the_columns_of_the_script() -> None:
    assert "\n".join(("<!-- verdicts -->", *update_verdicts.HEADER)) in (ROOT / "docs" / "protocol.md").read_text()
