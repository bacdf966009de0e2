"""`optbench verify`: whether a results folder is what it says."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from optbench.cli.output import Output, output_options
from optbench.store.verify import verify as examine
from optbench.wording import plural


@click.command()
@click.argument("results", type=click.Path())
@output_options
def verify(results: str, output: Output) -> int:
    """Say what in RESULTS is damaged, edited, impossible or missing.

    Each finding is a line. Exit code 1 says that there are some.
    """
    found = examine(Path(results))
    for finding in found.findings:
        output.show(str(finding))
    output.show(f"{plural(found.records, 'record')}, {plural(len(found.findings), 'finding')}")
    output.document({"records": found.records, "findings": [asdict(finding) for finding in found.findings]})
    return 1 if found.findings else 0
