"""The user's own sources behind a name: everything that a change may hide in, and nothing of anybody's release."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optbench.registry.imports import Imports, Name, imports_of
from optbench.registry.sources import libraries, module_of, release_of, source_checksums

Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write files into a folder that is imported from."""
    folder = tmp_path / "project"
    monkeypatch.syspath_prepend(folder)

    def write_files(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return folder

    yield write_files
    for name, module in list(sys.modules.items()):
        if str(tmp_path) in (getattr(module, "__file__", None) or ""):
            del sys.modules[name]


PACKAGE = {
    "own/__init__.py": "",
    "own/optimizers.py": "from .maths.norms import norm\nfrom . import constants\n",
    "own/maths/__init__.py": "",
    "own/maths/norms.py": "from ..base import Base\n",
    "own/base.py": "import torch, os\n",
    "own/constants.py": "",
    "own/unrelated.py": "",
}


@pytest.mark.parametrize(
    ("files", "modules", "expected"),
    [
        ({"mine.py": "import torch"}, ["mine"], {"mine.py"}),
        ({"mine.py": "import helper", "helper.py": "from third import x", "third.py": ""}, ["mine"],
         {"mine.py", "helper.py", "third.py"}),
        ({"mine.py": "def f():\n    try:\n        import helper\n    finally:\n        f", "helper.py": ""}, ["mine"],
         {"mine.py", "helper.py"}),
        (PACKAGE, ["own.optimizers"], {name for name in PACKAGE if name != "own/unrelated.py"}),
        ({"mine.py": "from own.maths import norms", **PACKAGE}, ["mine"],
         {"mine.py", "own/__init__.py", "own/maths/__init__.py", "own/maths/norms.py", "own/base.py"}),
        ({"mine.py": "import spaces.inner.deep", "spaces/inner/deep.py": ""}, ["mine"],
         {"mine.py", "spaces/inner/deep.py"}),
        ({"mine.py": "from own import *", **PACKAGE}, ["mine"], {"mine.py", *PACKAGE}),
        ({"a.py": "import b", "b.py": "import a"}, ["a"], {"a.py", "b.py"}),
        ({"mine.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import helper", "helper.py": ""},
         ["mine"], {"mine.py"}),
        ({"mine.py": "import typing\nif typing.TYPE_CHECKING:\n    import helper\nelse:\n    import other",
          "helper.py": "", "other.py": ""}, ["mine"], {"mine.py", "other.py"}),
        ({"mine.py": "this is no Python"}, ["mine"], {"mine.py"}),
        ({"mine.py": "import nowhere_to_be_found"}, ["mine", "neither"], {"mine.py"}),
        ({"mine.py": "import optbench, numpy.linalg, collections.abc"}, ["mine", "optbench.builtin.rules"],
         {"mine.py"}),
    ],
)  # fmt: skip
def test_imports_are_followed_as_far_as_they_are_the_users_own(
    write: Write, files: dict[str, str], modules: list[str], expected: set[str]
) -> None:
    write(files)
    assert source_checksums(modules).keys() == expected


@pytest.mark.parametrize(
    "text",
    [
        "from importlib import import_module\nimport_module('hid' + 'den')",
        "import importlib as i\ni.import_module(name)",
        "from importlib import import_module as load\nload(name)",
        "__import__(name)",
        "exec(open('hidden.py').read())",
        "eval(text)",
        "import runpy\nrunpy.run_path('hidden.py')",
        "from pkgutil import iter_modules",
        "from torch.utils.cpp_extension import load",
        "import ctypes",
        "import sys\nsys.path.insert(0, 'elsewhere')\nimport hidden",
        "from sys import path",
        "def __getattr__(name):\n    from importlib import util\n    return util.spec_from_file_location(name, file)",
    ],
)
def test_what_finds_code_by_other_means_counts_with_all_that_lies_around_it(write: Write, text: str) -> None:
    plain = {"mine.py": text, "hidden.py": "", "sub/deeper.py": "", "sub/kernel.cu": "", "data/table.csv": ""}
    plain |= {".git/hook.py": "", "env/pyvenv.cfg": "", "env/lib.py": ""}
    write(plain)
    assert source_checksums(["mine"]).keys() == {"mine.py", "hidden.py", "sub/deeper.py", "sub/kernel.cu"}
    write({f"pack/{name}": content for name, content in plain.items()} | {"pack/__init__.py": ""})
    found = source_checksums(["pack.mine"]).keys() - {"hidden.py"}  # which is in `pack` and outside of it
    assert found == {
        f"pack/{name}" for name in ("__init__.py", "mine.py", "hidden.py", "sub/deeper.py", "sub/kernel.cu")
    }


def test_a_name_that_is_written_out_is_followed_like_an_import(write: Write) -> None:
    write({"mine.py": "import importlib\nimportlib.import_module('helper')", "helper.py": "", "unrelated.py": ""})
    assert source_checksums(["mine"]).keys() == {"mine.py", "helper.py"}


def test_a_package_of_which_a_computed_module_is_imported_counts_as_a_whole(write: Write) -> None:
    write({"top/mine.py": "import_module(f'own.maths.{name}')", "top/__init__.py": "", **PACKAGE})
    expected = {"own/__init__.py", "own/maths/__init__.py", "own/maths/norms.py", "own/base.py", "top/__init__.py"}
    assert source_checksums(["top.mine"]).keys() == expected | {"top/mine.py"}


def test_modules_and_methods_that_share_a_name_with_those_functions_do_not_count_as_them() -> None:
    assert imports_of(b"model.eval()\nengine.exec\nos.path.join(a)") == Imports()
    assert imports_of(b"from ..a import b") == Imports(frozenset({Name(2, "a"), Name(2, "a.b")}))


def test_compiled_extensions_count_by_their_bytes(write: Write) -> None:
    from importlib.machinery import EXTENSION_SUFFIXES

    folder = write({"mine.py": "from fast import step"})
    extension = folder / f"fast{EXTENSION_SUFFIXES[0]}"
    extension.write_bytes(b"\x7fELF\r\n")
    before = source_checksums(["mine"])
    assert before.keys() == {"mine.py", extension.name}
    extension.write_bytes(b"\x7fELF\n")
    assert source_checksums(["mine"]) != before


def test_a_distribution_that_is_installed_is_not_followed_and_a_file_beside_it_is(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after `pip install --target .`: what RECORD lists is a release, what it does not list is the user's."""
    write({
        "mine.py": "import released_thing.inner, single, mine_too",
        "mine_too.py": "",
        "single.py": "import mine_too",
        "released_thing/__init__.py": "",
        "released_thing/inner.py": "",
        "released_thing-1.0.dist-info/RECORD": "released_thing/__init__.py,,\nreleased_thing/inner.py,,\nsingle.py,,\n",
    })  # fmt: skip
    assert source_checksums(["mine"]).keys() == {"mine.py", "mine_too.py"}
    installed = tmp_path / "lib" / "site-packages"
    (installed / "deep").mkdir(parents=True)
    (installed / "deep" / "loose.py").write_text("import mine")
    monkeypatch.syspath_prepend(installed / "deep")
    assert source_checksums(["loose"]) == {}


def test_an_editable_installation_is_the_users_own(tmp_path: Path) -> None:
    """Its folder comes to `sys.path` by a `.pth` file in the folder in which distributions are installed."""
    site, source = tmp_path / "site-packages", tmp_path / "checkout" / "src"
    for folder in (site / "edited-1.0.dist-info", source / "edited"):
        folder.mkdir(parents=True)
    (site / "edited-1.0.dist-info" / "RECORD").write_text("edited.pth,,\n")
    (site / "edited.pth").write_text(f"{source}\n")
    (source / "edited" / "__init__.py").write_text("from edited.rules import step\n")
    (source / "edited" / "rules.py").write_text("")
    script = f"""
import site
site.addsitedir({str(site)!r})
from optbench.registry.sources import source_checksums
print(*source_checksums(["edited"]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["edited/__init__.py", "edited/rules.py"]


@settings(max_examples=20)
@given(contents=st.dictionaries(st.sampled_from(sorted(PACKAGE)), st.text("ab\n", max_size=9)), windows=st.booleans())
def test_checksums_follow_the_content_and_not_the_folder_the_machine_or_the_process(
    tmp_path_factory: pytest.TempPathFactory, contents: dict[str, str], windows: bool
) -> None:
    files = {name: f"{text}# {contents.get(name, '')!r}\n" for name, text in PACKAGE.items()}
    found = []
    for newline in ("\n", "\r\n" if windows else "\n"):
        folder = tmp_path_factory.mktemp("anywhere")
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(folder)
            for name, text in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text, newline=newline)
            found.append(source_checksums(["own.optimizers"]))
            (folder / "own/base.py").write_text("changed = True")
            changed = source_checksums(["own.optimizers"])
        assert {name for name in changed if changed[name] != found[-1][name]} == {"own/base.py"}
    assert found[0] == found[1]
    assert not any(character in name for name in found[0] for character in ("\\", str(tmp_path_factory.getbasetemp())))


def test_callables_lead_to_the_module_that_they_were_written_in() -> None:
    class Callable:
        def __call__(self) -> None: ...

    @functools.wraps(module_of)
    def wrapped() -> None: ...

    assert module_of(functools.partial(functools.partial(module_of), "x")) == "optbench.registry.sources"
    assert module_of(wrapped) == "optbench.registry.sources"
    assert module_of(Callable()) == __name__
    assert module_of("package.module:Class.method") == "package.module"


def test_a_release_has_a_version() -> None:
    assert release_of("pydantic.main") == {"pydantic": __import__("pydantic").VERSION}
    assert release_of("os.path") == release_of("nowhere_to_be_found") == {}


def test_the_libraries_that_own_files_import_are_known_by_their_versions(write: Write) -> None:
    write({"mine.py": "import helper, os", "helper.py": "def f():\n    from pydantic.main import BaseModel"})
    assert libraries(["mine"]) == release_of("pydantic")
    assert libraries(["numpy.linalg"]) == {}
