"""Numbers as records hold them: none that a column of a table could not."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

LARGEST = 2**63 - 1

Count = Annotated[int, Field(ge=0, le=LARGEST)]
Difference = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Seconds = Annotated[float, Field(allow_inf_nan=False)]
PositiveSeconds = Annotated[float, Field(ge=1e-12, le=1e12)]
"""What a clock may have measured: ratios of two are numbers."""
