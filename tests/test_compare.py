"""`optbench compare`: planted regressions are found, harmless changes are let through."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import optbench
from optbench.cli.main import main
from optbench.observers import LoggingObserver
from optbench.options import parse_options
from optbench.timing import time_suite
from tests.support.refactored import BELOW, HARMLESS, REGRESSIONS, Adam, Planted, SmallerRate

HERE = """
from concurrent.futures import Future

import optbench


class Here(optbench.LocalExecutor):
    def submit(self, specs):
        for spec in specs:
            future, slot = Future(), optbench.Slot(self.places["cpu"][0], self.context, optbench.ThisProcess())
            future.set_result(slot.run(spec))
            yield future


@optbench.hookimpl
def optbench_executors():
    yield optbench.Executor(name="here", build=Here)
"""

SUITE = """
name = "library"
[protocol]
{protocol}
[[tasks]]
name = "digits"
model = "mlp"
model_options = {{ hidden = [32] }}
dataset = "digits"
batch_size = 64
steps = 60
evaluations = 3
"""
ENTRY = '[[optimizers]]\nname = "{name}"\noptimizer = "tests.support.refactored:{variant}"\nlr_ref = {rate}\n'
FIXED = 'name = "defaults"'
TUNED = """
decades = 2
points_per_decade = 1
finalists = 3
edge_extensions = 1
edge_points = 1
"""


def entry(variant: type[Any], rate: float) -> str:
    return f"{variant.__name__}-{rate}"


def carried_out(folder: Path, protocol: str, entries: Iterable[tuple[type[Any], float]]) -> Path:
    """A campaign of some classes, each with a rate, timed as well."""
    suite, plugin = folder / "library.toml", folder / "here.py"
    plugin.write_text(HERE)
    tables = [ENTRY.format(name=entry(*which), variant=which[0].__name__, rate=which[1]) for which in entries]
    suite.write_text(SUITE.format(protocol=protocol) + "".join(tables))
    given: Any = {"results": folder / "results", "devices": ["cpu"], "plugins": [plugin], "executor": "here"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optbench.reporting.report.drawings", lambda analysis: defaultdict(tuple))
        found = optbench.run(suite, **given).folder
    for _ in time_suite(suite, parse_options(given), LoggingObserver(), rounds=12, reference=entry(Adam, BELOW)):
        pass
    return found


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every entry at a fixed rate, five seeds each."""
    planted = [(cls, p.rate) for p in REGRESSIONS for cls in (p.before, p.variant)]
    entries = dict.fromkeys([*planted, *((cls, BELOW) for cls in HARMLESS)])
    return carried_out(tmp_path_factory.mktemp("fixed"), FIXED, entries)


def worse(folder: Path, before: str, after: str) -> set[str]:
    compared: optbench.Compared = optbench.compare(f"{folder}:{before}", f"{folder}:{after}")
    table = compared.changes
    return set(table.loc[table["verdict"] == "worse", "measure"])


@pytest.mark.parametrize("planted", REGRESSIONS, ids=lambda planted: planted.variant.__name__)
def test_a_planted_regression_is_found(campaign: Path, planted: Planted) -> None:
    before, after = entry(planted.before, planted.rate), entry(planted.variant, planted.rate)
    assert planted.measure in worse(campaign, before, after)


@pytest.mark.parametrize("variant", HARMLESS, ids=lambda variant: variant.__name__)
def test_a_harmless_change_is_let_through(campaign: Path, variant: type[Any]) -> None:
    assert worse(campaign, entry(Adam, BELOW), entry(variant, BELOW)) == set()


def test_the_gate_closes_with_exit_code_3_and_writes_a_page(
    campaign: Path, no_figures: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = (f"{campaign}:{entry(cls, BELOW)}" for cls in (Adam, SmallerRate))
    with pytest.raises(SystemExit) as closed:
        main(["compare", good, bad, "--out", str(tmp_path), "--fail-on", "worse"])
    assert closed.value.code == 3
    assert "worse: Adam-0.003 → SmallerRate-0.003 on digits (quality)." in capsys.readouterr().out
    page = (tmp_path / "index.html").read_text()
    assert page.index('id="changes"') < page.index('id="table-main-result"')
    with pytest.raises(SystemExit) as passed:
        main(["compare", bad, good, "--out", str(tmp_path), "--fail-on", "worse", "--json"])
    assert passed.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["measure"]: row["verdict"] for row in told["changes"]}["quality"] == "better"
    assert told["counts"]["better"] >= 1
