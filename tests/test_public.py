"""The public door: what is in it is there, documented and tested, and everyone but ourselves uses nothing else."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

import optbench
import optbench.testing

ROOT = Path(optbench.__file__).parent
CHECKOUT = ROOT.parent
DOORS = {"optbench": optbench, "optbench.testing": optbench.testing}
PUBLIC = {(door, name) for door, module in DOORS.items() for name in module.__all__}


def code_of_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "scaffold/templates").rglob("*.py.j2")):
        yield path.name, re.sub(r"{{ project\.(\w+) }}", r"\1", path.read_text(encoding="utf-8"))


def code_of_pages() -> Iterator[tuple[str, str]]:
    """The blocks of Python, fenced or indented, in pages that users read."""
    for page in [CHECKOUT / "README.md", *CHECKOUT.glob("docs/**/*.md"), *CHECKOUT.glob("plugins/**/*.md")]:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        blocks += [re.sub(r"^ {4}", "", b, flags=re.MULTILINE) for b in re.findall(r"(?:^ {4}.*\n|^\n)+", text, re.M)]
        for number, block in enumerate(blocks):
            if re.search(r"^(import|from) ", block, re.MULTILINE):
                yield f"{page.relative_to(CHECKOUT)}-{number}", block


def code_of_adapters() -> Iterator[tuple[str, str]]:
    for path in sorted(CHECKOUT.glob("plugins/**/*")):
        if path.suffix == ".py" or path.parent.name == "scripts":
            yield path.relative_to(CHECKOUT / "plugins").as_posix(), path.read_text(encoding="utf-8")


def code_of_built_ins() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "builtin").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def uses(code: str) -> Iterator[tuple[str, str]]:
    """What of optbench a piece of code uses, as (module, name); code in a piece's own strings counts too."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "optbench":
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == "optbench")
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in DOORS:
            yield ast.unparse(node.value), node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "import optbench" in node.value:
            yield from uses(node.value)


def is_public(module: str, name: str) -> bool:
    return (module, name) in PUBLIC or (module in DOORS and not name) or f"{module}.{name}" in DOORS


READ_BY_USERS = [*code_of_templates(), *code_of_pages(), *code_of_adapters()]


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in READ_BY_USERS])
def test_who_is_not_optbench_uses_public_names_only(code: str) -> None:
    assert not {f"{module}:{name}" for module, name in uses(code) if not is_public(module, name)}


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in READ_BY_USERS])
def test_what_users_read_says_whose_optimizer_is_meant(code: str) -> None:
    """`Optimizer` and `Dataset` are torch's names too: the package is imported, and they are written in full."""
    assert not re.findall(r"^\s*from optbench import .*", code, re.MULTILINE)


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in code_of_built_ins()])
def test_the_built_ins_use_public_names_only(code: str) -> None:
    outside = {use for use in uses(code) if not use[0].startswith("optbench.builtin")}
    assert not {f"{module}:{name}" for module, name in outside if not is_public(module, name)}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from optbench import Slot, place", {("optbench", "place")}),
        ("import optbench.plan", {("optbench.plan", "")}),
        ("import optbench\noptbench.Optimiser()", {("optbench", "Optimiser")}),
        ("import optbench.testing\noptbench.testing.check.Check", {("optbench.testing", "check")}),
        ("PROGRAM = 'import optbench.plan as plan'", {("optbench.plan", "")}),
        ("from optbench import testing\nimport torch.optim.Optimizer", set()),
    ],
)
def test_a_private_name_is_found(code: str, expected: set[tuple[str, str]]) -> None:
    assert {use for use in uses(code) if not is_public(*use)} == expected


@pytest.mark.parametrize("module", DOORS.values(), ids=DOORS)
def test_public_names_are_what_completion_offers(module: ModuleType) -> None:
    assert dir(module) == sorted(module.__all__)


@pytest.mark.parametrize(("door", "name"), sorted(PUBLIC))
def test_a_public_name_is_there_and_documented(door: str, name: str) -> None:
    found = getattr(DOORS[door], name)
    assert re.search(rf"`{name}`", DOORS[door].__doc__ or ""), f"the docstring of {door} does not name it"
    if isinstance(found, type) or (callable(found) and not hasattr(found, "__args__")):
        assert found.__doc__
    else:
        assert name in documented_constants(), f"{door}.{name} has no docstring below it"


def documented_constants() -> set[str]:
    """Module-level assignments that are followed by a text."""
    names = set()
    for path in ROOT.rglob("*.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node, after in pairwise(body):
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_every_public_name_is_used_in_a_test() -> None:
    """Or in an example of docs/hooks, all of which tests carry out."""
    files = [*CHECKOUT.glob("tests/**/*.py"), *CHECKOUT.glob("plugins/*/tests/*.py"), *CHECKOUT.glob("docs/hooks/*.md")]
    used = {word for path in files for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    assert {name for _, name in PUBLIC} - used == set()


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'optbench' has no attribute 'Optimiser'"):
        _ = optbench.Optimiser


def test_importing_it_and_its_kit_is_light() -> None:
    program = "import sys, optbench, optbench.testing; print(*{m.partition('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"torch", "pandas", "numpy", "scipy", "matplotlib", "requests"} & set(done.stdout.split())
