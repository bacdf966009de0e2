"""A recorded run, found by its id or by the beginning of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from optbench.errors import ResultsError, UsageError
from optbench.runs.record import RunRecord
from optbench.store.store import Store


def results_folders(place: Path) -> list[Path]:
    """Return the results folders at a place: the place itself if it is one, or else those in it.

    Raises `ResultsError` where there is none.
    """
    inside = sorted(path.parent for path in place.glob("*/suite.json"))
    found = [place] if (place / "suite.json").is_file() else inside
    if not found:
        raise ResultsError(f"{str(place)!r} is no results folder and has none in it; say where they are with --results")
    return found


def find_run(run_id: str, folders: Sequence[Path]) -> tuple[Store, RunRecord]:
    """Return the one record whose id begins with `run_id`, and the store that it is in.

    Raises `UsageError` where there is none or several.
    """
    stores = [Store(folder) for folder in folders]
    paths = [(store, path) for store in stores for path in store.paths()]
    matching = [(store, path) for store, path in paths if run_id and path.stem.startswith(run_id)]
    if not matching:
        raise UsageError(f"unknown run {run_id!r}{_way_out(run_id, [path.stem for _, path in paths], stores)}")
    ids = sorted({path.stem for _, path in matching})
    if len(ids) > 1:
        more = ", …" if len(ids) > 4 else ""
        raise UsageError(f"run {run_id!r}: {len(ids)} runs begin like that: {', '.join(ids[:4])}{more}")
    if len(matching) > 1:
        where = ", ".join(str(store.root) for store, _ in matching)
        raise UsageError(f"run {ids[0]}: it is recorded in {where}; choose one with --results")
    ((store, path),) = matching
    return store, _read(store, path)


def _read(store: Store, path: Path) -> RunRecord:
    reasons: list[str] = []
    record = store.record(path, lambda path, reason: reasons.append(reason))
    if record is None:
        raise ResultsError(f"{str(path)!r} cannot be read: {reasons[0]}")
    return record


def _way_out(run_id: str, ids: Sequence[str], stores: Iterable[Store]) -> str:
    """Name the id whose beginning is closest, or say where ids are to be seen."""
    beginnings = {found[: len(run_id)]: found for found in ids}
    if run_id and (match := get_close_matches(run_id.lower(), beginnings, n=1, cutoff=0.7)):
        return f"; did you mean {beginnings[match[0]]!r}?"
    where = ", ".join(str(store.runs) for store in stores)
    return f"; {len(ids)} runs are recorded, by id, in {where}/<task>/<optimizer>"
