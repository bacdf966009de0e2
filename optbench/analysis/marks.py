"""The marks that stand behind a value, and what each means: all are declared here."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Mark:
    """A sign behind the values of the cells in which a column of `analysis.quality` is true."""

    sign: str
    column: str
    meaning: str


EDGE = Mark("†", "edge", "the selected setting is at the edge of what was searched, after every extension")
INCOMPLETE = Mark(
    "‡",
    "incomplete",
    "some report runs did not complete, or did not improve on the initial loss; the mean is over (completed/planned)",
)
MIXED = Mark("§", "mixed", "some report runs were made with another version of torch than most runs of the task")
CONTROL = Mark("¤", "control", "a control: the reference again with other seeds, which takes part in no comparison")
MARKS = (EDGE, INCOMPLETE, MIXED, CONTROL)


def flags(quality: pd.DataFrame) -> pd.Series[str]:
    """The signs of each row, one behind the other."""
    none = pd.Series("", index=quality.index)
    return sum((quality[mark.column].map({True: mark.sign, False: ""}) for mark in MARKS), none)


def footnotes(shown: str) -> list[str]:
    """What the signs in a text mean, a line for each: "† the selected …"."""
    return [f"{mark.sign} {mark.meaning}" for mark in MARKS if mark.sign in shown]
