from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from optbench.reporting.write import write_report
from tests.support.campaign import Folder, campaign


class Page(HTMLParser):
    """A parsed page: its tags with attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: Any, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: Any) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def values(self, *names: str) -> list[str]:
        return [value for _, attributes in self.tags for name, value in attributes.items() if name in names and value]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written report of the standard campaign."""
    out = tmp_path_factory.mktemp("report")
    write_report(campaign(), out)
    return out


@pytest.fixture(scope="session")
def page(folder: Path) -> Page:
    return Page((folder / "index.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of two conditions, one of them a smoke profile."""
    results = campaign(
        Folder(profile="smoke", report_seeds=(1000, 1001)),
        Folder(label="other", devices=("cuda",), machine="d4e5f6", notes=("3 stale records are left out",)),
    )
    path = write_report(results, tmp_path_factory.mktemp("smoke"), ())
    return Page(path.read_text(encoding="utf-8"))
