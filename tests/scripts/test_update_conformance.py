"""`python -m scripts.update_conformance`: the tables of the checks and of the mutants."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import update_conformance
from scripts.pages import ROOT
from tests.support.mutants import MUTANTS


def test_both_tables_of_the_page_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With rows of mutants that take no time; `tests/testing/test_mutants.py` compares the real ones."""
    real = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    page = tmp_path / "conformance.md"
    page.write_text(real, encoding="utf-8")
    first = next(iter(MUTANTS))
    monkeypatch.setattr(update_conformance, "mutant_row", lambda name: "not caught" if name == first else name)
    update_conformance.update(page)
    text = page.read_text(encoding="utf-8")
    head, _, mutants = text.partition("<!-- mutants -->")
    assert head == real.partition("<!-- mutants -->")[0]
    assert mutants.splitlines()[1].startswith(f"{len(MUTANTS) - 1} of {len(MUTANTS)} broken variants are caught (")
    assert mutants.splitlines()[5 : 5 + len(MUTANTS)] == ["not caught", *list(MUTANTS)[1:]]
    assert text.partition("<!-- /mutants -->")[2] == real.partition("<!-- /mutants -->")[2]
