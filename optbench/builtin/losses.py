"""The losses of our tasks."""

from __future__ import annotations

from optbench import Loss

LOSSES = (
    Loss(
        name="cross_entropy",
        build="optbench.training.losses:cross_entropy",
        targets="classes",
        ignores=True,
        smooths=True,
        description="Cross entropy in nats, of logits; targets of -100 are left out.",
    ),
    Loss(
        name="binary_cross_entropy",
        build="optbench.training.losses:binary_cross_entropy",
        targets="values",
        within=(0.0, 1.0),
        description="Binary cross entropy in nats, of logits and probabilities.",
    ),
    Loss(
        name="mse",
        build="optbench.training.losses:mse",
        targets="values",
        description="Mean squared error.",
    ),
    Loss(
        name="half_mse",
        build="optbench.training.losses:half_mse",
        targets="values",
        description="Half the mean squared error, whose gradient has no factor 2.",
    ),
    Loss(
        name="mean_output",
        build="optbench.training.losses:mean_output",
        targets="none",
        description="Mean of the outputs, for models that return each example's loss themselves.",
    ),
    Loss(
        name="ctc",
        build="optbench.training.losses:ctc",
        targets="transcripts",
        reference="Graves et al., Connectionist temporal classification, ICML 2006, equations 8 and 12",
        description="Connectionist temporal classification: -ln p(transcript) in nats, class 0 being the blank.",
    ),
)
