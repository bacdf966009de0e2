"""The structure that docs/architecture.md promises: imports point one way, and heavy ones come late."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import optbench
from optbench.cli.main import COMMANDS

ROOT = Path(optbench.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

# Each folder may import from itself and from those before it.
ORDER = [
    "errors",
    "lazy",
    "garbage",
    "wording",
    "components",
    "registry",
    "runs",
    "data",
    "suite",
    "store",
    "training",
    "execution",
    "testing",
    "analysis",
    "reporting",
    "notebook",
    "observers",
    "progress",
    "options",
    "plan",
    "session",
    "repeat",
    "why",
    "landscape",
    "timing",
    "scaffold",
    "cli",
]
# These may import torch when they are imported themselves; nothing else may.
TORCH = {"training", "execution", "testing", "builtin"}
# What `optbench --help` and `optbench list` must not import.
HEAVY = {"torch", "pandas", "scipy", "seaborn", "matplotlib", "sklearn"}


def name_of(path: Path) -> str:
    return ".".join(("optbench", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")


def imports(path: Path, nested: bool) -> Iterator[str]:
    """Modules that a file imports: at its top, and with `nested` inside functions too; never for type checking only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    pending = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            pending += node.orelse
        elif nested or not isinstance(node, ast.FunctionDef):
            pending += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]


def part_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    part = part_of(name_of(path))
    if part in ("", "__main__", "builtin"):
        return
    allowed = ORDER[: ORDER.index(part) + 1]
    for module in imports(path, nested=True):
        if module.startswith("optbench."):
            assert part_of(module) in allowed, f"{name_of(path)} imports {module}"


def test_every_folder_has_its_place_in_the_order() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders - {"builtin"} <= set(ORDER)


def test_analysis_does_not_know_how_runs_are_made() -> None:
    for path in MODULES:
        if part_of(name_of(path)) in ("analysis", "reporting"):
            assert not [m for m in imports(path, nested=True) if part_of(m) in ("training", "execution")]


def test_there_is_no_import_cycle() -> None:
    names = {name_of(path) for path in MODULES}
    edges = {name_of(p): {m for m in imports(p, nested=False) if m in names} - {name_of(p)} for p in MODULES}
    while leaves := {name for name, targets in edges.items() if not targets}:
        edges = {name: targets - leaves for name, targets in edges.items() if name not in leaves}
    assert edges == {}


@pytest.mark.parametrize("path", [p for p in MODULES if part_of(name_of(p)) not in TORCH], ids=name_of)
def test_torch_is_imported_where_runs_happen_only(path: Path) -> None:
    assert not {module.partition(".")[0] for module in imports(path, nested=True)} & {"torch"}


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"], ["run", "--help"], ["list"], ["info", "adam"]])
def test_help_and_list_import_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys\n"
        "from optbench.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n    print('imported:', *sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    imported = set(done.stderr.rpartition("imported:")[2].split())
    assert "optbench" in imported
    assert not imported & HEAVY


def test_no_command_is_imported_before_it_is_invoked() -> None:
    script = (
        "import sys\n"
        "from optbench.cli.main import main\n"
        "try:\n    main(['--help'])\n"
        "finally:\n    print(*(m for m in sys.modules if m.startswith('optbench.cli.')), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    commands = {where.partition(":")[0] for where, _ in COMMANDS.values()}
    assert not commands & set(done.stderr.split())
    assert "optbench.cli.main" in done.stderr.split()


def test_commands_import_what_they_need_at_their_top() -> None:
    for path in (ROOT / "cli").glob("*.py"):
        assert set(imports(path, nested=True)) == set(imports(path, nested=False)), name_of(path)
