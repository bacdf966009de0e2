"""Two sides that are to be compared, each a results folder or FOLDER:ENTRY, to `Results`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from optbench.errors import UnknownName, UsageError
from optbench.store.load import read_results
from optbench.store.results import DEFAULT_MARGIN, Question, Results, Source


def read_sides(before: str | Path, after: str | Path, margin: float = DEFAULT_MARGIN) -> Results:
    """Read what is to be compared; where one side names an entry, the other has the one of that name.

    Raises `UsageError` where both are the same, `UnknownName` for an entry that a folder does not have, and
    `ResultsError` for what is no results folder.
    """
    (old, old_entry), (new, new_entry) = map(split, (before, after))
    old_entry, new_entry = old_entry or new_entry, new_entry or old_entry
    one_folder = old.resolve() == new.resolve()
    if one_folder and old_entry == new_entry:
        what = f"entry {old_entry!r}" if old_entry else "results folder"
        raise UsageError(f"the same {what} is given twice; give two folders, or two entries of one as FOLDER:ENTRY")
    results = read_results([old] if one_folder else [old, new])
    first, last = results.sources[0], results.sources[-1]
    question = Question(first.label, last.label, old_entry, new_entry, margin)
    if not old_entry:
        return replace(results, question=question)
    _known(old_entry, first)
    _known(new_entry, last)
    kept = {(first.label, old_entry), (last.label, new_entry)}
    return Results(
        frame=results.frame[[pair in kept for pair in _pairs(results)]].reset_index(drop=True),
        sources=tuple(
            _narrowed(source, {entry for label, entry in kept if label == source.label}) for source in results.sources
        ),
        question=question,
    )


def split(side: str | Path) -> tuple[Path, str]:
    """Return the folder and the entry, empty where none is named."""
    folder, colon, entry = str(side).rpartition(":")
    if Path(side).is_dir() or not colon or not Path(folder).is_dir():
        return Path(side), ""
    return Path(folder), entry


def _pairs(results: Results) -> Iterable[tuple[str, str]]:
    return zip(results.frame["source"], results.frame["optimizer"], strict=True)


def _known(entry: str, source: Source) -> None:
    names = [found.name for found in source.suite.optimizers]
    if entry not in names:
        raise UnknownName("entry", entry, names, f" (in {source.path!r})")


def _narrowed(source: Source, entries: set[str]) -> Source:
    optimizers = tuple(entry for entry in source.suite.optimizers if entry.name in entries)
    return replace(source, suite=source.suite.model_copy(update={"optimizers": optimizers}))
