"""Executors other than our own: what they are given, and what a campaign does with what they return."""

from __future__ import annotations

import dataclasses
import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import pytest

import optbench
from optbench.errors import PluginError
from optbench.execution.local import LocalExecutor
from optbench.execution.process import ThisProcess
from optbench.execution.slot import Slot
from optbench.observers import LoggingObserver
from optbench.options import parse_options
from optbench.plan import Plan, prepare
from optbench.runs.context import ExecutionContext
from optbench.runs.record import Costs, RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.session import carry_out
from tests.suite.test_protocol import record

SUITE = """
name = "small"
tasks = [{ name = "small-quadratic", task = "quadratic", steps = 20, evaluations = 3 }]
optimizers = ["adam", "momentum"]
[protocol]
decades = 2
points_per_decade = 1
finalists = 2
tune_seeds = [0, 1]
report_seeds = [1000]
edge_extensions = 0
"""
RUNS = 2 * (3 + 2 + 1)


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., Plan]:
    """The suite's plan with an executor of ours in place of the one it asks for."""

    def prepared(build: Any = None, **options: Any) -> Plan:
        suite = tmp_path / "suite.toml"
        suite.write_text(SUITE, encoding="utf-8")
        given = {"results": tmp_path, "devices": ["cpu"], "jobs": 1, **options}
        plan = prepare(suite, parse_options(given), LoggingObserver())
        return dataclasses.replace(plan, executor=optbench.Executor(name="ours", build=build)) if build else plan

    return prepared


class Pretends(LocalExecutor):
    """Says of each run at once that it completed, the better the closer its rate is to 0.01."""

    def __init__(self, context: ExecutionContext) -> None:
        super().__init__(context)
        self.submitted: list[RunSpec] = []
        self.left = False

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self.left = True

    def submit(self, groups: Iterable[Sequence[RunSpec]]) -> Iterator[Future[tuple[RunRecord, ...]]]:
        for group in groups:
            yield self.carry_out(group)

    def carry_out(self, group: Sequence[RunSpec]) -> Future[tuple[RunRecord, ...]]:
        self.submitted += group
        future: Future[tuple[RunRecord, ...]] = Future()
        future.set_result(tuple(record(spec, 1 + abs(math.log10(spec.lr / 0.01))) for spec in group))
        return future


def stored(plan: Plan) -> dict[str, RunRecord]:
    return plan.store.records(lambda path, reason: pytest.fail(reason))


def test_it_is_told_the_places_and_is_left_when_all_is_done(plan: Callable[..., Plan]) -> None:
    made: list[Pretends] = []

    def build(context: ExecutionContext) -> Pretends:
        made.append(Pretends(context))
        return made[0]

    planned = plan(build, timeout=12, jobs=3)
    carry_out(planned, LoggingObserver())
    (executor,) = made
    assert [place.device for place in planned.places["cpu"]] == ["cpu"] * 3
    assert executor.context.timeout == 12
    assert executor.left
    assert len(executor.submitted) == len({spec.run_id for spec in executor.submitted}) == RUNS
    assert stored(planned).keys() == {spec.run_id for spec in executor.submitted}


def test_a_record_is_stored_before_the_next_run_begins_even_where_submitting_carries_it_out(
    plan: Callable[..., Plan],
) -> None:
    there: list[int] = []

    class Counts(Pretends):
        def carry_out(self, group: Sequence[RunSpec]) -> Future[tuple[RunRecord, ...]]:
            there.append(len(stored(planned)) - len(self.submitted))
            return super().carry_out(group)

    planned = plan(Counts)
    carry_out(planned, LoggingObserver())
    assert set(there) == {0}


def test_an_interrupt_while_submitting_loses_nothing(plan: Callable[..., Plan]) -> None:
    class Interrupted(Pretends):
        def carry_out(self, group: Sequence[RunSpec]) -> Future[tuple[RunRecord, ...]]:
            if len(self.submitted) >= 4:
                raise KeyboardInterrupt
            return super().carry_out(group)

    planned = plan(Interrupted)
    with pytest.raises(KeyboardInterrupt):
        carry_out(planned, LoggingObserver())
    assert len(stored(planned)) == 4
    again = plan(Pretends)
    carry_out(again, LoggingObserver())
    assert len(stored(again)) == RUNS


