"""What several commands take: each option is declared here once, with what a shell completes for it."""

from __future__ import annotations

import click

from optbench.cli.complete import components, suites


class Seconds(click.FloatRange):
    """A number of seconds; the name is what a wrong value is told not to be."""

    name = "number of seconds, such as 90"


suite = click.argument("suite", shell_complete=suites)
results_root = click.option(
    "--results",
    type=click.Path(),
    default="results",
    show_default=True,
    metavar="DIR",
    help="Root of all results folders.",
)
results_place = click.option(
    "--results",
    type=click.Path(),
    default="results",
    show_default=True,
    metavar="DIR",
    help="A results folder, or a folder with several: all are searched.",
)
name = click.option(
    "--name",
    metavar="NAME",
    help="Name of this campaign and its folder.  [default: the suite's]",
)
device = click.option(
    "--device", "devices", multiple=True, metavar="D", help="auto, cpu, cuda, cuda:INDEX or mps; repeatable."
)
profile = click.option(
    "--profile",
    type=click.Choice(["smoke", "default", "paper"]),
    default="default",
    show_default=True,
    help="How thorough: a quick look, the suite as it is, or more seeds.",
)
optimizer = click.option(
    "-o",
    "--optimizer",
    "optimizers",
    multiple=True,
    metavar="NAME",
    help="Only this optimizer, by name or as module:Class; repeatable.",
    shell_complete=components("optimizers"),
)
task = click.option(
    "-t",
    "--task",
    "tasks",
    multiple=True,
    metavar="NAME",
    help="Only this task; repeatable.",
    shell_complete=components("tasks"),
)
executor = click.option(
    "--executor",
    default="local",
    show_default=True,
    metavar="NAME[:ARG]",
    help="Where runs are carried out, or a TOML file that says so.",
    shell_complete=components("executors"),
)
reporter = click.option(
    "--reporter",
    "reporters",
    multiple=True,
    metavar="NAME",
    help="Write this form of the report too; repeatable.",
    shell_complete=components("reporters"),
)
plugin = click.option(
    "--plugin",
    "plugins",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="A Python file with hooks; repeatable.",
)
data = click.option(
    "--data",
    type=click.Path(),
    metavar="DIR",
    help="Folder with data files.  [default: $OPTBENCH_DATA, then a cache]",
)
