"""The command `optbench`: the only place that prints or exits."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from optbench.cli.check import check
from optbench.cli.env import env
from optbench.cli.info import info
from optbench.cli.landscape import landscape
from optbench.cli.list import list_components
from optbench.cli.new import new
from optbench.cli.plugins import plugins
from optbench.cli.report import report
from optbench.cli.run import run
from optbench.cli.schema import schema
from optbench.errors import OptbenchError

USER_MISTAKE = 2
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="optbench", message="%(prog)s %(version)s")
def optbench() -> None:
    """Fair, tuned, seeded comparisons of deep-learning optimizers.

    `optbench run suites/standard` is the main job.
    """


for command in (run, report, landscape, check, list_components, info, plugins, schema, env, new):
    optbench.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 some runs failed, 2 the user's mistake, 130 interrupted."""
    try:
        code = optbench.main(arguments, prog_name="optbench", standalone_mode=False)
    except click.ClickException as error:
        hint = f" (see: {error.ctx.command_path} --help)" if isinstance(error, click.UsageError) and error.ctx else ""
        _fail(error.format_message() + hint)
    except OptbenchError as error:
        _fail(str(error))
    except (click.Abort, KeyboardInterrupt):
        click.echo("optbench: interrupted; what was recorded is kept: the same command continues", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(USER_MISTAKE)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> None:
    for line in message.splitlines():
        click.echo(f"optbench: {line}", err=True)
    sys.exit(USER_MISTAKE)
