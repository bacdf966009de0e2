"""The task as benchopt has it: a data set of that name."""

import os

from benchopt import BaseDataset


class Dataset(BaseDataset):  # type: ignore[misc]  # not installed where types are checked
    """Names the task; a run builds its data."""

    name = "task"

    def get_data(self) -> dict[str, str]:
        return {"task": os.environ["OPTBENCH_SWEEP"]}
