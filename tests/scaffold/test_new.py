"""`optbench new`: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import datetime
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.cli.main import main
from optbench.components.task import Task
from optbench.errors import UsageError
from optbench.registry.registry import Registry
from optbench.scaffold.project import KINDS, LONGEST, Kind, Project
from optbench.scaffold.write import render

# Lines of generated code are longest and shortest with these.
NAMES = ("x", "lion-cub", "x" * LONGEST)


@pytest.fixture
def new(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, list[str]]]:
    """Run `optbench new` in an empty folder and return its exit code, output and error lines."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, list[str]]:
        with pytest.raises(SystemExit) as ended:
            main(["new", *arguments])
        output = capfd.readouterr()
        return int(ended.value.code or 0), output.out, output.err.splitlines()

    return run


@pytest.mark.parametrize("kind", KINDS)
def test_it_writes_a_distribution_that_announces_its_package(
    kind: str, new: Callable[..., tuple[int, str, list[str]]]
) -> None:
    assert new(kind, "lion-cub")[::2] == (0, [])
    folder = Path("optbench-lion-cub")
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        ".github/workflows/ci.yml",
        ".gitignore",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "src/optbench_lion_cub/__init__.py",
        "src/optbench_lion_cub/lion_cub.py",
        "tests/test_lion_cub.py",
    }
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["name"] == "optbench-lion-cub"
    assert project["entry-points"] == {"optbench": {"lion-cub": "optbench_lion_cub"}}
    assert project["dependencies"][0].startswith("optbench>=")
    assert f"(c) {datetime.date.today().year}, The authors" in (folder / "LICENSE").read_text()
    assert "python-version: ${{ matrix.python }}" in (folder / ".github" / "workflows" / "ci.yml").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_what_to_do_next_in_four_commands(kind: str, new: Callable[..., tuple[int, str, list[str]]]) -> None:
    task = {"model": "lion-cub-digits", "dataset": "lion-cub-linear", "task": "lion-cub"}
    chosen = "-o lion-cub -o adamw" if kind == "optimizer" else f"-t {task[kind]}"
    assert new(kind, "lion-cub", "--path", "my plugins/cub")[1].splitlines()[2:] == [
        "  pip install -e 'my plugins/cub[test]'",
        "  pytest 'my plugins/cub'",
        "  optbench check lion-cub",
        f"  optbench run suites/standard --profile smoke {chosen}",
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_clean_under_ruff_as_it_comes(
    kind: str, name: str, new: Callable[..., tuple[int, str, list[str]]], tmp_path: Path
) -> None:
    new(kind, name, "--path", "written")
    for command in ("check", "format --check"):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command.split(), "--no-cache", "."],
            cwd=tmp_path / "written",
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_line_is_left_unfinished(kind: Kind, name: str) -> None:
    for path, text in render(Project(kind, name), 2026).items():
        assert text.endswith("\n"), path
        assert not re.search(r"[ \t]+$|\n\n\Z|\{%|Undefined", text, re.MULTILINE), path


def test_an_empty_folder_will_do(new: Callable[..., tuple[int, str, list[str]]]) -> None:
    Path("here").mkdir()
    assert new("task", "lion-cub", "--path", "here")[0] == 0
    assert Path("here/pyproject.toml").is_file()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["optimizer", "adam"], "name 'adam': optimizer 'adam' is there already, from optbench "),
        (["model", "mnist"], "name 'mnist': dataset 'mnist' is there already, from optbench "),
        (["optimizer", "Lion"], "; 'lion' would do"),
        (["optimizer", "lion_cub"], "; 'lion-cub' would do"),
        (["model", "3d-net"], "; 'd-net' would do"),
        (["task", "class"], "; 'my-class' would do"),
        (["dataset", "löwe!"], "; 'l-we' would do"),
        (["optimizer", ""], "; 'my-optimizer' would do"),
        (["optimizer", "x" * (LONGEST + 1)], f"at most {LONGEST}"),
        (["optimiser", "lion-cub"], "'optimiser' is not one of"),
        (["optimizer"], "Missing argument 'NAME'"),
        (["optimizer", "lion-cub", "--path", "full"], "'full' is there already and not empty"),
        (["optimizer", "lion-cub", "--path", "full/file"], "'full/file' is there already and not empty"),
        (["optimizer", "lion-cub", "--path", "full/file/in"], "'full/file/in' cannot be written: Not a directory"),
    ],
    ids=lambda value: shlex.join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_refused_in_one_line_and_nothing_is_written(
    arguments: list[str], expected: str, new: Callable[..., tuple[int, str, list[str]]]
) -> None:
    Path("full").mkdir()
    Path("full/file").touch()
    code, out, err = new(*arguments)
    assert (code, out, len(err)) == (2, "", 1)
    assert err[0].startswith("optbench: ")
    assert expected in err[0]
    assert sorted(map(str, Path().rglob("*"))) == ["full", "full/file"]


def test_the_task_that_would_come_along_must_be_free_too() -> None:
    registry = Registry()
    registry.tasks.add(Task(name="cub-linear", model="linear", dataset="cub", steps=1), "someones", "1.0")
    Project("model", "cub").check_free(registry)
    with pytest.raises(UsageError, match=r"task 'cub-linear' is there already, from someones 1\.0"):
        Project("dataset", "cub").check_free(registry)


def test_an_installed_distribution_is_not_shadowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optbench.scaffold.project.version_of", {"optbench-cub": "2.0"}.get)
    with pytest.raises(UsageError, match=r"optbench-cub 2.0 is installed already; .* pip uninstall optbench-cub$"):
        Project("model", "cub").check_free(Registry())


@given(st.sampled_from(KINDS), st.text(st.characters(codec="ascii"), max_size=40))
def test_the_name_that_is_proposed_would_do(kind: Kind, name: str) -> None:
    try:
        Project(kind, name)
    except UsageError as error:
        (proposal,) = re.findall(r"; '([^']*)' would do$", str(error))
        assert Project(kind, proposal).name == proposal
