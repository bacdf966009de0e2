from __future__ import annotations

import base64
import re
from collections import Counter
from pathlib import Path

import pytest

from optbench.reporting.write import write_report
from optbench.suite.cell import Entry
from tests.reporting.conftest import Page
from tests.support.campaign import OPTIMIZERS, REASONS, TASKS, Folder, campaign


def test_page_loads_nothing_from_anywhere(page: Page) -> None:
    loaded = page.values("src", "href", "xlink:href", "srcset", "data", "action")
    assert loaded
    assert [address[:40] for address in loaded if not address.startswith(("#", "data:"))] == []
    assert not re.search(r"url\((?!#)", page.source)
    assert "@import" not in page.source
    assert not {"script", "iframe", "object", "embed", "img"} & {tag for tag, _ in page.tags}


def test_ids_are_unique_and_every_internal_link_has_its_place(page: Page) -> None:
    ids = Counter(page.values("id"))
    assert [name for name, n in ids.items() if n > 1] == []
    links = {a[1:] for a in page.values("href", "xlink:href") if a.startswith("#")}
    links |= set(re.findall(r"url\(#([^)]*)\)", page.source))
    assert links <= set(ids)


def test_every_run_is_on_the_page_once(page: Page) -> None:
    ids = set(campaign().frame["run_id"])
    found = Counter(re.findall(r"\b[0-9a-f]{16}\b", page.text))
    assert {run_id: found[run_id] for run_id in ids} == dict.fromkeys(ids, 1)


def test_every_planned_cell_accounts_for_its_runs(page: Page) -> None:
    assert sum(tag == "details" for tag, _ in page.tags) == len(TASKS) * len(OPTIMIZERS)
    assert "report: 5 skipped; tuning: 9 crashed" in page.text
    assert "report: 4 completed, 1 diverged; tuning: 13 completed, 2 diverged" in page.text


def test_numbers_of_the_main_table_lead_to_run_lists(page: Page) -> None:
    main = page.source[page.source.index('id="table-main-result"') :]
    main = main[: main.index("</section>")]
    assert main.count('<a href="#cell-') == len(TASKS) * len(OPTIMIZERS)
    assert 'href="#cell-1"' in main and '<details id="cell-1"' in page.source


def test_failures_and_daggers_are_explained(page: Page) -> None:
    assert REASONS["crashed"] in page.text and REASONS["diverged"] in page.text
    for flag in "†‡":
        assert page.text.count(flag) >= 2
    assert "skipped (0/5)" in page.text and "(4/5)‡" in page.text


def test_stand_ins_and_changes_are_told(page: Page) -> None:
    assert "digits-mlp stands in for mnist-mlp" in page.text
    assert "Changed by the suite: adamw: weight_decay = 0.1 instead of 0.0." in page.text


def test_full_profile_is_not_called_exploratory_and_smoke_is(page: Page, smoke: Page) -> None:
    assert "xploratory" not in page.text
    assert "Smoke profile: exploratory" in smoke.text
    assert any(attributes.get("class") == "watermark" for _, attributes in smoke.tags)


def test_every_figure_says_how_many_seeds_and_what_protocol_it_shows(page: Page) -> None:
    captions = re.findall(r"<figcaption.*?</figcaption>", page.source, re.DOTALL)
    assert len(captions) > 5
    for caption in captions:
        assert "protocol lr-grid (9 learning rates" in caption and "n = 5 report seeds" in caption


def test_conditions_stand_side_by_side(smoke: Page) -> None:
    assert "What changed" in smoke.text
    assert "Learning curves (standard, cpu)" in smoke.text and "Learning curves (other, cuda)" in smoke.text
    assert "3 stale records are left out" in smoke.text
    assert len(set(smoke.values("id"))) == len(smoke.values("id"))


def test_tables_can_be_taken_along(page: Page, folder: Path) -> None:
    link = next(a for _, a in page.tags if a.get("download") == "main-result.csv")
    content = base64.b64decode(link["href"].partition(",")[2])
    assert content == (folder / "tables" / "main-result.csv").read_bytes()
    names = {f"tables/{name}" for name in page.values("download")}
    assert names == {f"tables/{path.name}" for path in (folder / "tables").iterdir()}


def test_hostile_text_is_shown_and_not_run(tmp_path: Path) -> None:
    evil = '<script>alert("x")</script>'
    entries = (Entry(name="sgd", component="sgd", lr_ref=0.1, description=evil, changed=(evil,)),)
    results = campaign(Folder(optimizers=entries, tasks=TASKS[1:2], notes=(evil,), label="<b>&x"))
    results.frame.loc[results.frame["status"] == "diverged", "reason"] = evil
    page = Page(write_report(results, tmp_path, ()).read_text(encoding="utf-8"))
    assert "script" not in {tag for tag, _ in page.tags} and "b" in {tag for tag, _ in page.tags}
    assert page.text.count(evil) > 4
    assert evil not in page.source


@pytest.mark.parametrize(
    "odd",
    [
        Folder(tasks=TASKS[:1]),
        Folder(report_seeds=(1000,), tasks=TASKS[1:2]),
        Folder(crashing=frozenset((entry.name, task.name) for entry in OPTIMIZERS for task in TASKS)),
        Folder(
            tasks=TASKS[:1],
            optimizers=tuple(Entry(name=f"optimizer-{i}", component="x", lr_ref=0.1) for i in range(40)),
            report_seeds=(1000, 1001),
        ),
    ],
    ids=["one task", "one seed", "all failed", "forty optimizers"],
)
def test_odd_campaigns_still_make_a_page(odd: Folder, tmp_path: Path) -> None:
    page = Page(write_report(campaign(odd), tmp_path, ()).read_text(encoding="utf-8"))
    assert all(entry.name in page.text for entry in odd.optimizers)
    assert "nan" not in page.text.lower().split()
