"""Render the files of a project and write them into a folder."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from optbench.errors import UsageError
from optbench.registry.discovery import version_of
from optbench.scaffold.project import Project


def render(project: Project, year: int) -> dict[str, str]:
    """Return the text of each file of a distribution by its path in the distribution's folder."""
    environment = Environment(
        loader=PackageLoader("optbench.scaffold"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    values = {"project": project, "year": year, "optbench": version_of("optbench")}
    return {
        path: environment.get_template(f"{template}.j2").render(values)
        for path, template in _templates(project).items()
    }


def write(files: dict[str, str], folder: Path) -> None:
    """Write files into a folder, which is made; raises `UsageError` where it holds something or cannot be written."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"{str(folder)!r} is there already and not empty; choose another folder with --path")
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{str(folder)!r} cannot be written: {error.strerror}; choose another with --path") from error


def _templates(project: Project) -> dict[str, str]:
    """The template of each file."""
    return {
        "pyproject.toml": "common/pyproject.toml",
        "README.md": "common/README.md",
        "LICENSE": "common/LICENSE",
        ".gitignore": "common/gitignore",
        ".github/workflows/ci.yml": "common/ci.yml",
        f"src/{project.package}/__init__.py": f"{project.kind}/plugin.py",
        f"src/{project.package}/{project.module}.py": f"{project.kind}/{project.kind}.py",
        f"tests/test_{project.module}.py": f"{project.kind}/test.py",
    }
