"""A campaign's report that is there and would be the same again: it need not be written anew.

Reading and analysing a hundred thousand records takes a minute; a look at their names, sizes and times takes a second.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from optbench.analysis.analysis import analyse
from optbench.reporting.text import width
from optbench.reporting.write import Written
from optbench.store.load import read_results
from optbench.store.store import read, write

_CODE = Path(__file__).parents[1]
_FILE = "written.json"
_FOLDERS = ("runs", "timings", "contours")
_LIBRARIES = ("matplotlib", "numpy", "pandas", "plotly", "scipy", "seaborn")


def inputs_of(folder: Path, formats: Sequence[str]) -> str:
    """Return the checksum of all that a report is made of.

    That is the suite; what is recorded, as far as names, sizes and times of files tell; the formats of figures; the
    width of the terminal; our code, and the libraries.
    """
    code = sorted(path for path in _CODE.rglob("*.*") if "__pycache__" not in path.parts)
    about = (*formats, str(width()), *map(version, _LIBRARIES), *_stats(code))
    recorded = (entry for name in _FOLDERS for entry in _walk(folder / name))
    digest = hashlib.sha256(read(folder / "suite.json"))
    digest.update("\n".join([*about, *sorted(_stats(recorded))]).encode())
    return digest.hexdigest()


def unchanged(folder: Path, out: Path, inputs: str) -> Written | None:
    """Return the report in `out`, if it is what `note` has noted and was made of the same inputs."""
    page = out / "index.html"
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        known = json.loads(read(out / _FILE))
        if known["inputs"] == inputs and known["files"] == _files(out):
            return Written(page, str(known["summary"]), lambda: analyse(read_results([folder])))
    return None


def note(written: Written, inputs: str) -> None:
    """Note what a report was made of, and what it is."""
    out = written.page.parent
    content = {"inputs": inputs, "files": _files(out), "summary": written.summary}
    write(out / _FILE, json.dumps(content, indent=1))


def _files(out: Path) -> list[str]:
    return sorted(_stats(out / name for name in ("index.html", "figures", "tables") if (out / name).exists()))


def _stats(paths: Iterable[Path | os.DirEntry[str]]) -> Iterator[str]:
    """Yield the name, size and time of each file that is still there: others may write to the folder."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            found = path.stat()
            yield f"{os.fspath(path)} {found.st_size} {found.st_mtime_ns}"


def _walk(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """Yield the JSON files in a folder, if it is there, and in its folders."""
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path)
            elif entry.name.endswith(".json"):
                yield entry
