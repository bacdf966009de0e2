from __future__ import annotations

import os
from pathlib import Path

import pooch
import pytest

from optbench.data.folders import data_folders, writable

CACHE = Path(pooch.os_cache("optbench"))


def test_explicit_folder_comes_before_the_variable_and_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTBENCH_DATA", str(tmp_path / "variable"))
    assert data_folders(tmp_path / "explicit") == (tmp_path / "explicit", tmp_path / "variable", CACHE)


def test_without_anything_said_there_is_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPTBENCH_DATA", raising=False)
    assert data_folders() == (CACHE,)


def test_a_folder_named_twice_is_looked_into_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTBENCH_DATA", str(tmp_path))
    assert data_folders(tmp_path) == (tmp_path, CACHE)


def test_a_folder_that_can_be_made_is_writable(tmp_path: Path) -> None:
    assert writable(tmp_path / "not" / "yet")
    (tmp_path / "file").touch()
    assert not writable(tmp_path / "file" / "below")


def test_a_folder_without_permission_is_not_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert not writable(tmp_path)
