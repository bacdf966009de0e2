from __future__ import annotations

from typing import Any

import pytest
import torch

from optbench import UsageError
from optbench.builtin.models import MODELS
from optbench.builtin.models.audiovisual import Audiovisual

SHAPES: dict[str, Any] = {"image": (12, 8), "audio": (8, 16)}
EXAMPLES = torch.randn(3, 12 * 8 + 8 * 16)


def test_its_options_are_its_defaults() -> None:
    (component,) = (model for model in MODELS if model.name == "audiovisual")
    assert repr(Audiovisual((1808,), 10, **component.options)) == repr(Audiovisual((1808,), 10))


@pytest.mark.parametrize(
    ("branches", "seen"), [("both", (True, True)), ("image", (True, False)), ("audio", (False, True))]
)
def test_it_looks_at_its_branches_only(branches: str, seen: tuple[bool, bool]) -> None:
    model = Audiovisual((224,), 5, branches=branches, **SHAPES)
    before = model(EXAMPLES)
    assert before.shape == (3, 5)
    for part, matters in zip((slice(0, 96), slice(96, 224)), seen, strict=True):
        changed = EXAMPLES.clone()
        changed[:, part] += 1
        assert torch.equal(model(changed), before) is not matters


def test_each_branch_sees_its_part_in_its_shape() -> None:
    model = Audiovisual((224,), 5, **SHAPES)
    image, sound = EXAMPLES[:, :96], EXAMPLES[:, 96:]
    features = torch.cat((model.branches["image"](image), model.branches["audio"](sound)), 1)
    assert torch.equal(model(EXAMPLES), model.classifier(features))
    assert model.branches["image"][0](image).shape == (3, 1, 12, 8)
    assert model.branches["audio"][0](sound).shape == (3, 1, 8, 16)


def test_other_branches_are_refused() -> None:
    with pytest.raises(UsageError, match="branches='video' must be one of both, image, audio"):
        Audiovisual((224,), 5, branches="video", **SHAPES)


def test_shapes_that_do_not_fit_are_refused_with_the_way_out() -> None:
    with pytest.raises(UsageError, match=r"make 224 numbers, but examples have the shape \(225,\); give the shapes"):
        Audiovisual((225,), 5, **SHAPES)
