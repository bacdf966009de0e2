"""The suites that come with optbench: `suites/` of a checkout, beside this module in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from optbench import SuiteSource

_HERE = Path(__file__).parent
_FOLDERS = (_HERE / "suites", _HERE.parent.parent / "suites")

SUITES = tuple(
    SuiteSource(name=path.stem, path=path)
    for path in sorted(next(folder for folder in _FOLDERS if folder.is_dir()).glob("*.toml"))
)
