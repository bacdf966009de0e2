"""Requirements of a distribution: which are not met, and the command that meets them."""

from __future__ import annotations

import pytest

from optbench.registry.discovery import version_of
from optbench.registry.requirements import unmet

CLICK = version_of("click")


@pytest.mark.parametrize(
    "requirements",
    [
        [],
        ["click"],
        ["click>=8,<1000"],
        ["Click >= 8 ; python_version >= '3.8'"],
        ["no-such-library; extra == 'dev'"],
        ["no-such-library; sys_platform == 'no-such-system'"],
        ["no-such-library; no_such_marker == '1'", "not a requirement at all !"],
        ["torch>=2"],  # its version may have a local part, 2.9.0+cpu
    ],
    ids=str,
)
def test_what_is_met_or_does_not_apply_or_cannot_be_read_is_fine(requirements: list[str]) -> None:
    assert unmet(requirements) == ""


@pytest.mark.parametrize(
    ("requirements", "said"),
    [
        (
            ["no-such-library<5,>=4.1"],
            "needs no-such-library>=4.1,<5, which is not installed: pip install 'no-such-library>=4.1,<5'",
        ),
        (["no-such-library"], "needs no-such-library, which is not installed: pip install no-such-library"),
        (["click<2"], f"needs click<2, but {CLICK} is installed: pip install 'click<2'"),
        (
            ["click<2", "torch", "no-such-library[fast]; python_version>'3'"],
            f"needs click<2, but {CLICK} is installed, and no-such-library[fast], which is not installed: "
            "pip install 'click<2' 'no-such-library[fast]'",
        ),
        (
            ["no-such-library @ https://example.org/x.zip"],
            "needs no-such-library @ https://example.org/x.zip, which is not installed: "
            "pip install 'no-such-library @ https://example.org/x.zip'",
        ),
    ],
)
def test_what_is_not_met_is_said_with_the_way_out(requirements: list[str], said: str) -> None:
    assert unmet(requirements) == said
