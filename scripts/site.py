"""What the site needs besides Sphinx's own extensions: pages, links and docstrings as we write them.

The pages in docs/ are plain Markdown, to be read on a code host too. What only the site shows stands in a comment of
theirs, `<!-- site … -->`.
"""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator
from dataclasses import is_dataclass
from enum import Enum
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import optbench
import optbench.testing
from scripts.pages import ROOT

SITE_ONLY = re.compile(r"^<!-- site\n(.*?)^-->$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(\]\(\s*)((?:\.\./)+[^)#\s]+)")
DOORS: tuple[ModuleType, ...] = (optbench, optbench.testing)


def source_url() -> str:
    """Where the files of the project can be read."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['urls']['Source']}/blob/main"


def without_marks(text: str) -> str:
    """Show what stands in a page's `<!-- site … -->` comments."""
    return SITE_ONLY.sub(r"\1", text)


def link_to_source(text: str, page: str) -> str:
    """Turn links of a page in docs/ that lead out of it into links to the project's files on its code host."""

    def outside(link: re.Match[str]) -> str:
        target = (ROOT / "docs" / page).parent.joinpath(link[2]).resolve()
        if target.is_relative_to(ROOT / "docs") or not target.exists():
            return link[0]  # Sphinx follows it, or says that it is broken
        return f"{link[1]}{source_url()}/{target.relative_to(ROOT).as_posix()}"

    return LINK.sub(outside, text)


def restructured(lines: list[str]) -> Iterator[str]:
    """Turn a docstring, which is written as Markdown is, into reStructuredText.

    Code stands between single backticks, and blocks of code are indented by four spaces.
    """
    in_code = False
    for number, line in enumerate(lines):
        indented = line.startswith("    ")
        if indented and not in_code and number and not lines[number - 1].strip():
            in_code = True
            yield from ("::", "")
        elif line.strip() and not indented:
            in_code = False
        yield line if in_code else _inline(line)


def _inline(line: str) -> str:
    parts = line.split("`")
    parts[::2] = [re.sub(r"([*|\\]|_\b)", r"\\\1", text) for text in parts[::2]]
    return "``".join(parts)


def class_signature(kind: type) -> str | None:
    """The arguments of a class of plain fields as its source has them, or `None` where it is another kind of class.

    Types are as they are written, not as they are resolved, and without what `Annotated` adds to them; defaults that no
    short expression gives are `...`.
    """
    if issubclass(kind, Enum):
        return ""
    if not (is_dataclass(kind) or hasattr(kind, "model_fields")):
        return None
    written = {name: text for base in reversed(kind.__mro__) for name, text in inspect.get_annotations(base).items()}
    parameters = [each for each in inspect.signature(kind).parameters.values() if not each.name.startswith("_")]
    shown = ["*"] if any(each.kind is each.KEYWORD_ONLY for each in parameters) else []
    for each in parameters:
        default = "" if each.default is each.empty else f" = {_expression(each.default)}"
        shown.append(f"{each.name}: {_plain(written[each.name])}{default}")
    return f"({', '.join(shown)})"


def _plain(annotation: str) -> str:
    return ast.unparse(_WithoutAnnotated().visit(ast.parse(annotation, mode="eval")))


class _WithoutAnnotated(ast.NodeTransformer):
    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if ast.unparse(node.value) == "Annotated" and isinstance(node.slice, ast.Tuple):
            return self.visit(node.slice.elts[0])  # type: ignore[no-any-return]
        return self.generic_visit(node)


def _expression(value: Any) -> str:
    try:
        return ast.unparse(ast.parse(repr(value), mode="eval")) if len(repr(value)) < 60 else "..."
    except SyntaxError:
        return "..."


def public_names() -> dict[str, str]:
    """The public name of each object behind the doors, by the name of where it is defined."""
    found = {}
    for door in DOORS:
        for name in door.__all__:
            value = getattr(door, name)
            if isinstance(getattr(value, "__module__", None), str) and hasattr(value, "__qualname__"):
                found[f"{value.__module__}.{value.__qualname__}"] = f"{door.__name__}.{name}"
    return found


def _read_source(app: Sphinx, page: str, content: list[str]) -> None:
    content[0] = link_to_source(without_marks(content[0]), page)


def _process_signature(app: Sphinx, what: str, name: str, value: Any, *_: Any) -> tuple[str, None] | None:
    signature = class_signature(value) if what == "class" and isinstance(value, type) else None
    return None if signature is None else (signature, None)


def _process_docstring(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    lines[:] = restructured(lines)


def _resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.Element | None:
    """Let annotations, which name where a class is defined, lead to its public name; others of ours lead nowhere."""
    if public := public_names().get(node.get("reftarget", "")):
        domain = env.domains.python_domain
        return domain.resolve_xref(env, node["refdoc"], app.builder, node["reftype"], public, node, content)
    return None


def _accessible(app: Sphinx, page: str, template: str, context: dict[str, Any], *_: Any) -> None:
    """Give headings of the navigation their level, and keyboards the way into code that is wider than its place."""
    for part, before, after in (
        ("furo_navigation_tree", 'role="heading"', 'role="heading" aria-level="2"'),
        ("body", "<pre>", '<pre tabindex="0">'),
    ):
        if part in context:
            context[part] = context[part].replace(before, after)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("html-page-context", _accessible, priority=900)  # after the theme has made its navigation
    app.connect("source-read", _read_source)
    app.connect("autodoc-process-signature", _process_signature)
    app.connect("autodoc-process-docstring", _process_docstring)
    app.connect("missing-reference", _resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
