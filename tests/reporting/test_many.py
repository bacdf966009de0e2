from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from optbench.analysis.analysis import Analysis, analyse
from optbench.reporting.drawings import drawings
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.many import FIT_LINES, LEADERS, MANY, leading, many
from optbench.reporting.style import PAGE
from optbench.reporting.tables.main import main_table
from optbench.reporting.tables.rankings import ranking_tables
from optbench.reporting.tables.table import Table
from optbench.reporting.tables.targets import targets_table
from optbench.reporting.tables.totals import totals_table
from optbench.reporting.tables.tuned import tuned_table
from optbench.reporting.text import WIDEST, summary
from optbench.reporting.words.failures import failures
from optbench.reporting.words.finding import SHOWN
from optbench.reporting.words.notes import changes
from optbench.reporting.words.verdicts import average_ranks, verdicts
from optbench.reporting.write import write_report
from optbench.runs.record import RunStatus
from tests.reporting.conftest import Page
from tests.support.campaign import TASKS, campaign, zoo

ZOO = zoo()
NAMES = [entry.name for entry in ZOO.optimizers]
BEST = sorted(NAMES[:-8], key=ZOO.places.__getitem__)
"""From best to worst as made up; random numbers swap neighbours."""


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analyse(campaign(ZOO))


@pytest.fixture(scope="module")
def drawn(analysis: Analysis) -> dict[str, Drawing]:
    return {name: drawing for name, (drawing, *_) in ((n, d) for n, d in drawings(analysis).items() if d)}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zoo")
    write_report(campaign(ZOO), folder)
    return folder


@pytest.fixture(scope="module")
def page(out: Path) -> Page:
    return Page((out / "index.html").read_text(encoding="utf-8"))


def texts(table: Table, column: int) -> list[str]:
    return [row[column].text for row in table.rows]


def labels(drawing: Drawing) -> set[str]:
    return {label.get_text().partition(" (")[0] for axis in drawing.figure.axes for label in axis.get_yticklabels()}


def coloured(axis: Axes) -> set[tuple[Any, Any]]:
    """Looks of the lines with markers, one per optimizer; a cross is a failed run's end."""
    return {(line.get_color(), line.get_marker()) for line in axis.lines if line.get_marker() not in ("None", "x")}


def test_leaders_are_the_winners_of_tasks_and_then_the_best_by_average_rank(analysis: Analysis) -> None:
    (condition,) = analysis.conditions
    winners = set(analysis.quality.loc[analysis.quality["rank"].eq(1), "optimizer"])
    order = analysis.leaderboard["optimizer"].tolist()
    assert leading(analysis, condition, 64) == order
    assert winners <= set(leading(analysis, condition, 2))
    worst = analysis.leaderboard.assign(wins=analysis.leaderboard["optimizer"].eq(order[-1]).astype(int))
    surprising = type(analysis)(**{**vars(analysis), "leaderboard": worst})
    assert leading(surprising, condition, 4) == [*order[:3], order[-1]]


def test_up_to_the_limit_everything_is_shown() -> None:
    few = analyse(campaign(zoo(MANY)))
    names = [entry.name for entry in zoo(MANY).optimizers]
    (condition,) = few.conditions
    assert not many(few) and leading(few, condition, 3) == names
    assert texts(main_table(few), 0) == few.leaderboard["optimizer"].tolist()
    assert texts(totals_table(few), 0) == names
    found = {name: drawing for name, (drawing, *_) in ((n, d) for n, d in drawings(few).items() if d)}
    assert labels(found["heatmap"]) >= set(names)
    assert len(found["learning-curves"].figure.legends[0].get_texts()) == MANY - 7, "without those that crashed at once"
    whole = [drawing for name, drawing in found.items() if name != "fit"]
    assert not any("optimizers are" in drawing.caption for drawing in whole)
    assert f"{FIT_LINES} of {MANY} optimizers are shown" in found["fit"].caption
    assert len(found["fit"].figure.legends[0].get_texts()) == FIT_LINES
    assert len(changes(campaign(zoo(MANY)).sources[0].suite)) > 20 * MANY
    assert "more: see the page" not in summary(analyse(campaign(zoo(MANY))))


def test_one_more_than_the_limit_is_many() -> None:
    assert many(analyse(campaign(zoo(MANY + 1))))


