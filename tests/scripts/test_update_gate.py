"""`python -m scripts.update_gate`: `suites/regression`, with an Adam and a momentum that changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from optbench.analysis.comparison.change import Verdict
from optbench.errors import UsageError
from scripts import update_gate
from scripts.pages import ROOT
from tests.support.refactored import HARMLESS, REGRESSIONS, Adam, Momentum, Slow


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
def test_the_gate_closes_for_every_planted_regression_and_opens_for_every_harmless_change(tmp_path: Path) -> None:
    """Takes half an hour, with a core that nothing else uses."""
    found = {outcome.change: outcome for outcome in update_gate.outcomes(tmp_path)}
    for planted in REGRESSIONS:
        assert found[planted.variant].closes
        assert planted.measure in found[planted.variant].judged[Verdict.WORSE]
    assert [change for change in HARMLESS if found[change].closes] == []


def test_the_page_has_what_the_gate_does_for_every_change() -> None:
    page = (ROOT / "docs" / "regression-gate.md").read_text(encoding="utf-8")
    lines = page[page.index("<!-- planted -->") : page.index("<!-- /planted -->")].splitlines()[1:]
    assert tuple(lines[:2]) == update_gate.HEADER
    for row, change in zip(lines[2:], update_gate.CHANGES, strict=True):
        closes = "opens" if change in HARMLESS else "closes"
        assert row.startswith(f"{update_gate.start_of_row(change)} {closes} |")


def test_a_version_is_the_suite_with_its_own_classes_everywhere(tmp_path: Path) -> None:
    version = update_gate.Version(tmp_path / "slow", Slow, Momentum)
    assert version.optbench("list", "optimizers").returncode == 0
    suite = (version.folder / "regression.toml").read_text(encoding="utf-8")
    used = [line for line in suite.splitlines() if line.startswith("optimizer = ")]
    assert used == ['optimizer = "library:Momentum"'] * 2 + ['optimizer = "library:Adam"'] * 2
    assert "Slow as Adam, Momentum as Momentum" in (version.folder / "library.py").read_text(encoding="utf-8")


def test_what_cannot_be_carried_out_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no-such-suite"):
        update_gate.Version(tmp_path / "before", Adam, Momentum).optbench("run", "no-such-suite")


def test_a_machine_that_stays_busy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update_gate, "PATIENCE", 0)
    monkeypatch.setattr("psutil.getloadavg", lambda: (100.0, 100.0, 100.0))
    with pytest.raises(UsageError, match="times need a free core"):
        update_gate.wait_until_quiet()
