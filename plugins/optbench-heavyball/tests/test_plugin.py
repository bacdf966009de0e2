"""What the plugin declares: read without torch, and in step with the installed heavyball."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import heavyball
import optbench
import pytest

from optbench_heavyball import conformance, generate, measure
from optbench_heavyball.catalogue import CATALOGUE, Item
from optbench_heavyball.limits import causes
from optbench_heavyball.plugin import optbench_optimizers

ROWS = {row["name"]: row for row in json.loads(generate.TABLE.read_text(encoding="utf-8"))}
COMPONENTS = {component.name: component for component in optbench_optimizers()}
ANEW = "write it anew: python -m optbench_heavyball.generate"


def test_the_hook_imports_neither_torch_nor_heavyball() -> None:
    program = """
import sys
from optbench_heavyball.plugin import optbench_optimizers
assert len(list(optbench_optimizers())) > 40
heavy = {"torch", "heavyball", "numpy"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_class_that_heavyball_exports_is_provided() -> None:
    assert {item.library_class for item in CATALOGUE} == generate.classes()
    assert list(ROWS) == [item.name for item in CATALOGUE]


@pytest.mark.parametrize("item", CATALOGUE, ids=lambda item: item.name)
def test_the_table_says_what_the_classes_say(item: Item) -> None:
    read = json.loads(json.dumps(generate.read(item)))
    assert {key: ROWS[item.name][key] for key in read} == read, ANEW


@pytest.mark.parametrize("component", COMPONENTS.values(), ids=lambda component: component.name)
@pytest.mark.filterwarnings("ignore::UserWarning:heavyball")
def test_weight_decay_acts_as_declared_after_the_first_step(component: optbench.Optimizer) -> None:
    found = measure.weight_decay_mode(component)
    by_hand = {item.name for item in CATALOGUE if item.weight_decay_mode}
    assert found == (None if component.name in by_hand else component.weight_decay_mode), ANEW


def test_each_arxiv_number_is_in_the_docstring_of_its_class() -> None:
    for item in CATALOGUE:
        library = getattr(heavyball, item.library_class)
        wrapped = "" if item.library_class != "SplitOpt" else heavyball.MuonAdamW.__doc__
        for number in re.findall(r"arXiv:(\S+?)(?:;|$)", item.reference):
            assert number in (library.__doc__ or "") + (wrapped or ""), item.name


def test_every_limit_is_of_an_optimizer_and_every_check_has_one_cause() -> None:
    for name in COMPONENTS:
        checks = [check for cause in causes() if cause.holds_for(name) for check in cause.checks]
        assert len(checks) == len(set(checks)), name
    assert {name for cause in causes() for name in (*cause.optimizers, *cause.but)} <= set(COMPONENTS)


def test_the_page_on_conformance_is_up_to_date() -> None:
    assert generate.PAGE.read_text(encoding="utf-8") == conformance.page(COMPONENTS), ANEW
