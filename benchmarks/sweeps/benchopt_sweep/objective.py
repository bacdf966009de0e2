"""The sweep as a benchmark of benchopt: the loss on the validation set of a task of ours."""

from typing import Any

from benchopt import BaseObjective


class Objective(BaseObjective):  # type: ignore[misc]  # not installed where types are checked
    """What is measured after each run."""

    name = "Validation loss"
    sampling_strategy = "run_once"

    def set_data(self, task: str) -> None:
        self.task = task

    def evaluate_result(self, loss: float) -> dict[str, float]:
        return {"value": loss}

    def get_one_result(self) -> dict[str, Any]:
        raise NotImplementedError

    def get_objective(self) -> dict[str, str]:
        return {"task": self.task}
