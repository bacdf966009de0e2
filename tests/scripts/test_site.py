"""What the site makes of pages and docstrings, and what it collects for its gallery."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

import optbench
from scripts.gallery import PICTURES, collect, finished_report, gallery
from scripts.pages import ROOT
from scripts.site import DOORS, class_signature, link_to_source, public_names, restructured, without_marks
from tests.scripts.conftest import Run

DOCS = ROOT / "docs"


def test_every_public_name_is_on_a_page_of_the_api() -> None:
    for door, page in zip(DOORS, ("api.md", "api-testing.md"), strict=True):
        text = (DOCS / page).read_text(encoding="utf-8")
        automatic = set(re.findall(rf"^\.\. auto\w+:: {re.escape(door.__name__)}\.(\w+)$", text, re.MULTILINE))
        by_hand = set(re.findall(r"^\.\. py:\w+:: (\w+)$", text, re.MULTILINE))
        assert automatic | by_hand == set(door.__all__)
        assert not automatic & by_hand


def test_every_page_is_in_the_contents() -> None:
    (contents,) = re.findall(r"^<!-- site\n(.*)^-->$", (DOCS / "index.md").read_text(), re.MULTILINE | re.DOTALL)
    listed = [line for line in contents.splitlines() if re.fullmatch(r"[\w/-]+", line)]
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"} | {"hooks/README"}
    assert sorted(listed) == sorted(pages)


def test_what_only_the_site_shows_stands_in_comments() -> None:
    assert without_marks("one\n\n<!-- site\n```{toctree}\nstart\n```\n-->\n") == "one\n\n```{toctree}\nstart\n```\n\n"
    assert without_marks("<!-- result -->\nkept\n<!-- /result -->\n") == "<!-- result -->\nkept\n<!-- /result -->\n"


@pytest.mark.parametrize(
    ("page", "link", "leads"),
    [
        ("suites.md", "[e](../suites/example.toml)", "[e](https://github.com/optbench/optbench/blob/main/suites/example.toml)"),
        ("hooks/README.md", "[p](../plugins.md)", "[p](../plugins.md)"),
        ("hooks/README.md", "[r](../../README.md)", "[r](https://github.com/optbench/optbench/blob/main/README.md)"),
        ("suites.md", "[x](../nowhere.md)", "[x](../nowhere.md)"),
        ("suites.md", "[t](tasks.md#models)", "[t](tasks.md#models)"),
    ],
)  # fmt: skip
def test_links_out_of_the_docs_lead_to_the_code_host(page: str, link: str, leads: str) -> None:
    assert link_to_source(link, page) == leads


def test_docstrings_become_restructured_text() -> None:
    lines = ["`a_` is *not* bold|:", "", "    code = `as` it_is", "", "- one", "  `two`"]
    assert list(restructured(lines)) == [
        r"``a_`` is \*not\* bold\|:", "", "::", "", "    code = `as` it_is", "", "- one", "  ``two``"
    ]  # fmt: skip


@dataclass(frozen=True)
class Fields:
    number: float
    names: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    _hidden: int = 0


class Model(BaseModel):
    steps: Literal["full"] | int = Field(default=3, gt=0)
    build: Callable[..., Any] = print
    names: list[Annotated[str, Field(pattern="a")]] = []


class Kind(Enum):
    ONE = 1


@pytest.mark.parametrize(
    ("kind", "signature"),
    [
        (Fields, "(number: float, names: tuple[str, ...] = (), options: dict[str, Any] = ...)"),
        (Model, "(*, steps: Literal['full'] | int = 3, build: Callable[..., Any] = ..., names: list[str] = [])"),
        (Kind, ""),
        (optbench.LocalExecutor, None),
    ],
)
def test_a_signature_is_as_the_source_has_it(kind: type, signature: str | None) -> None:
    assert class_signature(kind) == signature


def test_annotations_lead_to_public_names() -> None:
    names = public_names()
    assert names["optbench.components.optimizer.Optimizer"] == "optbench.Optimizer"
    assert names["optbench.testing.trial.Trial"] == "optbench.testing.Trial"


# The gallery.


@pytest.fixture
def campaign(tmp_path: Path, no_figures: None) -> Path:
    """A results root that holds a smoke campaign of the suite `surfaces`."""
    optbench.run(
        "suites/surfaces",
        profile="smoke",
        tasks=["booth"],
        optimizers=["adam"],
        jobs=1,
        results=tmp_path,
        devices=["cpu"],
    )
    return tmp_path


def test_a_report_is_copied_with_its_picture_and_how_it_was_made(campaign: Path) -> None:
    folder = finished_report(campaign, "surfaces")
    assert folder == campaign / "surfaces-smoke"
    figures = folder / "report" / "figures"
    figures.mkdir()
    (figures / "paths.svg").write_text("<svg/>")
    collect(folder, campaign / "gallery", "paths")
    assert (campaign / "gallery/pages/reports/surfaces/index.html").is_file()
    words = (campaign / "gallery" / "surfaces.md").read_text()
    assert words.startswith("![surfaces: paths](../build/gallery/surfaces.svg)\n")
    assert 'href="reports/surfaces/index.html"' in words
    assert "`optbench run suites/surfaces --profile smoke`" in words
    assert "not which optimizer is better" in words


def test_a_full_campaign_comes_before_a_smoke_one(tmp_path: Path) -> None:
    for name in ("standard", "standard-smoke"):
        (tmp_path / name / "report").mkdir(parents=True)
        (tmp_path / name / "report" / "index.html").touch()
    assert finished_report(tmp_path, "standard") == tmp_path / "standard"


def test_results_that_cannot_be_read_are_one_line(tmp_path: Path, script: Run) -> None:
    for suite in PICTURES:
        (tmp_path / suite / "report").mkdir(parents=True)
        (tmp_path / suite / "report" / "index.html").touch()
    code, _, errors = script(gallery, "--results", tmp_path, "--out", tmp_path / "gallery")
    assert code == 2
    assert errors == [f"gallery: {str(tmp_path / 'standard')!r} is no results folder: it has no suite.json"]
