"""Results folders to `Results`: records that the suite asks for, as one tidy frame."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optbench.errors import ResultsError
from optbench.garbage import no_garbage_collection
from optbench.runs.record import Costs, Evaluation, FurtherMetric, RunRecord
from optbench.store.curves import Curves
from optbench.store.frame import DIAGNOSTIC, SPLITS, further_column, run_key, tidy_frame
from optbench.store.horizons import refuse_mixed_horizons
from optbench.store.mixture import mixed_versions
from optbench.store.results import Results, Source
from optbench.store.stale_records import in_lines, stale, unasked_in_a_line
from optbench.store.store import Store
from optbench.suite.protocols.replay import replay

if TYPE_CHECKING:
    import pandas as pd


def read_results(folders: Sequence[Path]) -> Results:
    """Read one or several results folders; raises `ResultsError` where one is none or holds no record of its suite.

    So it does where folders have a task of one name and different lengths.
    """
    labels, curves = _labels(folders), Curves()
    read = [_read(folder, label, curves) for folder, label in zip(folders, labels, strict=True)]
    sources = tuple(source for source, _ in read)
    refuse_mixed_horizons(sources)
    return Results(frame=tidy_frame([facts for _, runs in read for facts in runs], curves), sources=sources)


def _read(folder: Path, label: str, curves: Curves) -> tuple[Source, list[dict[str, Any]]]:
    """Return a folder as a source and the facts of its runs, whose points go into the curves."""
    store = Store(folder)
    suite = store.suite()
    notes = list(suite.notes)
    unreadable: list[str] = []
    records: dict[str, RunRecord] = {}
    with no_garbage_collection():
        for record in store.each(lambda path, reason: unreadable.append(path.name)):
            curves.add((label, record.run_id), _points(record))
            records[record.run_id] = record.model_copy(update={"evaluations": ()})
    used: dict[str, RunRecord] = {}
    runs: list[dict[str, Any]] = []
    environments: dict[str, dict[str, Any]] = {}
    pending = 0
    for cell in suite.cells():
        progress, names = replay(suite.protocol, cell, records), suite.protocol.tuned(cell.entry)
        pending += len(progress.pending) + len(progress.skip)
        for spec in progress.requested:
            run_id = spec.run_id
            if run_id in records:
                record, setting = records[run_id], spec.setting(names)
                used[run_id] = record
                runs.append(
                    _facts(record)
                    | {
                        "source": label,
                        "setting": json.dumps(setting),
                        "chosen": setting in progress.chosen,
                        "edge": progress.edge,
                        "environment": _place(environment_of(record), environments),
                    }
                )
    if not used:
        raise ResultsError(f"{str(folder)!r} holds no record of its suite yet; run it first")
    if unreadable:
        are = "records are" if len(unreadable) > 1 else "record is"
        notes.append(f"{len(unreadable)} unreadable {are} left out: {', '.join(unreadable[:3])}")
    outdated = stale(suite, [record for run_id, record in records.items() if run_id not in used])
    notes += in_lines(outdated)
    if pending:
        notes.append(f"the campaign is not finished: at least {pending} runs are still to do")
    else:
        others = records.keys() - outdated.keys() - used.keys()
        notes += unasked_in_a_line(len(others), str(store.runs))
    notes += mixed_versions(used.values())
    timings = store.read_timings(lambda path, reason: notes.append(f"timing {path.name} is left out: {reason}"))
    contours = store.read_contours(lambda path, reason: notes.append(f"contours {path.name} are left out: {reason}"))
    return Source(label, str(folder), suite, tuple(environments.values()), tuple(timings), contours, tuple(notes)), runs


def frame_of(record: RunRecord) -> pd.DataFrame:
    """One record as `read_results` would have it, without what only its campaign knows."""
    unknown = {"source": "", "setting": "{}", "chosen": False, "edge": False, "environment": 0}
    facts, curves = _facts(record) | unknown, Curves()
    curves.add(run_key(facts), _points(record))
    return tidy_frame([facts], curves)


def environment_of(record: RunRecord) -> dict[str, Any]:
    """Where a run was made; libraries, which differ from one optimizer to the next, are left out."""
    return {name: value for name, value in record.environment.items() if name != "libraries"}


def _place(environment: dict[str, Any], known: dict[str, dict[str, Any]]) -> int:
    """Which of the known environments it is, to which it is added; -1 for an empty one."""
    if not environment:
        return -1
    key = repr(sorted(environment.items()))
    known.setdefault(key, environment)
    return list(known).index(key)


_RECORDED = tuple(name for name in Evaluation.model_fields if name != "diagnostics")
_UNTIMED = {name: None for name in Costs.model_fields if name.endswith("_seconds")}
"""Seconds of runs side by side are shares of a common time: they compare with nothing."""


def _facts(record: RunRecord) -> dict[str, Any]:
    spec, final, costs = record.spec, record.final, record.costs
    if costs.side_by_side > 1:
        costs = costs.model_copy(update=_UNTIMED)
    return {
        "task": spec.task.name,
        "optimizer": spec.optimizer,
        "device": spec.device,
        "machine": record.environment.get("machine", ""),
        "run_id": record.run_id,
        "started": record.started,
        "torch": record.environment.get("torch", ""),
        "phase": spec.phase,
        "lr": spec.lr,
        "seed": spec.seed,
        "fold": spec.fold.index if spec.fold else None,
        "status": str(record.status),
        "reason": record.reason,
        "error": record.error,
        "run_notes": " ".join(record.notes),
        "hyperparameters": json.dumps(spec.hyperparameters),
        "schedule": spec.schedule,
        "optimum": record.optimum,
        "final_step": final.step if final else None,
        "final_train_loss": final.smoothed_train_loss if final else None,
        "final_train_eval_loss": final.train_eval_loss if final else None,
        "final_train_eval_metric": final.train_eval_metric if final else None,
        "final_validation_loss": final.validation_loss if final else None,
        "final_validation_metric": final.validation_metric if final else None,
        "final_test_loss": final.test_loss if final else None,
        "final_test_metric": final.test_metric if final else None,
        **_by_class(final.test_class_metric if final else (), spec.task.higher_is_better),
        **(_further(final.further_metrics) if final else {}),
        "total_train_seconds": costs.train_seconds,
        "total_data_seconds": costs.data_seconds,
        "total_eval_seconds": costs.eval_seconds,
        "first_step_seconds": costs.first_step_seconds,
        "total_schedule_seconds": costs.schedule_seconds,
        "total_gradient_seconds": costs.gradient_seconds,
        "total_update_seconds": costs.update_seconds,
        "total_gradient_evaluations": costs.gradient_evaluations,
        "parameters": costs.parameters,
        "parameter_bytes": costs.parameter_bytes,
        "optimizer_state_bytes": costs.optimizer_state_bytes,
        "peak_device_bytes": costs.peak_device_bytes,
        "peak_resident_bytes": costs.peak_resident_bytes,
        "resident_growth_bytes": costs.resident_growth_bytes,
        "side_by_side": costs.side_by_side,
        "resumed": ", ".join(map(str, costs.resumed)),
        "alone": record.alone,
    }


def _further(metrics: Mapping[str, FurtherMetric]) -> dict[str, float | None]:
    return {
        further_column(split, name): value
        for name, metric in metrics.items()
        for split, value in zip(SPLITS, (metric.train_eval, metric.validation, metric.test), strict=True)
    }


def _by_class(metric: Sequence[float], higher_is_better: bool) -> dict[str, float]:
    if not metric:
        return {}
    worst = min(metric) if higher_is_better else max(metric)
    return {"final_test_worst_class": worst, "final_test_class_spread": max(metric) - min(metric)}


def _points(record: RunRecord) -> Iterator[dict[str, float | None]]:
    """Yield the record's points as `POINT_COLUMNS` and diagnostics."""
    start, least = record.evaluations[0].train_eval_loss if record.evaluations else None, record.optimum
    for point in record.evaluations:
        row = {name: getattr(point, name) for name in _RECORDED}
        if record.costs.side_by_side > 1:
            row |= {"train_seconds": None, "data_seconds": None}
        row |= {f"{DIAGNOSTIC}{name}": value for name, value in point.diagnostics.items()}
        now = point.train_eval_loss
        if start is not None and now is not None and least is not None and start != least:
            row["suboptimality"] = (now - least) / (start - least)
        yield row


def _labels(folders: Sequence[Path]) -> list[str]:
    """Label folders by their names, as far up as makes them different."""
    for depth in range(1, max((len(folder.absolute().parts) for folder in folders), default=1)):
        labels = ["/".join(folder.absolute().parts[-depth:]) for folder in folders]
        if len(set(labels)) == len(labels):
            return labels
    raise ResultsError("the same results folder is given twice")
