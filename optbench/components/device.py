"""`DeviceKind`: what kinds of devices runs can be made on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from optbench.components.table import named_in, table


@dataclass(frozen=True, kw_only=True)
class DeviceKind:
    """A kind of device.

    `backend` is the import string of an `optbench.training.backends.Backend`: what torch calls the same thing on each
    kind. Of a `numbered` kind there may be several, `cuda:1` being the second. One without `float64` refuses tasks
    that ask for it, one that is not `parallel` those that spread a run over several processes. Runs whose steps take
    fewer than `side_by_side_below` floating-point operations train side by side: the program around them takes longer.
    """

    name: str
    backend: str
    numbered: bool = False
    float64: bool = True
    parallel: bool = True
    side_by_side_below: float = 0.0


DEVICE_KINDS = table(
    (
        DeviceKind(name="cuda", backend="optbench.training.backends:Cuda", numbered=True, side_by_side_below=1e9),
        DeviceKind(name="mps", backend="optbench.training.backends:Mps", float64=False, parallel=False),
        DeviceKind(name="cpu", backend="optbench.training.backends:Cpu", side_by_side_below=1e7),
    )
)
"""In the order in which `auto` looks for them."""

DeviceName = Annotated[
    str,
    AfterValidator(named_in("device", DEVICE_KINDS)),
    WithJsonSchema({"type": "string", "enum": list(DEVICE_KINDS)}),
]
