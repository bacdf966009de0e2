from __future__ import annotations

import base64
import gzip
import json
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from optbench.reporting.formats import FORMATS
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
        if self.lasttag not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def packed(self, name: str) -> Any:
        """The data inside one of its compressed script elements."""
        start = self.source.index(f'id="data-{name}">') + len(f'id="data-{name}">')
        content = self.source[start : self.source.index("</script>", start)]
        return json.loads(gzip.decompress(base64.b64decode(content)))

    @cached_property
    def runs(self) -> list[dict[str, str]]:
        """The rows of its list of runs, by column."""
        data = self.packed("runs")
        return [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]

    def values(self, *names: str) -> list[str]:
        return [value for _, attributes in self.tags for name, value in attributes.items() if name in names and value]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written report of the standard campaign."""
    out = tmp_path_factory.mktemp("report")
    write_report(campaign(), out, FORMATS)
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
    path = write_report(results, tmp_path_factory.mktemp("smoke")).page
    return Page(path.read_text(encoding="utf-8"))