def test_terminal_has_the_best_of_each_task_on_a_screen_or_two() -> None:
    text = summary(analyse(campaign(ZOO)))
    lines = text.splitlines()
    assert max(map(len, lines)) <= WIDEST and len(lines) <= 90
    assert text.count(f"… {64 - MANY} more: see the page") == len(ZOO.tasks)
    boards = text[: text.index("quadratic: ")]
    assert all(boards.count(name) == len(ZOO.tasks) for name in BEST[: MANY - 5])
    assert not any(name in boards for name in [*NAMES[-8:], *BEST[MANY + 5 :]])


def test_boards_stand_side_by_side_where_the_width_takes_them() -> None:
    def headings(text: str) -> list[int]:
        return [line.count("optimizer ") for line in text.splitlines() if line.startswith("optimizer ")]

    assert headings(summary(analyse(campaign(ZOO)))) == [2]
    longer = tuple(entry.model_copy(update={"name": f"{entry.name}-with-more"}) for entry in zoo(24).optimizers)
    assert headings(summary(analyse(campaign(zoo(24, optimizers=longer))))) == [1, 1]


def test_sentences_name_a_few_and_count_the_others(analysis: Analysis) -> None:
    for finding in (*verdicts(analysis), *average_ranks(analysis), *failures(analysis, brief=True)):
        named = sum(name in finding.sentence for name in NAMES)
        assert named <= 3 * (SHOWN + 1) and len(finding.sentence) < 700, finding
    (ranking,) = average_ranks(analysis)
    assert f"and {64 - LEADERS} more (over 2 tasks)" in ranking.sentence


def test_every_failure_is_told_once_with_its_reason(analysis: Analysis) -> None:
    first, *kinds = failures(analysis)
    assert first.sentence == "56 of 64 optimizers completed every report run and 8 completed none."
    assert [kind.subject for kind in kinds] == [
        "6 report runs diverged",
        "18 runs failed",
        "12 runs crashed",
        "12 runs ran out of time",
    ]
    for name in NAMES[-8:]:
        assert sum(name in kind.sentence for kind in kinds) == 1
    assert "3 optimizers on quadratic and digits-mlp (RuntimeError: made up)" in kinds[1].sentence


def test_many_kinds_of_failure_are_cut_in_the_terminal_only() -> None:
    results = campaign(zoo(endings=dict.fromkeys(NAMES[:15], "failed")))
    failed = results.frame["status"].eq("failed")
    results.frame.loc[failed, "reason"] = "cannot find " + results.frame.loc[failed, "optimizer"].str.translate(
        str.maketrans("0123456789", "abcdefghij")
    )
    found = analyse(results)
    assert len(failures(found)) == 1 + 15
    assert failures(found, brief=True)[-1].sentence == "5 other kinds of failure: see the page."


def test_runs_not_made_yet_are_counted() -> None:
    results = campaign(ZOO)
    part = type(results)(results.frame[~results.frame["optimizer"].isin(NAMES[:9])], results.sources)
    last = failures(analyse(part), brief=True)[-1]
    assert last.subject == "54 report runs still missing"
    assert last.sentence.startswith("9 optimizers: ") and last.sentence.endswith("and 5 more.")


def test_main_table_has_all_of_them_best_first_with_their_places(analysis: Analysis) -> None:
    table = main_table(analysis)
    assert table.columns[0].text == "place"
    assert sorted(texts(table, 1)) == sorted(NAMES)
    assert texts(table, 1) == analysis.leaderboard["optimizer"].tolist()
    assert set(texts(table, 1)[:10]) <= set(BEST[:16]) and set(texts(table, 1)[-8:]) == set(NAMES[-8:])
    assert [int(place) for place in texts(table, 0)][-8:] == [57] * 8


def test_each_task_has_a_ranking_of_all(analysis: Analysis) -> None:
    for table, task in zip(ranking_tables(analysis), ZOO.tasks, strict=True):
        cells = analysis.quality[analysis.quality["task"] == task.name].set_index("optimizer")
        assert sorted(texts(table, 1)) == sorted(NAMES)
        assert cells.loc[texts(table, 1), "rank"].is_monotonic_increasing


def test_tables_of_times_and_targets_are_best_first(analysis: Analysis) -> None:
    for _, group in targets_table(analysis).data.groupby(["task", "target"], sort=False):
        assert group["steps"].is_monotonic_increasing
    assert set(texts(totals_table(analysis), 0)[:8]) == set(NAMES[-8:]), "the failures first"


