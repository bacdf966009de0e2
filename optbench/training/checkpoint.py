"""A run between two of its steps as plain data and tensors, and back: in a run that is built anew it goes on the same.

What a schedule multiplies, the peak rates, is part of the `TrainingState`: an optimizer's own groups hold the rates of
the moment, as loading them brings back.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch

from optbench.registry.explanation import one_line
from optbench.training.digests import Digests, digests, module_digests
from optbench.training.state import TrainingState
from optbench.training.training import Training


class NotRestored(Exception):
    """Why a run cannot go on from where it was, in a few words; it has to be built anew."""


def snapshot(run: Training, state: TrainingState, earlier: Digests) -> dict[str, Any]:
    """Return all that a run is in the middle of; `earlier` are the digests of its modules from before.

    Raises what its optimizer's or its model's `state_dict` raises.
    """
    now = module_digests(run.model)
    return {
        "model": run.model.state_dict(),
        "buffers": dict(run.model.named_buffers()),
        "modules": {place: digest for place, digest in now.items() if earlier.get(place) != digest},
        "optimizer": run.optimizer.state_dict(),
        "state": state.state_dict(),
        "streams": _streams(),
        "diagnostics": run.diagnosis.state_dict(),
    }


def restore(run: Training, state: TrainingState, content: dict[str, Any]) -> None:
    """Bring a run that was just built, and its state, to where a snapshot was taken.

    Raises `NotRestored` where anything is not then what it was, bit for bit: neither may be used any more.
    """
    try:
        run.model.load_state_dict(content["model"])
        with torch.no_grad():
            for name, buffer in run.model.named_buffers():
                buffer.copy_(content["buffers"][name])
        run.optimizer.load_state_dict(content["optimizer"])
        state.load_state_dict(content["state"])
        run.diagnosis.load_state_dict(content["diagnostics"])
        _set_streams(content["streams"])
    except Exception as error:
        raise NotRestored(f"its state cannot be loaded ({one_line(error)})") from error
    for what, now in (("model", run.model.state_dict()), ("optimizer", run.optimizer.state_dict())):
        if place := _difference(digests(content[what]), digests(now)):
            raise NotRestored(f"{place} of its {what} is not the same after it was saved and loaded")
    kept = module_digests(run.model)
    if lost := [place for place, digest in content["modules"].items() if kept.get(place) != digest]:
        raise NotRestored(f"its model keeps {lost[0]} outside of its state_dict")
    for step in range(state.step):
        run.factor(step)  # a schedule may count its calls


def _difference(before: Digests, after: Digests) -> str:
    """Return the first place at which two differ; empty where they do not."""
    return next((place for place in before | after if before.get(place) != after.get(place)), "")


def _streams() -> dict[str, Any]:
    """Where the global generators stand; those of devices are set anew before each use."""
    numpy: Any = np.random.get_state(legacy=True)  # noqa: NPY002
    name, keys, *rest = numpy
    return {
        "random": random.getstate(),
        "numpy": (name, keys.tolist(), *rest),
        "torch": torch.get_rng_state(),
    }


def _set_streams(streams: dict[str, Any]) -> None:
    random.setstate(streams["random"])
    np.random.set_state(streams["numpy"])  # noqa: NPY002
    torch.set_rng_state(streams["torch"].cpu())
