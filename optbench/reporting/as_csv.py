"""Tables as CSV that a spreadsheet reads as what they say: a text is never a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a formula begins with, for one spreadsheet or another."""


def as_csv(frame: pd.DataFrame) -> str:
    """Write a frame as CSV without its index; an apostrophe stands before texts that would be formulas."""
    texts = {
        column: frame[column].map(_no_formula) for column in frame.columns if frame[column].dtype.kind not in "biufc"
    }
    return frame.assign(**texts).rename(columns=_no_formula).to_csv(index=False)


def _no_formula(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) and not _is_number(value) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
