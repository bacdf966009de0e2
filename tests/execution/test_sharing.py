"""Several coordinators on one folder: every run once, none missed, and what one leaves the others do."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from optbench.errors import ResultsError
from optbench.execution import sharing
from optbench.execution.campaign import Campaign, Group
from optbench.execution.sharing import Sharing
from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.store.store import Store
from optbench.suite.shard import Shard
from optbench.suite.suite import Suite
from tests.support.folders import SUITE, made_up_record, make_folder

MANY = SUITE.model_copy(
    update={
        "optimizers": tuple(
            entry.model_copy(update={"name": f"{entry.name}-{i}", "lr_ref": entry.lr_ref * (1 + i / 10)})
            for entry in SUITE.optimizers
            for i in range(4)
        )
    }
)


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "POLL", 0.05)


class Coordinator:
    """Carries out a suite, or a shard of it, with records that take a moment; may be stopped after some of them."""

    def __init__(self, store: Store, suite: Suite, shard: Shard | None = None, stop_after: int | None = None) -> None:
        self.store, self.suite, self.shard, self.stop_after = store, suite, shard, stop_after
        self.done: list[str] = []
        self.notes: list[str] = []
        self._threads = ThreadPoolExecutor(2)

    def submit(self, groups: Iterable[Group]) -> Iterator[Future[tuple[RunRecord, ...]]]:
        for group in groups:
            yield self._threads.submit(self._run_all, group)

    def _run_all(self, group: Group) -> tuple[RunRecord, ...]:
        return tuple(map(self._run, group))

    def _run(self, spec: RunSpec) -> RunRecord:
        time.sleep(random.random() * 0.01)
        self.done.append(spec.run_id)
        return made_up_record(spec)

    def carry_out(self) -> None:
        suite, store = self.suite, self.store
        cells = list(suite.cells()) if self.shard is None else self.shard.part(suite.cells())
        campaign = Campaign(suite.protocol, cells, store.records(lambda path, reason: pytest.fail(reason)))
        places = [store.cell(suite.protocol.first_run(cell)) for cell in cells]
        stored = 0
        try:
            with Sharing(store, self.submit, lambda: 3, self.notes.append, places) as shared:
                for record in campaign.run(shared.submit):
                    if record.run_id not in shared.of_others:
                        store.add(record)
                        stored += 1
                    if stored == self.stop_after:
                        raise KeyboardInterrupt
        except KeyboardInterrupt:
            pass
        finally:
            self._threads.shutdown(cancel_futures=True)


def all_at_once(coordinators: list[Coordinator]) -> None:
    threads = [threading.Thread(target=coordinator.carry_out) for coordinator in coordinators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "s")
    store.open(MANY, extend=False)
    return store


def contents(store: Store) -> dict[str, str]:
    return {path.name: path.read_text() for path in store.paths()}


def test_two_coordinators_and_four_shards_do_every_run_once(store: Store, tmp_path: Path) -> None:
    shards = [Coordinator(store, MANY, Shard(i, 4)) for i in (1, 2, 3, 4)]
    everyone = [*shards, *(Coordinator(store, MANY) for _ in range(2))]
    all_at_once(everyone)
    done = Counter(run_id for coordinator in everyone for run_id in coordinator.done)
    alone = contents(make_folder(tmp_path / "alone", MANY))
    assert set(done.values()) == {1}
    assert {f"{run_id}.json" for run_id in done} == alone.keys()
    assert contents(store) == alone
    assert sum(bool(coordinator.done) for coordinator in everyone) > 1
    assert list(store.root.rglob("*.claim")) == []
    assert not (store.root / "coordinators").exists()


def test_what_an_interrupted_coordinator_leaves_another_one_does(store: Store, tmp_path: Path) -> None:
    everyone = [Coordinator(store, MANY, stop_after=5), Coordinator(store, MANY), Coordinator(store, MANY)]
    all_at_once(everyone)
    assert contents(store) == contents(make_folder(tmp_path / "alone", MANY))
    assert list(store.root.rglob("*.claim")) == []


def test_one_that_comes_later_learns_of_the_others_and_says_so_once(store: Store) -> None:
    class First(Coordinator):
        def _run(self, spec: RunSpec) -> RunRecord:
            began.set()
            go_on.wait()
            return super()._run(spec)

    began, go_on = threading.Event(), threading.Event()
    narrow = MANY.model_copy(update={"optimizers": MANY.optimizers[:1], "tasks": MANY.tasks[:1]})
    first, later = First(store, narrow), Coordinator(store, narrow)
    threads = [threading.Thread(target=first.carry_out), threading.Thread(target=later.carry_out)]
    threads[0].start()
    began.wait()
    threads[1].start()
    while not later.notes:
        time.sleep(0.01)
    go_on.set()
    for thread in threads:
        thread.join()
    assert later.notes == ["another optbench run is at work in this folder: the two share what is to do"]
    assert later.done == []
    assert first.notes == []


def test_a_run_that_was_skipped_is_made_once_its_cell_has_recovered(store: Store) -> None:
    spec = next(MANY.cells()).spec({"lr": 0.01}, 1000, "report")
    store.add(RunRecord(run_id=spec.run_id, spec=spec, status=RunStatus.SKIPPED, reason="no setting is usable"))
    coordinator = Coordinator(store, MANY)
    coordinator.carry_out()
    assert spec.run_id in coordinator.done


def test_runs_happen_one_by_one_where_the_executor_makes_them_at_once(store: Store) -> None:
    order: list[str] = []

    def at_once(groups: Iterable[Group]) -> Iterator[Future[tuple[RunRecord, ...]]]:
        for (spec,) in groups:
            order.append(f"run {spec.run_id}")
            future: Future[tuple[RunRecord, ...]] = Future()
            future.set_result((made_up_record(spec),))
            yield future

    with Sharing(store, at_once, lambda: 2, order.append) as shared:
        records = Campaign(MANY.protocol, MANY.cells(), {}).run(shared.submit)
        order.extend(f"kept {record.run_id}" for record in records)
    assert order[0::2] == [f"run {line.split()[1]}" for line in order[1::2]]


@pytest.mark.parametrize("fail", [OSError("the folder is gone"), ResultsError("cannot be written")])
def test_what_goes_wrong_while_others_are_watched_ends_the_campaign(
    fail: Exception, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> bool:
        raise fail

    take: Callable[..., bool] = broken
    with Sharing(store, lambda specs: iter(()), lambda: 2, lambda line: None) as shared:
        spec = next(MANY.cells()).spec({"lr": 0.1}, 0, "tune")
        monkeypatch.setattr(shared._claims, "take", lambda place: False)
        (future,) = shared.submit([(spec,)])
        monkeypatch.setattr(shared._claims, "take", take)
        with pytest.raises(ResultsError, match=str(fail)):
            future.result(timeout=60)


def test_of_a_group_that_others_have_begun_only_the_rest_is_run(store: Store) -> None:
    cell = next(MANY.cells())
    group = tuple(cell.spec({"lr": lr}, 0, "tune") for lr in (0.1, 0.2, 0.3))
    store.add(made_up_record(group[1]))
    asked: list[Group] = []

    def submit(groups: Iterable[Group]) -> Iterator[Future[tuple[RunRecord, ...]]]:
        for left in groups:
            asked.append(left)
            future: Future[tuple[RunRecord, ...]] = Future()
            future.set_result(tuple(map(made_up_record, left)))
            yield future

    with Sharing(store, submit, lambda: 2, lambda line: None) as shared:
        (future,) = shared.submit([group])
        records = future.result(timeout=60)
        assert shared.of_others == {group[1].run_id}
    assert [record.run_id for record in records] == [spec.run_id for spec in group]
    assert asked == [(group[0], group[2])]
