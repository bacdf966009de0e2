"""Figures of an earlier report: those that would be drawn the same again are not drawn again."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

import joblib

from optbench.reporting.figures.drawing import Drawing
from optbench.store.store import write

_LIBRARIES = ("matplotlib", "seaborn", "numpy", "pandas")
_CODE = Path(__file__).parents[1]


class Kept:
    """The files of a report's figures, with what they were made of: `drawn.json` has the checksums of both.

    A file counts as long as it is what was written, and data, words, our code and the libraries are what they were.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder / "figures", folder / "drawn.json"
        self._known: Mapping[str, Mapping[str, str]] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            self._known = {str(name): dict(sums) for name, sums in json.loads(self._file.read_bytes()).items()}

    def take(self, needed: Iterable[tuple[Drawing, Collection[str]]]) -> list[Drawing]:
        """Have drawings take their files in the formats that are needed of each; return those that must be drawn."""
        changed = []
        for drawing, formats in needed:
            known = self._known.get(drawing.name, {})
            files = {format: self._read(drawing, format, known) for format in formats}
            found = {format: content for format, content in files.items() if content is not None}
            if known.get("made of") == _made_of(drawing) and len(found) == len(files):
                drawing.expect(functools.partial(dict, found))
            else:
                changed.append(drawing)
        return changed

    def note(self, drawings: Iterable[Drawing], formats: Iterable[str]) -> None:
        """Note what the files of drawings in these formats, which have just been written, are made of."""
        formats = tuple(formats)
        known = {
            drawing.name: {"made of": _made_of(drawing)} | {format: _sum(drawing.encoded(format)) for format in formats}
            for drawing in drawings
        }
        if formats:
            write(self._file, json.dumps(known, indent=1).encode())

    def _read(self, drawing: Drawing, format: str, known: Mapping[str, str]) -> bytes | None:
        with contextlib.suppress(OSError):
            content = (self._folder / f"{drawing.name}.{format}").read_bytes()
            return content if _sum(content) == known.get(format) else None
        return None


def _made_of(drawing: Drawing) -> str:
    """The checksum of all that a drawing depends on: the same in every process, whatever order sets have there."""
    return str(joblib.hash((drawing.title, drawing.caption, drawing.draw, _code())))


@functools.cache
def _code() -> tuple[str, ...]:
    files = sorted(_CODE.rglob("*.py"))
    return (*map(version, _LIBRARIES), *(_sum(file.read_bytes()) for file in files))


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
