"""What a command tells: results on standard output, messages on standard error, and both in a log file if asked for."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
import math
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

import click

from optbench.errors import OptbenchError, UsageError

INTERRUPTED = "interrupted; what was recorded is kept: the same command continues"

_CONTROL = re.compile("\x1b\\[(?:0|1|22|3[0-7])m|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Command = Callable[..., int | None]


class Output:
    """What one call of a command tells: as text or as one JSON document, errors only if it is to be quiet."""

    def __init__(self, as_json: bool = False, quiet: bool = False, log: TextIO | None = None) -> None:
        self.as_json, self.quiet = as_json, quiet
        self._log = log

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Log what ended the command; whoever called it prints that."""
        if error is not None:
            for line in last_words(error):
                self.log(line)

    def show(self, text: str = "") -> None:
        """Print a part of the result for people."""
        if not self.as_json:
            self.log(text)
            if not self.quiet:
                click.echo(printable(text))

    def document(self, content: Any) -> None:
        """Print the result for programs: with `--json`, once."""
        if self.as_json:
            text = json.dumps(plain(content), indent=2, allow_nan=False)
            self.log(text)
            click.echo(text)

    def note(self, line: str) -> None:
        """Say what happens: one line."""
        self.log(line)
        if not self.quiet:
            click.echo(f"optbench: {printable(line)}", err=True)

    def error(self, line: str) -> None:
        """Say what went wrong, even if it is to be quiet: one line."""
        self.log(line)
        click.echo(f"optbench: {printable(line)}", err=True)

    def log(self, text: str) -> None:
        """Write lines to the log file only, each with the time."""
        if self._log is not None:
            now = dt.datetime.now().astimezone().isoformat(timespec="seconds")
            self._log.writelines(f"{now} {line}\n" for line in click.unstyle(printable(text)).splitlines() if line)
            self._log.flush()


def json_option(command: Command) -> Command:
    """Give a command `--json`; it is called with an `output`."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")(
        _with_output(command)
    )


def output_options(command: Command) -> Command:
    """Give a command `--json`, `--quiet` and `--log-file`; it is called with an `output`."""
    quiet = click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
    log = click.option(
        "--log-file",
        type=click.Path(),
        metavar="FILE",
        help="Append everything that is told to FILE, with times.",
    )
    return quiet(log(json_option(command)))


def plain(content: Any) -> Any:
    """Return what JSON can say of it: numbers that are not finite become null, values that it lacks their text."""
    if isinstance(content, Mapping):
        return {str(key): plain(value) for key, value in content.items()}
    if isinstance(content, str):
        return str(content)
    if isinstance(content, Sequence | set | frozenset):
        return [plain(value) for value in content]
    if isinstance(content, float):
        return float(content) if math.isfinite(content) else None
    if content is None or isinstance(content, bool | int):
        return content
    return str(content)


def printable(text: str) -> str:
    """Return a text whose control characters are written out, but for line ends, tabs, and bold or coloured words.

    What a terminal would obey, or what would turn the order of characters, may come from a record of anybody's.
    """
    return _CONTROL.sub(lambda found: found[0] if len(found[0]) > 1 else ascii(found[0])[1:-1], text)


def last_words(error: BaseException) -> list[str]:
    """Return the lines that say why a command ended; our own mistakes keep their traceback."""
    if isinstance(error, OptbenchError):
        return str(error).splitlines()
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return [INTERRUPTED]
    if isinstance(error, click.ClickException):
        return [error.format_message()]
    return "".join(traceback.format_exception(error)).splitlines()


def _with_output(command: Command) -> Command:
    @functools.wraps(command)
    def called(*args: Any, as_json: bool, quiet: bool = False, log_file: str | None = None, **given: Any) -> int | None:
        with contextlib.ExitStack() as stack:
            log = stack.enter_context(_opened(log_file)) if log_file else None
            output = stack.enter_context(Output(as_json, quiet, log))
            return command(*args, output=output, **given)

    return called


def _opened(log_file: str) -> TextIO:
    try:
        return Path(log_file).open("a", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--log-file {log_file!r} cannot be written: {error.strerror}") from error
