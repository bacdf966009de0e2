"""The benchmark of the training loop measures whole runs, or says that it did not."""

from __future__ import annotations

import pytest

from benchmarks import loop


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_at_its_learning_rates_the_smallest_task_is_trained_to_the_end(optimizer: str) -> None:
    assert loop.ours(loop.training("quadratic", optimizer, "cpu")) > 0


def test_a_run_that_diverges_is_one_line_instead_of_a_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"^quadratic diverged, so that there is nothing to compare: .+"):
        loop.ours(loop.training("quadratic", "sgd", "cpu", rate=1e6))


def test_a_benchmark_prints_one_ratio_for_each_optimizer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loop, "STEPS", 3)
    monkeypatch.setattr(loop, "ROUNDS", 2)
    loop.main("quadratic")
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(": ratio ")[0] for line in lines] == ["quadratic, sgd, cpu", "quadratic, adam, cpu"]
