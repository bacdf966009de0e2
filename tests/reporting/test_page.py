from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from optbench.analysis.analysis import analyse
from optbench.reporting.answer import answers
from optbench.reporting.page.page import CARRIED
from optbench.reporting.write import write_report
from optbench.suite.cell import Entry
from tests.reporting.conftest import Page
from tests.support.campaign import OPTIMIZERS, REASONS, TASKS, Folder, campaign


def test_page_loads_nothing_from_anywhere(page: Page) -> None:
    loaded = page.values("src", "xlink:href", "srcset", "data", "action")
    assert [address[:40] for address in loaded if not address.startswith(("#", "data:"))] == []
    links = {address for address in page.values("href") if not address.startswith(("#", "data:"))}
    assert links and all(link.startswith(("figures/", "tables/")) for link in links)
    assert not re.search(r"url\((?!#)", page.source)
    assert "@import" not in page.source
    assert not {"iframe", "object", "embed", "img"} & {tag for tag, _ in page.tags}


def test_files_that_the_page_links_are_beside_it(page: Page, folder: Path) -> None:
    links = {address for address in page.values("href") if address.startswith(("figures/", "tables/"))}
    assert {link for link in links if not (folder / link).is_file()} == set()


def test_ids_are_unique_and_every_internal_link_has_its_place(page: Page) -> None:
    ids = Counter(page.values("id"))
    assert [name for name, n in ids.items() if n > 1] == []
    links = {a[1:] for a in page.values("href", "xlink:href") if a.startswith("#")}
    links |= set(re.findall(r"url\(#([^)$]*)\)", page.source))
    assert links <= set(ids) | set(page.packed("runs")["cells"])


def test_every_run_is_on_the_page_once_with_its_view_and_its_curve(page: Page) -> None:
    frame = campaign().frame
    ids = set(frame["run_id"])
    assert Counter(run["run"] for run in page.runs) == dict.fromkeys(ids, 1)
    details = page.packed("details")
    assert set(details["views"]) == ids
    assert set(details["curves"]) == set(frame.dropna(subset=["step"])["run_id"])
    some = frame[frame["status"] == "completed"].iloc[0]["run_id"]
    points = frame[frame["run_id"] == some].sort_values("step")
    steps, _, losses, _ = details["curves"][some]
    assert steps == points["step"].tolist()
    assert losses == pytest.approx(points["validation_loss"].tolist(), rel=1e-4)


def test_the_view_of_a_run_that_broke_has_the_end_of_its_output(page: Page) -> None:
    views, broken = page.packed("details")["views"], next(run for run in page.runs if run["status"] == "crashed")
    assert REASONS["crashed"] in views[broken["run"]]["ends"]["End of its output"]
    assert f"optbench show {broken['run']} --repeat" in views[broken["run"]]["texts"]


def test_every_planned_cell_accounts_for_its_runs(page: Page) -> None:
    cells = page.packed("runs")["cells"]
    assert len(cells) == len(TASKS) * len(OPTIMIZERS)

    def ended(optimizer: str, task: str) -> Counter[tuple[str, str]]:
        runs = [run for run in page.runs if (run["optimizer"], run["task"]) == (optimizer, task)]
        return Counter((run["phase"], run["status"]) for run in runs)

    assert ended("lbfgs", "digits-mlp") == {("report", "skipped"): 5, ("tune", "crashed"): 9}
    assert ended("adamw", "chars") == {
        ("report", "completed"): 4, ("report", "diverged"): 1, ("tune", "completed"): 13, ("tune", "diverged"): 2,
    }  # fmt: skip


def test_numbers_of_the_main_table_lead_to_runs(page: Page) -> None:
    main = page.source[page.source.index('id="table-main-result"') :]
    main = main[: main.index("</section>")]
    led = re.findall(r'<a href="#(cell-\d+)"', main)
    assert sorted(led) == sorted(page.packed("runs")["cells"])


