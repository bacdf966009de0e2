"""Tasks on the data sets, with optbench's own models `linear` and `mlp`."""

from __future__ import annotations

import optbench

# Losses are rounded up, so that the median run itself reaches them.
_ADAMW = (
    "median of adamw's five report runs on the evaluation examples, "
    "optbench run sk-tabular (with -t where the suite lacks the task), 2026-11-23"
)
_ADAMW_HALFWAY = f"{_ADAMW}, at half of the steps"
_SUBOPTIMALITY = "share of the first training loss's distance to the optimum"

TASKS = (
    optbench.Task(
        name="sk.iris-logistic",
        model="linear",
        dataset="sk.iris",
        steps=400,
        batch_size=16,
        targets=(
            optbench.Target(name="easy", value=0.089, source=_ADAMW_HALFWAY),
            optbench.Target(name="target", value=0.0777, source=_ADAMW),
        ),
        reference="Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 1936",
        description="Logistic regression on 90 flowers; the loss, because 30 test examples make a coarse accuracy.",
    ),
    optbench.Task(
        name="sk.wine-mlp",
        model="mlp",
        model_options={"hidden": [32, 32], "dropout": 0.2},
        dataset="sk.wine",
        loss="optbench_sklearn_data.losses:smoothed_cross_entropy",
        steps=300,
        batch_size=32,
        schedule="warmup-cosine",
        targets=(optbench.Target(name="target", value=0.39, source=_ADAMW),),
        reference="Forina et al., PARVUS, an extendible package for data exploration, Genoa 1988; UCI 1991",
        description="A small network with dropout on 107 wines; labels are smoothed, or the loss would fall for ever.",
    ),
    optbench.Task(
        name="sk.breast-cancer-logistic",
        model="linear",
        dataset="sk.breast-cancer",
        steps=400,
        batch_size=32,
        targets=(
            optbench.Target(name="easy", value=0.0642, source=_ADAMW_HALFWAY),
            optbench.Target(name="target", value=0.0555, source=_ADAMW),
        ),
        reference="Street, Wolberg and Mangasarian, Nuclear feature extraction for breast tumor diagnosis, 1993",
        description="Logistic regression on separable classes and collinear features; fitted to the end it overfits.",
    ),
    optbench.Task(
        name="sk.moons-mlp",
        model="mlp",
        model_options={"hidden": [16, 16], "activation": "tanh", "initialisation": "xavier"},
        dataset="sk.moons",
        metric="accuracy",
        steps=400,
        schedule="warmup-cosine",
        targets=(
            optbench.Target(name="easy", value=0.963, source=_ADAMW_HALFWAY),
            optbench.Target(name="target", value=0.967, source=_ADAMW),
        ),
        reference="Pedregosa et al., Scikit-learn: machine learning in Python, JMLR 2011",
        description="A small tanh network on two moons.",
    ),
    optbench.Task(
        name="sk.hastie-mlp",
        model="mlp",
        model_options={"normalisation": "batch"},
        dataset="sk.hastie",
        metric="accuracy",
        steps=500,
        schedule="warmup-cosine",
        targets=(
            optbench.Target(name="easy", value=0.921, source=_ADAMW_HALFWAY),
            optbench.Target(name="target", value=0.945, source=_ADAMW),
        ),
        reference="Hastie, Tibshirani and Friedman, The elements of statistical learning, 2009, equation 10.2",
        description="A network with batch normalisation on a ball in ten dimensions.",
    ),
    optbench.Task(
        name="sk.noisy-labels-mlp",
        model="mlp",
        model_options={"normalisation": "layer"},
        dataset="sk.noisy-labels",
        metric="accuracy",
        steps=500,
        schedule="warmup-cosine",
        targets=(
            optbench.Target(name="easy", value=0.815, source=_ADAMW_HALFWAY),
            optbench.Target(name="target", value=0.838, source=_ADAMW),
        ),
        reference="Guyon, Design of experiments for the NIPS 2003 variable selection benchmark, 2003",
        description="A network with layer normalisation on three classes, a tenth of the labels random.",
    ),
    optbench.Task(
        name="sk.noisy-labels-logistic",
        model="linear",
        dataset="sk.noisy-labels",
        steps=300,
        batch_size=256,
        optimum="optbench_sklearn_data.optima:logistic",
        targets=(
            optbench.Target(name="1e-2", value=1e-2, on="suboptimality", source=_SUBOPTIMALITY),
            optbench.Target(name="3e-3", value=3e-3, on="suboptimality", source=_SUBOPTIMALITY),
        ),
        reference="Guyon, Design of experiments for the NIPS 2003 variable selection benchmark, 2003",
        description="Logistic regression on the same data: convex, not separable, with a known optimum.",
    ),
    optbench.Task(
        name="sk.friedman1-mlp",
        model="mlp",
        model_options={"activation": "gelu"},
        dataset="sk.friedman1",
        loss="mse",
        steps=500,
        schedule="warmup-cosine",
        targets=(
            optbench.Target(name="easy", value=0.058, source=_ADAMW_HALFWAY),
            optbench.Target(name="target", value=0.0442, source=_ADAMW),
        ),
        reference="Friedman, Multivariate adaptive regression splines, Annals of Statistics 1991",
        description="A GELU network on Friedman's first function; the noise is 0.04 of the target's variance.",
    ),
    optbench.Task(
        name="sk.swiss-roll-mlp",
        model="mlp",
        model_options={"hidden": [64, 64, 64, 64], "initialisation": "he"},
        dataset="sk.swiss-roll",
        loss="mse",
        steps=600,
        schedule="warmup-cosine",
        targets=(
            optbench.Target(name="easy", value=0.00327, source=_ADAMW_HALFWAY),
            optbench.Target(name="target", value=0.00135, source=_ADAMW),
        ),
        reference="Marsland, Machine learning: an algorithmic perspective, 2nd edition 2014, chapter 6",
        description="A deeper network that unrolls a sheet; a linear map explains 6 % of the variance.",
    ),
    optbench.Task(
        name="sk.low-rank-linear",
        model="linear",
        dataset="sk.low-rank",
        loss="mse",
        steps=500,
        optimum="optbench.builtin.optima:least_squares",
        targets=(
            optbench.Target(name="1e-2", value=1e-2, on="suboptimality", source=_SUBOPTIMALITY),
            optbench.Target(name="1e-3", value=1e-3, on="suboptimality", source=_SUBOPTIMALITY),
        ),
        reference="Pedregosa et al., Scikit-learn: machine learning in Python, JMLR 2011",
        description="Least squares with a badly conditioned Hessian and a known optimum.",
    ),
)
