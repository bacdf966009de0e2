"""`Options`: what may be said about a campaign besides its suite."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from types import FunctionType
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    PositiveInt,
    ValidationError,
)

from optbench.components.component import NAME, import_string
from optbench.errors import UsageError, closest
from optbench.runs.record import RunStatus
from optbench.suite.shard import Shard, parse_shard
from optbench.suite.suite import Profile

SIZE = re.compile(r"\s*(\d+\.)?\d+\s*[kmgt]i?b\s*$", re.IGNORECASE)


def _named(optimizer: Any) -> Any:
    """A class stands for its import string: names cross to workers, objects do not."""
    return import_string(optimizer) if isinstance(optimizer, type | FunctionType) else optimizer


def _safe(name: str) -> str:
    if not NAME.match(name):
        raise ValueError("a name of letters, digits and . _ + - that begins with a letter or digit names a folder")
    return name


def _with_unit(size: str) -> str:
    """Refuse a size that pydantic would take for bytes, or of which it would read the beginning only."""
    if not SIZE.match(str(size)):
        raise ValueError("must be a size with its unit, such as 4GiB or 500MB")
    return size


class Options(BaseModel):
    """What may be said about a campaign besides its suite: the options of `optbench run`, under the same names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    results: Path = Path("results")
    """Root of all results folders; the campaign's own is `<root>/<name>[-<profile>]`."""
    name: Annotated[str, AfterValidator(_safe)] | None = None
    """What the campaign and its folder are called (default: as the suite), so that others of the suite are apart."""
    profile: Profile = "default"
    """`smoke`, `default` or `paper`."""
    optimizers: Sequence[Annotated[str, BeforeValidator(_named)]] = ()
    """Only these: names in the suite, other registered ones, `module:Class`, or a class from a module."""
    tasks: Sequence[str] = ()
    """Only these: names in the suite, or other registered ones."""
    report_seeds: PositiveInt | None = None
    """Report runs of each entry (default: the suite's); more of them extend what is recorded."""
    devices: Sequence[str] = ()
    """`auto` (the default), `cpu`, `cuda`, `cuda:1`, `mps`; the suite runs on each."""
    jobs: PositiveInt | None = None
    """Runs at the same time, per kind of device (default: the cores, or one per GPU)."""
    timeout: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Seconds that one run may take (default: the suite's)."""
    checkpoint_every: float = Field(default=60.0, ge=0, allow_inf_nan=False)
    """Seconds from one checkpoint of a long run to the next, from which it goes on where it was killed; 0 for none."""
    memory_limit: Annotated[ByteSize, BeforeValidator(_with_unit), Field(gt=0)] | None = None
    """Physical memory that the processes of one run may use, `4GiB` say: a larger one ends as `out_of_memory`."""
    fail_fast: bool = False
    """Whether to stop at the first run that fails unexpectedly."""
    retry: Sequence[RunStatus] = ()
    """Statuses whose records are set aside and run again."""
    data: Path | None = None
    """Folder with data files, looked at before `$OPTBENCH_DATA` and the user's cache."""
    plugins: Sequence[Path] = ()
    """Files with hooks."""
    control: bool = False
    """Whether the suite's reference is also run as `<reference>-control`, with other seeds: what differs is noise."""
    shard: Annotated[Shard, BeforeValidator(parse_shard)] | None = None
    """The part of the campaign to carry out, `2/8` for the second of eight; the parts are whole cells."""
    executor: str | dict[str, Any] = "local"
    """Where runs are carried out: the name of an executor, `name:argument`, a TOML file, or a table as in one."""
    diagnostics: Sequence[str] = ()
    """What is measured inside the runs, besides: names of diagnostics."""
    reporters: Sequence[str] = ()
    """Other forms of the report to write, besides the page: names of reporters."""

    @property
    def narrowed(self) -> bool:
        """Whether they choose a part of the suite, or devices: the campaign is then extended, not stated anew."""
        return bool(self.optimizers or self.tasks or self.devices)

    def results_folder(self, name: str) -> Path:
        """Return the folder of the campaign of this name."""
        return self.results / (name if self.profile == "default" else f"{name}-{self.profile}")


def parse_options(given: dict[str, Any]) -> Options:
    """Validate options; raises `UsageError` with one line for each mistake."""
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        lines = [
            f"option {name}: unknown{closest(name, Options.model_fields)}"
            if details["type"] == "extra_forbidden"
            else f"option {name}: {rule}, not {details['input']!r}"
            for details in error.errors()
            for name in [str(details["loc"][0])]
            for rule in [details["msg"].removeprefix("Input ").removeprefix("Value error, ")]
        ]
        raise UsageError("\n".join(lines)) from error
