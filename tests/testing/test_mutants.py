"""The kit itself: it passes correct optimizers and catches broken ones, as docs/conformance.md says."""

from __future__ import annotations

from pathlib import Path

import pytest

import optbench
from optbench.testing.check import Outcome
from tests.support.mutants import CORRECT, MUTANTS
from tests.support.tables import check_lines, findings, mutant_row

PAGE = Path(optbench.__file__).parent.parent / "docs" / "conformance.md"
REMEDY = "docs/conformance.md is out of date: run scripts/update_conformance.py"


@pytest.mark.parametrize("name", CORRECT)
def test_correct_optimizers_pass(name: str) -> None:
    assert [str(found) for found in findings(CORRECT[name]) if found.outcome is Outcome.FAILED] == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_optimizer_is_caught_as_documented(name: str) -> None:
    assert mutant_row(name) in PAGE.read_text(encoding="utf-8").splitlines(), REMEDY


def test_nine_of_ten_broken_optimizers_are_caught() -> None:
    rows = PAGE.read_text(encoding="utf-8").partition("<!-- mutants -->")[2].splitlines()
    rows = [row for row in rows if row.startswith(("| adamw |", "| sgd |", "| nesterov |"))]
    caught = [row for row in rows if "not caught" not in row]
    assert len(rows) == len(MUTANTS) >= 20
    assert len(caught) >= 0.9 * len(rows)
    assert f"{len(caught)} of {len(rows)} broken variants are caught" in PAGE.read_text(encoding="utf-8")


def test_every_check_is_documented() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "\n".join(check_lines()).strip() in text, REMEDY
