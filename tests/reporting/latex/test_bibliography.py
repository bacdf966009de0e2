from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.builtin.optimizers import OPTIMIZERS
from optbench.builtin.tasks import TASKS
from optbench.reporting.latex.bibliography import cited


@pytest.mark.parametrize(
    ("reference", "key", "fields"),
    [
        (
            "Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, arXiv:1412.6980",
            "kingma2015adam",
            {
                "author": "Kingma and Ba",
                "title": "{Adam: a method for stochastic optimization}",
                "howpublished": "ICLR",
                "year": "2015",
                "note": "arXiv:1412.6980",
                "eprint": "1412.6980",
                "archiveprefix": "arXiv",
            },
        ),
        (
            "Xiao, Rasul and Vollgraf, Fashion-MNIST, 2017, chapters 5 and 7",
            "xiao2017fashion",
            {
                "author": "Xiao and Rasul and Vollgraf",
                "title": "{Fashion-MNIST}",
                "year": "2017",
                "note": "chapters 5 and 7",
            },
        ),
        (
            "Polyak, Adaptive and other methods, in 3 parts, 1964",
            "polyak1964adaptive",
            {"author": "Polyak", "title": "{Adaptive and other methods, in 3 parts}", "year": "1964"},
        ),
        (
            "Efron et al., Least angle regression, Annals of Statistics 2004",
            "efron2004least",
            {
                "author": "Efron and others",
                "title": "{Least angle regression}",
                "howpublished": "Annals of Statistics",
                "year": "2004",
            },
        ),
    ],
)
def test_references_in_our_form_have_fields(reference: str, key: str, fields: Mapping[str, str]) -> None:
    (citation,) = cited([reference]).values()
    assert (citation.key, dict(citation.fields)) == (key, dict(fields))


@pytest.mark.parametrize("reference", ["my notes", "https://example.org/a_b", "A, B, 2020; C, D, 2021", "100%"])
def test_any_other_reference_is_its_own_note(reference: str) -> None:
    (citation,) = cited([reference]).values()
    assert set(citation.fields) == {"key", "note"}
    assert cited(["something before", reference])[reference] == citation


def test_of_our_own_references_all_but_one_have_structure() -> None:
    references = {component.reference for component in (*OPTIMIZERS, *TASKS) if component.reference}
    loose = [reference for reference, citation in cited(references).items() if "note" in citation.fields and
             "author" not in citation.fields]  # fmt: skip
    assert all(";" in reference for reference in loose)
    assert len(loose) < len(references) / 4


def test_components_that_name_the_same_work_share_its_entry_and_nothing_has_none() -> None:
    assert len(cited(["Kingma and Ba, Adam, 2015", "", "Kingma and Ba, Adam, 2015"])) == 1


@given(st.lists(st.text(), max_size=8))
def test_keys_are_unique_plain_and_fields_balanced(references: list[str]) -> None:
    found = cited([*references, "Kingma and Ba, Adam, 2015", "Kingma and Ba, Adam again, 2015"])
    keys = [citation.key for citation in found.values()]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[a-z0-9-]+", key) for key in keys)
    for citation in found.values():
        assert all(text.count("{") == text.count("}") for text in citation.fields.values())