def test_runs_may_end_in_any_order_and_on_any_thread(plan: Callable[..., Plan], tmp_path: Path) -> None:
    class Threads(Pretends):
        def __enter__(self) -> Self:
            self.threads = ThreadPoolExecutor(4)
            return super().__enter__()

        def __exit__(self, *error: Any) -> None:
            self.threads.shutdown()
            super().__exit__(*error)

        def carry_out(self, group: Sequence[RunSpec]) -> Future[tuple[RunRecord, ...]]:
            return self.threads.submit(self._later, group)

        def _later(self, group: Sequence[RunSpec]) -> tuple[RunRecord, ...]:
            time.sleep(random.Random(group[0].run_id).uniform(0, 0.02))
            return super().carry_out(group).result()

    one, other = plan(Pretends), plan(Threads, results=tmp_path / "threads")
    carry_out(one, LoggingObserver())
    carry_out(other, LoggingObserver())
    assert stored(one) == stored(other)


class NoContext:
    def __init__(self, context: ExecutionContext) -> None: ...

    def submit(self, specs: Iterable[RunSpec]) -> Iterator[Future[RunRecord]]:
        raise AssertionError("never")


class EntersNothing(Pretends):
    def __enter__(self) -> None:  # type: ignore[override]
        return None


class CannotBeEntered(Pretends):
    def __enter__(self) -> Self:
        raise ConnectionError("the cluster is away\nand stays there")


def cannot_be_built(context: ExecutionContext) -> Pretends:
    raise LookupError("no cluster configured")


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (NoContext, "TypeError: .*NoContext.* does not support the context manager protocol"),
        (EntersNothing, "it has no places and no call and no submit"),
        (CannotBeEntered, "ConnectionError: the cluster is away"),
        (cannot_be_built, "LookupError: no cluster configured"),
        (lambda: None, "TypeError: .*"),
        ("no_such_module_anywhere:Cluster", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
    ],
)
def test_one_that_cannot_be_used_is_a_line_that_names_it_and_nothing_is_written(
    build: type[Any] | Callable[..., Any] | str, reason: str, plan: Callable[..., Plan]
) -> None:
    planned = plan(build)
    with pytest.raises(PluginError, match=rf"^executor 'ours' cannot be used: {reason}$"):
        carry_out(planned, LoggingObserver())
    assert not planned.store.root.exists()


def here(plan: Plan) -> Slot:
    """A slot in this very process."""
    return Slot(plan.places["cpu"][0], plan.context, ThisProcess())


def test_performing_a_run_here_gives_the_record_that_a_worker_gives(plan: Callable[..., Plan]) -> None:
    planned = plan()
    carry_out(planned, LoggingObserver())
    for run_id, theirs in stored(planned).items():
        (ours,) = here(planned).run([theirs.spec])
        assert ours.run_id == run_id
        assert what_was_measured(ours) == what_was_measured(theirs)
        assert ours.environment == theirs.environment


def test_performing_a_run_here_makes_a_record_of_what_it_raises(plan: Callable[..., Plan]) -> None:
    broken = submitted(plan)[0].model_copy(update={"component": "operator:no_such_class"})
    (found,) = here(plan()).run([broken])
    assert found.status is RunStatus.FAILED
    assert "unknown attribute of operator 'no_such_class'" in found.reason


def submitted(plan: Callable[..., Plan]) -> list[RunSpec]:
    """What the campaign asks for."""
    executors: list[Pretends] = []
    carry_out(plan(lambda context: executors.append(Pretends(context)) or executors[0]), LoggingObserver())
    return executors[0].submitted


def what_was_measured(record: RunRecord) -> Any:
    """All of a record but clocks, the process's memory, and when and where it was made."""
    clocks = {name for name in Costs.model_fields if name.endswith("_seconds")}
    memory = {"peak_resident_bytes", "resident_growth_bytes", "side_by_side"}
    unlike = dict.fromkeys(("started", "environment", "checksum"), True)
    return record.model_dump(exclude={"costs": clocks | memory, "evaluations": {"__all__": clocks}, **unlike})
