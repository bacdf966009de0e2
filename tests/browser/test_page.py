"""The page as a reader uses it: charts, the legend, tables, runs, themes, print, a phone and a screen reader."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from optbench.analysis.analysis import analyse
from optbench.reporting.formats import FORMATS
from optbench.reporting.write import write_report
from tests.support.campaign import Folder, campaign, zoo

Look = Callable[..., Page]
CHART = '[data-chart="learning-curves"]'
TICKS = "place => [...place.querySelectorAll('.ytick')].map(tick => tick.textContent).filter(Boolean)"
OF = "place => place.data.filter(line => line.visible !== false).map(line => line.entry)"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(campaign(), tmp_path_factory.mktemp("page"), FORMATS).page.absolute()


def panel(page: Page, chart: str = CHART) -> Locator:
    page.locator(chart).scroll_into_view_if_needed()
    return page.locator(f"{chart} .panel").first


def test_every_chart_is_drawn(page_file: Path, look: Look) -> None:
    page = look(page_file)
    drawn = page.locator("[data-chart]")
    assert drawn.count() >= 8
    assert page.locator('[data-chart][data-drawn="true"]').count() == drawn.count()
    for place in page.locator("[data-chart] .panel").all():
        assert place.locator(".scatterlayer path").count() > 0


def test_a_legend_switches_entries_in_all_charts(page_file: Path, look: Look) -> None:
    page = look(page_file)
    place = panel(page)
    chip = page.locator('#legend [data-entry="sgd"]')
    assert "sgd" in place.evaluate(OF)
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "false")
    for other in (CHART, '[data-chart="lr-sensitivity"]', '[data-chart="final-values"]'):
        assert "sgd" not in page.locator(f"{other} .panel").first.evaluate(OF)
    chip.dblclick()
    assert set(place.evaluate(OF)) == {"sgd"}
    page.locator("#legend").get_by_role("button", name="all", exact=True).click()
    assert {"sgd", "momentum", "adamw"} <= set(place.evaluate(OF))


def test_axes_change_and_zoom_and_come_back(page_file: Path, look: Look) -> None:
    page = look(page_file)
    place = panel(page)
    figure = page.locator("#figure-learning-curves")
    kind = "place => [place.layout.yaxis.type, place.layout.xaxis.title.text, place._fullLayout.xaxis.range]"
    assert place.evaluate(kind)[:2] == ["log", "steps"]
    figure.get_by_label("y axis").select_option("linear")
    figure.get_by_label("x axis").select_option("train_seconds")
    page.wait_for_function(
        f"() => {{ const place = document.querySelector('{CHART} .panel'); return place.layout.yaxis.type === 'linear'"
        f" && place.layout.xaxis.title.text.startsWith('training time'); }}"
    )
    before = place.evaluate(kind)[2]
    box = place.bounding_box()
    assert box
    page.mouse.move(box["x"] + 120, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 160, steps=5)
    page.mouse.up()
    page.wait_for_function(
        f"before => document.querySelector('{CHART} .panel')._fullLayout.xaxis.range[1] < before", arg=before[1]
    )
    figure.get_by_role("button", name="reset").click()
    page.wait_for_function(
        f"before => document.querySelector('{CHART} .panel')._fullLayout.xaxis.range[1] >= before", arg=before[1] * 0.99
    )


def test_hovering_tells_the_values(page_file: Path, look: Look) -> None:
    page = look(page_file)
    place = panel(page)
    line = place.evaluate(
        "place => { const i = place.data.findIndex(line => line.entry === 'momentum' && line.text);"
        "Plotly.Fx.hover(place, [{ curveNumber: i, pointNumber: 3 }]); return place.data[i].text[3]; }"
    )
    assert "momentum" in line and "5 runs" in line and "95 % interval" in line
    expect(place.locator(".hoverlayer")).to_contain_text("momentum")


def test_tables_sort_by_their_numbers(page_file: Path, look: Look) -> None:
    page = look(page_file)
    table = page.locator("#table-main-result table")
    head = table.get_by_role("button", name="quadratic: test loss")

    def shown() -> list[str]:
        return table.locator("tbody tr td:first-child").all_inner_texts()

    analysis = analyse(campaign())
    order = analysis.quality.query("task == 'quadratic'").sort_values("mean")["optimizer"].tolist()
    head.click()
    assert shown() == order
    head.click()
    assert shown() == order[::-1]


def test_a_number_leads_to_its_runs_and_a_run_opens_and_closes(page_file: Path, look: Look) -> None:
    page = look(page_file)
    frame = campaign().frame
    page.locator("#table-main-result tbody tr").filter(has_text="adamw").locator("a").nth(1).click()
    rows = page.locator("#run-list tbody tr")
    expect(rows.first).to_be_visible()
    own = frame[frame["optimizer"] == "adamw"]
    shown = set(page.locator("#run-list tbody td:first-child").all_inner_texts())
    task = rows.first.locator("td").nth(1).inner_text()
    assert shown == set(own[own["task"] == task]["run_id"])
    run = rows.first.locator("td").first.inner_text()
    rows.first.locator("a").click()
    dialog = page.locator("#run-view")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text(f"optbench show {run} --repeat")
    expect(dialog.locator(".scatterlayer path").first).to_be_attached()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_link_to_a_run_opens_it(page_file: Path, look: Look) -> None:
    run = campaign().frame.query("status == 'crashed'")["run_id"].iloc[0]
    page = look(page_file, address=f"#run-{run}")
    expect(page.locator("#run-view")).to_contain_text("killed by signal 11")


def test_files_inside_the_page_can_be_taken_along(page_file: Path, look: Look) -> None:
    page = look(page_file)
    with page.expect_download() as taken:
        page.locator('#figure-learning-curves a[data-file$=".svg"]').first.click()
    kept = page_file.parent / "figures" / "learning-curves.svg"
    assert Path(taken.value.path()).read_bytes() == kept.read_bytes()


def test_the_theme_can_be_switched_and_charts_follow(page_file: Path, look: Look) -> None:
    page = look(page_file)
    ink = "place => place._fullLayout.font.color"
    place = panel(page)
    light = place.evaluate(ink)
    page.locator("#theme").click()
    page.wait_for_function(
        f"before => document.querySelector('{CHART} .panel')._fullLayout.font.color !== before", arg=light
    )
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    dark = look(page_file, scheme="dark")
    assert panel(dark).evaluate(ink) != light


@pytest.mark.parametrize("width", [1400, 768, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen_and_a_screen_reader_finds_its_way(
    page_file: Path, look: Look, width: int, scheme: str
) -> None:
    page = look(page_file, width=width, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [
        (each["id"], each["nodes"][0]["html"][:200]) for each in found if each["impact"] in ("serious", "critical")
    ] == []


def test_the_answer_is_on_the_first_screen(page_file: Path, look: Look) -> None:
    page = look(page_file)
    for card in page.locator(".answer").all():
        box = card.bounding_box()
        assert box and box["y"] + box["height"] < 900


def test_many_entries_are_all_within_reach(tmp_path: Path, look: Look) -> None:
    page = look(write_report(campaign(zoo()), tmp_path, ("svg",)).page.absolute())
    place = panel(page)
    hidden = page.locator('#legend [aria-pressed="false"]')
    assert hidden.count() == 64 - 8
    name = hidden.first.inner_text()
    page.get_by_label("Find an optimizer").fill(name)
    page.locator(f'#legend [data-entry="{name}"]').click()
    assert name in place.evaluate(OF)
    table = page.locator("#table-main-result")
    assert table.locator("tbody tr:visible").count() == 20
    table.get_by_role("button", name="Show all 64 rows").click()
    assert table.locator("tbody tr:visible").count() == 64
    table.get_by_role("searchbox").fill("number-007")
    assert table.locator("tbody tr:visible").count() == 1


def test_print_shows_all_rows_and_no_buttons(page_file: Path, look: Look) -> None:
    page = look(page_file)
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator(".tools:visible").count() == 0
    for table in page.locator("table.sortable").all():
        assert table.locator("tbody tr:visible").count() == table.locator("tbody tr").count()
    assert len(page.pdf()) > 50_000


def test_on_paper_nothing_is_wider_than_the_page_and_charts_do_not_overlap(page_file: Path, look: Look) -> None:
    paper = 703  # A4 without margins of 12 mm, at 96 dots per inch
    page = look(page_file, width=paper)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("document.querySelector('[data-chart] .main-svg').getBoundingClientRect().width < 400")
    assert page.evaluate("document.documentElement.scrollWidth") <= paper
    for chart in page.locator("[data-chart]").all():
        boxes = [box for place in chart.locator(".panel").all() if (box := place.locator("svg").first.bounding_box())]
        for left, right in pairwise(boxes):
            assert right["y"] > left["y"] or left["x"] + left["width"] <= right["x"] + 1


def test_rows_of_a_chart_are_those_that_are_switched_on(page_file: Path, look: Look) -> None:
    page = look(page_file)
    place = panel(page, '[data-chart="final-values"]')
    rows = "place => [...place.querySelectorAll('.ytick')].map(tick => tick.textContent)"
    assert "sgd" in place.evaluate(rows)
    page.locator('#legend [data-entry="sgd"]').click()
    page.wait_for_function(
        "!document.querySelector('[data-chart=\"final-values\"] .panel').textContent.includes('sgd')"
    )
    assert "momentum" in place.evaluate(rows)


def test_ticks_between_powers_of_ten_are_whole_numbers(page_file: Path, look: Look) -> None:
    page = look(page_file)
    place = panel(page)
    page.locator("#figure-learning-curves").get_by_label("y axis").select_option("log")
    page.wait_for_timeout(300)
    ticks = [float(tick.replace("−", "-")) for tick in place.evaluate(TICKS)]
    assert len(ticks) > 1 and ticks == sorted(ticks)


def test_two_campaigns_are_overlaid_in_one_chart(tmp_path: Path, look: Look) -> None:
    results = campaign(Folder(), Folder(label="other", machine="d4e5f6"))
    page = look(write_report(results, tmp_path, ("svg",)).page.absolute())
    chart = page.locator('[data-chart^="overlaid-curves"] .panel').first
    chart.scroll_into_view_if_needed()
    texts = chart.evaluate("place => place.data.filter(line => line.text).map(line => line.text[0])")
    assert any("[standard]" in text for text in texts) and any("[other]" in text for text in texts)
