"""What a Python source imports, read from its syntax tree: nothing of it is executed."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import NamedTuple

IMPORTERS = {"import_module", "__import__"}
"""Functions that import what their first argument names."""
UNFORESEEABLE = IMPORTERS | {
    "exec", "eval", "runpy", "run_path", "run_module", "exec_module", "load_module", "spec_from_file_location",
    "SourceFileLoader", "pkgutil", "iter_modules", "walk_packages", "ctypes", "CDLL", "load_library", "cpp_extension",
}  # fmt: skip
"""Names by which code that no import statement names is found, compiled or loaded."""
BUILT_IN = {"exec", "eval"}
"""Those that are functions of Python's own only where they stand alone: `model.eval()` is none."""


class Name(NamedTuple):
    """A module, or what may be one or an attribute of one: `from ..a import b` is (2, "a") and (2, "a.b")."""

    level: int
    """Leading dots; 0 for an absolute name."""
    dotted: str


class Imports(NamedTuple):
    """What a source imports."""

    names: frozenset[Name] = frozenset()
    packages: frozenset[Name] = frozenset()
    """Packages any of whose modules may be imported: `from package import *`, `import_module(f"package.{name}")`."""
    unforeseeable: bool = False
    """Whether it finds code by other means than import statements."""


@lru_cache(maxsize=4096)
def imports_of(source: bytes) -> Imports:
    """Return what a source imports anywhere, inside functions and conditions too, for type checking only apart."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return Imports()
    visitor = _Visitor()
    visitor.visit(tree)
    return Imports(frozenset(visitor.names), frozenset(visitor.packages), visitor.unforeseeable)


class _Visitor(ast.NodeVisitor):
    def __init__(self) -> None:
        self.names: set[Name] = set()
        self.packages: set[Name] = set()
        self.unforeseeable = False

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.names.add(Name(0, alias.name))
            self._mention(*alias.name.split("."))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        self.names.add(Name(node.level, base))
        self._mention(*base.split("."))
        for alias in node.names:
            if alias.name == "*":
                self.packages.add(Name(node.level, base))
                continue
            self.names.add(Name(node.level, f"{base}.{alias.name}".removeprefix(".")))
            if alias.asname or alias.name not in IMPORTERS:  # under its own name a function shows where it is called
                self._mention(alias.name)
            self.unforeseeable |= (base, alias.name) == ("sys", "path")

    def visit_If(self, node: ast.If) -> None:
        for_types_only = isinstance(node.test, ast.Name | ast.Attribute) and _last(node.test) == "TYPE_CHECKING"
        for child in node.orelse if for_types_only else ast.iter_child_nodes(node):
            self.visit(child)

    def visit_Call(self, node: ast.Call) -> None:
        argument = node.args[0] if node.args else None
        if _last(node.func) in IMPORTERS:
            written = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(written, str) and not written.startswith("."):
                self.names.add(Name(0, written))
                return
            if start := _beginning(argument):
                self.packages.add(Name(0, start))
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._mention(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr not in BUILT_IN:
            self._mention(node.attr)
        self.unforeseeable |= node.attr == "path" and _last(node.value) == "sys"
        self.visit(node.value)

    def _mention(self, *names: str) -> None:
        self.unforeseeable |= not UNFORESEEABLE.isdisjoint(names)


def _last(node: ast.AST | None) -> str:
    """Return the last part of a dotted name."""
    return getattr(node, "attr", getattr(node, "id", ""))


def _beginning(node: ast.AST | None) -> str:
    """Return the package that a text begins with, as far as it is written out: `a.b` of `f"a.b.{name}"`."""
    while isinstance(node, ast.BinOp):
        node = node.left
    if isinstance(node, ast.JoinedStr):
        node = node.values[0] if node.values else None
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return text.rpartition(".")[0]
