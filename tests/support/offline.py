"""Surroundings in which `pip install optbench` in a fresh virtual environment takes seconds and needs no network."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
REINSTALLED = ("hatchling", "editables", "pytest")
NOT_SHARED = ("optbench", "pip", "pytest", "_pytest", "__pycache__")


def offline_environment(folder: Path) -> dict[str, str]:
    """Return environment variables for `subprocess.run`; what they name is put into `folder`.

    Downloading torch takes minutes, so a fresh virtual environment sees the libraries of the running interpreter: links
    to them are on PYTHONPATH, where pip finds them and is satisfied. Only pip, optbench, its plugins and pytest are not
    among them: pip gets optbench from a wheel of this checkout; and pytest, whose command has to be the environment's
    own, and the build backend, which is wanted afresh for each build, from wheels made of what is installed here.
    """
    libraries, wheels = folder / "libraries", folder / "wheels"
    libraries.mkdir(parents=True)
    wheels.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(NOT_SHARED) and path.suffix != ".pth":
            (libraries / path.name).symlink_to(path)
    for name in _with_requirements(*REINSTALLED):
        _repack(name, wheels)
    build = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT)]
    subprocess.run([sys.executable, "-m", *build], check=True)
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTEST_", "VIRTUAL_ENV", "OPTBENCH_PLUGINS"))
    }
    return inherited | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(libraries),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_QUIET": "1",
        "OMP_NUM_THREADS": "1",
    }


def _with_requirements(*names: str) -> set[str]:
    """These installed distributions and those that they need, however indirectly."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            needed = map(Requirement, distribution(name).requires or ())
            pending += [need.name for need in needed if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def _repack(name: str, folder: Path) -> None:
    """Make a wheel of an installed distribution in pure Python."""
    installed = distribution(name)
    wheel = folder / f"{name.replace('-', '_')}-{installed.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in installed.files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                archive.write(str(file.locate()), str(file))
