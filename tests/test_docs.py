"""What README and docs say is so."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from click.testing import CliRunner

import optbench
from optbench.builtin.suites import SUITES
from optbench.builtin.tasks import TASKS
from optbench.cli.main import COMMANDS
from optbench.cli.main import optbench as command
from optbench.registry import hookspecs
from optbench.registry.discovery import load_registry
from optbench.registry.registry import Registry
from optbench.runs.record import RunStatus

ROOT = Path(optbench.__file__).parent.parent
if not (ROOT / "README.md").is_file():
    pytest.skip("needs a checkout", allow_module_level=True)
DOCS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")]}


def test_every_hook_is_documented() -> None:
    for hook in (name for name in vars(hookspecs) if name.startswith("optbench_")):
        assert f"`{hook}`" in DOCS["docs/plugins.md"]


def test_every_status_is_documented() -> None:
    for status in RunStatus:
        assert f"| `{status}` |" in DOCS["docs/protocol.md"]


def test_every_command_and_option_that_the_docs_name_exists() -> None:
    for name, text in DOCS.items():
        for line in re.findall(r"^\s*(?:\.venv/bin/)?optbench (\w.*?)(?: *#.*)?$", text, re.MULTILINE):
            words = line.split()
            assert words[0] in COMMANDS, f"{name}: {line}"
            options = {option for parameter in resolve_name(COMMANDS[words[0]][0]).params for option in parameter.opts}
            for word in words[1:]:
                if word.startswith("-"):
                    assert word in options, f"{name}: {line}"


def test_every_link_leads_somewhere() -> None:
    for name, text in DOCS.items():
        for target in re.findall(r"\]\(\s*([^)#]+?)\s*\)", text):
            if "://" not in target:
                assert (ROOT / name).parent.joinpath(target).exists(), f"{name}: {target}"


def test_every_task_has_its_section() -> None:
    for task in TASKS:
        assert f"\n## {task.name}\n\n{task.description}\n" in DOCS["docs/tasks.md"], "run scripts/update_tasks.py"


def test_every_way_to_fool_oneself_has_its_tests() -> None:
    (table,) = re.findall(r"<!-- sins -->\n(.*?)<!-- /sins -->", DOCS["docs/protocol.md"], re.DOTALL)
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]
    assert [row[0] for row in rows] == [str(i) for i in range(1, 23)]
    for number, *_, how, tests in rows:
        assert how in ("impossible", "visible"), number
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", tests)
        assert named and len(named) == tests.count("`") / 2, number
        for path, name in named:
            tree = ast.parse((ROOT / path).read_text())
            assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{path}::{name}"


def test_every_promise_about_security_has_its_test() -> None:
    rows = re.findall(
        r"^\| (?!Promise).*\| `(tests/[\w/]+\.py)::(test_\w+)` \|$", DOCS["docs/security.md"], re.MULTILINE
    )
    assert len(rows) == DOCS["docs/security.md"].count("\n| ") - 1 > 5
    for path, name in rows:
        tree = ast.parse((ROOT / path).read_text())
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{path}::{name}"


def test_every_suite_is_listed() -> None:
    for suite in SUITES:
        assert f"\n| `{suite.name}` | " in DOCS["docs/suites.md"]


def test_the_page_on_plugins_shows_what_we_provide(registry: Registry) -> None:
    (own,) = (plugin for plugin in registry.plugins if plugin.name == "optbench")
    (shown,) = re.findall(r"^optbench  +\S+  +\d+ ms  (.*)$", DOCS["docs/managing-plugins.md"], re.MULTILINE)
    counts = {
        kind.rstrip("s").replace("data set", "dataset"): int(n) for n, kind in re.findall(r"(\d+) ([a-z ]+)", shown)
    }
    assert counts == {kind.rstrip("s"): count for kind, count in own.provides.items() if count}


def test_each_command_helps() -> None:
    for name, (where, line) in COMMANDS.items():
        assert resolve_name(where).get_short_help_str(200) == line
        done = CliRunner().invoke(command, [name, "--help"])
        assert done.exit_code == 0
        assert done.output.startswith(f"Usage: optbench {name}")


@pytest.mark.slow
def test_the_readmes_notebook_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", DOCS["README.md"], re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)
    assert set(names["frame"].optimizer) == {"sgd", "adam"}
    assert (tmp_path / "my-report" / "index.html").is_file()


def test_the_plugin_of_the_docs_is_one(tmp_path: Path) -> None:
    blocks = re.findall(r"(?:^    .*\n|^\n)+", DOCS["docs/plugins.md"], re.MULTILINE)
    (code,) = [textwrap.dedent(block) for block in blocks if "@optbench.hookimpl" in block]
    plugin = tmp_path / "my_documented_plugin.py"
    plugin.write_text(code)
    lion = load_registry([plugin]).optimizers["lion"].component
    assert (lion.build, lion.lr_ref, lion.weight_decay_mode) == ("mylib:Lion", 1e-4, "decoupled_lr")
