"""The user's own source code behind a component, found without importing it: what pins the meaning of a record's names.

Counted are the file that a module is, and those that it imports, and so on, as far as they are the user's: neither
Python's nor optbench's nor part of an installed release, which has a version and whose components have a `revision`.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import inspect
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

from optbench.components.component import Build
from optbench.registry.hookspecs import PROJECT
from optbench.registry.imports import Imports, Name, imports_of

NATIVE = {".c", ".cc", ".cpp", ".cu", ".cuh", ".h", ".hpp", ".metal", ".so", ".pyd", ".dylib", ".dll"}
"""Suffixes of files that code is compiled from, or loaded from compiled."""
RELEASES = {"site-packages", "dist-packages"}
"""Folders that hold installed releases and nothing else."""


def module_of(build: Build) -> str:
    """Return the name of the module that an import string names, or that a callable was written in."""
    if isinstance(build, str):
        return build.partition(":")[0]
    while isinstance(build, functools.partial):
        build = build.func
    return str(inspect.unwrap(build).__module__)


def source_checksums(modules: Iterable[str]) -> dict[str, str]:
    """Map each file of the user's own that these modules lead to, to 12 hex digits that change with it.

    A file is named as it is imported: `mylib.py`, `package/optimizers.py`, wherever it lies. Imports are followed that
    stand anywhere in a source. Where code is found by other means (`exec`, a computed name), its whole package counts,
    or for a module outside of packages its whole folder. A module that is not there is passed over.
    """
    digests = defaultdict(set)
    for file, content in _reached(modules).items():
        digests[file.name].add(hashlib.sha256(content).hexdigest()[:12])
    return {name: "+".join(sorted(digests[name])) for name in sorted(digests)}


def libraries(modules: Iterable[str]) -> dict[str, str]:
    """Return the versions of the installed releases that the user's files behind these modules import.

    They are no part of what `source_checksums` pins; records hold them, as they hold torch's.
    """
    imported = {name for content in _reached(modules).values() for name in imports_of(content).names}
    names = {name.dotted.partition(".")[0] for name in imported if not name.level}
    return {package: found for name in sorted(names) for package, found in release_of(name).items()}


def release_of(module: str) -> dict[str, str]:
    """Return the version of the installed release that a module belongs to, by its package's name, where it has one."""
    package = module.partition(".")[0]
    known = None if package in sys.stdlib_module_names else _version(package)
    return {} if known is None else {package: known}


@dataclass(frozen=True)
class _File:
    """A file with code, below the folder that it is imported from."""

    root: Path
    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(self.root).as_posix()

    @property
    def package(self) -> tuple[str, ...]:
        """The package that its relative imports start from."""
        return self.path.relative_to(self.root).parts[:-1]

    def content(self) -> bytes:
        content = self.path.read_bytes()
        return content if self.path.suffix in NATIVE else content.replace(b"\r\n", b"\n")


def _reached(modules: Iterable[str]) -> dict[_File, bytes]:
    """Return the user's files that these modules lead to, with what they hold."""
    importlib.invalidate_caches()
    found: dict[_File, bytes] = {}
    pending = [file for module in modules for file in _files(module, None)]
    while pending:
        file = pending.pop()
        if file in found:
            continue
        with contextlib.suppress(OSError):  # what cannot be read cannot be imported either
            found[file] = file.content()
        if file.path.suffix == ".py":
            pending += _imported(file, imports_of(found.get(file, b"")))
    return found


def _imported(file: _File, imports: Imports) -> Iterator[_File]:
    for name in imports.names:
        yield from _files(_absolute(name, file), file)
    for name in imports.packages:
        *_, package = (None, *_files(_absolute(name, file), file))
        if package is not None and package.path.stem == "__init__":
            yield from _code_below(package.path.parent, package.root)
    if imports.unforeseeable:
        yield from _code_below(file.root / file.package[0] if file.package else file.root, file.root)


def _absolute(name: Name, file: _File) -> str:
    if not name.level:
        return name.dotted
    return ".".join((*file.package[: len(file.package) - name.level + 1], name.dotted)).removesuffix(".")


def _files(module: str, importer: _File | None) -> Iterator[_File]:
    """Yield the user's files that importing a module executes, those of its packages first, as far as they exist."""
    names = module.split(".")
    spec = _find(names[0], importer)
    for depth in range(1, len(names) + 1):
        if spec is None:
            return
        if spec.has_location and spec.origin:
            path = Path(spec.origin)
            is_package = spec.submodule_search_locations is not None
            root = path.parents[depth if is_package else depth - 1]
            if _released(root, names[0]) or not path.is_file():
                return
            yield _File(root, path)
        if depth == len(names) or spec.submodule_search_locations is None:
            return
        spec = PathFinder.find_spec(names[depth], list(spec.submodule_search_locations))


def _find(name: str, importer: _File | None) -> ModuleSpec | None:
    """Find a module at the top; what `sys.path` does not have may lie beside its importer, which extends the path."""
    if not name or name in sys.stdlib_module_names or name == PROJECT:
        return None
    try:
        spec = find_spec(name)
    except (ImportError, AttributeError, ValueError):  # what is in `sys.modules` may lack a specification
        spec = PathFinder.find_spec(name)
    if spec is None and importer is not None:
        spec = PathFinder.find_spec(name, [str(folder) for folder in importer.path.parents[:2]])
    return spec


def _code_below(folder: Path, root: Path) -> Iterator[_File]:
    """Yield all code in a folder and, as far as there is Python in them, in those below it; no environments."""
    with contextlib.suppress(OSError):
        inside = [path for path in sorted(folder.iterdir()) if not _is_foreign(path, root)]
        if folder == root or any(path.suffix == ".py" for path in inside):
            yield from (_File(root, path) for path in inside if path.suffix in {".py", *NATIVE} and path.is_file())
            for path in inside:
                if path.is_dir():
                    yield from _code_below(path, root)


def _is_foreign(path: Path, root: Path) -> bool:
    """Whether a file or folder is hidden, an environment, or part of a release."""
    name = path.relative_to(root).parts[0].partition(".")[0]
    return path.name.startswith((".", "__pycache__")) or (path / "pyvenv.cfg").exists() or _released(root, name)


def _released(root: Path, name: str) -> bool:
    """Whether the module or package `name` in a folder belongs to a distribution that is installed there."""
    return not RELEASES.isdisjoint(root.parts) or name in _recorded(root, _changed(root))


def _changed(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


@functools.cache
def _version(package: str) -> str | None:
    with contextlib.suppress(ValueError):  # what is in `sys.modules` may lack a specification
        if not package or find_spec(package) is None:
            return None
    for distribution in (package, *packages_distributions().get(package, ())):
        with contextlib.suppress(PackageNotFoundError):
            return version(distribution)
    return None


@functools.cache
def _recorded(root: Path, changed: int) -> frozenset[str]:
    """Return the modules and packages at the top that the distributions installed into a folder list as their files."""
    lines = (
        line
        for record in root.glob("*.dist-info/RECORD")
        for line in record.read_text(encoding="utf-8", errors="replace").splitlines()
    )
    return frozenset(line.partition(",")[0].partition("/")[0].partition(".")[0] for line in lines)
