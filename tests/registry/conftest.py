"""What tests of the registry share: plugins that are installed for one test, and no others."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from optbench.registry import discovery
from tests.support.distributions import write_distribution


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed distributions; those of the environment are out of sight."""
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(discovery, "distributions", lambda: importlib.metadata.distributions(path=[str(folder)]))
    monkeypatch.delenv(discovery.PIN, raising=False)
    yield folder
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == folder:
            del sys.modules[name]


@pytest.fixture
def install(site: Path) -> Callable[..., str]:
    """Install a plugin distribution: its name, its module's source, and more; see `write_distribution`."""

    def install_here(name: str, source: str, **more: Any) -> str:
        return write_distribution(site, name, source, **more)

    return install_here