def test_page_accounts_for_every_optimizer_and_run(page: Page) -> None:
    main = page.source[page.source.index('id="table-main-result"') :]
    main = main[: main.index("</section>")]
    assert all(main.count(f">{name}<") == 1 for name in NAMES)
    assert main.count('<a href="#cell-') == 64 * len(ZOO.tasks)
    assert len(page.packed("runs")["cells"]) == 64 * len(ZOO.tasks)
    assert page.text.count("Ranking on") == len(ZOO.tasks)


def test_charts_have_every_optimizer_and_show_the_leaders_first(analysis: Analysis, page: Page) -> None:
    data, (condition,) = page.packed("charts"), analysis.conditions
    assert set(data["looks"]) == set(NAMES)
    assert set(data["shown"]) == set(leading(analysis, condition, LEADERS))
    drawn = {line["entry"] for panel in data["charts"]["learning-curves"]["panels"] for line in panel["lines"]}
    assert drawn >= set(NAMES[:-8])


def test_csv_files_have_every_optimizer(out: Path, page: Page) -> None:
    completed = set(NAMES[:-8])
    for path in (out / "tables").glob("*.csv"):
        table = pd.read_csv(path)
        compared_with = set(table.get("reference", ()))
        assert {*table["optimizer"], *compared_with} >= completed, path.name
    for name in ("main-result.csv", "tuned.csv", "runs-by-status.csv", "figure-heatmap.csv"):
        assert set(pd.read_csv(out / "tables" / name)["optimizer"]) == set(NAMES)
    inline = pd.read_csv(io.StringIO(page.packed("files")["figure-heatmap.csv"]))
    assert set(inline["optimizer"]) == set(NAMES)
    assert pd.read_csv(out / "tables" / "main-result.csv")["place"].is_monotonic_increasing


def test_leaders_are_in_colour_and_the_others_grey(drawn: dict[str, Drawing]) -> None:
    for name in ("learning-curves", "learning-curves-seconds"):
        figure = drawn[name].figure
        for axis in figure.axes:
            assert len(coloured(axis)) == LEADERS
            (others,) = (c for c in axis.collections if isinstance(c, LineCollection))
            assert len(others.get_segments()) == 64 - 8 - LEADERS
        names = [text.get_text() for text in figure.legends[0].get_texts()]
        assert len(names) == LEADERS + 1 and names[-1] == f"{64 - 8 - LEADERS} others"


def test_grey_lines_do_not_widen_the_axes(analysis: Analysis, drawn: dict[str, Drawing]) -> None:
    (axis, *_) = drawn["learning-curves-seconds"].figure.axes
    (condition,) = analysis.conditions
    shown = analysis.curves[analysis.curves["optimizer"].isin(leading(analysis, condition, LEADERS))]
    assert axis.get_xlim()[1] < 1.1 * shown.query("task == 'quadratic'")["train_seconds"].max()
    assert analysis.curves["train_seconds"].max() > axis.get_xlim()[1]


def test_figures_with_a_line_each_have_the_leaders_and_say_who_is_missing(
    analysis: Analysis, drawn: dict[str, Drawing]
) -> None:
    (condition,) = analysis.conditions
    for name in ("heatmap", "final-values", "steps-to-target", "costs"):
        shown = labels(drawn[name]) & set(NAMES)
        assert MANY <= len(shown) < 64
        assert shown == set(leading(analysis, condition, len(shown)))
        assert f"{len(shown)} of 64 optimizers are shown" in drawn[name].caption
        assert "the CSV file has all" in drawn[name].caption
    assert "8 of the 64 completed none" in drawn["learning-curves"].caption


def test_captions_do_not_list_what_the_suite_changed_about_each(drawn: dict[str, Drawing]) -> None:
    for drawing in drawn.values():
        assert "The suite changed 64 of 64 entries" in drawing.caption and len(drawing.caption) < 1200


def test_figures_fit_on_a_page(drawn: dict[str, Drawing]) -> None:
    heights = {name: drawing.figure.get_figheight() for name, drawing in drawn.items()}
    assert max(heights.values()) <= PAGE and heights["heatmap"] > PAGE - 0.3, "as many rows as it takes"


