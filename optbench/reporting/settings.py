"""Settings as text: what a protocol tries besides the learning rate."""

from __future__ import annotations

import json
from typing import Any

from optbench.reporting.numbers import short


def besides_the_rate(setting: str) -> str:
    """Say "momentum 0.95, weight_decay 0.0123" of a setting in JSON; empty where only the learning rate is tuned."""
    return in_words({name: value for name, value in json.loads(setting).items() if name != "lr"})


def in_words(setting: dict[str, Any]) -> str:
    """Say "lr 0.001, momentum 0.95"."""
    return ", ".join(f"{name} {short(v) if isinstance(v, float) else v}" for name, v in setting.items())
