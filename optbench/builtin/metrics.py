"""The metrics of our tasks."""

from __future__ import annotations

from optbench import Metric

METRICS = (
    Metric(
        name="loss",
        build=None,
        value="optbench.training.metrics:mean_loss",
        higher_is_better=False,
        description="The loss itself, a mean over the split.",
    ),
    Metric(
        name="accuracy",
        build="optbench.training.metrics:accuracy",
        by_class="optbench.training.metrics:share_by_class",
        higher_is_better=True,
        share=True,
        targets="classes",
        description="Share of the targets whose logit is the largest.",
    ),
    Metric(
        name="top_5_accuracy",
        build="optbench.training.metrics:top_5_accuracy",
        by_class="optbench.training.metrics:share_by_class",
        higher_is_better=True,
        share=True,
        targets="classes",
        reference="Russakovsky et al., ImageNet large scale visual recognition challenge, 2015, arXiv:1409.0575",
        description="Share of the targets whose logit is among the five largest.",
    ),
    Metric(
        name="macro_f1",
        build="optbench.training.metrics:confusions",
        value="optbench.training.metrics:macro_f1",
        higher_is_better=True,
        share=True,
        targets="classes",
        reference="Opitz and Burst, Macro F1 and macro F1, 2019, arXiv:1911.03347: the mean of F1, as scikit-learn's",
        description="Mean over the classes of F1, the harmonic mean of precision and recall.",
    ),
    Metric(
        name="perplexity",
        build=None,
        value="optbench.training.metrics:perplexity",
        higher_is_better=False,
        targets="classes",
        description="Exponential of the mean cross entropy per target.",
    ),
    Metric(
        name="bits_per_character",
        build=None,
        value="optbench.training.metrics:bits",
        higher_is_better=False,
        targets="classes",
        description="Mean cross entropy per target in bits: the loss over ln 2.",
    ),
    Metric(
        name="r2",
        build="optbench.training.metrics:squares",
        value="optbench.training.metrics:r2",
        higher_is_better=True,
        targets="values",
        description="Coefficient of determination: 1 less the squared error over that of the targets' mean; of several "
        "outputs the mean.",
    ),
    Metric(
        name="mean_absolute_error",
        build="optbench.training.metrics:absolute_errors",
        higher_is_better=False,
        targets="values",
        description="Mean absolute error.",
    ),
    Metric(
        name="character_error_rate",
        build="optbench.training.metrics:character_error_rate",
        higher_is_better=False,
        share=True,
        targets="transcripts",
        reference="Graves et al., Connectionist temporal classification, ICML 2006, equation 1",
        description="Insertions, deletions and substitutions that turn what is spelled into the transcripts, out of "
        "their characters.",
    ),
)
