"""A campaign from one end to the other: each of its runs is on the board as it is in its record."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import optbench
import pytest

SUITE = """
name = "small"
optimizers = ["adam", "momentum", "gives-up"]
diagnostics = ["gradient-norm"]
[protocol]
name = "defaults"
report_seeds = [1000, 1001]
[[tasks]]
name = "small-quadratic"
task = "quadratic"
steps = 20
evaluations = 3
"""
PLUGIN = """
import optbench

def build(model, *, total_steps, lr):
    from torch.optim import SGD
    class GivesUp(SGD):
        steps = 0
        def step(self, closure=None):
            self.steps += 1
            if self.steps > 15:
                raise ValueError("enough")
            return super().step(closure)
    return GivesUp(model.parameters(), lr=lr)

@optbench.hookimpl
def optbench_optimizers():
    yield optbench.Optimizer(name="gives-up", build=build, lr_ref=1e-3)
"""


def single(value: float) -> float:
    """As TensorBoard keeps it."""
    (rounded,) = struct.unpack("f", struct.pack("f", value))
    return float(rounded)


def test_every_run_is_on_the_board_as_it_is_in_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPTBENCH_TENSORBOARD", raising=False)
    Path("small.toml").write_text(SUITE)
    Path("gives_up.py").write_text(PLUGIN)
    finished = optbench.run("small.toml", plugins=["gives_up.py"], devices=["cpu"], jobs=1)
    records = {
        path.stem: optbench.RunRecord.model_validate_json(path.read_bytes())
        for path in finished.folder.glob("runs/*/*/*.json")
    }
    files = {path.name.rpartition(".")[2]: path for path in Path("tensorboard").rglob("*") if path.is_file()}

    assert files.keys() == records.keys()
    assert {record.status for record in records.values()} == {"completed", "failed"}
    for run_id, record in records.items():
        spec, path = record.spec, files[run_id]
        assert path.parts[1:3] == (spec.task.name, spec.optimizer)
        assert re.fullmatch(rf"lr-{spec.lr:g}-seed-100[01]-{run_id}", path.parts[3])
        found = read(path)
        for point in record.evaluations:
            scalars = {tag: by_step[point.step] for tag, by_step in found.scalars.items() if point.step in by_step}
            assert scalars["validation/loss"] == single(point.validation_loss)
            assert ("train/loss" in scalars) == (point.step > 0)
            assert point.train_loss is None or scalars["train/loss"] == single(point.train_loss)
            for name, value in point.diagnostics.items():
                assert scalars[f"diagnostic/{name}"] == single(value)
        assert len(found.scalars["validation/loss"]) == len(record.evaluations) == (3 if record.final else 2)
        assert "diagnostic/gradient-norm.all" in found.scalars
        assert found.hyperparameters["lr"] == spec.lr
        if record.final:
            assert record.final.test_loss is not None
            assert found.scalars["final/test-loss"] == {20: single(record.final.test_loss)}
            assert found.scalars["train/suboptimality"][0] == 1.0
            frame = optbench.load_results(finished.folder).query("run_id == @run_id and step == 20")
            assert found.scalars["train/suboptimality"][20] == single(frame.suboptimality.item())
