"""The pages of docs/ that lead somewhere, carried out: every file written, every command run, every output compared."""

from __future__ import annotations

import re
import shlex
import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.offline import ROOT, offline_environment

DOCS = ROOT / "docs"
GUIDE = ("start.md", "your-optimizer.md", "your-task.md")
ON_PLUGINS = ("conformance.md", "managing-plugins.md")
ON_RESULTS = ("command-line.md", "papers.md")
"""Pages whose commands work on what the tutorial has made."""
ELSEWHERE = ("learning-rates.md", "regression-gate.md", "cluster.md")
"""Pages with tests of their own; that of clusters are those of the plugin."""
CODE = re.compile(
    r"^```(?P<language>\w+)\n(?P<fenced>(?:.*\n)*?)```$|^(?P<indented>    .*\n(?:    .*\n|\n)*)", re.MULTILINE
)
INTERVAL_IN_OUTPUT = r"[\d.]+ ± [\d.]+[*†‡]*"
INTERVAL = re.compile(r"[\d.\\]+\\ ±\\ [\d.\\]+[*†‡\\]*")
TITLE = re.compile(r"# (\S+\.\w+)\n")


@dataclass(frozen=True)
class Block:
    """A piece of code on a page: `sh` is run, and `text` is what that prints.

    Any other piece begins with a comment that names the file it is; `toml` without one is what pyproject.toml contains.
    """

    language: str
    code: str

    def script(self) -> str:
        """The bash that carries it out, in the folder where the previous one ended."""
        if self.language == "sh":
            return self.code
        title = TITLE.match(self.code)
        if self.language == "toml" and not title:
            return f'[[ "$(cat pyproject.toml)" == *{shlex.quote(self.code.strip())}* ]]\n'
        assert title, f"neither a command nor a file with a title:\n{self.code}"
        return f"cat > {title[1]} <<'END OF FILE'\n{self.code}END OF FILE\n"


def read_blocks(page: str) -> list[Block]:
    """All pieces of code of a Markdown page, in their order."""
    found = []
    for match in CODE.finditer(page):
        if match["language"]:
            found.append(Block(match["language"], match["fenced"]))
        else:
            found.append(Block("", textwrap.dedent(match["indented"]).strip() + "\n"))
    return found


def follow(page: str, folder: Path, environment: dict[str, str]) -> None:
    """Do what a page says, and compare what each piece of code prints with the `text` that follows it."""
    blocks = read_blocks(page)
    printed = iter(carry_out([block for block in blocks if block.language != "text"], folder, environment))
    output = ""
    for block in blocks:
        if block.language == "text":
            compare(output, block.code)
        else:
            output = next(printed)


def carry_out(steps: Sequence[Block], folder: Path, environment: dict[str, str]) -> list[str]:
    """Carry out all steps in one shell; return what each printed."""
    script = "".join(f"printf '\\nSTEP %s\\n' {number}\n{step.script()}" for number, step in enumerate(steps))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed = re.split(r"^STEP \d+\n", done.stdout, flags=re.MULTILINE)[1:]
    assert done.returncode == 0, f"{steps[len(printed) - 1].code}\nended with {done.returncode}:\n{printed[-1]}"
    return printed


def compare(output: str, expected: str) -> None:
    """Every line of what is expected has to be in the output, in any order.

    `…` stands for anything, and a number with its interval, `2.5 ± 0.1*`, for any other one.
    """
    output = _spaces(output)
    for line in expected.splitlines():
        pattern = ".*".join(map(re.escape, re.split(" ?… ?", _spaces(line).strip())))
        pattern = INTERVAL.sub(lambda _: INTERVAL_IN_OUTPUT, pattern)
        assert re.search(rf"^ ?{pattern} ?$", output, re.MULTILINE), f"{line!r} is not printed:\n{output}"


def _spaces(text: str) -> str:
    return re.sub(" +", " ", text)


def text_of(*pages: str) -> str:
    return "\n".join((DOCS / page).read_text(encoding="utf-8") for page in pages)


def commands(*pages: str) -> list[Block]:
    return [block for block in read_blocks(text_of(*pages)) if block.language == "sh"]


def test_every_page_with_commands_is_carried_out() -> None:
    with_commands = {path.name for path in DOCS.glob("*.md") if "```sh\n" in path.read_text(encoding="utf-8")}
    assert with_commands <= {*GUIDE, "plugins.md", *ON_PLUGINS, *ON_RESULTS, *ELSEWHERE}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_guide_can_be_followed_from_its_start(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    follow(text_of(*GUIDE), home, offline_environment(tmp_path / "offline"))
    assert {path.name for path in home.glob("results/*")} == {
        "standard-smoke", "surfaces-smoke", "signum", "changed", "combined", "rings"
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_tutorial_can_be_followed_and_then_the_commands_of_other_pages_work(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = offline_environment(tmp_path / "offline")
    follow(text_of("plugins.md"), home, environment)
    written = {path.name for path in home.rglob("*") if path.name in ("lion.py", "my_plugin.py", "index.html")}
    assert written == {"lion.py", "my_plugin.py", "index.html"}
    installed = ". clean/bin/activate\npip install optbench-lion/dist/*.whl ./optbench-clouds\n"
    recorded = (
        "mkdir laptop server\nfor here in laptop server results; do cp -r results/standard-smoke $here/standard; done\n"
    )
    steps = [Block("sh", installed), *commands(*ON_PLUGINS), Block("sh", recorded), *commands(*ON_RESULTS)]
    carry_out(steps, home, environment)
    assert (home / "results/standard/report/latex/report.tex").is_file()


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("```sh\nfalse\n```\n", "ended with 1"),
        ("```sh\necho one\n```\n\n```text\ntwo\n```\n", "'two' is not printed"),
        ("```sh\necho one two\n```\n\n```text\none … three\n```\n", "is not printed"),
        ("```sh\necho b > pyproject.toml\n```\n\n```toml\na\n```\n", "ended with 1"),
        ("```python\nprint()\n```\n", "neither a command nor a file"),
    ],
)
def test_a_page_that_is_wrong_is_noticed(page: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=problem):
        follow(page, tmp_path, {"PATH": "/usr/bin:/bin"})


def test_numbers_with_intervals_may_be_others_and_nothing_else_may() -> None:
    compare("adam  107.71 ± 0.83†*   66 ± 34*\n", "adam  9 ± 1.5  5.0 ± 3*")
    with pytest.raises(AssertionError, match="is not printed"):
        compare("sgd  107.71 ± 0.83†*\n", "adam  107.71 ± 0.83†*")
    with pytest.raises(AssertionError, match="is not printed"):
        compare("5 passed\n", "6 passed")


def test_what_a_page_says_is_carried_out_in_order(tmp_path: Path) -> None:
    page = (
        "Make a folder:\n\n```sh\nmkdir made\ncd made\n```\n\nand a file in it,\n\n    # one.py\n\n    x = '$HOME'\n\n"
        "```sh\ncat one.py\necho\n```\n\n```text\nx = …HOME'\n```\n"
    )
    follow(page, tmp_path, {"PATH": "/usr/bin:/bin"})
    assert (tmp_path / "made" / "one.py").read_text() == "# one.py\n\nx = '$HOME'\n"