def test_figures_of_many_tasks_fit_on_a_page() -> None:
    tasks = tuple(TASKS[i % 2].model_copy(update={"name": f"a-task-with-a-long-name-{i}"}) for i in range(5))
    for found in drawings(analyse(campaign(zoo(40, tasks=tasks, report_seeds=(1000,))))).values():
        for drawing in found:
            assert drawing.figure.get_figheight() <= PAGE, drawing.name


def test_without_tuning_nothing_is_said_about_it(analysis: Analysis, drawn: dict[str, Drawing], page: Page) -> None:
    assert "lr-sensitivity" not in drawn
    heads = [column.text for column in (*tuned_table(analysis).columns, *totals_table(analysis).columns)]
    assert not {"trials", "tuning runs", "broken", "range tried"} & set(heads)
    assert not any("tuning" in head for head in heads)
    assert "Sensitivity" not in page.text and "tuning: " not in page.text
    assert "Nothing is tuned" in page.text and "Hyper-parameters" in page.text


def test_with_tuning_the_leaders_sensitivity_is_drawn() -> None:
    found = drawings(analyse(campaign(zoo(24, protocol="lr-grid", tasks=TASKS[1:2]))))
    (drawing,) = found["lr-sensitivity"]
    assert len(drawing.figure.legends[0].get_texts()) == LEADERS
    assert f"{LEADERS} of 24 optimizers are shown" in drawing.caption
    assert drawing.data["optimizer"].nunique() == 24


def test_conditions_have_leaders_of_their_own() -> None:
    one, other = zoo(24), zoo(24, label="other", machine="d4e5f6")
    turned = replace(other, places={name: 23 - place for name, place in other.places.items()})
    both = analyse(campaign(one, turned))
    first, second = (leading(both, condition, LEADERS) for condition in both.conditions)
    assert len(set(first) & set(second)) < LEADERS / 2
    for drawing, leaders in zip(drawings(both)["learning-curves"], (first, second), strict=True):
        assert [text.get_text() for text in drawing.figure.legends[0].get_texts()[:-1]] == leaders
    assert len(ranking_tables(both)) == 4
    assert max(map(len, summary(both).splitlines())) <= WIDEST


@pytest.mark.parametrize("status", [RunStatus.DIVERGED, RunStatus.SKIPPED])
def test_a_zoo_that_all_ends_alike_still_makes_a_page(status: RunStatus, tmp_path: Path) -> None:
    folder = zoo(24, report_seeds=(1000,), endings=dict.fromkeys(NAMES, str(status)))
    page = Page(write_report(campaign(folder), tmp_path).page.read_text(encoding="utf-8"))
    assert all(entry.name in page.text for entry in folder.optimizers)
    assert page.text.count("all 24 entries that ran failed in the same way") == len(folder.tasks)
    assert "0 of 24 optimizers" not in page.text, "the task is at fault"


def test_the_fit_and_the_layers_are_drawn_of_optimizers_that_have_them() -> None:
    few = analyse(campaign(zoo(MANY)))
    last = [str(name) for name in few.leaderboard["optimizer"]][-1]
    only = few.fit_curves.assign(optimizer=last)
    cell = few.fit_curves.iloc[:1][["source", "device", "task"]].assign(optimizer=last)
    layers = cell.assign(measure="gradient", depth=1, layer="first", step=10.0, value=1.0)
    drawn = drawings(replace(few, fit_curves=only, layers_over_time=layers))
    (fit,), (inside,) = drawn["fit"], drawn["layers"]
    assert [text.get_text() for text in fit.figure.legends[0].get_texts()] == [last]
    assert f"Only {last} is shown; " in inside.caption
    assert inside.name == "layers-gradient"


def test_a_target_that_no_run_reaches_has_a_row_in_the_table_and_no_panel() -> None:
    few = analyse(campaign(zoo(MANY)))
    reached: list[Any] = list(few.targets.groupby(["task", "target"]).groups)
    task, target = reached[0]
    unreached = (few.targets["task"] == task) & (few.targets["target"] == target)
    hopeless = few.targets.assign(hits=few.targets["hits"].mask(unreached, 0))
    (drawn,) = drawings(replace(few, targets=hopeless))["steps-to-target"]
    titles = [" ".join(axis.get_title().split()) for axis in drawn.figure.axes]
    assert f"{task}: {target}" not in titles
    assert len(titles) == len(reached) - 1
    assert not drawings(replace(few, targets=few.targets.assign(hits=0)))["steps-to-target"]