def test_the_first_screen_shows_each_task_best_first_and_marks_what_may_be_best(page: Page) -> None:
    analysis = analyse(campaign())
    found = answers(analysis)
    assert [answer.task for answer in found] == [task.name for task in TASKS]
    for answer in found:
        cells = analysis.quality[analysis.quality["task"] == answer.task].set_index("optimizer")
        assert [dot.entry for dot in answer.dots] == cells.sort_values("rank", kind="stable").index.tolist()
        assert {dot.entry for dot in answer.dots if dot.best} == set(cells.index[cells["best"]])
        assert {dot.entry for dot in answer.dots if dot.worse} == set(cells.index[cells["worse"]])
        shown = [dot for dot in answer.dots if dot.at is not None]
        assert all(dot.low is None or dot.low <= dot.at <= dot.high for dot in shown)
        higher = next(task for task in TASKS if task.name == answer.task).higher_is_better
        places = [dot.at or 0.0 for dot in shown if not dot.beyond and cells.loc[dot.entry, "contends"]]
        assert places == sorted(places, reverse=higher)


def test_what_may_be_the_best_is_on_its_axis_and_cut_intervals_are_marked() -> None:
    analysis = analyse(campaign())
    quality = analysis.quality.assign(worse=False)
    quality["best"] = quality["mean"].notna() & (quality["task"] == "quadratic")
    far = quality["best"] & (quality["optimizer"] == "adamw")
    quality.loc[far, "mean"] = 1e3
    quality["low"], quality["high"] = quality["mean"], quality["mean"] + 1e6
    verdicts = tuple(replace(verdict, best=()) for verdict in analysis.verdicts)
    quadratic = answers(replace(analysis, quality=quality, verdicts=verdicts))[0]
    best = [dot for dot in quadratic.dots if dot.best]
    assert len(best) > 1 and not any(dot.beyond for dot in best)
    assert {dot.cut for dot in best} == {(False, True)}


def test_failures_and_daggers_are_explained(page: Page) -> None:
    assert REASONS["crashed"] in page.text and REASONS["diverged"] in page.text
    for flag in "†‡":
        assert page.text.count(flag) >= 2
    assert "failed in tuning (0/5)" in page.text and "(4/5)‡" in page.text


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
    papers = re.findall(r'<details class="about">.*?</details>', page.source, re.DOTALL)
    for caption in papers:
        assert "protocol lr-grid (9 learning rates" in caption and "n = 5 report seeds" in caption


def test_conditions_stand_side_by_side(smoke: Page) -> None:
    assert "What changed" in smoke.text
    assert "Learning curves (standard, cpu)" in smoke.text and "Learning curves (other, cuda)" in smoke.text
    assert "3 stale records are left out" in smoke.text
    assert len(set(smoke.values("id"))) == len(smoke.values("id"))


def test_tables_and_figures_can_be_taken_along_or_lie_beside_the_page(page: Page, folder: Path) -> None:
    carried = page.packed("files")
    assert set(page.values("data-file")) == set(carried)
    for name in carried:
        kept = folder / ("figures" if name.endswith(".svg") else "tables") / name
        assert carried[name] == kept.read_text(encoding="utf-8")
    links = {address for address in page.values("href") if address.startswith("tables/")}
    assert {f"tables/{path.name}" for path in (folder / "tables").iterdir()} <= links
    assert len(carried) > 20 and sum(map(len, carried.values())) <= CARRIED


def test_hostile_text_is_shown_and_not_run(tmp_path: Path) -> None:
    evil = '<script>alert("x")</script>'
    entries = (Entry(name="sgd", component="sgd", lr_ref=0.1, description=evil, changed=(evil,)),)
    results = campaign(Folder(optimizers=entries, tasks=TASKS[1:2], notes=(evil,), label="<b>&x"))
    results.frame.loc[results.frame["status"] == "diverged", "reason"] = evil
    page = Page(write_report(results, tmp_path).page.read_text(encoding="utf-8"))
    assert sum(tag == "script" for tag, _ in page.tags) == 6, "its own"
    assert page.text.count(evil) > 2
    assert evil not in page.source
    assert any(run.get("note") == evil for run in page.runs), "it is text there, which its script never makes markup of"


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
    page = Page(write_report(campaign(odd), tmp_path).page.read_text(encoding="utf-8"))
    assert {entry.name for entry in odd.optimizers} <= {run["optimizer"] for run in page.runs}
    assert "nan" not in page.text.lower().split()
