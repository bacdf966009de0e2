"""Generated parts of pages that are otherwise written by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from optbench.errors import UsageError

ROOT = Path(__file__).parent.parent


def fill(page: Path, name: str, lines: Sequence[str]) -> None:
    """Put lines between `<!-- name -->` and `<!-- /name -->` in a page, instead of what is there."""
    between = re.compile(rf"(<!-- {name} -->\n).*(<!-- /{name} -->)", re.DOTALL)
    block = "".join(f"{line}\n" for line in lines)
    text, places = between.subn(lambda found: f"{found[1]}{block}{found[2]}", page.read_text(encoding="utf-8"))
    if places != 1:
        raise UsageError(f"{page} has {places or 'no'} places for {name}: one is needed")
    page.write_text(text, encoding="utf-8")
