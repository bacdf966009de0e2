"""Released versions before and after a fix: the kit finds the bug in the one, and passes the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import optbench
from tests.support.releases import RELEASES, Release, release_rows

ROOT = Path(optbench.__file__).parent.parent
SUBCLASS = """
from {module} import {name}
class Optioned({name}):
    def __init__(self, params, lr={lr}, weight_decay=0.0):
        super().__init__(params, lr=lr, weight_decay=weight_decay, {options})
"""


def test_the_page_lists_each() -> None:
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    assert "\n".join(release_rows()) in page, (
        "docs/conformance.md is out of date: run python -m scripts.update_conformance"
    )


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES, ids=lambda release: f"{release.package}-{release.bad}")
def test_the_kit_finds_the_bug_and_passes_the_fix(
    release: Release, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    assert pytestconfig.cache is not None
    cache = pytestconfig.cache.mkdir("releases")
    assert _outcome(release, release.bad, cache, tmp_path) == "failed"
    if release.good:
        assert _outcome(release, release.good, cache, tmp_path) in ("passed", "not applicable")


def _outcome(release: Release, version: str, cache: Path, folder: Path) -> str:
    paths = [_installed(what, cache) for what in (f"{release.package}=={version}", *release.needs)]
    build = _with_options(release, folder) if release.options else release.build
    done = subprocess.run(
        [sys.executable, "-m", "optbench", "check", build, "--only", release.check, "--json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *map(str, paths)]), "OPTBENCH_PLUGINS": ""},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    (found,) = json.loads(done.stdout)
    return str(found["outcome"])


def _installed(what: str, cache: Path) -> Path:
    """The folder of a version, installed once."""
    folder, partial = cache / what, cache / f"{what}.partial"
    if not folder.exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(partial), what]
        if subprocess.run(command, check=False).returncode:
            pytest.skip(f"{what} cannot be installed here")
        partial.rename(folder)
    return folder


def _with_options(release: Release, folder: Path) -> str:
    module, _, name = release.build.partition(":")
    source = SUBCLASS.format(module=module, name=name, lr=1e-3, options=release.options)
    (folder / "optioned.py").write_text(source, encoding="utf-8")
    return "optioned:Optioned"
