"""Suite files that are not what they were: each is refused with its mistakes, a line each, or is a suite."""

from __future__ import annotations

import json
import math
import random
import tomllib
from pathlib import Path
from typing import Any

import pytest

from optbench.components.task import Task
from optbench.errors import UsageError
from optbench.options import parse_options
from optbench.registry.discovery import load_registry
from optbench.suite.load import load_suite_file
from optbench.suite.resolve import Imported, resolve_suite
from tests.support.mutations import mutated

SUITES = sorted(Path("suites").glob("*.toml"))


def toml(value: Any) -> str:
    """Write a value inline, nothing as text; text in TOML has the escapes of JSON."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return json.dumps("" if value is None else value)


def document(content: Any) -> str:
    """Write a suite file."""
    return "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in content.items())


def try_suite_files(folder: Path, number: int, seed: int) -> int:
    """Read and resolve mutated suite files, without their data; return how many are refused."""
    registry, rng, refused = load_registry(), random.Random(seed), 0
    good, file = [path.read_text() for path in SUITES], folder / "mutated.toml"
    results = parse_options({"results": folder / "results"})
    for _ in range(number):
        file.write_text(mutated(rng.choice(good), rng, tomllib.loads, document))
        try:
            suite, mistakes = resolve_suite(
                load_suite_file(file, registry),
                registry,
                profile=rng.choice(("smoke", "default", "paper")),
                devices=("cpu",),
                obtain=_checksum,
                inspect=lambda name: Imported(None),
            )
        except UsageError as error:
            lines = str(error).splitlines()
            refused += 1
        else:
            lines = [*mistakes]
            refused += bool(mistakes)
            assert results.results_folder(suite.name).resolve().parent == (folder / "results").resolve()
        assert all(0 < len(line) < 2_000 for line in lines), lines
        assert [path.name for path in folder.iterdir()] == ["mutated.toml"]
    return refused


def _checksum(task: Task) -> str:
    return f"of {task.dataset}"


def test_a_mutated_suite_file_is_refused_or_a_suite(tmp_path: Path) -> None:
    assert try_suite_files(tmp_path, 150, seed=0) > 50


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_mutated_suite_files_are_refused_or_suites(tmp_path: Path) -> None:
    assert try_suite_files(tmp_path, 10_000, seed=1) > 5_000
