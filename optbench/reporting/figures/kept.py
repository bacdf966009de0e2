"""Figures of an earlier report: those that would be drawn the same again are not drawn again."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from joblib.hashing import NumpyHasher

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
        self._sums: dict[str, str] = {}
        self._known: Mapping[str, Mapping[str, str]] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            self._known = {str(name): dict(sums) for name, sums in json.loads(self._file.read_bytes()).items()}

    def take(self, needed: Iterable[tuple[Drawing, Collection[str]]]) -> list[Drawing]:
        """Have drawings take their files in the formats that are needed of each; return those that must be drawn."""
        changed = []
        for drawing, formats in needed:
            known = self._known.get(drawing.name)
            if known is None:
                changed.append(drawing)
                continue
            files = {format: self._read(drawing, format, known) for format in formats}
            found = {format: content for format, content in files.items() if content is not None}
            if known.get("made of") == self._made_of(drawing) and len(found) == len(files):
                drawing.expect(functools.partial(dict, found))
            else:
                changed.append(drawing)
        return changed

    def note(self, drawings: Iterable[Drawing], formats: Iterable[str]) -> None:
        """Note what the files of drawings in these formats, which have just been written, are made of."""
        if formats := tuple(formats):
            known = {
                drawing.name: {"made of": self._made_of(drawing)}
                | {format: _sum(drawing.encoded(format)) for format in formats}
                for drawing in drawings
            }
            write(self._file, json.dumps(known, indent=1).encode())

    def _made_of(self, drawing: Drawing) -> str:
        """The checksum of all that a drawing depends on: the same in every process, whatever order sets have there."""
        if drawing.name not in self._sums:
            parts = drawing.title, drawing.caption, drawing.draw, _code()
            self._sums[drawing.name] = str(_Hasher(hash_name="md5").hash(parts))
        return self._sums[drawing.name]

    def _read(self, drawing: Drawing, format: str, known: Mapping[str, str]) -> bytes | None:
        with contextlib.suppress(OSError):
            content = (self._folder / f"{drawing.name}.{format}").read_bytes()
            return content if _sum(content) == known.get(format) else None
        return None


class _Hasher(NumpyHasher):  # type: ignore[misc]  # joblib has no types
    """Takes pandas' word for what is in a table: its texts, pickled one by one, take longer than all of a report."""

    def save(self, obj: Any) -> None:
        if isinstance(obj, pd.DataFrame):
            obj = list(obj.columns), list(map(str, obj.dtypes)), pd.util.hash_pandas_object(obj).to_numpy()
        super().save(obj)


@functools.cache
def _code() -> tuple[str, ...]:
    files = sorted(_CODE.rglob("*.py"))
    return (*map(version, _LIBRARIES), *(_sum(file.read_bytes()) for file in files))


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
