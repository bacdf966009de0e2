"""The guard around a plugin's code: it gives back streams, descriptors and alarms as they were."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import time

import pytest

from optbench.registry.guard import OUTPUT_KEPT, TooSlow, contained
from tests.support.platforms import posix_only


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), StopIteration(), GeneratorExit()])
def test_what_is_raised_is_kept(error: BaseException) -> None:
    with contained(None) as attempt:
        raise error
    assert attempt.error is error


def test_what_does_not_raise_has_no_error() -> None:
    with contained(5) as attempt:
        print("written")
        time.sleep(0.01)
    assert (attempt.error, attempt.output) == (None, "written")
    assert 0.01 <= attempt.seconds < 5


def test_streams_are_restored_even_where_the_code_replaced_them(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = io.StringIO()
    monkeypatch.setattr(sys, "stdout", ours)
    with contained(None) as attempt:
        sys.stdout = io.StringIO()
        os.dup2(2, 1)
    assert attempt.error is None
    assert sys.stdout is ours


def test_whoever_keeps_a_stream_writes_to_the_real_one_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    with contained(None) as attempt:
        kept = sys.stderr
        print("during", file=kept)
    print("after", file=kept)
    kept.flush()
    assert attempt.output == "during"
    assert capfd.readouterr() == ("", "after\n")


def test_descriptors_are_not_leaked() -> None:
    before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()  # noqa: PTH112, PTH208
    for _ in range(3):
        with contained(None):
            raise SystemExit
    assert not before or set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_process_without_standard_streams_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    with contained(None) as attempt:
        os.write(1, b"to the descriptor")
    assert (attempt.error, attempt.output) == (None, "to the descriptor")


def test_long_output_is_cut() -> None:
    with contained(None) as attempt:
        print("x" * (2 * OUTPUT_KEPT))
    assert len(attempt.output) == OUTPUT_KEPT


@posix_only
def test_time_that_is_up_ends_the_code_and_an_alarm_of_someone_else_still_rings() -> None:
    rung = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: rung.append(number))
    timer = signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with contained(0.05) as attempt:
            time.sleep(60)
        assert isinstance(attempt.error, TooSlow)
        assert attempt.seconds < 30
        deadline = time.monotonic() + 30
        while not rung and time.monotonic() < deadline:
            time.sleep(0.01)
        assert rung
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *timer)


@posix_only
def test_code_that_outlives_its_limit_by_swallowing_everything_is_too_slow_all_the_same() -> None:
    with contained(0.05) as attempt, contextlib.suppress(BaseException):
        time.sleep(60)
    assert isinstance(attempt.error, TooSlow)
