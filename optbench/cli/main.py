"""The command `optbench`: the only place that prints or exits."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from optbench.cli.output import last_words, printable
from optbench.cli.pipes import readers_may_leave
from optbench.errors import OptbenchError

USER_MISTAKE = 2
INTERRUPTED = 130

COMMANDS = {
    "run": ("optbench.cli.run:run", "Carry out SUITE and write its report."),
    "report": ("optbench.cli.report:report", "Write the report of one or several RESULTS folders."),
    "show": ("optbench.cli.show:show", "Show all that is known of a recorded run."),
    "why": ("optbench.cli.why:why", "Say what would make a recorded run be made again."),
    "verify": ("optbench.cli.verify:verify", "Say what in RESULTS is damaged, edited, impossible or missing."),
    "merge": ("optbench.cli.merge:merge", "Copy what results folders hold into one."),
    "compare": ("optbench.cli.compare:compare", "Say what changed from BEFORE to AFTER, as a gate."),
    "time": ("optbench.cli.time:time", "Measure what the steps of SUITE's optimizers cost."),
    "power": ("optbench.cli.power:power", "Say what differences the seeds of RESULTS resolve."),
    "landscape": ("optbench.cli.landscape:landscape", "Draw the loss around where a recorded run ended."),
    "check": ("optbench.cli.check:check", "Examine the behaviour of components."),
    "list": ("optbench.cli.list:list_components", "List what plugins provide."),
    "info": ("optbench.cli.info:info", "Show all that is declared about a component."),
    "plugins": ("optbench.cli.plugins:list_plugins", "List the plugins, and what is wrong with them."),
    "schema": ("optbench.cli.schema:schema", "Print the JSON schema of suite files."),
    "env": ("optbench.cli.env:env", "Show versions, devices and folders as optbench sees them."),
    "new": ("optbench.cli.new:new", "Write a plugin distribution to start from."),
}
"""Where each command is, and how its help begins: it is imported only when it is invoked."""


class LazyGroup(click.Group):
    """A group that imports a command when it is invoked, and knows what to say of it before."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names, the main job first."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Import a command; none for a name that is not one."""
        if name not in COMMANDS:
            return None
        command: click.Command = pkgutil.resolve_name(COMMANDS[name][0])
        return command

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command, or an option, without importing any command."""
        found = [CompletionItem(n, help=line) for n, (_, line) in COMMANDS.items() if n.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, context, incomplete)]

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="optbench", message="%(prog)s %(version)s")
@click.pass_context
def optbench(context: click.Context) -> None:
    """Fair, tuned, seeded comparisons of deep-learning optimizers.

    `optbench run suites/standard` is the main job.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 runs failed, 2 the user's mistake, 3 a closed gate, 130 interrupted."""
    with readers_may_leave():
        sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        code = optbench.main(arguments, prog_name="optbench", standalone_mode=False)
    except click.ClickException as error:
        hint = f" (see: {error.ctx.command_path} --help)" if isinstance(error, click.UsageError) and error.ctx else ""
        return _failed(error, USER_MISTAKE, hint)
    except OptbenchError as error:
        return _failed(error, USER_MISTAKE)
    except (click.Abort, KeyboardInterrupt) as error:
        return _failed(error, INTERRUPTED)
    return code if isinstance(code, int) else 0


def _failed(error: BaseException, code: int, hint: str = "") -> int:
    for line in last_words(error):
        click.echo(f"optbench: {printable(line)}{hint}", err=True)
    return code
