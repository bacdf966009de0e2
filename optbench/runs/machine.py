"""Which facts make a machine another one, as far as seconds are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FINGERPRINTED = ("cpu", "cores", "platform", "torch", "device_name", "threads")
"""Of an environment: those that its `machine` is the checksum of."""


def differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    """Say in what the machine of an environment is not that of another: `torch 2.13.0 instead of 2.12.1`."""
    facts = [name for name in FINGERPRINTED if name in here and name in there and here[name] != there[name]]
    return ", ".join(f"{name.replace('_', ' ')} {here[name]} instead of {there[name]}" for name in facts)
