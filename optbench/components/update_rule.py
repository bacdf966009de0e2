"""Textbook updates that optimizers can declare by name, as what the conformance kit compares their steps with."""

from __future__ import annotations

from optbench.components.component import is_import_string
from optbench.components.table import named_in

UPDATE_RULES = {
    name: f"optbench.builtin.rules:{name}"
    for name in (
        "sgd",
        "asgd",
        "rprop",
        "adagrad",
        "adadelta",
        "rmsprop",
        "adam",
        "adamw",
        "adamax",
        "nadam",
        "radam",
    )
}
"""Import strings of the known rules, by name: SGD's has heavy-ball and Nesterov's momentum, Adam's has AMSGrad."""

check_update_rule = named_in("update rule", UPDATE_RULES, or_import_string=True)
"""Raises `ValueError` for what is neither a known name nor an import string."""


def update_rule_build(update_rule: str) -> str:
    """Return the import string of a rule, given its name or that import string."""
    return update_rule if is_import_string(update_rule) else UPDATE_RULES[update_rule]
